//! The named points of the engine: known to the documents, known to the tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What makes a point be passed, once messages are in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// By every message; the `N`th passing is taken.
    Traffic(u32),
    /// By starting.
    Starting,
    /// By a timer that is due.
    Timer,
    /// By the passing of seconds.
    Waiting,
    /// By stopping.
    Stopping,
    /// By people at a desk; the `N`th passing is taken for each of these.
    Desk(&'static [u32]),
    /// By an inbox that comes near the plan's limit; once.
    Limit,
    /// By what an owner is told then.
    Notice,
}

use Reached::{Desk, Limit, Notice, Starting, Stopping, Timer, Traffic, Waiting};

/// Every point at which the process may be killed.
pub(crate) const POINTS: &[(&str, Reached)] = &[
    ("owner_told", Limit),
    ("before_notice", Notice),
    ("notice_sent", Notice),
    ("notice_settled", Notice),
    ("accepted", Traffic(40)),
    ("read", Traffic(60)),
    ("verified", Traffic(60)),
    ("before_store", Traffic(60)),
    ("transaction_begun", Traffic(12)),
    ("before_sync", Traffic(12)),
    ("synced", Traffic(12)),
    ("stored", Traffic(60)),
    ("counted", Traffic(60)),
    ("acknowledging", Traffic(60)),
    ("claimed", Traffic(2)),
    ("before_search", Traffic(2)),
    ("searched", Traffic(2)),
    ("before_model", Traffic(2)),
    ("model_answered", Traffic(2)),
    ("decided", Traffic(60)),
    ("before_commit", Traffic(60)),
    ("committed", Traffic(60)),
    ("sends_begun", Traffic(2)),
    ("before_send", Traffic(60)),
    ("sent", Traffic(60)),
    ("settled", Traffic(60)),
    ("before_echo", Traffic(20)),
    ("echo_noted", Traffic(20)),
    ("recovered", Starting),
    ("loaded", Starting),
    ("timer_claimed", Timer),
    ("timer_committed", Timer),
    ("upkeep", Waiting),
    ("retention", Waiting),
    ("stopping", Stopping),
    ("turns_ended", Stopping),
    ("sends_ended", Stopping),
    ("before_update", Desk(&[1, 2, 3, 4, 5, 6])),
    ("update_taken", Desk(&[1, 2, 3, 4, 5, 6])),
    ("before_post", Desk(&[1, 4, 7, 10])),
    ("post_shown", Desk(&[1, 4, 7, 10])),
    ("post_settled", Desk(&[1, 4, 7, 10])),
    ("before_lesson", Desk(&[1])),
    ("lesson_added", Desk(&[1])),
    ("relearned", Desk(&[1])),
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
