//! `test`.

use std::fs;

use crate::bundle::Tree;
use crate::tool::run;

#[test]
fn json_has_the_shape_of_the_contract() {
    let tree = Tree::of_two();
    let json = run(tree.path(), &["test", "--format", "json"]).exits(0).json();
    assert_eq!(json["summary"]["total"], 3, "{json}");
    assert_eq!(json["summary"]["failed"], 0, "{json}");
    let case = &json["cases"][0];
    assert_eq!((case["id"].as_str(), case["passed"].as_bool()), (Some("chain"), Some(true)));
    let turn = &case["turns"][0];
    assert_eq!(turn["user"], "Сколько стоит замена цепи?");
    for key in ["reply", "action", "intent"] {
        assert!(turn[key].is_string(), "{key} in {turn}");
    }
    assert_eq!(json["cases"][1]["turns"].as_array().unwrap().len(), 2);
    assert_eq!(json["cases"][2]["turns"].as_array().unwrap().len(), 1, "a burst is one turn");
}

#[test]
fn a_failure_says_what_was_said_and_what_was_wanted() {
    let tree = Tree::of_two();
    tree.edit("spoke", "EVAL.yaml", "[\"4 500\"]", "[\"9 999\"]");
    let human = run(tree.path(), &["test", "--color", "never"]).exits(1);
    for part in ["FAIL chain", "> Сколько стоит замена цепи?", "«9 999»", "2 of 3 passed (66 %)"]
    {
        assert!(human.out.contains(part), "`{part}` in {}", human.out);
    }
    let json = run(tree.path(), &["test", "--format", "json", "--case", "chain"]).exits(1).json();
    assert_eq!(json["cases"].as_array().unwrap().len(), 1);
    assert!(json["cases"][0]["failures"][0].as_str().unwrap().contains("9 999"), "{json}");
    let junit = run(tree.path(), &["test", "--format", "junit"]).exits(1);
    assert!(junit.out.contains("<failure message="), "{}", junit.out);
}

#[test]
fn tests_are_selected() {
    let tree = Tree::of_two();
    let ids = |args: &[&str]| -> Vec<String> {
        let json = run(tree.path(), &[&["test", "--format", "json"], args].concat()).exits(0).json();
        json["cases"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&["--tier", "long"]), ["slow"]);
    assert_eq!(ids(&["--tier", "core"]), ["chain", "two-turns"]);
    assert_eq!(ids(&["--tier", "all"]).len(), 3);
    run(tree.path(), &["test", "--case", "nothing"]).exits(2);
}

#[test]
fn cases_of_another_file_replace_the_bundles_own() {
    let tree = Tree::of_two();
    let file = tree.path().join("more.yaml");
    fs::write(&file, "eval_cases:\n  - {id: mine, user: Сколько стоит замена цепи?, expected: {must_include: [\"4 500\"]}}\n").unwrap();
    let json = run(tree.path(), &["test", "tenants/spoke", "--cases", "more.yaml", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!((json["summary"]["total"].as_u64(), json["cases"][0]["id"].as_str()), (Some(1), Some("mine")));
    fs::write(&file, "eval_cases: 7\n").unwrap();
    assert!(
        run(tree.path(), &["test", "tenants/spoke", "--cases", "more.yaml"])
            .exits(1)
            .err
            .contains("more.yaml")
    );
}

#[test]
fn a_tenant_that_does_not_compile_fails_the_run() {
    let tree = Tree::of_two();
    tree.edit("crumb", "client.yaml", "timezone:", "timezon:");
    let json = run(tree.path(), &["test", "--format", "json"]).exits(1).json();
    assert_eq!(
        (json["summary"]["passed"].as_u64(), json["summary"]["broken"].as_u64()),
        (Some(3), Some(1)),
        "{json}"
    );
}

#[test]
fn facts_that_no_test_speaks_are_named() {
    let tree = Tree::of_two();
    let report = run(tree.path(), &["test", "tenants/spoke", "--format", "json"]).exits(0).json();
    let coverage = &report["coverage"][0];
    let (spoken, total) = (coverage["spoken"].as_u64().unwrap(), coverage["total"].as_u64().unwrap());
    assert_eq!(spoken + coverage["missing"].as_array().unwrap().len() as u64, total, "{coverage}");
    assert!(spoken > 0 && spoken < total, "{coverage}");
    let human = run(tree.path(), &["test", "tenants/spoke", "--coverage", "--color", "never"]).exits(0);
    assert!(human.out.contains(&format!("facts spoken by a test: {spoken}/{total}")), "{}", human.out);
    assert!(human.out.contains("spoke/SALON_TRUTH.yaml:"), "{}", human.out);
}
