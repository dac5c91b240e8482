//! Who changed what when; sweeping.

use std::collections::BTreeSet;

use runtime::{AuditRow, ReleaseStore, StoreError, Swept, VectorRow};

use crate::engines::Engine;
use crate::make::{self, SLUG, publication, release};

/// Publishes a release of `slug` that says `word`; returns its id.
fn publish(store: &dyn ReleaseStore, slug: &str, word: &str, at: &str) -> String {
    let base = store.live().unwrap().get(slug).map(|it| it.release_id.clone());
    let publication = publication(&release(slug, word, &[word]), base.as_deref(), at);
    store.publish(&publication).unwrap();
    publication.release_id
}

fn told(row: &AuditRow) -> (&str, &str, Option<&str>, Option<&str>, Option<&str>) {
    let AuditRow { at, verb, actor, from_release, to_release, .. } = row;
    (at, verb, actor.as_deref(), from_release.as_deref(), to_release.as_deref())
}

pub(crate) fn every_change_leaves_a_line(engine: &dyn Engine) {
    let store = engine.open();
    assert!(store.audit(None, 10).unwrap().is_empty());
    let one = publish(&*store, SLUG, "one", "t1");
    let two = publish(&*store, SLUG, "two", "t2");
    publish(&*store, "pedals", "other", "t3");
    store.rollback(SLUG, None, Some("A Keeper"), "t4").unwrap();
    store.sweep(&none(), None, "t5").unwrap();

    let lines = store.audit(Some(SLUG), 10).unwrap();
    let (one, two) = (Some(one.as_str()), Some(two.as_str()));
    assert_eq!(
        lines.iter().map(told).collect::<Vec<_>>(),
        [
            ("t4", "rollback", Some("A Keeper"), two, one),
            ("t2", "publish", Some("An Actor"), one, two),
            ("t1", "publish", Some("An Actor"), None, one),
        ]
    );
    assert!(lines.iter().all(|it| it.slug.as_deref() == Some(SLUG)));
    assert!(lines.iter().all(|it| it.git_commit.as_deref() == Some("0123abc") && !it.dirty));

    let all = store.audit(None, 2).unwrap();
    assert_eq!(all.len(), 2, "no more than asked for");
    assert_eq!((told(&all[0]), all[0].slug.as_deref()), (("t5", "gc", None, None, None), None));
    assert!(all[0].id > all[1].id);
}

pub(crate) fn what_changes_nothing_leaves_no_line(engine: &dyn Engine) {
    let store = engine.open();
    let one = publish(&*store, SLUG, "one", "t1");
    publish(&*store, SLUG, "one", "t2");
    store.rollback(SLUG, Some(&one), None, "t3").unwrap();
    let late = publication(&release(SLUG, "two", &["two"]), None, "t4");
    assert!(matches!(store.publish(&late), Err(StoreError::Moved { .. })));
    assert!(matches!(store.rollback(SLUG, Some("no such"), None, "t5"), Err(StoreError::Missing(_))));
    assert_eq!(store.audit(None, 10).unwrap().len(), 1);
}

pub(crate) fn a_tree_that_differs_from_its_commit_is_marked(engine: &dyn Engine) {
    let store = engine.open();
    let mut dirty = publication(&release(SLUG, "one", &[]), None, "t1");
    dirty.commit = Some("0123abc+dirty".to_owned());
    store.publish(&dirty).unwrap();
    let mut unknown = publication(&release(SLUG, "two", &[]), Some(&dirty.release_id), "t2");
    (unknown.commit, unknown.actor) = (None, None);
    store.publish(&unknown).unwrap();
    store.rollback(SLUG, None, None, "t3").unwrap();

    assert_eq!(store.history(SLUG).unwrap()[1].commit.as_deref(), Some("0123abc+dirty"));
    let lines = store.audit(None, 10).unwrap();
    let commits: Vec<_> = lines.iter().map(|it| (it.git_commit.as_deref(), it.dirty)).collect();
    assert_eq!(commits, [(Some("0123abc"), true), (None, false), (Some("0123abc"), true)]);
}

