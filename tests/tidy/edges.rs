//! Who may import whom. A new edge is a design decision: write the ADR, then change it here.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Normal dependencies between the rooms.
const EDGES: &[(&str, &[&str])] = &[
    ("schema", &[]),
    ("format", &[]),
    ("text", &[]),
    ("runtime", &["format"]),
    ("index", &["format", "text"]),
    ("decide", &["format", "text"]),
    ("compiler", &["decide", "format", "index", "runtime", "schema", "text"]),
    ("server", &["decide", "format", "index", "lessons", "runtime", "telegram", "text"]),
    ("telegram", &[]),
    ("lessons", &["format", "text"]),
    ("figures", &[]),
    ("playground", &["server"]),
    (
        "tenantry",
        &[
            "compiler",
            "decide",
            "figures",
            "format",
            "index",
            "lessons",
            "playground",
            "runtime",
            "schema",
            "server",
            "text",
        ],
    ),
];

/// Crates that see no runtime, network, driver, clock or randomness.
const PURE: &[&str] = &["schema", "format", "text", "decide", "lessons", "figures"];
const IMPURE: &[&str] = &[
    "tokio",
    "warp",
    "reqwest",
    "rusqlite",
    "tokio-postgres",
    "qdrant-edge",
    "async-openai",
    "notify",
    "rand",
    "tracing",
];

fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(super::root())
        .output()
        .expect("cargo runs: it runs this test");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let meta: serde_json::Value = serde_json::from_slice(&out.stdout).expect("cargo prints JSON");
    let text = |it: &serde_json::Value| it.as_str().unwrap_or_default().to_owned();
    meta["packages"]
        .as_array()
        .expect("packages are a list")
        .iter()
        .map(|package| {
            let all = package["dependencies"].as_array().expect("dependencies are a list");
            let normal = all.iter().filter(|it| it["kind"].is_null()).map(|it| text(&it["name"])).collect();
            (text(&package["name"]), normal)
        })
        .collect()
}

#[test]
fn imports_point_one_way() {
    let ours: BTreeSet<&str> = EDGES.iter().map(|(name, _)| *name).collect();
    let found = dependencies();
    let packages: BTreeSet<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(packages, ours, "every package has its line in EDGES");
    for (name, allowed) in EDGES {
        let actual: BTreeSet<&str> =
            found[*name].iter().map(String::as_str).filter(|it| ours.contains(it)).collect();
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        let extra: Vec<_> = actual.difference(&allowed).collect();
        assert!(extra.is_empty(), "`{name}` may not import {extra:?}");
    }
}

#[test]
fn pure_crates_stay_pure() {
    let found = dependencies();
    for name in PURE {
        let impure: Vec<_> = IMPURE.iter().filter(|it| found[*name].contains(**it)).collect();
        assert!(impure.is_empty(), "`{name}` is pure and may not use {impure:?}");
    }
}
