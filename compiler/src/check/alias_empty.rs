use super::facts::Section;
use super::{Rule, Scene, facts, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;
use crate::source::Place;

pub(super) const RULE: Rule = rule!("alias-empty", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let mut report = |place: Place| {
        let help = say!("write it or remove it", "допишите его или удалите");
        let message = say!("the alias is empty", "пустой синоним");
        findings.push(Diagnostic::warning(RULE.code, place, message).with_help(help));
    };
    for catalog in facts::everywhere(scene.bundle, "services_catalog") {
        for service in catalog.at("/services").iter().flat_map(Section::items) {
            for aliases in ["/aliases", "/aliases_kk"].into_iter().filter_map(|it| service.at(it)) {
                aliases.items().filter(is_empty).for_each(|it| report(it.place()));
            }
        }
    }
    if let Some(file) = &scene.bundle.branches {
        for (index, branch) in file.typed.branches.iter().enumerate() {
            let empty = branch.aliases.iter().enumerate().filter(|(_, it)| it.trim().is_empty());
            empty.for_each(|(alias, _)| report(file.place(&format!("/branches/{index}/aliases/{alias}"))));
        }
    }
}

fn is_empty(alias: &Section<'_>) -> bool {
    alias.text().is_some_and(|it| it.trim().is_empty())
}
