//! `check` and `explain`.

use std::fs;

use crate::bundle::Tree;
use crate::tool::run;

#[test]
fn a_sound_tree_is_fine() {
    let tree = Tree::of_two();
    let json = run(tree.path(), &["check", "--format", "json"]).exits(0).json();
    assert_eq!(json["summary"]["tenants"], 2);
    assert_eq!(json["summary"]["errors"], 0);
    assert!(json["diagnostics"].is_array());
}

#[test]
fn one_bundle_can_be_checked_alone() {
    let tree = Tree::of_two();
    let json = run(tree.path(), &["check", "tenants/crumb", "--format", "json"]).exits(0).json();
    assert_eq!(json["summary"]["tenants"], 1);
}

#[test]
fn a_mistake_is_located_and_explained() {
    let tree = Tree::of_two();
    tree.edit("crumb", "client.yaml", "timezone:", "timezon:");
    let found = run(tree.path(), &["check", "--format", "json"]).exits(1).json();
    let errors: Vec<_> =
        found["diagnostics"].as_array().unwrap().iter().filter(|it| it["severity"] == "error").collect();
    let it = errors.iter().find(|it| it["message"].as_str().unwrap().contains("timezon")).unwrap();
    assert_eq!((it["line"].as_u64(), it["column"].as_u64()), (Some(4), Some(1)), "{it}");
    assert!(it["file"].as_str().unwrap().ends_with("tenants/crumb/client.yaml"), "{it}");
    for key in ["code", "end_line", "end_column"] {
        assert!(!it[key].is_null(), "{key} in {it}");
    }
    let code = it["code"].as_str().unwrap();
    let long = run(tree.path(), &["explain", code]).exits(0);
    assert!(long.out.len() > 80, "{}", long.out);
    assert_eq!(run(tree.path(), &["check", "explain", code]).exits(0).out, long.out);
}

#[test]
fn every_format_is_printed() {
    let tree = Tree::of_two();
    tree.edit("crumb", "client.yaml", "timezone:", "timezon:");
    let sarif = run(tree.path(), &["check", "--format", "sarif"]).exits(1).json();
    assert_eq!(sarif["version"], "2.1.0");
    let github = run(tree.path(), &["check", "--format", "github"]).exits(1);
    assert!(github.out.contains("::error file="), "{}", github.out);
    let human = run(tree.path(), &["check", "--color", "never"]).exits(1);
    assert!(human.out.contains("client.yaml:4:1"), "{}", human.out);
    let junit = run(tree.path(), &["check", "--format", "junit"]).exits(2);
    assert!(junit.err.contains("sarif"), "{}", junit.err);
}

#[test]
fn what_is_not_there_is_a_finding() {
    let tree = Tree::empty();
    assert!(!run(tree.path(), &["check", "nowhere"]).exits(1).out.is_empty());
}

#[test]
fn every_code_is_listed_and_slips_lead_to_one() {
    let tree = Tree::empty();
    let (listed, russian) =
        (run(tree.path(), &["explain"]).exits(0), run(tree.path(), &["--lang", "ru", "explain"]).exits(0));
    assert!(
        listed.out.lines().any(|it| it.starts_with("unknown-key ") && it.ends_with("there is no such key"))
    );
    assert!(russian.out.lines().any(|it| it.starts_with("unknown-key ") && it.ends_with("такого ключа нет")));
    assert_eq!(listed.out.lines().count(), russian.out.lines().count());
    assert_eq!(run(tree.path(), &["check", "explain"]).exits(0).out, listed.out);
    let slip = run(tree.path(), &["explain", "unkown-key"]).exits(2);
    assert!(slip.err.contains("did you mean `unknown-key`?"), "{}", slip.err);
    let slip = run(tree.path(), &["explain", "unkown-key", "--lang", "ru"]).exits(2);
    assert!(slip.err.contains("может быть, `unknown-key`?"), "{}", slip.err);
    run(tree.path(), &["explain", "nothing-like-any"]).exits(2);
}

#[test]
fn findings_are_told_in_the_language_asked_for() {
    let tree = Tree::of_two();
    tree.edit("crumb", "client.yaml", "timezone:", "timezon:");
    let human = run(tree.path(), &["check", "--lang", "ru", "--color", "never"]).exits(1);
    assert!(human.out.contains("ошибка[unknown-key]: здесь не бывает ключа `timezon`"), "{}", human.out);
    assert!(human.out.contains("подробнее о замечании: tenantry explain"), "{}", human.out);
    let sarif = run(tree.path(), &["check", "--lang", "ru", "--format", "sarif"]).exits(1).json();
    let rule = &sarif["runs"][0]["tool"]["driver"]["rules"][0];
    assert!(rule["help"]["text"].as_str().unwrap().contains("Неправильно:"), "{rule}");
    let long = run(tree.path(), &["check", "explain", "unknown-key", "--lang", "ru"]).exits(0);
    assert!(long.out.starts_with("# unknown-key: такого ключа нет\n"), "{}", long.out);
}

#[test]
fn files_that_are_no_text_are_findings() {
    let tree = Tree::of_two();
    fs::write(tree.file("crumb", "SALON_TRUTH.yaml"), [0xff, 0xfe, 0x00, 0x9f]).unwrap();
    fs::write(tree.file("spoke", "prompt.yaml"), "").unwrap();
    let json = run(tree.path(), &["check", "--format", "json"]).exits(1).json();
    let files: Vec<&str> =
        json["diagnostics"].as_array().unwrap().iter().map(|it| it["file"].as_str().unwrap()).collect();
    assert!(files.iter().any(|it| it.ends_with("crumb/SALON_TRUTH.yaml")), "{files:?}");
}

#[test]
fn fix_mends_a_list_item_that_became_a_mapping() {
    let tree = Tree::of_two();
    tree.edit(
        "spoke",
        "SALON_TRUTH.yaml",
        "aliases: [колесо, восьмёрка]",
        "aliases:\n          - колесо\n          - колесо: восьмёрка",
    );
    let before = fs::read_to_string(tree.file("spoke", "SALON_TRUTH.yaml")).unwrap();
    run(tree.path(), &["check"]).exits(1);
    run(tree.path(), &["check", "--fix"]).exits(0);
    let after = fs::read_to_string(tree.file("spoke", "SALON_TRUTH.yaml")).unwrap();
    assert_eq!(after, before.replace("- колесо: восьмёрка", "- \"колесо: восьмёрка\""));
}
