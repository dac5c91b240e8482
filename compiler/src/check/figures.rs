//! Numbers and times that stand in facts, to be looked up.

use std::collections::HashSet;

use super::amount;

/// Numbers and times of texts, made for looking up.
#[derive(Debug, Default)]
pub(super) struct Figures(HashSet<String>);

/// A number has no more parts («+7 (777) 123-45-67» has five).
const PARTS: usize = 6;

impl Figures {
    /// Adds everything a text holds: each number, its parts and neighbouring parts together.
    pub(super) fn add(&mut self, text: &str) {
        each(text, |parts, _| {
            let shown = parts.len().min(PARTS);
            for from in 0..shown {
                let mut figure = String::new();
                for part in &parts[from..shown] {
                    figure.push_str(part);
                    if !self.0.contains(&figure) {
                        self.0.insert(figure.clone());
                    }
                }
            }
        });
    }

    /// Whether a figure stands there. A phone number is the same with and without its country.
    pub(super) fn hold(&self, figure: &str) -> bool {
        let phone = (figure.len() == 11).then(|| &figure[1..]);
        self.0.contains(figure) || phone.is_some_and(|it| self.0.contains(it))
    }
}

/// The figures of a text that only a fact can supply: times, sums, percentages, long numbers. Small
/// numbers («2 этаж») and years come about in too many ways.
pub(super) fn telling(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    each(text, |parts, after| {
        let figure = parts.concat();
        let unit = after.starts_with('%') || after.starts_with(" %");
        let money = || !amount::amounts(&format!("{figure}{}", head(after))).is_empty();
        let year = figure.len() == 4 && figure.starts_with("20");
        if figure.contains(':') || figure.len() > 2 && (!year || money()) || unit || money() {
            found.push(figure);
        }
    });
    found
}

fn head(text: &str) -> &str {
    text.char_indices().nth(12).map_or(text, |(at, _)| &text[..at])
}

/// Calls `tell` with the parts of every number, or with a time `H:MM`, and with what follows it.
fn each(text: &str, mut tell: impl FnMut(&[&str], &str)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit).map(|it| at + it) {
        let mut parts: Vec<&str> = Vec::new();
        at = start;
        loop {
            let from = at;
            at += bytes[at..].iter().take_while(|it| it.is_ascii_digit()).count();
            if let Some(minutes) = clock(text, at).filter(|_| at - from <= 2) {
                if !parts.is_empty() {
                    tell(&parts, "");
                }
                let hours = text[from..at].trim_start_matches('0');
                let time = format!("{}:{minutes}", if hours.is_empty() { "0" } else { hours });
                at += 3;
                tell(&[&time], &text[at..]);
                parts.clear();
                break;
            }
            parts.push(&text[from..at]);
            match joined(text, at) {
                Some(next) => at = next,
                None => break,
            }
        }
        if !parts.is_empty() {
            tell(&parts, &text[at..]);
        }
    }
}

/// Two digits behind a colon.
fn clock(text: &str, at: usize) -> Option<&str> {
    let minutes = text.get(at..)?.strip_prefix(':')?.get(..2)?;
    minutes.bytes().all(|it| it.is_ascii_digit()).then_some(minutes)
}

/// Where a number goes on behind what people put between its digits.
fn joined(text: &str, at: usize) -> Option<usize> {
    let between = |it: char| matches!(it, ' ' | '\u{a0}' | '\u{202f}' | '-' | '‑' | '(' | ')');
    let rest = text[at..].trim_start_matches(between);
    let next = text.len() - rest.len();
    let near = text[at..next].chars().count() <= 2 && next > at;
    (near && rest.starts_with(|it: char| it.is_ascii_digit())).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_however_they_are_written() {
        let mut figures = Figures::default();
        figures.add("price: 2500, open: '09:00', тел. +7 (777) 123-45-67, скидка 10 %, 5–6 мест");
        for there in telling("2 500 ₸, 9:00, 8 777 1234567 — 10%") {
            assert!(figures.hold(&there) || there == "87771234567", "{there}");
        }
        assert!(figures.hold("7771234567"));
        assert!(!figures.hold("3500") && !figures.hold("21:00") && !figures.hold("15"));
    }

    #[test]
    fn only_telling_figures_count() {
        assert_eq!(telling("2 этаж, 15 минут, 3D, 2025 год, 24/7"), Vec::<String>::new());
        assert_eq!(telling("от 300 ₸, 50 тг, 15%, до 21:00"), ["300", "50", "15", "21:00"]);
    }
}
