use super::twice::First;
use super::{Rule, Scene, facts, rule};
use crate::diagnostic::Diagnostic;

pub(super) const RULE: Rule = rule!("duplicate-price", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    for list in facts::everywhere(scene.bundle, "price_list") {
        let mut anywhere = First::new();
        for group in list.items() {
            let mut here = First::new();
            for item in group.at("/items").iter().flat_map(|it| it.items().collect::<Vec<_>>()) {
                let Some(name) = item.text_at("name") else { continue };
                let (place, key) = (item.place_at("name"), name.trim().to_lowercase());
                let before = (here.before(key.clone(), &place), anywhere.before(key, &place));
                let message = format!("a price `{name}` stands here twice");
                let diagnostic = match before {
                    (Some(first), _) => {
                        Diagnostic::error(RULE.code, place, message).with_label(first, "first here")
                    }
                    (None, Some(first)) => {
                        Diagnostic::warning(RULE.code, place, message).with_label(first, "first here")
                    }
                    (None, None) => continue,
                };
                findings.push(diagnostic.with_help("give each a name that tells them apart"));
            }
        }
    }
}
