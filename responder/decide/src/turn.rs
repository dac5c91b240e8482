//! One burst of a customer's messages.

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Media {
    /// A picture.
    Photo,
    /// A voice note or other sound.
    Audio,
    /// A document.
    Document,
    /// A video.
    Video,
    /// Something else.
    Unknown,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// Its text; empty when only a file came.
    pub text: String,
    /// Its file.
    pub media: Option<Media>,
}

/// One burst of a customer's messages, merged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Turn {
    /// The messages in order; never empty.
    pub messages: Vec<Message>,
    /// The number written to: a branch's or the client's instance id, resolved or as written.
    pub instance_id: Option<String>,
    /// The customer's phone from the jid, digits only; absent for `@lid`.
    pub phone: Option<String>,
    /// The name WhatsApp shows.
    pub sender: Option<String>,
}

impl Turn {
    /// A turn of one text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { messages: vec![Message { text: text.into(), media: None }], ..Self::default() }
    }
}
