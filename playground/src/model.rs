//! A pretend model behind OpenAI's `POST /v1/chat/completions`.
//!
//! It works offline and is honest: it answers with the sentence of the prompt that shares most with
//! the question or says that it does not know, so what it says was given to it. Told to, it fails, hangs or lies.

mod extract;
mod wire;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use warp::filters::BoxedFilter;
use warp::reply::Response;

pub use extract::{UNKNOWN, best_sentence};
pub use wire::{Ask, Said};

use crate::loopback::Loopback;

/// How the model answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// With a sentence of the prompt.
    Honest,
    /// With these words, whatever was asked.
    Lie(String),
    /// With this HTTP status and OpenAI's error body.
    Error(u16),
    /// With a sentence of the prompt, after this time.
    Slow(Duration),
    /// Never.
    Hang,
}

/// The pretend model; clones share everything.
#[derive(Clone)]
pub struct Model {
    shared: Arc<Shared>,
}

struct Shared {
    /// The only key accepted; any where absent.
    key: Option<String>,
    book: Mutex<Book>,
}

struct Book {
    mode: Mode,
    asked: Vec<Ask>,
}

impl Default for Model {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Model {
    /// An honest model that accepts this key, or any.
    #[must_use]
    pub fn new(key: Option<String>) -> Self {
        let book = Book { mode: Mode::Honest, asked: Vec::new() };
        Self { shared: Arc::new(Shared { key, book: Mutex::new(book) }) }
    }

    /// `v1/chat/completions`; `OPENAI_BASE_URL` is the place it is mounted at plus `/v1`.
    #[must_use]
    pub fn routes(&self) -> BoxedFilter<(Response,)> {
        wire::routes(self.clone())
    }

    /// Serves it by itself; `OPENAI_BASE_URL` is the url plus `/v1`.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn serve(&self) -> std::io::Result<Loopback> {
        Loopback::serve(self.routes()).await
    }

    /// From now on it answers like this.
    pub fn set_mode(&self, mode: Mode) {
        self.book().mode = mode;
    }

    /// Everything it was asked, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<Ask> {
        self.book().asked.clone()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // A panic while holding it leaves plain lists behind, which are as good as before.
        self.shared.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
