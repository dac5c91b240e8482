//! The intake of a booking: what is missing is asked for, all of it first, then one at a time; a
//! complete request goes to a person. Nothing is confirmed that a person has not confirmed.

use format::{Reason, Text};

use super::{Talk, Verdict, questions};
use crate::answer::{label, name_targets};
use crate::understand::{Answer, Class, Mention, find_name, find_phone, is_bare_name, yes_or_no};
use crate::{Intake, Mind};

/// The slots that are understood; any other field of a tenant is asked in its own words.
const SLOTS: [&str; 5] = ["service", "date", "time", "name", "phone"];

/// Whether this turn belongs to an intake, and whether it told something new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Collecting {
    wanted: bool,
    progress: bool,
    dropped: bool,
}

/// Takes what the message tells of a booking that is wanted now or being collected.
pub(crate) fn collect(mind: &Mind, talk: &mut Talk) -> Collecting {
    let wanted = talk.asks("booking");
    let accepted = talk.memory.offered && yes_or_no(&talk.heard.tokens) == Some(Answer::Yes);
    let running = talk.memory.intake.is_some();
    let mut collecting = Collecting { wanted: wanted || accepted, progress: false, dropped: false };
    if !collecting.wanted && !running || talk.view(mind).facts.booking.collect.is_empty() {
        collecting.wanted = collecting.wanted && !talk.view(mind).facts.booking.collect.is_empty();
        return collecting;
    }
    let mut intake = talk.memory.intake.take().unwrap_or_default();
    if running && yes_or_no(&talk.heard.tokens) == Some(Answer::No) && talk.heard.mentions.is_empty() {
        collecting.dropped = true;
        talk.trace.push("booking.dropped", "", Vec::new());
        return collecting;
    }
    let before = intake.slots.clone();
    fill(mind, talk, &mut intake, wanted);
    if accepted
        && !intake.slots.contains_key("service")
        && let Some(service) = talk.memory.service.clone()
    {
        intake.slots.insert("service".to_owned(), service);
    }
    collecting.progress = intake.slots != before;
    talk.memory.intake = Some(intake);
    collecting
}

fn fill(mind: &Mind, talk: &Talk, intake: &mut Intake, wanted: bool) {
    let asked = intake.asked.clone();
    let asked = asked.as_deref();
    if let Some(wanted) = wanted_service(mind, talk) {
        intake.slots.insert("service".to_owned(), wanted);
        intake.unlisted = false;
    } else if !intake.slots.contains_key("service")
        && let Some(words) = unlisted(mind, talk, wanted, asked == Some("service"))
    {
        intake.slots.insert("service".to_owned(), words);
        intake.unlisted = true;
    }
    if talk.open_branches().len() > 1
        && let Some(branch) = talk.branch.as_deref().and_then(|it| mind.release().branch(it))
    {
        intake.slots.insert("branch".to_owned(), branch.name.get(talk.lang).to_owned());
    }
    if let Some((_, words)) = &talk.heard.when.day {
        intake.slots.insert("date".to_owned(), words.clone());
    }
    if let Some(words) = &talk.heard.when.time {
        intake.slots.insert("time".to_owned(), words.clone());
    }
    let original = &talk.heard.original;
    if let Some(phone) = find_phone(original) {
        intake.slots.insert("phone".to_owned(), phone);
    } else if !intake.slots.contains_key("phone")
        && let Some(phone) = &talk.turn.phone
    {
        intake.slots.insert("phone".to_owned(), format!("+{phone}"));
    }
    let name = find_name(original, &talk.heard.tokens).or_else(|| {
        let fresh = talk.understood().next().is_none() && talk.heard.mentions.is_empty();
        let expected = asked == Some("name") || intake.opened && !intake.slots.contains_key("name");
        if expected && fresh { name_beside_the_rest(mind, talk) } else { None }
    });
    if let Some(name) = name {
        intake.slots.insert("name".to_owned(), name);
    }
    if let Some(field) = asked.filter(|it| !SLOTS.contains(it)) {
        intake.slots.insert(field.to_owned(), original.clone());
    }
}

/// What the message asks to be booked: names on the list («чистка и ремонт» are both wanted), or
/// the customer's own words where they name a kind of service or only a part of several names.
fn wanted_service(mind: &Mind, talk: &Talk) -> Option<String> {
    let view = talk.view(mind);
    let filler = talk.filler(mind);
    let mentions = &talk.heard.mentions;
    let exact = |it: &Mention| {
        let named = name_targets(view, it);
        let fine = named.category.is_none() && (it.whole || named.offers.len() == 1);
        if fine { label(view, &filler, &named).map(str::to_owned) } else { None }
    };
    let names: Option<Vec<String>> = mentions.iter().map(exact).collect();
    if let Some(mut names) = names {
        names.dedup();
        return (!names.is_empty()).then(|| names.join(", "));
    }
    let places = || mentions.iter().flat_map(|it| it.tokens.iter().copied());
    let tokens = &talk.heard.tokens;
    let (first, last) = (&tokens[places().min()?], &tokens[places().max()?]);
    let words = talk.heard.original.get(first.start..last.end)?;
    (words.chars().count() <= 60).then(|| words.to_owned())
}

/// A name alone, or between the other values of a list («ремонт, завтра, Айгуль, 8701…»).
fn name_beside_the_rest(mind: &Mind, talk: &Talk) -> Option<String> {
    let pieces = talk.heard.original.split([',', '\n', ';']).map(str::trim);
    let mut names = pieces.filter_map(|it| {
        let no_digits = !it.chars().any(|it| it.is_ascii_digit());
        let mut tokens = crate::understand::read(mind.lexicon(), it);
        let when = crate::understand::find_when(it, &mut tokens);
        let plain = no_digits && when.day.is_none() && when.time.is_none();
        if plain { is_bare_name(it, mind.lexicon()) } else { None }
    });
    names.next()
}

