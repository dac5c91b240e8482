//! The desk of people in Telegram: what comes in, what is shown, and the calls in between.
//!
//! * [`update`]: a raw update becomes one of a few things that can happen at a desk ([`Incoming`]).
//! * [`card`], [`note`], [`alert`], [`report`], [`lesson`]: everything that is said, as Telegram's HTML,
//!   escaped and cut to Telegram's lengths; the words themselves stand in one place.
//! * [`title`], [`buttons`], [`callback`], [`room`]: how a topic looks, what can be pressed, and where
//!   people answer.
//! * [`client`]: the calls of the Bot API, with a deadline each and errors that tell what to do next.
//!
//! Nothing of tenants, stores or hand-overs' rules is known here. Teloxide's types describe updates and
//! calls; the calls themselves leave through this crate's own transport, because teloxide's sleeps ten
//! seconds on every server error and does not tell a request that never left from one whose answer
//! was lost.

pub mod alert;
pub mod buttons;
pub mod callback;
pub mod card;
pub mod client;
pub mod html;
pub mod lesson;
pub mod note;
pub mod report;
pub mod room;
pub mod state;
pub mod title;
pub mod update;
mod words;

pub use callback::{Action, Press};
pub use client::{CallError, Client};
pub use room::Room;
pub use state::State;
pub use update::{Incoming, Update};
