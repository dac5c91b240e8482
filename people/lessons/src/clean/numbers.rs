//! Numbers that lead to a person: phones, cards, accounts, IINs.

use std::ops::Range;

use text::normalize;

use super::own::Own;
use super::{Found, Personal};
use crate::words::BETWEEN_DIGITS;

/// How people write money behind a sum.
const MONEY: [&str; 9] = ["₸", "тенге", "теңге", "тг", "kzt", "$", "€", "₽", "руб"];
/// Characters between two groups of one number, at most, where no word stands between them.
const GAP: usize = 4;
/// Digits of a Kazakh personal number.
const IIN: usize = 12;

/// Digits that stand together.
struct Group {
    range: Range<usize>,
    digits: String,
    /// `+` stands before it.
    plus: bool,
}

pub(super) fn find(text: &str, own: &Own) -> Vec<Found> {
    let mut found = accounts(text);
    for chain in chains(text) {
        let mut at = 0;
        while at < chain.len() {
            let longest = (at + 1..=chain.len())
                .rev()
                .find_map(|end| kind_of(text, &chain[at..end]).map(|kind| (end, kind)));
            let Some((end, kind)) = longest else {
                at += 1;
                continue;
            };
            let start = chain[at].range.start - usize::from(chain[at].plus);
            let range = with_bracket(text, start)..chain[end - 1].range.end;
            if !own.tells(&text[range.clone()]) {
                found.push((range, kind));
            }
            at = end;
        }
    }
    found
}

/// `(` before the first group belongs to the number.
fn with_bracket(text: &str, start: usize) -> usize {
    if text[..start].ends_with("+(") { start - 2 } else { start }
}

/// The value of a decimal digit in the scripts phones type.
fn digit(it: char) -> Option<char> {
    let zero = match it {
        '0'..='9' => return Some(it),
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        '\u{ff10}'..='\u{ff19}' => 0xff10,
        _ => return None,
    };
    char::from_digit(u32::from(it) - zero, 10)
}

/// Runs of groups that may be one number: little stands between them.
fn chains(text: &str) -> Vec<Vec<Group>> {
    let mut chains: Vec<Vec<Group>> = Vec::new();
    let mut letters = text.char_indices().peekable();
    while let Some((start, first)) = letters.next() {
        let Some(first) = digit(first) else { continue };
        let mut group =
            Group { range: start..start, digits: first.into(), plus: text[..start].ends_with('+') };
        while let Some(next) = letters.peek().and_then(|it| digit(it.1)) {
            group.digits.push(next);
            letters.next();
        }
        group.range.end = letters.peek().map_or(text.len(), |it| it.0);
        match chains.last_mut() {
            Some(chain)
                if !group.plus
                    && chain.last().is_some_and(|it| joins(&text[it.range.end..group.range.start])) =>
            {
                chain.push(group);
            }
            _ => chains.push(vec![group]),
        }
    }
    chains
}

/// Whether what stands between two groups keeps them together.
fn joins(between: &str) -> bool {
    let is_sign = |it: char| {
        matches!(it, ' ' | '\u{a0}' | '-' | '(' | ')' | '.' | '/' | '–' | '—' | '‑' | '_' | '*')
            || matches!(it, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2009}' | '\u{202f}' | '\u{2060}')
    };
    let word = between.trim_matches(|it| is_sign(it) || it == ',');
    if word.is_empty() {
        return between.chars().all(is_sign) && between.chars().count() <= GAP;
    }
    let word = normalize(word);
    word.split(' ').count() <= 2 && word.split(' ').all(|it| BETWEEN_DIGITS.contains(&it))
}

/// What kind of number these groups are together.
fn kind_of(text: &str, groups: &[Group]) -> Option<Personal> {
    let (first, last) = (groups.first()?, groups.last()?);
    if is_money(&text[last.range.end..]) || is_date(groups) {
        return None;
    }
    let digits: String = groups.iter().map(|it| it.digits.as_str()).collect();
    let lengths: Vec<usize> = groups.iter().map(|it| it.digits.len()).collect();
    let alone = groups.len() == 1;
    match digits.len() {
        8..=15 if first.plus => return Some(Personal::Phone),
        11 if digits.starts_with(['7', '8']) && digits[1..].starts_with(['3', '4', '7', '8', '9']) => {
            return (alone || !is_sums(&lengths)).then_some(Personal::Phone);
        }
        10 if digits.starts_with(['7', '9']) && (alone || lengths[0] == 3 && !is_sums(&lengths)) => {
            return Some(Personal::Phone);
        }
        IIN if alone || lengths == [6, 6] => return Some(Personal::Number),
        16 if lengths == [4, 4, 4, 4] => return Some(Personal::Number),
        6 | 7 if is_local(text, groups, &lengths) => return Some(Personal::Phone),
        7 if alone && !digits.ends_with("000") => return Some(Personal::Phone),
        _ => {}
    }
    (alone && digits.len() >= 9).then_some(Personal::Number)
}

/// `250-12-34` and `25-01-23`: a phone of the town.
fn is_local(text: &str, groups: &[Group], lengths: &[usize]) -> bool {
    let dashed =
        groups.windows(2).all(|it| matches!(&text[it[0].range.end..it[1].range.start], "-" | "–" | "‑"));
    // `12-05-26` is a date.
    let is_day = || groups[0].digits.parse::<u8>().is_ok_and(|it| it <= 31);
    dashed && (lengths == [3, 2, 2] || lengths == [2, 2, 2] && !is_day())
}

/// Groups as of several sums: `3 500 4 500 …`. A phone has one short group, its first.
fn is_sums(lengths: &[usize]) -> bool {
    lengths.iter().all(|it| matches!(it, 1 | 3)) && lengths.iter().filter(|it| **it == 1).count() > 1
}

fn is_money(after: &str) -> bool {
    let after = after.trim_start_matches([' ', '\u{a0}', '\u{202f}']).to_lowercase();
    MONEY.iter().any(|it| after.starts_with(it))
}

/// `12.05.2026` and `2026-05-12`, also as a range.
fn is_date(groups: &[Group]) -> bool {
    let lengths: Vec<usize> = groups.iter().map(|it| it.digits.len()).collect();
    let day = |it: &Group| it.digits.parse::<u8>().is_ok_and(|it| (1..=31).contains(&it));
    match lengths.as_slice() {
        [1 | 2, 1 | 2, 2 | 4] => day(&groups[0]) && day(&groups[1]),
        [4, 2, 2] => day(&groups[1]) && day(&groups[2]) && groups[0].digits.starts_with("20"),
        [1 | 2, 1 | 2, 4, 1 | 2, 1 | 2, 4] => day(&groups[0]) && day(&groups[1]),
        _ => false,
    }
}

/// Accounts: `KZ` and eighteen letters and digits, however they are spaced.
fn accounts(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(['K', 'k', 'К', 'к']) {
        let mut letters = text[at..].char_indices().skip(1);
        if text[..at].ends_with(|it: char| it.is_alphanumeric())
            || !matches!(letters.next(), Some((_, 'Z' | 'z')))
        {
            continue;
        }
        let (mut count, mut digits, mut end) = (0, 0, at);
        for (offset, it) in letters {
            if it.is_ascii_alphanumeric() {
                count += 1;
                digits += usize::from(it.is_ascii_digit());
                end = at + offset + 1;
            } else if it != ' ' || count == 18 {
                break;
            }
            if count == 18 {
                break;
            }
        }
        if count == 18 && digits >= 9 {
            found.push((at..end, Personal::Number));
        }
    }
    found
}
