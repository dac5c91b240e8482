//! What the business itself tells everybody, and so is nobody's secret.

use std::collections::BTreeSet;

use format::{Facts, Release, Text, Value};
use text::{each_word, stems};

use super::{links, numbers};

/// The business's own numbers, links and words.
#[derive(Clone, Default)]
pub(super) struct Own {
    /// Phones, e-mails, handles and links in one spelling.
    contacts: BTreeSet<String>,
    /// Stems of every word it uses.
    words: BTreeSet<String>,
    /// Runs of words of its addresses: texts with a digit, normalised.
    told: Vec<String>,
}

impl Own {
    pub(super) fn of(release: &Release) -> Self {
        let mut texts: Vec<&str> = release.branches.iter().filter_map(|it| it.phone.as_deref()).collect();
        let text = |it: &Text| -> Vec<String> {
            [Some(it.ru.clone()), it.kk.clone()].into_iter().flatten().collect()
        };
        let mut owned: Vec<String> = text(&release.client.name);
        owned.extend(release.branches.iter().flat_map(|it| text(&it.name)));
        for facts in std::iter::once(&release.facts).chain(release.branch_facts.values()) {
            owned.extend(of_facts(facts));
        }
        texts.extend(release.passages.iter().flat_map(|it| [it.section.as_str(), it.text.as_str()]));
        texts.extend(owned.iter().map(String::as_str));
        let mut own = Self::default();
        for text in texts {
            own.learn(text);
        }
        own
    }

    fn learn(&mut self, text: &str) {
        // A text is looked at with nothing known, so everything personal in it is found.
        let nothing = Self::default();
        for (range, _) in links::find(text, &nothing).into_iter().chain(numbers::find(text, &nothing)) {
            self.contacts.insert(spelled(&text[range]));
        }
        each_word(text, |word| {
            if !word.bytes().all(|it| it.is_ascii_digit()) {
                self.words.extend(stems(word));
            }
        });
        if text.bytes().any(|it| it.is_ascii_digit()) {
            self.told.push(run(text));
        }
    }

    /// Whether the business tells this contact itself.
    pub(super) fn tells(&self, contact: &str) -> bool {
        self.contacts.contains(&spelled(contact))
    }

    /// Whether the business uses the word.
    pub(super) fn uses(&self, word: &str) -> bool {
        stems(word).iter().any(|it| self.words.contains(it))
    }

    /// Whether the business tells these words in this order.
    pub(super) fn says(&self, words: &str) -> bool {
        let words = run(words);
        self.told.iter().any(|it| it.contains(&words))
    }
}

/// Normalised words between single spaces, with one at both ends.
fn run(text: &str) -> String {
    let mut out = String::from(" ");
    each_word(text, |word| {
        out.push_str(word);
        out.push(' ');
    });
    out
}

/// One spelling: the last ten digits of a number, anything else in lower case.
fn spelled(contact: &str) -> String {
    if contact.chars().any(char::is_alphabetic) && !contact.trim_start().starts_with('+') {
        return contact.trim_end_matches('/').to_lowercase();
    }
    let digits: Vec<char> = contact.chars().filter(char::is_ascii_digit).collect();
    digits[digits.len().saturating_sub(10)..].iter().collect()
}

fn of_facts(facts: &Facts) -> Vec<String> {
    let mut out = Vec::new();
    let mut text = |it: &Text| out.extend([Some(it.ru.clone()), it.kk.clone()].into_iter().flatten());
    for offer in &facts.offers {
        text(&offer.name);
        text(&offer.category);
        offer.note.iter().for_each(&mut text);
    }
    for service in &facts.services {
        text(&service.name);
        [&service.price_text, &service.duration, &service.description]
            .into_iter()
            .flatten()
            .for_each(&mut text);
    }
    for promotion in &facts.promotions {
        text(&promotion.name);
        [&promotion.eligibility, &promotion.requirements, &promotion.notes]
            .into_iter()
            .flatten()
            .for_each(&mut text);
    }
    facts.answers.iter().for_each(|it| text(&it.text));
    out.extend(facts.services.iter().flat_map(|it| it.aliases.iter().cloned()));
    for fact in facts.texts.values() {
        for value in [Some(&fact.value), fact.value_kk.as_ref()].into_iter().flatten() {
            match value {
                Value::Text(it) | Value::Number(it) => out.push(it.clone()),
                Value::List(all) => out.extend(all.iter().cloned()),
                Value::Flag(_) => {}
            }
        }
    }
    out
}
