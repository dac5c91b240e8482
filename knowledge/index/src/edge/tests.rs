//! Tests of the embedded engine.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::thread;

use qdrant_edge::Condition;
use uuid::Uuid;

use format::SHARED_TAG;
use text::lexical::{Idf, encode_document, encode_query};

use super::owner::Owner;
use super::ranks::{Admitted, MOST};
use super::{EdgeIndex, Layout, Origin, convert};
use crate::contract::{self, Dice, ask, point};
use crate::{IndexError, Point, Query, RawHit, TenantScope, VectorIndex};

/// A way to spoil a shard's folder.
type Damage = fn(&std::path::Path);
/// A kind of condition.
type Is = fn(&Condition) -> bool;

const LEXICAL: Layout = Layout { dense: None };

fn points(slug: &str, count: usize) -> Vec<Point> {
    (0..count).map(|it| point(slug, SHARED_TAG, &format!("позиция номер {it} стоит {it} тысяч"))).collect()
}

fn ids(points: &[Point]) -> BTreeSet<Uuid> {
    points.iter().map(|it| it.id).collect()
}

#[test]
fn a_temporary_index_keeps_the_contract_and_leaves_nothing() {
    let index = EdgeIndex::temporary(LEXICAL).unwrap();
    let path = index.folder.path().to_owned();
    contract::holds(&index);
    assert!(path.exists());
    drop(index);
    assert!(!path.exists());
}

#[test]
fn fifty_tenants_and_twenty_thousand_operations_leak_nothing() {
    let index = EdgeIndex::temporary(LEXICAL).unwrap();
    contract::nothing_leaks(&index, 20_000);
    assert_eq!(index.foreign_hits(), 0, "nothing had to be dropped after the filter");
}

#[test]
fn a_persistent_index_keeps_the_contract_before_and_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    for origin in [Origin::Made, Origin::Kept] {
        let index = EdgeIndex::open(folder.path(), LEXICAL).unwrap();
        assert_eq!(index.origin(), &origin);
        contract::holds(&index);
    }
}

#[test]
fn points_survive_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let (scope, points) = (TenantScope::whole("bakery"), points("bakery", 700));
    let index = EdgeIndex::open(folder.path(), LEXICAL).unwrap();
    index.upsert(&scope, points.clone()).unwrap();
    index.delete(&scope, &ids(&points[..200])).unwrap();
    drop(index);
    for _ in 0..3 {
        let index = EdgeIndex::open(folder.path(), LEXICAL).unwrap();
        assert_eq!(index.origin(), &Origin::Kept);
        assert_eq!(index.ids(&scope).unwrap(), ids(&points[200..]));
        assert_eq!(ask(&index, &scope, "номер 345", &ids(&points), 1), [points[345].id]);
    }
}

#[test]
fn one_owner_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = EdgeIndex::open(folder.path(), LEXICAL).unwrap();
    let second = EdgeIndex::open(folder.path(), LEXICAL);
    assert!(matches!(second, Err(IndexError::Busy { .. })), "{second:?}");
    drop(first);
    EdgeIndex::open(folder.path(), LEXICAL).unwrap();
}

#[test]
fn looking_makes_and_rebuilds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    assert!(EdgeIndex::open_made(&path, LEXICAL).unwrap().is_none());
    assert!(!path.exists());
    let (scope, points) = (TenantScope::whole("bakery"), points("bakery", 20));
    let index = EdgeIndex::open(&path, LEXICAL).unwrap();
    index.upsert(&scope, points).unwrap();
    let meanwhile = EdgeIndex::open_made(&path, LEXICAL);
    assert!(matches!(meanwhile, Err(IndexError::Busy { .. })), "{meanwhile:?}");
    drop(index);
    let other = Layout::dense("another", 3);
    assert!(EdgeIndex::open_made(&path, other).unwrap().is_none());
    for _ in 0..2 {
        let seen = EdgeIndex::open_made(&path, LEXICAL).unwrap().unwrap();
        assert_eq!(seen.count(&scope).unwrap(), 20);
    }
}

