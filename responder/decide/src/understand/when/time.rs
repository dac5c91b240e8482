//! Times of day, in Russian and Kazakh.

use super::{BEFORE_TIME, between, number};
use crate::understand::reading::Token;

/// Parts of a day.
const PARTS: &[&str] = &[
    "утром",
    "утро",
    "утра",
    "утру",
    "днем",
    "вечером",
    "вечер",
    "вечера",
    "вечеру",
    "вечерком",
    "обеда",
    "обед",
    "обеду",
    "полудня",
    "ночью",
    "таңертең",
    "танертен",
    "таңғы",
    "тангы",
    "кешке",
    "кеште",
    "кешкі",
    "кешки",
    "түсте",
    "түскі",
    "түстен",
    "тустен",
];

/// What may stand behind a number of hours.
const AFTER_TIME: &[&str] = &[
    "час",
    "часа",
    "часов",
    "ч",
    "утра",
    "вечера",
    "дня",
    "те",
    "та",
    "де",
    "да",
    "ке",
    "ге",
    "қа",
    "ға",
    "ден",
    "дан",
    "тен",
    "тан",
    "кейін",
    "кейин",
    "дейін",
];

/// Kazakh for «after» and «until», which follow what they say it of.
const BEHIND: &[&str] = &["кейін", "кейин", "дейін", "дейин"];

/// Hours as words, from one.
const HOURS: &[&[&str]] = &[
    &["час", "бірде", "бірге", "бірден"],
    &["два", "двух", "екіде", "екіге", "екіден"],
    &["три", "трех", "үште", "үшке", "үштен", "уште"],
    &["четыре", "четырех", "төртте", "төртке", "төрттен"],
    &["пять", "пяти", "бесте", "беске", "бестен"],
    &["шесть", "шести", "алтыда", "алтыға", "алтыдан"],
    &["семь", "семи", "жетіде", "жетіге", "жетіден"],
    &["восемь", "восьми", "сегізде", "сегізге", "сегізден"],
    &["девять", "девяти", "тоғызда", "тоғызға", "тоғыздан"],
    &["десять", "десяти", "онда", "онға", "оннан"],
    &["одиннадцать", "одиннадцати", "он бірде"],
    &["двенадцать", "двенадцати", "он екіде"],
];

/// «полпятого»: the half before this hour.
const HALVES: &[(&str, i16)] = &[
    ("полпервого", 12),
    ("полвторого", 1),
    ("полтретьего", 2),
    ("полчетвертого", 3),
    ("полпятого", 4),
    ("полшестого", 5),
    ("полседьмого", 6),
    ("полвосьмого", 7),
    ("полдевятого", 8),
    ("полдесятого", 9),
    ("пололиннадцатого", 10),
    ("полодиннадцатого", 10),
    ("полдвенадцатого", 11),
];

/// A time said, by its tokens, and its minute of the day where it is one moment.
pub(super) fn time(original: &str, tokens: &[Token], at: usize) -> Option<(Vec<usize>, Option<i16>)> {
    let word = tokens[at].text.as_str();
    if let Some(places) = between_two(tokens, at) {
        return Some((places, None));
    }
    if PARTS.contains(&word) {
        return Some((part(tokens, at), None));
    }
    if let Some((_, hour)) = HALVES.iter().find(|(it, _)| *it == word) {
        return Some((vec![at], Some(afternoon(*hour, "") * 60 + 30)));
    }
    if word == "половина" || word.starts_with("половин") {
        let next = tokens.get(at + 1).is_some();
        return Some((if next { vec![at, at + 1] } else { vec![at] }, None));
    }
    if let Some(found) = digits(original, tokens, at) {
        return found.map(|(places, minute)| with_around(tokens, places, minute));
    }
    let (places, hour) = spelled(tokens, at)?;
    let behind = tokens.get(places[places.len() - 1]).map_or("", |it| it.text.as_str());
    Some(with_around(tokens, places, hour.map(|it| afternoon(it, behind) * 60)))
}

/// «между 3 и 5», «с 3 до 5».
fn between_two(tokens: &[Token], at: usize) -> Option<Vec<usize>> {
    let word = |at: usize| tokens.get(at).map_or("", |it| it.text.as_str());
    let hour = |at: usize| number(tokens, at).is_some_and(|it| (0..=23).contains(&it));
    (word(at) == "между" && hour(at + 1) && word(at + 2) == "и" && hour(at + 3))
        .then(|| (at..=at + 3).collect())
}

/// A part of a day with what changes it: «после обеда», «ближе к вечеру», «түстен кейін».
fn part(tokens: &[Token], at: usize) -> Vec<usize> {
    let word = |at: usize| tokens.get(at).map_or("", |it| it.text.as_str());
    let mut places = vec![at];
    if at > 0 && matches!(word(at - 1), "после" | "до") {
        places.insert(0, at - 1);
    } else if at > 1 && word(at - 1) == "к" && word(at - 2) == "ближе" {
        places.splice(0..0, [at - 2, at - 1]);
    }
    if BEHIND.contains(&word(at + 1)) {
        places.push(at + 1);
    }
    // «кешкі 6-да»: the part and the hour are one.
    if matches!(word(at), "таңғы" | "тангы" | "кешкі" | "кешки" | "түскі") && number(tokens, at + 1).is_some()
    {
        let mut next = at + 1;
        while next < tokens.len()
            && next < at + 4
            && tokens[next].boundary == 0
            && (tokens[next].is_number_like() || AFTER_TIME.contains(&word(next)))
        {
            places.push(next);
            next += 1;
        }
    }
    places
}

