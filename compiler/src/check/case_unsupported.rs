use schema::{EvalCase, EvalFile, Expected};

use super::figures::{Figures, telling};
use super::{Rule, Scene, rule};
use crate::bundle::Parsed;
use crate::diagnostic::Diagnostic;
use crate::said::say;
use crate::source::Place;

pub(super) const RULE: Rule = rule!("case-unsupported", run);

/// A text that is expected and has figures.
struct Wish {
    place: Place,
    text: String,
    figures: Vec<String>,
}

fn run(scene: &Scene<'_>, findings: &mut Vec<Diagnostic>) {
    let (mut facts, mut packs) = (None, None);
    for tests in &scene.bundle.tests {
        for (index, case) in tests.typed.eval_cases.iter().enumerate() {
            let wishes = wishes(tests, case, &format!("/eval_cases/{index}"));
            if wishes.iter().all(Vec::is_empty) {
                continue;
            }
            let facts = facts.get_or_insert_with(|| of_facts(scene));
            let own = of_case(case);
            let mut lacks = |figure: &String| {
                !facts.hold(figure)
                    && !own.hold(figure)
                    && !packs.get_or_insert_with(|| of_packs(scene)).hold(figure)
            };
            // Of alternatives one is enough; what is demanded stands alone.
            for alternatives in wishes {
                let lacking: Vec<Option<String>> =
                    alternatives.iter().map(|it| it.figures.iter().find(|it| lacks(it)).cloned()).collect();
                if let (Some(wish), Some(Some(figure))) = (alternatives.first(), lacking.first())
                    && lacking.iter().all(Option::is_some)
                {
                    findings.push(diagnose(wish, figure));
                }
            }
        }
    }
}

fn diagnose(wish: &Wish, figure: &str) -> Diagnostic {
    let text = &wish.text;
    let message = say!(
        "the test expects `{text}`, but {figure} stands in no fact or document",
        "тест ждёт «{text}», но {figure} нет ни в фактах, ни в документах",
    );
    Diagnostic::warning(RULE.code, wish.place.clone(), message).with_help(say!(
        "the bot tells only what stands there: add the fact, or correct the test",
        "бот говорит только то, что там есть: добавьте факт или исправьте тест",
    ))
}

/// What a case demands: lists of alternatives of which one must be told. Those that need no figure
/// are empty.
fn wishes(tests: &Parsed<EvalFile>, case: &EvalCase, pointer: &str) -> Vec<Vec<Wish>> {
    let mut wishes = Vec::new();
    let mut add = |expected: Option<&Expected>, pointer: &str| {
        let Some(expected) = expected else { return };
        let wish = |key: &str, index: usize, text: &String| {
            let figures = telling(text);
            let place = || tests.place(&format!("{pointer}/expected/{key}/{index}"));
            (!figures.is_empty()).then(|| Wish { place: place(), text: text.clone(), figures })
        };
        for (key, list) in
            [("must_include", &expected.must_include), ("must_tell_user", &expected.must_tell_user)]
        {
            let each = list.0.iter().enumerate().filter_map(|(index, it)| wish(key, index, it));
            wishes.extend(each.map(|it| vec![it]));
        }
        for (key, list) in [
            ("must_include_any", &expected.must_include_any),
            ("must_tell_user_any", &expected.must_tell_user_any),
        ] {
            let all: Option<Vec<Wish>> =
                list.0.iter().enumerate().map(|(index, it)| wish(key, index, it)).collect();
            wishes.extend(all);
        }
    };
    add(case.expected.as_ref(), pointer);
    for (list, turns) in [("messages", &case.messages), ("turns", &case.turns)] {
        for (index, turn) in turns.iter().flatten().enumerate() {
            add(turn.expected.as_ref(), &format!("{pointer}/{list}/{index}"));
        }
    }
    wishes
}

/// What the customer says, and when.
fn of_case(case: &EvalCase) -> Figures {
    let mut figures = Figures::default();
    let turns = case.messages.iter().chain(&case.turns).flatten().map(|it| it.user.as_str());
    let clock = [case.local_time.as_deref(), case.at.as_deref(), case.user.as_ref().map(|it| it.0.as_str())];
    clock.into_iter().flatten().chain(turns).for_each(|it| figures.add(it));
    figures
}

fn of_facts(scene: &Scene<'_>) -> Figures {
    let bundle = scene.bundle;
    let files = [
        bundle.truth.as_ref().map(|it| it.file),
        bundle.branches.as_ref().map(|it| it.file),
        bundle.client.as_ref().map(|it| it.file),
    ];
    let documents = bundle.documents.iter().map(|it| it.file);
    let mut figures = Figures::default();
    files.into_iter().flatten().chain(documents).for_each(|it| figures.add(scene.sources.text(it)));
    figures
}

/// Templates rarely have figures of their own, so they are looked at last.
fn of_packs(scene: &Scene<'_>) -> Figures {
    let mut figures = Figures::default();
    let used = scene.shared.used_by(scene.bundle);
    let packs = scene.shared.packs.iter().filter(|(name, _)| used.contains(*name));
    packs.for_each(|(_, it)| figures.add(scene.sources.text(it.file)));
    figures
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::samples::{Kiosk, told};

    fn told_of(expected: &str) -> Vec<String> {
        let truth = "  salon: {hours: {open: \"9:00\", close: \"21:00\"}, phone: \"+7 777 123 45 67\"}\n  \
                     price_list: [{category: a, items: [{name: Ключ, price: 2500}]}]\n";
        let tests =
            format!("eval_cases:\n  - {{id: a, user: Запишите на 18:30, expected: {{{expected}}}}}\n");
        let kiosk = Kiosk::new().truth(truth).file("EVAL.yaml", &tests);
        told(RULE, &kiosk.document("knowledge/a.md", "Гарантия 180 дней, скидка 12%"))
    }

    #[test]
    fn figures_from_nowhere_are_told() {
        for (expected, wrong) in [
            ("must_include: [\"3 500\"]", "\"3 500\""),
            ("must_include: 3500", "3500"),
            ("must_tell_user: [\"до 22:00\"]", "\"до 22:00\""),
            ("must_include: [\"скидка 17%\"]", "\"скидка 17%\""),
            ("must_include_any: [\"3 500\", \"4 500\"]", "\"3 500\""),
            ("must_include: [\"+7 701 000 00 00\"]", "\"+7 701 000 00 00\""),
        ] {
            assert_eq!(told_of(expected), [wrong], "{expected}");
        }
    }

    #[test]
    fn figures_of_facts_documents_and_the_customer_are_fine() {
        for expected in [
            "must_include: [\"2 500\", \"2500 ₸\", \"9:00\", \"09:00–21:00\", \"180 дней\", \"12%\"]",
            "must_include: [\"777 123 45 67\", \"18:30\", ключ, \"2 этаж\"]",
            "must_include_any: [\"3 500\", ключ]",
            "must_not: [\"3 500\"]",
            "collect: [\"3 500\"]",
        ] {
            assert_eq!(told_of(expected), Vec::<String>::new(), "{expected}");
        }
    }
}
