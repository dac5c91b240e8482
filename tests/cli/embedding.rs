//! Embeddings through the binary: announced, paid once, kept, and changed with the model.

use std::path::Path;

use crate::bundle::Tree;
use crate::endpoint::{Endpoint, refusal, right};
use crate::tool::{Run, command};

fn with(folder: &Path, endpoint: &Endpoint, model: &str, args: &[&str]) -> Run {
    let mut command = command(folder);
    command.args(args).env("EMBEDDINGS_BASE_URL", endpoint.base()).env("EMBEDDINGS_MODEL", model);
    command.env("EMBEDDINGS_API_KEY", "sk-secret").output().unwrap().into()
}

#[test]
fn what_a_plan_announces_is_paid_once() {
    let tree = Tree::of_two();
    let endpoint = Endpoint::start(|_, inputs| right(inputs));
    let run = |model: &str, args: &[&str]| with(tree.path(), &endpoint, model, args);
    let plan = run("text-embedding-3-small", &["plan", "--format", "json"]).exits(0).json();
    let told = run("text-embedding-3-small", &["plan"]).exits(0).out;
    assert!(told.contains("To embed: ") && told.contains("$0.000"), "{told}");
    assert!(endpoint.seen().is_empty(), "a plan is free");
    let announced: u64 = plan["embedding"]["tenants"]
        .as_object()
        .unwrap()
        .values()
        .map(|it| it["texts"].as_u64().unwrap())
        .sum();
    assert!(announced > 0, "{plan}");

    let applied = run("text-embedding-3-small", &["apply"]).exits(0);
    assert!(applied.err.contains("tokens"), "{}", applied.err);
    assert_eq!(endpoint.texts() as u64, announced);
    assert!(endpoint.seen().iter().all(|it| it.1 == "Bearer sk-secret"));
    run("text-embedding-3-small", &["apply"]).exits(0);
    assert!(!run("text-embedding-3-small", &["plan"]).exits(0).out.contains("To embed"));
    assert_eq!(endpoint.texts() as u64, announced, "nothing is paid twice");

    // Another model is a migration that a plan announces and an apply carries out; nothing else changes.
    let migration = run("another/model", &["plan"]).exits(0).out;
    assert!(migration.contains("by another/model") && migration.contains("price unknown"), "{migration}");
    run("another/model", &["plan", "--detailed-exitcode"]).exits(2);
    let migrated = run("another/model", &["apply", "--format", "json"]).exits(0).json();
    let tenants = migrated["tenants"].as_array().unwrap();
    assert!(tenants.iter().all(|it| it["outcome"] == "embedded"), "{migrated}");
    assert_eq!(endpoint.texts() as u64, 2 * announced);
    run("text-embedding-3-small", &["apply"]).exits(0);
    assert_eq!(endpoint.texts() as u64, 2 * announced, "going back costs nothing");
    run("text-embedding-3-small", &["gc"]).exits(0);
    assert!(!run("text-embedding-3-small", &["plan"]).exits(0).out.contains("To embed"), "gc keeps them");
}

#[test]
fn an_embedder_that_fails_leaves_what_is_live_and_what_was_paid() {
    let tree = Tree::of_two();
    let refusing = Endpoint::start(|number, inputs| match number {
        0 => right(inputs),
        _ => refusal(401, "invalid_api_key"),
    });
    let failed = with(tree.path(), &refusing, "some/model", &["apply"]).exits(3);
    assert!(
        failed.err.contains("401 invalid_api_key") && !failed.err.contains("sk-secret"),
        "{}",
        failed.err
    );
    let endpoint = Endpoint::start(|_, inputs| right(inputs));
    let plan = with(tree.path(), &endpoint, "some/model", &["plan", "--format", "json"]).exits(0).json();
    with(tree.path(), &endpoint, "some/model", &["apply"]).exits(0);
    let paid: Vec<String> = refusing.seen()[0].0.clone();
    assert!(endpoint.seen().iter().all(|it| it.0.iter().all(|text| !paid.contains(text))), "{plan}");
}

#[test]
fn a_saved_plan_keeps_its_model() {
    let tree = Tree::of_two();
    let endpoint = Endpoint::start(|_, inputs| right(inputs));
    with(tree.path(), &endpoint, "some/model", &["plan", "--out", "it.plan"]).exits(0);
    let other = with(tree.path(), &endpoint, "another/model", &["apply", "it.plan"]).exits(1);
    assert!(other.err.contains("some/model") && other.err.contains("another/model"), "{}", other.err);
    with(tree.path(), &endpoint, "some/model", &["apply", "it.plan"]).exits(0);
}

#[test]
fn search_asks_as_production_does() {
    let tree = Tree::of_two();
    let endpoint = Endpoint::start(|_, inputs| right(inputs));
    let run = |args: &[&str]| with(tree.path(), &endpoint, "some/model", args);
    run(&["apply"]).exits(0);
    let paid = endpoint.texts();
    let found = run(&["search", "tenants/spoke", "тормоза", "--json"]).exits(0).json();
    assert_eq!(endpoint.texts(), paid + 1, "the question alone");
    let hits = found["hits"].as_array().unwrap();
    assert!(!hits.is_empty() && hits.iter().any(|it| it["dense_rank"].is_u64()), "{found}");
    let told = run(&["search", "tenants/spoke", "тормоза"]).exits(0).out;
    assert!(told.contains("by embedding") && told.contains("confidence"), "{told}");
}
