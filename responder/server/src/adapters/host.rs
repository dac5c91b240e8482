//! The machine we run on: its clock and its environment.

use std::time::{SystemTime, UNIX_EPOCH};

use secrecy::SecretString;

use crate::ports::{Clock, SecretLookup};

/// The system's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

/// The process's environment.
#[derive(Debug, Clone, Copy)]
pub struct ProcessEnv;

impl SecretLookup for ProcessEnv {
    fn env(&self, name: &str) -> Option<SecretString> {
        std::env::var(name).ok().map(SecretString::from)
    }
}
