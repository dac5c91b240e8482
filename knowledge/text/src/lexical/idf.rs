//! How telling a term is among the passages of one release.

use super::SparseVector;

/// Document frequencies of one tenant's release.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Idf {
    documents: u32,
    /// Terms, ascending.
    terms: Vec<u32>,
    /// How many documents have each, up to [`u16::MAX`]: a house keeps many of these in memory.
    frequencies: Vec<u16>,
}

impl Idf {
    /// Counts the terms of the encoded documents.
    #[must_use]
    pub fn from_documents<'a>(documents: impl IntoIterator<Item = &'a SparseVector>) -> Self {
        let mut terms = Vec::new();
        let mut count = 0;
        for document in documents {
            terms.extend_from_slice(document.indices());
            count += 1;
        }
        // A closure of our own, or the sort of a dependency that is not optimised would be shared.
        terms.sort_unstable_by_key(|it| *it);
        let runs = terms.chunk_by(|a, b| a == b);
        let frequencies = runs.map(|run| u16::try_from(run.len()).unwrap_or(u16::MAX)).collect();
        terms.dedup();
        terms.shrink_to_fit();
        Self { documents: count, terms, frequencies }
    }

    /// How many documents were counted.
    #[must_use]
    pub fn documents(&self) -> u32 {
        self.documents
    }

    /// How many documents have the term.
    #[must_use]
    pub fn frequency(&self, term: u32) -> u32 {
        self.terms.binary_search(&term).map_or(0, |at| u32::from(self.frequencies[at]))
    }

    /// The weight of the term: above 0, highest for terms no document has.
    #[must_use]
    pub fn weight(&self, term: u32) -> f32 {
        self.weight_of(self.frequency(term))
    }

    /// The weight of a term that this many documents have.
    #[must_use]
    pub fn weight_of(&self, frequency: u32) -> f32 {
        let documents = self.documents as f32;
        let frequency = (frequency as f32).min(documents);
        (1.0 + (documents - frequency + 0.5) / (frequency + 0.5)).ln()
    }
}