/// A time in digits; `Some(None)`: a number that is none.
#[expect(clippy::option_option, reason = "three outcomes: not a number, a number, a time")]
fn digits(original: &str, tokens: &[Token], at: usize) -> Option<Option<(Vec<usize>, Option<i16>)>> {
    let text = tokens[at].text.as_str();
    let led = at > 0 && BEFORE_TIME.contains(&tokens[at - 1].text.as_str());
    if text.len() == 4 && text.bytes().all(|it| it.is_ascii_digit()) {
        let (hour, minute): (i16, i16) = (text[..2].parse().ok()?, text[2..].parse().ok()?);
        let fine = led && (7..=23).contains(&hour) && minute < 60 && minute % 5 == 0;
        return Some(fine.then(|| (vec![at], Some(hour * 60 + minute))));
    }
    let hour = number(tokens, at).filter(|it| (0..=23).contains(it))?;
    let minutes = tokens.get(at + 1).filter(|it| it.text.len() == 2);
    let minutes = minutes.and_then(|it| it.text.parse::<i16>().ok()).filter(|it| *it < 60);
    if let Some(minutes) = minutes
        && matches!(between(original, tokens, at), Some(':' | '.' | '-'))
    {
        let mut places = vec![at, at + 1];
        if tokens.get(at + 2).is_some_and(|it| it.boundary == 0 && AFTER_TIME.contains(&it.text.as_str())) {
            places.push(at + 2);
        }
        return Some(Some((places, Some(i16::from(hour) * 60 + minutes))));
    }
    let followed = tokens.get(at + 1).filter(|it| AFTER_TIME.contains(&it.text.as_str()));
    let surely = at > 0 && matches!(tokens[at - 1].text.as_str(), "в" | "к" | "сағат" | "сагат");
    let counts = if surely { counts_units(tokens, at) } else { counts_something(tokens, at) };
    if hour == 0 || !(led || followed.is_some()) || counts {
        return Some(None);
    }
    let mut places = vec![at];
    if followed.is_some() {
        places.push(at + 1);
    }
    let behind = followed.map_or("", |it| it.text.as_str());
    Some(Some((places, Some(afternoon(i16::from(hour), behind) * 60))))
}

/// An hour in words: «в шесть вечера», «сағат үште».
fn spelled(tokens: &[Token], at: usize) -> Option<(Vec<usize>, Option<i16>)> {
    let word = tokens[at].text.as_str();
    let hour = HOURS.iter().position(|names| names.contains(&word))?;
    let kazakh_case = ["де", "те", "да", "та", "ге", "ке", "ға", "қа", "ден", "тен", "дан", "тан", "нан"]
        .iter()
        .any(|it| word.ends_with(it));
    let led = at > 0
        && matches!(tokens[at - 1].text.as_str(), "в" | "к" | "на" | "после" | "до" | "сағат" | "сагат");
    let followed = tokens
        .get(at + 1)
        .is_some_and(|it| matches!(it.text.as_str(), "часа" | "часов" | "вечера" | "утра" | "дня"));
    let counted = !followed && counts_something(tokens, at);
    let said = led && word != "час" || followed || kazakh_case && text::has_kazakh_letter(word);
    if counted || !said {
        return None;
    }
    let mut places = vec![at];
    if followed {
        places.push(at + 1);
    }
    Some((places, i16::try_from(hour + 1).ok()))
}

/// The hour of the day that a number said without a part of it means: nobody asks for three at night.
fn afternoon(hour: i16, behind: &str) -> i16 {
    match (hour, behind) {
        (1..=7, "утра") => hour,
        (1..=7, _) | (8..=11, "вечера") => hour + 12,
        _ => hour,
    }
}

/// «после», «до», «кейін» change the time, so they belong to it and it is no moment.
fn with_around(tokens: &[Token], mut places: Vec<usize>, minute: Option<i16>) -> (Vec<usize>, Option<i16>) {
    let mut minute = minute;
    if let Some(before) = places[0].checked_sub(1)
        && matches!(tokens[before].text.as_str(), "после" | "до" | "около" | "с" | "к")
    {
        places.insert(0, before);
        minute = None;
    }
    let last = places[places.len() - 1];
    if tokens.get(last + 1).is_some_and(|it| BEHIND.contains(&it.text.as_str())) {
        places.push(last + 1);
        minute = None;
    } else if BEHIND.contains(&tokens[last].text.as_str()) {
        minute = None;
    }
    (places, minute)
}

/// Whether a word is a number in words.
pub(crate) fn is_numeral(word: &str) -> bool {
    HOURS.iter().any(|names| names.contains(&word))
        || matches!(word, "двоих" | "троих" | "четверых" | "екі" | "үш")
}

/// «в 10 минутах», «в 2 приема»: beginnings of what is counted even after «в».
const UNITS: &[&str] = &[
    "минут",
    "дн",
    "день",
    "месяц",
    "недел",
    "человек",
    "раз",
    "прием",
    "этап",
    "сло",
    "цвет",
    "рук",
    "метр",
    "км",
    "шаг",
    "остановк",
    "квартал",
    "год",
    "лет",
    "мест",
];

fn counts_units(tokens: &[Token], at: usize) -> bool {
    tokens.get(at + 1).is_some_and(|next| UNITS.iter().any(|it| next.text.starts_with(it)))
}

/// «на 2 человека», «за 3 дня»: a number that counts is no hour.
fn counts_something(tokens: &[Token], at: usize) -> bool {
    tokens.get(at + 1).is_some_and(|it| {
        !AFTER_TIME.contains(&it.text.as_str())
            && it.boundary == 0
            && !BEFORE_TIME.contains(&it.text.as_str())
            && it.slot.is_none()
            && !PARTS.contains(&it.text.as_str())
    })
}
