//! Events → figures.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::request::Request;
use crate::{Event, Hours, Spread};

/// The name of what has none: requests of no branch, without a reason.
pub const NOBODY: &str = "-";

/// Requests that began from `from_ms` on and before `to_ms`, milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Period {
    /// First millisecond.
    pub from_ms: i64,
    /// The one after the last.
    pub to_ms: i64,
}

/// Durations of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Times {
    /// By the clock.
    pub clock: Option<Spread>,
    /// Working time alone; `None` also where no hours are known.
    pub working: Option<Spread>,
}

/// Figures of some requests. `requests` = `answered` + `unanswered` + `waiting`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Group {
    /// How many requests.
    pub requests: u64,
    /// A person answered.
    pub answered: u64,
    /// Closed, and no person had answered: also those that the customer took back.
    pub unanswered: u64,
    /// Open still, and nobody has answered.
    pub waiting: u64,
    /// Taken back by the customer, answered or not.
    pub cancelled: u64,
    /// Closed as done.
    pub resolved: u64,
    /// The desk had to be reminded of them.
    pub reminded: u64,
    /// How often somebody could not take one.
    pub skips: u64,
    /// From the request until a person had it, of those that somebody asked for.
    pub to_take: Times,
    /// From the request until the first answer, likewise.
    pub first_response: Times,
    /// From the request until it was closed as done.
    pub resolution: Times,
}

/// Figures of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// The period in which the requests began.
    pub period: Period,
    /// Whether working time was counted.
    pub has_hours: bool,
    /// All requests.
    pub all: Group,
    /// By slug of the branch, [`NOBODY`] for none.
    pub branches: BTreeMap<String, Group>,
    /// By role of who answered first, else of who took it; requests that nobody touched are under no
    /// role, those of people without a role are under [`NOBODY`].
    pub roles: BTreeMap<String, Group>,
    /// By reason, [`NOBODY`] for none.
    pub reasons: BTreeMap<String, Group>,
}

/// Folds events into figures of the requests that began in the period. What happened to them
/// afterwards counts whenever it did, so events after the period should be told too; requests whose
/// beginning is not told are left out. `hours` gives the working hours of a branch's slug.
#[must_use]
pub fn fold<'h>(
    events: &[Event],
    period: Period,
    hours: impl Fn(Option<&str>) -> Option<&'h Hours>,
) -> Figures {
    let mut requests: BTreeMap<&str, Request> = BTreeMap::new();
    for event in events {
        requests.entry(&event.handover_id).or_default().take(event);
    }
    let (mut all, mut branches) = (Tally::default(), BTreeMap::<String, Tally>::new());
    let (mut roles, mut reasons) = (branches.clone(), branches.clone());
    let mut has_hours = false;
    for request in requests.values() {
        if !request.begun_ms().is_some_and(|it| (period.from_ms..period.to_ms).contains(&it)) {
            continue;
        }
        let hours = hours(request.branch());
        has_hours |= hours.is_some();
        let count = |groups: &mut BTreeMap<String, Tally>, name: Option<&str>| {
            groups.entry(name.unwrap_or(NOBODY).to_owned()).or_default().count(request, hours);
        };
        count(&mut branches, request.branch());
        count(&mut reasons, request.reason());
        if request.until_taken().is_some() {
            count(&mut roles, request.role());
        }
        all.count(request, hours);
    }
    let groups = |of: BTreeMap<String, Tally>| of.into_iter().map(|(name, it)| (name, it.sum())).collect();
    Figures {
        period,
        has_hours,
        all: all.sum(),
        branches: groups(branches),
        roles: groups(roles),
        reasons: groups(reasons),
    }
}

/// A group while it is counted.
#[derive(Debug, Clone, Default)]
struct Tally {
    group: Group,
    to_take: Row,
    first_response: Row,
    resolution: Row,
}

impl Tally {
    fn count(&mut self, request: &Request, hours: Option<&Hours>) {
        let group = &mut self.group;
        group.requests += 1;
        match (request.is_answered(), request.is_closed) {
            (true, _) => group.answered += 1,
            (false, true) => group.unanswered += 1,
            (false, false) => group.waiting += 1,
        }
        group.cancelled += u64::from(request.is_cancelled);
        group.resolved += u64::from(request.until_resolved().is_some());
        group.reminded += u64::from(request.is_reminded);
        group.skips += request.skips;
        if request.is_asked() {
            self.to_take.push(request.until_taken(), hours);
            self.first_response.push(request.until_answered(), hours);
        }
        self.resolution.push(request.until_resolved(), hours);
    }

    fn sum(self) -> Group {
        Group {
            to_take: self.to_take.sum(),
            first_response: self.first_response.sum(),
            resolution: self.resolution.sum(),
            ..self.group
        }
    }
}

/// Durations while they are gathered.
#[derive(Debug, Clone, Default)]
struct Row {
    clock: Vec<i64>,
    working: Vec<i64>,
}

impl Row {
    fn push(&mut self, stretch: Option<(i64, i64)>, hours: Option<&Hours>) {
        let Some((from, to)) = stretch else { return };
        self.clock.push(to.saturating_sub(from));
        self.working.extend(hours.map(|it| it.between(from, to)));
    }

    fn sum(self) -> Times {
        Times { clock: Spread::of(self.clock), working: Spread::of(self.working) }
    }
}