#[test]
fn a_lost_broken_or_foreign_folder_is_made_anew() {
    let scope = TenantScope::whole("bakery");
    let damages: [(&str, Damage); 6] = [
        ("lost", |it| fs::remove_dir_all(it.join("shard")).unwrap()),
        ("no marker", |it| fs::remove_file(it.join("marker.json")).unwrap()),
        ("torn marker", |it| fs::write(it.join("marker.json"), b"{\"version\":").unwrap()),
        ("other version", |it| {
            fs::write(
                it.join("marker.json"),
                br#"{"version":0,"lexical":"lexical-0","layout":{"dense":null}}"#,
            )
            .unwrap();
        }),
        ("no segments", |it| fs::remove_dir_all(it.join("shard/segments")).unwrap()),
        ("broken segments", |it| {
            for entry in fs::read_dir(it.join("shard/segments")).unwrap() {
                fs::write(entry.unwrap().path().join("segment.json"), b"no json").unwrap();
            }
        }),
    ];
    for (name, damage) in damages {
        let folder = tempfile::tempdir().unwrap();
        let index = EdgeIndex::open(folder.path(), LEXICAL).unwrap();
        index.upsert(&scope, points("bakery", 10)).unwrap();
        drop(index);
        damage(folder.path());
        let index = EdgeIndex::open(folder.path(), LEXICAL).unwrap();
        assert!(matches!(index.origin(), Origin::Rebuilt { .. }), "{name}: {:?}", index.origin());
        assert_eq!(index.count(&scope).unwrap(), 0, "{name}");
        index.upsert(&scope, points("bakery", 10)).unwrap();
        assert_eq!(index.count(&scope).unwrap(), 10, "{name}");
    }
}

#[test]
fn searches_go_on_while_the_owner_writes() {
    let folder = tempfile::tempdir().unwrap();
    let index = EdgeIndex::open(folder.path(), LEXICAL).unwrap();
    let (fixed, moving) = (TenantScope::whole("fixed"), TenantScope::whole("moving"));
    let known = points("fixed", 100);
    index.upsert(&fixed, known.clone()).unwrap();
    let only = ids(&known);
    thread::scope(|threads| {
        let writers = [0, 1].map(|half| {
            let (index, moving) = (&index, &moving);
            threads.spawn(move || {
                for round in 0..20 {
                    let batch = points("moving", 200)[half * 100..][..100].to_vec();
                    index.upsert(moving, batch.clone()).unwrap();
                    if round % 2 == 1 {
                        index.delete(moving, &ids(&batch)).unwrap();
                    }
                }
            })
        });
        while writers.iter().any(|it| !it.is_finished()) {
            assert_eq!(ask(&index, &fixed, "номер 42", &only, 1), [known[42].id]);
        }
    });
    assert_eq!(index.count(&moving).unwrap(), 0);
    assert_eq!(index.foreign_hits(), 0);
}

#[test]
fn embeddings_are_fused() {
    let folder = tempfile::tempdir().unwrap();
    let index = EdgeIndex::open(folder.path(), contract::embedded()).unwrap();
    contract::holds(&index);
    contract::fuses(&index);
    drop(index);
    let other = Layout::dense("another/three", 3);
    for (layout, why) in [(other, "another model"), (Layout::default(), "no embeddings")] {
        let index = EdgeIndex::open(folder.path(), layout).unwrap();
        assert!(matches!(index.origin(), Origin::Rebuilt { .. }), "{why}");
    }
}

