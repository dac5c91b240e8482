//! What conversation tests speak of.

use std::collections::HashMap;

use schema::{EvalFile, Expected};

use super::known::Known;
use crate::bundle::Parsed;
use crate::check::figures::Figures;
use crate::check::stems::stems;

/// A shorter word may stand in any text.
const LEAST: usize = 4;

/// The words of all tests.
#[derive(Debug, Default)]
pub(super) struct Spoken {
    /// Tests in which a stem is said or expected.
    cases: HashMap<String, Vec<usize>>,
    /// Expected words that are not too short, in lower case.
    expected: Vec<String>,
    figures: Figures,
    intents: Vec<String>,
}

impl Spoken {
    pub(super) fn of(tests: &[Parsed<EvalFile>]) -> Self {
        let mut spoken = Self::default();
        for (index, case) in tests.iter().flat_map(|it| &it.typed.eval_cases).enumerate() {
            let turns = || case.messages.iter().chain(&case.turns).flatten();
            let words = case.user.iter().map(|it| it.0.as_str()).chain(turns().map(|it| it.user.as_str()));
            let mut said = words.fold(String::new(), |said, it| said + it + "\n");
            for expected in case.expected.iter().chain(turns().filter_map(|it| it.expected.as_ref())) {
                spoken.expect(expected, &mut said);
            }
            for stem in stems(&said) {
                spoken.cases.entry(stem).or_default().push(index);
            }
        }
        spoken
    }

    fn expect(&mut self, expected: &Expected, said: &mut String) {
        self.intents.extend(expected.intent.as_ref().map(|it| it.0.clone()));
        let lists = [
            &expected.must_include,
            &expected.must_include_any,
            &expected.must_tell_user,
            &expected.must_tell_user_any,
        ];
        for text in lists.into_iter().flat_map(|it| &it.0) {
            self.figures.add(text);
            if text.chars().count() >= LEAST {
                self.expected.push(text.to_lowercase());
            }
            said.push_str(text);
            said.push('\n');
        }
    }

    /// Whether a test speaks of a fact.
    pub(super) fn tells(&self, fact: &Known<'_>) -> bool {
        let told = |text: &&str| {
            let text = text.to_lowercase();
            self.expected.iter().any(|it| text.contains(it.as_str()))
        };
        fact.names.iter().any(|it| self.names(&stems(it)))
            || fact.figures.iter().any(|it| self.figures.hold(it))
            || fact.intent.is_some_and(|intent| self.intents.iter().any(|it| it.starts_with(intent)))
            || fact.texts.iter().any(told)
    }

    /// Whether one test has all stems of a name.
    fn names(&self, name: &[String]) -> bool {
        let Some((first, rest)) = name.split_first() else { return false };
        let Some(cases) = self.cases.get(first) else { return false };
        let rest: Option<Vec<&Vec<usize>>> = rest.iter().map(|it| self.cases.get(it)).collect();
        rest.is_some_and(|rest| cases.iter().any(|case| rest.iter().all(|it| it.binary_search(case).is_ok())))
    }
}
