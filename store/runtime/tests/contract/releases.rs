//! Publishing, going back, vectors.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use runtime::{ReleaseStore, StoreError};

use crate::engines::Engine;
use crate::make::{self, SLUG, publication, release};

/// Publishes a release that says `word`; returns its id.
fn publish(store: &dyn ReleaseStore, word: &str, at: &str) -> String {
    let base = store.live().unwrap().get(SLUG).map(|it| it.release_id.clone());
    let publication = publication(&release(SLUG, word, &[word]), base.as_deref(), at);
    store.publish(&publication).unwrap();
    publication.release_id
}

fn live(store: &dyn ReleaseStore) -> (String, bool) {
    let live = store.live().unwrap();
    (live[SLUG].release_id.clone(), live[SLUG].rolled_back)
}

pub(crate) fn a_published_release_is_live_and_whole(engine: &dyn Engine) {
    let store = &*engine.open();
    assert!(store.live().unwrap().is_empty());
    let publication = publication(&release(SLUG, "one", &["a", "b"]), None, "2025-01-15T12:00:00Z");
    store.publish(&publication).unwrap();

    let live = store.live().unwrap();
    assert_eq!(live.len(), 1);
    assert_eq!(live[SLUG].release_id, publication.release_id);
    assert_eq!(live[SLUG].standing, publication.standing);
    assert!(!live[SLUG].rolled_back);
    let stored = store.release(SLUG, &publication.release_id).unwrap().unwrap();
    assert_eq!(stored.bytes, publication.bytes);
    assert_eq!(store.release("another", &publication.release_id).unwrap(), None);
    let history = store.history(SLUG).unwrap();
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].published_at, "2025-01-15T12:00:00Z");
    assert_eq!(history[0].commit.as_deref(), Some("0123abc"));
    assert_eq!(history[0].author.as_deref(), Some("An Author"));
    assert!(history[0].live);
}

pub(crate) fn the_head_of_what_is_live_is_at_hand(engine: &dyn Engine) {
    let store = &*engine.open();
    assert!(store.heads().unwrap().is_empty());
    let first = publish(store, "one", "t1");
    let second = publish(store, "two", "t2");
    let head = |id: &str| {
        let heads = store.heads().unwrap();
        assert_eq!((heads.len(), heads[SLUG].release_id.as_str()), (1, id));
        format::Head::decode(&heads[SLUG].bytes).unwrap()
    };
    let whole = format::decode(&store.release(SLUG, &second).unwrap().unwrap().bytes).unwrap();
    assert_eq!(head(&second), format::Head::of(&whole));
    store.rollback(SLUG, None, None, "t3").unwrap();
    head(&first);
    store.remove(SLUG, None, "t4").unwrap();
    assert_eq!(engine.rows("SELECT count(*) FROM release_heads"), ["0"]);
}

pub(crate) fn publishing_what_stands_writes_nothing(engine: &dyn Engine) {
    let store = &*engine.open();
    let id = publish(store, "one", "t1");
    let revision = store.revision().unwrap();
    let again = publication(&release(SLUG, "one", &["one"]), Some(&id), "t2");
    store.publish(&again).unwrap();
    assert_eq!(store.revision().unwrap(), revision);
    assert_eq!(store.history(SLUG).unwrap()[0].published_at, "t1");

    let mut upgraded = again.clone();
    upgraded.standing.plan.slug = "pro".to_owned();
    store.publish(&upgraded).unwrap();
    assert!(store.revision().unwrap() > revision, "another plan is a change");
    assert_eq!(store.live().unwrap()[SLUG].standing.plan.slug, "pro");
    assert_eq!(store.history(SLUG).unwrap().len(), 1);

    let revision = store.revision().unwrap();
    let mut embedded = upgraded.clone();
    embedded.vectors[0].encoder = "dense-1".to_owned();
    store.publish(&embedded).unwrap();
    assert!(store.revision().unwrap() > revision, "vectors of another encoder are a change");
}

pub(crate) fn a_plan_on_another_base_is_refused(engine: &dyn Engine) {
    let store = &*engine.open();
    let early = publication(&release(SLUG, "one", &["one"]), Some("0000000000000000"), "t1");
    let error = store.publish(&early).unwrap_err();
    assert!(matches!(error, StoreError::Moved { ref planned, ref found, .. }
        if planned == "0000000000000000" && found == "none"));
    assert!(store.live().unwrap().is_empty());
    assert_eq!(store.revision().unwrap(), 0);
    assert!(store.known_vectors("lexical-1", &BTreeSet::from([make::digest("one", 0)])).unwrap().is_empty());

    publish(store, "one", "t1");
    let late = publication(&release(SLUG, "two", &["two"]), None, "t2");
    assert!(matches!(store.publish(&late), Err(StoreError::Moved { .. })));
    assert_eq!(store.history(SLUG).unwrap().len(), 1, "nothing of it was written");
}

