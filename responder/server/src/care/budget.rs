//! How often a neighbour may be asked again: a share of the calls, so that repeats never become the
//! load that keeps it down. <https://sre.google/sre-book/handling-overload/>

/// One repeat is paid for by so many calls.
const CALLS_PER_RETRY: u32 = 10;
/// Repeats that may be saved up.
const MOST: u32 = 10;
/// Repeats there are at the start, for neighbours that are asked seldom.
const FIRST: u32 = 3;

/// Repeats that are left, in parts of [`CALLS_PER_RETRY`].
#[derive(Debug)]
pub(crate) struct Budget(u32);

impl Default for Budget {
    fn default() -> Self {
        Self(FIRST * CALLS_PER_RETRY)
    }
}

impl Budget {
    /// A call was made that is no repeat.
    pub(crate) fn earn(&mut self) {
        self.0 = (self.0 + 1).min(MOST * CALLS_PER_RETRY);
    }

    /// Takes one repeat, if there is one.
    pub(crate) fn spend(&mut self) -> bool {
        let left = self.0.checked_sub(CALLS_PER_RETRY);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_a_tenth_of_the_calls() {
        let mut budget = Budget::default();
        let mut repeats = 0;
        for _ in 0..1_000 {
            budget.earn();
            while budget.spend() {
                repeats += 1;
            }
        }
        assert_eq!(repeats, FIRST + 1_000 / CALLS_PER_RETRY);
    }

    #[test]
    fn quiet_times_do_not_save_up_a_storm() {
        let mut budget = Budget::default();
        (0..10_000).for_each(|_| budget.earn());
        assert_eq!((0..100).filter(|_| budget.spend()).count(), MOST as usize);
    }
}
