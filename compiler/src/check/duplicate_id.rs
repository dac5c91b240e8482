use super::facts;
use super::twice::{First, repeated};
use super::{Rule, Scene, rule};
use crate::bundle::{Parsed, Shared};
use crate::diagnostic::Diagnostic;
use crate::said::say;
use crate::source::SourceMap;

pub(super) const RULE: Rule = rule!("duplicate-id", run);

/// Lists of entries with ids in a pack, by pointer from the pack.
const PACK_LISTS: [&str; 3] = ["/service_taxonomy/categories", "/policies", "/consult_playbooks"];

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    for section in facts::everywhere(scene.bundle, "facts") {
        let mut first = First::new();
        for item in section.items() {
            let Some(id) = item.text_at("id") else { continue };
            report(&mut first, id.to_owned(), item.place_at("id"), findings);
        }
    }
    if let Some(truth) = &scene.bundle.truth {
        for list in PACK_LISTS {
            within(truth, &format!("/domain_pack{list}"), &mut First::new(), findings);
        }
    }
    let mut first = First::new();
    for tests in &scene.bundle.tests {
        within(tests, "/eval_cases", &mut first, findings);
    }
}

/// Ids of packs, which belong to no tenant.
pub(super) fn shared(_: &SourceMap, shared: &Shared, findings: &mut Vec<Diagnostic>) {
    for pack in shared.packs.values() {
        for list in PACK_LISTS {
            within(pack, list, &mut First::new(), findings);
        }
    }
}

fn within<T>(parsed: &Parsed<T>, list: &str, first: &mut First<String>, findings: &mut Vec<Diagnostic>) {
    let count = parsed.value(list).and_then(|it| it.as_array()).map_or(0, Vec::len);
    for index in 0..count {
        let pointer = format!("{list}/{index}/id");
        let Some(id) = parsed.value(&pointer) else { continue };
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        report(first, id, parsed.place(&pointer), findings);
    }
}

fn report(
    first: &mut First<String>,
    id: String,
    place: crate::source::Place,
    findings: &mut Vec<Diagnostic>,
) {
    let message = say!("the id `{id}` stands here twice", "id `{id}` встречается дважды");
    if let Some(before) = first.before(id, &place) {
        let help = say!("give each an id of its own", "дайте каждой записи свой `id`");
        findings.push(repeated(RULE.code, place, before, message).with_help(help));
    }
}
