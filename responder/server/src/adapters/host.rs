//! The machine we run on: its clock and its environment.

use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use secrecy::SecretString;

use super::steady::Steady;
use crate::ports::{Clock, SecretLookup};

/// The system's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn steady_ms(&self) -> i64 {
        static STEADY: Mutex<Steady> = Mutex::new(Steady::new());
        let mut steady = STEADY.lock().unwrap_or_else(PoisonError::into_inner);
        steady.read(self.now_ms(), Instant::now())
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
