//! A day or a time at which nobody is there.

use format::DayHours;

use super::super::Talk;
use crate::answer::opening;
use crate::{Intake, Mind};

/// Takes a closed day or time out of the intake again, and says why; `None` where all is well or the
/// hours are not known.
pub(super) fn refuse(mind: &Mind, talk: &Talk, intake: &mut Intake) -> Option<String> {
    let hours = talk.view(mind).facts.hours.as_ref()?;
    let today = talk.now.date();
    let day = talk.heard.when.day.as_ref();
    let date = day.and_then(|(day, _)| day.date(today));
    if let (Some((_, words)), Some(DayHours::Closed)) = (day, date.map(|it| opening(hours, it))) {
        intake.slots.remove("date");
        let filler = talk.filler(mind).with(&[("day", words.clone())]);
        return filler.say("booking.closed_day").map(|it| it.text);
    }
    let minute = talk.heard.when.minute.filter(|_| talk.heard.when.time.is_some())?;
    let DayHours::Open { open, close } = date.map_or(&hours.usual, |it| opening(hours, it)) else {
        return None;
    };
    let (from, to) = (minutes(open)?, minutes(close)?);
    if to <= from || (from..to).contains(&minute) {
        return None;
    }
    intake.slots.remove("time");
    let values = [("open", open.clone()), ("close", close.clone())];
    talk.filler(mind).with(&values).say("booking.closed_time").map(|it| it.text)
}

/// `9:30` in minutes of the day.
fn minutes(clock: &str) -> Option<i16> {
    let (hour, minute) = clock.split_once(':')?;
    Some(hour.trim().parse::<i16>().ok()? * 60 + minute.trim().parse::<i16>().ok()?)
}
