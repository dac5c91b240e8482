use std::collections::{BTreeMap, BTreeSet};

use format::{Passage, PassageKind, Price};
use index::{Catalogue, EdgeIndex, Layout, Vectors};
use runtime::{
    AuditRow, HistoryRow, LiveRow, Publication, ReleaseStore, SqliteReleases, StoreError, StoredHead,
    StoredRelease, Swept, VectorRow,
};
use tempfile::TempDir;

use super::{Applied, ApplyError, ENCODER, Outcome, Outside, Points, Step, apply, moved};
use crate::plan::{Plan, plan};
use crate::provenance::Provenance;
use crate::published::read;
use crate::samples::{Sample, passage, workshop};

const AT: &str = "2025-01-15T07:00:00Z";

fn store() -> (TempDir, SqliteReleases) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteReleases::open(folder.path()).unwrap();
    (folder, store)
}

fn planned(store: &SqliteReleases, samples: &[&Sample]) -> Plan {
    let desired: Vec<_> = samples.iter().map(|it| it.desired()).collect();
    plan(&read(store, &desired, ENCODER).unwrap(), &desired, &[], &[], ENCODER)
}

fn carry_out(plan: &Plan, store: &dyn ReleaseStore) -> Vec<Applied> {
    apply(plan, store, &Outside::default(), (&Provenance::default(), AT), &mut |_| {})
}

fn embedded(applied: &[Applied]) -> Vec<Option<usize>> {
    let of = |it: &Applied| match it.outcome {
        Outcome::Live { encoded, .. } => Some(encoded),
        Outcome::Embedded { .. } => panic!("there is no embedder"),
        Outcome::Untouched => None,
        Outcome::Failed(ref error) => panic!("{error}"),
    };
    applied.iter().map(of).collect()
}

#[test]
fn a_second_apply_writes_and_embeds_nothing() {
    let (_folder, store) = store();
    let sample = Sample::of(workshop());
    let first = carry_out(&planned(&store, &[&sample]), &store);
    assert_eq!(embedded(&first), [Some(2)]);
    let revision = store.revision().unwrap();
    let second = planned(&store, &[&sample]);
    assert!(!second.has_changes());
    assert_eq!(embedded(&carry_out(&second, &store)), [None]);
    assert_eq!(store.revision().unwrap(), revision);
}

#[test]
fn unchanged_passages_are_not_encoded_again() {
    let (_folder, store) = store();
    carry_out(&planned(&store, &[&Sample::of(workshop())]), &store);
    let repriced = Sample::with(|it| it.facts.offers[0].price = Price::Exact(4100));
    assert_eq!(embedded(&carry_out(&planned(&store, &[&repriced]), &store)), [Some(0)]);
    let longer =
        Sample::with(|it| it.passages.push(passage("knowledge/new.md", "Lights", "Lights are tested.", 0)));
    assert_eq!(embedded(&carry_out(&planned(&store, &[&longer]), &store)), [Some(1)]);
    assert_eq!(store.live().unwrap()["workshop"].release_id, longer.release_id);
}

#[test]
fn points_of_lessons_in_use_are_not_swept() {
    let (_folder, store) = store();
    let index = EdgeIndex::temporary(Layout::default()).unwrap();
    let points = || Points { index: &index, layout: Layout::default() };
    let sample = Sample::of(workshop());
    let outside = Outside { points: Some(points()), ..Outside::default() };
    let plan = planned(&store, &[&sample]);
    apply(&plan, &store, &outside, (&Provenance::default(), AT), &mut |_| {});
    let slug = store.live().unwrap().into_keys().next().unwrap();

    // As responders do.
    let mut taught = sample.release.clone();
    let lessons = ["Да, звоните.", "Нет, увы."].map(|text| {
        let passage = passage("learned", "Работаете ли вы ночью?", text, 0);
        Passage { kind: PassageKind::Learned, ..passage }
    });
    taught.passages.extend(lessons.iter().cloned());
    let catalogue = Catalogue::of(&taught, &Vectors::default(), &Layout::default());
    assert_eq!(catalogue.add_missing(&index, &taught, &Vectors::default()).unwrap(), 2);

    let sweep = |used: &[Passage]| points().sweep(&slug, &store, &|_| used.to_vec()).unwrap();
    assert_eq!(sweep(&lessons), 0);
    assert_eq!(sweep(&lessons[..1]), 1, "one was taken back");
    assert_eq!(sweep(&lessons[..1]), 0);
    assert_eq!(sweep(&[]), 1);
    let own = Catalogue::of(&sample.release, &Vectors::default(), &Layout::default());
    assert_eq!(own.missing(&index).unwrap(), 0, "the release's own stay");
}

