//! Retrieved chunks and the identity of their points.

use std::borrow::Cow;

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
    /// blake3 (hex) over text, language, tag, document, section and ordinal, and over how people ask
    /// for it where that is known.
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
    /// How people ask for it, where that is known: encoded with the text, never shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<String>,
}

impl Passage {
    /// What is encoded as its heading: the heading path and how people ask for it.
    #[must_use]
    pub fn heading(&self) -> Cow<'_, str> {
        match self.asked.is_empty() {
            true => Cow::Borrowed(&self.section),
            false => Cow::Owned(format!("{}\n{}", self.section, self.asked.join("\n"))),
        }
    }

    /// What an embedder reads of it.
    #[must_use]
    pub fn embedded_text(&self) -> String {
        format!("{}\n{}", self.heading(), self.text)
    }

    /// blake3 (hex) over [`Passage::embedded_text`]: embeddings are kept by it, so equal texts of two
    /// branches, documents or tenants are paid once.
    #[must_use]
    pub fn text_digest(&self) -> String {
        blake3::hash(self.embedded_text().as_bytes()).to_hex().to_string()
    }

    /// Its digest, from everything that it covers.
    #[must_use]
    pub fn own_digest(&self) -> String {
        let digest =
            Self::digest_of(&self.text, self.lang, &self.tag, &self.doc, &self.section, self.ordinal);
        if self.asked.is_empty() {
            return digest;
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(digest.as_bytes());
        for question in &self.asked {
            hasher.update(&(question.len() as u64).to_le_bytes());
            hasher.update(question.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

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
