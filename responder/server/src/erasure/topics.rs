//! A customer's topics in Telegram, and what was said of him outside of topics: deleted before the rows
//! go that know of them.

use std::path::Path;
use std::time::Duration;

use runtime::{Erased, ReleaseStore, StateStore, StoreError, TopicRow};
use telegram::{CallError, Client};
use tokio::runtime::{Builder, Runtime};

use crate::desk::{Bot, Bots};
use crate::ports::SecretLookup;
use crate::secrets;

/// A topic may be made anew while others are deleted: so many looks.
const LOOKS: usize = 3;
/// Calls for one topic while Telegram is away.
const CALLS: usize = 3;
/// The pause between them; a longer one that Telegram asks for is kept, up to [`LONGEST`].
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

/// Where topics are deleted.
pub trait Topics {
    /// Whether a topic of this tenant is gone now. May block.
    fn delete(&self, slug: &str, topic: &TopicRow) -> bool;
    /// How many of these messages are gone now, of a customer who has no topic there. May block.
    fn delete_messages(&self, slug: &str, topic: &TopicRow, messages: &[i64]) -> u64;
}

/// How receipts count topics in Telegram, and messages there outside of topics.
const TOPICS: &str = "telegram_topics";
const MESSAGES: &str = "telegram_messages";

/// What was deleted, and what Telegram still has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Deleted {
    pub(super) gone: Erased,
    pub(super) left: Erased,
}

impl Deleted {
    fn count(&mut self, what: &str, gone: u64, left: u64) {
        for (counts, count) in [(&mut self.gone, gone), (&mut self.left, left)] {
            if count > 0 {
                *counts.entry(what.to_owned()).or_default() += count;
            }
        }
    }
}

/// Deletes a customer's topics, and the bot's messages about him where he has none.
pub(super) fn delete(
    topics: Option<&dyn Topics>,
    state: &dyn StateStore,
    slug: &str,
    jid: &str,
) -> Result<Deleted, StoreError> {
    let mut deleted = Deleted::default();
    let mut tried = Vec::new();
    for _ in 0..LOOKS {
        let found = state.topics(slug, Some(jid))?;
        let new: Vec<TopicRow> = found.into_iter().filter(|it| !tried.contains(it)).collect();
        if new.is_empty() {
            break;
        }
        for topic in new {
            if topic.threaded && topic.thread_id.is_some() {
                let is_gone = topics.is_some_and(|it| it.delete(slug, &topic));
                deleted.count(TOPICS, is_gone.into(), (!is_gone).into());
            } else {
                let messages = state.shown_messages(&topic.id)?;
                let gone = topics.map_or(0, |it| it.delete_messages(slug, &topic, &messages));
                deleted.count(MESSAGES, gone, messages.len() as u64 - gone);
            }
            tried.push(topic);
        }
    }
    Ok(deleted)
}

/// Telegram, through the bots of the tenants that are live.
pub struct DeskTopics<'a> {
    releases: &'a dyn ReleaseStore,
    secrets: &'a dyn SecretLookup,
    data: &'a Path,
    bots: Bots,
    runtime: Runtime,
}

impl<'a> DeskTopics<'a> {
    /// Telegram at `api_url`; tokens are found as the live releases say.
    ///
    /// # Errors
    /// When the system gives no means to call anybody.
    pub fn new(
        releases: &'a dyn ReleaseStore,
        secrets: &'a dyn SecretLookup,
        data: &'a Path,
        api_url: &str,
    ) -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { releases, secrets, data, bots: Bots::new(api_url), runtime })
    }

    fn bot(&self, slug: &str) -> Option<Bot> {
        let live = self.releases.live().ok()?;
        let stored = self.releases.release(slug, &live.get(slug)?.release_id).ok()??;
        let release = format::decode(&stored.bytes).ok()?;
        let reference = release.client.secrets.get("telegram_bot_token")?;
        Bot::of(secrets::resolve(reference, self.secrets, self.data)?)
    }

    /// The bot that speaks there, if the tenant still has it.
    fn client(&self, slug: &str, topic: &TopicRow) -> Option<Client> {
        let bot = self.bot(slug).filter(|it| it.id == topic.bot_id)?;
        self.bots.client(&bot)
    }
}

/// Whether it is gone after this call, tried again while Telegram is away.
async fn deleted(call: impl AsyncFn() -> Result<(), CallError>) -> bool {
    for _ in 0..CALLS {
        let pause = match call().await {
            Ok(()) | Err(CallError::TopicGone | CallError::MessageGone) => return true,
            Err(CallError::RetryAfter(wait)) if wait <= LONGEST => wait,
            Err(error) if error.is_passing() => PAUSE,
            Err(_) => return false,
        };
        tokio::time::sleep(pause).await;
    }
    false
}

impl Topics for DeskTopics<'_> {
    fn delete(&self, slug: &str, topic: &TopicRow) -> bool {
        let Some(client) = self.client(slug, topic) else { return false };
        let Some(thread_id) = topic.thread_id.and_then(|it| i32::try_from(it).ok()) else { return false };
        self.runtime.block_on(deleted(async || client.delete_topic(topic.chat_id, thread_id).await))
    }

    fn delete_messages(&self, slug: &str, topic: &TopicRow, messages: &[i64]) -> u64 {
        let Some(client) = self.client(slug, topic) else { return 0 };
        self.runtime.block_on(async {
            let mut gone = 0;
            for message in messages.iter().filter_map(|it| i32::try_from(*it).ok()) {
                let is_gone = deleted(async || client.delete(topic.chat_id, message).await).await;
                gone += u64::from(is_gone);
            }
            gone
        })
    }
}
