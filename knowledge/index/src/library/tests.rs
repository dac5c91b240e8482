//! Tests of a library over the real engine.

use std::sync::Arc;

use format::{Release, SHARED_TAG};
use text::lexical::CONFIDENT;

use super::Library;
use crate::sample::{passage, release};
use crate::{Asked, Catalogue, EdgeIndex, Layout, Synced, VectorIndex, Vectors, dense_to_bytes};

/// Tag, section, text.
type Row = (&'static str, &'static str, &'static str);

const DELIVERY: Row = (SHARED_TAG, "Доставка", "Везём по городу за 1 500 тенге.");
const ROWS: [Row; 5] = [
    DELIVERY,
    (SHARED_TAG, "Жеткізу", "Қала ішінде 1 500 теңгеге апарамыз."),
    ("north", "Парковка", "Во дворе, бесплатно."),
    ("south", "Парковка", "На улице, платно."),
    DELIVERY,
];

/// The rows as passages, numbered from `first`.
fn bakery(first: u32, rows: &[Row]) -> Release {
    let passages = rows.iter().zip(first..).map(|((tag, section, text), at)| passage(tag, section, text, at));
    release("bakery", passages.collect())
}

fn library(release: &Release) -> Library {
    Library::in_memory(release, &Vectors::default(), &Layout::default()).unwrap()
}

/// Ordinals of what is found, best first.
fn found(library: &Library, release: &Release, tag: Option<&str>, question: &str) -> Vec<u32> {
    let hits = library.search(tag, &Asked::text(question), 5).unwrap();
    hits.iter()
        .filter_map(|hit| Some(release.passages.iter().find(|it| it.digest == hit.digest)?.ordinal))
        .collect()
}

#[test]
fn finds_what_its_branch_may_see() {
    let release = bakery(0, &ROWS);
    let library = library(&release);
    for (tag, own, foreign) in [("north", 2, 3), ("south", 3, 2)] {
        let found = found(&library, &release, Some(tag), "парковка есть?");
        assert_eq!(found[0], own);
        assert!(!found.contains(&foreign), "{found:?}");
    }
    let shared = found(&library, &release, None, "парковка есть?");
    assert!(shared.iter().all(|it| ![2, 3].contains(it)), "{shared:?}");
    assert_eq!(found(&library, &release, None, "жеткізу қанша тұрады")[0], 1);
    let hits = library.search(None, &Asked::text("доставка"), 2).unwrap();
    assert!(
        hits[0].score == hits[1].score && hits[0].digest < hits[1].digest,
        "equal ones in order: {hits:?}"
    );
    for nothing in ["?!", "", "\u{0}", "🦷"] {
        assert!(found(&library, &release, None, nothing).is_empty(), "{nothing:?}");
    }
}

#[test]
fn releases_together_find_what_each_finds_in_the_engine() {
    let releases = [bakery(0, &ROWS[..3]), bakery(2, &ROWS[2..])];
    let together = Library::together([&releases[0], &releases[1]]).unwrap();
    for (together, release) in together.iter().zip(&releases) {
        let alone = library(release);
        for question in ["доставка", "жеткізу қанша тұрады", "парковка есть?"]
        {
            for tag in [None, Some("north"), Some("south")] {
                let hits = |it: &Library| it.search(tag, &Asked::text(question), 5).unwrap();
                let (hits, engine) = (hits(together), hits(&alone));
                assert_eq!(hits.len(), engine.len(), "{question} {tag:?}");
                for (hit, other) in hits.iter().zip(engine) {
                    assert_eq!((&hit.digest, &hit.matched), (&other.digest, &other.matched));
                    assert!((hit.score - other.score).abs() < 1e-4, "{hit:?} {other:?}");
                    assert!((hit.confidence - other.confidence).abs() < 1e-4, "{hit:?} {other:?}");
                }
            }
        }
    }
}

#[test]
fn confidence_is_absolute() {
    let library = library(&bakery(0, &ROWS));
    let best = |question: &str| library.search(None, &Asked::text(question), 1).unwrap().remove(0);
    let sure = best("доставка по городу");
    assert!(sure.confidence > 0.9, "{sure:?}");
    assert_eq!(sure.matched, ["доставка", "по", "городу"]);
    let unsure = best("доставка пианино на пятый этаж без лифта");
    assert!(unsure.confidence < CONFIDENT, "the best of bad ones is not good: {unsure:?}");
}

#[test]
fn what_people_ask_with_finds_a_passage_that_says_it_otherwise() {
    let mut told = bakery(0, &ROWS[..2]);
    told.passages[0].asked = vec!["где оставить машину".to_owned()];
    told.passages[0].digest = told.passages[0].own_digest();
    assert_eq!(found(&library(&told), &told, None, "машина"), [0]);
    let untold = bakery(0, &ROWS[..2]);
    assert!(found(&library(&untold), &untold, None, "машина").is_empty());
    assert_ne!(told.passages[0].digest, untold.passages[0].digest);
    assert_ne!(told.passages[0].text_digest(), untold.passages[0].text_digest());
}

#[test]
fn a_sync_writes_only_the_difference() {
    let index: Arc<dyn VectorIndex> = Arc::new(EdgeIndex::temporary(Layout::default()).unwrap());
    let all = bakery(0, &ROWS);
    let damaged =
        Vectors { lexical: [(all.passages[0].digest.clone(), vec![1, 9, 9])].into(), ..Vectors::default() };
    let sync = |rows: &[Row], vectors: &Vectors| {
        let release = bakery(0, rows);
        let catalogue = Catalogue::of(&release, vectors, &Layout::default());
        let synced = catalogue.sync(index.as_ref(), &release, vectors).unwrap();
        (synced, Library::new(Arc::clone(&index), Arc::new(catalogue)))
    };
    let (first, old) = sync(&ROWS, &damaged);
    assert_eq!(first, Synced { added: 5, removed: 0 });
    let mut ordinals = found(&old, &all, None, "доставка");
    ordinals.sort_unstable();
    assert_eq!(ordinals, [0, 4], "damaged bytes are encoded anew");
    let none = Vectors::default();
    assert_eq!(sync(&ROWS, &none).0, Synced::default());

    let (second, new) = sync(&ROWS[..2], &none);
    assert_eq!(second, Synced { added: 0, removed: 3 });
    assert_eq!(found(&new, &all, None, "доставка"), [0]);
    assert_eq!(sync(&ROWS[..3], &none).0, Synced { added: 1, removed: 0 });
    assert_eq!(sync(&[], &none).0, Synced { added: 0, removed: 3 });
    assert_eq!(index.foreign_hits(), 0);
}

#[test]
fn the_old_release_is_searched_until_it_is_swept() {
    let index: Arc<dyn VectorIndex> = Arc::new(EdgeIndex::temporary(Layout::default()).unwrap());
    let none = Vectors::default();
    let make = |first: u32| {
        let release = bakery(first, &[DELIVERY]);
        let catalogue = Catalogue::of(&release, &none, &Layout::default());
        catalogue.add_missing(index.as_ref(), &release, &none).unwrap();
        (Library::new(Arc::clone(&index), Arc::new(catalogue)), release)
    };
    let ((old, one), (new, other)) = (make(0), make(1));
    assert_eq!(found(&old, &one, None, "доставка"), [0]);
    assert_eq!(found(&new, &other, None, "доставка"), [1]);
    let both = [old.catalogue().clone(), new.catalogue().clone()];
    assert_eq!(Catalogue::sweep_all(index.as_ref(), &both).unwrap(), 0, "both are kept");
    assert_eq!(new.catalogue().sweep(index.as_ref()).unwrap(), 1);
    assert!(found(&old, &one, None, "доставка").is_empty());
    assert_eq!(found(&new, &other, None, "доставка"), [1]);
}

/// The rows with embeddings along these axes.
fn embedded(release: &Release, axes: &[Option<usize>]) -> Vectors {
    let axis = |at: usize| dense_to_bytes(&[0, 1, 2].map(|it| if it == at { 1.0 } else { 0.0 }));
    let rows = release.passages.iter().zip(axes);
    let dense = rows.filter_map(|(it, at)| Some((it.text_digest(), axis((*at)?)))).collect();
    Vectors { dense, ..Vectors::default() }
}

#[test]
fn an_embedding_finds_what_words_do_not() {
    let release = bakery(0, &ROWS[..4]);
    let layout = Layout::dense("three/numbers", 3);
    let vectors = embedded(&release, &[Some(0), Some(1), Some(2), None]);
    let library = Library::in_memory(&release, &vectors, &layout).unwrap();
    assert_eq!(library.catalogue().unembedded(), 1);
    let asked = Asked { text: "юла", dense: Some(&[0.1, 0.0, 0.9]) };
    let hit = library.search(Some("north"), &asked, 1).unwrap().remove(0);
    assert_eq!(hit.digest, release.passages[2].digest);
    assert!(hit.matched.is_empty() && hit.confidence > 0.5, "{hit:?}");

    let asked = Asked { text: "доставка", dense: Some(&[0.1, 0.9, 0.0]) };
    let why = library.catalogue().explain(library.index(), None, &asked, 5).unwrap();
    let places = |at: usize| {
        let it = &why[&release.passages[at].digest];
        (it.lexical_rank, it.dense_rank)
    };
    assert_eq!((places(0), places(1)), ((Some(1), Some(2)), (None, Some(1))));
    let [word] = &why[&release.passages[0].digest].words[..] else { panic!("one word was asked") };
    assert!(word.word == "доставка" && word.presence > 0.9 && word.share > 0.9, "{word:?}");

    let foreign = Asked { text: "доставка", dense: Some(&[1.0]) };
    let hits = library.search(None, &foreign, 1).unwrap();
    assert_eq!(hits[0].digest, release.passages[0].digest, "an embedding of another model is left out");
}

#[test]
fn a_point_that_gains_an_embedding_is_written() {
    let release = bakery(0, &ROWS[..2]);
    let layout = Layout::dense("three/numbers", 3);
    let index = EdgeIndex::temporary(layout.clone()).unwrap();
    let sync = |axes: &[Option<usize>]| {
        let vectors = embedded(&release, axes);
        Catalogue::of(&release, &vectors, &layout).sync(&index, &release, &vectors).unwrap()
    };
    assert_eq!(sync(&[None, None]), Synced { added: 2, removed: 0 });
    assert_eq!(sync(&[Some(0), None]), Synced { added: 1, removed: 1 });
    assert_eq!(sync(&[Some(0), Some(1)]), Synced { added: 1, removed: 1 });
    assert_eq!(sync(&[Some(0), Some(1)]), Synced::default());
}
