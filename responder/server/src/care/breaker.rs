//! When a neighbour that keeps failing is left alone, and when it is asked again. Time is an
//! argument, so every case can be tried without waiting.

use std::collections::VecDeque;

/// So many failures …
pub(crate) const FAILURES: usize = 5;
/// … within this time, milliseconds, and it is left alone.
pub(crate) const WINDOW_MS: i64 = 10_000;
/// How long at first, milliseconds; twice as long after every probe that fails.
pub(crate) const FIRST_PAUSE_MS: i64 = 1_000;
/// No longer than this, milliseconds.
pub(crate) const LONGEST_PAUSE_MS: i64 = 60_000;

/// A neighbour as far as it is known.
#[derive(Debug)]
pub(crate) struct Breaker {
    state: State,
    /// Counts the changes of state: what a call of an earlier round came to says nothing any more.
    round: u64,
}

#[derive(Debug)]
enum State {
    /// It is asked; when it failed lately, oldest first.
    Closed(VecDeque<i64>),
    /// It is left alone.
    Open { until_ms: i64, pause_ms: i64 },
    /// One call finds out whether it is back.
    Probing { pause_ms: i64 },
}

/// The right to make one call, to be given back with [`Breaker::settle`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leave(u64);

/// What a call says about its neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It works.
    Fine,
    /// It does not.
    Failed,
    /// Nothing: the call was given up.
    Untold,
}

/// A change of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is left alone for so many milliseconds.
    Opened(i64),
    /// It is back.
    Closed,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { state: State::Closed(VecDeque::new()), round: 0 }
    }
}

impl Breaker {
    /// Whether calls are held back, all but a probe.
    pub(crate) fn is_open(&self) -> bool {
        !matches!(self.state, State::Closed(_))
    }

    /// Whether a call would be refused now, without asking for one.
    pub(crate) fn refuses(&self, now_ms: i64) -> bool {
        match &self.state {
            State::Closed(_) => false,
            State::Open { until_ms, pause_ms } => is_pausing(*until_ms, *pause_ms, now_ms),
            State::Probing { .. } => true,
        }
    }

    /// Leave for one call, unless it is left alone. After a pause one call is let through.
    pub(crate) fn ask(&mut self, now_ms: i64) -> Option<Leave> {
        if self.refuses(now_ms) {
            return None;
        }
        if let State::Open { pause_ms, .. } = self.state {
            self.enter(State::Probing { pause_ms });
        }
        Some(Leave(self.round))
    }

    /// Takes note of what a call came to.
    pub(crate) fn settle(&mut self, leave: Leave, fate: Fate, now_ms: i64) -> Option<Change> {
        if leave.0 != self.round {
            return None;
        }
        match (&mut self.state, fate) {
            (State::Closed(failures), Fate::Fine) => {
                // One that works as often as it fails is not down.
                failures.pop_front();
                None
            }
            (State::Closed(failures), Fate::Failed) => {
                // A clock that was set back makes no failure older than it is.
                failures.retain(|at| (0..WINDOW_MS).contains(&(now_ms - at)));
                failures.push_back(now_ms);
                (failures.len() >= FAILURES).then(|| self.open(FIRST_PAUSE_MS, now_ms))
            }
            (State::Probing { .. }, Fate::Fine) => {
                self.enter(State::Closed(VecDeque::new()));
                Some(Change::Closed)
            }
            (State::Probing { pause_ms }, Fate::Failed) => {
                let pause_ms = (*pause_ms * 2).min(LONGEST_PAUSE_MS);
                Some(self.open(pause_ms, now_ms))
            }
            (State::Probing { pause_ms }, Fate::Untold) => {
                let pause_ms = *pause_ms;
                self.enter(State::Open { until_ms: now_ms, pause_ms });
                None
            }
            (State::Closed(_) | State::Open { .. }, _) => None,
        }
    }

    fn open(&mut self, pause_ms: i64, now_ms: i64) -> Change {
        self.enter(State::Open { until_ms: now_ms.saturating_add(pause_ms), pause_ms });
        Change::Opened(pause_ms)
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.round += 1;
    }
}

