//! Things to ask a tenant, taken from its own conversation tests: their authors saw to it that there
//! is an answer.

use compiler::compile::Case;
use playground::bench::Sample;
use schema::ExpectedAction;
use text::Lang;

/// A longer text does not fit on a chip.
const LONGEST: usize = 60;

/// Questions of both languages that figures answer, then a booking and something for a person.
pub(super) fn of(cases: &[Case]) -> Vec<Sample> {
    let mut samples = Vec::new();
    for (action, lang, count) in [
        (ExpectedAction::Reply, Lang::Ru, 4),
        (ExpectedAction::Reply, Lang::Kk, 3),
        (ExpectedAction::BookingFlow, Lang::Ru, 1),
        (ExpectedAction::Escalate, Lang::Ru, 1),
    ] {
        let fitting: Vec<&str> = cases
            .iter()
            .filter_map(|it| question(it, action))
            .filter(|it| text::detect(it) == lang)
            .collect();
        samples.extend(
            spread(&fitting, count).map(|it| Sample { lang: code(lang).to_owned(), text: it.to_owned() }),
        );
    }
    samples
}

/// The words of a test that is one message at no certain hour.
fn question(case: &Case, wanted: ExpectedAction) -> Option<&str> {
    let case = &case.case;
    let is_timeless = case.local_time.is_none() && case.at.is_none();
    let expected = case.expected.as_ref()?;
    let text = case.user.as_ref()?.0.trim();
    let fits = !text.is_empty() && text.chars().count() <= LONGEST;
    let has_figures = || expected.must_include.0.iter().any(|it| it.contains(|it: char| it.is_ascii_digit()));
    let tells = wanted != ExpectedAction::Reply || has_figures();
    (is_timeless && fits && tells && expected.action == Some(wanted)).then_some(text)
}

/// `count` of `all`, evenly from front to back: neighbours in a file ask for similar things.
fn spread<'a>(all: &'a [&'a str], count: usize) -> impl Iterator<Item = &'a str> {
    let count = count.min(all.len());
    (0..count).map(move |nth| all[nth * all.len() / count])
}

fn code(lang: Lang) -> &'static str {
    match lang {
        Lang::Ru => "ru",
        Lang::Kk => "kk",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_come_from_the_whole_file() {
        let all = ["a", "b", "c", "d", "e", "f"];
        assert_eq!(spread(&all, 3).collect::<Vec<_>>(), ["a", "c", "e"]);
        assert_eq!(spread(&all[..1], 3).collect::<Vec<_>>(), ["a"]);
        assert_eq!(spread(&[], 3).count(), 0);
    }
}
