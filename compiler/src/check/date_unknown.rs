use super::{Rule, Scene, facts, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;

pub(super) const RULE: Rule = rule!("date-unknown", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    for salon in facts::everywhere(scene.bundle, "salon") {
        let Some(dates) = salon.at("/hours/dates") else { continue };
        for (date, day) in dates.entries() {
            if date.parse::<jiff::civil::Date>().is_err() {
                let message = say!("there is no day `{date}`", "дня `{date}` нет в календаре");
                let help = say!("write YYYY-MM-DD", "напишите дату в виде ГГГГ-ММ-ДД, например 2026-03-21");
                findings.push(Diagnostic::error(RULE.code, day.key(), message).with_help(help));
            }
        }
    }
    for tests in &scene.bundle.tests {
        for (index, case) in tests.typed.eval_cases.iter().enumerate() {
            let Some(at) = case.at.as_deref().filter(|it| it.parse::<jiff::Timestamp>().is_err()) else {
                continue;
            };
            let place = tests.place(&format!("/eval_cases/{index}/at"));
            let message = say!("`{at}` is no moment", "`{at}` — не дата со временем и часовым поясом");
            let help =
                say!("write it as 2026-03-21T10:00:00+05:00", "напишите так: 2026-03-21T10:00:00+05:00");
            findings.push(Diagnostic::error(RULE.code, place, message).with_help(help));
        }
    }
}
