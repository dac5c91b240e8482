//! A clock that can be moved on, so that what is due in hours can be seen in seconds.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

/// The system's clock and how far it was moved on; clones share it.
#[derive(Debug, Clone)]
pub struct Clock {
    ahead_ms: Arc<watch::Sender<i64>>,
}

impl Default for Clock {
    fn default() -> Self {
        Self::ahead(0)
    }
}

impl Clock {
    /// A clock that is this much ahead already, milliseconds.
    #[must_use]
    pub fn ahead(ms: i64) -> Self {
        Self { ahead_ms: Arc::new(watch::Sender::new(ms.max(0))) }
    }

    /// How far it is ahead of the system's, milliseconds.
    #[must_use]
    pub fn ahead_ms(&self) -> i64 {
        *self.ahead_ms.borrow()
    }

    /// Its time, Unix milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX).saturating_add(self.ahead_ms())
    }

    /// Moves it on. It cannot be moved back: what has happened has happened.
    pub fn advance(&self, time: Duration) {
        let ms = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        self.ahead_ms.send_modify(|it| *it = it.saturating_add(ms));
    }

    /// How far it is ahead, whenever that changes.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<i64> {
        self.ahead_ms.subscribe()
    }
}
