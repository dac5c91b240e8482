//! `plan`, `apply`, `history`, `rollback`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::bundle::Tree;
use crate::tool::{Run, command, run};

/// The live release that `apply` names for a tenant.
#[track_caller]
fn went_live(applied: &Run, slug: &str) -> String {
    let tenants = applied.json()["tenants"].clone();
    let found = tenants.as_array().unwrap().iter().find(|it| it["slug"] == slug).unwrap().clone();
    assert_eq!(found["outcome"], "live", "{found}");
    found["to"].as_str().unwrap().to_owned()
}

#[track_caller]
fn apply(tree: &Tree, more: &[&str]) -> Run {
    run(tree.path(), &[&["apply", "--format", "json"], more].concat())
}

/// Every file below a folder with its bytes.
fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // The index of SQLite's log is memory shared by readers; it is no data.
        if path.extension().is_some_and(|it| it == "sqlite-shm") {
            continue;
        }
        match path.is_dir() {
            true => found.extend(bytes(&path)),
            false => drop(found.insert(path.display().to_string(), fs::read(&path).unwrap())),
        }
    }
    found
}

#[test]
fn a_plan_before_the_first_apply_writes_nothing() {
    let tree = Tree::of_two();
    let plan = run(tree.path(), &["plan", "--format", "json"]).exits(0).json();
    assert_eq!(plan["summary"]["create"], 2);
    assert!(plan["tenants"][0]["payload"].is_null(), "releases are not for reading");
    run(tree.path(), &["plan", "--detailed-exitcode"]).exits(2);
    assert!(!tree.path().join("var").exists(), "a plan opens no store that is not there");
}

#[test]
fn a_second_apply_writes_nothing() {
    let tree = Tree::of_two();
    went_live(&apply(&tree, &[]).exits(0), "spoke");
    run(tree.path(), &["plan", "--detailed-exitcode"]).exits(0);
    let before = bytes(&tree.path().join("var"));
    let again = apply(&tree, &[]).exits(0).json();
    assert!(again["tenants"].as_array().unwrap().iter().all(|it| it["outcome"] == "untouched"), "{again}");
    assert_eq!(bytes(&tree.path().join("var")), before);
    let human = run(tree.path(), &["plan", "--color", "never"]).exits(0);
    assert_eq!(human.out.lines().filter(|it| it.starts_with("spoke ")).count(), 1, "{}", human.out);
}

#[test]
fn a_changed_price_is_planned_and_published() {
    let tree = Tree::of_two();
    apply(&tree, &[]).exits(0);
    tree.edit("spoke", "SALON_TRUTH.yaml", "price: 4500", "price: 4700");
    let plan = run(tree.path(), &["plan", "--format", "json"]).exits(0).json();
    let spoke = plan["tenants"].as_array().unwrap().iter().find(|it| it["slug"] == "spoke").unwrap();
    assert_eq!(spoke["action"], "update");
    let change = &spoke["facts"][0];
    assert_eq!(
        (change["old"].as_str(), change["new"].as_str()),
        (Some("4 500 ₸"), Some("4 700 ₸")),
        "{spoke}"
    );
    let source = change["source"].as_str().unwrap();
    assert!(source.starts_with("SALON_TRUTH.yaml:"), "{source}");
    let heard = spoke["answers"].as_array().unwrap();
    let chain = heard.iter().find(|it| it["case"] == "chain").unwrap_or_else(|| panic!("{heard:?}"));
    assert_eq!(chain["grade"], "worse", "its test still expects the old price: {chain}");
    assert_eq!(chain["because"][0]["source"], source);
    assert_eq!(spoke["tests"]["failing"][0]["id"], "chain", "{}", spoke["tests"]);
    assert_eq!(plan["summary"]["failing"], 1);
    let markdown = run(tree.path(), &["plan", "--format", "markdown"]).exits(0);
    assert!(markdown.out.contains("4 700 ₸"), "{}", markdown.out);
    let applied = apply(&tree, &[]).exits(0);
    went_live(&applied, "spoke");
    let crumb = &applied.json()["tenants"][0];
    assert_eq!((crumb["slug"].as_str(), crumb["outcome"].as_str()), (Some("crumb"), Some("untouched")));
}

#[test]
fn a_broken_tenant_does_not_stop_the_others() {
    let tree = Tree::of_two();
    apply(&tree, &[]).exits(0);
    tree.edit("crumb", "client.yaml", "timezone:", "timezon:");
    tree.edit("spoke", "SALON_TRUTH.yaml", "price: 4500", "price: 4700");
    let applied = apply(&tree, &[]).exits(1);
    went_live(&applied, "spoke");
    assert!(applied.err.contains("timezon"), "{}", applied.err);
    let plan = run(tree.path(), &["plan", "--format", "json"]).exits(1).json();
    assert_eq!(plan["summary"]["broken"], 1);
}

