use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use schema::{PackFile, PhraseLists};

use super::stems::{is_function, stem};
use super::{Rule, Scene, rule};
use crate::bundle::{Parsed, Shared};
use crate::diagnostic::Diagnostic;
use crate::packs;
use crate::said::say;
use crate::source::Place;

pub(super) const RULE: Rule = rule!("exemplar-near", run);

/// A phrase of customers.
#[derive(Debug, Clone)]
struct Exemplar {
    /// The intent or policy it stands for.
    owner: String,
    text: String,
    place: Place,
}

/// Phrases by what is alike in phrases that may be near each other; a pack's own are together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exemplars(BTreeMap<String, HashMap<u64, Vec<Exemplar>>>);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(truth) = &scene.bundle.truth else { return };
    let Some(pack) = &truth.typed.domain_pack else { return };
    let own = exemplars(truth, pack, "/domain_pack");
    if own.is_empty() {
        return;
    }
    let of_packs = scene.shared.exemplars.get_or_init(|| of_packs(scene.shared));
    let chain = packs::chain(&pack.extends, &extends(scene.shared)).unwrap_or_default();
    let earlier: Vec<_> = chain.iter().filter_map(|it| of_packs.0.get(it)).collect();
    compare(own, &earlier, findings);
}

/// Reports what is alike in the packs that tenants share.
pub(super) fn between_packs(shared: &Shared, findings: &mut Vec<Diagnostic>) {
    if !shared.packs.values().any(|it| shared.files.contains(&it.file)) {
        return;
    }
    let all = shared.exemplars.get_or_init(|| of_packs(shared));
    let known = extends(shared);
    for (name, pack) in shared.packs.iter().filter(|(_, it)| shared.files.contains(&it.file)) {
        let chain = packs::chain(std::slice::from_ref(name), &known).unwrap_or_default();
        let earlier: Vec<_> = chain.iter().filter(|it| *it != name).filter_map(|it| all.0.get(it)).collect();
        compare(exemplars(pack, &pack.typed, ""), &earlier, findings);
    }
}

fn extends(shared: &Shared) -> BTreeMap<&str, &[String]> {
    shared.packs.iter().map(|(name, pack)| (name.as_str(), pack.typed.extends.as_slice())).collect()
}

fn of_packs(shared: &Shared) -> Exemplars {
    let keyed = |pack: &Parsed<PackFile>| {
        let mut keyed: HashMap<u64, Vec<Exemplar>> = HashMap::new();
        for exemplar in exemplars(pack, &pack.typed, "") {
            keyed.entry(key(&exemplar.text)).or_default().push(exemplar);
        }
        keyed
    };
    Exemplars(shared.packs.iter().map(|(name, pack)| (name.clone(), keyed(pack))).collect())
}

/// Reports each of `own` that is near one before it or one of `earlier`.
fn compare(own: Vec<Exemplar>, earlier: &[&HashMap<u64, Vec<Exemplar>>], findings: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<u64, Vec<Exemplar>> = HashMap::new();
    for exemplar in own {
        let key = key(&exemplar.text);
        let before = earlier.iter().filter_map(|it| it.get(&key)).chain(seen.get(&key)).flatten();
        let others: Vec<&Exemplar> = before.filter(|it| it.owner != exemplar.owner).collect();
        let stems = if others.is_empty() { Vec::new() } else { content(&exemplar.text) };
        let same = others.into_iter().find(|it| !stems.is_empty() && content(&it.text) == stems);
        if let Some(first) = same {
            findings.push(diagnose(&exemplar, first));
            continue;
        }
        let of_key = seen.entry(key).or_default();
        // One of each owner is enough to compare with.
        if of_key.iter().all(|it| it.owner != exemplar.owner || it.text != exemplar.text) && of_key.len() < 16
        {
            of_key.push(exemplar);
        }
    }
}

fn diagnose(second: &Exemplar, first: &Exemplar) -> Diagnostic {
    let (own, other) = (&second.owner, &first.owner);
    let message = say!(
        "`{own}` and `{other}` have nearly the same example",
        "у `{own}` и `{other}` почти одинаковые примеры",
    );
    let there = say!("here it is `{other}`", "здесь это `{other}`");
    Diagnostic::warning(RULE.code, second.place.clone(), message)
        .with_label(first.place.clone(), there)
        .with_help(say!(
            "the bot cannot tell the two apart by these words: keep one of them",
            "по этим словам бот не отличит одно от другого: оставьте один из примеров",
        ))
}

