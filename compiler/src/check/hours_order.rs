use super::facts::Section;
use super::{Rule, Scene, facts, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;

pub(super) const RULE: Rule = rule!("hours-order", run);

/// Who closes so early, minutes since midnight, is open over night.
const LATE: u32 = 6 * 60;

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
    let message = if from == to {
        say!("the day begins and ends at {open}", "день начинается и кончается в {open}")
    } else {
        say!(
            "the day ends at {close}, before it begins at {open}",
            "день кончается в {close}, раньше, чем начинается в {open}",
        )
    };
    let diagnostic = Diagnostic::error(RULE.code, day.place_at("close"), message);
    let help = if to == 0 {
        say!("write \"24:00\" for midnight", "полночь в конце дня пишется \"24:00\"")
    } else if to <= LATE {
        say!(
            "a day ends at 24:00 at the latest: write \"24:00\", and what is after midnight into `exceptions`",
            "день кончается не позже 24:00: напишите \"24:00\", а о часах после полуночи скажите в `exceptions`",
        )
    } else {
        say!("change one of the two", "исправьте одно из двух")
    };
    let begins = say!("begins here", "начало здесь");
    let ends = say!("ends here", "конец здесь");
    findings.push(diagnostic.with_mark(ends).with_label(day.place_at("open"), begins).with_help(help));
}

/// Minutes since midnight of `H:MM`.
fn minutes(time: &str) -> Option<u32> {
    let (hours, minutes) = time.split_once(':')?;
    Some(hours.parse::<u32>().ok()? * 60 + minutes.parse::<u32>().ok()?)
}
