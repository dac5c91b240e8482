//! What to ask beside the tests: what customers typically ask, and what is asked about changed facts.

use std::collections::BTreeSet;

use format::{Facts, Lang, Release, Text};

use super::Asked;
use crate::compile::Case;
use crate::plan::TenantPlan;
use crate::suite::fold;

/// Questions about changed facts at most, so that a new price list stays quick to read.
const ABOUT_FACTS: usize = 200;
/// Exemplars of one intent in one language, where its understanding does not change.
const OF_INTENT: usize = 2;
/// Exemplars in all, where understanding changes.
const OF_PACKS: usize = 600;
/// The slot of a pack's phrase that stands for a service.
const SERVICE: &str = "{service}";

/// A question of a new customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    /// Where it comes from.
    pub(super) asked: Asked,
    /// The intent or the fact.
    pub(super) case: String,
    /// What is said.
    pub(super) text: String,
    /// The branch whose number is written to, where it matters.
    pub(super) door: Option<String>,
}

/// Questions beside the tests; none of them twice.
pub(super) fn of(old: &Release, new: &Release, cases: &[Case], plan: &TenantPlan) -> Vec<Question> {
    let mut collector = Collector { seen: BTreeSet::new(), found: Vec::new() };
    for user in cases.iter().filter_map(|it| it.case.user.as_ref()) {
        collector.seen.insert((fold(&user.0), None));
    }
    let door = new.branches.iter().filter(|it| it.is_active).find(|it| it.instance_id.is_some());
    let door = door.map(|it| it.slug.clone()).filter(|_| new.branches.len() > 1);
    about_facts(&mut collector, old, new, plan, door.as_deref());
    typical(&mut collector, new, plan, door.as_deref());
    collector.found
}

struct Collector {
    seen: BTreeSet<(String, Option<String>)>,
    found: Vec<Question>,
}

impl Collector {
    fn ask(&mut self, asked: Asked, case: &str, text: &str, door: Option<&str>) {
        let door = door.map(str::to_owned);
        if self.seen.insert((fold(text), door.clone())) {
            self.found.push(Question { asked, case: case.to_owned(), text: text.to_owned(), door });
        }
    }
}

/// For each service that a changed fact is about, every question of the packs about a service; for
/// facts that bring their questions along, these.
fn about_facts(
    collector: &mut Collector,
    old: &Release,
    new: &Release,
    plan: &TenantPlan,
    door: Option<&str>,
) {
    let forms = forms(new);
    for change in &plan.facts {
        let own = change.key.strip_prefix("branches.").and_then(|it| it.split_once('.'));
        let own = own.filter(|(branch, _)| new.branch(branch).is_some());
        let (door, key) = own.map_or((door, change.key.as_str()), |(branch, key)| (Some(branch), key));
        let branch = own.map(|(branch, _)| branch);
        for facts in [new.facts_at(branch), old.facts_at(branch)] {
            for name in services(facts, key) {
                for (lang, form) in &forms {
                    let text = form.replace(SERVICE, name.get(*lang));
                    collector.ask(Asked::Fact, &change.key, &text, door);
                }
            }
            for answer in facts.answers.iter().filter(|it| is_of(key, &format!("facts.{}", it.id))) {
                for question in answer.questions.iter().take(OF_INTENT) {
                    collector.ask(Asked::Fact, &change.key, question, door);
                }
            }
        }
        if collector.found.len() >= ABOUT_FACTS {
            collector.found.truncate(ABOUT_FACTS);
            break;
        }
    }
}

/// The first phrase of each intent and language whose only slot is a service.
fn forms(release: &Release) -> Vec<(Lang, String)> {
    let only_service = |it: &&String| it.contains(SERVICE) && it.matches('{').count() == 1;
    let mut forms = Vec::new();
    for lang in &release.client.languages {
        for intent in release.pack.intents.values() {
            let form = intent.examples.of(*lang).iter().find(only_service);
            forms.extend(form.map(|it| (*lang, it.clone())));
        }
    }
    forms
}

/// The services that a fact is about, by the names they go by.
fn services<'a>(facts: &'a Facts, key: &str) -> Vec<&'a Text> {
    let offered = |index: &usize| {
        let offer = facts.offers.get(*index);
        offer.is_some_and(|it| is_of(key, &format!("price_list.{}.{}", it.category.ru, it.name.ru)))
    };
    let touched = facts
        .services
        .iter()
        .filter(|it| is_of(key, &format!("services.{}", it.name.ru)) || it.offers.iter().any(offered))
        .map(|it| &it.name);
    let offers = facts
        .offers
        .iter()
        .filter(|it| is_of(key, &format!("price_list.{}.{}", it.category.ru, it.name.ru)))
        .map(|it| &it.name);
    offers.chain(touched).collect()
}

/// Whether `key` is `whole` or a part of it.
fn is_of(key: &str, whole: &str) -> bool {
    key.strip_prefix(whole).is_some_and(|it| it.is_empty() || it.starts_with('.') || it.starts_with(" #"))
}

/// Exemplars of intents and policies: all of those that change themselves, then a few of each, then,
/// where packs change, the others.
fn typical(collector: &mut Collector, new: &Release, plan: &TenantPlan, door: Option<&str>) {
    let intents = new.pack.intents.iter().map(|(id, it)| ("intents", id, &it.examples));
    let policies = new.pack.policies.iter().map(|it| ("policies", &it.id, &it.examples));
    let all: Vec<_> = intents.chain(policies).collect();
    let moves = |kind: &str, id: &str| {
        let whole = format!("{kind}.{id}");
        plan.pack.iter().any(|it| is_of(&it.key, &whole))
    };
    let rest = if plan.pack.is_empty() { 0 } else { usize::MAX };
    let before = collector.found.len();
    for (only_moving, each) in [(true, usize::MAX), (false, OF_INTENT), (false, rest)] {
        for (kind, id, examples) in &all {
            if only_moving && !moves(kind, id) {
                continue;
            }
            for lang in &new.client.languages {
                let plain = examples.of(*lang).iter().filter(|it| !it.contains('{'));
                for text in plain.take(each) {
                    collector.ask(Asked::Typical, id, text, door);
                }
            }
        }
    }
    collector.found.truncate(before + OF_PACKS);
}
