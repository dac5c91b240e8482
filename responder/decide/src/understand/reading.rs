//! Text to tokens: split, slang read as what it means, stop words known.

use std::collections::{HashMap, HashSet};

use text::Quick;

/// What a token stands for when it is part of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Slot {
    /// A service, an item of the price list or a category.
    Service,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A branch.
    Branch,
    /// A phone number.
    Phone,
}

impl Slot {
    /// The slot a pack writes in `{braces}`.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "service" => Self::Service,
            "date" => Self::Date,
            "time" => Self::Time,
            "branch" => Self::Branch,
            "phone" => Self::Phone,
            _ => return None,
        })
    }
}

/// A word of a message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    /// Normalised, slang already replaced; empty for a slot written in a pack.
    pub(crate) text: String,
    /// Its possible stems.
    pub(crate) stems: Vec<String>,
    /// It carries no meaning for matching.
    pub(crate) stop: bool,
    /// The entity it belongs to, and the part of it that this token is (1 = all of it).
    pub(crate) slot: Option<(Slot, f32)>,
    /// Byte range in the original.
    pub(crate) start: usize,
    /// End of the byte range.
    pub(crate) end: usize,
    /// A boundary stands before it: 2 = sentence, 1 = comma or conjunction, 0 = none.
    pub(crate) boundary: u8,
    /// A question mark ends the sentence it stands in.
    pub(crate) question: bool,
}

/// The pack's lexicon, normalised for look-up.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    slang: HashMap<String, Vec<String>, Quick>,
    /// First words of slang that is written as several.
    beginnings: HashSet<String, Quick>,
    stop: HashSet<String, Quick>,
}

impl Lexicon {
    pub(crate) fn new(lexicon: &format::Lexicon) -> Self {
        let words = |it: &str| text::words(it).into_iter().map(|it| it.text).collect::<Vec<_>>();
        let slang: Vec<_> = lexicon.slang.iter().map(|(from, to)| (words(from), words(to))).collect();
        let of_several = slang.iter().filter(|(from, _)| from.len() > 1);
        Self {
            beginnings: of_several.filter_map(|(from, _)| from.first().cloned()).collect(),
            slang: slang.into_iter().map(|(from, to)| (from.join(" "), to)).collect(),
            stop: lexicon.stop_words.all().flat_map(words).collect(),
        }
    }

    pub(crate) fn is_stop(&self, word: &str) -> bool {
        self.stop.contains(word)
    }
}

impl Token {
    /// A slot as written in a pack.
    pub(crate) fn of_slot(slot: Slot) -> Self {
        Self {
            text: String::new(),
            stems: Vec::new(),
            stop: false,
            slot: Some((slot, 1.0)),
            start: 0,
            end: 0,
            boundary: 0,
            question: false,
        }
    }

    /// Whether it is a number.
    pub(crate) fn is_number_like(&self) -> bool {
        self.text.starts_with(|it: char| it.is_ascii_digit())
    }

    /// Whether it belongs to an entity of this kind.
    pub(crate) fn is(&self, slot: Slot) -> bool {
        self.slot.is_some_and(|(it, _)| it == slot)
    }
}

/// Reads the phrases of a pack, thousands of them of the same words.
pub(crate) struct Reader<'l> {
    lexicon: &'l Lexicon,
    stems: HashMap<String, Vec<String>, Quick>,
}

impl<'l> Reader<'l> {
    pub(crate) fn new(lexicon: &'l Lexicon) -> Self {
        Self { lexicon, stems: HashMap::default() }
    }

    /// A phrase in which `{service}` and the other slots stand for any value.
    pub(crate) fn phrase(&mut self, phrase: &str) -> Vec<Token> {
        let mut tokens = Vec::new();
        let mut rest = phrase;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, behind)) = after.split_once('}') else { break };
            tokens.append(&mut self.read(before));
            tokens.extend(Slot::parse(name).map(Token::of_slot));
            rest = behind;
        }
        tokens.append(&mut self.read(rest));
        tokens
    }

    fn read(&mut self, text: &str) -> Vec<Token> {
        read_with(self.lexicon, text, |word| match self.stems.get(word) {
            Some(known) => known.clone(),
            None => self.stems.entry(word.to_owned()).or_insert(text::stems(word)).clone(),
        })
    }
}