pub(crate) fn bytes_that_are_not_the_release_are_refused(engine: &dyn Engine) {
    let store = &*engine.open();
    let good = publication(&release(SLUG, "one", &["one"]), None, "t1");
    let mut forged = good.clone();
    forged.release_id = "feedfeedfeedfeed".to_owned();
    assert!(matches!(store.publish(&forged), Err(StoreError::Unreadable(_))));
    let mut foreign = good.clone();
    foreign.slug = "another".to_owned();
    assert!(matches!(store.publish(&foreign), Err(StoreError::Unreadable(_))));
    let mut broken = good;
    broken.bytes.truncate(20);
    assert!(matches!(store.publish(&broken), Err(StoreError::Unreadable(_))));
    assert!(store.live().unwrap().is_empty());
}

pub(crate) fn a_rollback_flips_and_a_publish_goes_forward(engine: &dyn Engine) {
    let store = &*engine.open();
    assert!(matches!(store.rollback(SLUG, None, None, "t0"), Err(StoreError::Missing(_))));
    let one = publish(store, "one", "t1");
    assert!(
        matches!(store.rollback(SLUG, None, None, "t1"), Err(StoreError::Missing(_))),
        "nothing before it"
    );
    let two = publish(store, "two", "t2");
    let three = publish(store, "three", "t3");

    assert_eq!(store.rollback(SLUG, None, None, "t4").unwrap(), two);
    assert_eq!(live(store), (two.clone(), true));
    assert_eq!(store.rollback(SLUG, None, None, "t5").unwrap(), one, "again is one more back");
    assert_eq!(live(store), (one.clone(), true));
    assert!(matches!(store.rollback(SLUG, Some("no such"), None, "t6"), Err(StoreError::Missing(_))));
    assert_eq!(live(store), (one, true), "a refused rollback changes nothing");

    assert_eq!(store.rollback(SLUG, Some(&three), None, "t7").unwrap(), three);
    assert_eq!(live(store), (three.clone(), false), "the newest is not back");
    store.rollback(SLUG, Some(&two), None, "t8").unwrap();

    let revision = store.revision().unwrap();
    assert_eq!(publish(store, "three", "t9"), three, "the stored release goes live again");
    assert_eq!(live(store), (three.clone(), false));
    assert!(store.revision().unwrap() > revision);
    let history = store.history(SLUG).unwrap();
    assert_eq!(history.len(), 3);
    assert_eq!((history[0].release_id.as_str(), history[0].published_at.as_str()), (three.as_str(), "t9"));
}

pub(crate) fn publishing_the_rolled_back_release_clears_the_mark(engine: &dyn Engine) {
    let store = &*engine.open();
    let one = publish(store, "one", "t1");
    publish(store, "two", "t2");
    store.rollback(SLUG, None, None, "t3").unwrap();
    assert_eq!(live(store), (one.clone(), true));
    assert_eq!(publish(store, "one", "t4"), one);
    assert_eq!(live(store), (one, false));
}

pub(crate) fn the_last_five_releases_are_kept(engine: &dyn Engine) {
    let store = &*engine.open();
    let words = ["one", "two", "three", "four", "five", "six", "seven"];
    let ids: Vec<String> = words.iter().map(|word| publish(store, word, word)).collect();
    let kept: Vec<String> = store.history(SLUG).unwrap().into_iter().map(|it| it.release_id).collect();
    let expected: Vec<String> = ids.iter().rev().take(5).cloned().collect();
    assert_eq!(kept, expected);
    assert_eq!(store.release(SLUG, &ids[0]).unwrap(), None);
    assert!(matches!(store.rollback(SLUG, Some(&ids[0]), None, "t"), Err(StoreError::Missing(_))));

    let digests: BTreeSet<String> = words.iter().map(|word| make::digest(word, 0)).collect();
    let known = store.known_vectors("lexical-1", &digests).unwrap();
    let of_kept: BTreeSet<String> = words[2..].iter().map(|word| make::digest(word, 0)).collect();
    assert_eq!(known, of_kept, "vectors that no kept release names are gone");
}

