//! Days and times of day, in Russian and Kazakh.

use jiff::civil::{Date, Weekday};

use super::reading::{Slot, Token};

/// A day as said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Day {
    /// So many days from now: 0 = today.
    Ahead(i8),
    /// The next such weekday, today included.
    Weekday(Weekday),
    /// Saturday and Sunday.
    Weekend,
    /// A day of a month, 1–12, or of the current or next month.
    OfMonth(i8, Option<i8>),
}

impl Day {
    /// The date meant, seen from `today`; the first day of a weekend.
    pub(crate) fn date(self, today: Date) -> Option<Date> {
        let next = |it: Weekday| {
            let ahead = (7 + it.to_monday_zero_offset() - today.weekday().to_monday_zero_offset()) % 7;
            today.checked_add(jiff::Span::new().days(i64::from(ahead))).ok()
        };
        match self {
            Self::Ahead(days) => today.checked_add(jiff::Span::new().days(i64::from(days))).ok(),
            Self::Weekday(it) => next(it),
            Self::Weekend => next(Weekday::Saturday),
            Self::OfMonth(day, month) => {
                let named = Date::new(today.year(), month.unwrap_or(today.month()), day).ok()?;
                if named >= today {
                    return Some(named);
                }
                match month {
                    Some(month) => Date::new(today.year() + 1, month, day).ok(),
                    None => named.checked_add(jiff::Span::new().months(1)).ok(),
                }
            }
        }
    }
}

/// What a message says of a day and a time, in the customer's words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct When {
    /// The day and its words.
    pub(crate) day: Option<(Day, String)>,
    /// The words of the time («15:00», «после обеда»).
    pub(crate) time: Option<String>,
}

const DAYS: &[(&[&str], Day)] = &[
    (&["сегодня", "бүгін", "бугин", "бүгінге", "бугинге"], Day::Ahead(0)),
    (&["завтра", "завтрашний", "ертең", "ертен", "ертеңге", "ертенге"], Day::Ahead(1)),
    (&["послезавтра", "бүрсігүні", "бүрсігүнге", "бурсигуни"], Day::Ahead(2)),
    (&["выходные", "выходным", "выходной", "выходных", "демалыс"], Day::Weekend),
];

/// Beginnings of weekday names and their exact short forms.
const WEEKDAYS: &[(Weekday, &[&str], &[&str])] = &[
    (Weekday::Monday, &["понедельник", "дүйсенбі", "дуйсенби"], &["пн"]),
    (Weekday::Tuesday, &["вторник", "сейсенбі", "сейсенби"], &["вт"]),
    (Weekday::Wednesday, &["сред", "сәрсенбі", "сарсенби"], &["ср"]),
    (Weekday::Thursday, &["четверг", "бейсенбі", "бейсенби"], &["чт"]),
    (Weekday::Friday, &["пятниц", "жұма", "жума"], &["пт"]),
    (Weekday::Saturday, &["суббот", "сенбі", "сенби"], &["сб"]),
    (Weekday::Sunday, &["воскресен", "жексенбі", "жексенби"], &["вс"]),
];

const MONTHS: &[&[&str]] = &[
    &["январ", "қаңтар"],
    &["феврал", "ақпан"],
    &["март", "наурыз"],
    &["апрел", "сәуір"],
    &["май", "мая", "мамыр"],
    &["июн", "маусым"],
    &["июл", "шілде"],
    &["август", "тамыз"],
    &["сентябр", "қыркүйек"],
    &["октябр", "қазан"],
    &["ноябр", "қараша"],
    &["декабр", "желтоқсан"],
];

const PARTS: &[&str] = &[
    "утром",
    "утро",
    "утра",
    "днем",
    "вечером",
    "вечер",
    "вечера",
    "вечерком",
    "обеда",
    "обед",
    "полудня",
    "ночью",
    "таңертең",
    "танертен",
    "кешке",
    "кеште",
    "түсте",
    "түстен",
    "тустен",
];

const BEFORE_TIME: &[&str] =
    &["в", "во", "на", "к", "с", "со", "до", "после", "около", "часов", "сағат", "сагат", "примерно"];
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
    "кейін",
    "дейін",
];

/// Hours as words, from one.
const HOURS: &[&[&str]] = &[
    &["час", "бірде", "бірге"],
    &["два", "двух", "екіде", "екіге"],
    &["три", "трех", "үште", "үшке"],
    &["четыре", "четырех", "төртте", "төртке"],
    &["пять", "пяти", "бесте", "беске"],
    &["шесть", "шести", "алтыда", "алтыға"],
    &["семь", "семи", "жетіде", "жетіге"],
    &["восемь", "восьми", "сегізде", "сегізге"],
    &["девять", "девяти", "тоғызда", "тоғызға"],
    &["десять", "десяти", "онда", "онға"],
    &["одиннадцать", "одиннадцати", "он бірде"],
    &["двенадцать", "двенадцати", "он екіде"],
];

