//! The middle and the end of a row of durations.

use serde::Serialize;

/// Median and 90th percentile by nearest rank: both are durations that really were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// How many durations.
    pub count: u64,
    /// Half are at most this long, milliseconds.
    pub median_ms: i64,
    /// Nine in ten are at most this long, milliseconds.
    pub p90_ms: i64,
}

impl Spread {
    /// Of these durations in milliseconds; `None` where there are none.
    #[must_use]
    pub fn of(mut durations: Vec<i64>) -> Option<Self> {
        durations.sort_unstable();
        let rank = |percent: usize| {
            let rank = (durations.len() * percent).div_ceil(100).max(1);
            durations.get(rank - 1).copied()
        };
        let (median_ms, p90_ms) = (rank(50)?, rank(90)?);
        Some(Self { count: durations.len() as u64, median_ms, p90_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn ranks_are_durations_that_were() {
        assert_eq!(Spread::of(Vec::new()), None);
        assert_eq!(Spread::of(vec![7]), Some(Spread { count: 1, median_ms: 7, p90_ms: 7 }));
        let ten = (1..=10).rev().collect();
        assert_eq!(Spread::of(ten), Some(Spread { count: 10, median_ms: 5, p90_ms: 9 }));
        let eleven = (1..=11).collect();
        assert_eq!(Spread::of(eleven), Some(Spread { count: 11, median_ms: 6, p90_ms: 10 }));
    }
}
