//! The guard: nothing that looks like a fact leaves unless it is one.
//!
//! Every number, price, time, phone and link of a reply must be found in the tenant's facts or
//! passages, in what the customer said, or in the booking being collected. Otherwise the reply is not
//! sent.

use std::collections::BTreeSet;

use format::{Fact, Facts, Price, Release, Value};

/// Every number and link the tenant may tell.
#[derive(Debug, Default)]
pub(crate) struct Known {
    numbers: BTreeSet<String>,
    links: BTreeSet<String>,
}

impl Known {
    /// What the facts, templates, branches and passages of a release say.
    pub(crate) fn of(release: &Release) -> Self {
        let mut known = Self::default();
        for facts in std::iter::once(&release.facts).chain(release.branch_facts.values()) {
            known.facts(facts);
        }
        for branch in &release.branches {
            branch.phone.iter().for_each(|it| known.add(it));
            known.add(&branch.name.ru);
        }
        for template in release.pack.templates.values() {
            known.add(&template.ru);
            template.kk.iter().for_each(|it| known.add(it));
        }
        for passage in &release.passages {
            known.add(&passage.text);
        }
        for playbook in &release.pack.playbooks {
            let texts = std::iter::once(&playbook.lead).chain(&playbook.questions).chain(&playbook.options);
            texts.chain(&playbook.next_step).for_each(|it| {
                known.add(&it.ru);
                it.kk.iter().for_each(|kk| known.add(kk));
            });
        }
        for policy in release.pack.policies.iter().filter_map(|it| it.says.as_ref()) {
            known.add(&policy.ru);
        }
        known.add(&release.client.name.ru);
        known
    }

    fn facts(&mut self, facts: &Facts) {
        for Fact { value, value_kk, .. } in facts.texts.values() {
            for value in std::iter::once(value).chain(value_kk) {
                match value {
                    Value::Text(text) | Value::Number(text) => self.add(text),
                    Value::List(items) => items.iter().for_each(|it| self.add(it)),
                    Value::Flag(_) => {}
                }
            }
        }
        for offer in &facts.offers {
            match offer.price {
                Price::Exact(it) | Price::From(it) => self.add(&it.to_string()),
                Price::Range(from, to) => self.add(&format!("{from} {to}")),
            }
            offer.note.iter().for_each(|it| self.text(it));
            self.text(&offer.name);
            self.text(&offer.category);
        }
        for service in &facts.services {
            self.text(&service.name);
            let texts = [&service.price_text, &service.duration, &service.description];
            texts.into_iter().flatten().for_each(|it| self.text(it));
        }
        for promotion in &facts.promotions {
            self.text(&promotion.name);
            promotion.discount_percent.iter().for_each(|it| self.add(&it.to_string()));
            let texts = [&promotion.eligibility, &promotion.requirements, &promotion.notes];
            texts.into_iter().flatten().for_each(|it| self.text(it));
        }
        if let Some(hours) = &facts.hours {
            let json = serde_json::to_string(hours).unwrap_or_default();
            self.add(&json);
        }
        facts.answers.iter().for_each(|it| self.text(&it.text));
    }

    fn text(&mut self, text: &format::Text) {
        self.add(&text.ru);
        text.kk.iter().for_each(|it| self.add(it));
    }

    fn add(&mut self, text: &str) {
        self.numbers.extend(numbers(text));
        self.links.extend(links(text));
    }

    /// What of `reply` is neither known nor said by the customer; empty = it may be sent.
    pub(crate) fn unsupported(&self, reply: &str, said: &[&str]) -> Vec<String> {
        let heard: BTreeSet<String> = said.iter().flat_map(|it| numbers(it)).collect();
        let bad_numbers =
            numbers(reply).into_iter().filter(|it| !self.numbers.contains(it) && !heard.contains(it));
        let bad_links = links(reply).into_iter().filter(|it| !self.links.contains(it));
        bad_numbers.chain(bad_links).collect()
    }
}

/// Numbers of a text; `12 000`, `12\u{a0}000` and `12000` are one, `9:00` is `9:00`.
pub(crate) fn numbers(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        if !letters[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let mut number = String::new();
        while at < letters.len() {
            let it = letters[at];
            let digit_next = letters.get(at + 1).is_some_and(char::is_ascii_digit);
            if it.is_ascii_digit() {
                number.push(it);
            } else if matches!(it, ':' | '.' | ',') && digit_next {
                number.push(if it == ',' { '.' } else { it });
            } else if it.is_whitespace() && groups_thousands(&letters, at, &number) {
                // A space inside a number.
            } else {
                break;
            }
            at += 1;
        }
        let number = number.trim_end_matches([':', '.']).to_owned();
        // `09:00` and `9:00` are one time.
        let number = match number.strip_prefix('0') {
            Some(rest) if rest.contains(':') => rest.to_owned(),
            _ => number,
        };
        out.push(number);
    }
    out
}

/// Whether the space at `at` parts thousands: exactly three digits follow, at most three precede.
fn groups_thousands(letters: &[char], at: usize, number: &str) -> bool {
    let digits = letters[at + 1..].iter().take_while(|it| it.is_ascii_digit()).count();
    let plain = number.chars().all(|it| it.is_ascii_digit());
    digits == 3
        && plain
        && !number.is_empty()
        && (number.len() <= 3 || !number.len().is_multiple_of(3) || number.len() <= 6)
}

fn links(text: &str) -> Vec<String> {
    text.split(|it: char| it.is_whitespace() || matches!(it, '"' | '<' | '>' | '(' | ')' | ','))
        .filter(|it| it.contains("://") || it.starts_with("www.") || it.contains('@'))
        .map(|it| it.trim_end_matches(['.', '!', '?', ';']).to_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_do() {
        assert_eq!(numbers("от 12 000 ₸, с 09:00 до 21:00, 1,5 часа"), ["12000", "9:00", "21:00", "1.5"]);
        assert_eq!(numbers("2500\u{a0}₸"), ["2500"]);
        assert_eq!(numbers("10–15 минут"), ["10", "15"]);
    }

    #[test]
    fn an_invented_number_is_named() {
        let mut known = Known::default();
        known.add("Цена 5 000 ₸, сайт https://a.kz/x");
        assert!(known.unsupported("Стоит 5000 ₸, см. https://a.kz/x.", &[]).is_empty());
        assert_eq!(known.unsupported("Стоит 4500 ₸ или https://b.kz", &[]), ["4500", "https://b.kz"]);
        assert!(known.unsupported("Записать на 14:30?", &["в 14:30"]).is_empty());
    }
}
