//! Hours in which nobody is written to unasked.

use format::QuietHours;
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Zoned};

/// Waking time is counted over so many nights at most.
const MOST_NIGHTS: usize = 1_000;

/// The moment at which quiet hours end, if it is quiet at `local`. Where clocks are set forward over
/// that time, they end with the hour that was left out.
pub(crate) fn until(quiet: Option<&QuietHours>, local: &Zoned) -> Option<Zoned> {
    let quiet = quiet?;
    let (from, to) = span(quiet)?;
    let now = local.time();
    let is_quiet = if from <= to { from <= now && now < to } else { from <= now || now < to };
    if !is_quiet {
        return None;
    }
    let day = if now < to { local.date() } else { local.date().tomorrow().ok()? };
    next(local, day, to)
}

/// The moment at which so many minutes have passed since `local` that were not quiet. It is not quiet
/// itself: whatever was held until the morning is done before.
pub(crate) fn after(quiet: Option<&QuietHours>, local: &Zoned, minutes: u32) -> Zoned {
    let mut left = SignedDuration::from_mins(minutes.into());
    let mut at = local.clone();
    for _ in 0..MOST_NIGHTS {
        at = until(quiet, &at).unwrap_or(at);
        let Some(evening) = quiet.and_then(|it| begins(it, &at)) else { break };
        let awake = at.duration_until(&evening);
        if left < awake {
            break;
        }
        (left, at) = (left - awake, evening);
    }
    let at = at.checked_add(left).unwrap_or(at);
    until(quiet, &at).unwrap_or(at)
}

/// When it is quiet next.
fn begins(quiet: &QuietHours, local: &Zoned) -> Option<Zoned> {
    let (from, _) = span(quiet)?;
    let today = next(local, local.date(), from).filter(|it| it > local);
    today.or_else(|| next(local, local.date().tomorrow().ok()?, from).filter(|it| it > local))
}

/// This time of that day: where clocks are set back over it, the one that is still to come.
fn next(local: &Zoned, day: Date, time: Time) -> Option<Zoned> {
    let either = || local.time_zone().to_ambiguous_zoned(day.to_datetime(time));
    either().compatible().ok().filter(|it| it > local).or_else(|| either().later().ok())
}

/// Both ends, where they are times and differ.
fn span(quiet: &QuietHours) -> Option<(Time, Time)> {
    let (from, to) = (time(&quiet.from)?, time(&quiet.to)?);
    (from != to).then_some((from, to))
}

fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(from: &str, to: &str) -> QuietHours {
        QuietHours { from: from.to_owned(), to: to.to_owned() }
    }

    fn ends(quiet: &QuietHours, at: &str) -> Option<String> {
        let local: Zoned = at.parse().unwrap();
        until(Some(quiet), &local).map(|it| it.strftime("%Y-%m-%dT%H:%M%:z").to_string())
    }

    #[test]
    fn nights_end_in_the_morning() {
        let night = hours("22:00", "08:00");
        let expected = |it: &str| Some(it.to_owned());
        assert_eq!(ends(&night, "2025-01-15T23:30[Asia/Almaty]"), expected("2025-01-16T08:00+05:00"));
        assert_eq!(ends(&night, "2025-01-16T07:59[Asia/Almaty]"), expected("2025-01-16T08:00+05:00"));
        assert_eq!(ends(&night, "2025-01-16T08:00[Asia/Almaty]"), None);
        assert_eq!(ends(&night, "2025-01-16T21:59[Asia/Almaty]"), None);
        assert_eq!(
            ends(&hours("13:00", "14:00"), "2025-01-16T13:10[Asia/Almaty]"),
            expected("2025-01-16T14:00+05:00")
        );
    }

    #[test]
    fn clocks_that_are_changed_do_no_harm() {
        let night = hours("22:00", "02:30");
        // 02:30 does not exist on that day, and exists twice on the other.
        assert_eq!(
            ends(&night, "2025-03-30T01:00[Europe/Berlin]").as_deref(),
            Some("2025-03-30T03:30+02:00")
        );
        assert_eq!(
            ends(&night, "2025-10-26T01:00[Europe/Berlin]").as_deref(),
            Some("2025-10-26T02:30+02:00")
        );
    }

    #[test]
    fn an_hour_that_comes_twice_is_quiet_until_its_end() {
        let short = hours("02:00", "02:30");
        assert_eq!(
            ends(&short, "2025-10-26T02:10+01:00[Europe/Berlin]").as_deref(),
            Some("2025-10-26T02:30+01:00"),
            "not at a time that has passed"
        );
    }

    #[test]
    fn only_waking_time_is_counted() {
        let night = hours("22:00", "08:00");
        let after = |quiet: Option<&QuietHours>, at: &str, minutes| {
            let local: Zoned = at.parse().unwrap();
            after(quiet, &local, minutes).strftime("%Y-%m-%dT%H:%M%:z").to_string()
        };
        let almaty = |at: &str, minutes| after(Some(&night), &format!("{at}[Asia/Almaty]"), minutes);
        assert_eq!(almaty("2025-01-15T12:00", 120), "2025-01-15T14:00+05:00");
        assert_eq!(almaty("2025-01-15T22:30", 120), "2025-01-16T10:00+05:00");
        assert_eq!(almaty("2025-01-16T03:00", 120), "2025-01-16T10:00+05:00");
        assert_eq!(almaty("2025-01-15T21:30", 120), "2025-01-16T09:30+05:00");
        assert_eq!(almaty("2025-01-15T20:00", 120), "2025-01-16T08:00+05:00", "not at the edge of the night");
        assert_eq!(almaty("2025-01-15T21:00", 60 * 30), "2025-01-18T09:00+05:00", "over several nights");
        assert_eq!(after(None, "2025-01-15T22:30[Asia/Almaty]", 120), "2025-01-16T00:30+05:00");
        let noon = hours("13:00", "14:00");
        assert_eq!(after(Some(&noon), "2025-01-15T12:30[Asia/Almaty]", 60), "2025-01-15T14:30+05:00");
        // Nights of nine and of eleven hours.
        let berlin = |at: &str| after(Some(&night), &format!("{at}[Europe/Berlin]"), 120);
        assert_eq!(berlin("2025-03-29T21:00"), "2025-03-30T09:00+02:00");
        assert_eq!(berlin("2025-10-25T21:00"), "2025-10-26T09:00+01:00");
        // Clocks are changed while people are awake.
        let day = hours("12:00", "13:00");
        let awake = |at: &str| after(Some(&day), &format!("{at}[Europe/Berlin]"), 120);
        assert_eq!(awake("2025-03-30T01:00"), "2025-03-30T04:00+02:00");
        assert_eq!(awake("2025-10-26T01:00"), "2025-10-26T02:00+01:00");
        // Awake for a minute a day.
        let hardly = hours("00:01", "00:00");
        assert_eq!(after(Some(&hardly), "2025-01-15T12:00[Asia/Almaty]", 2), "2025-01-18T00:00+05:00");
    }

    #[test]
    fn nothing_readable_is_never_quiet() {
        assert_eq!(ends(&hours("late", "08:00"), "2025-01-15T23:30[Asia/Almaty]"), None);
        assert_eq!(ends(&hours("08:00", "08:00"), "2025-01-15T08:00[Asia/Almaty]"), None);
        assert_eq!(until(None, &"2025-01-15T23:30[Asia/Almaty]".parse().unwrap()), None);
    }
}
