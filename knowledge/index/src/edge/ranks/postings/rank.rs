//! The best points for a question.

use std::io;

use text::lexical::SparseVector;

use super::read::{Head, Source, posting_of, runs};
use super::{Admitted, bucket_of, damaged};
use crate::{Query, RawHit};

/// The best of the admitted points by the dot product, best first, equal ones by id; those without a
/// term of the question are left out. Their document sides hold the question's terms.
///
/// Terms add up in ascending order, as in [`SparseVector::dot`], so scores are the same to the bit.
pub(in crate::edge::ranks) fn rank(
    source: &impl Source,
    admitted: &Admitted<'_>,
    query: &Query<'_>,
) -> io::Result<Vec<RawHit>> {
    let head = Head::read(admitted.slug, source)?;
    let mut scores = vec![0.0_f32; head.points];
    // Every posting of the question's terms, for the hits: number of the point, term, weight.
    let mut met: Vec<(usize, u32, f32)> = Vec::new();
    let mut weights = query.lexical.indices().iter().zip(query.lexical.values()).peekable();
    let (mut bucket, mut read) = (Vec::new(), None);
    for term in query.terms {
        while weights.next_if(|(it, _)| *it < term).is_some() {}
        let asked = weights.next_if(|(it, _)| *it == term).map(|(_, weight)| *weight);
        let at = bucket_of(*term, head.bits);
        if read != Some(at) {
            head.bucket(source, at, &mut bucket)?;
            read = Some(at);
        }
        for run in runs(&bucket)? {
            let (found, run) = run?;
            if found < *term {
                continue;
            }
            for posting in run.iter().filter(|_| found == *term) {
                let (number, value) = posting_of(*posting);
                let score = scores.get_mut(number).ok_or_else(|| damaged("a point is missing"))?;
                if let Some(weight) = asked {
                    *score += weight * value;
                }
                met.push((number, *term, value));
            }
            break;
        }
    }
    let found = best(&head, admitted, &scores, query.limit)?;
    Ok(found.into_iter().map(|it| it.hit(&head, admitted, &met)).collect())
}

/// A point that is found.
struct Found {
    number: usize,
    id: uuid::Uuid,
    tag: usize,
    score: f32,
}

fn best(head: &Head, admitted: &Admitted<'_>, scores: &[f32], limit: usize) -> io::Result<Vec<Found>> {
    let tags: Vec<bool> =
        head.tags.iter().map(|it| admitted.tags.is_none_or(|tags| tags.contains(it))).collect();
    let mut found = Vec::new();
    for (number, score) in scores.iter().copied().enumerate().filter(|(_, score)| *score > 0.0) {
        let (id, tag) = head.point(number)?;
        if tags.get(tag) == Some(&true) && admitted.only.contains(&id) {
            found.push(Found { number, id, tag, score });
        }
    }
    found.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
    found.truncate(limit);
    Ok(found)
}

impl Found {
    fn hit(self, head: &Head, admitted: &Admitted<'_>, met: &[(usize, u32, f32)]) -> RawHit {
        let own = met.iter().filter(|(number, ..)| *number == self.number);
        RawHit {
            id: self.id,
            score: self.score,
            lexical: SparseVector::from_pairs(own.map(|(_, term, weight)| (*term, *weight)).collect()),
            dense: None,
            client_slug: admitted.slug.to_owned(),
            knowledge_tag: head.tags[self.tag].clone(),
        }
    }
}
