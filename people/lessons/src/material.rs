//! What was said while a person had the conversation.

use format::Role;

/// Who said something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// The customer.
    Customer,
    /// The bot.
    Bot,
    /// A person of the business.
    Person {
        /// The name colleagues see.
        name: Option<String>,
        /// The role; `None` for people whom the bundle does not know.
        role: Option<Role>,
    },
}

/// Something said.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Who said it.
    pub who: Who,
    /// The words; empty for a file without any.
    pub text: String,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What people write stays out of logs.
        let Self { text, at_ms, .. } = self;
        f.debug_struct("Message").field("bytes", &text.len()).field("at_ms", at_ms).finish_non_exhaustive()
    }
}

/// Everything said about one request, oldest first, from the customer's words that led to it on.
#[derive(Debug, Clone, Copy)]
pub struct Material<'m> {
    /// What was said.
    pub messages: &'m [Message],
    /// When the request was made, milliseconds since 1970.
    pub requested_ms: i64,
}
