//! The points of one tenant by term: the bytes that a ranking is read from.
//!
//! All numbers are little-endian. After the header stand the slug, the tags, the points (id and number
//! of the tag, ascending by id), the terms, and where the postings of each begin; then the postings,
//! six bytes each: number of the point, weight. A search reads all but the postings, and of those
//! only its own terms'.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Seek, SeekFrom};

use text::lexical::SparseVector;
use uuid::Uuid;

use crate::{Query, TenantScope};

/// Begins every file; counts up with the form.
const MAGIC: u64 = u64::from_le_bytes(*b"tnranks1");
/// Magic, sum, then five counts: bytes of the slug, bytes of the tags, tags, points, terms.
const HEADER: usize = 8 + 8 + 5 * 4;
/// Bytes of a point: its id and the number of its tag.
const POINT: usize = 16 + 4;
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

/// The bytes of a tenant's points. There are at most [`super::MOST`].
pub(super) fn encode(slug: &str, points: &Points) -> Vec<u8> {
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

    let mut named = Vec::new();
    for tag in &tags {
        put(&mut named, tag.len());
        named.extend_from_slice(tag.as_bytes());
    }
    let mut out = MAGIC.to_le_bytes().to_vec();
    out.extend_from_slice(&[0; 8]);
    for count in [slug.len(), named.len(), tags.len(), points.len(), runs.len()] {
        put(&mut out, count);
    }
    out.extend_from_slice(slug.as_bytes());
    out.append(&mut named);
    for (id, point) in points {
        out.extend_from_slice(id.as_bytes());
        put(&mut out, tags.binary_search(&point.tag.as_str()).expect("the tags are those of the points"));
    }
    runs.iter().for_each(|it| out.extend_from_slice(&it[0].0.to_le_bytes()));
    let mut start = 0;
    for run in &runs {
        put(&mut out, start);
        start += run.len();
    }
    put(&mut out, start);
    for (_, number, weight) in &postings {
        out.extend_from_slice(&number.to_le_bytes());
        out.extend_from_slice(&weight.to_le_bytes());
    }
    let sum = sum(&out[HEADER..]);
    out[8..16].copy_from_slice(&sum.to_le_bytes());
    out
}

fn put(out: &mut Vec<u8>, count: usize) {
    let count = u32::try_from(count).expect("a tenant that is ranked has few points and short names");
    out.extend_from_slice(&count.to_le_bytes());
}

/// Whether these are the whole bytes of this tenant's points.
pub(super) fn check(slug: &str, bytes: &[u8]) -> io::Result<()> {
    whole(slug, bytes).map(drop)
}

fn whole(slug: &str, bytes: &[u8]) -> io::Result<Head> {
    let head = Head::read(slug, &mut io::Cursor::new(bytes))?;
    if sum(&bytes[HEADER..]).to_le_bytes() != bytes[8..16]
        || bytes.len() != head.postings_at(head.count()?)?
    {
        return Err(damaged("its sum is wrong"));
    }
    Ok(head)
}

