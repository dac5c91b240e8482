//! How much the tests of the example tenants cover.

use compiler::compile::Case;

use crate::compiled;

fn all() -> Vec<Case> {
    compiled().into_iter().flat_map(|it| it.cases).collect()
}

#[test]
fn there_are_dialogues_traps_and_mild_words_in_both_languages() {
    let cases = all();
    let count = |kept: &dyn Fn(&Case) -> bool| cases.iter().filter(|it| kept(it)).count();
    let turns = |it: &Case| it.case.turns.as_ref().map_or(0, Vec::len);
    let is = |it: &Case, prefix: &str| it.case.id.0.starts_with(prefix);
    let total = cases.len();
    let dialogues = count(&|it| (6..=14).contains(&turns(it)));
    let traps = count(&|it| is(it, "trap-"));
    let mild = count(&|it| is(it, "mild-"));
    assert!(total >= 300 && dialogues >= 40, "{total} tests, {dialogues} dialogues");
    assert!(traps >= 100 && mild >= 60, "{traps} traps, {mild} mild words");
    for prefix in ["trap-kk-", "mild-kk-"] {
        assert!(count(&|it| is(it, prefix)) >= 20, "{prefix}");
    }
}
