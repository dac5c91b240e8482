use super::twice::First;
use super::{Rule, Scene, facts, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;

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
                let message = say!("a price `{name}` stands here twice", "цена `{name}` записана дважды");
                let (first, diagnostic) = match before {
                    (Some(first), _) => (first, Diagnostic::error(RULE.code, place, message)),
                    (None, Some(first)) => (first, Diagnostic::warning(RULE.code, place, message)),
                    (None, None) => continue,
                };
                let help = say!(
                    "give each a name that tells them apart",
                    "назовите их так, чтобы их можно было различить",
                );
                let again = say!("again here", "второй раз — здесь");
                let there = say!("first here", "первый раз — здесь");
                findings.push(diagnostic.with_mark(again).with_label(first, there).with_help(help));
            }
        }
    }
}