#[test]
fn an_absent_tenant_is_an_orphan_and_stays_live() {
    let tree = Tree::of_two();
    apply(&tree, &[]).exits(0);
    fs::remove_dir_all(tree.path().join("tenants/crumb")).unwrap();
    let plan = run(tree.path(), &["plan", "--format", "json"]).exits(0).json();
    assert_eq!(
        (plan["tenants"][0]["action"].as_str(), plan["tenants"][0]["slug"].as_str()),
        (Some("orphan"), Some("crumb"))
    );
    apply(&tree, &[]).exits(0);
    assert!(run(tree.path(), &["history", "crumb"]).exits(0).out.contains("live"));
}

#[test]
fn only_publishes_one_tenant() {
    let tree = Tree::of_two();
    let applied = apply(&tree, &["--only", "crumb"]).exits(0).json();
    assert_eq!(applied["tenants"].as_array().unwrap().len(), 1);
    let plan = run(tree.path(), &["plan", "--format", "json"]).exits(0).json();
    assert_eq!(
        (plan["summary"]["create"].as_u64(), plan["summary"]["unchanged"].as_u64()),
        (Some(1), Some(1))
    );
    run(tree.path(), &["apply", "--only", "nobody"]).exits(2);
}

#[test]
fn a_saved_plan_does_exactly_what_it_says() {
    let tree = Tree::of_two();
    run(tree.path(), &["plan", "--out", "plan.json"]).exits(0);
    // What is edited after the plan was saved is not in it.
    tree.edit("spoke", "SALON_TRUTH.yaml", "price: 4500", "price: 4700");
    let saved = run(tree.path(), &["apply", "plan.json", "--format", "json"]).exits(0);
    let first = went_live(&saved, "spoke");
    let second = went_live(&apply(&tree, &[]).exits(0), "spoke");
    assert_ne!(first, second);
    let refused = run(tree.path(), &["apply", "plan.json"]).exits(1);
    for part in ["`spoke` moved: planned on nothing", &second, "published"] {
        assert!(refused.err.contains(part), "`{part}` in {}", refused.err);
    }
    let saved = fs::read_to_string(tree.path().join("plan.json")).unwrap();
    fs::write(tree.path().join("plan.json"), saved.replace("4500", "1")).unwrap();
    let refused = run(tree.path(), &["apply", "plan.json"]).exits(1);
    assert!(refused.err.contains("changed after it was saved"), "{}", refused.err);
    fs::write(tree.path().join("plan.json"), "{}").unwrap();
    run(tree.path(), &["apply", "plan.json"]).exits(1);
}

#[test]
fn a_rollback_flips_back_and_forward_needs_a_word() {
    let tree = Tree::of_two();
    let first = went_live(&apply(&tree, &[]).exits(0), "spoke");
    tree.edit("spoke", "SALON_TRUTH.yaml", "price: 4500", "price: 4700");
    let second = went_live(&apply(&tree, &[]).exits(0), "spoke");
    let back = run(tree.path(), &["rollback", "spoke"]).exits(0);
    assert!(back.out.contains(&format!("{second} -> {first}")), "{}", back.out);
    assert!(back.out.contains("4 700 ₸ -> 4 500 ₸"), "what customers hear again: {}", back.out);
    let history = run(tree.path(), &["history", "spoke", "--format", "json"]).exits(0).json();
    let live: Vec<&str> = history["releases"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["live"] == true)
        .map(|it| it["release_id"].as_str().unwrap())
        .collect();
    assert_eq!(live, [first.as_str()]);
    let plan = run(tree.path(), &["plan", "--color", "never"]).exits(0);
    assert!(plan.out.contains("--forward"), "{}", plan.out);
    let refused = apply(&tree, &[]).exits(1);
    assert!(refused.err.contains("--forward"), "{}", refused.err);
    assert_eq!(went_live(&apply(&tree, &["--forward"]).exits(0), "spoke"), second);
    run(tree.path(), &["rollback", "spoke", "--to", "0000000000000000"]).exits(1);
    let back = run(tree.path(), &["rollback", "spoke", "--to", &first[..6]]).exits(0);
    assert!(back.out.contains(&format!("{first} is live")), "a beginning will do: {}", back.out);
    run(tree.path(), &["rollback", "nobody"]).exits(1);
}

#[test]
fn history_tells_what_each_release_changed() {
    let tree = Tree::of_two();
    apply(&tree, &[]).exits(0);
    tree.edit("spoke", "SALON_TRUTH.yaml", "price: 4500", "price: 4700");
    tree.edit("spoke", "prompt.yaml", "Пиши коротко.", "Пиши коротко и ясно.");
    apply(&tree, &[]).exits(0);
    let facts = run(tree.path(), &["history", "spoke", "facts", "--color", "never"]).exits(0);
    assert!(facts.out.contains("4 500 ₸ -> 4 700 ₸"), "{}", facts.out);
    let prompt = run(tree.path(), &["history", "spoke", "prompt", "--color", "never"]).exits(0);
    assert!(prompt.out.contains("+Пиши коротко и ясно."), "{}", prompt.out);
    run(tree.path(), &["history", "nobody"]).exits(1);
}