pub(crate) fn a_sweep_removes_what_nothing_names(engine: &dyn Engine) {
    let store = engine.open();
    for word in ["one", "two", "three", "four", "five"] {
        publish(&*store, SLUG, word, word);
    }
    let mut stray = publication(&release("pedals", "other", &["other"]), None, "t");
    let bytes = b"nobody names it".to_vec();
    stray.vectors.push(VectorRow { encoder: "lexical-1".to_owned(), digest: "stray".to_owned(), bytes });
    store.publish(&stray).unwrap();
    // What an older build kept: a release beyond the fifth, and the vector that only it names.
    engine.rows(
        "INSERT INTO releases (seq, slug, release_id, bytes, published_at)
         SELECT -1, slug, 'old', bytes, published_at FROM releases WHERE slug = 'spokes' ORDER BY seq LIMIT 1",
    );
    engine.rows("INSERT INTO release_passages (digest, slug, release_id) VALUES ('gone', 'spokes', 'old')");
    engine.rows(
        "INSERT INTO vectors SELECT encoder, 'gone', bytes FROM vectors WHERE digest <> 'stray' LIMIT 1",
    );
    let size = |sql: &str| engine.rows(sql)[0].parse::<u64>().unwrap();
    let bytes = size("SELECT length(bytes) FROM releases WHERE release_id = 'old'") + 8 + 15;

    let (live, revision) = (store.live().unwrap(), store.revision().unwrap());
    let swept = store.sweep(&none(), Some("A Keeper"), "t").unwrap();
    assert_eq!(swept, Swept { releases: 1, vectors: 2, bytes });
    assert_eq!(store.sweep(&none(), None, "t").unwrap(), Swept::default(), "there is nothing left");
    assert_eq!((store.live().unwrap(), store.revision().unwrap()), (live, revision), "nobody need notice");
    assert_eq!(store.history(SLUG).unwrap().len(), 5);
    assert_eq!(size("SELECT count(*) FROM release_passages WHERE release_id = 'old'"), 0);
    let words = ["one", "two", "three", "four", "five", "other"];
    let digests: BTreeSet<String> = words.iter().map(|word| make::digest(word, 0)).collect();
    assert_eq!(store.known_vectors("lexical-1", &digests).unwrap(), digests, "what is named stays");
    assert_eq!(store.audit(None, 2).unwrap().iter().filter(|it| it.verb == "gc").count(), 2);
}

/// Nobody has taught anything.
fn none() -> BTreeSet<String> {
    BTreeSet::new()
}

pub(crate) fn embeddings_are_kept_before_and_after_their_release(engine: &dyn Engine) {
    let store = engine.open();
    let first = release(SLUG, "one", &["tyres", "chains"]);
    let row = |text: usize| VectorRow {
        encoder: "dense-1 small".to_owned(),
        digest: first.passages[text].text_digest(),
        bytes: vec![u8::try_from(text).unwrap(); 8],
    };
    assert_eq!(store.any_vector("dense-1 small").unwrap(), None);
    store.keep_vectors(&[row(0)]).unwrap();
    store.keep_vectors(&[row(0)]).unwrap();
    store.keep_vectors(&[]).unwrap();
    assert_eq!(store.any_vector("dense-1 small").unwrap(), Some(vec![0; 8]));
    assert_eq!(store.any_vector("dense-1 large").unwrap(), None);

    let mut one = publication(&first, None, "t1");
    store.publish(&one).unwrap();
    assert_eq!(
        store.sweep(&none(), None, "t2").unwrap(),
        Swept::default(),
        "the release names what was kept before it"
    );
    // The same release again, with what was embedded since.
    let revision = store.revision().unwrap();
    one.base = Some(one.release_id.clone());
    one.vectors.push(row(1));
    store.publish(&one).unwrap();
    assert_ne!(store.revision().unwrap(), revision, "responders hear of it");
    assert_eq!(store.sweep(&none(), None, "t3").unwrap(), Swept::default());
    let digests = [row(0).digest, row(1).digest].into();
    assert_eq!(store.vectors("dense-1 small", &digests).unwrap().len(), 2);
}

pub(crate) fn a_sweep_keeps_what_people_taught(engine: &dyn Engine) {
    let store = engine.open();
    publish(&*store, SLUG, "one", "one");
    let row = |encoder: &str, digest: &str| VectorRow {
        encoder: encoder.to_owned(),
        digest: digest.to_owned(),
        bytes: vec![7; 8],
    };
    let kept = [row("dense-1 small", "taught"), row("lexical-1", "taught"), row("dense-1 small", "no more")];
    store.keep_vectors(&kept).unwrap();
    let taught: BTreeSet<String> = ["taught".to_owned(), "not yet \" embedded".to_owned()].into();
    let swept = store.sweep(&taught, None, "t").unwrap();
    assert_eq!((swept.vectors, swept.bytes), (1, 8));
    assert_eq!(store.vectors("dense-1 small", &taught).unwrap().len(), 1);
    assert_eq!(store.sweep(&taught, None, "t").unwrap(), Swept::default());
    assert_eq!(store.sweep(&none(), None, "t").unwrap().vectors, 2, "all was taken back");
}

pub(crate) fn a_sweep_keeps_what_is_live(engine: &dyn Engine) {
    let store = engine.open();
    let words = ["one", "two", "three", "four", "five"];
    let ids: Vec<String> = words.iter().map(|word| publish(&*store, SLUG, word, word)).collect();
    store.rollback(SLUG, Some(&ids[0]), None, "t").unwrap();
    engine.rows(
        "INSERT INTO releases (seq, slug, release_id, bytes, published_at)
         SELECT seq + 100, slug, 'newer', bytes, published_at FROM releases ORDER BY seq DESC LIMIT 1",
    );
    assert_eq!(store.sweep(&none(), None, "t").unwrap(), Swept::default(), "the sixth is the live one");
    assert_eq!(store.live().unwrap()[SLUG].release_id, ids[0]);
    assert!(store.release(SLUG, &ids[0]).unwrap().is_some());
}
