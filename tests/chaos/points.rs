//! The named points of the engine: known to the documents, known to the tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What makes a point be passed, once messages are in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// By every message; the `N`th passing is taken.
    ByTraffic(u32),
    /// By starting.
    ByStarting,
    /// By a timer that is due.
    ByTimer,
    /// By the passing of seconds.
    ByWaiting,
    /// By stopping.
    ByStopping,
    /// By an inbox that comes near the plan's limit; once.
    ByLimit,
}

use Reached::{ByLimit, ByStarting, ByStopping, ByTimer, ByTraffic, ByWaiting};

/// Every point at which the process may be killed.
pub(crate) const POINTS: &[(&str, Reached)] = &[
    ("owner_told", ByLimit),
    ("accepted", ByTraffic(40)),
    ("read", ByTraffic(60)),
    ("verified", ByTraffic(60)),
    ("before_store", ByTraffic(60)),
    ("transaction_begun", ByTraffic(12)),
    ("before_sync", ByTraffic(12)),
    ("synced", ByTraffic(12)),
    ("stored", ByTraffic(60)),
    ("counted", ByTraffic(60)),
    ("acknowledging", ByTraffic(60)),
    ("claimed", ByTraffic(2)),
    ("before_search", ByTraffic(2)),
    ("searched", ByTraffic(2)),
    ("before_model", ByTraffic(2)),
    ("model_answered", ByTraffic(2)),
    ("decided", ByTraffic(60)),
    ("before_commit", ByTraffic(60)),
    ("committed", ByTraffic(60)),
    ("sends_begun", ByTraffic(2)),
    ("before_send", ByTraffic(60)),
    ("sent", ByTraffic(60)),
    ("settled", ByTraffic(60)),
    ("before_echo", ByTraffic(20)),
    ("echo_noted", ByTraffic(20)),
    ("recovered", ByStarting),
    ("loaded", ByStarting),
    ("timer_claimed", ByTimer),
    ("timer_committed", ByTimer),
    ("upkeep", ByWaiting),
    ("retention", ByWaiting),
    ("stopping", ByStopping),
    ("turns_ended", ByStopping),
    ("sends_ended", ByStopping),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Names between `before` and a quotation mark in the sources below a folder.
fn named(folder: &Path, before: &str, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            named(&path, before, names);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            names.extend(text.split(before).skip(1).filter_map(|it| it.split('"').next()).map(str::to_owned));
        }
    }
}

#[test]
fn code_documents_and_tests_name_the_same_points() {
    let mut code = BTreeSet::new();
    for folder in ["responder/server/src", "store/runtime/src"] {
        named(&root().join(folder), "crash::point(\"", &mut code);
    }
    let tested: BTreeSet<String> = POINTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(tested, code, "every point of the engine is one that the tests kill at");
    assert!(tested.len() >= 25);
    let text = fs::read_to_string(root().join("docs/testing.md")).unwrap();
    let rows = text.lines().filter_map(|it| it.strip_prefix("| `")?.split_once("` | "));
    let told: BTreeSet<String> = rows.map(|(name, _)| name.to_owned()).collect();
    assert_eq!(told, tested, "docs/testing.md has a row for every point");
}
