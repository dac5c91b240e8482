//! Sparse vectors and their stored bytes.

/// Weights by term id; ids ascend and are unique, weights are finite.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SparseVector {
    indices: Vec<u32>,
    values: Vec<f32>,
}

/// First byte of the stored form.
const CODEC: u8 = 1;

impl SparseVector {
    /// Sorts the pairs; weights of equal ids add up, weights that are not finite are dropped.
    #[must_use]
    pub fn from_pairs(mut pairs: Vec<(u32, f32)>) -> Self {
        pairs.retain(|(_, value)| value.is_finite());
        // The weight is part of the order so that equal sets of pairs add up in the same order.
        pairs.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut out =
            Self { indices: Vec::with_capacity(pairs.len()), values: Vec::with_capacity(pairs.len()) };
        for (index, value) in pairs {
            match (out.indices.last(), out.values.last_mut()) {
                (Some(last), Some(sum)) if *last == index => *sum = (*sum + value).clamp(f32::MIN, f32::MAX),
                _ => {
                    out.indices.push(index);
                    out.values.push(value);
                }
            }
        }
        out
    }

    /// From pairs with ascending ids and finite weights.
    pub(super) fn from_sorted(pairs: impl Iterator<Item = (u32, f32)>) -> Self {
        let (indices, values) = pairs.unzip();
        Self { indices, values }
    }

    /// Term ids, ascending and unique.
    #[must_use]
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    /// Weights, one for each term id.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// How many terms it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether it has no term: such a text finds nothing and is found by nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// Whether the term is in it.
    #[must_use]
    pub fn contains(&self, term: u32) -> bool {
        self.indices.binary_search(&term).is_ok()
    }

    /// The dot product.
    #[must_use]
    pub fn dot(&self, other: &Self) -> f32 {
        let (mut sum, mut at) = (0.0, 0);
        for (index, value) in self.indices.iter().zip(&self.values) {
            while other.indices.get(at).is_some_and(|it| it < index) {
                at += 1;
            }
            if other.indices.get(at) == Some(index) {
                sum += value * other.values[at];
            }
        }
        sum
    }

    /// The stored form: a version byte, the count, ids as LEB128 differences, weights as
    /// little-endian `f32`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(6 + self.len() * 8);
        out.push(CODEC);
        push_varint(&mut out, u32::try_from(self.len()).expect("there are fewer terms than term ids"));
        let mut last = 0;
        for index in &self.indices {
            push_varint(&mut out, index - last);
            last = *index;
        }
        for value in &self.values {
            out.extend_from_slice(&value.to_le_bytes());
        }
        out
    }

    /// Reads the stored form; `None` when these bytes are not one, so the caller encodes anew.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (version, mut rest) = bytes.split_first()?;
        if *version != CODEC {
            return None;
        }
        let count = usize::try_from(take_varint(&mut rest)?).ok()?;
        // A weight takes four bytes, so a longer count is a lie and must not allocate.
        if count > rest.len() / 4 {
            return None;
        }
        let mut out = Self { indices: Vec::with_capacity(count), values: Vec::with_capacity(count) };
        let mut last = 0_u32;
        for at in 0..count {
            let step = take_varint(&mut rest)?;
            if at > 0 && step == 0 {
                return None;
            }
            last = last.checked_add(step)?;
            out.indices.push(last);
        }
        if rest.len() != count * 4 {
            return None;
        }
        for chunk in rest.chunks_exact(4) {
            let value = f32::from_le_bytes(chunk.try_into().ok()?);
            if !value.is_finite() {
                return None;
            }
            out.values.push(value);
        }
        Some(out)
    }
}

fn push_varint(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(0x80 | (value & 0x7f) as u8);
        value >>= 7;
    }
    out.push(value as u8);
}

fn take_varint(rest: &mut &[u8]) -> Option<u32> {
    let mut value = 0_u64;
    for shift in (0..35).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return u32::try_from(value).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::SparseVector;

    #[test]
    fn pairs_are_sorted_and_summed() {
        let vector = SparseVector::from_pairs(vec![(7, 1.0), (3, 2.0), (7, 0.5), (9, f32::NAN)]);
        assert_eq!(vector.indices(), [3, 7]);
        assert_eq!(vector.values(), [2.0, 1.5]);
        assert_eq!(vector.dot(&SparseVector::from_pairs(vec![(7, 2.0), (8, 9.0)])), 3.0);
    }

    #[test]
    fn bytes_come_back_and_nonsense_is_refused() {
        let vector = SparseVector::from_pairs(vec![(0, 1.0), (130, -2.5), (u32::MAX, 3.25)]);
        let bytes = vector.to_bytes();
        assert_eq!(SparseVector::from_bytes(&bytes), Some(vector));
        assert_eq!(
            SparseVector::from_bytes(&SparseVector::default().to_bytes()),
            Some(SparseVector::default())
        );
        for end in 0..bytes.len() {
            assert_eq!(SparseVector::from_bytes(&bytes[..end]), None, "cut at {end}");
        }
        assert_eq!(SparseVector::from_bytes(&[1, 0xff, 0xff, 0xff, 0xff, 0x0f]), None);
        assert_eq!(SparseVector::from_bytes(&[2, 0]), None);
    }
}