pub(crate) fn a_vector_that_another_tenant_names_stays(engine: &dyn Engine) {
    let store = &*engine.open();
    let shared = publication(&release("pedals", "any", &["one"]), None, "t0");
    store.publish(&shared).unwrap();
    for word in ["one", "two", "three", "four", "five", "six"] {
        publish(store, word, word);
    }
    let digests = BTreeSet::from([make::digest("one", 0)]);
    assert_eq!(store.known_vectors("lexical-1", &digests).unwrap(), digests);
    assert_eq!(store.live().unwrap().len(), 2);
}

pub(crate) fn thousands_of_vectors_are_found_by_digest(engine: &dyn Engine) {
    let store = &*engine.open();
    let texts: Vec<String> = (0..3000).map(|n| format!("passage {n}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let release = release(SLUG, "many", &texts);
    store.publish(&publication(&release, None, "t1")).unwrap();
    let mut digests: BTreeSet<String> = release.passages.iter().map(|it| it.digest.clone()).collect();
    let all = digests.clone();
    digests.insert("unknown".to_owned());
    assert_eq!(store.known_vectors("lexical-1", &digests).unwrap(), all);
    assert!(store.known_vectors("dense-1", &digests).unwrap().is_empty(), "of that encoder only");
    let vectors = store.vectors("lexical-1", &digests).unwrap();
    assert_eq!(vectors.len(), 3000);
    assert!(vectors.iter().all(|(digest, bytes)| bytes == &digest.as_bytes()[..8]));
    assert!(store.vectors("lexical-1", &BTreeSet::new()).unwrap().is_empty());
}

pub(crate) fn two_tenants_cannot_have_one_id(engine: &dyn Engine) {
    let store = &*engine.open();
    publish(store, "one", "t1");
    let mut copy = release("pedals", "one", &[]);
    copy.client.id = release(SLUG, "one", &[]).client.id;
    let error = store.publish(&publication(&copy, None, "t2")).unwrap_err();
    assert!(
        matches!(error, StoreError::Conflict(ref why) if why.contains("spokes") && why.contains("pedals"))
    );
    assert!(!store.live().unwrap().contains_key("pedals"));
}

/// Each publisher has the store open for itself, as another process has.
pub(crate) fn of_publishers_at_once_one_wins(engine: &dyn Engine) {
    let store = &*engine.open();
    let base = publish(store, "base", "t0");
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let publishers: Vec<_> = (0..6)
            .map(|n| {
                let word = format!("word {n}");
                let publication = publication(&release(SLUG, &word, &[&word]), Some(&base), "t1");
                scope.spawn(move || engine.open().publish(&publication))
            })
            .collect();
        publishers.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|it| it.is_ok()).count(), 1);
    assert_eq!(outcomes.iter().filter(|it| matches!(it, Err(StoreError::Moved { .. }))).count(), 5);
    assert_eq!(store.history(SLUG).unwrap().len(), 2);
}

pub(crate) fn tenants_published_at_once_all_go_live(engine: &dyn Engine) {
    let store = &*engine.open();
    std::thread::scope(|scope| {
        for n in 0..12 {
            scope.spawn(move || {
                let slug = format!("shop_{n}");
                let first = publication(&release(&slug, "one", &["one", &slug]), None, "t1");
                store.publish(&first).unwrap();
                let second = publication(&release(&slug, "two", &["one"]), Some(&first.release_id), "t2");
                store.publish(&second).unwrap();
            });
        }
    });
    assert_eq!(store.live().unwrap().len(), 12);
    assert_eq!(store.revision().unwrap(), 24);
}

pub(crate) fn a_reader_sees_the_old_or_the_new_never_a_mix(engine: &dyn Engine) {
    let (writer, reader) = (engine.open(), engine.open());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut base = None;
            for n in 0..30 {
                let word = format!("w{n}");
                let next = publication(&release(SLUG, &word, &[&word]), base.as_deref(), "t");
                writer.publish(&next).unwrap();
                base = Some(next.release_id);
            }
            done.store(true, Ordering::Release);
        });
        let mut revision = 0;
        while !done.load(Ordering::Acquire) {
            let now = reader.revision().unwrap();
            assert!(now >= revision);
            revision = now;
            // One statement is one snapshot.
            let mix = "SELECT count(*) FROM live JOIN clients USING (slug) WHERE config ->> 'release' <> release_id";
            assert_eq!(engine.rows(mix), ["0"]);
        }
    });
    assert_eq!(reader.revision().unwrap(), 30);
}
