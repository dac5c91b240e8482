//! Sums of money in running text.

use std::ops::Range;

/// A sum, or what is said about one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    Exactly(u64),
    From(u64),
    UpTo(u64),
    Between(u64, u64),
}

/// A sum in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) span: Range<usize>,
    pub(super) worth: Worth,
    /// In tenge; otherwise in other money.
    pub(super) tenge: bool,
}

/// How people write tenge, in lower case; endings may follow the words.
const TENGE: [&str; 5] = ["₸", "тенге", "теңге", "тг", "kzt"];
const OTHERS: [&str; 7] = ["₽", "$", "€", "руб", "доллар", "usd", "eur"];

/// The sums of a text, in order.
pub(super) fn amounts(text: &str) -> Vec<Amount> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((start, first, end)) = number(text, at) {
        at = end;
        let mut stop = end;
        let mut sum = None;
        let mut upper = None;
        if let Some(money) = currency(text, end) {
            (stop, sum) = (money.1, Some(money.0));
        }
        // `Набор 2 — 4 000 ₸` is no range.
        if let Some((second, after, tenge)) =
            rest_of_range(text, stop).filter(|it| it.0 <= first.saturating_mul(20))
        {
            (stop, sum, upper) = (after, Some(tenge), Some(second));
        } else if sum.is_none() {
            sum = text[..start].trim_end().ends_with(['₸', '$', '€']).then_some(text[..start].contains('₸'));
        }
        let Some(tenge) = sum else { continue };
        at = stop;
        found.push(Amount { span: start..stop, worth: worth(text, start..stop, first, upper), tenge });
    }
    found
}

fn worth(text: &str, span: Range<usize>, first: u64, upper: Option<u64>) -> Worth {
    let before = text[..span.start].trim_end_matches(['₸', '$', '€']).trim_end().to_lowercase();
    let ends = |word: &str| before.strip_suffix(word).is_some_and(|it| !it.ends_with(char::is_alphanumeric));
    let written = text[span.clone()].to_lowercase();
    let tail: String = text[span.end..].chars().take(16).collect::<String>().to_lowercase();
    let after = tail.trim_start_matches(['-', '–', ' ']);
    let kazakh_from = ["ден", "дан", "тен", "тан", "нен", "нан"].iter().any(|it| {
        written.ends_with(it) || after.strip_prefix(it).is_some_and(|it| !it.starts_with(char::is_alphabetic))
    });
    match upper {
        Some(second) if second >= first => Worth::Between(first, second),
        Some(_) => Worth::Exactly(first),
        None if ends("от") || ends("from") || kazakh_from => Worth::From(first),
        None if tail.trim_start().starts_with("и выше") || tail.starts_with('+') => Worth::From(first),
        None if ends("до") || after.contains("дейін") => Worth::UpTo(first),
        None => Worth::Exactly(first),
    }
}

/// The next number from `at` on: start, value, end.
pub(super) fn number(text: &str, at: usize) -> Option<(usize, u64, usize)> {
    let bytes = text.as_bytes();
    let mut start = at + bytes[at..].iter().position(u8::is_ascii_digit)?;
    // `2D` and `№5а` are names, and so is a number glued to Latin letters.
    while start > 0 && bytes[start - 1].is_ascii_alphabetic() {
        let end = start + digits(&bytes[start..]);
        start = end + bytes[end..].iter().position(u8::is_ascii_digit)?;
    }
    let head = digits(&bytes[start..]);
    let (mut end, mut value) = (start + head, digits_value(&text[start..start + head]));
    if head <= 3 {
        while let Some(next) = group(text, end) {
            value = value.saturating_mul(1000).saturating_add(digits_value(&text[next - 3..next]));
            end = next;
        }
    }
    let after = text[end..].trim_start_matches([' ', '\u{a0}']);
    let thousands = ["тыс.", "тыс", "мың"].iter().find(|it| after.starts_with(**it));
    if let Some(word) = thousands {
        value = value.saturating_mul(1000);
        end = text.len() - after.len() + word.len();
    }
    Some((start, value, end))
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|it| it.is_ascii_digit()).count()
}

