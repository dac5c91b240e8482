//! Quality of retrieval on the development set must not fall.

mod evaluation;

use evaluation::Corpus;
use text::lexical::CONFIDENT;

#[test]
fn the_right_passage_comes_first() {
    let set = evaluation::load();
    let mut report = String::new();
    let mut failed = false;
    for (corpus, floors) in [
        (Corpus::Tenant, [("ru trades", 0.98), ("kk trades", 0.98), ("ru atlas", 1.0), ("kk atlas", 1.0)]),
        (Corpus::Pooled, [("ru trades", 0.93), ("kk trades", 0.95), ("ru atlas", 1.0), ("kk atlas", 1.0)]),
    ] {
        let (ours, bm25) = (set.ours(corpus), set.floor(corpus));
        for (group, floor) in floors {
            let (ours, bm25) = (ours[group], bm25[group]);
            failed |= ours.hit1 < floor || ours.ndcg < bm25.ndcg;
            report += &format!("{corpus:?} {group}: ours {ours}\n{corpus:?} {group}: bm25 {bm25}\n");
        }
    }
    assert!(!failed, "{report}");
}

#[test]
fn confidence_tells_strangers_apart() {
    let (home, strange) = evaluation::load().confidences();
    let above = home.iter().filter(|it| **it >= CONFIDENT).count() as f32 / home.len() as f32;
    let below = strange.iter().filter(|it| **it < CONFIDENT).count() as f32 / strange.len() as f32;
    assert!(above >= 0.95 && below >= 0.96, "home above {above}, strangers below {below}");
}