/// Finds a day and a time and marks their tokens.
pub(crate) fn find_when(original: &str, tokens: &mut [Token]) -> When {
    let mut when = When::default();
    let mut taken: Vec<(Slot, Vec<usize>)> = Vec::new();
    for at in 0..tokens.len() {
        if tokens[at].slot.is_some() || taken.iter().any(|(_, it)| it.contains(&at)) {
            continue;
        }
        if let Some((day, places)) = day(original, tokens, at) {
            if when.day.is_none() {
                let said = nominative(day, &tokens[at].text).map(str::to_owned);
                when.day = Some((day, said.unwrap_or_else(|| words(original, tokens, &places))));
            }
            taken.push((Slot::Date, places));
        } else if let Some(places) = time(original, tokens, at) {
            let said = words(original, tokens, &places);
            when.time = Some(match when.time.take() {
                Some(before) => format!("{before} {said}"),
                None => said,
            });
            taken.push((Slot::Time, places));
        }
    }
    for (slot, places) in taken {
        let part = 1.0 / places.len() as f32;
        for at in places {
            tokens[at].slot = Some((slot, part));
        }
    }
    when
}

/// The name of a weekday by itself, in the language it was said in: «в субботу» → «суббота».
fn nominative(day: Day, said: &str) -> Option<&'static str> {
    let Day::Weekday(day) = day else { return None };
    let (_, long, _) = WEEKDAYS.iter().find(|(it, ..)| *it == day)?;
    if said.starts_with(long[1]) || long.get(2).is_some_and(|it| said.starts_with(it)) {
        return Some(long[1]);
    }
    Some(match day {
        Weekday::Monday => "понедельник",
        Weekday::Tuesday => "вторник",
        Weekday::Wednesday => "среда",
        Weekday::Thursday => "четверг",
        Weekday::Friday => "пятница",
        Weekday::Saturday => "суббота",
        Weekday::Sunday => "воскресенье",
    })
}

fn words(original: &str, tokens: &[Token], places: &[usize]) -> String {
    original[tokens[places[0]].start..tokens[places[places.len() - 1]].end].to_owned()
}

fn number(tokens: &[Token], at: usize) -> Option<i8> {
    let text = &tokens.get(at)?.text;
    if text.len() <= 2 { text.parse().ok() } else { None }
}

/// The one character between two tokens, if they stand that close.
fn between(original: &str, tokens: &[Token], at: usize) -> Option<char> {
    let gap = &original[tokens.get(at)?.end..tokens.get(at + 1)?.start];
    let mut letters = gap.chars();
    letters.next().filter(|_| letters.next().is_none())
}

fn day(original: &str, tokens: &[Token], at: usize) -> Option<(Day, Vec<usize>)> {
    let word = tokens[at].text.as_str();
    if let Some((_, day)) = DAYS.iter().find(|(names, _)| names.contains(&word)) {
        return Some((*day, vec![at]));
    }
    let weekday = WEEKDAYS.iter().find(|(_, long, short)| {
        short.contains(&word)
            || long.iter().any(|it| word.starts_with(it) && word.chars().count() <= it.chars().count() + 4)
    });
    if let Some((weekday, ..)) = weekday {
        // «средней длины» begins like Wednesday and is none.
        return (!word.starts_with("средн") && !word.starts_with("средств"))
            .then_some((Day::Weekday(*weekday), vec![at]));
    }
    let number = number(tokens, at).filter(|it| (1..=31).contains(it))?;
    let next = tokens.get(at + 1)?;
    let month = MONTHS.iter().position(|names| names.iter().any(|it| next.text.starts_with(it)));
    if let Some(month) = month {
        return Some((Day::OfMonth(number, Some(month as i8 + 1)), vec![at, at + 1]));
    }
    if between(original, tokens, at) == Some('.')
        && next.text.len() == 2
        && let Some(month) = next.text.parse::<i8>().ok().filter(|it| (1..=12).contains(it))
        && !at.checked_sub(1).is_some_and(|before| BEFORE_TIME.contains(&tokens[before].text.as_str()))
    {
        return Some((Day::OfMonth(number, Some(month)), vec![at, at + 1]));
    }
    matches!(next.text.as_str(), "числа" | "число" | "го")
        .then_some((Day::OfMonth(number, None), vec![at, at + 1]))
}