/// Words of a booking request that name no service on the list, kept as they are.
fn unlisted(mind: &Mind, talk: &Talk, wanted: bool, asked: bool) -> Option<String> {
    let booking = Class::Intent("booking".to_owned());
    let tokens: Vec<_> = if wanted {
        talk.understood()
            .filter(|(_, class)| **class == booking)
            .flat_map(|(meaning, _)| mind.classes().left_over(&booking, talk.heard.tokens_of(meaning)))
            .collect()
    } else if asked && talk.understood().next().is_none() {
        mind.classes().left_over(&booking, &talk.heard.tokens)
    } else {
        return None;
    };
    let words: Vec<_> = tokens.into_iter().filter(|it| !it.is_number_like()).collect();
    let (first, last) = (words.first()?, words.last()?);
    // «на двух человек»: what is counted is no service.
    let before = talk.heard.tokens.iter().rev().find(|it| it.end <= first.start);
    if before.is_some_and(|it| it.is_number_like() || crate::understand::is_numeral(&it.text)) {
        return None;
    }
    let text = talk.heard.original.get(first.start..last.end)?.trim();
    (text.chars().count() >= 3 && text.chars().count() <= 60).then(|| text.to_owned())
}

/// Asks for what is missing, or hands the complete request over.
pub(crate) fn go_on(mind: &Mind, talk: &mut Talk, collecting: Collecting) -> Option<Verdict> {
    if collecting.dropped {
        talk.memory.offered = false;
        return Some(Verdict::reply("booking", talk.say(mind, "booking.dropped")?));
    }
    let intake = talk.memory.intake.clone()?;
    let answered = !talk.told.is_empty();
    if !collecting.wanted && !collecting.progress && !answered {
        // Something else came: the intake waits.
        return None;
    }
    talk.memory.offered = false;
    talk.memory.clarified = 0;
    let fields = fields(mind, talk);
    let missing: Vec<&(String, String)> =
        fields.iter().filter(|(slot, _)| !intake.slots.contains_key(slot)).collect();
    let told = if answered { questions::join(talk) } else { String::new() };
    let note = if intake.unlisted && !intake.opened {
        let service = intake.slots.get("service").cloned().unwrap_or_default();
        talk.filler(mind)
            .with(&[("service", service)])
            .say("booking.unlisted")
            .map(|it| it.text)
            .unwrap_or_default()
    } else {
        String::new()
    };
    talk.trace.push("booking", format!("{} missing", missing.len()), Vec::new());
    if missing.is_empty() {
        let lines: Vec<String> = fields
            .iter()
            .filter_map(|(slot, label)| Some(format!("{label}: {}", intake.slots.get(slot)?)))
            .collect();
        let text = talk.filler(mind).with(&[("summary", lines.join(", "))]).say("booking.done")?.text;
        let text = crate::answer::tidy(&format!("{told} {note} {text}"));
        return Some(Verdict::reply("booking", text).handing_over(Reason::Booking));
    }
    let ask = if intake.opened {
        let (slot, label) = missing[0];
        let own = talk.filler(mind).say(&format!("booking.ask.{slot}"));
        own.or_else(|| talk.filler(mind).with(&[("field", label.clone())]).say("booking.ask"))?
    } else {
        let labels: Vec<&str> = missing.iter().map(|(_, label)| label.as_str()).collect();
        talk.filler(mind).with(&[("missing", labels.join(", "))]).say("booking.ask_all")?
    };
    if let Some(intake) = &mut talk.memory.intake {
        intake.opened = true;
        intake.asked = Some(missing[0].0.clone());
    }
    let text = crate::answer::tidy(&format!("{told} {note} {}", ask.text));
    Some(Verdict::reply("booking", text).collecting())
}

/// Fields to collect as (slot, label): known slots by the pack's label, others in the tenant's words.
fn fields(mind: &Mind, talk: &Talk) -> Vec<(String, String)> {
    let collect = &talk.view(mind).facts.booking.collect;
    let which = (talk.open_branches().len() > 1).then(|| talk.say(mind, "booking.field.branch")).flatten();
    let branch = which.map(|label| ("branch".to_owned(), crate::answer::lower_first(&label)));
    let fields = collect.iter().map(|field| match slot_of(mind, field) {
        Some(slot) => {
            let label = talk.say(mind, &format!("booking.field.{slot}"));
            let label = label.unwrap_or_else(|| field.get(talk.lang).to_owned());
            (slot.to_owned(), crate::answer::lower_first(&label))
        }
        None => (text::normalize(&field.ru), field.get(talk.lang).to_owned()),
    });
    fields.chain(branch).collect()
}

/// The slot a tenant's field means: the one whose label or names share a word with it.
fn slot_of(mind: &Mind, field: &Text) -> Option<&'static str> {
    let words = text::words(&field.ru);
    let own: Vec<String> = words.iter().flat_map(|it| text::stems(&it.text)).collect();
    SLOTS.into_iter().find(|slot| {
        let names = mind.pack().templates.get(&format!("booking.field.{slot}.names"));
        let label = mind.pack().templates.get(&format!("booking.field.{slot}"));
        [names, label].into_iter().flatten().any(|it| {
            text::words(&it.ru).iter().flat_map(|it| text::stems(&it.text)).any(|stem| own.contains(&stem))
        })
    })
}
