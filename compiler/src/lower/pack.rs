//! Packs → [`format::Pack`].

use std::collections::BTreeMap;

use format::{Anchors, Category, Intent, Lexicon, Pack, Phrases, Playbook, Policy, PolicyKind, Source, Text};
use schema::{Bilingual, CategoryEntry, PackFile, PhraseLists, PlaybookEntry, PolicyEntry, PolicyType};
use serde_json::Value;

use super::place::{Layer, Spot, below, suggest};
use super::twin::{maybe_text, texts, union};
use super::{Input, Problem};
use crate::packs::{self, ChainError};
use crate::said::{Said, say};

/// The merged packs of a tenant, and where their parts stand.
pub(super) fn pack(
    input: &Input<'_>,
    problems: &mut Vec<Problem>,
) -> Option<(Pack, BTreeMap<String, Source>)> {
    let layers = layers(input, problems)?;
    let values: Vec<Value> = layers.iter().filter_map(Layer::value).map(schema::settled).collect();
    let merged = packs::merge(&values);
    let file: PackFile = match schema::read(&merged) {
        Ok(file) => file,
        Err(error) => {
            let message =
                say!("the packs do not fit together: {error}", "пакеты не складываются вместе: {error}");
            problems.push(layers.last()?.spot("").problem("pack-incomplete", message, None));
            return None;
        }
    };
    let mut merge = Merge { layers, sources: BTreeMap::new(), problems };
    let pack = Pack {
        categories: file.service_taxonomy.categories.iter().map(|it| merge.category(it)).collect(),
        intents: merge.intents(&file),
        policies: file.policies.iter().filter_map(|it| merge.policy(it)).collect(),
        templates: merge.templates(&file.templates),
        playbooks: file.consult_playbooks.iter().map(|it| merge.playbook(it)).collect(),
        anchors: Anchors {
            in_domain: phrases(&file.ood_anchors.in_domain),
            out_of_domain: phrases(&file.ood_anchors.out_of_domain),
        },
        lexicon: Lexicon {
            slang: file.lexicon.transliteration.into_iter().chain(file.lexicon.slang).collect(),
            stop_words: phrases(&file.lexicon.stop_words),
            promises: phrases(&file.lexicon.promises),
        },
    };
    Some((pack, merge.sources))
}

/// The packs a tenant uses, weakest first, its own last.
fn layers<'a>(input: &Input<'a>, problems: &mut Vec<Problem>) -> Option<Vec<Layer<'a>>> {
    let by_name: BTreeMap<&str, _> = input.packs.iter().map(|it| (it.name, it.file)).collect();
    let known = by_name.iter().map(|(name, file)| (*name, file.typed.extends.as_slice())).collect();
    let own = Layer::new(input.truth, "/domain_pack");
    let extends = input.truth.typed.domain_pack.as_ref().map(|it| it.extends.as_slice()).unwrap_or_default();
    let spot_of = |by: Option<&String>, index: usize| {
        let layer = by.and_then(|it| by_name.get(it.as_str())).map_or(own.clone(), |it| Layer::new(*it, ""));
        layer.spot(&below("/extends", index))
    };
    match packs::chain(extends, &known) {
        Ok(order) => {
            let shared = order.iter().filter_map(|it| by_name.get(it.as_str())).map(|it| Layer::new(*it, ""));
            Some(shared.chain([own]).collect())
        }
        Err(ChainError::Unknown { by, index, name }) => {
            let help = suggest(&name, by_name.keys().copied());
            let message = say!("there is no pack `{name}`", "нет пакета `{name}`");
            problems.push(spot_of(by.as_ref(), index).problem("pack-unknown", message, help));
            None
        }
        Err(ChainError::Cycle { by, index }) => {
            let message = say!("packs extend each other in a ring", "пакеты подключают друг друга по кругу");
            let help = say!("remove this name from `extends`", "уберите это название из `extends`");
            problems.push(spot_of(Some(&by), index).problem("pack-cycle", message, Some(help)));
            None
        }
    }
}

struct Merge<'a, 'p> {
    layers: Vec<Layer<'a>>,
    sources: BTreeMap<String, Source>,
    problems: &'p mut Vec<Problem>,
}

impl Merge<'_, '_> {
    /// The last pack that has something under `pointer`.
    fn spot(&self, pointer: &str) -> Spot {
        let layer = self.layers.iter().rev().find(|it| it.get(pointer).is_some());
        layer.unwrap_or(&self.layers[self.layers.len() - 1]).spot(pointer)
    }

    /// The last pack that has the item `id` in the list under `list`.
    fn spot_of_item(&self, list: &str, id: &str) -> Spot {
        let found = self.layers.iter().rev().find_map(|layer| {
            let items = layer.get(list)?.as_array()?;
            let index = items.iter().position(|it| it.get("id").and_then(Value::as_str) == Some(id))?;
            Some(layer.spot(&below(list, index)))
        });
        found.unwrap_or_else(|| self.spot(list))
    }

    fn note(&mut self, key: String, spot: &Spot) {
        self.sources.insert(key, spot.source());
    }

