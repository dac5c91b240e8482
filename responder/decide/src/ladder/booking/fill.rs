//! What a message tells of a booking.

use super::super::Talk;
use super::fields::SLOTS;
use crate::answer::{label, name_targets};
use crate::understand::{
    Class, Mention, Slot, Token, find_name, find_phone, find_when, is_bare_name, is_numeral, read,
};
use crate::{Intake, Mind};

/// Letters and characters of a service in the customer's own words.
const WORDS: std::ops::RangeInclusive<usize> = 3..=60;
/// Words that begin a question.
const ASKING: [&str; 12] = [
    "сколько",
    "когда",
    "где",
    "почему",
    "зачем",
    "можно",
    "какой",
    "какая",
    "қанша",
    "қашан",
    "қайда",
    "неге",
];
/// Words that put one thing in the place of another.
const CORRECTS: [&str; 7] = ["нет", "лучше", "вместо", "жоқ", "жок", "орнына", "емес"];
/// Intents that say nothing of what is to be booked.
const IDLE: [&str; 5] = ["greeting", "thanks", "ack", "bye", "who_are_you"];

/// Takes what the message tells; `wanted`: it asks for a booking.
pub(super) fn fill(mind: &Mind, talk: &Talk, intake: &mut Intake, wanted: bool) {
    let asked = intake.asked.clone();
    let asked = asked.as_deref();
    service(mind, talk, intake, wanted, asked);
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
        intake.refused.remove("phone");
    } else if !intake.slots.contains_key("phone")
        && let Some(phone) = &talk.turn.phone
    {
        intake.slots.insert("phone".to_owned(), format!("+{phone}"));
    }
    if let Some(name) = name(mind, talk, intake, asked) {
        intake.slots.insert("name".to_owned(), name);
        intake.refused.remove("name");
    }
    if let Some(field) = asked.filter(|it| !SLOTS.contains(it) && *it != "branch")
        && let Some(words) = own_field(mind, talk, intake)
    {
        intake.slots.insert(field.to_owned(), words);
    }
}

/// A field that only this tenant asks for: what of the message is no other value and no question.
fn own_field(mind: &Mind, talk: &Talk, intake: &Intake) -> Option<String> {
    let asks = talk.understood().any(|(_, class)| !is_booking(class));
    let asking = |it: &Token| it.question || ASKING.contains(&it.text.as_str());
    if asks || talk.heard.tokens.iter().any(asking) {
        return None;
    }
    let is_other = |it: &&str| {
        let mut tokens = read(mind.lexicon(), it);
        let named = intake.slots.get("name").is_some_and(|name| name == it);
        named || find_phone(it).is_some() || !find_when(it, &mut tokens).is_empty()
    };
    let pieces = talk.heard.original.split([',', '\n', ';']).map(str::trim).filter(|it| !it.is_empty());
    let own: Vec<&str> = pieces.filter(|it| !is_other(it)).collect();
    (!own.is_empty()).then(|| own.join(", "))
}

/// The service: what is wanted now, named in answer to the question, or named first. A question about
/// another one in between («а сколько стоит…?») changes nothing.
fn service(mind: &Mind, talk: &Talk, intake: &mut Intake, wanted: bool, asked: Option<&str>) {
    let before = intake.slots.get("service").cloned();
    let Some(before) = before.filter(|_| asked != Some("service")) else {
        if let Some(words) = wanted_service(mind, talk) {
            intake.slots.insert("service".to_owned(), words);
            intake.unlisted = false;
            return;
        }
        let own = unlisted(mind, talk, wanted, asked == Some("service"));
        match (own, &talk.memory.service) {
            // «на завтра есть?» after a price: what was spoken of is what is wanted.
            (own, Some(service)) if wanted && own.as_ref().is_none_or(|it| !it.1) => {
                intake.slots.insert("service".to_owned(), service.clone());
            }
            (Some((words, _)), _) => {
                intake.slots.insert("service".to_owned(), words);
                intake.unlisted = true;
            }
            (None, _) => {}
        }
        return;
    };
    let Some(words) = wanted_service(mind, talk) else { return };
    let corrects = talk.heard.tokens.iter().any(|it| CORRECTS.contains(&it.text.as_str()));
    let asks_only = talk.understood().any(|(_, class)| !is_booking(class));
    if text::normalize(&before).contains(&text::normalize(&words)) || asks_only && !wanted {
        return;
    }
    // A part of the name of what is wanted already («классический») says which of it.
    let detail = talk.heard.mentions.iter().all(|it| !it.whole);
    let corrects = corrects || intake.unlisted;
    let service = match (corrects, detail) {
        (true, false) => words,
        (_, true) => format!("{before} ({words})"),
        (false, false) if wanted => format!("{before}, {words}"),
        (false, false) => return,
    };
    intake.slots.insert("service".to_owned(), service);
    intake.unlisted &= !corrects;
}

fn is_booking(class: &Class) -> bool {
    matches!(class, Class::Intent(id) if id == "booking" || IDLE.contains(&id.as_str()))
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
    (words.chars().count() <= *WORDS.end()).then(|| words.to_owned())
}

