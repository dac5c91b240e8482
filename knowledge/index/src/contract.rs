//! What every engine promises, run against the port. An engine is ready when [`holds`] passes on it.

use std::collections::{BTreeMap, BTreeSet};

use text::lexical::{Idf, SparseVector, encode_document, encode_query};
use uuid::Uuid;

use format::SHARED_TAG;

use crate::{IndexError, Layout, Metadata, Payload, Point, Query, TenantScope, VectorIndex};

/// Every promise, on an index without points; leaves none behind.
pub(crate) fn holds(index: &dyn VectorIndex) {
    writes_are_idempotent(index);
    stale_points_do_not_eat_the_limit(index);
    writes_stay_in_their_scope(index);
    odd_points_are_harmless(index);
    whole_scopes_are_cleared(index);
    nothing_leaks(index, OPERATIONS);
    assert_eq!(index.foreign_hits(), 0, "the engine filtered, nothing had to be dropped after it");
}

/// The layout that [`fuses`] wants.
pub(crate) fn embedded() -> Layout {
    Layout::dense("three/numbers", 3)
}

/// What holds of an index with room for embeddings, without points; leaves none behind.
pub(crate) fn fuses(index: &dyn VectorIndex) {
    let scope = TenantScope::whole("bakery");
    let texts = ["торт на заказ", "хлеб на закваске", "доставка хлеба"];
    let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let mut points: Vec<Point> = texts.iter().map(|it| point("bakery", SHARED_TAG, it)).collect();
    for (point, axis) in points.iter_mut().zip(axes) {
        point.dense = Some(axis.map(|it| it * 2.0).to_vec());
    }
    let unembedded = point("bakery", SHARED_TAG, "торт без вектора");
    index.upsert(&scope, [points.clone(), vec![unembedded.clone()]].concat()).unwrap();
    let wrong = Point { dense: Some(vec![1.0]), ..points[0].clone() };
    let refused = index.upsert(&scope, vec![wrong]);
    assert!(matches!(refused, Err(IndexError::Dimension { found: 1, expected: 3, .. })), "{refused:?}");

    let only = ids(&points).into_iter().chain([unembedded.id]).collect();
    let search = |text: &str, dense: Option<&[f32]>, limit| {
        let lexical = encode_query(text, &Idf::default()).vector;
        let hits = index
            .search(&scope, &Query { lexical: &lexical, terms: lexical.indices(), dense, limit, only: &only })
            .unwrap();
        for hit in &hits {
            let wanted =
                dense.and_then(|_| points.iter().find(|it| it.id == hit.id)).and_then(|it| it.dense.clone());
            let unit = wanted.map(|it| it.into_iter().map(|it| it / 2.0).collect::<Vec<_>>());
            assert_eq!(hit.dense, unit, "the embedding comes back, at length 1");
        }
        hits.into_iter().map(|it| it.id).collect::<Vec<_>>()
    };
    assert_eq!(search("", Some(&[0.9, 0.1, 0.0]), 1), [points[0].id], "by the embedding alone");
    assert_eq!(
        search("", Some(&[0.1, 0.2, 0.9]), 9).len(),
        3,
        "a point without an embedding has no rank there"
    );
    assert_eq!(search("доставка хлеба", None, 1), [points[2].id], "by the words alone");
    // Second by words and first by the embedding wins over first by words and third by the embedding.
    let fused = search("доставка хлеба", Some(&[0.5, 0.9, 0.1]), 3);
    assert_eq!(fused.len(), 3);
    assert_eq!(fused[0], points[1].id, "{fused:?}");
    assert!(
        search("торт", Some(&[0.0, 1.0, 0.0]), 9).contains(&unembedded.id),
        "and one without is found by words"
    );
    index.clear(&scope).unwrap();
    assert_eq!(index.count(&scope).unwrap(), 0);
}

/// A point of a tenant; its id is of tenant, tag and text.
pub(crate) fn point(slug: &str, tag: &str, text: &str) -> Point {
    Point {
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{slug}\0{tag}\0{text}").as_bytes()),
        lexical: encode_document(text),
        dense: None,
        payload: Payload {
            content: text.to_owned(),
            metadata: Metadata {
                client_slug: slug.to_owned(),
                knowledge_tag: tag.to_owned(),
                doc_name: "knowledge/a.md".to_owned(),
                section: "А".to_owned(),
                source: "document".to_owned(),
                chunk: 0,
                lang: "ru".to_owned(),
            },
        },
    }
}

