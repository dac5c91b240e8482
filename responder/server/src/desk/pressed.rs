//! What a pressed button brings about, after its answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use runtime::{Card, PressOutcome};
use telegram::Room;
use telegram::buttons::Keyboard;

use super::answers::Answers;
use super::skipped;
use crate::engine::Engine;

/// Whoever pressed is to be answered within this; what follows waits no longer.
pub(super) const AT_ONCE: Duration = Duration::from_secs(1);

/// A press that is being answered: posts of this process begin after it.
pub(super) struct UnderWay(Arc<Engine>);

impl UnderWay {
    pub(super) fn begin(engine: &Arc<Engine>) -> Self {
        engine.presses.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(engine))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.presses.fetch_sub(1, Ordering::SeqCst);
        self.0.posted.notify_one();
    }
}

/// A request was acted on.
pub(super) struct Acted {
    pub(super) outcome: PressOutcome,
    /// Where it is answered.
    pub(super) room: Room,
    pub(super) then: Then,
}

/// What follows from it.
pub(super) enum Then {
    Nothing,
    /// Others have something to do.
    Acted,
    /// Likewise, and perhaps nobody is left who can take this request.
    Skipped(Box<Card>),
    /// A lesson was decided.
    Judged,
    /// The card that was pressed shows something else by now.
    Redrawn {
        /// Chat and message.
        at: (i64, i32),
        html: String,
        keys: Keyboard,
    },
}

impl Then {
    pub(super) async fn go_on(self, answers: &Answers) {
        let engine = &answers.engine;
        match &self {
            Self::Nothing => return,
            Self::Redrawn { at, html, keys } => return answers.redraw(*at, (html, keys)).await,
            Self::Judged => engine.learned.notify_one(),
            Self::Acted | Self::Skipped(_) => {
                // The bot may have the conversation again, with messages that wait.
                engine.arrived.notify_one();
                engine.closed.notify_one();
            }
        }
        engine.posted.notify_one();
        if let Self::Skipped(card) = self
            && let Some(tenant) = engine.live.load().tenants.get(&card.handover.slug).cloned()
        {
            skipped::heed(engine, &tenant, &card).await;
        }
    }
}
