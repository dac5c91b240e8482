use super::{Rule, Scene, rule};
use crate::diagnostic::Diagnostic;

pub(super) const RULE: Rule = rule!("case-words", run);

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    for tests in &scene.bundle.tests {
        for (index, case) in tests.typed.eval_cases.iter().enumerate() {
            let pointer = format!("/eval_cases/{index}");
            let is_empty = |list: &Option<Vec<_>>| list.as_ref().is_some_and(|it| it.is_empty());
            let words = [
                ("user", case.user.is_some()),
                ("messages", case.messages.is_some()),
                ("turns", case.turns.is_some()),
            ];
            let there: Vec<&str> =
                words.into_iter().filter(|(_, there)| *there).map(|(key, _)| key).collect();
            let diagnostic = match there.as_slice() {
                [first, second, ..] => {
                    let message = format!("the test has both `{first}` and `{second}`");
                    let place = tests.key(&format!("{pointer}/{second}"));
                    Diagnostic::error(RULE.code, place, message)
                        .with_label(tests.key(&format!("{pointer}/{first}")), "and here")
                        .with_help("keep one of them")
                }
                [] => Diagnostic::error(
                    RULE.code,
                    tests.place(&format!("{pointer}/id")),
                    "the customer says nothing",
                )
                .with_help("add `user`, `messages` or `turns`"),
                [list] if is_empty(&case.messages) || is_empty(&case.turns) => {
                    let place = tests.key(&format!("{pointer}/{list}"));
                    Diagnostic::error(RULE.code, place, "the customer says nothing")
                        .with_help("add a message")
                }
                [_] => continue,
            };
            findings.push(diagnostic);
        }
    }
}
