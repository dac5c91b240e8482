//! How people ask for facts: a passage says «за домом, бесплатно», its customers say «парковка».

use std::collections::{BTreeMap, BTreeSet};

use format::{Intent, Pack};

/// Exemplars that go with one passage at most: more would drown its own words.
const MOST: usize = 24;

/// The intents that speak a fact, by the slot of their template that holds it.
#[derive(Default)]
pub(crate) struct Askers<'a> {
    by_slot: BTreeMap<String, Vec<&'a Intent>>,
}

impl<'a> Askers<'a> {
    /// Reads the templates of answers. A slot for a whole map (`{hygiene.*}`) tells nothing of its
    /// entries: those are asked for by their own words.
    pub(crate) fn of(pack: &'a Pack) -> Self {
        let mut by_slot: BTreeMap<String, Vec<&'a Intent>> = BTreeMap::new();
        for (id, template) in &pack.templates {
            let Some(intent) = id.strip_prefix("answer.").and_then(|it| pack.intents.get(it)) else {
                continue;
            };
            let texts = [Some(&template.ru), template.kk.as_ref()];
            let slots: BTreeSet<&str> = texts.into_iter().flatten().flat_map(|it| slots(it)).collect();
            for slot in slots {
                by_slot.entry(slot.to_owned()).or_default().push(intent);
            }
        }
        Self { by_slot }
    }

    /// How people ask for the fact with this dotted key.
    pub(super) fn of_fact(&self, key: &str) -> Vec<String> {
        phrases(self.by_slot.get(key).into_iter().flatten())
    }

    /// How people ask for anything below this key.
    pub(super) fn below(&self, key: &str) -> Vec<String> {
        let inside =
            |slot: &str| slot.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        phrases(self.by_slot.iter().filter(|(slot, _)| inside(slot)).flat_map(|it| it.1))
    }
}

/// Names in braces, up to what follows a bar.
fn slots(template: &str) -> impl Iterator<Item = &str> {
    let inside = template.split('{').skip(1).filter_map(|it| it.split_once('}'));
    inside.map(|(slot, _)| slot.split('|').next().unwrap_or(slot).trim())
}

/// Exemplars and terms without slots, each once; both languages, as many of each.
fn phrases<'a>(intents: impl Iterator<Item = &'a &'a Intent>) -> Vec<String> {
    let (mut ru, mut kk) = (Vec::new(), Vec::new());
    for intent in intents {
        ru.extend(intent.examples.ru.iter().chain(&intent.terms.ru));
        kk.extend(intent.examples.kk.iter().chain(&intent.terms.kk));
    }
    let mut seen = BTreeSet::new();
    let mut plain = |all: Vec<&String>| {
        let mut kept: Vec<String> = all.into_iter().filter(|it| !it.contains('{')).cloned().collect();
        kept.retain(|it| seen.insert(it.clone()));
        kept.truncate(MOST / 2);
        kept
    };
    [plain(ru), plain(kk)].concat()
}

#[cfg(test)]
mod tests {
    use format::{Intent, Pack, Phrases, Text};

    use super::{Askers, MOST};

    fn intent(ru: &[&str], kk: &[&str]) -> Intent {
        let own = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect();
        Intent { examples: Phrases { ru: own(ru), kk: own(kk) }, ..Intent::default() }
    }

    #[test]
    fn a_fact_is_asked_for_as_its_answers_intent_is() {
        let many: Vec<String> = (0..50).map(|it| format!("вопрос {it}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let mut pack = Pack::default();
        for (id, intent, template) in [
            (
                "parking",
                intent(&["где оставить машину", "где {service}"], &["тұрақ бар ма"]),
                "{salon.parking}.",
            ),
            ("way", intent(&["как пройти"], &[]), "[{salon.address.full}] {salon.parking|a|b}"),
            ("clean", intent(&["у вас чисто"], &[]), "{hygiene.*}"),
            ("much", intent(&many, &[]), "{much}"),
        ] {
            pack.intents.insert(id.to_owned(), intent);
            pack.templates.insert(format!("answer.{id}"), Text::plain(template));
        }
        let askers = Askers::of(&pack);
        assert_eq!(askers.of_fact("salon.parking"), ["где оставить машину", "как пройти", "тұрақ бар ма"]);
        assert_eq!(askers.below("salon.address"), ["как пройти"]);
        assert!(askers.of_fact("hygiene.masks").is_empty() && askers.below("salon.addr").is_empty());
        assert_eq!(askers.of_fact("much").len(), MOST / 2);
    }
}