#[test]
fn commit_and_author_stand_beside_the_release() {
    let (_folder, store) = store();
    let from = Provenance {
        commit: Some("3ab12c9".to_owned()),
        author: Some("A. Wright".to_owned()),
        ..Provenance::default()
    };
    apply(
        &planned(&store, &[&Sample::of(workshop())]),
        &store,
        &Outside::default(),
        (&from, AT),
        &mut |_| {},
    );
    let [row] = &store.history("workshop").unwrap()[..] else { panic!("one release") };
    assert_eq!(
        (row.commit.as_deref(), row.author.as_deref(), row.live),
        (Some("3ab12c9"), Some("A. Wright"), true)
    );
}

#[test]
fn a_plan_that_the_store_has_passed_says_what_moved() {
    let (_folder, store) = store();
    let (first, second) =
        (Sample::of(workshop()), Sample::with(|it| it.facts.offers[0].price = Price::Exact(1)));
    let stale = planned(&store, &[&second]);
    assert!(moved(&stale, &store).unwrap().is_empty());
    carry_out(&planned(&store, &[&first]), &store);
    let [reason] = &moved(&stale, &store).unwrap()[..] else { panic!("one tenant moved") };
    let told = reason.to_string();
    let expected = format!("`workshop` moved: planned on nothing, now {} is live", first.release_id);
    assert!(told.starts_with(&expected) && told.contains(AT), "{told}");
    // The store itself refuses it too.
    let applied = carry_out(&stale, &store);
    assert!(
        matches!(applied[0].outcome, Outcome::Failed(ApplyError::Store(StoreError::Moved { .. }))),
        "{applied:?}"
    );
    assert_eq!(store.live().unwrap()["workshop"].release_id, first.release_id);
}

