//! An embedder for callers that block.

use std::sync::Arc;
use std::time::Duration;

use super::batch::BATCH;
use super::{EmbedError, Embedded, Embedder};
use crate::line::{Cut, Line};

/// How long one request may take with all that is tried again.
const DEADLINE: Duration = Duration::from_secs(60);

/// An embedder behind a thread of its own.
pub struct EmbedLine {
    line: Line,
    embedder: Arc<dyn Embedder>,
}

impl EmbedLine {
    /// Starts the thread.
    ///
    /// # Errors
    /// [`EmbedError::Unavailable`] when the system refuses a thread.
    pub fn open(embedder: Arc<dyn Embedder>) -> Result<Self, EmbedError> {
        let line = Line::open("embedder").map_err(|it| EmbedError::Unavailable(it.to_string()))?;
        Ok(Self { line, embedder })
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &str {
        self.embedder.model()
    }

    /// Embeds texts in batches; `each` gets every batch as it comes, with the place of its first text.
    ///
    /// # Errors
    /// [`EmbedError`], and whatever `each` says; what came before stays with `each`.
    pub fn embed<E: From<EmbedError>>(
        &self,
        texts: &[String],
        mut each: impl FnMut(usize, Embedded) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut size = None;
        for (number, batch) in texts.chunks(BATCH).enumerate() {
            let embedded = self.one(batch.to_vec())?;
            let found = embedded.vectors.first().map(Vec::len);
            if size.is_some() && found != size {
                return Err(EmbedError::Nonsense("embeddings of different sizes".to_owned()).into());
            }
            size = found;
            each(number * BATCH, embedded)?;
        }
        Ok(())
    }

    /// Embeds one text.
    ///
    /// # Errors
    /// [`EmbedError`].
    pub fn embed_one(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        let mut embedded = self.one(vec![text.to_owned()])?;
        Ok(embedded.vectors.remove(0))
    }

    fn one(&self, texts: Vec<String>) -> Result<Embedded, EmbedError> {
        let embedder = Arc::clone(&self.embedder);
        let outcome = self.line.run(DEADLINE, async move || embedder.embed(&texts, DEADLINE).await);
        outcome.unwrap_or_else(|it| match it {
            Cut::Late => Err(EmbedError::Timeout),
            Cut::Broken => Err(EmbedError::Unavailable("the client panicked".to_owned())),
        })
    }
}

impl std::fmt::Debug for EmbedLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EmbedLine({})", self.model())
    }
}
