use super::facts::Section;
use super::{Rule, Scene, facts, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;

pub(super) const RULE: Rule = rule!("service-unpriced", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(services) = facts::section(scene.bundle, "services_catalog").and_then(|it| it.at("/services"))
    else {
        return;
    };
    let list = facts::section(scene.bundle, "price_list");
    let groups: Vec<Section<'_>> = list.iter().flat_map(Section::items).collect();
    let lines: Vec<Section<'_>> = groups
        .iter()
        .filter_map(|it| it.at("/items"))
        .flat_map(|it| it.items().collect::<Vec<_>>())
        .collect();
    let names: Vec<&str> = lines.iter().filter_map(|it| it.text_at("name")).collect();
    for service in services.items() {
        let Some(name) = service.text_at("name") else { continue };
        let named = service.at("/price_items").is_some_and(|it| it.items().next().is_some());
        if named || service.at("/quick_price_key").is_some() || names.contains(&name) {
            continue;
        }
        let message = say!("the service `{name}` has no price", "у услуги `{name}` нет цены");
        let help = say!(
            "add `price_items` with names of the price list",
            "добавьте `price_items` с названиями строк прайса",
        );
        findings.push(Diagnostic::warning(RULE.code, service.place_at("name"), message).with_help(help));
    }
}
