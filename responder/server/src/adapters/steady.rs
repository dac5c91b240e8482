//! A clock that does not jump ahead.

use std::time::Instant;

/// A clock that moves this much more than time did has been set, milliseconds.
const STEP_MS: i64 = 5_000;

/// The wall clock without its jumps ahead: what a jump added is held back for as long as it was
/// long, so that nothing is done before its time has passed. A clock set back makes things late.
pub(super) struct Steady {
    last: Option<(i64, Instant)>,
    ahead_ms: i64,
}

impl Steady {
    pub(super) const fn new() -> Self {
        Self { last: None, ahead_ms: 0 }
    }

    pub(super) fn read(&mut self, wall_ms: i64, at: Instant) -> i64 {
        if let Some((before, then)) = self.last {
            let passed = i64::try_from(at.duration_since(then).as_millis()).unwrap_or(i64::MAX);
            let jump = (wall_ms - before).saturating_sub(passed);
            if jump > STEP_MS {
                tracing::warn!(jump_ms = jump, "the clock was set ahead");
                self.ahead_ms += jump;
            } else {
                self.ahead_ms = (self.ahead_ms - passed).max(0);
            }
        }
        self.last = Some((wall_ms, at));
        wall_ms - self.ahead_ms
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn after(seconds: u64, start: Instant) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn a_clock_that_jumps_ahead_makes_nothing_due_early() {
        let start = Instant::now();
        let mut steady = Steady::new();
        assert_eq!(steady.read(1_000, start), 1_000);
        assert_eq!(steady.read(11_000, after(10, start)), 11_000);
        // An hour in ten seconds.
        assert_eq!(steady.read(3_621_000, after(20, start)), 3_621_000 - 3_600_000);
        // Half an hour on, half of it has passed in truth too.
        assert_eq!(steady.read(5_421_000, after(1_820, start)), 5_421_000 - 1_800_000);
        assert_eq!(steady.read(7_221_000, after(3_620, start)), 7_221_000);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_things_late_not_double() {
        let start = Instant::now();
        let mut steady = Steady::new();
        steady.read(10_000_000, start);
        assert_eq!(steady.read(6_401_000, after(1, start)), 6_401_000);
    }
}
