//! Where people answer a customer.

/// Where people answer a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Room {
    /// In a topic of the customer's own: whatever is written there is for him.
    Topic,
    /// In a chat without topics, beside other customers and other talk: what replies to a message about
    /// him is for him.
    Shared,
}