#[test]
fn writes_and_searches_go_on_while_segments_are_optimised() {
    let folder = tempfile::tempdir().unwrap();
    let scope = TenantScope::whole("bakery");
    let wanted = points("bakery", 6_000);
    let (kept, dropped) = wanted.split_at(5_000);
    let mut begun = 0;
    for _ in 0..2 {
        let index = EdgeIndex::open(folder.path(), LEXICAL).unwrap();
        // Pauses let upkeep begin, so that batches meet an optimiser at work.
        for (number, batch) in wanted.chunks(100).enumerate() {
            index.upsert(&scope, batch.to_vec()).unwrap();
            if number % 20 == 19 {
                begun = Owner::pause_for_upkeep(begun);
            }
            let at = number * 100;
            assert_eq!(ask(&index, &scope, &format!("номер {at}"), &ids(batch), 1), [wanted[at].id]);
        }
        index.delete(&scope, &ids(dropped)).unwrap();
        assert_eq!(index.ids(&scope).unwrap(), ids(kept));
        index.upsert(&scope, dropped[..10].to_vec()).unwrap();
        drop(index);
        let index = EdgeIndex::open(folder.path(), LEXICAL).unwrap();
        assert_eq!(index.origin(), &Origin::Kept);
        assert_eq!(index.ids(&scope).unwrap(), ids(&wanted[..5_010]));
        for at in [0, 99, 2_500, 4_999, 5_009] {
            assert_eq!(
                ask(&index, &scope, &format!("номер {at}"), &ids(&wanted), 1),
                [wanted[at].id],
                "{at}"
            );
        }
        index.clear(&scope).unwrap();
    }
}

/// An index with other searches than its own.
struct Searched {
    index: EdgeIndex,
    search: Search,
}

