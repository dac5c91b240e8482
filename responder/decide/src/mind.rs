//! A release made ready to be asked.

use std::sync::Arc;

use format::Release;
use jiff::Zoned;

use crate::{Action, Decision, Kind, Memory, Outcome, Progress, Step, Trace, Turn};

/// A release with its exemplars encoded and its mentions indexed; build once, share.
#[derive(Debug)]
pub struct Mind {
    release: Arc<Release>,
}

impl Mind {
    /// Prepares a release; takes milliseconds.
    #[must_use]
    pub fn new(release: Arc<Release>) -> Self {
        Self { release }
    }

    /// The release behind it.
    #[must_use]
    pub fn release(&self) -> &Arc<Release> {
        &self.release
    }

    pub(crate) fn begin(&self, memory: Memory, _turn: &Turn, _now: &Zoned) -> Step {
        self.resume(Progress { memory }, Outcome::Found(Vec::new()))
    }

    pub(crate) fn resume(&self, progress: Progress, _outcome: Outcome) -> Step {
        Step::Done(Box::new(Decision {
            memory: progress.memory,
            actions: vec![Action::Silence("empty")],
            kind: Kind::Silence,
            intent: String::new(),
            lang: format::Lang::Ru,
            branch: None,
            slots: Default::default(),
            trace: Trace::default(),
            disclosure: None,
        }))
    }
}
