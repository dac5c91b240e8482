//! What can be done in Telegram.

use crate::sql::{Cell, FromCell, Value};

/// A kind of post. Its urgency, its way of waiting and whether it makes a message follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PostKind {
    /// The card of a request, with its buttons.
    Card,
    /// What the customer wrote.
    Forward,
    /// What was said to the customer in another way: by the bot, or by a person on the phone.
    Said,
    /// A word about what happened; `payload.what` says what: `more` (with `text`), `taken` (`by`, `way`:
    /// `telegram` or `phone`), `resolved`, `returned`, `cancelled` (`by`, `actor`: `person`, `customer` or
    /// `system`), `skipped` (`by`, `id`: numeric), `undelivered` (`message_id` in Telegram, `error`), `unsure`
    /// (likewise: nobody knows), `partly` (likewise: the words went out, their file did not), `delivered`
    /// (`message_id`: where a mark is forbidden). `by` is a name, or null where it is not known.
    Note,
    /// A reminder of a request; `payload.nth` counts them.
    Remind,
    /// The buttons and state of the card, or of a lesson's (`payload.lesson`).
    Buttons,
    /// The title and icon of the topic.
    Title,
    /// The card is pinned.
    Pin,
    /// The card is not pinned any more.
    Unpin,
    /// A mark on a message of a person's; `payload.message_id` and `payload.mark` (`sent`).
    React,
    /// A lesson to be decided; `payload.lesson`. With `payload.at_once` one that was approved unasked, so
    /// that it can be taken back.
    Lesson,
    /// Something the owner should know; `payload.otherwise`: ids of messages to phones that leave should
    /// it be given up.
    Alert,
}

impl PostKind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Card,
        Self::Forward,
        Self::Said,
        Self::Note,
        Self::Remind,
        Self::Buttons,
        Self::Title,
        Self::Pin,
        Self::Unpin,
        Self::React,
        Self::Lesson,
        Self::Alert,
    ];

    /// Its name in the table.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Forward => "forward",
            Self::Said => "said",
            Self::Note => "note",
            Self::Remind => "remind",
            Self::Buttons => "buttons",
            Self::Title => "title",
            Self::Pin => "pin",
            Self::Unpin => "unpin",
            Self::React => "react",
            Self::Lesson => "lesson",
            Self::Alert => "alert",
        }
    }

    /// Whether it makes a message: those are limited in each chat and stand in order in a topic.
    #[must_use]
    pub fn makes(self) -> bool {
        !matches!(self, Self::Buttons | Self::Title | Self::Pin | Self::Unpin | Self::React)
    }

    /// So many answers may be lost before a message is given up. What people need to see rather stands
    /// twice than nowhere; a reminder comes again by itself, and phones ring instead of an alert.
    #[must_use]
    pub fn most_unsure(self) -> u32 {
        if self.must_be_seen() { 8 } else { 2 }
    }

    /// Whether it is a message whose loss the owner must hear of.
    #[must_use]
    pub fn must_be_seen(self) -> bool {
        self.makes() && !matches!(self, Self::Remind | Self::Alert)
    }

    /// Who goes first: 0 before 1.
    #[must_use]
    pub fn urgency(self) -> u32 {
        match self {
            Self::Card => 0,
            Self::Forward | Self::Remind | Self::Alert => 1,
            Self::Said | Self::Note | Self::Buttons | Self::Lesson => 2,
            Self::Title | Self::Pin | Self::Unpin | Self::React => 3,
        }
    }
}

impl FromCell for PostKind {
    fn from_cell(cell: &Cell) -> Option<Self> {
        let word = String::from_cell(cell)?;
        Self::ALL.into_iter().find(|it| it.word() == word)
    }
}

impl From<PostKind> for Value<'_> {
    fn from(it: PostKind) -> Self {
        Self::Text(it.word())
    }
}
