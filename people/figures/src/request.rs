//! Everything told of one request, whatever the order it was told in.

use crate::{Event, Kind};

/// A moment, and the role of who did it. The order is that of time, so the least is the first.
type Moment = Option<(i64, Option<String>)>;

/// The reason of a request that a person began.
const ON_THE_PHONE: &str = "phone";

/// One request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Request {
    /// When it began, its branch and its reason; of several, the first.
    begun: Option<(i64, Option<String>, String)>,
    taken: Moment,
    answered: Moment,
    resolved: Moment,
    pub(crate) is_closed: bool,
    pub(crate) is_cancelled: bool,
    pub(crate) skips: u64,
    pub(crate) is_reminded: bool,
}

impl Request {
    /// Takes an event in. Minima and sums alone, so the order of events cannot matter.
    pub(crate) fn take(&mut self, event: &Event) {
        let moment = || (event.at_ms, event.role.clone());
        match event.kind {
            Kind::Requested => {
                earliest(&mut self.begun, (event.at_ms, event.branch.clone(), event.detail.clone()));
            }
            Kind::Taken => earliest(&mut self.taken, moment()),
            Kind::Answered => earliest(&mut self.answered, moment()),
            Kind::Resolved => earliest(&mut self.resolved, moment()),
            Kind::Skipped => self.skips += 1,
            Kind::Reminded => self.is_reminded = true,
            Kind::Shown | Kind::Returned | Kind::Cancelled => {}
        }
        self.is_closed |= event.kind.closes();
        self.is_cancelled |= event.kind == Kind::Cancelled;
    }

    /// When it began; `None` when that was not told.
    pub(crate) fn begun_ms(&self) -> Option<i64> {
        self.begun.as_ref().map(|it| it.0)
    }

    pub(crate) fn branch(&self) -> Option<&str> {
        self.begun.as_ref().and_then(|it| it.1.as_deref())
    }

    pub(crate) fn reason(&self) -> Option<&str> {
        self.begun.as_ref().map(|it| it.2.as_str()).filter(|it| !it.is_empty())
    }

    /// Whether somebody asked for people. What a person began himself, by writing to a customer on the phone,
    /// kept nobody waiting.
    pub(crate) fn is_asked(&self) -> bool {
        self.reason() != Some(ON_THE_PHONE)
    }

    /// Role of who answered first, else of who took it.
    pub(crate) fn role(&self) -> Option<&str> {
        [&self.answered, &self.taken].into_iter().flatten().find_map(|it| it.1.as_deref())
    }

    /// Whether a person said something.
    pub(crate) fn is_answered(&self) -> bool {
        self.answered.is_some()
    }

    /// From the beginning until a person had it: taken, or answered without taking.
    pub(crate) fn until_taken(&self) -> Option<(i64, i64)> {
        let first = [&self.taken, &self.answered].into_iter().flatten().map(|it| it.0).min()?;
        self.until(first)
    }

    /// From the beginning until the first answer.
    pub(crate) fn until_answered(&self) -> Option<(i64, i64)> {
        self.until(self.answered.as_ref()?.0)
    }

    /// From the beginning until it was closed as done.
    pub(crate) fn until_resolved(&self) -> Option<(i64, i64)> {
        self.until(self.resolved.as_ref()?.0)
    }

    /// Clocks of two replicas may differ: nothing ends before it began.
    fn until(&self, end: i64) -> Option<(i64, i64)> {
        self.begun_ms().map(|begun| (begun, end.max(begun)))
    }
}

fn earliest<T: Ord>(known: &mut Option<T>, told: T) {
    if known.as_ref().is_none_or(|it| told < *it) {
        *known = Some(told);
    }
}
