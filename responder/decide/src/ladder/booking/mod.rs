//! The intake of a booking: what is missing is asked for, all of it first, then one at a time; a
//! complete request goes to a person. Nothing is confirmed that a person has not confirmed.

mod closed;
mod fields;
mod fill;
mod reluctance;

use format::Reason;

use self::fields::fields;
use self::reluctance::Reluctance;
use super::{Talk, Verdict, questions};
use crate::answer::tidy;
use crate::understand::{Answer, Class, begins_with_yes, find_name, find_phone, yes_or_no};
use crate::{Intake, Mind};

/// Turns about something else after which the question is asked again; then it waits in silence.
const PATIENCE: u8 = 2;

/// How this turn bears on an intake.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Collecting {
    /// A booking is asked for now.
    wanted: bool,
    /// Something new was told.
    progress: bool,
    /// The customer keeps something back or changes their mind.
    reluctance: Option<Reluctance>,
    /// What is said of a day or a time at which nobody is there.
    closed: Option<String>,
}

impl Collecting {
    /// The message does nothing but keep something back or change the customer's mind.
    pub(crate) fn is_reluctant(&self) -> bool {
        self.reluctance.is_some()
    }

    /// Something was said that needs an answer of the intake.
    fn is_told(&self) -> bool {
        self.reluctance.is_some() || self.closed.is_some()
    }
}

/// Takes what the message tells of a booking that is wanted now or being collected.
pub(crate) fn collect(mind: &Mind, talk: &mut Talk) -> Collecting {
    if talk.view(mind).facts.booking.collect.is_empty() {
        return Collecting::default();
    }
    let tokens = &talk.heard.tokens;
    let plainly = yes_or_no(tokens) == Some(Answer::Yes);
    // «да, запишите»: what follows the yes says the same.
    let booking = Class::Intent("booking".to_owned());
    let warmly = begins_with_yes(tokens) && mind.classes().left_over(&booking, &tokens[1..]).is_empty();
    let accepted = talk.memory.offered && (plainly || warmly);
    let wanted = talk.asks("booking");
    let restored = talk.memory.intake.is_none() && talk.memory.pending && tells_more(talk);
    if restored {
        // The request is with people already: what is told now belongs to it.
        talk.memory.intake = talk.memory.sent.clone();
    }
    let running = talk.memory.intake.is_some();
    let mut collecting = Collecting { wanted: wanted || accepted, ..Collecting::default() };
    if !collecting.wanted && !running {
        return collecting;
    }
    let mut intake = talk.memory.intake.take().unwrap_or_default();
    if running {
        collecting.reluctance = reluctance::read(mind, talk, intake.asked.as_deref());
    }
    let before = (intake.slots.clone(), intake.refused.clone());
    match &collecting.reluctance {
        Some(Reluctance::Drops) => {
            talk.trace.push("booking.dropped", "", Vec::new());
            return collecting;
        }
        Some(Reluctance::Refuses(field)) => {
            talk.trace.push("booking.refused", *field, Vec::new());
            intake.refused.insert((*field).to_owned());
            intake.slots.remove(*field);
        }
        Some(Reluctance::SameNumber) => {
            let number = talk.turn.phone.as_ref().map(|it| format!("+{it}"));
            let number = number.unwrap_or_else(|| talk.heard.original.clone());
            intake.slots.insert("phone".to_owned(), number);
        }
        Some(Reluctance::AsksWhy(_)) => {}
        None => {
            fill::fill(mind, talk, &mut intake, collecting.wanted);
            collecting.closed = closed::refuse(mind, talk, &mut intake);
        }
    }
    if let Some(service) = intake.slots.get("service").filter(|_| !intake.unlisted) {
        // «а сколько это стоит?» in between asks about what is being booked.
        talk.memory.service = Some(service.clone());
    }
    if collecting.wanted || (&intake.slots, &intake.refused) != (&before.0, &before.1) {
        intake.ignored = 0;
    }
    collecting.progress = (&intake.slots, &intake.refused) != (&before.0, &before.1);
    if restored && !collecting.progress {
        return Collecting::default();
    }
    talk.memory.intake = Some(intake);
    collecting
}

/// A phone or a name by themselves, after the request went to people.
fn tells_more(talk: &Talk) -> bool {
    let original = &talk.heard.original;
    find_phone(original).is_some() || find_name(original, &talk.heard.tokens, false).is_some()
}

