//! Days and times of day, in Russian and Kazakh.

mod day;
mod time;

use super::answer::denies;
use super::reading::{Slot, Token};

pub(crate) use day::Day;
pub(crate) use time::is_numeral;

/// What a message says of a day and a time, in the customer's words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct When {
    /// The day and its words.
    pub(crate) day: Option<(Day, String)>,
    /// The words of the time («15:00», «после обеда»).
    pub(crate) time: Option<String>,
    /// The time in minutes of the day, where it is one moment.
    pub(crate) minute: Option<i16>,
}

impl When {
    /// Whether neither is said.
    pub(crate) fn is_empty(&self) -> bool {
        self.day.is_none() && self.time.is_none()
    }
}

/// Words that lead a time.
const BEFORE_TIME: &[&str] =
    &["в", "во", "на", "к", "с", "со", "до", "после", "около", "часов", "часа", "сағат", "сагат", "примерно"];

/// Finds a day and a time and marks their tokens. What is denied («не завтра, а в субботу», «ертең
/// емес») is marked and not told; of two days the first counts.
pub(crate) fn find_when(original: &str, tokens: &mut [Token]) -> When {
    let mut when = When::default();
    let mut taken: Vec<(Slot, Vec<usize>)> = Vec::new();
    for at in 0..tokens.len() {
        if tokens[at].slot.is_some() || taken.iter().any(|(_, it)| it.contains(&at)) {
            continue;
        }
        if let Some((day, places)) = day::day(original, tokens, at) {
            if when.day.is_none() && !is_denied(tokens, &places) {
                let said = day::nominative(day, &tokens[at].text).map(str::to_owned);
                when.day = Some((day, said.unwrap_or_else(|| words(original, tokens, &places))));
            }
            taken.push((Slot::Date, places));
        } else if let Some((places, minute)) = time::time(original, tokens, at) {
            if !is_denied(tokens, &places) {
                let said = words(original, tokens, &places);
                when.minute = if when.time.is_none() { minute } else { None };
                when.time = Some(match when.time.take() {
                    Some(before) => format!("{before} {said}"),
                    None => said,
                });
            }
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

/// «не завтра», «не в среду», «ертең емес», «сәрсенбіде емес».
fn is_denied(tokens: &[Token], places: &[usize]) -> bool {
    let (first, last) = (places[0], places[places.len() - 1]);
    let word = |at: usize| tokens.get(at).map_or("", |it| it.text.as_str());
    let before = first.checked_sub(1).map(|at| {
        let led = at > 0 && BEFORE_TIME.contains(&word(at));
        if led { at - 1 } else { at }
    });
    let close = |at: usize| (at + 1..=first).all(|it| tokens[it].boundary == 0);
    before.is_some_and(|at| word(at) == "не" && close(at))
        || word(last + 1) == "емес" && denies(word(last + 1))
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

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, Weekday};

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
            ("не завтра а в субботу", Some("суббота"), None),
            ("не в среду, а в четверг", Some("четверг"), None),
            ("жоқ, ертең емес, жұмаға", Some("жұма"), None),
            ("не в 15 а в 16", None, Some("16")),
            ("нет, лучше в 16", None, Some("16")),
            ("через неделю", Some("через неделю"), None),
            ("31 февраля", None, None),
            ("полшестого", None, Some("полшестого")),
            ("полтретьего", None, Some("полтретьего")),
            ("в половине третьего", None, Some("половине третьего")),
            ("на 1630", None, Some("1630")),
            ("между 3 и 5", None, Some("между 3 и 5")),
            ("ближе к вечеру", None, Some("ближе к вечеру")),
            ("кешкі 6-да", None, Some("кешкі 6-да")),
            ("жұмада түстен кейін", Some("жұма"), Some("түстен кейін")),
            ("сағат бестен кейін", None, Some("бестен кейін")),
            ("таңғы 10:00-ге", None, Some("таңғы 10:00-ге")),
            ("ертен сагат уште", Some("ертен"), Some("уште")),
            ("часа в 3", None, Some("3")),
            ("в пятницу в 12 созвон", Some("пятница"), Some("12")),
            ("завтра в 10 загнать", Some("завтра"), Some("10")),
            ("в 10 минутах", None, None),
            ("утром в 11", None, Some("утром 11")),
        ] {
            assert_eq!(when(text), (day.map(str::to_owned), time.map(str::to_owned)), "{text}");
        }
    }

    #[test]
    fn moments_have_minutes() {
        let minute = |text: &str| {
            let mut tokens = read(&Lexicon::default(), text);
            find_when(text, &mut tokens).minute
        };
        for (text, expected) in [
            ("в 15:30", Some(930)),
            ("в 3", Some(900)),
            ("в 9", Some(540)),
            ("в 7 утра", Some(420)),
            ("в шесть вечера", Some(1080)),
            ("после обеда", None),
            ("после 18:00", None),
            ("сағат үште", Some(900)),
        ] {
            assert_eq!(minute(text), expected, "{text}");
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
