//! Days, in Russian and Kazakh.

use jiff::civil::{Date, Weekday};

use super::{BEFORE_TIME, between, number};
use crate::understand::reading::Token;

/// A day as said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Day {
    /// So many days from now: 0 = today.
    Ahead(i8),
    /// The next such weekday, today included.
    Weekday(Weekday),
    /// Saturday and Sunday.
    Weekend,
    /// So many weeks from now.
    Weeks(i8),
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
            Self::Weeks(weeks) => today.checked_add(jiff::Span::new().weeks(i64::from(weeks))).ok(),
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

const DAYS: &[(&[&str], Day)] = &[
    (&["сегодня", "бүгін", "бугин", "бүгінге", "бугинге"], Day::Ahead(0)),
    (&["завтра", "завтрашний", "ертең", "ертен", "ертеңге", "ертенге"], Day::Ahead(1)),
    (&["послезавтра", "бүрсігүні", "бүрсігүнге", "бурсигуни", "бурсигунге"], Day::Ahead(2)),
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

/// The name of a weekday by itself, in the language it was said in: «в субботу» → «суббота».
pub(super) fn nominative(day: Day, said: &str) -> Option<&'static str> {
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

/// The day said at this token, and the tokens that say it.
pub(super) fn day(original: &str, tokens: &[Token], at: usize) -> Option<(Day, Vec<usize>)> {
    let word = tokens[at].text.as_str();
    if let Some((_, day)) = DAYS.iter().find(|(names, _)| names.contains(&word)) {
        return Some((*day, vec![at]));
    }
    if let Some(weeks) = in_weeks(tokens, at) {
        return Some(weeks);
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
        // 31 February is no day.
        let days = Date::new(2024, month as i8 + 1, 1).map_or(31, Date::days_in_month);
        if number > days {
            return None;
        }
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

/// «через неделю», «через две недели», «бір аптадан кейін».
fn in_weeks(tokens: &[Token], at: usize) -> Option<(Day, Vec<usize>)> {
    let word = |at: usize| tokens.get(at).map_or("", |it| it.text.as_str());
    let count = |word: &str| match word {
        "бір" | "одну" | "1" => Some(1),
        "две" | "екі" | "2" => Some(2),
        "три" | "үш" | "3" => Some(3),
        _ => None,
    };
    if word(at) == "через" {
        if word(at + 1).starts_with("недел") {
            return Some((Day::Weeks(1), vec![at, at + 1]));
        }
        let weeks = count(word(at + 1)).filter(|_| word(at + 2).starts_with("недел"))?;
        return Some((Day::Weeks(weeks), vec![at, at + 1, at + 2]));
    }
    let weeks = count(word(at)).filter(|_| word(at + 1).starts_with("аптадан"))?;
    let mut places = vec![at, at + 1];
    if word(at + 2) == "кейін" {
        places.push(at + 2);
    }
    Some((Day::Weeks(weeks), places))
}