/// Whether the pause still lasts; one that seems longer than it is was begun by a clock set back.
fn is_pausing(until_ms: i64, pause_ms: i64, now_ms: i64) -> bool {
    (1..=pause_ms).contains(&(until_ms - now_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(breaker: &mut Breaker, now_ms: i64) -> Option<Change> {
        let leave = breaker.ask(now_ms).expect("calls are let through");
        breaker.settle(leave, Fate::Failed, now_ms)
    }

    /// Left alone since 0.
    fn open() -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 1..FAILURES {
            assert_eq!(fails(&mut breaker, 0), None);
        }
        assert_eq!(fails(&mut breaker, 0), Some(Change::Opened(FIRST_PAUSE_MS)));
        breaker
    }

    #[test]
    fn five_failures_within_ten_seconds_open_it() {
        let breaker = open();
        assert!(breaker.is_open() && breaker.refuses(0) && breaker.refuses(FIRST_PAUSE_MS - 1));
        // Spread over a longer time they are bad luck.
        let mut breaker = Breaker::default();
        for number in 0..20 {
            assert_eq!(fails(&mut breaker, number * 2_500), None, "{number}");
        }
    }

    #[test]
    fn what_works_as_often_as_it_fails_stays_closed() {
        let mut breaker = Breaker::default();
        for at in 0..100 {
            assert_eq!(fails(&mut breaker, at), None);
            let leave = breaker.ask(at).unwrap();
            assert_eq!(breaker.settle(leave, Fate::Fine, at), None);
        }
    }

    #[test]
    fn one_probe_after_the_pause_and_success_closes() {
        let mut breaker = open();
        assert_eq!(breaker.ask(FIRST_PAUSE_MS - 1), None);
        let probe = breaker.ask(FIRST_PAUSE_MS).unwrap();
        assert_eq!(breaker.ask(FIRST_PAUSE_MS), None, "one at a time");
        assert!(breaker.is_open());
        assert_eq!(breaker.settle(probe, Fate::Fine, 1_500), Some(Change::Closed));
        assert!(!breaker.is_open());
        assert_eq!(fails(&mut breaker, 1_600), None, "it starts afresh");
    }

    #[test]
    fn the_pause_grows_to_its_longest() {
        let mut breaker = open();
        let (mut now, mut pause) = (0, FIRST_PAUSE_MS);
        for _ in 0..10 {
            now += pause;
            pause = (pause * 2).min(LONGEST_PAUSE_MS);
            assert_eq!(fails(&mut breaker, now), Some(Change::Opened(pause)));
            assert_eq!(breaker.ask(now + pause - 1), None);
        }
        assert_eq!(pause, LONGEST_PAUSE_MS);
    }

    #[test]
    fn a_probe_that_was_given_up_is_followed_by_another() {
        let mut breaker = open();
        let probe = breaker.ask(FIRST_PAUSE_MS).unwrap();
        assert_eq!(breaker.settle(probe, Fate::Untold, FIRST_PAUSE_MS), None);
        assert!(breaker.ask(FIRST_PAUSE_MS).is_some());
    }

    #[test]
    fn calls_of_an_earlier_round_say_nothing() {
        let mut breaker = Breaker::default();
        let early = breaker.ask(0).unwrap();
        for _ in 0..FAILURES {
            fails(&mut breaker, 0);
        }
        assert_eq!(breaker.settle(early, Fate::Fine, 1), None);
        assert!(breaker.is_open());
        let probe = breaker.ask(FIRST_PAUSE_MS).unwrap();
        assert_eq!(breaker.settle(early, Fate::Failed, FIRST_PAUSE_MS), None);
        assert_eq!(breaker.settle(probe, Fate::Fine, FIRST_PAUSE_MS), Some(Change::Closed));
    }

    #[test]
    fn a_clock_set_back_does_not_hold_it_open() {
        let mut breaker = open();
        assert!(breaker.ask(-3_600_000).is_some());
    }
}