/// The phrases of a pack in the order of their kinds.
fn exemplars<T>(file: &Parsed<T>, pack: &PackFile, below: &str) -> Vec<Exemplar> {
    let mut found = Vec::new();
    let mut add = |owner: &str, pointer: String, lang: &str, phrases: &[String]| {
        for (index, text) in phrases.iter().enumerate() {
            let place = file.place(&format!("{pointer}/{lang}/{index}"));
            found.push(Exemplar { owner: owner.to_owned(), text: text.clone(), place });
        }
    };
    let pointer = |list: &str, key: &str| {
        let mut pointer = format!("{below}/{list}");
        crate::tree::push(&mut pointer, key);
        pointer
    };
    for (id, entry) in &pack.intents {
        add(id, pointer("intents", id), "ru", &entry.ru);
        add(id, pointer("intents", id), "kk", &entry.kk);
    }
    for (topic, PhraseLists { ru, kk }) in &pack.typical_questions {
        add(topic, pointer("typical_questions", topic), "ru", ru);
        add(topic, pointer("typical_questions", topic), "kk", kk);
    }
    for (index, policy) in pack.policies.iter().enumerate() {
        let pointer = format!("{below}/policies/{index}/examples");
        add(&policy.id, pointer.clone(), "ru", &policy.examples.ru);
        add(&policy.id, pointer, "kk", &policy.examples.kk);
    }
    found
}

/// Words that hold a sentence together and yet tell questions apart.
const TELLING: [&str; 6] = ["без", "до", "как", "от", "про", "что"];

fn is_content(word: &str) -> bool {
    !is_function(word) || TELLING.contains(&word)
}

/// Stems of a phrase, sorted, each once.
fn content(text: &str) -> Vec<String> {
    let words = text::words(text).into_iter().filter(|it| is_content(&it.text));
    let mut stems: Vec<String> = words.map(|it| stem(&it.text)).collect();
    stems.sort_unstable();
    stems.dedup();
    stems
}

/// Equal for all phrases with the same stems, and cheap: the beginnings of their words.
fn key(text: &str) -> u64 {
    /// Letters that a stem keeps of its word.
    const KEPT: usize = 2;
    let mut heads: Vec<[char; KEPT]> = Vec::new();
    let mut word = String::new();
    for character in text.chars().chain([' ']) {
        if character.is_alphanumeric() {
            word.extend(character.to_lowercase().map(|it| if it == 'ё' { 'е' } else { it }));
            continue;
        }
        if !word.is_empty() && is_content(&word) {
            let mut letters = word.chars();
            heads.push(std::array::from_fn(|_| letters.next().unwrap_or(' ')));
        }
        word.clear();
    }
    heads.sort_unstable();
    heads.dedup();
    let mut hasher = DefaultHasher::new();
    heads.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::samples::{Kiosk, told};

    fn told_of(pack: &str) -> Vec<String> {
        told(
            RULE,
            &Kiosk::new().file("SALON_TRUTH.yaml", &format!("domain_pack:\n{pack}client_pack: {{}}\n")),
        )
    }

    #[test]
    fn the_second_of_two_alike_is_told() {
        let pack = "  intents:\n    a_repair: {ru: [почините мне велосипед срочно]}\n    \
                    b_rent: {ru: [а срочно велосипеды почините, покататься можно на велосипеде]}\n";
        assert_eq!(told_of(pack), ["а срочно велосипеды почините"]);
        let policies = "  intents:\n    a_repair: {ru: [почините велосипед]}\n  policies:\n    \
                        - {id: b, kind: gate, examples: {ru: [почините велосипед]}}\n";
        assert_eq!(told_of(policies), ["почините велосипед"]);
    }

    #[test]
    fn packs_below_count_too() {
        let (name, text) =
            packs::built_in().iter().find(|(name, _)| *name == packs::BASE).expect("base is built in");
        let parsed: serde_json::Value = crate::tree::read(
            crate::source::SourceMap::default()
                .add(crate::source::SourceFile::new(name.into(), String::new())),
            text,
            crate::tree::Budget::default(),
        )
        .tree
        .expect("base can be read")
        .value()
        .clone();
        let phrase = parsed["intents"]["parking"]["ru"][0].as_str().expect("base knows of parking");
        let pack = format!("  intents:\n    own_thing: {{ru: [\"{phrase}\"]}}\n");
        assert_eq!(told_of(&pack), [format!("\"{phrase}\"")]);
    }

    #[test]
    fn the_same_owner_and_other_words_are_fine() {
        for pack in [
            "  intents:\n    a: {ru: [почините велосипед, велосипед почините]}\n",
            "  intents:\n    a: {ru: [когда почините велосипед]}\n    b: {ru: [где почините велосипед]}\n",
            "  intents:\n    a: {ru: [велосипед без звонка]}\n    b: {ru: [велосипед со звонком]}\n",
        ] {
            assert_eq!(told_of(pack), Vec::<String>::new(), "{pack}");
        }
    }
}