/// Ids found, best first.
pub(crate) fn ask(
    index: &dyn VectorIndex,
    scope: &TenantScope,
    question: &str,
    only: &BTreeSet<Uuid>,
    limit: usize,
) -> Vec<Uuid> {
    let lexical = encode_query(question, &Idf::default()).vector;
    let hits = index
        .search(scope, &Query { lexical: &lexical, terms: lexical.indices(), dense: None, limit, only })
        .unwrap();
    assert!(hits.is_sorted_by(|a, b| a.score >= b.score), "best first");
    hits.into_iter().map(|it| it.id).collect()
}

fn ids(points: &[Point]) -> BTreeSet<Uuid> {
    points.iter().map(|it| it.id).collect()
}

fn writes_are_idempotent(index: &dyn VectorIndex) {
    let scope = TenantScope::whole("bakery");
    let points =
        vec![point("bakery", SHARED_TAG, "хлеб на закваске"), point("bakery", "north", "торт на заказ")];
    for _ in 0..3 {
        index.upsert(&scope, points.clone()).unwrap();
        assert_eq!(index.count(&scope).unwrap(), 2);
        assert_eq!(index.ids(&scope).unwrap(), ids(&points));
    }
    assert_eq!(ask(index, &scope, "хлеб", &ids(&points), 5), [points[0].id]);
    for _ in 0..2 {
        index.delete(&scope, &ids(&points)).unwrap();
        assert_eq!(index.count(&scope).unwrap(), 0);
    }
}

fn stale_points_do_not_eat_the_limit(index: &dyn VectorIndex) {
    let scope = TenantScope::whole("garage");
    let live = point("garage", SHARED_TAG, "замена масла стоит четыре тысячи, двадцать минут без записи");
    let stale: Vec<Point> =
        (0..50).map(|it| point("garage", SHARED_TAG, &format!("замена масла {it}"))).collect();
    index.upsert(&scope, [stale.clone(), vec![live.clone()]].concat()).unwrap();
    assert_eq!(ask(index, &scope, "замена масла", &BTreeSet::from([live.id]), 1), [live.id]);
    assert!(ask(index, &scope, "замена масла", &BTreeSet::new(), 1).is_empty());
    index.delete(&scope, &ids(&[stale, vec![live]].concat())).unwrap();
}

fn writes_stay_in_their_scope(index: &dyn VectorIndex) {
    let (ours, theirs) = (TenantScope::whole("school"), TenantScope::whole("school_2"));
    let (one, two) = (point("school", "a", "пробный урок"), point("school_2", "a", "пробный урок"));
    let mixed = index.upsert(&ours, vec![one.clone(), two.clone()]);
    assert!(matches!(mixed, Err(IndexError::OutOfScope { id }) if id == two.id), "{mixed:?}");
    assert_eq!(index.count(&ours).unwrap() + index.count(&theirs).unwrap(), 0, "all or nothing");

    index.upsert(&ours, vec![one.clone()]).unwrap();
    index.upsert(&theirs, vec![two.clone()]).unwrap();
    let stolen = Point { id: one.id, ..two.clone() };
    let refused = index.upsert(&theirs, vec![stolen]);
    assert!(matches!(refused, Err(IndexError::OutOfScope { id }) if id == one.id), "{refused:?}");
    let other_tag = index.upsert(&TenantScope::branch("school", Some("b")), vec![one.clone()]);
    assert!(matches!(other_tag, Err(IndexError::OutOfScope { .. })), "{other_tag:?}");

    index.delete(&theirs, &BTreeSet::from([one.id])).unwrap();
    index.delete(&TenantScope::branch("school", Some("b")), &BTreeSet::from([one.id])).unwrap();
    assert_eq!(index.ids(&ours).unwrap(), BTreeSet::from([one.id]), "others delete nothing of ours");
    let both = BTreeSet::from([one.id, two.id]);
    assert_eq!(ask(index, &ours, "пробный урок", &both, 5), [one.id]);
    assert!(ask(index, &TenantScope::branch("school", Some("b")), "пробный урок", &both, 5).is_empty());
    index.delete(&ours, &both).unwrap();
    index.delete(&theirs, &both).unwrap();
}

