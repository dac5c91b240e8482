//! Has updates delivered where Telegram can reach this process, and takes them in.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use runtime::StoreError;
use tracing::Instrument as _;

use super::{Bot, bots, updates};
use crate::engine::Engine;

/// How often it is looked whether all bots deliver here.
const TICK: Duration = Duration::from_millis(500);
/// A webhook that was set is set again after this: somebody may have set another.
const AGAIN: Duration = Duration::from_secs(3600);
/// The pause after a failure.
const PAUSE: Duration = Duration::from_secs(10);

/// A delivery before anything of it is believed.
pub(crate) struct Knock {
    /// From the path.
    pub(crate) bot_id: Option<i64>,
    /// The secret it came with.
    pub(crate) secret: Vec<u8>,
}

/// What a delivery comes to.
pub(crate) enum Received {
    /// Everything it asks for is durable.
    Taken,
    /// It is not Telegram, or not for a bot of this house.
    Unauthorized,
    /// To be delivered again.
    Failed,
}

/// Takes one delivery in.
pub(crate) async fn receive(engine: &Arc<Engine>, knock: Knock, body: &Bytes) -> Received {
    let bot = knock.bot_id.and_then(|id| bots::find(&engine.live.load(), id));
    // The same work whether or not there is such a bot, so that time does not tell.
    let nobody = Bot::nobody();
    let accepted = bot.as_ref().unwrap_or(&nobody).accepts(&knock.secret);
    let Some(bot) = bot.filter(|_| accepted) else { return Received::Unauthorized };
    let Ok(update) = telegram::update::parse(body) else {
        // It has the secret, so it is Telegram; refused, it would come again and hold up the rest.
        let labels = [("kind", "malformed"), ("outcome", "taken")];
        engine.telemetry.count("tenantry_telegram_updates_total", &labels);
        tracing::warn!(bot.id, "an update of Telegram cannot be read");
        return Received::Taken;
    };
    // Telegram may hang up before it is answered, and with the connection goes whoever waits here. What
    // was begun goes on: the update counts as seen once it is stored, so its next delivery would do
    // nothing of what was still to follow.
    let applied = tokio::spawn({
        let engine = Arc::clone(engine);
        async move { updates::apply(&engine, &bot, update).await }.in_current_span()
    });
    let panicked = |_| Err(StoreError::Unavailable("taking an update panicked".to_owned()));
    match applied.await.unwrap_or_else(panicked) {
        Ok(()) => Received::Taken,
        Err(error) => {
            engine.store_failed("update", &error);
            Received::Failed
        }
    }
}

/// Keeps the webhooks of all bots set until the responder stops.
pub(super) async fn run(engine: Arc<Engine>) {
    let mut stopping = engine.stopping();
    let mut due: BTreeMap<i64, (blake3::Hash, Duration)> = BTreeMap::new();
    loop {
        let bots = bots::all(&engine.live.load());
        for bot in &bots {
            let token = bot.fingerprint();
            let now = engine.clock.elapsed();
            if due.get(&bot.id).is_some_and(|(known, at)| *known == token && *at > now) {
                continue;
            }
            let pause = if set(&engine, bot).await { AGAIN } else { PAUSE };
            due.insert(bot.id, (token, engine.clock.elapsed() + pause));
        }
        due.retain(|id, _| bots.iter().any(|it| it.id == *id));
        tokio::select! {
            biased;
            () = stopping.wait() => return,
            () = engine.clock.sleep(TICK) => {}
        }
    }
}

/// Where the updates of a bot are delivered, of a process that the world reaches at `base`.
pub(crate) fn address(base: &str, bot_id: i64) -> String {
    format!("{}/telegram/{bot_id}", base.trim_end_matches('/'))
}

async fn set(engine: &Engine, bot: &Bot) -> bool {
    let Some(base) = &engine.config.public_base_url else { return true };
    let Some(client) = engine.bots.client(bot) else { return true };
    let url = address(base, bot.id);
    match client.set_webhook(&url, &bot.hook_secret()).await {
        Ok(()) => {
            tracing::info!(bot.id, "updates of the bot are delivered here");
            true
        }
        Err(error) => {
            tracing::warn!(bot.id, %error, "the webhook of the bot cannot be set");
            false
        }
    }
}