    /// `what` lacks something; in Russian it stands in the genitive.
    fn incomplete(&mut self, spot: &Spot, what: &Said, missing: &str) {
        let message = say!(
            "{what} has no `{missing}`, here or in a pack below",
            "у {what} нет `{missing}` ни здесь, ни в подключённых пакетах";
            what
        );
        let help = say!("add `{missing}:`", "допишите `{missing}:`");
        self.problems.push(spot.problem("pack-incomplete", message, Some(help)));
    }

    /// A text in both languages; Russian must be there.
    fn bilingual(&mut self, text: &Bilingual, spot: &Spot, what: &Said) -> Text {
        if text.ru.is_none() {
            self.incomplete(spot, what, "ru");
        }
        Text { ru: text.ru.clone().unwrap_or_default(), kk: text.kk.clone() }
    }

    fn category(&mut self, entry: &CategoryEntry) -> Category {
        if entry.label_ru.is_none() {
            let spot = self.spot_of_item("/service_taxonomy/categories", &entry.id);
            let id = &entry.id;
            self.incomplete(&spot, &say!("category `{id}`", "категории `{id}`"), "label_ru");
        }
        Category {
            id: entry.id.clone(),
            label: Text { ru: entry.label_ru.clone().unwrap_or_default(), kk: entry.label_kk.clone() },
            includes: Phrases { ru: entry.includes_ru.clone(), kk: entry.includes_kk.clone() },
            synonyms: Phrases { ru: entry.synonyms_ru.clone(), kk: entry.synonyms_kk.clone() },
        }
    }

    fn intents(&mut self, file: &PackFile) -> BTreeMap<String, Intent> {
        let mut intents: BTreeMap<String, Intent> = BTreeMap::new();
        for (id, entry) in &file.intents {
            let examples = Phrases { ru: entry.ru.clone(), kk: entry.kk.clone() };
            let intent = Intent { examples, not: phrases(&entry.not), terms: Phrases::default() };
            intents.insert(id.clone(), intent);
            let spot = self.spot(&below("/intents", id));
            self.note(format!("intent.{id}"), &spot);
            self.note(format!("intent.{id}"), &spot);
        }
        for (topic, lists) in &file.typical_questions {
            add(&mut intents.entry(topic.clone()).or_default().examples, lists);
        }
        for (topic, lists) in &file.synonyms {
            add(&mut intents.entry(topic.clone()).or_default().terms, lists);
        }
        intents
    }

    fn policy(&mut self, entry: &PolicyEntry) -> Option<Policy> {
        let spot = self.spot_of_item("/policies", &entry.id);
        let id = &entry.id;
        let what = say!("policy `{id}`", "правила `{id}`");
        let Some(kind) = entry.kind else {
            self.incomplete(&spot, &what, "kind");
            return None;
        };
        let says = entry.says.as_ref().filter(|it| **it != Bilingual::default());
        let policy = Policy {
            id: entry.id.clone(),
            kind: policy_kind(kind),
            examples: phrases(&entry.examples),
            counter_examples: phrases(&entry.counter_examples),
            says: says.map(|it| {
                let what = say!("`says` of {what}", "ключа `says` {what}"; what);
                self.bilingual(it, &spot, &what)
            }),
        };
        self.note(format!("policy.{}", entry.id), &spot);
        Some(policy)
    }

    fn templates(&mut self, templates: &BTreeMap<String, Bilingual>) -> BTreeMap<String, Text> {
        let mut lowered = BTreeMap::new();
        for (id, text) in templates {
            let spot = self.spot(&below("/templates", id));
            let what = say!("template `{id}`", "шаблона `{id}`");
            lowered.insert(id.clone(), self.bilingual(text, &spot, &what));
            self.note(format!("template.{id}"), &spot);
        }
        lowered
    }

    fn playbook(&mut self, entry: &PlaybookEntry) -> Playbook {
        let spot = self.spot_of_item("/consult_playbooks", &entry.id);
        self.note(format!("playbook.{}", entry.id), &spot);
        let lead = maybe_text!(entry, lead).unwrap_or_else(|| {
            let id = &entry.id;
            self.incomplete(&spot, &say!("playbook `{id}`", "сценария `{id}`"), "lead");
            Text::default()
        });
        Playbook {
            id: entry.id.clone(),
            topic: entry.topic.clone().unwrap_or_else(|| entry.id.clone()),
            triggers: Phrases {
                ru: union(&entry.triggers.ru, &entry.aliases),
                kk: union(&entry.triggers.kk, entry.kk.list("aliases")),
            },
            lead,
            questions: texts!(entry, questions),
            options: texts!(entry, options),
            next_step: maybe_text!(entry, next_step),
            fallback: entry.fallback.unwrap_or_default(),
        }
    }
}

fn phrases(lists: &PhraseLists) -> Phrases {
    Phrases { ru: lists.ru.clone(), kk: lists.kk.clone() }
}

fn add(phrases: &mut Phrases, lists: &PhraseLists) {
    phrases.ru = union(&phrases.ru, &lists.ru);
    phrases.kk = union(&phrases.kk, &lists.kk);
}

fn policy_kind(kind: PolicyType) -> PolicyKind {
    match kind {
        PolicyType::HardLaw => PolicyKind::HardLaw,
        PolicyType::Gate => PolicyKind::Gate,
        PolicyType::OptOut => PolicyKind::OptOut,
        PolicyType::Human => PolicyKind::Human,
        PolicyType::Frustration => PolicyKind::Frustration,
    }
}