fn odd_points_are_harmless(index: &dyn VectorIndex) {
    let scope = TenantScope::whole("dental");
    let wordless = Point { lexical: SparseVector::default(), ..point("dental", SHARED_TAG, "…!") };
    let large = point("dental", SHARED_TAG, &"брекеты и пломбы ".repeat(2_000));
    let points = vec![wordless, large.clone()];
    index.upsert(&scope, points.clone()).unwrap();
    index.upsert(&scope, Vec::new()).unwrap();
    assert_eq!(index.count(&scope).unwrap(), 2);
    assert_eq!(ask(index, &scope, "брекеты", &ids(&points), 5), [large.id], "no word in common is no hit");
    assert!(ask(index, &scope, "…", &ids(&points), 5).is_empty());
    assert!(ask(index, &scope, "брекеты", &ids(&points), 0).is_empty());
    index.delete(&scope, &ids(&points)).unwrap();
}

fn whole_scopes_are_cleared(index: &dyn VectorIndex) {
    let points = ["a", "b", SHARED_TAG].map(|tag| point("gym", tag, "абонемент на месяц"));
    let other = point("gym_2", "a", "абонемент на месяц");
    index.upsert(&TenantScope::whole("gym"), points.to_vec()).unwrap();
    index.upsert(&TenantScope::whole("gym_2"), vec![other.clone()]).unwrap();
    index.clear(&TenantScope::branch("gym", Some("a"))).unwrap();
    assert_eq!(index.ids(&TenantScope::whole("gym")).unwrap(), BTreeSet::from([points[1].id]));
    index.clear(&TenantScope::whole("gym")).unwrap();
    assert_eq!(index.count(&TenantScope::whole("gym")).unwrap(), 0);
    assert_eq!(index.ids(&TenantScope::whole("gym_2")).unwrap(), BTreeSet::from([other.id]));
    index.clear(&TenantScope::whole("gym_2")).unwrap();
}

/// How many random operations look for a leak in every engine.
const OPERATIONS: usize = 1_000;

/// Fifty tenants: slugs that are prefixes, case or look-alike variants of each other, and plain ones.
const SLUGS: [&str; 50] = [
    "a",
    "ab",
    "abc",
    "abc_",
    "abc_1",
    "abc_11",
    "abc1",
    "Abc",
    "ABC",
    "аbc",
    "аbс",
    "abс",
    "a b",
    "a.b",
    "a/b",
    "ab ",
    " ab",
    "ab\u{0}",
    "a\"b",
    "*",
    "",
    "abc_2",
    "abc_21",
    "abc_12",
    "abc__1",
    "abc-1",
    "aBc",
    "abC",
    "äbc",
    "a\u{308}bc",
    "ａｂｃ",
    "abс_1",
    "ab\u{200b}c",
    "аб",
    "аб_1",
    "абв",
    "Абв",
    "null",
    "true",
    "0",
    "1",
    "01",
    "1.0",
    "shared",
    "north",
    "metadata",
    "client_slug",
    "a\\b",
    "a'b",
    "{}",
];
const TAGS: [&str; 3] = [SHARED_TAG, "north", "north_2"];
const TEXTS: [&str; 6] = [
    "стрижка стоит шесть тысяч",
    "стрижка детская стоит три тысячи",
    "маникюр қанша тұрады",
    "доставка по городу",
    "парковка во дворе",
    "запись по телефону",
];