/// The fields that are still to be asked for, as (slot, label).
fn missing(mind: &Mind, talk: &Talk, intake: &Intake) -> Vec<(String, String)> {
    let open = |slot: &str| !intake.slots.contains_key(slot) && !intake.refused.contains(slot);
    fields(mind, talk).into_iter().filter(|(slot, _)| open(slot)).collect()
}

/// The question that waits for an answer, asked again after an interruption.
pub(super) fn again(mind: &Mind, talk: &mut Talk) -> Option<String> {
    let intake = talk.memory.intake.as_mut().filter(|it| it.opened)?;
    intake.ignored = intake.ignored.saturating_add(1);
    if intake.ignored > PATIENCE {
        return None;
    }
    let intake = talk.memory.intake.as_ref()?;
    let missing = missing(mind, talk, intake);
    ask_for(mind, talk, missing.first()?)
}

fn ask_for(mind: &Mind, talk: &Talk, (slot, label): &(String, String)) -> Option<String> {
    let own = talk.say(mind, &format!("booking.ask.{slot}"));
    let asked = || talk.filler(mind).with(&[("field", label.clone())]).say("booking.ask").map(|it| it.text);
    own.or_else(asked)
}

/// Asks for what is missing, or hands the complete request over.
pub(crate) fn go_on(mind: &Mind, talk: &mut Talk, collecting: &Collecting) -> Option<Verdict> {
    if collecting.reluctance == Some(Reluctance::Drops) {
        talk.memory.offered = false;
        return Some(Verdict::reply("booking", talk.say(mind, "booking.dropped")?));
    }
    let intake = talk.memory.intake.clone()?;
    let answered = !talk.told.is_empty();
    if !collecting.wanted && !collecting.progress && !answered && !collecting.is_told() {
        // Something else came: the intake waits.
        return None;
    }
    talk.memory.offered = false;
    talk.memory.clarified = 0;
    let missing = missing(mind, talk, &intake);
    let told = if answered { questions::join(talk) } else { String::new() };
    let note = note(mind, talk, collecting, &intake);
    talk.trace.push("booking", format!("{} missing", missing.len()), Vec::new());
    let Some(first) = missing.first() else { return done(mind, talk, &intake, &format!("{told} {note}")) };
    let ask = if intake.opened {
        ask_for(mind, talk, first)?
    } else {
        let labels: Vec<&str> = missing.iter().map(|(_, label)| label.as_str()).collect();
        talk.filler(mind).with(&[("missing", labels.join(", "))]).say("booking.ask_all")?.text
    };
    if let Some(intake) = &mut talk.memory.intake {
        intake.opened = true;
        intake.asked = Some(first.0.clone());
    }
    Some(Verdict::reply("booking", tidy(&format!("{told} {note} {ask}"))).collecting())
}

/// What is to be said before the next question: the service is not on the list, a day is closed, a
/// reason was asked for.
fn note(mind: &Mind, talk: &Talk, collecting: &Collecting, intake: &Intake) -> String {
    let mut notes = Vec::new();
    if intake.unlisted && !intake.opened {
        let service = intake.slots.get("service").cloned().unwrap_or_default();
        let said = talk.filler(mind).with(&[("service", service)]).say("booking.unlisted");
        notes.extend(said.map(|it| it.text));
    }
    match &collecting.reluctance {
        Some(Reluctance::AsksWhy(field)) => notes.extend(talk.say(mind, &format!("booking.why.{field}"))),
        Some(Reluctance::Refuses(_)) => notes.extend(talk.say(mind, "booking.refused")),
        _ => {}
    }
    notes.extend(collecting.closed.clone());
    notes.join(" ")
}

/// Everything is told: the request goes to people, and nothing is promised.
fn done(mind: &Mind, talk: &Talk, intake: &Intake, before: &str) -> Option<Verdict> {
    let lines: Vec<String> = fields(mind, talk)
        .iter()
        .filter_map(|(slot, label)| Some(format!("{label}: {}", intake.slots.get(slot)?)))
        .collect();
    let text = talk.filler(mind).with(&[("summary", lines.join(", "))]).say("booking.done")?.text;
    Some(Verdict::reply("booking", tidy(&format!("{before} {text}"))).handing_over(Reason::Booking))
}
