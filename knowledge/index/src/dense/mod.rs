//! Embeddings from any OpenAI-compatible endpoint: OpenAI's own, or a model of one's own behind TEI,
//! Ollama or vLLM.

mod batch;
mod estimate;
mod line;
mod openai;
mod single;
#[cfg(test)]
mod tests;

use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;

pub use estimate::{Estimate, estimate};
pub use line::EmbedLine;
pub use openai::{OpenAiEmbedder, OpenAiSettings};
pub use single::{Noted, noting, single_calls};

/// Embeddings of some texts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Embedded {
    /// One for each text, in their order, all of one length.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens that the endpoint counted; 0 where it does not say.
    pub tokens: u64,
}

/// Why there are no embeddings. Never holds a text, a key or an address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EmbedError {
    /// It did not finish in time.
    #[error("the embedder did not answer in time")]
    Timeout,
    /// It cannot be reached, or failed, however often it was asked.
    #[error("the embedder is not available: {0}")]
    Unavailable(String),
    /// It has too much to do and says when to come back.
    #[error("the embedder is busy: {told}")]
    Busy {
        /// What it said.
        told: String,
        /// How long it wants to be left alone.
        after: Duration,
    },
    /// It will not do it: a wrong key, an unknown model, no money left.
    #[error("the embedder refuses: {0}")]
    Refused(String),
    /// It answered something that is no embedding of what was asked.
    #[error("the embedder answered nonsense: {0}")]
    Nonsense(String),
}

/// A model that turns texts into numbers.
#[async_trait]
pub trait Embedder: Send + Sync + 'static {
    /// The model, as its endpoint calls it.
    fn model(&self) -> &str;

    /// Embeds some texts, at most [`OpenAiEmbedder::BATCH`] of them. Asks again what passes by itself
    /// until `deadline` is over.
    ///
    /// # Errors
    /// [`EmbedError`].
    async fn embed(&self, texts: &[String], deadline: Duration) -> Result<Embedded, EmbedError>;
}

/// The encoder under which embeddings of a model are kept in the runtime store.
#[must_use]
pub fn dense_encoder(model: &str) -> String {
    format!("dense-1 {model}")
}
