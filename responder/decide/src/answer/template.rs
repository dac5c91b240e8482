//! Answer texts with slots.
//!
//! A template is a few sentences. `{salon.address.full}` is a fact by its dotted key, `{price}` a value
//! the caller computed, `{hygiene.*}` those entries of an open map that fit the question best, and
//! `{?salon.parking.available}` a condition that prints nothing, `{key|час|часа|часов}` a number with
//! its noun in the Russian form it takes. `[in brackets]` stands a part that is
//! left out when one of its slots is unknown; outside brackets an unknown slot drops its sentence.

use std::collections::BTreeMap;

use format::{Fact, Facts, Lang, Pack, Value};

use crate::understand::{Slot, Token};

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    Slot(String),
    Optional(Vec<Part>),
}

/// A parsed template.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Template {
    sentences: Vec<Vec<Part>>,
}

impl Template {
    /// Parses a text; unclosed brackets are taken as they stand.
    pub(crate) fn parse(text: &str) -> Self {
        Self { sentences: sentences(text).into_iter().map(parts).filter(|it| !it.is_empty()).collect() }
    }
}

/// Splits at sentence ends that are followed by a space.
fn sentences(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut from, mut depth) = (0, 0_i32);
    let bytes = text.as_bytes();
    for at in 0..bytes.len() {
        match bytes[at] {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b'.' | b'!' | b'?' if depth == 0 && bytes.get(at + 1).is_some_and(u8::is_ascii_whitespace) => {
                out.push(&text[from..=at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    out.push(&text[from..]);
    out.into_iter().map(str::trim).filter(|it| !it.is_empty()).collect()
}

fn parts(text: &str) -> Vec<Part> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '[']) {
        let close = if rest.as_bytes()[at] == b'{' { '}' } else { ']' };
        let Some(end) = rest[at..].find(close).map(|it| at + it) else { break };
        if at > 0 {
            out.push(Part::Text(rest[..at].to_owned()));
        }
        let inside = &rest[at + 1..end];
        out.push(if close == '}' {
            Part::Slot(inside.trim().to_owned())
        } else {
            Part::Optional(parts(inside))
        });
        rest = &rest[end + 1..];
    }
    if !rest.is_empty() {
        out.push(Part::Text(rest.to_owned()));
    }
    out
}

/// Values that answers bring along; a slot of another name is a fact's key.
pub const VALUES: [&str; 28] = [
    "amount",
    "branch",
    "branches",
    "categories",
    "category",
    "close",
    "conditions",
    "date",
    "day",
    "days",
    "duration",
    "exceptions",
    "field",
    "items",
    "lead",
    "missing",
    "name",
    "note",
    "open",
    "options",
    "percent",
    "price",
    "question",
    "service",
    "suggestions",
    "summary",
    "time",
    "to",
];

/// A filled template.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Filled {
    /// The sentences whose slots are known.
    pub(crate) text: String,
    /// `file:line` of the facts.
    pub(crate) sources: Vec<String>,
    /// Some sentence was dropped.
    pub(crate) partial: bool,
}

/// Fills slots from facts and computed values.
#[derive(Debug, Clone)]
pub(crate) struct Filler<'a> {
    facts: &'a Facts,
    pack: &'a Pack,
    lang: Lang,
    values: BTreeMap<String, String>,
    /// Tokens of the question, for choosing entries of open maps.
    question: &'a [Token],
    /// Ids of categories the question speaks of.
    categories: Vec<String>,
}

impl<'a> Filler<'a> {
    pub(crate) fn new(facts: &'a Facts, pack: &'a Pack, lang: Lang) -> Self {
        Self { facts, pack, lang, values: BTreeMap::new(), question: &[], categories: Vec::new() }
    }

