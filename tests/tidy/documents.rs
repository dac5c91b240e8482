//! Paths named in documents exist.

/// Looks like a path of this repository: has a slash or a known ending, and no placeholder.
fn is_path(word: &str) -> bool {
    let known = [".md", ".rs", ".yaml", ".toml", ".json", ".sql", ".yml"];
    let plain = word.chars().all(|it| it.is_ascii_alphanumeric() || "/._-".contains(it));
    let rooted = [
        "src/",
        "tests/",
        "docs/",
        "tenants/",
        "schema/",
        "compiler/",
        "store/",
        "knowledge/",
        "responder/",
        "people/",
        "playground/",
        "benches/",
        "deploy/",
        ".ci/",
        ".github/",
    ];
    plain
        && (rooted.iter().any(|it| word.starts_with(it))
            || known.iter().any(|it| word.ends_with(it)) && word.contains('/'))
}

/// Names of metrics that the responder's code spells.
fn metrics() -> std::collections::BTreeSet<String> {
    let ours = super::root().join("responder/server/src");
    let mut names = std::collections::BTreeSet::new();
    for path in super::files().into_iter().filter(|it| it.starts_with(&ours)) {
        let text = std::fs::read_to_string(&path).expect("sources are UTF-8");
        let end = |it: char| !it.is_ascii_alphanumeric() && it != '_';
        let spelt = text.split("\"tenantry_").skip(1).filter_map(|it| it.split(end).next());
        names.extend(spelt.map(|it| format!("tenantry_{it}")));
    }
    names
}

#[test]
fn every_metric_is_documented() {
    let path = super::root().join("docs/operations.md");
    let told = std::fs::read_to_string(path).expect("the document is there");
    let names = metrics();
    assert!(names.len() > 10, "metrics are found at all: {names:?}");
    for name in names {
        assert!(told.contains(&format!("| `{name}` |")), "docs/operations.md does not tell of `{name}`");
    }
}

#[test]
fn documented_paths_exist() {
    let documents = super::files().into_iter().filter(|it| {
        let shown = it.strip_prefix(super::root()).unwrap_or(it);
        let ours = !shown.starts_with("tenants") && !shown.starts_with("tests/fixtures");
        ours && it.extension().is_some_and(|it| it == "md")
    });
    for path in documents {
        let text = std::fs::read_to_string(&path).expect("documents are UTF-8");
        let spans = text.split('`').skip(1).step_by(2);
        let links = text.split("](").skip(1).filter_map(|it| it.split(')').next());
        for word in spans.chain(links).filter(|it| is_path(it)) {
            let near = path.parent().map(|it| it.join(word));
            let found = super::root().join(word).exists() || near.is_some_and(|it| it.exists());
            assert!(found, "{} names `{word}`, which does not exist", path.display());
        }
    }
}
