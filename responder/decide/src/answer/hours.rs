//! When the place is open: usually, and on the day asked for.

use format::{DayHours, Hours};
use jiff::civil::{Date, Time, Weekday};

use super::{Filler, Told};
use crate::understand::Day;

/// Opening hours; of one day when the customer names one whose hours differ from the usual.
/// `now` is given when it is asked whether the place is open at this moment.
pub(crate) fn hours(
    filler: &Filler<'_>,
    day: Option<(Day, &str)>,
    today: Date,
    now: Option<Time>,
) -> Option<Told> {
    let hours = filler.facts().hours.as_ref()?;
    let lang = filler.lang();
    let usual = match &hours.usual {
        DayHours::Open { open, close } => (open.clone(), close.clone()),
        DayHours::Closed => (String::new(), String::new()),
    };
    let values = [
        ("days", hours.days.get(lang).to_owned()),
        ("open", usual.0),
        ("close", usual.1),
        (
            "last_appointment",
            hours.last_appointment.as_ref().map(|it| it.get(lang).to_owned()).unwrap_or_default(),
        ),
        ("exceptions", hours.exceptions.as_ref().map(|it| it.get(lang).to_owned()).unwrap_or_default()),
    ];
    let filler = filler.with(&values);
    if let Some(said) = now.and_then(|now| at_once(&filler, opening(hours, today), now)) {
        return Some(Told::new(said, vec![hours.source.0.clone()]));
    }
    let special = day.and_then(|(day, words)| Some((words, on(hours, day.date(today)?)?)));
    let filled = match special {
        Some((words, DayHours::Open { open, close })) => {
            let values = [("day", words.to_owned()), ("open", open.clone()), ("close", close.clone())];
            filler.with(&values).say("hours.on_day")
        }
        Some((words, DayHours::Closed)) => {
            filler.with(&[("day", words.to_owned())]).say("hours.closed_on_day").map(|mut closed| {
                if let Some(rest) = filler.say("answer.hours") {
                    closed.text = format!("{} {}", closed.text, rest.text);
                }
                closed
            })
        }
        None => filler.say("answer.hours"),
    }?;
    Some(Told::new(filled.text, vec![hours.source.0.clone()]))
}

/// Whether the place is open now, and its hours of today.
fn at_once(filler: &Filler<'_>, today: &DayHours, now: Time) -> Option<String> {
    let DayHours::Open { open, close } = today else {
        return filler.say("hours.closed_today").map(|it| it.text);
    };
    let clock = |it: &str| {
        it.trim()
            .split_once(':')
            .and_then(|(hour, minute)| Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok())
    };
    let (from, to) = (clock(open)?, clock(close)?);
    let id = if (from..to).contains(&now) { "hours.open_now" } else { "hours.closed_now" };
    let values = [("open", open.clone()), ("close", close.clone())];
    filler.with(&values).say(id).map(|it| it.text)
}

/// The hours of a date.
pub(crate) fn opening(hours: &Hours, date: Date) -> &DayHours {
    on(hours, date).unwrap_or(&hours.usual)
}

/// Hours of a date that differ from the usual ones.
fn on(hours: &Hours, date: Date) -> Option<&DayHours> {
    hours.dates.get(&date.to_string()).or_else(|| hours.week.get(key(date.weekday())))
}

fn key(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    }
}
