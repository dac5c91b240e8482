//! A day or a time at which nobody is there.

use format::DayHours;
use jiff::civil::Date;

use super::super::Talk;
use crate::answer::opening;
use crate::{Intake, Mind};

/// Takes a closed day or time out of the intake again, and says why; `None` where all is well or the
/// hours are not known.
pub(super) fn refuse(mind: &Mind, talk: &Talk, intake: &mut Intake) -> Option<String> {
    let today = talk.now.date();
    if let Some((day, _)) = &talk.heard.when.day {
        intake.day = day.date(today).map(|it| it.to_string());
    }
    if talk.heard.when.time.is_some() {
        intake.minute = talk.heard.when.minute;
    }
    let hours = talk.view(mind).facts.hours.as_ref()?;
    let date: Option<Date> = intake.day.as_ref().and_then(|it| it.parse().ok());
    if let (Some((_, words)), Some(DayHours::Closed)) =
        (&talk.heard.when.day, date.map(|it| opening(hours, it)))
    {
        intake.slots.remove("date");
        intake.day = None;
        let filler = talk.filler(mind).with(&[("day", words.clone())]);
        return filler.say("booking.closed_day").map(|it| it.text);
    }
    let minute = intake.minute.filter(|_| !talk.heard.when.is_empty())?;
    let DayHours::Open { open, close } = date.map_or(&hours.usual, |it| opening(hours, it)) else {
        return None;
    };
    let (from, to) = (minutes(open)?, minutes(close)?);
    if to <= from || (from..to).contains(&minute) {
        return None;
    }
    intake.slots.remove("time");
    intake.minute = None;
    let values = [("open", open.clone()), ("close", close.clone())];
    talk.filler(mind).with(&values).say("booking.closed_time").map(|it| it.text)
}

/// `9:30` in minutes of the day.
fn minutes(clock: &str) -> Option<i16> {
    let (hour, minute) = clock.split_once(':')?;
    Some(hour.trim().parse::<i16>().ok()? * 60 + minute.trim().parse::<i16>().ok()?)
}
