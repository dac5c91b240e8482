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
    /// Deletes one of the bot's messages about a customer who has no topic there. May block.
    fn delete_message(&self, slug: &str, topic: &TopicRow, message: i64) -> Fate;
}

/// What became of something that was to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was deleted now.
    Deleted,
    /// It had gone before.
    Gone,
    /// Telegram has it.
    Left,
}

/// How receipts count topics in Telegram, and messages there outside of topics.
pub(super) const TOPICS: &str = "telegram_topics";
const MESSAGES: &str = "telegram_messages";

/// Deletes the topics of a customer, or of all, and the bot's messages about them outside of topics;
/// counts them in the tally as they go and returns what Telegram still has.
pub(super) fn delete(
    topics: Option<&dyn Topics>,
    state: &dyn StateStore,
    (slug, jid): (&str, Option<&str>),
    tally: &str,
) -> Result<Erased, StoreError> {
    let mut left = Erased::new();
    let (mut tried, mut asked, mut topics_seen) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for _ in 0..LOOKS {
        let mut found = state.topics(slug, jid)?;
        found.retain(|it| tried.insert((it.id.clone(), it.thread_id)));
        if found.is_empty() {
            break;
        }
        for topic in found {
            let thread_id = topic.thread_id.filter(|_| topic.threaded);
            if thread_id.is_some() {
                if topics.is_some_and(|it| it.delete(slug, &topic)) {
                    state.topic_erased(&topic, tally)?;
                    tried.insert((topic.id.clone(), None));
                } else {
                    *left.entry(TOPICS.to_owned()).or_default() += 1;
                }
            }
            if topics_seen.insert(topic.id.clone()) {
                match state.shown_by_others(&topic.id)? {
                    0 => {}
                    others => *left.entry(MESSAGES.to_owned()).or_default() += others,
                }
            }
            for message in state.shown_messages(&topic.id)? {
                // A topic has the number of its first message: those in it have higher ones, and are its.
                let is_in_it = thread_id.is_some_and(|it| message >= it);
                if is_in_it || !asked.insert((topic.id.clone(), message)) {
                    continue;
                }
                match topics.map_or(Fate::Left, |it| it.delete_message(slug, &topic, message)) {
                    Fate::Deleted => state.tally(tally, &Erased::from([(MESSAGES.to_owned(), 1)]))?,
                    Fate::Gone => {}
                    Fate::Left => *left.entry(MESSAGES.to_owned()).or_default() += 1,
                }
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
    /// Tenants whose bot can do nothing any more, or nothing in a chat, or nothing there with topics.
    useless: RefCell<BTreeSet<(String, Option<i64>, bool)>>,
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

    /// Calls until it is gone or there is no point in it.
    fn call(
        &self,
        slug: &str,
        topic: &TopicRow,
        is_topic: bool,
        call: impl AsyncFn(Client) -> Result<(), CallError>,
    ) -> Fate {
        let chat = Some(topic.chat_id);
        let is_useless = |chat, topics| self.useless.borrow().contains(&(slug.to_owned(), chat, topics));
        if is_useless(None, false) || is_useless(chat, false) || (is_topic && is_useless(chat, true)) {
            return Fate::Left;
        }
        let bot = self.bot(slug).filter(|it| it.id == topic.bot_id);
        let Some(client) = bot.and_then(|it| self.bots.client(&it)) else { return Fate::Left };
        let deleted = self.runtime.block_on(async {
            let deleted = patiently(async || call(client.clone()).await).await;
            tokio::time::sleep(PACE).await;
            deleted
        });
        // The next one would be answered the same.
        let useless = match deleted {
            Ok(fate) => return fate,
            Err(CallError::ChatGone | CallError::Migrated(_)) => (chat, false),
            // A message may be too old where others are not.
            Err(CallError::NoRights) if is_topic => (chat, true),
            Err(CallError::Unauthorized | CallError::RetryAfter(_)) => (None, false),
            Err(error) if error.is_passing() => (None, false),
            Err(_) => return Fate::Left,
        };
        self.useless.borrow_mut().insert((slug.to_owned(), useless.0, useless.1));
        Fate::Left
    }
}

/// Calls again while Telegram is away or asks to wait.
async fn patiently(call: impl AsyncFn() -> Result<(), CallError>) -> Result<Fate, CallError> {
    let (mut calls, mut waits) = (0, 0);
    loop {
        let error = match call().await {
            Ok(()) => return Ok(Fate::Deleted),
            Err(CallError::TopicGone | CallError::MessageGone) => return Ok(Fate::Gone),
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
        let call = async |client: Client| client.delete_topic(topic.chat_id, thread_id).await;
        self.call(slug, topic, true, call) != Fate::Left
    }

    fn delete_message(&self, slug: &str, topic: &TopicRow, message: i64) -> Fate {
        let Ok(message) = i32::try_from(message) else { return Fate::Left };
        self.call(slug, topic, false, async |client| client.delete(topic.chat_id, message).await)
    }
}
