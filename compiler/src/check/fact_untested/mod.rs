//! Facts that no conversation test speaks of: nobody would notice when the bot told them wrongly.

mod known;
mod spoken;

use self::known::{Known, known};
use self::spoken::Spoken;
use super::{Rule, Scene, rule};
use crate::diagnostic::Diagnostic;
use crate::said::say;

pub(super) const RULE: Rule = rule!("fact-untested", run);

/// More of them are counted, not named.
const NAMED: usize = 5;
/// Of those, so many are shown beside the first.
const SHOWN: usize = 3;
/// Fewer facts are read at a glance.
const DRAFT: usize = 5;

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let known = known(scene.bundle);
    if scene.bundle.tests.iter().all(|it| it.typed.eval_cases.is_empty()) {
        findings.extend(without_tests(&known));
        return;
    }
    let spoken = Spoken::of(&scene.bundle.tests);
    let untested: Vec<&Known<'_>> = known.iter().filter(|it| !spoken.tells(it)).collect();
    let Some(first) = untested.first() else { return };
    let (count, all, more) = (untested.len(), known.len(), untested.len().saturating_sub(NAMED));
    let names: Vec<String> = untested.iter().take(NAMED).map(|it| format!("`{}`", it.name)).collect();
    let names = names.join(", ");
    let message = match more {
        0 => say!(
            "no test speaks of {count} of {all} facts: {names}",
            "тесты не касаются {count} из {all} фактов: {names}"
        ),
        _ => say!(
            "no test speaks of {count} of {all} facts: {names} and {more} more",
            "тесты не касаются {count} из {all} фактов: {names} и ещё {more}",
        ),
    };
    let mut diagnostic = Diagnostic::note(RULE.code, first.place(), message);
    for fact in untested.iter().skip(1).take(SHOWN) {
        diagnostic = diagnostic.with_label(fact.place(), say!("and this", "и этот"));
    }
    findings.push(diagnostic.with_help(say!(
        "ask for them in EVAL.yaml, so that a change of the answer is seen before customers see it",
        "спросите о них в EVAL.yaml: тогда изменившийся ответ увидите вы, а не клиенты",
    )));
}

/// A tenant without tests needs no list of what they lack, and a draft no tests yet.
fn without_tests(known: &[Known<'_>]) -> Option<Diagnostic> {
    let (first, count) = (known.first()?, known.len());
    if count < DRAFT {
        return None;
    }
    let message =
        say!("this tenant has {count} facts and no tests", "фактов здесь {count}, а тестов нет ни одного",);
    Some(Diagnostic::note(RULE.code, first.place(), message).with_help(say!(
        "write what customers ask and what they must hear into EVAL.yaml, so that a change of the answer is \
         seen before customers see it",
        "напишите в EVAL.yaml, что спрашивают клиенты и что они должны услышать: тогда изменившийся ответ \
         увидите вы, а не клиенты",
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::samples::Kiosk;
    use crate::said::Lang;

    const FACTS: &str = "
  salon: {address: {full: Северная 5}, hours: {open: \"9:00\", close: \"18:00\"}}
  services_catalog: {services: [{name: Ремонт экрана, aliases: [битый экран]}, {name: Пайка, price_items: [Пайка платы]}]}
  price_list: [{category: Работы, items: [{name: Пайка платы, price: 700}, {name: Чехол, price: 900}]}]
  promotions: {items: [{name: Студентам, discount_percent: 12}]}
  guest_policy: {animals: С собаками нельзя}
  facts: [{id: warranty, questions: {ru: [Какая у вас гарантия]}, text: Полгода}]
";

    fn told(cases: &[&str]) -> Option<String> {
        let cases: String =
            cases.iter().enumerate().map(|(at, it)| format!("  - {{id: c{at}, {it}}}\n")).collect();
        Kiosk::new().truth(FACTS).file("EVAL.yaml", &format!("eval_cases:\n{cases}")).run(RULE, |_, found| {
            assert!(found.len() < 2, "one note a tenant");
            found.first().map(|it| it.message.in_lang(Lang::En).to_owned())
        })
    }

    #[test]
    fn facts_that_nobody_asks_for_are_counted_and_named() {
        let told = told(&["user: Сколько стоит ремонт экранов?"]).expect("there are others");
        assert!(told.starts_with("no test speaks of 7 of 8 facts: `Пайка`, `Чехол`, `hours`, "), "{told}");
    }

    #[test]
    fn a_tenant_without_tests_is_told_so_once_it_has_facts() {
        let told = |facts: &str| {
            Kiosk::new().truth(facts).run(RULE, |_, found| {
                found.iter().map(|it| it.message.in_lang(Lang::En).to_owned()).collect::<Vec<_>>()
            })
        };
        assert_eq!(told(FACTS), ["this tenant has 8 facts and no tests"]);
        assert_eq!(told("\n  services_catalog: {services: [{name: Пайка}]}\n"), Vec::<String>::new());
    }

    #[test]
    fn facts_are_spoken_of_by_name_figure_or_words() {
        assert_eq!(
            told(&[
                "user: у меня битый экран и пайку надо",
                "turns: [Есть чехол?, {user: До скольки вы?, expected: {must_include: \"18:00\"}}]",
                "user: где вы, expected: {must_include: [северная]}",
                "user: скидки есть?, expected: {must_include: 12%}",
                "user: а с собакой?, expected: {must_tell_user_any: [с собаками нельзя]}",
                "user: у вас какая гарантия",
            ]),
            None
        );
    }
}
