//! Sums of money as people write them in running text, Russian and Kazakh: the numbers, the money behind
//! them, and the words around that make a sum the least or the most. Which numbers are sums is for callers
//! to say.

use std::ops::Range;

/// A sum, or what is said about one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// So much.
    Exactly(u64),
    /// So much or more.
    From(u64),
    /// So much or less.
    UpTo(u64),
    /// From the first to the second, both included.
    Between(u64, u64),
}

/// How people write tenge, in lower case; endings may follow the words.
const TENGE: [&str; 5] = ["₸", "тенге", "теңге", "тг", "kzt"];
/// … and other money.
const OTHERS: [&str; 7] = ["₽", "$", "€", "руб", "доллар", "usd", "eur"];
/// Signs of money before a number.
const SIGNS: [char; 3] = ['₸', '$', '€'];
/// Words of thousands.
const THOUSANDS: [&str; 6] = ["тысячи", "тысяч", "тыс.", "тыс", "мың", "мын"];
/// Kazakh endings of «from».
const FROM: [&str; 6] = ["ден", "дан", "тен", "тан", "нен", "нан"];

impl Worth {
    /// Least and most, both included.
    #[must_use]
    pub fn range(self) -> (u64, u64) {
        match self {
            Self::Exactly(sum) => (sum, sum),
            Self::From(sum) => (sum, u64::MAX),
            Self::UpTo(sum) => (0, sum),
            Self::Between(from, to) => (from, to),
        }
    }

    /// What the words around `span` make of the sum in it; `upper`: the second number of a range.
    #[must_use]
    pub fn within(text: &str, span: Range<usize>, first: u64, upper: Option<u64>) -> Self {
        let before = text[..span.start].trim_end_matches(SIGNS).trim_end().to_lowercase();
        let ends =
            |word: &str| before.strip_suffix(word).is_some_and(|it| !it.ends_with(char::is_alphanumeric));
        let written = text[span.clone()].to_lowercase();
        let tail: String = text[span.end..].chars().take(16).collect::<String>().to_lowercase();
        let after = tail.trim_start_matches(['-', '–', ' ']);
        let ends_word = |rest: &str| !rest.starts_with(char::is_alphabetic);
        let kazakh_from =
            FROM.iter().any(|it| written.ends_with(it) || after.strip_prefix(it).is_some_and(ends_word));
        // An ending may stand between: «5000 ₸-ге дейін».
        let case = after.trim_start_matches(char::is_alphabetic).trim_start();
        let kazakh_up_to = after.starts_with("дейін") || case.starts_with("дейін");
        match upper {
            Some(second) if second >= first => Self::Between(first, second),
            Some(_) => Self::Exactly(first),
            None if ends("от") || ends("from") || kazakh_from => Self::From(first),
            None if tail.trim_start().starts_with("и выше") || tail.starts_with('+') => {
                Self::From(first)
            }
            None if ends("до") || kazakh_up_to => Self::UpTo(first),
            None => Self::Exactly(first),
        }
    }
}

/// The next number from `at` on, with its groups of three and thousands: start, value, end.
#[must_use]
pub fn number(text: &str, at: usize) -> Option<(usize, u64, usize)> {
    let bytes = text.as_bytes();
    let mut start = at + bytes.get(at..)?.iter().position(u8::is_ascii_digit)?;
    // Numbers glued to Latin letters are names.
    while start > 0 && bytes[start - 1].is_ascii_alphabetic() {
        let end = start + digits(&bytes[start..]);
        start = end + bytes[end..].iter().position(u8::is_ascii_digit)?;
    }
    let value_of = |range: Range<usize>| text[range].parse().unwrap_or(u64::MAX);
    let head = digits(&bytes[start..]);
    let (mut end, mut value): (usize, u64) = (start + head, value_of(start..start + head));
    while head <= 3
        && let Some(next) = group(text, end)
    {
        value = value.saturating_mul(1000).saturating_add(value_of(next - 3..next));
        end = next;
    }
    // `4,5 тыс`.
    let tenth = tenth(text, end);
    let after = text[tenth.map_or(end, |it| it.1)..].trim_start_matches([' ', '\u{a0}']);
    let lower = after.chars().take(8).collect::<String>().to_lowercase();
    let ends_word = |rest: &str| !rest.starts_with(char::is_alphabetic);
    let thousand = THOUSANDS.iter().find(|it| lower.strip_prefix(**it).is_some_and(ends_word));
    if let Some(word) = thousand {
        value = value.saturating_mul(1000).saturating_add(tenth.map_or(0, |it| it.0 * 100));
        end = behind(text, text.len() - after.len(), word);
    } else if lower.strip_prefix(['к', 'k']).is_some_and(ends_word)
        && value < 1000
        && after.len() == text.len() - end
    {
        // `5к`.
        value = value.saturating_mul(1000);
        end = behind(text, end, "к");
    }
    Some((start, value, end))
}

