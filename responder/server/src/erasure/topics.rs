//! A customer's topics in Telegram: deleted before the rows go that know of them.

use std::path::Path;
use std::time::Duration;

use runtime::{ReleaseStore, StateStore, StoreError, TopicRow};
use telegram::CallError;
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
}

/// Topics that were deleted, and topics that Telegram still has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Deleted {
    pub(super) gone: u64,
    pub(super) left: u64,
}

/// Deletes a customer's topics.
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
        let new: Vec<TopicRow> = found
            .into_iter()
            .filter(|it| it.threaded && it.thread_id.is_some() && !tried.contains(it))
            .collect();
        if new.is_empty() {
            break;
        }
        for topic in new {
            let is_gone = topics.is_some_and(|it| it.delete(slug, &topic));
            *(if is_gone { &mut deleted.gone } else { &mut deleted.left }) += 1;
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
}

impl Topics for DeskTopics<'_> {
    fn delete(&self, slug: &str, topic: &TopicRow) -> bool {
        let Some(client) =
            self.bot(slug).filter(|it| it.id == topic.bot_id).and_then(|it| self.bots.client(&it))
        else {
            return false;
        };
        let Some(thread_id) = topic.thread_id.and_then(|it| i32::try_from(it).ok()) else { return false };
        self.runtime.block_on(async {
            for _ in 0..CALLS {
                let pause = match client.delete_topic(topic.chat_id, thread_id).await {
                    Ok(()) | Err(CallError::TopicGone) => return true,
                    Err(CallError::RetryAfter(wait)) if wait <= LONGEST => wait,
                    Err(error) if error.is_passing() => PAUSE,
                    Err(_) => return false,
                };
                tokio::time::sleep(pause).await;
            }
            false
        })
    }
}