    pub(crate) fn facts(&self) -> &'a Facts {
        self.facts
    }

    pub(crate) fn pack(&self) -> &'a Pack {
        self.pack
    }

    pub(crate) fn lang(&self) -> Lang {
        self.lang
    }

    /// With the question, so that `{map.*}` can choose.
    pub(crate) fn asked(mut self, question: &'a [Token], categories: Vec<String>) -> Self {
        self.question = question;
        self.categories = categories;
        self
    }

    /// With computed values; an empty one counts as unknown.
    pub(crate) fn with(&self, values: &[(&str, String)]) -> Self {
        let mut it = self.clone();
        it.values.extend(values.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        it
    }

    /// The pack's template `id` in this language, filled; `None` when it is missing or nothing of it
    /// can be said.
    pub(crate) fn say(&self, id: &str) -> Option<Filled> {
        self.pack.templates.get(id).and_then(|it| self.fill(&Template::parse(it.get(self.lang))))
    }

    /// A text with slots, filled.
    pub(crate) fn say_text(&self, text: &str) -> Option<String> {
        self.fill(&Template::parse(text)).map(|it| it.text)
    }

    /// Fills a template.
    pub(crate) fn fill(&self, template: &Template) -> Option<Filled> {
        let mut filled = Filled::default();
        let mut said: Vec<String> = Vec::new();
        for sentence in &template.sentences {
            let mut sources = Vec::new();
            match self.sentence(sentence, &mut sources) {
                Some(text) if !text.trim().is_empty() => {
                    said.push(text.trim().to_owned());
                    filled.sources.extend(sources);
                }
                _ => filled.partial = true,
            }
        }
        filled.text = tidy(&said.join(" "));
        (!filled.text.is_empty()).then_some(filled)
    }

    fn sentence(&self, parts: &[Part], sources: &mut Vec<String>) -> Option<String> {
        let mut out = String::new();
        for part in parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Slot(name) => out.push_str(&self.slot(name, sources)?),
                Part::Optional(parts) => {
                    let mut inner = Vec::new();
                    if let Some(text) = self.sentence(parts, &mut inner) {
                        out.push_str(&text);
                        sources.extend(inner);
                    }
                }
            }
        }
        Some(out)
    }

    fn slot(&self, name: &str, sources: &mut Vec<String>) -> Option<String> {
        if let Some(condition) = name.strip_prefix('?') {
            let fact = self.facts.texts.get(condition)?;
            return (fact.value != Value::Flag(false)).then(String::new);
        }
        if let Some((key, forms)) = name.split_once('|') {
            let number = self.slot(key, sources)?;
            let forms: Vec<&str> = forms.split('|').collect();
            return Some(format!("{number} {}", plural(&number, &forms)));
        }
        if let Some(value) = self.values.get(name) {
            return (!value.is_empty()).then(|| value.clone());
        }
        if let Some(map) = name.strip_suffix(".*") {
            return self.entries(map, sources);
        }
        let fact = self.facts.texts.get(name)?;
        let text = self.text(fact)?;
        sources.push(fact.source.0.clone());
        Some(text)
    }

    fn text(&self, fact: &Fact) -> Option<String> {
        let value = match (self.lang, &fact.value_kk) {
            (Lang::Kk, Some(kk)) => kk,
            _ => &fact.value,
        };
        match value {
            Value::Text(text) => {
                Some(text.trim().trim_end_matches('.').to_owned()).filter(|it| !it.is_empty())
            }
            Value::Number(number) => Some(number.clone()),
            Value::List(items) => Some(items.join(", ")).filter(|it| !it.is_empty()),
            Value::Flag(_) => None,
        }
    }

    /// Entries of an open map that fit the question; all of a short map when none stands out.
    fn entries(&self, map: &str, sources: &mut Vec<String>) -> Option<String> {
        let prefix = format!("{map}.");
        let all: Vec<(&str, &Fact, String)> = self
            .facts
            .texts
            .range(prefix.clone()..)
            .take_while(|(key, _)| key.starts_with(&prefix))
            .filter_map(|(key, fact)| Some((&key[prefix.len()..], fact, self.text(fact)?)))
            .collect();
        let scores: Vec<f32> = all.iter().map(|(key, _, text)| self.fits(key, text, &all)).collect();
        let best = scores.iter().copied().fold(0.0, f32::max);
        let about = self.question.iter().any(|it| it.is(Slot::Service));
        if best <= 0.0 && about {
            // The question is about something none of the entries speaks of.
            return None;
        }
        let chosen: Vec<&(&str, &Fact, String)> = if best > 0.0 {
            all.iter().zip(&scores).filter(|(_, it)| **it >= best * 0.7).map(|(it, _)| it).take(4).collect()
        } else {
            all.iter().take(if all.len() <= 3 { 3 } else { 2 }).collect()
        };
        sources.extend(chosen.iter().map(|it| it.1.source.0.clone()));
        let texts: Vec<&str> = chosen.iter().map(|it| it.2.as_str()).collect();
        let lists = chosen.iter().all(|it| matches!(it.1.value, Value::List(_)));
        (!texts.is_empty()).then(|| texts.join(if lists { ", " } else { ". " }))
    }

    /// How well an entry fits: shared words, rarer ones more, and a key that is a category asked for.
    fn fits(&self, key: &str, text: &str, all: &[(&str, &Fact, String)]) -> f32 {
        let stems = |text: &str| -> Vec<String> {
            text::words(text).iter().flat_map(|it| text::stems(&it.text)).collect()
        };
        let own = stems(text);
        let asked = self.question.iter().filter(|it| !it.stop);
        let words: f32 = asked
            .filter(|it| it.stems.iter().any(|stem| own.contains(stem)))
            .map(|it| {
                let holders = all.iter().filter(|(_, _, text)| {
                    let theirs = stems(text);
                    it.stems.iter().any(|stem| theirs.contains(stem))
                });
                1.0 / holders.count().max(1) as f32
            })
            .sum();
        words + if self.categories.iter().any(|it| it == key) { 2.0 } else { 0.0 }
    }
}