/// Random writes, deletes and searches against a model: the same texts in all tenants, so a search
/// that misses one filter finds others' points at once.
pub(crate) fn nothing_leaks(index: &dyn VectorIndex, operations: usize) {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut model: BTreeMap<Uuid, Point> = BTreeMap::new();
    let every: BTreeSet<Uuid> = SLUGS
        .iter()
        .flat_map(|slug| {
            TAGS.iter().flat_map(move |tag| TEXTS.iter().map(move |text| point(slug, tag, text).id))
        })
        .collect();
    for _ in 0..operations {
        let slug = SLUGS[dice.below(SLUGS.len())];
        let tag = TAGS[dice.below(TAGS.len())];
        let scope =
            if dice.below(2) == 0 { TenantScope::whole(slug) } else { TenantScope::branch(slug, Some(tag)) };
        match dice.below(10) {
            0..4 => {
                let new = point(slug, tag, TEXTS[dice.below(TEXTS.len())]);
                index.upsert(&scope, vec![new.clone()]).unwrap();
                model.insert(new.id, new);
            }
            4 => {
                let aim: BTreeSet<Uuid> = every.iter().copied().filter(|_| dice.below(4) == 0).collect();
                index.delete(&scope, &aim).unwrap();
                model.retain(|id, it| !(aim.contains(id) && inside(&scope, it)));
            }
            5 => {
                let expected: BTreeSet<Uuid> = in_scope(&model, &scope).map(|it| it.id).collect();
                assert_eq!(index.count(&scope).unwrap(), expected.len());
                assert_eq!(index.ids(&scope).unwrap(), expected);
            }
            _ => {
                // Everybody's ids: only the filters of tenant and tag keep others out.
                let only: BTreeSet<Uuid> = every.iter().copied().filter(|_| dice.below(8) != 0).collect();
                check_search(index, &model, &scope, TEXTS[dice.below(TEXTS.len())], &only, 1 + dice.below(8));
            }
        }
    }
    for slug in SLUGS {
        index.delete(&TenantScope::whole(slug), &every).unwrap();
        assert_eq!(index.count(&TenantScope::whole(slug)).unwrap(), 0);
    }
}

fn check_search(
    index: &dyn VectorIndex,
    model: &BTreeMap<Uuid, Point>,
    scope: &TenantScope,
    question: &str,
    only: &BTreeSet<Uuid>,
    limit: usize,
) {
    let asked = encode_query(question, &Idf::default()).vector;
    // Of one term more than is ranked by the document side is told, too.
    let more = encode_query("сверх", &Idf::default()).vector;
    let terms: BTreeSet<u32> = asked.indices().iter().chain(more.indices()).copied().collect();
    let terms: Vec<u32> = terms.into_iter().collect();
    let query = Query { lexical: &asked, terms: &terms, dense: None, limit, only };
    let found = index.search(scope, &query).unwrap();
    let mut expected: Vec<f32> = in_scope(model, scope)
        .filter(|it| only.contains(&it.id))
        .map(|it| asked.dot(&it.lexical))
        .filter(|it| *it > 0.0)
        .collect();
    expected.sort_by(|a, b| b.total_cmp(a));
    expected.truncate(limit);
    let told: Vec<_> = found.iter().map(|it| (it.score, model.get(&it.id).map(|it| &it.payload))).collect();
    assert_eq!(found.len(), expected.len(), "{scope:?} «{question}»: all of it, nothing else: {told:?}");
    for (hit, score) in found.iter().zip(expected) {
        let stored = &model[&hit.id];
        assert!(inside(scope, stored) && only.contains(&hit.id), "a point of others: {hit:?}");
        let looked_at = |it: &SparseVector| {
            let pairs = it.indices().iter().zip(it.values()).map(|(term, weight)| (*term, *weight));
            pairs.filter(|(term, _)| terms.contains(term)).collect::<Vec<_>>()
        };
        assert_eq!(looked_at(&hit.lexical), looked_at(&stored.lexical), "as it was written");
        assert!((hit.score - score).abs() < 1e-3 * score.max(1.0), "{} instead of {score}", hit.score);
    }
}

fn in_scope<'a>(model: &'a BTreeMap<Uuid, Point>, scope: &'a TenantScope) -> impl Iterator<Item = &'a Point> {
    model.values().filter(|it| inside(scope, it))
}

/// The model's own idea of a scope, so that a mistake in [`TenantScope::admits`] shows too.
fn inside(scope: &TenantScope, point: &Point) -> bool {
    let Metadata { client_slug, knowledge_tag, .. } = &point.payload.metadata;
    let tagged = scope.tags().is_none_or(|tags| tags.iter().any(|it| it == knowledge_tag));
    scope.client_slug() == client_slug && tagged
}

/// Repeatable chance: xorshift; the seed is not 0.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}
