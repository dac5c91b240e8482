use std::collections::HashSet;

use super::facts::Section;
use super::{Rule, Scene, facts, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;
use crate::words;

pub(super) const RULE: Rule = rule!("price-unreached", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let Some(services) = facts::section(scene.bundle, "services_catalog").and_then(|it| it.at("/services"))
    else {
        return;
    };
    let Some(list) = facts::section(scene.bundle, "price_list") else { return };
    let mut reached = HashSet::new();
    for service in services.items() {
        reached.extend(service.text_at("name"));
        let items = service.at("/price_items");
        reached.extend(items.iter().flat_map(Section::items).filter_map(|it| it.text()));
    }
    for group in list.items() {
        let lines: Vec<Section<'_>> = group.at("/items").iter().flat_map(Section::items).collect();
        let unreached = lines.iter().filter_map(|it| Some((it, it.text_at("name")?)));
        let unreached: Vec<_> = unreached.filter(|(_, name)| !reached.contains(name)).collect();
        let Some((first, _)) = unreached.first() else { continue };
        let names = words::list(unreached.iter().map(|(_, name)| *name));
        let message = match unreached.len() {
            1 => {
                say!("{names} is a price of no service", "на цену {names} не ссылается ни одна услуга"; names)
            }
            _ => {
                say!("{names} are prices of no service", "на цены {names} не ссылается ни одна услуга"; names)
            }
        };
        let help = say!(
            "name them in `price_items` of a service, so that its aliases lead to them",
            "впишите такие названия в `price_items` услуги: тогда к ценам приведут её синонимы",
        );
        findings.push(Diagnostic::note(RULE.code, first.place_at("name"), message).with_help(help));
    }
}
