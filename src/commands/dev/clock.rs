//! The clock of the workbench: the system's, moved on from the page. It stays moved over a restart,
//! as what was said in its future does.

use std::path::{Path, PathBuf};

use playground::clock::Clock;
use server::SystemClock;

/// Milliseconds that the clock is ahead, in the workbench's folder.
const FILE: &str = "clock";

/// What the responder reads.
pub(super) struct Bench(pub(super) Clock);

impl server::Clock for Bench {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms().saturating_add(self.0.ahead_ms())
    }

    // Moved on by hand, so time has passed: nothing is held back.
    fn steady_ms(&self) -> i64 {
        SystemClock.steady_ms().saturating_add(self.0.ahead_ms())
    }
}

/// The clock as the last run left it.
pub(super) fn open(data: &Path) -> Clock {
    let kept = std::fs::read_to_string(file(data)).ok();
    Clock::ahead(kept.and_then(|it| it.trim().parse().ok()).unwrap_or_default())
}

/// Remembers how far the clock is ahead, until it is let go.
pub(super) async fn keep(clock: &Clock, data: &Path) {
    let mut moved = clock.watch();
    while moved.changed().await.is_ok() {
        let ahead_ms = *moved.borrow_and_update();
        // What cannot be remembered is forgotten with the process: no reason to stop.
        drop(std::fs::write(file(data), ahead_ms.to_string()));
    }
}

fn file(data: &Path) -> PathBuf {
    data.join(FILE)
}