/// The form of a noun after a number: one, few (2–4), many.
fn plural<'f>(number: &str, forms: &[&'f str]) -> &'f str {
    let number: u64 = number.parse().unwrap_or(5);
    let nth = match (number % 10, number % 100) {
        (_, 11..=14) => 2,
        (1, _) => 0,
        (2..=4, _) => 1,
        _ => 2,
    };
    forms.get(nth).or(forms.last()).copied().unwrap_or_default()
}

/// Sentences tidied: one full stop, one space, capitals where sentences begin.
pub(crate) fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut begins = true;
    let mut letters = text.chars().peekable();
    while let Some(it) = letters.next() {
        let last = out.chars().next_back();
        let doubled = match (last, it) {
            (Some('.' | '!' | '?' | '…'), '.') => true,
            (Some(' ') | None, ' ') => true,
            (_, ' ') => matches!(letters.peek(), Some('.' | ',' | '!' | '?')),
            _ => false,
        };
        if doubled {
            continue;
        }
        if begins && it.is_alphabetic() {
            out.extend(it.to_uppercase());
            begins = false;
        } else {
            out.push(it);
            // What stands in quotes is somebody's own spelling.
            if it.is_alphanumeric() || it == '«' {
                begins = false;
            }
        }
        if matches!(it, '.' | '!' | '?') && letters.peek() == Some(&' ') {
            begins = true;
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use format::Source;

    use super::*;

    fn facts() -> Facts {
        let fact = |it: &str| Fact {
            value: Value::Text(it.to_owned()),
            value_kk: None,
            source: Source(format!("f:{}", it.len())),
        };
        Facts {
            texts: [
                ("shop.address".to_owned(), fact("ул. Мира 5.")),
                ("care.wood".to_owned(), fact("дерево протирайте сухой тряпкой")),
                ("care.steel".to_owned(), fact("сталь мойте водой")),
            ]
            .into(),
            ..Facts::default()
        }
    }

    fn say(template: &str, question: &str) -> Option<String> {
        let (facts, pack) = (facts(), Pack::default());
        let tokens = crate::understand::read(&crate::understand::Lexicon::default(), question);
        let filler = Filler::new(&facts, &pack, Lang::Ru).asked(&tokens, Vec::new());
        filler.fill(&Template::parse(template)).map(|it| it.text)
    }

    #[test]
    fn unknown_slots_drop_their_sentence_or_bracket() {
        assert_eq!(
            say("Адрес: {shop.address}. Вход: {shop.entrance}.", ""),
            Some("Адрес: ул. Мира 5.".to_owned())
        );
        assert_eq!(
            say("Адрес: {shop.address}[, вход {shop.entrance}].", ""),
            Some("Адрес: ул. Мира 5.".to_owned())
        );
        assert_eq!(say("Вход: {shop.entrance}.", ""), None);
    }

    #[test]
    fn nouns_agree_with_numbers() {
        let form = |it: &str| plural(it, &["час", "часа", "часов"]);
        assert_eq!([form("1"), form("3"), form("12"), form("24")], ["час", "часа", "часов", "часа"]);
    }

    #[test]
    fn open_maps_choose_what_fits() {
        assert_eq!(say("{care.*}.", "чем мыть сталь"), Some("Сталь мойте водой.".to_owned()));
    }
}