/// Conjunctions that may join two questions.
const JOINTS: &[&str] = &["и", "а", "также", "еще", "плюс", "но", "және", "ал", "тағы", "сосын", "потом"];

/// Reads a text into tokens.
pub(crate) fn read(lexicon: &Lexicon, original: &str) -> Vec<Token> {
    read_with(lexicon, original, text::stems)
}

fn read_with(lexicon: &Lexicon, original: &str, mut stems: impl FnMut(&str) -> Vec<String>) -> Vec<Token> {
    let words = text::words(original);
    let mut tokens: Vec<Token> = Vec::with_capacity(words.len());
    let mut last_end = 0;
    let mut at = 0;
    while at < words.len() {
        let word = &words[at];
        let mut boundary = boundary(&original[last_end..word.start], tokens.is_empty());
        if boundary == 0 && JOINTS.contains(&word.text.as_str()) {
            boundary = 1;
        }
        // Slang may be written as two words (`гелль лак`), so pairs are looked up first.
        let may_begin = lexicon.beginnings.contains(&word.text);
        let next = words.get(at + 1).filter(|_| may_begin);
        let pair = next.map(|next| format!("{} {}", word.text, next.text));
        let (replaced, used) = match pair.and_then(|it| lexicon.slang.get(&it)) {
            Some(found) => (Some(found), 2),
            None => (lexicon.slang.get(&word.text), 1),
        };
        let end = words[at + used - 1].end;
        let spelled = replaced.cloned().unwrap_or_else(|| vec![word.text.clone()]);
        for (nth, text) in spelled.into_iter().enumerate() {
            tokens.push(Token {
                stems: stems(&text),
                stop: lexicon.is_stop(&text) || JOINTS.contains(&text.as_str()),
                slot: None,
                start: word.start,
                end,
                boundary: if nth == 0 { boundary } else { 0 },
                question: false,
                text,
            });
        }
        last_end = end;
        at += used;
    }
    mark_questions(original, &mut tokens);
    tokens
}

/// A dot, comma or colon between digits belongs to a number, not to a sentence.
fn boundary(gap: &str, first: bool) -> u8 {
    if first || !gap.contains(char::is_whitespace) && !gap.contains(['?', '!', '\n']) {
        0
    } else if gap.contains(['?', '!', '.', '\n', ';', '…']) {
        2
    } else if gap.contains([',', '—', '–', '/', '(', ')', ':']) || gap.contains(" - ") {
        1
    } else {
        0
    }
}

fn mark_questions(original: &str, tokens: &mut [Token]) {
    for at in 0..tokens.len() {
        let until = tokens[at + 1..].iter().find(|it| it.boundary == 2).map_or(original.len(), |it| it.start);
        tokens[at].question = original[tokens[at].end..until].contains('?');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slang_and_boundaries() {
        let lexicon = Lexicon::new(&format::Lexicon {
            slang: [("комп".to_owned(), "компьютер".to_owned())].into(),
            stop_words: format::Phrases { ru: vec!["пожалуйста".to_owned()], kk: vec![] },
            ..format::Lexicon::default()
        });
        let tokens = read(&lexicon, "Почините комп, пожалуйста. Сколько стоит? в 10.30");
        let shown: Vec<String> = tokens
            .iter()
            .map(|it| format!("{}{}{}", it.boundary, it.text, if it.question { "?" } else { "" }))
            .collect();
        assert_eq!(
            shown,
            ["0почините", "0компьютер", "1пожалуйста", "2сколько?", "0стоит?", "2в", "010", "030"]
        );
        assert!(tokens[2].stop);
    }
}
