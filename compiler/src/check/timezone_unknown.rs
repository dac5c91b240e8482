use super::{Rule, Scene, facts, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;
use crate::source::Place;

pub(super) const RULE: Rule = rule!("timezone-unknown", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    if let Some(client) = &scene.bundle.client {
        report(&client.typed.timezone, client.place("/timezone"), findings);
    }
    for salon in facts::everywhere(scene.bundle, "salon") {
        if let Some(zone) = salon.text_at("timezone") {
            report(zone, salon.place_at("timezone"), findings);
        }
    }
}

fn report(zone: &str, place: Place, findings: &mut Vec<Diagnostic>) {
    if jiff::tz::TimeZone::get(zone).is_err() {
        let help = say!(
            "write its IANA name, such as Asia/Almaty, Asia/Aqtau or Europe/Moscow",
            "напишите название из базы IANA, например Asia/Almaty, Asia/Aqtau или Europe/Moscow",
        );
        let message = say!("there is no time zone `{zone}`", "нет часового пояса `{zone}`");
        findings.push(Diagnostic::error(RULE.code, place, message).with_help(help));
    }
}
