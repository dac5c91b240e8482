//! Posts updates to webhooks, again until they are taken.

use std::sync::Weak;
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinSet;

use super::{Shared, Telegram};

/// So many posts to one bot are under way at once; Telegram's own default is 40.
const AT_ONCE: usize = 40;

/// One post.
pub(super) struct Flight {
    bot: i64,
    id: u32,
    url: String,
    secret: Option<String>,
    body: Value,
    patience: Duration,
}

/// How a post ended.
struct Landed {
    bot: i64,
    id: u32,
    /// `None` when it was taken.
    error: Option<String>,
}

/// Posts until the stand-in is gone.
pub(super) async fn run(shared: Weak<Shared>, http: reqwest::Client) {
    let Some(mut changed) = shared.upgrade().map(|it| it.changes.subscribe()) else { return };
    let mut flights = JoinSet::new();
    loop {
        let Some(telegram) = shared.upgrade().map(|shared| Telegram { shared }) else { return };
        changed.borrow_and_update();
        let (due, next) = telegram.due();
        drop(telegram);
        for flight in due {
            flights.spawn(post(http.clone(), flight));
        }
        let pause = next.map_or(Duration::MAX, Duration::from_millis);
        tokio::select! {
            it = changed.changed() => if it.is_err() { return },
            Some(landed) = flights.join_next(), if !flights.is_empty() => {
                let Some(telegram) = shared.upgrade().map(|shared| Telegram { shared }) else { return };
                if let Ok(landed) = landed {
                    telegram.land(&landed);
                }
            }
            () = tokio::time::sleep(pause), if next.is_some() => {}
        }
    }
}

async fn post(http: reqwest::Client, flight: Flight) -> Landed {
    let mut request = http.post(&flight.url).timeout(flight.patience).json(&flight.body);
    if let Some(secret) = &flight.secret {
        request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
    }
    let error = match request.send().await {
        Ok(answer) if answer.status().is_success() => None,
        Ok(answer) => Some(format!("Wrong response from the webhook: {}", answer.status())),
        Err(error) if error.is_timeout() => Some("Read timeout expired".to_owned()),
        Err(_) => Some("Connection refused".to_owned()),
    };
    Landed { bot: flight.bot, id: flight.id, error }
}

impl Telegram {
    /// What is to be posted now, and in how many milliseconds more will be.
    fn due(&self) -> (Vec<Flight>, Option<u64>) {
        let now_ms = self.started_ms();
        let patience = self.shared.options.webhook_patience;
        let mut world = self.world();
        let (mut due, mut next) = (Vec::new(), None::<u64>);
        for (id, bot) in &mut world.bots {
            let Some(hook) = bot.hook.clone() else { continue };
            let mut lanes: Vec<i64> = bot.queue.iter().filter(|it| it.in_flight).map(|it| it.lane).collect();
            for waiting in &mut bot.queue {
                if lanes.len() >= AT_ONCE || lanes.contains(&waiting.lane) {
                    continue;
                }
                lanes.push(waiting.lane);
                if waiting.not_before_ms > now_ms {
                    let pause = waiting.not_before_ms - now_ms;
                    next = Some(next.map_or(pause, |it| it.min(pause)));
                    continue;
                }
                waiting.in_flight = true;
                let (url, secret) = (hook.url.clone(), hook.secret.clone());
                due.push(Flight {
                    bot: *id,
                    id: waiting.id,
                    url,
                    secret,
                    body: waiting.body.clone(),
                    patience,
                });
            }
        }
        (due, next)
    }

    fn land(&self, landed: &Landed) {
        let (now_ms, at_ms) = (self.started_ms(), self.now_ms());
        let again = u64::try_from(self.shared.options.redeliver_after.as_millis()).unwrap_or(u64::MAX);
        let mut world = self.world();
        if let Some(bot) = world.bots.get_mut(&landed.bot)
            && let Some(place) = bot.queue.iter().position(|it| it.id == landed.id)
        {
            let waiting = &mut bot.queue[place];
            waiting.in_flight = false;
            match &landed.error {
                None if waiting.copies > 1 => waiting.copies -= 1,
                None => drop(bot.queue.remove(place)),
                Some(error) => {
                    waiting.not_before_ms = now_ms.saturating_add(again);
                    if let Some(hook) = &mut bot.hook {
                        hook.last_error = Some((at_ms, error.clone()));
                    }
                }
            }
        }
        drop(world);
        self.changed();
    }
}
