use super::{Rule, Scene, facts, rule};
use crate::diagnostic::Diagnostic;

pub(super) const RULE: Rule = rule!("date-unknown", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    for salon in facts::everywhere(scene.bundle, "salon") {
        let Some(dates) = salon.at("/hours/dates") else { continue };
        for (date, day) in dates.entries() {
            if date.parse::<jiff::civil::Date>().is_err() {
                let message = format!("there is no day `{date}`");
                findings.push(Diagnostic::error(RULE.code, day.key(), message).with_help("write YYYY-MM-DD"));
            }
        }
    }
    for tests in &scene.bundle.tests {
        for (index, case) in tests.typed.eval_cases.iter().enumerate() {
            let Some(at) = case.at.as_deref().filter(|it| it.parse::<jiff::Timestamp>().is_err()) else {
                continue;
            };
            let place = tests.place(&format!("/eval_cases/{index}/at"));
            let help = "write it as 2026-03-21T10:00:00+05:00";
            findings
                .push(Diagnostic::error(RULE.code, place, format!("`{at}` is no moment")).with_help(help));
        }
    }
}
