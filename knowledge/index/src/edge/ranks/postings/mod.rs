//! The points of one tenant by term: the bytes that a ranking is read from.
//!
//! All numbers are little-endian. After the header stand the slug, the tags, the points (id and number
//! of the tag, ascending by id) and the directory: where each bucket begins, and where the last one
//! ends. A bucket holds the terms that share their highest bits: how many, each with the number of its
//! postings, then the postings, six bytes each: number of the point, weight. A search reads what stands
//! before the buckets, and of those only its own terms'.

mod rank;
mod read;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use text::lexical::SparseVector;
use uuid::Uuid;

use crate::{Query, TenantScope};
pub(super) use rank::rank;
pub(super) use read::{check, decode};
pub(super) use write::encode;

/// Begins every file; counts up with the form.
const MAGIC: u64 = u64::from_le_bytes(*b"tnranks2");
/// Magic, sum, then six counts: bytes of the slug, bytes of the tags, tags, points, bits that tell the
/// bucket, bytes of all buckets.
const HEADER: usize = 8 + 8 + 6 * 4;
/// Bytes of a point: its id and the number of its tag.
const POINT: usize = 16 + 4;
/// Bytes of a term in its bucket: itself and the number of its postings.
const TERM: usize = 4 + 4;
/// Bytes of a posting.
const POSTING: usize = 2 + 4;

/// A point as far as words go.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::edge) struct Worded {
    /// Its tag.
    pub(in crate::edge) tag: String,
    /// Its document side.
    pub(in crate::edge) lexical: SparseVector,
}

/// The points of a tenant, by id.
pub(in crate::edge) type Points = BTreeMap<Uuid, Worded>;

/// What a ranking may hold.
#[derive(Debug, Clone, Copy)]
pub(in crate::edge) struct Admitted<'a> {
    /// The tenant.
    pub(in crate::edge) slug: &'a str,
    /// These tags, or all of them.
    pub(in crate::edge) tags: Option<&'a BTreeSet<String>>,
    /// These points.
    pub(in crate::edge) only: &'a BTreeSet<Uuid>,
}

impl<'a> Admitted<'a> {
    /// What a search may find.
    pub(in crate::edge) fn of(scope: &'a TenantScope, query: &Query<'a>) -> Self {
        Self { slug: scope.client_slug(), tags: scope.tags(), only: query.only }
    }
}

/// Which bucket a term stands in. Terms are hashes, so buckets are of like size.
fn bucket_of(term: u32, bits: u32) -> usize {
    (u64::from(term) >> (32 - bits)) as usize
}

/// Tells torn and spoilt files; four bytes a nanosecond.
fn sum(bytes: &[u8]) -> u64 {
    let mix = |sum: u64, word: [u8; 8]| {
        (sum.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    mix(words.iter().fold(bytes.len() as u64, |sum, it| mix(sum, *it)), last)
}

fn damaged(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
