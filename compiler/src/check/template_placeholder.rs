use std::ops::Range;

use serde_json::Value;

use super::{Rule, Scene, rule};
use crate::bundle::Parsed;
use crate::diagnostic::Diagnostic;
use crate::said::say;
use crate::source::Place;
use crate::tree::Kind;
use crate::words;

pub(super) const RULE: Rule = rule!("template-placeholder", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let (Some(truth), Some(release)) = (&scene.bundle.truth, scene.release) else { return };
    let is_fact = |name: &str| release.facts.texts.contains_key(name);
    look(scene.sources.text(truth.file), truth, "/domain_pack", is_fact, findings);
}

/// Reports placeholders in the pack under `below` that nothing fills.
pub(super) fn look<T>(
    text: &str,
    file: &Parsed<T>,
    below: &str,
    is_fact: impl Fn(&str) -> bool,
    findings: &mut Vec<Diagnostic>,
) {
    for part in ["/templates", "/policies"] {
        let mut pointer = format!("{below}{part}");
        let Some(node) = file.tree.node(&pointer) else { continue };
        node.visit(&mut pointer, &mut |pointer, node| {
            let Kind::Scalar { value: Value::String(said), .. } = &node.kind else { return };
            if part == "/policies" && !pointer.contains("/says") {
                return;
            }
            let written = |piece: &str| {
                let at = text.get(node.span.clone()).and_then(|it| it.find(piece));
                let start = at.map(|at| node.span.start + at);
                Place::new(file.file, start.map_or(node.span.clone(), |it| it..it + piece.len()))
            };
            if let Some(open) = never_closed(said) {
                let message = say!(
                    "this bracket is never closed: customers would see it",
                    "эта скобка не закрыта: её увидят клиенты",
                );
                findings.push(Diagnostic::warning(RULE.code, written(&said[open]), message));
            }
            for slot in slots(said) {
                if let Some(diagnostic) = unknown(slot, &is_fact, written) {
                    findings.push(diagnostic);
                }
            }
        });
    }
}

fn unknown(
    slot: &str,
    is_fact: &impl Fn(&str) -> bool,
    written: impl Fn(&str) -> Place,
) -> Option<Diagnostic> {
    let inside = slot.trim_matches(['{', '}']).trim();
    let name = inside.trim_start_matches('?').split('|').next().unwrap_or_default().trim();
    // A fact may be missing on purpose: then the sentence is left out.
    if name.contains('.') || decide::VALUES.contains(&name) || is_fact(name) {
        return None;
    }
    let message = say!(
        "nothing is called `{name}`, so this sentence is never said",
        "значения `{name}` нет, поэтому это предложение клиент не услышит",
    );
    let diagnostic = Diagnostic::warning(RULE.code, written(slot), message);
    Some(diagnostic.with_help(match words::closest(name, decide::VALUES.iter().copied()) {
        Some(meant) => words::did_you_mean(meant),
        None => say!(
            "write the value's name as the pack's own templates do, or a fact's key such as `salon.phone`",
            "напишите имя так, как в шаблонах отрасли, или ключ факта, например `salon.phone`",
        ),
    }))
}

/// `{…}` in a template.
fn slots(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('{').filter_map(|(at, _)| {
        let end = at + text[at..].find('}')? + 1;
        Some(&text[at..end]).filter(|it| !it[1..].contains('{'))
    })
}

/// The first bracket that is still open at the end, or where the next one opens.
fn never_closed(text: &str) -> Option<Range<usize>> {
    let open = text.match_indices('{').find(|(at, _)| {
        let rest = &text[at + 1..];
        rest.find('}').is_none_or(|close| rest[..close].contains('{'))
    })?;
    Some(open.0..open.0 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::samples::{Kiosk, told};

    fn found(template: &str) -> Vec<String> {
        let truth =
            format!("domain_pack:\n  templates: {{price.line: {{ru: \"{template}\"}}}}\nclient_pack: {{}}\n");
        told(RULE, &Kiosk::new().file("SALON_TRUTH.yaml", &truth))
    }

    #[test]
    fn placeholders_that_nothing_fills_are_found() {
        assert_eq!(found("{name} — {amonut}"), ["{amonut}"]);
        assert_eq!(found("{nmae} [от {amont}]"), ["{nmae}", "{amont}"]);
        assert_eq!(found("{name — {amount}"), ["{"]);
        assert_eq!(found("{name} — {amount"), ["{"]);
    }

    #[test]
    fn values_and_facts_are_placeholders() {
        for template in [
            "{name} — {amount}",
            "[{?salon.parking}Парковка {salon.floor|этаж|этажа|этажей}]",
            "{salon.*}",
            "нет",
        ] {
            assert_eq!(found(template), Vec::<String>::new(), "{template}");
        }
    }
}
