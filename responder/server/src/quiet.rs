//! Hours in which nobody is written to unasked.

use format::QuietHours;
use jiff::Zoned;
use jiff::civil::Time;

/// The moment at which quiet hours end, if it is quiet at `local`. Where clocks are set forward over
/// that time, they end with the hour that was left out.
pub(crate) fn until(quiet: Option<&QuietHours>, local: &Zoned) -> Option<Zoned> {
    let quiet = quiet?;
    let (from, to) = (time(&quiet.from)?, time(&quiet.to)?);
    let now = local.time();
    let is_quiet = if from <= to { from <= now && now < to } else { from <= now || now < to };
    if !is_quiet || from == to {
        return None;
    }
    let day = if now < to { local.date() } else { local.date().tomorrow().ok()? };
    day.to_datetime(to).to_zoned(local.time_zone().clone()).ok()
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
    fn nothing_readable_is_never_quiet() {
        assert_eq!(ends(&hours("late", "08:00"), "2025-01-15T23:30[Asia/Almaty]"), None);
        assert_eq!(ends(&hours("08:00", "08:00"), "2025-01-15T08:00[Asia/Almaty]"), None);
        assert_eq!(until(None, &"2025-01-15T23:30[Asia/Almaty]".parse().unwrap()), None);
    }
}
