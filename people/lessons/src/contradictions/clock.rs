//! Opening hours.

use format::{DayHours, Facts, Hours};
use text::{Word, words};

use super::{Contradiction, mentions};
use crate::words::{NOT_OPEN, OPEN, SOON, WEEKDAYS, begins};

/// When doors open and close, in minutes from midnight.
type Times = (Option<u16>, Option<u16>);

pub(super) fn find(question: &str, sentence: &str, facts: &Facts) -> Vec<Contradiction> {
    let Some(hours) = &facts.hours else { return Vec::new() };
    let is_about = mentions(sentence, OPEN) || mentions(question, OPEN);
    // Of a single day everybody may be told something else.
    if !is_about || mentions(sentence, NOT_OPEN) || mentions(sentence, SOON) {
        return Vec::new();
    }
    if known(hours, &[]).is_empty() {
        return Vec::new();
    }
    let known = known(hours, &days(sentence));
    let mut found = Vec::new();
    for (said, written) in said(sentence) {
        let agrees = |it: &(u16, u16)| {
            said.0.is_none_or(|said| said == it.0) && said.1.is_none_or(|said| said == it.1)
        };
        if !known.iter().any(agrees) {
            let fact = match &hours.usual {
                DayHours::Open { open, close } => format!("{}: {open}–{close}", hours.days.ru),
                DayHours::Closed => hours.days.ru.clone(),
            };
            found.push(Contradiction { fact, said: written, source: hours.source.clone() });
        }
    }
    found
}

/// Weekdays that a sentence names.
fn days(sentence: &str) -> Vec<&'static str> {
    let words = words(sentence);
    let named = |names: &&(&str, &[&str])| words.iter().any(|it| begins(names.1, &it.text));
    WEEKDAYS.iter().filter(named).map(|it| it.0).collect()
}

/// Hours that may be told of these days, or of any.
fn known(hours: &Hours, days: &[&str]) -> Vec<(u16, u16)> {
    let of = |day: &DayHours| match day {
        DayHours::Open { open, close } => Some((minute(open)?, minute(close)?)),
        DayHours::Closed => None,
    };
    if days.is_empty() {
        let all = std::iter::once(&hours.usual).chain(hours.week.values()).chain(hours.dates.values());
        return all.filter_map(of).collect();
    }
    days.iter().filter_map(|it| of(hours.week.get(*it).unwrap_or(&hours.usual))).collect()
}

fn minute(time: &str) -> Option<u16> {
    let (hour, minute) = time.split_once([':', '.'])?;
    let (hour, minute): (u16, u16) = (hour.trim().parse().ok()?, minute.trim().parse().ok()?);
    (hour <= 24 && minute < 60).then_some(hour * 60 + minute)
}

/// The hours a sentence tells: pairs of times, and single ones behind «с» and «до».
fn said(sentence: &str) -> Vec<(Times, String)> {
    let times = times(sentence);
    let mut found = Vec::new();
    let mut rest = times.as_slice();
    while let Some((first, tail)) = rest.split_first() {
        let joined = tail.first().filter(|second| {
            let between = sentence[first.end..second.start].to_lowercase();
            let between = between
                .trim_matches(|it: char| it.is_whitespace() || it.is_alphabetic() && !"до".contains(it));
            between.starts_with(['-', '–', '—'])
                || between.split_whitespace().any(|it| it == "до")
                || kazakh_from(&sentence[first.end..])
        });
        match joined {
            Some(second) => {
                found.push((
                    (Some(first.minute), Some(second.minute)),
                    sentence[first.start..second.end].to_owned(),
                ));
                rest = &tail[1..];
            }
            None => {
                let before = sentence[..first.start].trim_end().to_lowercase();
                let after =
                    sentence[first.end..].trim_start_matches(['-', ' ', 'г', 'к', 'ғ', 'қ', 'е', 'а']);
                let written = sentence[first.start..first.end].to_owned();
                let closes = before.ends_with(" до") || before == "до" || after.starts_with("дейін");
                let opens = before.ends_with(" с") || before == "с" || kazakh_from(&sentence[first.end..]);
                if closes {
                    found.push(((None, Some(first.minute)), written));
                } else if opens {
                    found.push(((Some(first.minute), None), written));
                }
                rest = tail;
            }
        }
    }
    found
}

/// `9-дан`, `10:00-ден`.
fn kazakh_from(after: &str) -> bool {
    let after = after.trim_start_matches(['-', '–', ' ']).to_lowercase();
    ["ден", "дан", "тен", "тан", "нен", "нан"].iter().any(|it| after.starts_with(it))
}

/// A time of the clock in a text.
struct Time {
    minute: u16,
    start: usize,
    end: usize,
}

fn times(text: &str) -> Vec<Time> {
    let words = words(text);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        let hour =
            word.text.parse::<u16>().ok().filter(|it| word.is_number() && word.text.len() <= 2 && *it <= 24);
        let Some(hour) = hour else { continue };
        let minutes = words.get(at).filter(|it| is_minutes(text, word, it));
        let (minute, end) = match minutes {
            Some(it) => (it.text.parse().unwrap_or(0), it.end),
            None => (0, word.end),
        };
        at += usize::from(minutes.is_some());
        let after = text[end..].trim_start().to_lowercase();
        let counts = ["мин", "%", "₸", "тг", "тенге", "дн", "ден", "чел", "лет", "тыс"]
            .iter()
            .any(|it| after.starts_with(it));
        let is_part = minutes.is_none() && after.starts_with(|it: char| it.is_ascii_digit());
        if !counts && !is_part {
            found.push(Time { minute: hour * 60 + minute, start: word.start, end });
        }
    }
    found
}

/// Whether `:30` follows the hour.
fn is_minutes(text: &str, hour: &Word, next: &Word) -> bool {
    let sign = &text[hour.end..next.start];
    matches!(sign, ":" | "." | "-")
        && next.is_number()
        && next.text.len() == 2
        && (sign == ":" || sign == "." && next.text.ends_with('0') || sign == "-" && next.text == "00")
        && next.text.parse::<u16>().is_ok_and(|it| it < 60)
}
