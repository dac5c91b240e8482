use super::facts::Section;
use super::{Rule, Scene, facts, rule};
use crate::diagnostic::Diagnostic;

pub(super) const RULE: Rule = rule!("hours-order", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    for salon in facts::everywhere(scene.bundle, "salon") {
        let Some(hours) = salon.at("/hours") else { continue };
        report(&hours, findings);
        for days in ["/week", "/dates"].into_iter().filter_map(|it| hours.at(it)) {
            days.entries().for_each(|(_, day)| report(&day, findings));
        }
    }
}

fn report(day: &Section<'_>, findings: &mut Vec<Diagnostic>) {
    let (Some(open), Some(close)) = (day.text_at("open"), day.text_at("close")) else { return };
    let (Some(from), Some(to)) = (minutes(open), minutes(close)) else { return };
    if from < to {
        return;
    }
    let message = format!("the day ends at {close}, before it begins at {open}");
    let diagnostic = Diagnostic::error(RULE.code, day.place_at("close"), message);
    let midnight = if to == 0 { "write \"24:00\" for midnight" } else { "change one of the two" };
    findings.push(diagnostic.with_label(day.place_at("open"), "begins here").with_help(midnight));
}

/// Minutes since midnight of `H:MM`.
fn minutes(time: &str) -> Option<u32> {
    let (hours, minutes) = time.split_once(':')?;
    Some(hours.parse::<u32>().ok()? * 60 + minutes.parse::<u32>().ok()?)
}
