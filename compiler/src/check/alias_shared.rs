use std::collections::HashMap;

use super::{Rule, Scene, facts, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;

pub(super) const RULE: Rule = rule!("alias-shared", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    for catalog in facts::everywhere(scene.bundle, "services_catalog") {
        let Some(services) = catalog.at("/services") else { continue };
        let mut owners = HashMap::new();
        for service in services.items() {
            if let Some(name) = service.text_at("name") {
                let written = service.at("/name").unwrap_or_else(|| service.clone());
                owners.entry(fold(name)).or_insert((name, written));
            }
        }
        for service in services.items() {
            let name = service.text_at("name").unwrap_or_default();
            for alias in ["/aliases", "/aliases_kk"].into_iter().filter_map(|it| service.at(it)) {
                for alias in alias.items() {
                    let Some(text) = alias.text().filter(|it| !it.trim().is_empty()) else { continue };
                    let (owner, first) = owners.entry(fold(text)).or_insert_with(|| (name, alias.clone()));
                    if *owner != name {
                        let message = say!(
                            "the alias `{text}` belongs to `{owner}` too",
                            "синоним `{text}` есть и у услуги `{owner}`",
                        );
                        let there = say!("here it is `{owner}`", "здесь это `{owner}`");
                        let here = say!("here it is `{name}`", "здесь это `{name}`");
                        let help = say!(
                            "keep it at one of them, or make it more exact",
                            "оставьте его у одной услуги или сделайте точнее",
                        );
                        findings.push(
                            Diagnostic::warning(RULE.code, alias.place(), message)
                                .with_mark(here)
                                .with_label(first.place(), there)
                                .with_help(help),
                        );
                    }
                }
            }
        }
    }
}

fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().flat_map(char::to_lowercase).map(|it| if it == 'ё' { 'е' } else { it }));
    }
    folded
}