#[test]
fn what_moved_is_told_with_its_facts() {
    let (_folder, store) = store();
    carry_out(&planned(&store, &[&Sample::of(workshop())]), &store);
    let stale = planned(&store, &[&Sample::with(|it| it.facts.offers[0].price = Price::Exact(1))]);
    let between = Sample::with(|it| it.facts.offers[0].price = Price::Exact(4100));
    let from = Provenance {
        commit: Some("3ab12c9".to_owned()),
        author: Some("A. Wright".to_owned()),
        ..Provenance::default()
    };
    apply(&planned(&store, &[&between]), &store, &Outside::default(), (&from, AT), &mut |_| {});
    let [reason] = &moved(&stale, &store).unwrap()[..] else { panic!("one tenant moved") };
    let told = reason.to_string();
    for part in ["by A. Wright", "from commit 3ab12c9", "price_list.Repairs.Brakes 4 000 ₸ -> 4 100 ₸"] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn an_interrupted_plan_goes_on_where_it_stopped() {
    let (_folder, store) = store();
    let (first, second) = (Sample::of(workshop()), Sample::second());
    let plan = planned(&store, &[&first, &second]);
    carry_out(&plan.clone().only("workshop").unwrap(), &store);
    assert!(moved(&plan, &store).unwrap().is_empty(), "what the plan itself published did not move");
    assert_eq!(embedded(&carry_out(&plan, &store)), [None, Some(0)]);
    let revision = store.revision().unwrap();
    assert_eq!(embedded(&carry_out(&plan, &store)), [None, None]);
    assert_eq!(store.revision().unwrap(), revision);
}

#[test]
fn whoever_watches_hears_of_every_passage_and_tenant() {
    let (_folder, store) = store();
    let plan = planned(&store, &[&Sample::of(workshop()), &Sample::second()]);
    let (mut passages, mut tenants) = (0, Vec::new());
    apply(&plan, &store, &Outside::default(), (&Provenance::default(), AT), &mut |step| match step {
        Step::Encoded(more) => passages += more,
        Step::Embedded { .. } => panic!("there is no embedder"),
        Step::Tenant(it) => tenants.push(it.slug.clone()),
    });
    assert_eq!((passages, tenants), (2, vec!["workshop".to_owned(), "workshop_two".to_owned()]));
}

#[test]
fn tenants_that_a_plan_leaves_alone_may_move() {
    let (_folder, store) = store();
    carry_out(&planned(&store, &[&Sample::of(workshop())]), &store);
    let of_another = planned(&store, &[&Sample::second()]);
    let repriced = Sample::with(|it| it.facts.offers[0].price = Price::Exact(1));
    carry_out(&planned(&store, &[&repriced]), &store);
    assert!(moved(&of_another, &store).unwrap().is_empty());
}

#[test]
fn going_forward_after_a_rollback_is_seen_by_the_plan() {
    let (_folder, store) = store();
    let (first, second) =
        (Sample::of(workshop()), Sample::with(|it| it.facts.offers[0].price = Price::Exact(1)));
    carry_out(&planned(&store, &[&first]), &store);
    carry_out(&planned(&store, &[&second]), &store);
    assert_eq!(store.rollback("workshop", None, None, AT).unwrap(), first.release_id);
    let mut forward = planned(&store, &[&second]);
    assert_eq!(forward.clone().hold_back(), ["workshop"]);
    assert_eq!(embedded(&carry_out(&forward, &store)), [Some(0)]);
    forward = planned(&store, &[&first]);
    assert!(forward.hold_back().is_empty(), "the store went forward, so nothing is rolled back any more");
}

/// A store whose transactions fail for one tenant.
struct Failing<'a>(&'a SqliteReleases, &'a str);

impl ReleaseStore for Failing<'_> {
    fn revision(&self) -> Result<u64, StoreError> {
        self.0.revision()
    }
    fn live(&self) -> Result<BTreeMap<String, LiveRow>, StoreError> {
        ReleaseStore::live(self.0)
    }
    fn heads(&self) -> Result<BTreeMap<String, StoredHead>, StoreError> {
        self.0.heads()
    }
    fn release(&self, slug: &str, release_id: &str) -> Result<Option<StoredRelease>, StoreError> {
        ReleaseStore::release(self.0, slug, release_id)
    }
    fn history(&self, slug: &str) -> Result<Vec<HistoryRow>, StoreError> {
        self.0.history(slug)
    }
    fn known_vectors(
        &self,
        encoder: &str,
        digests: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        ReleaseStore::known_vectors(self.0, encoder, digests)
    }
    fn vectors(
        &self,
        encoder: &str,
        digests: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
        self.0.vectors(encoder, digests)
    }
    fn keep_vectors(&self, vectors: &[VectorRow]) -> Result<(), StoreError> {
        self.0.keep_vectors(vectors)
    }
    fn any_vector(&self, encoder: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.any_vector(encoder)
    }
    fn publish(&self, publication: &Publication) -> Result<(), StoreError> {
        match publication.slug == self.1 {
            true => Err(StoreError::Unavailable("disk full".to_owned())),
            false => self.0.publish(publication),
        }
    }
    fn rollback(
        &self,
        slug: &str,
        to: Option<&str>,
        actor: Option<&str>,
        at: &str,
    ) -> Result<String, StoreError> {
        self.0.rollback(slug, to, actor, at)
    }
    fn sweep(&self, taught: &BTreeSet<String>, actor: Option<&str>, at: &str) -> Result<Swept, StoreError> {
        self.0.sweep(taught, actor, at)
    }
    fn remove(&self, slug: &str, actor: Option<&str>, at: &str) -> Result<BTreeMap<String, u64>, StoreError> {
        self.0.remove(slug, actor, at)
    }
    fn audit(&self, slug: Option<&str>, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.0.audit(slug, limit)
    }
}

#[test]
fn one_tenant_that_fails_does_not_stop_the_others() {
    let (_folder, store) = store();
    let (first, second) = (Sample::of(workshop()), Sample::second());
    let plan = planned(&store, &[&first, &second]);
    let applied = carry_out(&plan, &Failing(&store, "workshop"));
    assert!(
        matches!(applied[0].outcome, Outcome::Failed(ApplyError::Store(StoreError::Unavailable(_)))),
        "{applied:?}"
    );
    assert!(matches!(applied[1].outcome, Outcome::Live { .. }), "{applied:?}");
    assert_eq!(ReleaseStore::live(&store).unwrap().into_keys().collect::<Vec<_>>(), ["workshop_two"]);
}
