//! Sums of money in running text.

use std::ops::Range;

use format::Price;
use text::money::{self, Worth, number};

/// What a price is worth.
pub(super) fn worth(price: Price) -> Worth {
    match price {
        Price::Exact(sum) => Worth::Exactly(sum),
        Price::From(sum) => Worth::From(sum),
        Price::Range(from, to) => Worth::Between(from, to),
    }
}

/// A sum in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) span: Range<usize>,
    pub(super) worth: Worth,
}

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
        let stop = match tenge(text, after) {
            Some(stop) => stop,
            None if range.is_none() && tenge(text, end).is_some() => end,
            None if money::sign(text, start) == Some(true) => after,
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
        let worth = Worth::within(text, start..stop, first, range.map(|it| it.0));
        found.push(Amount { span: start..stop, worth });
    }
    found
}

/// Where tenge behind a number end.
fn tenge(text: &str, at: usize) -> Option<usize> {
    money::currency(text, at).filter(|(tenge, _)| *tenge).map(|(_, end)| end)
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