fn digits_value(digits: &str) -> u64 {
    digits.parse().unwrap_or(u64::MAX)
}

/// The end of another group of three digits behind one separator.
fn group(text: &str, at: usize) -> Option<usize> {
    let separator = text[at..].chars().next()?;
    let separates = matches!(separator, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '.' | ',' | '\'' | '’');
    let from = at + separator.len_utf8();
    (separates && digits(&text.as_bytes()[from..]) == 3).then_some(from + 3)
}

/// Money behind a number: whether tenge, and where it ends.
fn currency(text: &str, at: usize) -> Option<(bool, usize)> {
    let rest = text[at..].trim_start_matches([' ', '\u{a0}', '\u{202f}']);
    let from = text.len() - rest.len();
    let head: String = rest.chars().take(10).collect::<String>().to_lowercase();
    let length = |word: &str| {
        let letters = |it: &str| it.chars().take_while(|it| it.is_alphabetic()).map(char::len_utf8).sum();
        let tail: usize =
            if word.chars().all(char::is_alphabetic) { letters(&rest[word.len()..]) } else { 0 };
        // «тг» and «рубль», not words that begin like them.
        let fits = match word {
            "тг" => tail == 0,
            "руб" => tail == 0 || head[word.len()..].starts_with('л'),
            _ => true,
        };
        fits.then_some(word.len() + tail)
    };
    for (words, tenge) in [(&TENGE[..], true), (&OTHERS[..], false)] {
        if let Some(end) = words.iter().filter(|it| head.starts_with(**it)).find_map(|it| length(it)) {
            return Some((tenge, from + end));
        }
    }
    None
}

/// `– 5 000 ₸` or `до 5 000 ₸` behind the first number of a range.
fn rest_of_range(text: &str, at: usize) -> Option<(u64, usize, bool)> {
    let rest = text[at..].trim_start_matches([' ', '\u{a0}']);
    let dash = ["–", "—", "-", "…", "до "].iter().find_map(|it| rest.strip_prefix(it))?;
    let from = text.len() - dash.len();
    let (start, value, end) = number(text, from)?;
    let between = text[from..start].trim_start_matches(['₸', '$', '€']);
    let (tenge, stop) = currency(text, end)?;
    between.trim().is_empty().then_some((value, stop, tenge))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<Worth> {
        amounts(text).into_iter().map(|it| it.worth).collect()
    }

    #[test]
    fn sums_are_read_as_people_write_them() {
        use Worth::{Between, Exactly, From, UpTo};
        for (text, expected) in [
            ("стоит 5 000 ₸", vec![Exactly(5000)]),
            ("5000тг, 12.500 тенге и 1 200 000 KZT", vec![Exactly(5000), Exactly(12500), Exactly(1_200_000)]),
            ("от 3 000 ₸", vec![From(3000)]),
            ("3000 ₸-ден бастап", vec![From(3000)]),
            ("3000 теңгеден басталады", vec![From(3000)]),
            ("до 9 тыс. тенге", vec![UpTo(9000)]),
            ("3 000–5 000 ₸", vec![Between(3000, 5000)]),
            ("от 3 000 до 5 000 тг", vec![Between(3000, 5000)]),
            ("3 000 ₸ – 5 000 ₸", vec![Between(3000, 5000)]),
            ("₸ 4000", vec![Exactly(4000)]),
            ("$50", vec![Exactly(50)]),
            ("Ремонт 2 — 4 000 ₸", vec![Exactly(4000)]),
            ("15 минут, 10 лет, 3D, 2–3 недели", vec![]),
            ("+7 777 123 45 67", vec![]),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn places_hold_number_and_money() {
        let text = "Ключ — 1 500 ₸ за штуку";
        let found = amounts(text);
        assert_eq!(&text[found[0].span.clone()], "1 500 ₸");
        assert!(found[0].tenge && !amounts("50 $")[0].tenge);
    }
}
