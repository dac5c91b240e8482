//! Working time between two moments.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// A stretch of one day, in minutes from its local midnight. One that ends at or before its beginning
/// ends on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First minute, 0–1439.
    pub open: u16,
    /// The minute after the last, 0–1440.
    pub close: u16,
}

impl Span {
    /// From `H:MM` and `H:MM`, where `24:00` is the end of the day; `None` where one is no time.
    #[must_use]
    pub fn parse(open: &str, close: &str) -> Option<Self> {
        let (open, close) = (minute(open)?, minute(close)?);
        (open < 24 * 60).then_some(Self { open, close })
    }
}

fn minute(time: &str) -> Option<u16> {
    let (hour, minute) = time.trim().split_once(':')?;
    let is_number = |it: &str| (1..=2).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_digit());
    if !is_number(hour) || !is_number(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour * 60 + minute <= 24 * 60 && minute < 60).then_some(hour * 60 + minute)
}

/// When people work: by weekday, with dates that differ, in a zone.
#[derive(Debug, Clone)]
pub struct Hours {
    zone: TimeZone,
    week: [Vec<Span>; 7],
    dates: BTreeMap<Date, Vec<Span>>,
}

/// Why hours cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoursError {
    /// No IANA zone has this name.
    Zone(String),
    /// This is no `YYYY-MM-DD`.
    Date(String),
}

impl fmt::Display for HoursError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zone(name) => write!(f, "`{name}` is no time zone"),
            Self::Date(date) => write!(f, "`{date}` is no date"),
        }
    }
}

impl std::error::Error for HoursError {}

impl Hours {
    /// The hours of each weekday, Monday first, and of dates (`YYYY-MM-DD`) that outrank them; a day
    /// without a span is closed.
    ///
    /// # Errors
    /// When the zone or a date does not exist.
    pub fn new(
        zone: &str,
        week: [Vec<Span>; 7],
        dates: &BTreeMap<String, Vec<Span>>,
    ) -> Result<Self, HoursError> {
        let zone = TimeZone::get(zone).map_err(|_| HoursError::Zone(zone.to_owned()))?;
        let mut by_date = BTreeMap::new();
        for (date, spans) in dates {
            let parsed: Date = date.parse().map_err(|_| HoursError::Date(date.clone()))?;
            by_date.insert(parsed, sorted(spans.clone()));
        }
        Ok(Self { zone, week: week.map(sorted), dates: by_date })
    }

    /// Milliseconds of working time from one moment to another, both in milliseconds since 1970. Real
    /// time: of a night when clocks are moved, what passed counts. 0 where the moments lie outside
    /// the calendar.
    #[must_use]
    pub fn between(&self, from_ms: i64, to_ms: i64) -> i64 {
        let date = |ms| Some(self.zone.to_datetime(Timestamp::from_millisecond(ms).ok()?).date());
        let (Some(first), Some(last)) = (date(from_ms), date(to_ms)) else { return 0 };
        // A night shift of the day before may reach into the first day.
        let mut day = first.yesterday().unwrap_or(first);
        // Shifts that overlap are worked once.
        let (mut until, mut worked) = (from_ms, 0);
        while day <= last {
            for span in self.of(day) {
                if let Some((open, close)) = self.moments(day, *span) {
                    let (open, close) = (open.max(until), close.min(to_ms));
                    if open < close {
                        worked += close - open;
                        until = close;
                    }
                }
            }
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        worked
    }

    fn of(&self, day: Date) -> &[Span] {
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
        self.dates.get(&day).unwrap_or(&self.week[weekday])
    }

    fn moments(&self, day: Date, span: Span) -> Option<(i64, i64)> {
        let close = if span.close <= span.open { span.close + 24 * 60 } else { span.close };
        let moment = |minutes: u16| {
            let civil = day.at(0, 0, 0, 0).checked_add(i64::from(minutes).minutes()).ok()?;
            // A time that the clocks leap over is the moment after the leap.
            Some(civil.to_zoned(self.zone.clone()).ok()?.timestamp().as_millisecond())
        };
        Some((moment(span.open)?, moment(close)?))
    }
}

fn sorted(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    spans
}
