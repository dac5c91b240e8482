use super::twice::{First, repeated};
use super::{Rule, Scene, facts, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;

pub(super) const RULE: Rule = rule!("duplicate-service", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    for catalog in facts::everywhere(scene.bundle, "services_catalog") {
        let Some(services) = catalog.at("/services") else { continue };
        let mut first = First::new();
        for service in services.items() {
            let Some(name) = service.text_at("name") else { continue };
            let place = service.place_at("name");
            if let Some(before) = first.before(name.trim().to_lowercase(), &place) {
                let message = say!("a service `{name}` stands here twice", "услуга `{name}` записана дважды");
                let help = say!("make one entry of the two", "сделайте из двух записей одну");
                findings.push(repeated(RULE.code, place, before, message).with_help(help));
            }
        }
    }
}
