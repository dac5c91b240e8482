//! Sums of money in running text.

use std::ops::Range;

use format::Price;

/// A sum in tenge, or what is said about one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    Exactly(u64),
    From(u64),
    UpTo(u64),
    Between(u64, u64),
}

impl Worth {
    /// Least and most, both included.
    pub(super) fn range(self) -> (u64, u64) {
        match self {
            Self::Exactly(sum) => (sum, sum),
            Self::From(sum) => (sum, u64::MAX),
            Self::UpTo(sum) => (0, sum),
            Self::Between(from, to) => (from, to),
        }
    }
}

impl From<Price> for Worth {
    fn from(price: Price) -> Self {
        match price {
            Price::Exact(sum) => Self::Exactly(sum),
            Price::From(sum) => Self::From(sum),
            Price::Range(from, to) => Self::Between(from, to),
        }
    }
}

/// A sum in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) span: Range<usize>,
    pub(super) worth: Worth,
}

/// How people write tenge, in lower case; endings may follow the words.
const TENGE: [&str; 5] = ["₸", "тенге", "теңге", "тг", "kzt"];
/// Words of thousands.
const THOUSANDS: [&str; 6] = ["тысячи", "тысяч", "тыс.", "тыс", "мың", "мын"];
/// A bare number below is no price, tenge.
const LEAST_BARE: u64 = 200;

/// The sums of a text, in order. With `bare` a number without a currency is a sum as well, if nothing
/// else is counted by it.
pub(super) fn amounts(text: &str, bare: bool) -> Vec<Amount> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((start, first, end)) = number(text, at) {
        at = end;
        let range = upper(text, end);
        let (last, after) = range.map_or((first, end), |(second, stop)| (second, stop));
        let glued_thousands = text[start..after].trim_end().ends_with(char::is_alphabetic);
        let stop = match money(text, after) {
            Some(stop) => stop,
            None if range.is_none() && money(text, end).is_some() => end,
            None if text[..start].trim_end().ends_with('₸') => after,
            None if glued_thousands || bare && first >= LEAST_BARE && !counts_else(&text[after..]) => after,
            None => continue,
        };
        // `5–7 тыс`: thousands belong to both.
        let first = if range.is_some() && first < 1000 && last >= 1000 && first * 1000 <= last {
            first * 1000
        } else {
            first
        };
        at = stop.max(at);
        found
            .push(Amount { span: start..stop, worth: worth(text, start..stop, first, range.map(|it| it.0)) });
    }
    found
}

fn worth(text: &str, span: Range<usize>, first: u64, upper: Option<u64>) -> Worth {
    let before = text[..span.start].trim_end_matches('₸').trim_end().to_lowercase();
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
        None if ends("от") || kazakh_from => Worth::From(first),
        None if tail.trim_start().starts_with("и выше") || tail.starts_with('+') => Worth::From(first),
        None if ends("до") || after.starts_with("дейін") => Worth::UpTo(first),
        None => Worth::Exactly(first),
    }
}

/// The next number from `at` on, with its groups of three and thousands: start, value, end.
pub(crate) fn number(text: &str, at: usize) -> Option<(usize, u64, usize)> {
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

/// Where money behind a number ends.
fn money(text: &str, at: usize) -> Option<usize> {
    let rest = text[at..].trim_start_matches([' ', '\u{a0}', '\u{202f}']);
    let lower = rest.chars().take(10).collect::<String>().to_lowercase();
    let word = TENGE.iter().find(|it| lower.starts_with(**it))?;
    let tail = &lower[word.len()..];
    let glued =
        word.chars().all(char::is_alphabetic) && *word == "тг" && tail.starts_with(char::is_alphabetic);
    (!glued).then(|| behind(text, text.len() - rest.len(), word))
}

/// The second number of a range and where it ends.
fn upper(text: &str, at: usize) -> Option<(u64, usize)> {
    let rest = text[at..].trim_start_matches([' ', '\u{a0}', '₸']);
    let tail = ["–", "—", "-", "до "].iter().find_map(|it| rest.strip_prefix(it))?;
    let (start, value, end) = number(text, text.len() - tail.len())?;
    text[text.len() - tail.len()..start].trim().is_empty().then_some((value, end))
}

/// Whether the number counts something that is no money: hours, days, pieces, percent, a clock's minutes.
fn counts_else(after: &str) -> bool {
    let after = after.trim_start_matches([' ', '\u{a0}']).to_lowercase();
    after.starts_with(['%', ':', '×', '*', '/'])
        || after.starts_with(|it: char| it.is_alphabetic())
            && !["за ", "и ", "а ", "в ", "если", "при", "но ", "на "].iter().any(|it| after.starts_with(it))
}
