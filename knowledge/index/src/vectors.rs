//! What is kept of a release's passages so that nothing is encoded twice.

use std::collections::BTreeMap;

use format::Passage;
use text::lexical::{SparseVector, encode_passage};

use crate::Layout;

/// Stored vectors of a release. What is missing or damaged on the lexical side is encoded anew, so
/// an empty one is always right; a passage without an embedding is found by its words alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vectors {
    /// Lexical sides by [`Passage::digest`], in the form of [`SparseVector::to_bytes`].
    pub lexical: BTreeMap<String, Vec<u8>>,
    /// Embeddings by [`Passage::text_digest`], in the form of [`dense_to_bytes`].
    pub dense: BTreeMap<String, Vec<u8>>,
}

impl Vectors {
    /// The lexical side of a passage.
    pub(crate) fn lexical(&self, passage: &Passage) -> SparseVector {
        let stored = self.lexical.get(&passage.digest).and_then(|it| SparseVector::from_bytes(it));
        stored.unwrap_or_else(|| encode_passage(&passage.heading(), &passage.text))
    }

    /// The embedding of a passage, if one of this layout is kept.
    pub(crate) fn dense(&self, passage: &Passage, layout: &Layout) -> Option<Vec<f32>> {
        let size = layout.dense.as_ref()?.size;
        if self.dense.is_empty() {
            return None;
        }
        let vector = dense_from_bytes(self.dense.get(&passage.text_digest())?)?;
        (vector.len() == size).then_some(vector)
    }
}

/// An embedding as it is stored: little-endian `f32`.
#[must_use]
pub fn dense_to_bytes(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|it| it.to_le_bytes()).collect()
}

/// Reads [`dense_to_bytes`]; `None` when these bytes are no embedding, or one without a direction.
#[must_use]
pub fn dense_from_bytes(bytes: &[u8]) -> Option<Vec<f32>> {
    let (numbers, rest) = bytes.as_chunks::<4>();
    let vector: Vec<f32> = numbers.iter().map(|it| f32::from_le_bytes(*it)).collect();
    let sound =
        rest.is_empty() && vector.iter().all(|it| it.is_finite()) && vector.iter().any(|it| *it != 0.0);
    sound.then_some(vector)
}

#[cfg(test)]
mod tests {
    use super::{dense_from_bytes, dense_to_bytes};

    #[test]
    fn embeddings_come_back_and_nonsense_is_refused() {
        let vector = [0.5, -1.0, 3.25];
        assert_eq!(dense_from_bytes(&dense_to_bytes(&vector)).as_deref(), Some(&vector[..]));
        for bad in [&[][..], &[0; 8], &[1, 2, 3], &f32::NAN.to_le_bytes()] {
            assert_eq!(dense_from_bytes(bad), None, "{bad:?}");
        }
    }
}
