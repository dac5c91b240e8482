//! Bytes → what stands in them. Nothing of them is believed.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use text::lexical::SparseVector;
use uuid::Uuid;

use super::{HEADER, MAGIC, POINT, POSTING, Points, TERM, Worded, damaged, sum};

/// How much is read at first: all that stands before the buckets, of a tenant with some hundred points.
const FIRST: usize = 16 * 1024;
/// No file of ours has more bits.
const MOST_BITS: usize = 24;

/// Bytes that are read where they are wanted.
pub(in crate::edge::ranks) trait Source {
    /// How many there are.
    fn length(&self) -> io::Result<u64>;
    /// Fills `into` from a place on.
    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<()>;
}

impl Source for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<()> {
        self.read_exact_at(into, at)
    }
}

impl Source for &[u8] {
    fn length(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<()> {
        let from = usize::try_from(at).ok().and_then(|at| self.get(at..)?.get(..into.len()));
        into.copy_from_slice(from.ok_or_else(|| damaged("it is cut short"))?);
        Ok(())
    }
}

/// Whether these are the whole bytes of this tenant's points.
pub(in crate::edge::ranks) fn check(slug: &str, bytes: &[u8]) -> io::Result<()> {
    whole(slug, bytes).map(drop)
}

fn whole(slug: &str, bytes: &[u8]) -> io::Result<Head> {
    let head = Head::read(slug, &bytes)?;
    if sum(&bytes[HEADER..]).to_le_bytes() != bytes[8..16] {
        return Err(damaged("its sum is wrong"));
    }
    Ok(head)
}

/// Reads [`super::encode`] back, after [`check`].
pub(in crate::edge::ranks) fn decode(slug: &str, bytes: &[u8]) -> io::Result<Points> {
    let head = whole(slug, bytes)?;
    let mut pairs: Vec<Vec<(u32, f32)>> = vec![Vec::new(); head.points];
    let mut bucket = Vec::new();
    for at in 0..1 << head.bits {
        head.bucket(&bytes, at, &mut bucket)?;
        for run in runs(&bucket)? {
            let (term, run) = run?;
            for posting in run {
                let (number, weight) = posting_of(*posting);
                pairs.get_mut(number).ok_or_else(|| damaged("a point is missing"))?.push((term, weight));
            }
        }
    }
    let mut points = Points::new();
    for (at, pairs) in pairs.into_iter().enumerate() {
        let (id, tag) = head.point(at)?;
        let tag = (*head.tags.get(tag).ok_or_else(|| damaged("a tag is missing"))?).clone();
        points.insert(id, Worded { tag, lexical: SparseVector::from_pairs(pairs) });
    }
    Ok(points)
}

/// Everything before the buckets.
pub(super) struct Head {
    pub(super) tags: Vec<String>,
    pub(super) points: usize,
    pub(super) bits: u32,
    /// Points, then the directory.
    tables: Vec<u8>,
    /// Bytes before the buckets.
    length: usize,
    /// Bytes of the buckets.
    buckets: usize,
}

impl Head {
    pub(super) fn read(slug: &str, source: &impl Source) -> io::Result<Self> {
        let all = usize::try_from(source.length()?).map_err(|_| damaged("it is too long"))?;
        let mut bytes = vec![0; all.min(FIRST)];
        source.read_at(&mut bytes, 0)?;
        let header = bytes.first_chunk::<HEADER>().ok_or_else(|| damaged("it is cut short"))?;
        if header[..8] != MAGIC.to_le_bytes() {
            return Err(damaged("it is of another form"));
        }
        let counts: Vec<usize> = header[16..].as_chunks::<4>().0.iter().map(|it| number(*it)).collect();
        let [slug_bytes, tag_bytes, tags, points, bits, buckets] = counts[..] else {
            return Err(damaged("its header is short"));
        };
        if bits > MOST_BITS {
            return Err(damaged("it has too many buckets"));
        }
        // Counts are of 32 bits and lengths of 64, so nothing overflows.
        let names = HEADER + slug_bytes + tag_bytes;
        let length = names + points * POINT + ((1 << bits) + 1) * 4;
        if length + buckets != all {
            return Err(damaged("it is of another length"));
        }
        let read = bytes.len();
        if length > read {
            bytes.resize(length, 0);
            source.read_at(&mut bytes[read..], read as u64)?;
        }
        let tables = bytes[names..length].to_vec();
        let (owner, mut named) = bytes[HEADER..names].split_at(slug_bytes);
        if owner != slug.as_bytes() {
            return Err(damaged("it is of another tenant"));
        }
        let mut out = Vec::new();
        for _ in 0..tags {
            let (length, rest) = named.split_first_chunk::<4>().ok_or_else(|| damaged("a tag is missing"))?;
            let (tag, rest) =
                rest.split_at_checked(number(*length)).ok_or_else(|| damaged("a tag is missing"))?;
            out.push(String::from_utf8(tag.to_vec()).map_err(|_| damaged("a tag is no text"))?);
            named = rest;
        }
        let bits = u32::try_from(bits).map_err(|_| damaged("it has too many buckets"))?;
        Ok(Self { tags: out, points, bits, tables, length, buckets })
    }

