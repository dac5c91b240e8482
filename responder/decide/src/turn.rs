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

impl Media {
    /// The word it is stored under.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Video => "video",
            Self::Unknown => "unknown",
        }
    }
}

/// What became of a file before the turn, where a customer hears of it or the words come from it. A
/// file without a fate is one for people to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// A voice note whose words are the message's text.
    Heard,
    /// More files came than are taken in a while.
    TooMany,
    /// It is larger than what is taken.
    TooLarge,
    /// Its kind is not taken.
    Refused,
    /// A voice note that could not be turned into words.
    Unheard,
}

impl Fate {
    /// A word for traces and metrics.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Heard => "heard",
            Self::TooMany => "too_many",
            Self::TooLarge => "too_large",
            Self::Refused => "refused",
            Self::Unheard => "unheard",
        }
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// Its text, that of a voice note included; empty when only a file came.
    pub text: String,
    /// Its file.
    pub media: Option<Media>,
    /// What became of the file.
    pub fate: Option<Fate>,
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
        Self { messages: vec![Message { text: text.into(), ..Message::default() }], ..Self::default() }
    }
}
