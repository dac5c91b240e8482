use schema::Expected;

use super::{Rule, Scene, rule};
use crate::bundle::Parsed;
use crate::diagnostic::Diagnostic;
use crate::said::say;
use crate::words;

pub(super) const RULE: Rule = rule!("case-key", run);

/// The keys that are judged.
const KNOWN: [&str; 11] = [
    "action",
    "intent",
    "strict",
    "must_include",
    "must_include_any",
    "must_tell_user",
    "must_tell_user_any",
    "must_not",
    "collect",
    "booking_slots",
    "lang",
];

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    for tests in &scene.bundle.tests {
        for (index, case) in tests.typed.eval_cases.iter().enumerate() {
            let case_pointer = format!("/eval_cases/{index}");
            report(tests, case.expected.as_ref(), &format!("{case_pointer}/expected"), findings);
            for (list, turns) in [("messages", &case.messages), ("turns", &case.turns)] {
                for (turn, entry) in turns.iter().flatten().enumerate() {
                    let pointer = format!("{case_pointer}/{list}/{turn}/expected");
                    report(tests, entry.expected.as_ref(), &pointer, findings);
                }
            }
        }
    }
}

fn report<T>(tests: &Parsed<T>, expected: Option<&Expected>, pointer: &str, findings: &mut Vec<Diagnostic>) {
    let unknown = expected.iter().flat_map(|it| it.other.keys());
    for key in unknown.filter(|it| !Expected::LEGACY.contains(&it.as_str())) {
        let mut place = pointer.to_owned();
        crate::tree::push(&mut place, key);
        let message = say!("`{key}` is not judged", "ключ `{key}` не проверяется");
        let diagnostic = Diagnostic::warning(RULE.code, tests.key(&place), message);
        findings.push(diagnostic.with_help(match words::closest(key, KNOWN.into_iter()) {
            Some(known) => words::did_you_mean(known),
            None => {
                let all = words::list(KNOWN.into_iter());
                say!("the keys are {all}", "проверяются ключи {all}"; all)
            }
        }));
    }
}
