//! The world of a seed: its clock, and a gateway and a model that misbehave.

use std::collections::BTreeMap;
use std::ops::Range;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use server::{Clock, Enclosure, GenerateError, Generator, Messenger, Outgoing, Prompted, SendError, Sleep};

use super::START_MS;

/// Numbers from a seed (SplitMix64).
#[derive(Clone)]
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }
}

/// A call of the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) at_ms: i64,
    pub(super) id: String,
    pub(super) jid: String,
    pub(super) text: String,
    /// The customer got it.
    pub(super) arrived: bool,
}

pub(super) struct World {
    pub(super) now_ms: i64,
    /// Who waits until when, in the order in which they began to.
    pub(super) sleepers: BTreeMap<(i64, u64), Waker>,
    pub(super) slept: u64,
    pub(super) dice: Dice,
    pub(super) calm: bool,
    /// When nobody can connect to the gateway.
    pub(super) down: Range<i64>,
    pub(super) idempotent: bool,
    pub(super) calls: Vec<Call>,
    /// Since when and until when a person has had a conversation.
    pub(super) owned: BTreeMap<String, Vec<(i64, Option<i64>)>>,
    pub(super) ids: u64,
}

#[derive(Clone)]
pub(super) struct Shared(pub(super) Arc<Mutex<World>>);

impl Shared {
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.with(|world| world.now_ms)
    }

    /// Moves on to the next moment at which somebody wakes, at most to `until_ms`.
    pub(super) fn move_on(&self, until_ms: i64) {
        let woken: Vec<Waker> = self.with(|world| {
            let next = world.sleepers.keys().next().map_or(until_ms, |(at_ms, _)| *at_ms);
            world.now_ms = world.now_ms.max(next.min(until_ms));
            let later = world.sleepers.split_off(&(world.now_ms + 1, 0));
            std::mem::replace(&mut world.sleepers, later).into_values().collect()
        });
        woken.iter().for_each(Waker::wake_by_ref);
    }
}

/// A pause in the world's time.
struct Nap {
    shared: Shared,
    key: (i64, u64),
}

impl Future for Nap {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.shared.with(|world| {
            if world.now_ms >= self.key.0 {
                return Poll::Ready(());
            }
            world.sleepers.insert(self.key, context.waker().clone());
            Poll::Pending
        })
    }
}

impl Drop for Nap {
    fn drop(&mut self) {
        self.shared.with(|world| world.sleepers.remove(&self.key));
    }
}

impl Clock for Shared {
    fn now_ms(&self) -> i64 {
        Shared::now_ms(self)
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis((Shared::now_ms(self) - START_MS).unsigned_abs())
    }

    fn sleep(&self, time: Duration) -> Sleep {
        let key = self.with(|world| {
            world.slept += 1;
            (world.now_ms + i64::try_from(time.as_millis()).unwrap().max(1), world.slept)
        });
        Box::pin(Nap { shared: self.clone(), key })
    }
}

#[async_trait]
impl Messenger for Shared {
    async fn send_text(&self, message: &Outgoing) -> Result<(), SendError> {
        let now_ms = self.now_ms();
        let (fate, wait) = self.with(|world| {
            if world.down.contains(&now_ms) {
                return (1, 1);
            }
            let calm = world.calm;
            let (fate, wait) = (world.dice.below(20), world.dice.below(3_000));
            if calm { (19, 1) } else { (fate, if fate == 0 { 40_000 } else { wait }) }
        });
        let arrives = !matches!(fate, 1..=3);
        self.with(|world| {
            let known = world.calls.iter().any(|it| it.id == message.msg_id && it.arrived);
            world.calls.push(Call {
                at_ms: now_ms,
                id: message.msg_id.clone(),
                jid: message.jid.clone(),
                text: message.text.clone(),
                arrived: arrives && !(world.idempotent && known),
            });
        });
        self.sleep(Duration::from_millis(wait)).await;
        match fate {
            1 | 2 => Err(SendError::Refused("HTTP 503".to_owned())),
            3 | 4 => Err(SendError::Ambiguous("the connection broke".to_owned())),
            _ => Ok(()),
        }
    }

    async fn send_file(&self, message: &Outgoing, _: &Enclosure) -> Result<(), SendError> {
        self.send_text(message).await
    }
}

#[async_trait]
impl Generator for Shared {
    async fn generate(&self, _: &Prompted, deadline: Duration) -> Result<String, GenerateError> {
        let (manner, wait) = self.with(|world| (world.dice.below(4), world.dice.below(4_000)));
        let wait = if manner == 0 { Duration::from_secs(30) } else { Duration::from_millis(wait) };
        self.sleep(wait.min(deadline)).await;
        if wait > deadline {
            return Err(GenerateError::Timeout);
        }
        match manner {
            1 => Err(GenerateError::Unavailable),
            2 => Ok("Скидка 90 % по телефону 123.".to_owned()),
            _ => Ok("{}".to_owned()),
        }
    }
}