#[test]
fn commit_and_author_are_recorded() {
    let tree = Tree::of_two();
    let git = |args: &[&str]| {
        let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
        std::process::Command::new("git").current_dir(tree.path()).args(identity).args(args).output()
    };
    if git(&["init", "-q"]).is_err() {
        return; // Without git there is nothing to record, and apply works all the same.
    }
    git(&["add", "tenants"]).unwrap();
    git(&["commit", "-q", "-m", "Add"]).unwrap();
    apply(&tree, &[]).exits(0);
    let history = run(tree.path(), &["history", "spoke", "--format", "json"]).exits(0).json();
    let it = &history["releases"][0];
    assert_eq!((it["author"].as_str(), it["subject"].as_str()), (Some("Ada"), Some("Add")));
    // The versions of a prompt are found under the names its folder had.
    git(&["mv", "tenants/spoke", "tenants/wheel"]).unwrap();
    git(&["commit", "-q", "-m", "Rename"]).unwrap();
    git(&["mv", "tenants/wheel", "tenants/spoke"]).unwrap();
    tree.edit("spoke", "prompt.yaml", "Пиши коротко.", "Пиши коротко и ясно.");
    git(&["commit", "-q", "-a", "-m", "Speak clearly"]).unwrap();
    apply(&tree, &[]).exits(0);
    let prompt = run(tree.path(), &["history", "spoke", "prompt", "--format", "json"]).exits(0).json();
    let versions = prompt["revisions"].as_array().unwrap();
    let subjects: Vec<&str> = versions.iter().map(|it| it["subject"].as_str().unwrap()).collect();
    assert_eq!(subjects, ["Speak clearly", "Rename", "Add"]);
    let diff = versions[0]["diff"].as_str().unwrap();
    assert!(diff.contains("-Пиши коротко.\n+Пиши коротко и ясно.\n"), "{diff}");
    assert_eq!(
        versions.iter().map(|it| it["live"].as_bool().unwrap()).collect::<Vec<_>>(),
        [true, false, false]
    );
    let one = run(tree.path(), &["history", "spoke", "prompt", "--limit", "1", "--color", "never"]).exits(0);
    assert!(one.out.contains("Speak clearly") && !one.out.contains("Rename"), "{}", one.out);
    let history = run(tree.path(), &["history", "spoke", "--format", "json"]).exits(0).json();
    let it = &history["releases"][1];
    assert_eq!(it["commit"].as_str().unwrap().len(), 40, "{it}");
}

#[test]
fn a_sweep_says_what_it_removed_and_the_second_removes_nothing() {
    let tree = Tree::of_two();
    let nothing = run(tree.path(), &["gc", "--format", "json"]).exits(0).json();
    assert_eq!(nothing, serde_json::json!({"releases": 0, "vectors": 0, "points": 0, "rows": 0, "bytes": 0}));
    assert!(!tree.path().join("var").exists(), "no store is made to sweep it");
    apply(&tree, &[]).exits(0);
    let store = rusqlite::Connection::open(tree.path().join("var/releases.sqlite")).unwrap();
    store.execute("INSERT INTO vectors VALUES ('lexical-0', 'unnamed', x'00010203')", []).unwrap();
    let swept = run(tree.path(), &["gc"]).exits(0);
    assert_eq!(swept.out, "swept 1 rows (0 releases, 1 vectors), 4 bytes\n");
    let again = run(tree.path(), &["gc", "--format", "json"]).exits(0).json();
    assert_eq!(again["rows"], 0);
    assert!(!run(tree.path(), &["plan"]).exits(0).out.contains("to encode"), "what is live is whole");
}

#[test]
fn the_audit_names_who_ran_what() {
    let tree = Tree::of_two();
    let by = |name: &str, args: &[&str]| {
        let settings = tree.path().join("no-settings-of-git");
        let out = command(tree.path())
            .args(args)
            .env("GIT_CONFIG_GLOBAL", &settings)
            .env("GIT_CONFIG_SYSTEM", &settings)
            .env("USER", name)
            .output()
            .unwrap();
        assert!(out.status.success(), "{args:?}: {out:?}");
    };
    by("ada", &["apply", "--only", "spoke"]);
    tree.edit("spoke", "SALON_TRUTH.yaml", "price: 4500", "price: 4700");
    by("ada", &["plan", "--out", "plan.json"]);
    by("bek", &["apply", "plan.json", "--only", "spoke"]);
    by("cem", &["rollback", "spoke"]);
    by("dan", &["gc"]);
    let store = rusqlite::Connection::open(tree.path().join("var/releases.sqlite")).unwrap();
    let mut statement = store.prepare("SELECT verb, actor FROM audit ORDER BY id").unwrap();
    let lines = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let lines: Vec<(String, String)> = lines.map(|it| it.unwrap()).collect();
    let expected = [("publish", "ada"), ("publish", "bek"), ("rollback", "cem"), ("gc", "dan")];
    assert_eq!(lines, expected.map(|(verb, actor)| (verb.to_owned(), actor.to_owned())));
}
