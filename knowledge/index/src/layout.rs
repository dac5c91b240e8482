//! What the points of an index hold.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use text::lexical::ENCODER_ID;

/// What the points of an index hold beside their lexical side. An index is made for one layout: a
/// new model is a new index, filled beside the old one, so a migration never mixes two of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Layout {
    /// The space of the embeddings, where an embedder is configured.
    pub dense: Option<Space>,
}

/// The space that a model's embeddings lie in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Space {
    /// The model, as its API calls it.
    pub model: String,
    /// Numbers in an embedding.
    pub size: usize,
}

impl Layout {
    /// Embeddings of this model and size beside the lexical side.
    #[must_use]
    pub fn dense(model: &str, size: usize) -> Self {
        Self { dense: Some(Space { model: model.to_owned(), size }) }
    }

    /// How many numbers an embedding has, 0 without embeddings.
    #[must_use]
    pub fn size(&self) -> usize {
        self.dense.as_ref().map_or(0, |it| it.size)
    }

    /// A name for files and collections: `lexical-2`, or `lexical-2-0a1b2c3d4e5f-1536`, where the
    /// middle stands for the model, whose own name may have any letters.
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = ENCODER_ID.to_owned();
        if let Some(Space { model, size }) = &self.dense {
            let digest = blake3::hash(model.as_bytes()).to_hex();
            write!(name, "-{}-{size}", &digest[..12]).expect("writing to a string does not fail");
        }
        name
    }

    /// The encoder of a point that has an embedding, or has none: part of the point's id, so a point
    /// that gains an embedding is another one and is written.
    pub(crate) fn encoder(&self, embedded: bool) -> String {
        if embedded { self.name() } else { ENCODER_ID.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::Layout;

    #[test]
    fn every_layout_has_a_name_of_its_own() {
        let layouts = [
            Layout::default(),
            Layout::dense("a/b", 3),
            Layout::dense("a/b", 4),
            Layout::dense("A/b", 3),
            Layout::dense("", 3),
        ];
        for (at, one) in layouts.iter().enumerate() {
            assert!(one.name().chars().all(|it| it.is_ascii_alphanumeric() || it == '-'), "{}", one.name());
            assert!(layouts[..at].iter().all(|it| it.name() != one.name()), "{}", one.name());
        }
    }
}
