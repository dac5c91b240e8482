//! Whatever moment a publisher is killed at, each tenant has its old or its new release, whole.
//!
//! The publisher is this test binary once more, told by a variable what to publish into.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use runtime::ReleaseStore;

use crate::engines::{Engine, open_at};
use crate::make::{publication, release};

const PLACE: &str = "TENANTRY_TEST_PUBLISH_INTO";
const TENANTS: [&str; 3] = ["spokes", "pedals", "saddles"];
/// Kills; publishing goes on without a pause, so each falls somewhere else in it.
const KILLS: u64 = 12;
const PATIENCE: Duration = Duration::from_secs(60);

/// Publishes the `nth` release of every tenant, with passages of its own and ones that stay.
fn publish_all(store: &dyn ReleaseStore, nth: usize) {
    let words: Vec<String> =
        (0..40).map(|n| if n < 20 { format!("{n}") } else { format!("{nth} {n}") }).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    for slug in TENANTS {
        let base = store.live().unwrap().get(slug).map(|it| it.release_id.clone());
        let next = release(slug, &format!("{}-{nth}", std::process::id()), &words);
        store.publish(&publication(&next, base.as_deref(), "t")).unwrap();
    }
}

/// No test of its own: what the killed process does.
#[test]
fn publishes_until_it_is_killed() {
    let Ok(place) = std::env::var(PLACE) else { return };
    let store = open_at(&place);
    for nth in 0.. {
        publish_all(&*store, nth);
    }
}

pub(crate) fn a_killed_publish_leaves_the_old_or_the_new(engine: &dyn Engine) {
    drop(engine.open());
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["kill::publishes_until_it_is_killed", "--exact", "--nocapture"])
            .env(PLACE, engine.place())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        {
            let watching = engine.open();
            let enough = watching.revision().unwrap() + 1 + kill;
            let deadline = Instant::now() + PATIENCE;
            while watching.revision().unwrap() < enough {
                assert!(Instant::now() < deadline && child.try_wait().unwrap().is_none(), "it publishes");
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        engine.settled();
        check(engine);
    }
    publish_all(&*engine.open(), usize::MAX);
    check(engine);
}

/// Each tenant is whole.
fn check(engine: &dyn Engine) {
    let store = engine.open();
    for (slug, live) in store.live().unwrap() {
        let stored = store.release(&slug, &live.release_id).unwrap().expect("the live release is stored");
        assert_eq!(format::release_id(&stored.bytes), live.release_id);
        let release = format::decode(&stored.bytes).unwrap();
        let digests: BTreeSet<String> = release.passages.iter().map(|it| it.digest.clone()).collect();
        assert_eq!(
            store.known_vectors("lexical-1", &digests).unwrap(),
            digests,
            "every passage has its vector"
        );
        let line = &store.audit(Some(&slug), 1).unwrap()[0];
        assert_eq!(line.to_release.as_ref(), Some(&live.release_id), "the audit tells of it");
        let history = store.history(&slug).unwrap();
        assert!(history.len() <= 5 && history[0].live, "{history:?}");
    }
    let other = "SELECT slug FROM live JOIN clients USING (slug) WHERE config ->> 'release' <> release_id";
    assert!(engine.rows(other).is_empty(), "the relational face is of the live release");
    let unnamed = "SELECT count(*) FROM vectors WHERE digest NOT IN (SELECT digest FROM release_passages)";
    assert_eq!(engine.rows(unnamed), ["0"], "nothing is left over");
    assert_eq!(engine.rows("SELECT count(*) - (SELECT number FROM revision) FROM audit"), ["0"]);
}
