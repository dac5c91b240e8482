//! Tests of the files alone.

use std::collections::BTreeSet;
use std::fs;

use text::lexical::SparseVector;
use uuid::Uuid;

use super::{Admitted, Known, Points, Ranks, Worded, postings};
use crate::{Query, contract::Dice};

/// Term ids lie so far apart; points have even ones, questions all.
const SPREAD: u32 = 35_791_394;

/// Points of three tags with terms that many of them share.
fn points(dice: &mut Dice, count: usize) -> Points {
    let point = |dice: &mut Dice| {
        let terms = dice.below(40);
        let pairs = (0..terms).map(|_| (2 * dice.below(60) as u32 * SPREAD, weight(dice))).collect();
        let tag = ["", "shared", "север"][dice.below(3)].to_owned();
        Worded { tag, lexical: SparseVector::from_pairs(pairs) }
    };
    (0..count).map(|it| (Uuid::from_u128(it as u128 * 7_919), point(dice))).collect()
}

fn weight(dice: &mut Dice) -> f32 {
    (1 + dice.below(1_000)) as f32 / 331.0
}

#[test]
fn ranks_are_those_of_the_dot_product_to_the_bit() {
    let mut dice = Dice(7);
    for round in 0..300 {
        let points = points(&mut dice, round % 50);
        let bytes = postings::encode("bakery", &points);
        assert_eq!(postings::decode("bakery", &bytes).unwrap(), points);
        let asked = (0..dice.below(20)).map(|_| (dice.below(119) as u32 * SPREAD, weight(&mut dice)));
        let question = SparseVector::from_pairs(asked.collect());
        let only: BTreeSet<Uuid> = points.keys().copied().filter(|_| dice.below(5) != 0).collect();
        let some = BTreeSet::from(["shared".to_owned(), "north".to_owned()]);
        let tags = (dice.below(2) == 0).then_some(&some);
        let limit = 1 + dice.below(9);

        let admitted = points
            .iter()
            .filter(|(id, it)| only.contains(id) && tags.is_none_or(|tags| tags.contains(&it.tag)));
        let mut expected: Vec<(Uuid, f32)> =
            admitted.map(|(id, it)| (*id, question.dot(&it.lexical))).filter(|(_, it)| *it > 0.0).collect();
        expected.sort_by(|(a, left), (b, right)| right.total_cmp(left).then(a.cmp(b)));
        expected.truncate(limit);
        let admitted = Admitted { slug: "bakery", tags, only: &only };
        // Every term that a point may have.
        let terms: Vec<u32> = (0..60).map(|it| 2 * it * SPREAD).collect();
        let terms: BTreeSet<u32> = terms.into_iter().chain(question.indices().iter().copied()).collect();
        let terms: Vec<u32> = terms.into_iter().collect();
        let query = Query { lexical: &question, terms: &terms, dense: None, limit, only: &only };
        let found = postings::rank(&bytes.as_slice(), &admitted, &query).unwrap();
        assert_eq!(found.iter().map(|it| (it.id, it.score)).collect::<Vec<_>>(), expected);
        for hit in &found {
            assert_eq!((&hit.lexical, &hit.knowledge_tag), (&points[&hit.id].lexical, &points[&hit.id].tag));
            assert_eq!(hit.client_slug, "bakery");
        }
        let query = Query { terms: question.indices(), ..query };
        let less = postings::rank(&bytes.as_slice(), &admitted, &query).unwrap();
        assert!(less.iter().zip(&found).all(|(less, all)| less.score.to_bits() == all.score.to_bits()));
        assert!(less.iter().all(|it| it.lexical.indices().iter().all(|it| question.contains(*it))));
    }
}

#[test]
fn damage_is_told_and_never_panics() {
    let points = points(&mut Dice(9), 6);
    let bytes = postings::encode("bakery", &points);
    let only = points.keys().copied().collect();
    let admitted = Admitted { slug: "bakery", tags: None, only: &only };
    let question = points.values().fold(Vec::new(), |mut all, it| {
        all.extend(it.lexical.indices().iter().map(|term| (*term, 1.0)));
        all
    });
    let question = SparseVector::from_pairs(question);
    let query = Query { lexical: &question, terms: question.indices(), dense: None, limit: 5, only: &only };
    let look = |bytes: &[u8]| {
        // Only whole files are ranked from; what a disk does to one later must not end a search.
        drop(postings::rank(&bytes, &admitted, &query));
        postings::decode("bakery", bytes).is_err() && postings::check("bakery", bytes).is_err()
    };
    for at in 0..bytes.len() {
        assert!(look(&bytes[..at]), "cut at {at}");
        let mut bent = bytes.clone();
        bent[at] ^= 0x90;
        assert!(look(&bent), "bent at {at}");
    }
    assert!(look(&[&bytes[..], b"more"].concat()));
    for other in ["bakery_2", "baker", "Bakery", ""] {
        assert!(postings::decode(other, &bytes).is_err(), "{other}");
    }
}

#[test]
fn files_last_from_a_proper_end_to_the_next_start_alone() {
    let shard = tempfile::tempdir().unwrap();
    let points = points(&mut Dice(3), 9);
    let ranks = Ranks::open(shard.path()).unwrap();
    ranks.store("bakery", &points);
    ranks.close();
    let ranks = Ranks::open(shard.path()).unwrap();
    assert_eq!(ranks.known("bakery"), Known::Whole);
    assert_eq!(ranks.known("bakery_2"), Known::Nothing);
    assert_eq!(ranks.load("bakery"), Some(points.clone()));
    // Not closed.
    let ranks = Ranks::open(shard.path()).unwrap();
    assert_eq!(ranks.known("bakery"), Known::Nothing);
    assert!(ranks.ask_for("bakery") && !ranks.ask_for("bakery"), "the first alone tells the owner");
    ranks.store("bakery", &points);
    let theirs = fs::read(ranks.path("bakery")).unwrap();
    fs::write(ranks.path("bakery_2"), theirs).unwrap();
    assert_eq!(ranks.known("bakery_2"), Known::Nothing, "a file of another tenant is none");
}

#[test]
fn a_file_that_is_lost_or_swapped_leaves_the_engine_to_rank() {
    let shard = tempfile::tempdir().unwrap();
    let ranks = Ranks::open(shard.path()).unwrap();
    let points = points(&mut Dice(5), 9);
    let only: BTreeSet<Uuid> = points.keys().copied().collect();
    let lexical = points.values().find(|it| !it.lexical.is_empty()).unwrap().lexical.clone();
    let query = Query { lexical: &lexical, terms: lexical.indices(), dense: None, limit: 3, only: &only };
    let search = |slug| ranks.search(&Admitted { slug, tags: None, only: &only }, &query);
    for slug in ["bakery", "garage"] {
        ranks.store(slug, &points);
        assert!(search(slug).is_some_and(|it| !it.is_empty()));
    }
    fs::copy(ranks.path("garage"), ranks.path("bakery")).unwrap();
    assert_eq!(search("bakery"), None);
    assert_eq!(ranks.known("bakery"), Known::Nothing);
    fs::remove_file(ranks.path("garage")).unwrap();
    assert_eq!(search("garage"), None);
    assert!(ranks.ask_for("garage"));
}
