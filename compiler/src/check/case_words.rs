use super::{Rule, Scene, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;

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
                    let message = say!(
                        "the test has both `{first}` and `{second}`",
                        "в тесте стоит и `{first}`, и `{second}`",
                    );
                    let place = tests.key(&format!("{pointer}/{second}"));
                    Diagnostic::error(RULE.code, place, message)
                        .with_label(tests.key(&format!("{pointer}/{first}")), say!("and here", "и здесь"))
                        .with_help(say!("keep one of them", "оставьте один из этих ключей"))
                }
                [] => Diagnostic::error(
                    RULE.code,
                    tests.place(&format!("{pointer}/id")),
                    say!("the customer says nothing", "клиент ничего не пишет"),
                )
                .with_help(say!(
                    "add `user`, `messages` or `turns`",
                    "добавьте `user`, `messages` или `turns`"
                )),
                [list] if is_empty(&case.messages) || is_empty(&case.turns) => {
                    let place = tests.key(&format!("{pointer}/{list}"));
                    Diagnostic::error(
                        RULE.code,
                        place,
                        say!("the customer says nothing", "клиент ничего не пишет"),
                    )
                    .with_help(say!("add a message", "добавьте сообщение"))
                }
                [_] => continue,
            };
            findings.push(diagnostic);
        }
    }
}
