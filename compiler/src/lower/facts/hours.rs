//! Opening hours.

use format::{DayHours, Hours, Text};
use schema::{Day, HoursFacts};

use crate::lower::Problem;
use crate::lower::sheet::Sheet;
use crate::lower::twin::maybe_text;
use crate::said::say;

const AT: &str = "/salon/hours";

/// Opening hours, if the author gave any.
pub(super) fn hours(sheet: &Sheet<'_>, problems: &mut Vec<Problem>) -> Option<Hours> {
    let given = &sheet.pack.salon.hours;
    if *given == HoursFacts::default() {
        return None;
    }
    let usual = match (&given.open, &given.close) {
        (Some(open), Some(close)) => DayHours::Open { open: open.clone(), close: close.clone() },
        (None, None) => DayHours::Closed,
        (open, _) => {
            let (there, missing) = if open.is_some() { ("open", "close") } else { ("close", "open") };
            let message = say!(
                "the hours have `{there}` and no `{missing}`",
                "в часах работы есть `{there}`, но нет `{missing}`",
            );
            let help = say!("add `{missing}: \"H:MM\"`", "допишите `{missing}: \"Ч:ММ\"`");
            let spot = sheet.spot(&format!("{AT}/{there}"));
            problems.push(spot.problem("hours-incomplete", message, Some(help)));
            DayHours::Closed
        }
    };
    Some(Hours {
        days: maybe_text!(given, days).unwrap_or_else(|| Text::plain("")),
        usual,
        last_appointment: maybe_text!(given, last_appointment),
        exceptions: maybe_text!(given, exceptions),
        week: given.week.days().map(|(key, it)| (key.to_owned(), day(it))).collect(),
        dates: given.dates.iter().map(|(key, it)| (key.clone(), day(it))).collect(),
        source: sheet.spot(AT).source(),
    })
}

fn day(day: &Day) -> DayHours {
    match day {
        Day::Open { open, close } => DayHours::Open { open: open.clone(), close: close.clone() },
        Day::Closed => DayHours::Closed,
    }
}