type Search = fn(&EdgeIndex, &TenantScope, &Query<'_>) -> Result<Vec<RawHit>, IndexError>;

/// The engine with one condition left out of its searches.
fn engine_without(
    forgotten: Is,
    (index, scope, query): (&EdgeIndex, &TenantScope, &Query<'_>),
) -> Result<Vec<RawHit>, IndexError> {
    let Some(mut request) = convert::query(scope, query) else { return Ok(Vec::new()) };
    request.filter.as_mut().and_then(|it| it.must.as_mut()).unwrap().retain(|it| !forgotten(it));
    index.run(scope, query, request)
}

impl VectorIndex for Searched {
    fn upsert(&self, scope: &TenantScope, points: Vec<Point>) -> Result<(), IndexError> {
        self.index.upsert(scope, points)
    }
    fn search(&self, scope: &TenantScope, query: &Query<'_>) -> Result<Vec<RawHit>, IndexError> {
        (self.search)(&self.index, scope, query)
    }
    fn delete(&self, scope: &TenantScope, ids: &BTreeSet<Uuid>) -> Result<(), IndexError> {
        self.index.delete(scope, ids)
    }
    fn clear(&self, scope: &TenantScope) -> Result<(), IndexError> {
        self.index.clear(scope)
    }
    fn ids(&self, scope: &TenantScope) -> Result<BTreeSet<Uuid>, IndexError> {
        self.index.ids(scope)
    }
    fn count(&self, scope: &TenantScope) -> Result<usize, IndexError> {
        self.index.count(scope)
    }
    fn foreign_hits(&self) -> u64 {
        self.index.foreign_hits()
    }
}

fn is_field(condition: &Condition, key: &str) -> bool {
    matches!(condition, Condition::Field(it) if it.key == super::shard::path(key))
}

#[test]
fn the_engine_alone_keeps_the_contract() {
    let engine = Searched {
        index: EdgeIndex::temporary(LEXICAL).unwrap(),
        search: |index, scope, query| engine_without(|_| false, (index, scope, query)),
    };
    contract::holds(&engine);
}

#[test]
fn an_index_that_forgets_a_filter_breaks_the_contract() {
    let each: [(&str, Search); 5] = [
        ("tenant", |index, scope, query| {
            engine_without(|it| is_field(it, super::shard::CLIENT_SLUG), (index, scope, query))
        }),
        ("tag", |index, scope, query| {
            engine_without(|it| is_field(it, super::shard::KNOWLEDGE_TAG), (index, scope, query))
        }),
        ("live points", |index, scope, query| {
            engine_without(|it| matches!(it, Condition::HasId(_)), (index, scope, query))
        }),
        ("tag in ranks", |index, scope, query| {
            let admitted = Admitted { tags: None, ..Admitted::of(scope, query) };
            Ok(index.ranked(scope, query, &admitted).unwrap_or_default())
        }),
        ("live points in ranks", |index, scope, query| {
            let all = index.ids(&TenantScope::whole(scope.client_slug()))?;
            let admitted = Admitted { only: &all, ..Admitted::of(scope, query) };
            Ok(index.ranked(scope, query, &admitted).unwrap_or_default())
        }),
    ];
    for (name, search) in each {
        let engine = Searched { index: EdgeIndex::temporary(LEXICAL).unwrap(), search };
        let outcome = catch_unwind(AssertUnwindSafe(|| contract::holds(&engine)));
        assert!(outcome.is_err(), "nobody noticed that the filter of {name} was gone");
    }
}

/// Waits until the owner has done all that it was told before.
fn wait_for_owner(index: &EdgeIndex) {
    index.delete(&TenantScope::whole("nobody"), &BTreeSet::from([Uuid::nil()])).unwrap();
}

/// What ranks alone find; `None` where the engine ranks.
fn ranked(index: &EdgeIndex, scope: &TenantScope, text: &str, only: &BTreeSet<Uuid>) -> Option<Vec<RawHit>> {
    let lexical = encode_query(text, &Idf::default()).vector;
    let query = Query { lexical: &lexical, terms: lexical.indices(), dense: None, limit: 5, only };
    index.ranked(scope, &query, &Admitted::of(scope, &query))
}

#[test]
fn ranks_find_what_the_engine_finds() {
    let words = ["стрижка", "стоит", "детская", "доставка", "парковка", "шесть", "тысяч", "запись", "хлеб"];
    let mut dice = Dice(11);
    let mut text = |most: usize| {
        (0..=dice.below(most)).map(|_| words[dice.below(words.len())]).collect::<Vec<_>>().join(" ")
    };
    let index = EdgeIndex::temporary(LEXICAL).unwrap();
    for slug in ["bakery", "garage"] {
        let tags = ["north", SHARED_TAG, "south"].into_iter().cycle();
        let points: Vec<Point> = tags.take(300).map(|tag| point(slug, tag, &text(30))).collect();
        index.upsert(&TenantScope::whole(slug), points).unwrap();
    }
    for round in 0..300 {
        let slug = ["bakery", "garage"][round % 2];
        let whole = index.ids(&TenantScope::whole(slug)).unwrap();
        let scope = TenantScope::branch(slug, Some("north"));
        let lexical = encode_query(&text(6), &Idf::default()).vector;
        let only: BTreeSet<Uuid> = whole.into_iter().skip(round % 7).collect();
        let query = Query {
            lexical: &lexical,
            terms: lexical.indices(),
            dense: None,
            limit: 1 + round % 20,
            only: &only,
        };
        let ours = index.ranked(&scope, &query, &Admitted::of(&scope, &query)).unwrap();
        let theirs = index.run(&scope, &query, convert::query(&scope, &query).unwrap()).unwrap();
        assert_eq!(ours.len(), theirs.len());
        let last = theirs.last().map_or(0.0, |it| it.score);
        for (our, their) in ours.iter().zip(&theirs) {
            assert_eq!(our.score.to_bits(), lexical.dot(&our.lexical).to_bits());
            assert!((our.score - their.score).abs() <= 1e-5 * their.score, "{our:?} {their:?}");
            // Equal scores may stand in any order, and the last of them be others.
            let same = theirs.iter().find(|it| it.id == our.id);
            assert!(same.is_none_or(|it| it.client_slug == our.client_slug));
            assert!(same.is_some() || (our.score - last).abs() <= 1e-5 * last, "{our:?} {theirs:?}");
        }
    }
}

#[test]
fn ranks_follow_every_write() {
    let folder = tempfile::tempdir().unwrap();
    let (scope, points) = (TenantScope::whole("bakery"), points("bakery", 300));
    let all = ids(&points);
    let first = |index: &EdgeIndex, text: &str| {
        let hits = ranked(index, &scope, text, &all).expect("ranked without the engine");
        hits.first().map(|it| it.id)
    };
    let index = EdgeIndex::open(folder.path(), LEXICAL).unwrap();
    index.upsert(&scope, points[..200].to_vec()).unwrap();
    assert_eq!(first(&index, "номер 123"), Some(points[123].id));
    index.upsert(&scope, points[200..].to_vec()).unwrap();
    assert_eq!(first(&index, "номер 234"), Some(points[234].id));
    index.delete(&scope, &ids(&points[234..235])).unwrap();
    assert_ne!(first(&index, "номер 234"), Some(points[234].id));
    let changed = Point { lexical: encode_document("мост через реку"), ..points[7].clone() };
    index.upsert(&scope, vec![changed]).unwrap();
    assert_eq!(first(&index, "мост"), Some(points[7].id), "the same point with other words");
    drop(index);

    let index = EdgeIndex::open(folder.path(), LEXICAL).unwrap();
    assert_eq!(first(&index, "номер 123"), Some(points[123].id), "kept after a proper end");
    index.clear(&scope).unwrap();
    assert_eq!(first(&index, "номер 123"), None);
}

#[test]
fn large_tenants_are_ranked_by_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let (scope, points) = (TenantScope::whole("bakery"), points("bakery", MOST + 1));
    let all = ids(&points);
    let index = EdgeIndex::open(folder.path(), LEXICAL).unwrap();
    for batch in points.chunks(1_000) {
        index.upsert(&scope, batch.to_vec()).unwrap();
    }
    assert_eq!(ranked(&index, &scope, "номер 4000", &all), None);
    assert_eq!(ask(&index, &scope, "номер 4000", &all, 1), [points[4_000].id]);
    index.delete(&scope, &ids(&points[..1])).unwrap();
    assert_eq!(ask(&index, &scope, "номер 4000", &all, 1), [points[4_000].id], "meanwhile");
    wait_for_owner(&index);
    let hits = ranked(&index, &scope, "номер 4000", &all).expect("few enough now");
    assert_eq!(hits[0].id, points[4_000].id);
}

/// Name of the variable that turns [`crash_child`] into the process that is killed.
const CRASH: &str = "TENANTRY_INDEX_CRASH_FOLDER";

/// Does nothing in a test run; in the child of the next test it writes until it is killed.
#[test]
fn crash_child() {
    let Some(folder) = std::env::var_os(CRASH) else { return };
    let index = EdgeIndex::open(folder.as_ref(), LEXICAL).unwrap();
    let scope = TenantScope::whole("bakery");
    let mut out = std::io::stderr();
    for (round, batch) in points("bakery", 100_000).chunks(40).enumerate() {
        index.upsert(&scope, batch.to_vec()).unwrap();
        if round > 3 {
            index.delete(&scope, &ids(&batch[..10])).unwrap();
        }
        writeln!(out, "written {round}").unwrap();
    }
}

#[test]
fn a_killed_owner_leaves_a_folder_that_opens_and_syncs() {
    let folder = tempfile::tempdir().unwrap();
    let scope = TenantScope::whole("bakery");
    let wanted = points("bakery", 1_000);
    for stop in [1, 7, 30] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "edge::tests::crash_child", "--nocapture"])
            .env(CRASH, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let seen = lines.map_while(Result::ok).filter(|it| it.starts_with("written")).nth(stop);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(seen.is_some(), "the child wrote");

        let index = EdgeIndex::open(folder.path(), LEXICAL).unwrap();
        assert_eq!(ranked(&index, &scope, "номер 1", &ids(&wanted)), None, "ranks of a crash are not used");
        // What a sync does: add what is missing, delete what is not wanted.
        let stored = index.ids(&scope).unwrap();
        let missing = wanted.iter().filter(|it| !stored.contains(&it.id)).cloned().collect();
        index.upsert(&scope, missing).unwrap();
        let stale = stored.difference(&ids(&wanted)).copied().collect();
        index.delete(&scope, &stale).unwrap();
        assert_eq!(index.ids(&scope).unwrap(), ids(&wanted));
        for at in [0, 39, 40, 500, 999] {
            assert_eq!(
                ask(&index, &scope, &format!("номер {at}"), &ids(&wanted), 1),
                [wanted[at].id],
                "{at}"
            );
        }
        wait_for_owner(&index);
        assert!(ranked(&index, &scope, "номер 1", &ids(&wanted)).is_some(), "and are made again");
    }
}