    /// Id and number of the tag.
    pub(super) fn point(&self, at: usize) -> io::Result<(Uuid, usize)> {
        let bytes = self.tables.get(at * POINT..).and_then(<[u8]>::first_chunk::<POINT>);
        let (id, tag) = bytes.ok_or_else(|| damaged("a point is missing"))?.split_at(16);
        let tag = tag.first_chunk::<4>().ok_or_else(|| damaged("a point is cut short"))?;
        Ok((Uuid::from_slice(id).map_err(|_| damaged("an id is none"))?, number(*tag)))
    }

    /// The bytes of a bucket.
    pub(super) fn bucket(&self, source: &impl Source, at: usize, into: &mut Vec<u8>) -> io::Result<()> {
        let (start, end) = (self.begins(at)?, self.begins(at + 1)?);
        if start > end || end > self.buckets {
            return Err(damaged("its buckets are out of order"));
        }
        into.clear();
        into.resize(end - start, 0);
        source.read_at(into, (self.length + start) as u64)
    }

    fn begins(&self, bucket: usize) -> io::Result<usize> {
        let bytes = self.tables.get(self.points * POINT + bucket * 4..).and_then(<[u8]>::first_chunk::<4>);
        Ok(number(*bytes.ok_or_else(|| damaged("a bucket is missing"))?))
    }
}

/// Terms of a bucket, ascending, with their postings.
type Run<'b> = (u32, &'b [[u8; POSTING]]);

/// What stands in a bucket.
pub(super) fn runs(bucket: &[u8]) -> io::Result<impl Iterator<Item = io::Result<Run<'_>>>> {
    let short = || damaged("a bucket is cut short");
    let (count, rest) = bucket.split_first_chunk::<4>().ok_or_else(short)?;
    let (terms, postings) = rest.split_at_checked(number(*count) * TERM).ok_or_else(short)?;
    let mut postings = postings.as_chunks::<POSTING>().0;
    Ok(terms.as_chunks::<TERM>().0.iter().map(move |it| {
        let [a, b, c, d, count @ ..] = *it;
        let (own, others) = postings.split_at_checked(number(count)).ok_or_else(short)?;
        postings = others;
        Ok((u32::from_le_bytes([a, b, c, d]), own))
    }))
}

/// Number of the point, weight.
pub(super) fn posting_of(bytes: [u8; POSTING]) -> (usize, f32) {
    let [a, b, weight @ ..] = bytes;
    (usize::from(u16::from_le_bytes([a, b])), f32::from_le_bytes(weight))
}

fn number(bytes: [u8; 4]) -> usize {
    u32::from_le_bytes(bytes) as usize
}
