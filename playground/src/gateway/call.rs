//! A call to the gateway and what came of it.

use bytes::Bytes;
use serde::Serialize;

/// What was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `send-text`.
    Text,
    /// `send-image`.
    Image,
    /// `send-audio`.
    Audio,
    /// `send-doc`.
    Doc,
    /// `send-video`.
    Video,
}

/// How the gateway treats calls that are well formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Delivers.
    Ok,
    /// Delivers nothing and answers with this HTTP status.
    Fail {
        /// 400–599.
        status: u16,
    },
    /// Delivers nothing and answers 200 with `success: false`.
    Refuse,
    /// Delivers and breaks the connection instead of answering.
    AcceptThenDrop,
    /// Delivers nothing and never answers.
    Hang,
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It reached the phone and the caller was told.
    Delivered,
    /// Its `msg_id` was delivered before: the caller was told success, the phone saw nothing.
    Repeated,
    /// It reached the phone and the caller was not told.
    Dropped,
    /// The caller got this HTTP status.
    Failed {
        /// The status.
        status: u16,
    },
    /// The caller got `success: false`.
    Refused,
    /// The caller was left waiting.
    Hung,
}

/// A file that the gateway fetched to pass it on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fetched {
    /// HTTP status; 0 where there was no whole answer.
    pub status: u16,
    /// Its media type, as the server says.
    pub mime: String,
    /// `Content-Disposition`, as the server says.
    pub disposition: String,
    /// The file.
    #[serde(skip)]
    pub bytes: Bytes,
}

impl Fetched {
    /// Nothing came, or not all of it.
    pub(super) fn nothing() -> Self {
        Self { status: 0, mime: String::new(), disposition: String::new(), bytes: Bytes::new() }
    }

    /// There is something to pass on.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.status == 200 && !self.bytes.is_empty()
    }
}

/// A call, in the words of ChatFlow. The token is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// 1 for the first call of all.
    pub seq: u64,
    /// What was sent.
    pub kind: Kind,
    /// The WhatsApp number it leaves from.
    pub instance_id: String,
    /// The customer.
    pub jid: String,
    /// Text or caption.
    pub text: String,
    /// Where the file lies, for media.
    pub url: Option<String>,
    /// The file, as it was fetched from there.
    pub file: Option<Fetched>,
    /// The sender's idempotency key.
    pub msg_id: Option<String>,
    /// When it came, Unix milliseconds.
    pub at_ms: u64,
    /// What came of it.
    pub outcome: Outcome,
}

impl Call {
    /// The customer's phone has shown it because of this call.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        matches!(self.outcome, Outcome::Delivered | Outcome::Dropped)
    }

    /// The file it is about could not be fetched.
    pub(super) fn lacks_its_file(&self) -> bool {
        self.url.is_some() && !self.file.as_ref().is_some_and(Fetched::is_whole)
    }
}
