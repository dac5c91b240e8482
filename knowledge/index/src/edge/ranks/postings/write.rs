//! Points → bytes.

use super::{HEADER, MAGIC, Points, bucket_of, sum};

/// About so many terms share a bucket: what a search reads for a term is then some kilobyte.
const TERMS_A_BUCKET: usize = 16;
/// No more buckets than 2 to this.
const MOST_BITS: u32 = 16;

/// The bytes of a tenant's points. There are at most [`super::super::MOST`].
pub(in crate::edge::ranks) fn encode(slug: &str, points: &Points) -> Vec<u8> {
    let mut tags: Vec<&str> = points.values().map(|it| it.tag.as_str()).collect();
    tags.sort_unstable();
    tags.dedup();
    let mut postings: Vec<(u32, u16, f32)> = Vec::new();
    for (number, point) in (0_u16..).zip(points.values()) {
        let pairs = point.lexical.indices().iter().zip(point.lexical.values());
        postings.extend(pairs.map(|(term, weight)| (*term, number, *weight)));
    }
    postings.sort_unstable_by_key(|(term, number, _)| (*term, *number));
    let runs: Vec<&[(u32, u16, f32)]> = postings.chunk_by(|a, b| a.0 == b.0).collect();
    let bits = (runs.len() / TERMS_A_BUCKET).max(1).ilog2().min(MOST_BITS);
    let (directory, buckets) = buckets(&runs, bits);

    let mut named = Vec::new();
    for tag in &tags {
        put(&mut named, tag.len());
        named.extend_from_slice(tag.as_bytes());
    }
    let mut out = MAGIC.to_le_bytes().to_vec();
    out.extend_from_slice(&[0; 8]);
    for count in [slug.len(), named.len(), tags.len(), points.len(), bits as usize, buckets.len()] {
        put(&mut out, count);
    }
    out.extend_from_slice(slug.as_bytes());
    out.append(&mut named);
    for (id, point) in points {
        out.extend_from_slice(id.as_bytes());
        put(&mut out, tags.binary_search(&point.tag.as_str()).expect("the tags are those of the points"));
    }
    directory.into_iter().for_each(|it| put(&mut out, it));
    out.extend_from_slice(&buckets);
    let sum = sum(&out[HEADER..]);
    out[8..16].copy_from_slice(&sum.to_le_bytes());
    out
}

/// Where the buckets begin, with the end of the last, and their bytes; of runs in the order of terms.
fn buckets(runs: &[&[(u32, u16, f32)]], bits: u32) -> (Vec<usize>, Vec<u8>) {
    let (mut directory, mut out, mut rest) = (vec![0], Vec::new(), runs);
    for bucket in 0..1_usize << bits {
        let count = rest.partition_point(|it| bucket_of(it[0].0, bits) == bucket);
        let (own, others) = rest.split_at(count);
        put(&mut out, own.len());
        for run in own {
            out.extend_from_slice(&run[0].0.to_le_bytes());
            put(&mut out, run.len());
        }
        for (_, number, weight) in own.iter().copied().flatten() {
            out.extend_from_slice(&number.to_le_bytes());
            out.extend_from_slice(&weight.to_le_bytes());
        }
        directory.push(out.len());
        rest = others;
    }
    (directory, out)
}

fn put(out: &mut Vec<u8>, count: usize) {
    let count = u32::try_from(count).expect("a tenant that is ranked has few points and short names");
    out.extend_from_slice(&count.to_le_bytes());
}
