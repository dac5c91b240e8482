//! Retrieved chunks and the identity of their points.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Lang;

/// `knowledge_tag` of passages that belong to every branch.
pub const SHARED_TAG: &str = "shared";

/// Where a passage comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PassageKind {
    /// A chunk of a Markdown document.
    Document,
    /// A fact of the client pack, phrased as a passage.
    Fact,
    /// An approved answer of a person.
    Learned,
}

/// A chunk of knowledge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// blake3 (hex) over text, language, tag, document, section and ordinal.
    pub digest: String,
    /// The text.
    pub text: String,
    /// Its language.
    pub lang: Lang,
    /// Branch tag or [`SHARED_TAG`].
    pub tag: String,
    /// Document, relative to the bundle.
    pub doc: String,
    /// Heading path, ` > ` between levels.
    pub section: String,
    /// Position in the document, from 0.
    pub ordinal: u32,
    /// Where it comes from.
    pub kind: PassageKind,
    /// First line in the document, from 1.
    pub line: u32,
}

impl Passage {
    /// The digest of these contents: equal texts of two branches stay two passages.
    #[must_use]
    pub fn digest_of(text: &str, lang: Lang, tag: &str, doc: &str, section: &str, ordinal: u32) -> String {
        let mut hasher = blake3::Hasher::new();
        for part in [text, lang.code(), tag, doc, section] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.update(&ordinal.to_le_bytes());
        hasher.finalize().to_hex().to_string()
    }
}

/// The id of a passage's point in the index: UUIDv5 of tenant, passage and encoder.
#[must_use]
pub fn point_id(client_slug: &str, digest: &str, encoder: &str) -> Uuid {
    const NAMESPACE: Uuid = Uuid::from_u128(0x6f1c_2f2e_4d0b_4a57_9a39_7465_6e61_6e74);
    Uuid::new_v5(&NAMESPACE, format!("{client_slug}\u{0}{digest}\u{0}{encoder}").as_bytes())
}
