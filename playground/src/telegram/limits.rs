//! How many calls Telegram takes in how much time.

use std::collections::VecDeque;
use std::time::Duration;

/// So many in so much time, whenever it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub most: usize,
    /// In how much time.
    pub window: Duration,
}

impl Limit {
    /// Milliseconds until one more is taken; `None` when it is taken now.
    pub(super) fn wait(self, taken: &mut VecDeque<u64>, now_ms: u64) -> Option<u64> {
        let window = u64::try_from(self.window.as_millis()).unwrap_or(u64::MAX);
        while taken.front().is_some_and(|it| it.saturating_add(window) <= now_ms) {
            taken.pop_front();
        }
        let full = taken.len().checked_sub(self.most)?;
        taken.get(full).map(|it| (it + window).saturating_sub(now_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_holds_more_than_the_limit() {
        let limit = Limit { most: 2, window: Duration::from_secs(1) };
        let mut taken = VecDeque::from([100, 400]);
        assert_eq!(limit.wait(&mut taken, 500), Some(600));
        assert_eq!(limit.wait(&mut taken, 1099), Some(1));
        assert_eq!(limit.wait(&mut taken, 1100), None);
        taken.push_back(1100);
        assert_eq!(limit.wait(&mut taken, 1200), Some(200));
    }
}
