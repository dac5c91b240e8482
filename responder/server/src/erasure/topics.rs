//! Customers' topics in Telegram, and what was said of them outside of topics: deleted before the rows go
//! that know of them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
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
/// Calls for one topic while Telegram is away; then it is left alone.
const CALLS: usize = 3;
/// The pause between them.
const PAUSE: Duration = Duration::from_secs(1);
/// Pauses that Telegram asks for over one topic, each no longer than [`LONGEST`].
const WAITS: usize = 5;
const LONGEST: Duration = Duration::from_secs(60);
/// The pause between two topics: of the thirty calls in a second that a bot has, most are the desk's.
const PACE: Duration = Duration::from_millis(100);

/// Where topics are deleted.
pub trait Topics {
    /// Whether a topic of this tenant is gone now. May block.
    fn delete(&self, slug: &str, topic: &TopicRow) -> bool;
    /// How many of these messages are gone now, of a customer who has no topic there. May block.
    fn delete_messages(&self, slug: &str, topic: &TopicRow, messages: &[i64]) -> u64;
}

/// How receipts count topics in Telegram, and messages there outside of topics.
pub(super) const TOPICS: &str = "telegram_topics";
const MESSAGES: &str = "telegram_messages";

/// Deletes the topics of a customer, or of all, and the bot's messages about those who have none; counts
/// them in the tally as they go and returns what Telegram still has.
pub(super) fn delete(
    topics: Option<&dyn Topics>,
    state: &dyn StateStore,
    (slug, jid): (&str, Option<&str>),
    tally: &str,
) -> Result<Erased, StoreError> {
    let mut left = Erased::new();
    let mut tried = BTreeSet::new();
    for _ in 0..LOOKS {
        let mut found = state.topics(slug, jid)?;
        found.retain(|it| tried.insert((it.id.clone(), it.thread_id)));
        if found.is_empty() {
            break;
        }
        for topic in found {
            let (what, kept) = if topic.threaded && topic.thread_id.is_some() {
                let is_gone = topics.is_some_and(|it| it.delete(slug, &topic));
                if is_gone {
                    state.topic_erased(&topic, tally)?;
                }
                (TOPICS, u64::from(!is_gone))
            } else {
                let messages = state.shown_messages(&topic.id)?;
                let gone = topics.map_or(0, |it| it.delete_messages(slug, &topic, &messages));
                if gone > 0 {
                    state.tally(tally, &Erased::from([(MESSAGES.to_owned(), gone)]))?;
                }
                (MESSAGES, messages.len() as u64 - gone)
            };
            if kept > 0 {
                *left.entry(what.to_owned()).or_default() += kept;
            }
        }
    }
    Ok(left)
}

/// Telegram, through the bots of tenants that are live or just being ended.
pub struct DeskTopics<'a> {
    releases: &'a dyn ReleaseStore,
    secrets: &'a dyn SecretLookup,
    data: &'a Path,
    bots: Bots,
    /// By slug: a tenant may have many topics.
    found: RefCell<BTreeMap<String, Option<Bot>>>,
    /// Tenants whose bot can do nothing any more, or nothing in a chat.
    useless: RefCell<BTreeSet<(String, Option<i64>)>>,
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
        let (found, useless) = Default::default();
        Ok(Self { releases, secrets, data, bots: Bots::new(api_url), found, useless, runtime })
    }

    /// The bytes of the live release, or of the one that an offboarding has put aside.
    fn release(&self, slug: &str) -> Option<Vec<u8>> {
        let live = self.releases.live().ok()?;
        let Some(row) = live.get(slug) else { return super::put_aside(self.data, slug) };
        Some(self.releases.release(slug, &row.release_id).ok()??.bytes)
    }

    fn bot(&self, slug: &str) -> Option<Bot> {
        if let Some(known) = self.found.borrow().get(slug) {
            return known.clone();
        }
        let find = || {
            let release = format::decode(&self.release(slug)?).ok()?;
            let reference = release.client.secrets.get("telegram_bot_token")?;
            Bot::of(secrets::resolve(reference, self.secrets, self.data)?)
        };
        let found = find();
        self.found.borrow_mut().insert(slug.to_owned(), found.clone());
        found
    }

    /// Calls until it is gone or there is no point in it; whether it is gone.
    fn call(
        &self,
        slug: &str,
        topic: &TopicRow,
        call: impl AsyncFn(Client) -> Result<(), CallError>,
    ) -> bool {
        let chat_id = topic.chat_id;
        let is_useless = |chat| self.useless.borrow().contains(&(slug.to_owned(), chat));
        if is_useless(None) || is_useless(Some(chat_id)) {
            return false;
        }
        let bot = self.bot(slug).filter(|it| it.id == topic.bot_id);
        let Some(client) = bot.and_then(|it| self.bots.client(&it)) else { return false };
        let deleted = self.runtime.block_on(async {
            let deleted = patiently(async || call(client.clone()).await).await;
            tokio::time::sleep(PACE).await;
            deleted
        });
        // The next one would be answered the same.
        let chat = match deleted {
            Ok(()) => return true,
            Err(CallError::ChatGone | CallError::NoRights | CallError::Migrated(_)) => Some(chat_id),
            Err(CallError::Unauthorized | CallError::RetryAfter(_)) => None,
            Err(error) if error.is_passing() => None,
            Err(_) => return false,
        };
        self.useless.borrow_mut().insert((slug.to_owned(), chat));
        false
    }
}

/// Calls again while Telegram is away or asks to wait.
async fn patiently(call: impl AsyncFn() -> Result<(), CallError>) -> Result<(), CallError> {
    let (mut calls, mut waits) = (0, 0);
    loop {
        let error = match call().await {
            Ok(()) | Err(CallError::TopicGone | CallError::MessageGone) => return Ok(()),
            Err(error) => error,
        };
        let pause = match error {
            CallError::RetryAfter(wait) if wait <= LONGEST && waits < WAITS => {
                waits += 1;
                wait
            }
            ref it if it.is_passing() && calls + 1 < CALLS => {
                calls += 1;
                PAUSE
            }
            _ => return Err(error),
        };
        tokio::time::sleep(pause).await;
    }
}

impl Topics for DeskTopics<'_> {
    fn delete(&self, slug: &str, topic: &TopicRow) -> bool {
        let Some(thread_id) = topic.thread_id.and_then(|it| i32::try_from(it).ok()) else { return false };
        self.call(slug, topic, async |client| client.delete_topic(topic.chat_id, thread_id).await)
    }

    fn delete_messages(&self, slug: &str, topic: &TopicRow, messages: &[i64]) -> u64 {
        let messages = messages.iter().filter_map(|it| i32::try_from(*it).ok());
        let gone = messages.filter(|message| {
            self.call(slug, topic, async |client| client.delete(topic.chat_id, *message).await)
        });
        gone.count() as u64
    }
}
