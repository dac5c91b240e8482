//! A customer who will not tell something, asks what it is for, or changes their mind.

use super::super::Talk;
use super::fields::names;
use crate::Mind;
use crate::understand::{Answer, denies, find_name, find_phone, takes_back, yes_or_no};

/// What a customer may keep to themselves.
const PERSONAL: [&str; 2] = ["name", "phone"];
/// Words that ask for a reason.
const WHY: [&str; 4] = ["зачем", "почему", "неге", "неліктен"];
/// What is not done with a name or a number: beginnings of verbs, Russian and Kazakh.
const KEEPS: [&str; 10] =
    ["скажу", "дам", "оставлю", "назову", "говор", "назыв", "дава", "оставл", "сообщ", "скаж"];
const KEEPS_KK: [&str; 3] = ["айт", "бер", "қалдыр"];
/// Words that point at the number a message comes from.
const SAME: [&str; 7] = ["этот", "этого", "тот", "текущий", "осы", "сол", "whatsapp"];

/// What of it a message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reluctance {
    /// They will not tell this field.
    Refuses(&'static str),
    /// They ask what this field is for.
    AsksWhy(&'static str),
    /// They mean the number they write from.
    SameNumber,
    /// They do not want to book after all.
    Drops,
}

/// Reads a message that comes while a booking is collected.
pub(super) fn read(mind: &Mind, talk: &Talk, asked: Option<&str>) -> Option<Reluctance> {
    let tokens = &talk.heard.tokens;
    let named = |slot: &str| {
        let names = names(mind, slot);
        tokens.iter().any(|it| it.stems.iter().any(|stem| names.contains(stem)))
    };
    let expected = PERSONAL.into_iter().find(|it| asked == Some(*it));
    let about = PERSONAL.into_iter().find(|it| named(it)).or(expected);
    let says = |words: &[&str]| tokens.iter().any(|it| words.contains(&it.text.as_str()));
    let nothing_new = talk.heard.mentions.is_empty()
        && talk.heard.when.is_empty()
        && find_phone(&talk.heard.original).is_none()
        && find_name(&talk.heard.original, tokens, false).is_none();
    let no = yes_or_no(tokens) == Some(Answer::No);
    let word = |at: usize| tokens.get(at).map_or("", |it| it.text.as_str());
    let begins = |word: &str, list: &[&str]| list.iter().any(|it| word.starts_with(it));
    let keeps = (0..tokens.len()).any(|at| {
        let russian = word(at) == "не"
            && (begins(word(at + 1), &KEEPS) || word(at + 1) == "хочу" && begins(word(at + 2), &KEEPS));
        russian || denies(word(at)) && begins(word(at), &KEEPS_KK)
    });
    let without = |field: &str| {
        let names = names(mind, field);
        (1..tokens.len())
            .any(|at| word(at - 1) == "без" && tokens[at].stems.iter().any(|it| names.contains(it)))
    };
    if let Some(field) = about.filter(|_| tokens.len() <= 9 && nothing_new) {
        let spoken_of = named(field);
        if says(&WHY) && (spoken_of || tokens.len() <= 2) {
            return Some(Reluctance::AsksWhy(field));
        }
        if keeps || without(field) {
            return Some(Reluctance::Refuses(field));
        }
        if field == "phone" && says(&SAME) {
            return Some(Reluctance::SameNumber);
        }
    }
    if takes_back(tokens) && nothing_new {
        return Some(Reluctance::Drops);
    }
    match (expected, no) {
        (Some(field), true) => Some(Reluctance::Refuses(field)),
        (None, true) => Some(Reluctance::Drops),
        _ => None,
    }
}
