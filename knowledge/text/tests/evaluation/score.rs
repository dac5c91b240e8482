//! What ranks of right passages say.

use std::fmt;

/// Quality over some questions with one right passage each.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Score {
    pub(crate) questions: usize,
    pub(crate) hit1: f32,
    pub(crate) hit5: f32,
    pub(crate) mrr: f32,
    pub(crate) ndcg: f32,
}

impl Score {
    /// From the ranks (from 1) of the right passages.
    pub(crate) fn of(ranks: &[usize]) -> Self {
        let mean = |part: &dyn Fn(f32) -> f32| {
            ranks.iter().map(|it| part(*it as f32)).sum::<f32>() / ranks.len().max(1) as f32
        };
        Self {
            questions: ranks.len(),
            hit1: mean(&|it| f32::from(it <= 1.0)),
            hit5: mean(&|it| f32::from(it <= 5.0)),
            mrr: mean(&|it| 1.0 / it),
            ndcg: mean(&|it| if it <= 10.0 { 1.0 / (it + 1.0).log2() } else { 0.0 }),
        }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { questions, hit1, hit5, mrr, ndcg } = self;
        write!(
            f,
            "{questions:4} questions  hit@1 {hit1:.3}  hit@5 {hit5:.3}  MRR {mrr:.3}  nDCG@10 {ndcg:.3}"
        )
    }
}
