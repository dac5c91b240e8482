//! Passages on a server that others share: looked for, and written where they lack, beside everything
//! else. A server may hang, and neither a start nor a publish waits for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::task::JoinHandle;

use super::{Kept, Loaded, RECHECK, Reloader};
use crate::awake::Wits;
use crate::engine::Engine;

/// Tenants and their releases.
type Tenants = BTreeMap<String, Arc<Wits>>;

/// What a server may lack.
#[derive(Default)]
pub(super) struct Filling {
    /// Tenants whose points were not looked for since something changed, or could not be.
    wanted: Tenants,
    /// One at a time.
    round: Option<Round>,
    /// The last round failed: the next one is not begun before this.
    not_before: Option<Instant>,
}

/// Tenants whose points are looked for now, one after the other.
struct Round {
    began: Instant,
    /// Those that it has not told of yet.
    left: Tenants,
    told: Arc<Told>,
    task: JoinHandle<()>,
}

/// Whether the server has all points of a tenant.
type Told = Mutex<BTreeMap<String, bool>>;

impl Filling {
    /// The points of a tenant are to be looked for.
    pub(super) fn wants(&mut self, slug: &str, wits: Arc<Wits>) {
        self.wanted.insert(slug.to_owned(), wits);
    }
}

impl Reloader {
    /// Takes down what the round under way has found, and begins the next one when it has ended.
    pub(super) fn fill_on(&self, kept: &mut Kept) {
        if !self.engine.shelf.fills_later() {
            kept.filling.wanted.clear();
            return;
        }
        if let Some(round) = kept.filling.round.take() {
            kept.filling.round = kept.take_down(round);
        }
        let filling = &mut kept.filling;
        let is_early = filling.not_before.is_some_and(|it| Instant::now() < it);
        if filling.round.is_some() || filling.wanted.is_empty() || is_early {
            return;
        }
        let mut left = std::mem::take(&mut filling.wanted);
        left.retain(|slug, wits| kept.prepared.get(slug).is_some_and(|it| it.is_of(wits)));
        let (told, tenants, engine) = (Arc::new(Told::default()), left.clone(), Arc::clone(&self.engine));
        let telling = Arc::clone(&told);
        let task = tokio::task::spawn_blocking(move || fill_all(&engine, &tenants, &telling));
        kept.filling.round = Some(Round { began: Instant::now(), left, told, task });
    }
}

impl Kept {
    /// What a round has found so far; the round again unless it has ended.
    fn take_down(&mut self, mut round: Round) -> Option<Round> {
        // Looked at first, so that nothing is told after.
        let ended = round.task.is_finished();
        let told = std::mem::take(&mut *round.told.lock().unwrap_or_else(PoisonError::into_inner));
        for (slug, filled) in told {
            if let Some(wits) = round.left.remove(&slug) {
                self.filled(slug, wits, filled);
            }
        }
        if ended {
            // The server was away before it was their turn.
            round.left.into_iter().for_each(|(slug, wits)| self.filled(slug, wits, false));
            return None;
        }
        if round.began.elapsed() >= RECHECK {
            // Not known to be there.
            round.left.iter().for_each(|(slug, wits)| self.note(slug, wits, false));
        }
        Some(round)
    }

    fn filled(&mut self, slug: String, wits: Arc<Wits>, filled: bool) {
        self.note(&slug, &wits, filled);
        if !filled {
            self.filling.not_before = Some(Instant::now() + RECHECK);
            self.filling.wanted.entry(slug).or_insert(wits);
        }
    }

    /// Notes whether the server has the points of a release, unless another one is served by now.
    fn note(&mut self, slug: &str, wits: &Arc<Wits>, indexed: bool) {
        if let Some(loaded) = self.prepared.get_mut(slug).filter(|it| it.is_of(wits))
            && let Some(good) = &mut loaded.good
        {
            good.indexed = indexed;
        }
    }
}

impl Loaded {
    fn is_of(&self, wits: &Arc<Wits>) -> bool {
        self.good.as_ref().is_some_and(|it| Arc::ptr_eq(&it.wits, wits))
    }
}

/// Has the points of tenants written; ends when the server is away. Blocks.
fn fill_all(engine: &Engine, tenants: &Tenants, told: &Told) {
    for (slug, wits) in tenants {
        if engine.is_stopping() {
            return;
        }
        let slept = wits.peek().is_none();
        let filled = wits.wake().map(|awake| wits.fill(&awake));
        if slept {
            wits.sleep();
        }
        let away = matches!(&filled, Ok(Err(error)) if error.is_away());
        let filled = matches!(filled, Ok(Ok(_)));
        told.lock().unwrap_or_else(PoisonError::into_inner).insert(slug.clone(), filled);
        if away {
            return;
        }
    }
}
