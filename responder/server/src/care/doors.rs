//! Doors to the outside with care around them. A further door needs a [`Failing`] for its error and
//! a call through [`Care::call`].

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use index::{EmbedError, Embedded, Embedder, IndexError};

use super::{Care, Failing, Ill};
use crate::ports::{GenerateError, Generator, Prompted, Recording, TranscribeError, Transcriber};

/// A door whose calls are made with care.
pub(crate) struct Careful<D> {
    door: D,
    care: Arc<Care>,
}

impl<D> Careful<D> {
    /// Puts care around a door.
    pub(crate) fn new(door: D, care: &Arc<Care>) -> Arc<Self> {
        Arc::new(Self { door, care: Arc::clone(care) })
    }
}

#[async_trait]
impl<D: Generator> Generator for Careful<D> {
    async fn generate(&self, prompt: &Prompted, deadline: Duration) -> Result<String, GenerateError> {
        self.care.call(deadline, |left| self.door.generate(prompt, left)).await
    }
}

#[async_trait]
impl<D: Transcriber> Transcriber for Careful<D> {
    async fn transcribe(&self, recording: &Recording, deadline: Duration) -> Result<String, TranscribeError> {
        self.care.call(deadline, |left| self.door.transcribe(recording, left)).await
    }
}

#[async_trait]
impl<D: Embedder> Embedder for Careful<D> {
    fn model(&self) -> &str {
        self.door.model()
    }

    async fn embed(&self, texts: &[String], deadline: Duration) -> Result<Embedded, EmbedError> {
        self.care.call(deadline, |left| self.door.embed(texts, left)).await
    }
}

/// An error of a door of ours whose cases are those of [`Ill`], what a missing model is to it, and the case
/// of its own for that.
macro_rules! failing {
    ($error:ident, $unfit:ident $(, $own:ident)?) => {
        impl Failing for $error {
            fn ill(&self) -> Ill {
                match self {
                    Self::Timeout => Ill::Slow,
                    Self::Unavailable => Ill::Passes,
                    Self::Busy(after) => Ill::Later(*after),
                    Self::Refused => Ill::Refuses,
                    Self::Nonsense => Ill::Answered,
                    $(Self::$own => Ill::$own,)?
                }
            }

            fn slow() -> Self {
                Self::Timeout
            }

            fn not_asked() -> Self {
                Self::Unavailable
            }
        }

        impl From<Ill> for $error {
            fn from(ill: Ill) -> Self {
                match ill {
                    Ill::Slow => Self::Timeout,
                    Ill::Passes => Self::Unavailable,
                    Ill::Later(after) => Self::Busy(after),
                    Ill::Refuses => Self::Refused,
                    Ill::Unfit => Self::$unfit,
                    Ill::Answered => Self::Nonsense,
                }
            }
        }
    };
}

failing!(GenerateError, Unfit, Unfit);
// All voices name the same model: if it is not there, that is the house's mistake.
failing!(TranscribeError, Refused);

impl Failing for EmbedError {
    fn ill(&self) -> Ill {
        match self {
            Self::Timeout => Ill::Slow,
            Self::Unavailable(_) => Ill::Passes,
            Self::Busy { after, .. } => Ill::Later(*after),
            Self::Refused(_) => Ill::Refuses,
            Self::Nonsense(_) => Ill::Answered,
        }
    }

    fn slow() -> Self {
        Self::Timeout
    }

    fn not_asked() -> Self {
        Self::Unavailable("it is left alone".to_owned())
    }
}

/// How a search failed. The client of a Qdrant server asks again by itself.
pub(crate) fn ill(error: &IndexError) -> Ill {
    match error {
        IndexError::Deadline { .. } => Ill::Slow,
        IndexError::OutOfScope { .. } | IndexError::Dimension { .. } => Ill::Answered,
        _ => Ill::Refuses,
    }
}
