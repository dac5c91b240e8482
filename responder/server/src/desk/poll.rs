//! Fetches updates where nobody can reach this process. One process at a time does so for a bot.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use telegram::{CallError, Client};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{Bot, bots, updates};
use crate::engine::Engine;

/// How long Telegram waits for something to tell.
const WAIT: Duration = Duration::from_secs(20);
/// A process that fetches does so for this long, and longer while it lives.
const HOLD_MS: i64 = 60_000;
/// The pause after a failure, and between looks at who fetches.
const PAUSE: Duration = Duration::from_secs(2);
/// How often new bots are looked for.
const TICK: Duration = Duration::from_millis(500);

/// Fetches for every bot until the responder stops.
pub(super) async fn run(engine: Arc<Engine>) {
    let holder = Uuid::new_v4().to_string();
    let mut stopping = engine.stopping();
    let mut fetching: BTreeMap<i64, JoinHandle<()>> = BTreeMap::new();
    loop {
        let bots = bots::all(&engine.live.load());
        fetching.retain(|id, task| {
            let stays = bots.iter().any(|it| it.id == *id) && !task.is_finished();
            if !stays {
                task.abort();
            }
            stays
        });
        for bot in bots {
            let (engine, holder) = (Arc::clone(&engine), holder.clone());
            fetching.entry(bot.id).or_insert_with(|| tokio::spawn(fetch(engine, bot, holder)));
        }
        tokio::select! {
            biased;
            () = stopping.wait() => break,
            () = engine.clock.sleep(TICK) => {}
        }
    }
    for (id, task) in fetching {
        task.abort();
        let (key, holder) = (key(id), holder.clone());
        if let Err(error) = engine.with_state(move |state| state.let_go(&key, &holder)).await {
            engine.store_failed("let_go", &error);
        }
    }
}

fn key(bot_id: i64) -> String {
    format!("telegram_updates:{bot_id}")
}

/// Fetches for one bot as long as its token is this.
async fn fetch(engine: Arc<Engine>, bot: Bot, holder: String) {
    while !engine.is_stopping() {
        let Some(client) = engine.bots.client(&bot) else { return };
        if !still_the_token(&engine, &bot) {
            return;
        }
        let (key, who, now_ms) = (key(bot.id), holder.clone(), engine.now_ms());
        match engine.with_state(move |state| state.hold(&key, &who, now_ms + HOLD_MS, now_ms)).await {
            Ok(true) => {}
            Ok(false) => {
                engine.clock.sleep(PAUSE).await;
                continue;
            }
            Err(error) => {
                engine.store_failed("hold", &error);
                engine.clock.sleep(PAUSE).await;
                continue;
            }
        }
        if let Err(failure) = once(&engine, &bot, &client).await {
            failure.tell(&engine, &client).await;
            engine.clock.sleep(PAUSE).await;
        }
    }
}

fn still_the_token(engine: &Engine, bot: &Bot) -> bool {
    let now = bots::find(&engine.live.load(), bot.id);
    now.is_some_and(|it| it.fingerprint() == bot.fingerprint())
}

enum Failure {
    Call(CallError),
    Store(runtime::StoreError),
}

impl Failure {
    async fn tell(self, engine: &Engine, client: &Client) {
        match self {
            Self::Store(error) => engine.store_failed("updates", &error),
            Self::Call(CallError::Conflict) => {
                // A webhook of an earlier life, or another process with this token.
                if let Err(error) = client.delete_webhook().await {
                    tracing::warn!(%error, "updates of the bot go elsewhere");
                }
            }
            Self::Call(CallError::RetryAfter(wait)) => engine.clock.sleep(wait).await,
            Self::Call(error) => tracing::warn!(%error, "updates cannot be fetched"),
        }
    }
}

/// One fetch, and everything it brought. An update counts as taken when it is durable.
async fn once(engine: &Arc<Engine>, bot: &Bot, client: &Client) -> Result<(), Failure> {
    let id = bot.id;
    let next = engine.with_state(move |state| state.cursor(id)).await.map_err(Failure::Store)?;
    let offset = next.and_then(|it| u32::try_from(it).ok());
    for update in client.get_updates(offset, WAIT).await.map_err(Failure::Call)? {
        let next = i64::from(update.id) + 1;
        updates::apply(engine, bot, update).await.map_err(Failure::Store)?;
        engine.with_state(move |state| state.set_cursor(id, next)).await.map_err(Failure::Store)?;
    }
    Ok(())
}