fn time(original: &str, tokens: &[Token], at: usize) -> Option<Vec<usize>> {
    let word = tokens[at].text.as_str();
    if PARTS.contains(&word) {
        let after = at > 0 && matches!(tokens[at - 1].text.as_str(), "после" | "до");
        return Some(if after { vec![at - 1, at] } else { vec![at] });
    }
    if word.starts_with("полтретьего")
        || word.starts_with("полвторого")
        || word == "половина"
        || word.starts_with("половин")
    {
        return Some(if tokens.len() > at + 1 && word.starts_with("половин") {
            vec![at, at + 1]
        } else {
            vec![at]
        });
    }
    if let Some(hour) = number(tokens, at).filter(|it| (0..=23).contains(it)) {
        let minutes = tokens
            .get(at + 1)
            .filter(|it| it.text.len() == 2 && it.text.parse::<u8>().is_ok_and(|it| it < 60));
        if minutes.is_some() && matches!(between(original, tokens, at), Some(':' | '.' | '-')) {
            return Some(with_before(tokens, vec![at, at + 1]));
        }
        let led = at > 0 && BEFORE_TIME.contains(&tokens[at - 1].text.as_str());
        let followed = tokens.get(at + 1).is_some_and(|it| AFTER_TIME.contains(&it.text.as_str()));
        if hour > 0 && (led || followed) && !counts_something(tokens, at) {
            let mut places = vec![at];
            if followed {
                places.push(at + 1);
            }
            return Some(with_before(tokens, places));
        }
        return None;
    }
    let spelled = HOURS.iter().any(|names| names.contains(&word));
    let kazakh_case =
        word.ends_with("де") || word.ends_with("те") || word.ends_with("да") || word.ends_with("та");
    let led = at > 0
        && matches!(tokens[at - 1].text.as_str(), "в" | "к" | "на" | "после" | "до" | "сағат" | "сагат");
    let followed = tokens
        .get(at + 1)
        .is_some_and(|it| matches!(it.text.as_str(), "часа" | "часов" | "вечера" | "утра" | "дня"));
    let counted = !followed && counts_something(tokens, at);
    (spelled
        && !counted
        && (led && word != "час" || followed || kazakh_case && text::has_kazakh_letter(word)))
    .then(|| {
        let mut places = vec![at];
        if followed {
            places.push(at + 1);
        }
        with_before(tokens, places)
    })
}

/// Whether a word is a number in words.
pub(crate) fn is_numeral(word: &str) -> bool {
    HOURS.iter().any(|names| names.contains(&word))
        || matches!(word, "двоих" | "троих" | "четверых" | "екі" | "үш")
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

/// «после» and «до» change the time, so they belong to it.
fn with_before(tokens: &[Token], mut places: Vec<usize>) -> Vec<usize> {
    if let Some(before) = places[0].checked_sub(1)
        && matches!(tokens[before].text.as_str(), "после" | "до" | "около" | "с" | "к")
    {
        places.insert(0, before);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::reading::{Lexicon, read};

    fn when(text: &str) -> (Option<String>, Option<String>) {
        let mut tokens = read(&Lexicon::default(), text);
        let found = find_when(text, &mut tokens);
        (found.day.map(|it| it.1), found.time)
    }

    #[test]
    fn days_and_times() {
        for (text, day, time) in [
            ("завтра в 15", Some("завтра"), Some("15")),
            ("на 15:30", None, Some("15:30")),
            ("в субботу после обеда", Some("суббота"), Some("после обеда")),
            ("ертең сағат үште", Some("ертең"), Some("үште")),
            ("жексенбі күні таңертең", Some("жексенбі"), Some("таңертең")),
            ("16 января в 14.30", Some("16 января"), Some("14.30")),
            ("завтра после 18:00", Some("завтра"), Some("после 18:00")),
            ("в шесть вечера", None, Some("шесть вечера")),
            ("средняя длина", None, None),
            ("на 2 человека", None, None),
            ("сколько стоит", None, None),
            ("15ке бола ма", None, Some("15ке")),
            ("на двух человек", None, None),
        ] {
            assert_eq!(when(text), (day.map(str::to_owned), time.map(str::to_owned)), "{text}");
        }
    }

    #[test]
    fn days_have_dates() {
        let today = Date::constant(2025, 1, 15);
        assert_eq!(Day::Ahead(1).date(today), Some(Date::constant(2025, 1, 16)));
        assert_eq!(Day::Weekday(Weekday::Saturday).date(today), Some(Date::constant(2025, 1, 18)));
        assert_eq!(Day::OfMonth(3, Some(1)).date(today), Some(Date::constant(2026, 1, 3)));
    }
}