/// Words of a booking request that name no service on the list, kept as they are, and whether they
/// surely do («на …»).
fn unlisted(mind: &Mind, talk: &Talk, wanted: bool, asked: bool) -> Option<(String, bool)> {
    let booking = Class::Intent("booking".to_owned());
    let tokens: Vec<&Token> = if wanted {
        talk.understood()
            .filter(|(_, class)| **class == booking)
            .flat_map(|(meaning, _)| mind.classes().left_over(&booking, talk.heard.tokens_of(meaning)))
            .collect()
    } else if asked && talk.understood().next().is_none() {
        mind.classes().left_over(&booking, &talk.heard.tokens)
    } else {
        return None;
    };
    let idle = |it: &Token| {
        IDLE.iter().any(|id| {
            let class = Class::Intent((*id).to_owned());
            mind.classes().left_over(&class, std::slice::from_ref(it)).is_empty()
        })
    };
    let words: Vec<&Token> = tokens.into_iter().filter(|it| !it.is_number_like() && !idle(it)).collect();
    // Words that the packs know speak of something else, unless they stand where a service does;
    // one that nobody knows names a thing.
    let led = |it: &Token| {
        let before = talk.heard.tokens.iter().rev().find(|other| other.end <= it.start);
        before.is_some_and(|it| it.text == "на")
    };
    if !asked && !words.iter().any(|it| !mind.classes().knows(it) || led(it)) {
        return None;
    }
    let (first, last) = (words.first()?, words.last()?);
    // «на двух человек»: what is counted is no service.
    let before = talk.heard.tokens.iter().rev().find(|it| it.end <= first.start);
    if before.is_some_and(|it| it.is_number_like() || is_numeral(&it.text)) {
        return None;
    }
    let text = talk.heard.original.get(first.start..last.end)?.trim();
    let surely = asked || words.iter().any(|it| led(it));
    WORDS.contains(&text.chars().count()).then(|| (text.to_owned(), surely))
}

/// A name that is introduced, or stands where one is awaited.
fn name(mind: &Mind, talk: &Talk, intake: &Intake, asked: Option<&str>) -> Option<String> {
    let tokens = &talk.heard.tokens;
    if talk.heard.name.is_some() {
        return talk.heard.name.clone();
    }
    let unnamed = !intake.slots.contains_key("name");
    // What answers a question of the tenant's own is no name.
    let own = asked.is_some_and(|it| !SLOTS.contains(&it) && it != "branch");
    let awaited = asked == Some("name") || intake.opened && unnamed && !own;
    find_name(&talk.heard.original, tokens, awaited).or_else(|| {
        let fresh = talk.understood().next().is_none() && talk.heard.mentions.is_empty();
        let told = || among_values(mind, talk).or_else(|| beside_values(mind, talk));
        // Who leaves a number leaves a name with it, if any.
        let signed = || beside_phone(mind, talk, awaited).filter(|_| unnamed);
        let told = if awaited && fresh { told() } else { None };
        told.or_else(signed)
    })
}

/// A name between the other values of a list («ремонт, завтра, Айгуль, 8701…»).
fn among_values(mind: &Mind, talk: &Talk) -> Option<String> {
    let original = &talk.heard.original;
    let mut from = 0;
    for piece in original.split([',', '\n', ';']) {
        let to = from + piece.len();
        let within = |it: &&Token| from <= it.start && it.end <= to;
        let values =
            talk.heard.tokens.iter().filter(within).any(|it| it.slot.is_some() || it.is_number_like());
        if !values && let Some(name) = is_bare_name(piece.trim(), mind.lexicon()) {
            return Some(name);
        }
        from = to + 1;
    }
    None
}

/// A name beside a phone, a day or a time without a comma («Рита 8705…», «завтра Рита»): the one or
/// two words that are left.
fn beside_values(mind: &Mind, talk: &Talk) -> Option<String> {
    let tokens = &talk.heard.tokens;
    let is_value = |it: &Token| it.slot.is_some() || it.is_number_like();
    let left: Vec<&Token> = tokens.iter().filter(|it| !is_value(it) && !it.stop).collect();
    let (first, last) = (left.first()?, left.last()?);
    let phone = tokens.iter().any(|it| it.is(Slot::Phone));
    let capital = talk.heard.original[first.start..].chars().next().is_some_and(char::is_uppercase);
    let strange = left.iter().all(|it| !mind.classes().knows(it));
    let values = tokens.iter().any(is_value);
    if !values || left.len() > 2 || !(phone || capital || strange) {
        return None;
    }
    let words = talk.heard.original.get(first.start..last.end)?;
    is_bare_name(words, mind.lexicon())
}

/// «…на 12:00 Рита 8777…»: the capitalised word just before or behind a phone; any word where a name
/// is awaited.
fn beside_phone(mind: &Mind, talk: &Talk, awaited: bool) -> Option<String> {
    let tokens = &talk.heard.tokens;
    let first = tokens.iter().position(|it| it.is(Slot::Phone))?;
    let last = tokens.iter().rposition(|it| it.is(Slot::Phone))?;
    let beside = [first.checked_sub(1), Some(last + 1)];
    let mut words = beside.into_iter().flatten().filter_map(|at| tokens.get(at));
    let name = words.find(|it| {
        let capital = talk.heard.original[it.start..].chars().next().is_some_and(char::is_uppercase);
        it.slot.is_none() && !it.stop && (capital || awaited && !mind.classes().knows(it))
    })?;
    is_bare_name(&talk.heard.original[name.start..name.end], mind.lexicon())
}
