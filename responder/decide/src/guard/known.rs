//! Every number, price, time, phone and link that a tenant may tell: the last check of each reply.

use std::collections::BTreeSet;

use format::{Fact, Facts, Price, Release, Value};

use super::numbers::{links, numbers};

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
        // «1) …, 2) …»: branches to choose from are numbered.
        (1..=release.branches.len()).for_each(|it| known.add(&it.to_string()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invented_number_is_named() {
        let mut known = Known::default();
        known.add("Цена 5 000 ₸, сайт https://a.kz/x");
        assert!(known.unsupported("Стоит 5000 ₸, см. https://a.kz/x.", &[]).is_empty());
        assert_eq!(known.unsupported("Стоит 4500 ₸ или https://b.kz", &[]), ["4500", "https://b.kz"]);
        assert!(known.unsupported("Записать на 14:30?", &["в 14:30"]).is_empty());
    }
}
