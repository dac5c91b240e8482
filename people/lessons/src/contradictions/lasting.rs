//! How long things take.

use std::ops::Range;

use text::money::number;

use super::book::Book;
use super::{Contradiction, mentions};
use crate::words::NOT_LASTING;

/// A duration in a text.
pub(super) struct Lasting {
    span: Range<usize>,
    /// Least and most minutes.
    pub(super) minutes: (u64, u64),
}

/// Words that are durations by themselves, with their minutes.
const WHOLE: [(&str, u64); 4] =
    [("полчаса", 30), ("полтора часа", 90), ("жарты сағат", 30), ("бір жарым сағат", 90)];

pub(super) fn find(question: &str, sentence: &str, book: &Book<'_>) -> Vec<Contradiction> {
    let said = lastings(sentence);
    if said.is_empty() || mentions(sentence, NOT_LASTING) {
        return Vec::new();
    }
    let services = [sentence, question].into_iter().find_map(|it| book.services(it)).unwrap_or_default();
    let known: Vec<_> = services
        .iter()
        .filter_map(|it| Some((*it, it.duration.as_ref()?)))
        .filter_map(|(it, duration)| Some((it, duration, lastings(&duration.ru).into_iter().next()?.minutes)))
        .collect();
    let mut found = Vec::new();
    for it in said {
        let meets = |known: (u64, u64)| it.minutes.0 <= known.1 && known.0 <= it.minutes.1;
        if known.iter().any(|it| meets(it.2)) {
            continue;
        }
        found.extend(known.iter().map(|(service, duration, _)| Contradiction {
            fact: format!("{}: {}", service.name.ru, duration.ru),
            said: sentence[it.span.clone()].to_owned(),
            source: service.source.clone(),
        }));
    }
    found
}

/// The durations of a text in minutes and hours, in order.
pub(super) fn lastings(text: &str) -> Vec<Lasting> {
    let mut found: Vec<Lasting> = Vec::new();
    let mut at = 0;
    while let Some((start, first, end)) = number(text, at) {
        at = end;
        let half = half(text, end);
        let (last, stop) = match half {
            Some(stop) => (None, stop),
            None => upper(text, end).map_or((None, end), |(value, stop)| (Some(value), stop)),
        };
        let Some((unit, stop)) = unit(text, stop) else { continue };
        at = stop;
        let half = if half.is_some() { unit / 2 } else { 0 };
        let least = first.saturating_mul(unit) + half;
        let most = last.map_or(least, |it| it.saturating_mul(unit)).max(least);
        match found.last_mut() {
            // `1 час 30 минут`.
            Some(hours) if unit == 1 && text[hours.span.end..start].trim().is_empty() => {
                hours.minutes = (hours.minutes.0 + least, hours.minutes.1 + most);
                hours.span.end = stop;
            }
            _ => found.push(Lasting { span: start..stop, minutes: (least, most) }),
        }
    }
    let lower = text.to_lowercase();
    for (word, minutes) in WHOLE {
        let Some(at) = lower.find(word) else { continue };
        // Lower case may have other lengths in bytes.
        let span = if text.get(at..at + word.len()).is_some() { at..at + word.len() } else { 0..text.len() };
        found.push(Lasting { span, minutes: (minutes, minutes) });
    }
    found
}

/// `,5` and `.5` behind a number.
fn half(text: &str, at: usize) -> Option<usize> {
    let rest = text[at..].strip_prefix([',', '.'])?.strip_prefix('5')?;
    (!rest.starts_with(|it: char| it.is_ascii_digit())).then_some(at + 2)
}

/// The second number of a range.
fn upper(text: &str, at: usize) -> Option<(u64, usize)> {
    let rest = text[at..].trim_start();
    let tail = ["–", "—", "-", "до "].iter().find_map(|it| rest.strip_prefix(it))?;
    let (start, value, end) = number(text, text.len() - tail.len())?;
    text[text.len() - tail.len()..start].trim().is_empty().then_some((value, end))
}

/// Minutes of the unit behind a number, and where its word ends.
fn unit(text: &str, at: usize) -> Option<(u64, usize)> {
    let rest = text[at..].trim_start_matches([' ', '\u{a0}', '-']);
    let length = rest.find(|it: char| !it.is_alphabetic()).unwrap_or(rest.len());
    let word = rest[..length].to_lowercase();
    let unit = match word.as_str() {
        "ч" | "час" | "часа" | "часов" | "сағат" | "сагат" => 60,
        it if it.starts_with("мин") => 1,
        _ => return None,
    };
    Some((unit, text.len() - rest.len() + length))
}
