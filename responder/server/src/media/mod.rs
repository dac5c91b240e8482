//! Files of customers: which are taken, downloaded, kept, and what is said in voice notes.
//!
//! ```text
//! policy   kind, size, number → taken or refused        pure
//! address  the tenant's hosts, public addresses only     pure
//! fetch    one look-up, no redirect, ten seconds, a cap
//! sniff    what it really is                              pure
//! folder   kept for its owner, erased with the conversation
//! ```
//!
//! [`hear`] does all of it for the burst of one turn, before the turn is decided. Nothing here fails a
//! turn: a file that cannot be had is one for people, a voice note one to be written.

mod address;
mod claimed;
mod fetch;
mod folder;
mod policy;
mod shown;
mod sniff;
mod take;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::{Duration, Instant};

use decide::Fate;
use format::Lang;
use futures_util::future::join_all;
use tokio::sync::Semaphore;

pub(crate) use claimed::{hear_claimed, rows};
pub use folder::MediaFolder;
pub(crate) use policy::{Counts, Taker};
pub(crate) use shown::{Shown, Unseen, place, shown};

use crate::ports::{Resolver, Transcriber};
use crate::wire::file::File;
use fetch::FetchError;
use policy::Refusal;
use take::{Missed, take};

/// What a turn waits for its files at most.
const PATIENCE: Duration = Duration::from_secs(12);
/// Megabytes that the files of all turns may take in memory at once.
const AT_ONCE: usize = 256;
/// Files that are on their way to people at once, each in memory as a whole.
const SHOWN_AT_ONCE: usize = 8;

/// What files are heard with; one for the process.
pub(crate) struct Ears {
    folder: MediaFolder,
    resolver: Box<dyn Resolver>,
    /// Megabytes that are free.
    room: Semaphore,
    /// Places for files that are on their way to people.
    showing: Semaphore,
}

/// The files of one turn, and what holds for them.
pub(crate) struct Burst<'a> {
    /// Tenant.
    pub(crate) slug: &'a str,
    /// Conversation id.
    pub(crate) conversation_id: &'a str,
    /// The tenant's limits.
    pub(crate) limits: &'a format::Media,
    /// The language spoken, where it can be only one.
    pub(crate) lang: Option<Lang>,
    /// Who they are taken for.
    pub(crate) taker: Taker,
    /// Files of the conversation, these included; nothing where their number does not matter.
    pub(crate) counts: Counts,
    /// Turns voice notes into words; absent = they are only kept.
    pub(crate) transcriber: Option<&'a dyn Transcriber>,
    /// When the turn must be over.
    pub(crate) deadline: Instant,
    /// Row ids of messages with their files, in order.
    pub(crate) files: Vec<(&'a str, File)>,
}

/// What became of one file. Prints without the words.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    /// Row id of the message.
    pub(crate) id: String,
    /// What is said in it.
    pub(crate) text: Option<String>,
    /// The file, with its place where it is kept and without its content.
    pub(crate) file: File,
    /// What the customer hears of it.
    pub(crate) fate: Option<Fate>,
    /// A word for metrics and logs.
    pub(crate) word: &'static str,
}

impl fmt::Debug for Heard {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = (&self.file, self.fate, self.word);
        out.debug_tuple("Heard").field(&shown).finish()
    }
}

impl Heard {
    /// The words of its message: what was written with the file, then what is said in it.
    pub(crate) fn words(&self, written: &str) -> String {
        match &self.text {
            Some(said) if written.trim().is_empty() || written == said => said.clone(),
            Some(said) => format!("{written}\n{said}"),
            None => written.to_owned(),
        }
    }
}

impl Ears {
    /// Ears over this folder.
    pub(crate) fn new(folder: MediaFolder, resolver: impl Resolver) -> Self {
        Self {
            folder,
            resolver: Box::new(resolver),
            room: Semaphore::new(AT_ONCE),
            showing: Semaphore::new(SHOWN_AT_ONCE),
        }
    }
}

/// Takes, keeps and listens to the files of a burst, all at once, within twelve seconds and the
/// turn's deadline; answers each in its order.
pub(crate) async fn hear(ears: &Ears, burst: &Burst<'_>) -> Vec<Heard> {
    let until = burst.deadline.min(Instant::now() + PATIENCE);
    let count = u32::try_from(burst.files.len()).unwrap_or(u32::MAX);
    let each = (1..=count).zip(&burst.files).map(|(nth, (id, file))| {
        let counts = burst.counts.before(count - nth);
        hear_one(ears, burst, until, id, file, counts)
    });
    join_all(each).await
}

async fn hear_one(
    ears: &Ears,
    burst: &Burst<'_>,
    until: Instant,
    id: &str,
    file: &File,
    counts: Counts,
) -> Heard {
    let mut heard = Heard { id: id.to_owned(), text: None, file: file.clone(), fate: None, word: "kept" };
    let most = match policy::judge(file, burst.limits, counts, burst.taker) {
        Ok(most) => most,
        Err(refusal) => {
            (heard.fate, heard.word) = match refusal {
                Refusal::Kind => (Some(Fate::Refused), "refused"),
                Refusal::TooLarge => (Some(Fate::TooLarge), "too_large"),
                Refusal::TooMany => (Some(Fate::TooMany), "too_many"),
            };
            // What came inside the message is nowhere else: it is there for people until it is known
            // whether they are asked.
            if policy::judge(file, burst.limits, counts, Taker::People).is_err() {
                heard.file.base64 = None;
            }
            return heard;
        }
    };
    if let Err(missed) = take(ears, burst, until, most, &mut heard).await {
        // Where nobody is to listen, that is no news.
        if missed != Missed::Deaf {
            tracing::warn!(
                tenant.slug = burst.slug, conversation.id = burst.conversation_id, cause = %missed,
                "a customer's file was not taken"
            );
        }
        heard.word = missed.code();
        heard.fate = match missed {
            Missed::Fetch(FetchError::TooLarge) => Some(Fate::TooLarge),
            Missed::Content if !heard.file.voice => Some(Fate::Refused),
            _ => None,
        };
    }
    if heard.file.voice && heard.fate.is_none() {
        heard.fate = Some(if heard.text.is_some() { Fate::Heard } else { Fate::Unheard });
    }
    heard
}