/// Money behind a number that ends at `at`: whether it is tenge, and where its word ends.
#[must_use]
pub fn currency(text: &str, at: usize) -> Option<(bool, usize)> {
    let rest = text[at..].trim_start_matches([' ', '\u{a0}', '\u{202f}']);
    let from = text.len() - rest.len();
    let head = rest.chars().take(10).collect::<String>().to_lowercase();
    let end = |word: &&str| {
        let left = head.strip_prefix(*word)?;
        let is_glued = word.chars().all(char::is_alphabetic) && left.starts_with(char::is_alphabetic);
        // «тг» and «рубль», not words that begin like them.
        let fits = match *word {
            "тг" => !is_glued,
            "руб" => !is_glued || left.starts_with('л'),
            _ => true,
        };
        let end = behind(text, from, word);
        let ending =
            |it: &str| it.chars().take_while(|it| it.is_alphabetic()).map(char::len_utf8).sum::<usize>();
        fits.then(|| end + if is_glued { ending(&text[end..]) } else { 0 })
    };
    let of = |words: &[&str], tenge: bool| words.iter().find_map(end).map(|it| (tenge, it));
    of(&TENGE, true).or_else(|| of(&OTHERS, false))
}

/// Whether the sign of money stands right before a number that starts at `at`: of tenge, or of other.
#[must_use]
pub fn sign(text: &str, at: usize) -> Option<bool> {
    let last = text[..at].trim_end().chars().next_back()?;
    SIGNS.contains(&last).then_some(last == '₸')
}

/// The place as many characters behind `at` as the word has: lower case may have other lengths in bytes.
fn behind(text: &str, at: usize, word: &str) -> usize {
    let length: usize = text[at..].chars().take(word.chars().count()).map(char::len_utf8).sum();
    at + length
}

/// One digit behind a comma, and where it ends.
fn tenth(text: &str, at: usize) -> Option<(u64, usize)> {
    let rest = text[at..].strip_prefix([',', '.'])?;
    let is_alone = digits(rest.as_bytes()) == 1;
    is_alone.then(|| (u64::from(rest.as_bytes()[0] - b'0'), at + 2))
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|it| it.is_ascii_digit()).count()
}

/// The end of another group of three digits behind one separator.
fn group(text: &str, at: usize) -> Option<usize> {
    let separator = text[at..].chars().next()?;
    let separates = matches!(separator, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '.' | ',' | '\'' | '’');
    let from = at + separator.len_utf8();
    (separates && digits(&text.as_bytes()[from..]) == 3).then_some(from + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_groups_and_thousands() {
        for (text, value, shown) in [
            ("5 000 ₸", 5000, "5 000"),
            ("12.500", 12_500, "12.500"),
            ("1\u{a0}200\u{202f}000", 1_200_000, "1\u{a0}200\u{202f}000"),
            ("4,5 тыс. тенге", 4500, "4,5 тыс."),
            ("5 Тысяч", 5000, "5 Тысяч"),
            ("3 мың", 3000, "3 мың"),
            ("5к", 5000, "5к"),
            ("5 км", 5, "5"),
            ("A4 и 7", 7, "7"),
            ("99999999999999999999", u64::MAX, "99999999999999999999"),
        ] {
            let (start, found, end) = number(text, 0).unwrap();
            assert_eq!((found, &text[start..end]), (value, shown), "{text}");
        }
        assert_eq!(number("A4", 0), None);
        assert_eq!(number("4", 9), None);
    }

    #[test]
    fn money_is_tenge_or_other() {
        for (text, expected) in [
            (" ₸.", Some((true, " ₸"))),
            (" ТЕҢГЕден", Some((true, " ТЕҢГЕден"))),
            ("тг", Some((true, "тг"))),
            (" рублей", Some((false, " рублей"))),
            ("$", Some((false, "$"))),
            (" тгк", None),
            (" рубашек", None),
            (" минут", None),
            ("", None),
        ] {
            assert_eq!(currency(text, 0).map(|(tenge, end)| (tenge, &text[..end])), expected, "{text}");
        }
        assert_eq!((sign("₸ 4", 4), sign("$4", 1), sign("№4", 3)), (Some(true), Some(false), None));
    }

    #[test]
    fn words_around_a_sum_bound_it() {
        use Worth::{Between, Exactly, From, UpTo};
        for (text, sum, expected) in [
            ("стоит 5000 ₸ всего", "5000 ₸", Exactly(5000)),
            ("от 5000 ₸", "5000 ₸", From(5000)),
            ("FROM $5000", "5000", From(5000)),
            ("5000 ₸ и выше", "5000 ₸", From(5000)),
            ("5000 теңгеден бастап", "5000 теңгеден", From(5000)),
            ("5000 ₸-ден бастап", "5000 ₸", From(5000)),
            ("до 5000 ₸", "5000 ₸", UpTo(5000)),
            ("5000 ₸-ге дейін", "5000 ₸", UpTo(5000)),
            ("5000 теңгеге дейін", "5000 теңгеге", UpTo(5000)),
            ("когда 5000 ₸, 7-ге дейін", "5000 ₸", Exactly(5000)),
        ] {
            let start = text.find(sum).unwrap();
            assert_eq!(Worth::within(text, start..start + sum.len(), 5000, None), expected, "{text}");
        }
        assert_eq!(Worth::within("от 3 до 5", 5..12, 3, Some(5)), Between(3, 5));
        assert_eq!((From(3).range(), UpTo(3).range()), ((3, u64::MAX), (0, 3)));
    }
}