/// Reads [`encode`] back, after [`check`].
pub(super) fn decode(slug: &str, bytes: &[u8]) -> io::Result<Points> {
    let head = whole(slug, bytes)?;
    let mut pairs: Vec<Vec<(u32, f32)>> = vec![Vec::new(); head.points];
    for at in 0..head.terms {
        let term = head.term(at)?;
        let (start, end) = (head.postings_at(head.start(at)?)?, head.postings_at(head.start(at + 1)?)?);
        let run = bytes.get(start..end).ok_or_else(|| damaged("its terms are out of order"))?;
        for posting in run.as_chunks::<POSTING>().0 {
            let (number, weight) = posting_of(*posting);
            pairs.get_mut(number).ok_or_else(|| damaged("a point is missing"))?.push((term, weight));
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

/// The best of the admitted points by the dot product, best first, equal ones by id; those without a
/// term of the question are left out.
///
/// Terms add up in ascending order, as in [`SparseVector::dot`], so scores are the same to the bit.
pub(super) fn rank(
    file: &mut (impl Read + Seek),
    admitted: &Admitted<'_>,
    question: &SparseVector,
    limit: usize,
) -> io::Result<Vec<(Uuid, f32)>> {
    let head = Head::read(admitted.slug, file)?;
    let mut scores = vec![0.0_f32; head.points];
    let mut run = Vec::new();
    for (term, weight) in question.indices().iter().zip(question.values()) {
        let Some(at) = head.find(*term)? else { continue };
        let (start, end) = (head.postings_at(head.start(at)?)?, head.postings_at(head.start(at + 1)?)?);
        file.seek(SeekFrom::Start(start as u64))?;
        run.clear();
        file.by_ref().take(end.saturating_sub(start) as u64).read_to_end(&mut run)?;
        for posting in run.as_chunks::<POSTING>().0 {
            let (number, value) = posting_of(*posting);
            *scores.get_mut(number).ok_or_else(|| damaged("a point is missing"))? += weight * value;
        }
    }
    let tags: Vec<bool> =
        head.tags.iter().map(|it| admitted.tags.is_none_or(|tags| tags.contains(it))).collect();
    let mut found = Vec::new();
    for (at, score) in scores.into_iter().enumerate().filter(|(_, score)| *score > 0.0) {
        let (id, tag) = head.point(at)?;
        if tags.get(tag) == Some(&true) && admitted.only.contains(&id) {
            found.push((id, score));
        }
    }
    found.sort_unstable_by(|(a, left), (b, right)| right.total_cmp(left).then_with(|| a.cmp(b)));
    found.truncate(limit);
    Ok(found)
}

/// Everything before the postings.
struct Head {
    tags: Vec<String>,
    points: usize,
    terms: usize,
    /// Points, terms, starts.
    tables: Vec<u8>,
    /// Bytes before the postings.
    length: usize,
}

impl Head {
    fn read(slug: &str, file: &mut (impl Read + Seek)) -> io::Result<Self> {
        let mut header = [0; HEADER];
        file.read_exact(&mut header)?;
        if header[..8] != MAGIC.to_le_bytes() {
            return Err(damaged("it is of another form"));
        }
        let counts: Vec<usize> = header[16..].as_chunks::<4>().0.iter().map(|it| number(*it)).collect();
        let [slug_bytes, tag_bytes, tags, points, terms] = counts[..] else {
            return Err(damaged("its header is short"));
        };
        let tables = points
            .checked_mul(POINT)
            .zip(terms.checked_mul(8))
            .and_then(|(points, terms)| points.checked_add(terms)?.checked_add(4))
            .ok_or_else(|| damaged("its counts are too high"))?;
        // A wrong count is met by the end of the file, before memory is taken for it.
        let mut names = Vec::new();
        file.by_ref().take((slug_bytes + tag_bytes) as u64).read_to_end(&mut names)?;
        let mut rest = Vec::new();
        file.by_ref().take(tables as u64).read_to_end(&mut rest)?;
        if rest.len() != tables {
            return Err(damaged("it is cut short"));
        }
        let (owner, mut named) = names.split_at(slug_bytes);
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
        Ok(Self { tags: out, points, terms, length: HEADER + names.len() + tables, tables: rest })
    }

    fn point(&self, at: usize) -> io::Result<(Uuid, usize)> {
        let bytes: &[u8; POINT] =
            take(&self.tables, at * POINT, POINT)?.try_into().map_err(|_| damaged("a point is cut short"))?;
        let (id, tag) = bytes.split_at(16);
        let tag = tag.first_chunk::<4>().ok_or_else(|| damaged("a point is cut short"))?;
        Ok((Uuid::from_slice(id).map_err(|_| damaged("an id is none"))?, number(*tag)))
    }

    fn term(&self, at: usize) -> io::Result<u32> {
        self.word(self.points * POINT + at * 4)
    }

    /// Which posting is the first of a term; of the one after the last, how many there are.
    fn start(&self, at: usize) -> io::Result<usize> {
        Ok(self.word(self.points * POINT + (self.terms + at) * 4)? as usize)
    }

    fn count(&self) -> io::Result<usize> {
        self.start(self.terms)
    }

    fn word(&self, at: usize) -> io::Result<u32> {
        let bytes = take(&self.tables, at, 4)?;
        Ok(u32::from_le_bytes(*bytes.first_chunk().ok_or_else(|| damaged("it is cut short"))?))
    }

    fn find(&self, term: u32) -> io::Result<Option<usize>> {
        let terms = take(&self.tables, self.points * POINT, self.terms * 4)?.as_chunks::<4>().0;
        Ok(terms.binary_search_by_key(&term, |it| u32::from_le_bytes(*it)).ok())
    }

    /// Where a posting stands in the file.
    fn postings_at(&self, at: usize) -> io::Result<usize> {
        let bytes = at.checked_mul(POSTING).and_then(|it| it.checked_add(self.length));
        bytes
            .filter(|_| self.word(self.tables.len() - 4).is_ok_and(|all| at <= all as usize))
            .ok_or_else(|| damaged("a term has postings beyond the end"))
    }
}

fn posting_of(bytes: [u8; POSTING]) -> (usize, f32) {
    let [a, b, weight @ ..] = bytes;
    (usize::from(u16::from_le_bytes([a, b])), f32::from_le_bytes(weight))
}

fn number(bytes: [u8; 4]) -> usize {
    u32::from_le_bytes(bytes) as usize
}

fn take(bytes: &[u8], at: usize, length: usize) -> io::Result<&[u8]> {
    bytes.get(at..at + length).ok_or_else(|| damaged("it is cut short"))
}

fn damaged(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
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
