//! Talking to a release without a server: the tests' clock, a throw-away index and no model.
//!
//! `test`, `chat`, `search` and the answers of a plan all talk through here, so they hear what
//! customers would hear when the model does not answer.

use std::sync::{Arc, OnceLock};
use std::thread;

use decide::{Decision, Effect, Failure, Memory, Message, Mind, Outcome, Step, Turn};
use format::Release;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::drawer::{self, Drawer};

/// Where the clock of every rehearsal stands at first, in the tenant's zone.
pub const START: DateTime = jiff::civil::date(2025, 1, 15).at(12, 0, 0, 0);
/// How far the clock moves from one turn to the next.
pub const TURN: SignedDuration = SignedDuration::from_secs(60);

/// What a customer sends in one burst.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    /// The messages in order.
    pub messages: Vec<Message>,
    /// The number written to: its reference text, its value or a branch slug.
    pub instance_id: Option<String>,
    /// The customer's jid, if it matters.
    pub jid: Option<String>,
}

impl Said {
    /// One text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::burst([text.to_owned()])
    }

    /// Several texts in one burst.
    #[must_use]
    pub fn burst(texts: impl IntoIterator<Item = String>) -> Self {
        let message = |text| Message { text, ..Message::default() };
        Self { messages: texts.into_iter().map(message).collect(), ..Self::default() }
    }
}

/// A release that can be talked to.
#[derive(Debug)]
pub struct Rehearsal {
    mind: Mind,
    /// Filled by the first question that needs search: most are answered from facts.
    drawer: OnceLock<Result<Drawer, String>>,
    zone: TimeZone,
}

impl Rehearsal {
    /// Prepares a release.
    #[must_use]
    pub fn new(release: Arc<Release>) -> Self {
        let zone = TimeZone::get(&release.client.timezone).unwrap_or(TimeZone::UTC);
        Self { mind: Mind::new(release), drawer: OnceLock::new(), zone }
    }

    /// Prepares two releases of one tenant side by side.
    ///
    /// # Errors
    /// A sentence when their passages cannot be searched.
    pub fn both(old: &Arc<Release>, new: &Arc<Release>) -> Result<[Self; 2], String> {
        // At once: hardly a tenant has no question that needs a search.
        thread::scope(|scope| {
            let drawers = scope.spawn(|| Drawer::together([old, new]));
            let before = scope.spawn(|| Self::new(Arc::clone(old)));
            let after = Self::new(Arc::clone(new));
            let before = before.join().expect("preparing a release does not panic");
            let [first, second] = drawers.join().expect("the engine's panics are errors")?;
            for (rehearsal, drawer) in [(&before, first), (&after, second)] {
                rehearsal.drawer.set(Ok(drawer)).expect("nobody asked it yet");
            }
            Ok([before, after])
        })
    }

    /// The release behind it.
    #[must_use]
    pub fn release(&self) -> &Arc<Release> {
        self.mind.release()
    }

    /// The index behind it, in memory; made when it is first asked for.
    ///
    /// # Errors
    /// A sentence when it cannot be made.
    pub fn drawer(&self) -> Result<&Drawer, String> {
        self.drawer.get_or_init(|| Drawer::of(self.release())).as_ref().map_err(Clone::clone)
    }

    /// Why search did not work, if it was tried and failed: answers given since are not those of
    /// production.
    #[must_use]
    pub fn trouble(&self) -> Option<&str> {
        self.drawer.get().and_then(|it| it.as_ref().err()).map(String::as_str)
    }

    /// A new customer.
    #[must_use]
    pub fn conversation(&self) -> Conversation<'_> {
        let start = START.to_zoned(self.zone.clone()).expect("noon of that day exists in every zone");
        Conversation { rehearsal: self, memory: Memory::default(), now: start }
    }

    /// The number a message arrives through, as the responder would give it to a turn.
    fn number(&self, named: Option<&str>) -> Option<String> {
        let release = self.mind.release();
        let mut numbers: Vec<String> = release
            .branches
            .iter()
            .filter_map(|it| it.instance_id.as_ref())
            .chain(&release.client.instance_id)
            .map(format::Reference::as_written)
            .collect();
        let Some(named) = named else {
            numbers.sort();
            numbers.dedup();
            return (numbers.len() == 1).then(|| numbers.remove(0));
        };
        if numbers.iter().any(|it| it == named) {
            return Some(named.to_owned());
        }
        let of_branch = |slug: &str| {
            let branch = release.branch(slug)?;
            branch
                .instance_id
                .as_ref()
                .or(release.client.instance_id.as_ref())
                .map(format::Reference::as_written)
        };
        Some(of_branch(named).unwrap_or_else(|| named.to_owned()))
    }
}

/// One customer talking.
#[derive(Debug)]
pub struct Conversation<'a> {
    rehearsal: &'a Rehearsal,
    memory: Memory,
    now: Zoned,
}

impl Conversation<'_> {
    /// Moves the clock to a moment.
    pub fn at(&mut self, moment: Timestamp) {
        self.now = moment.to_zoned(self.rehearsal.zone.clone());
    }

    /// Moves the clock to a time of the same local day.
    pub fn at_local(&mut self, time: Time) {
        let moved = self.now.with().time(time).build();
        self.now = moved.expect("a civil time of a day can always be resolved");
    }

    /// What the clock shows.
    #[must_use]
    pub fn now(&self) -> &Zoned {
        &self.now
    }

    /// Decides a turn, remembers what it left behind and moves the clock on.
    pub fn say(&mut self, said: Said) -> Decision {
        let turn = Turn {
            messages: said.messages,
            instance_id: self.rehearsal.number(said.instance_id.as_deref()),
            phone: said.jid.as_deref().and_then(phone),
            sender: None,
        };
        let memory = std::mem::take(&mut self.memory);
        let mut step = decide::begin(&self.rehearsal.mind, memory, &turn, &self.now);
        let decision = loop {
            match step {
                Step::Done(decision) => break *decision,
                Step::Need(progress, effect) => {
                    step = decide::resume(&self.rehearsal.mind, progress, self.rehearsal.perform(&effect));
                }
            }
        };
        self.memory = decision.memory.clone();
        // What the responder's store would know before the next turn.
        if decision.handover().is_some() {
            self.memory.pending = true;
        }
        if decision.actions.contains(&decide::Action::CancelHandover) {
            self.memory.pending = false;
        }
        self.now = &self.now + TURN;
        decision
    }
}

impl Rehearsal {
    fn perform(&self, effect: &Effect) -> Outcome {
        match effect {
            Effect::Search { query, tag, limit } => match self.search(query, tag.as_deref(), *limit) {
                Ok(hits) => Outcome::Found(drawer::found(hits)),
                Err(_) => Outcome::Failed(Failure::Unavailable),
            },
            Effect::Generate { .. } => Outcome::Failed(Failure::Absent),
        }
    }

    fn search(&self, query: &str, tag: Option<&str>, limit: usize) -> Result<Vec<index::Hit>, String> {
        self.drawer()?.search(query, tag, limit)
    }
}

/// The phone number in a jid, digits only; linked identities (`@lid`) have none.
#[must_use]
pub fn phone(jid: &str) -> Option<String> {
    let (user, server) = jid.split_once('@').unwrap_or((jid, "s.whatsapp.net"));
    let user = user.split(':').next().unwrap_or(user);
    let digits: String = user.chars().filter(char::is_ascii_digit).collect();
    (server != "lid" && !digits.is_empty()).then_some(digits)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Rehearsal, Said, phone};
    use crate::samples::{Sample, workshop};

    fn rehearsal() -> Rehearsal {
        Rehearsal::new(Arc::new(workshop()))
    }

    #[test]
    fn the_clock_starts_at_noon_in_the_tenants_zone_and_moves_a_minute_a_turn() {
        let rehearsal = rehearsal();
        let mut conversation = rehearsal.conversation();
        assert_eq!(conversation.now().to_string(), "2025-01-15T12:00:00+05:00[Asia/Almaty]");
        conversation.say(Said::text("Hello"));
        assert_eq!(conversation.now().time(), jiff::civil::time(12, 1, 0, 0));
        conversation.at("2025-03-01T23:30:00Z".parse().unwrap());
        assert_eq!(conversation.now().to_string(), "2025-03-02T04:30:00+05:00[Asia/Almaty]");
        conversation.at_local(jiff::civil::time(9, 5, 0, 0));
        assert_eq!(conversation.now().to_string(), "2025-03-02T09:05:00+05:00[Asia/Almaty]");
    }

    #[test]
    fn a_number_is_named_by_reference_or_branch() {
        let two_doors = Sample::with(|it| {
            it.branches[1].instance_id = Some(format::Reference::Env("SOUTH".to_owned()));
        });
        let rehearsal = Rehearsal::new(Arc::new(two_doors.release));
        assert_eq!(rehearsal.number(None), None, "two numbers: nobody can tell which");
        for (named, number) in
            [("wa-north", "wa-north"), ("north", "wa-north"), ("south", "env:SOUTH"), ("other", "other")]
        {
            assert_eq!(rehearsal.number(Some(named)).as_deref(), Some(number));
        }
        assert_eq!(self::rehearsal().number(None).as_deref(), Some("wa-north"), "the only number there is");
        assert_eq!(self::rehearsal().number(Some("south")).as_deref(), Some("south"), "a branch without one");
    }

    #[test]
    fn phones_come_from_numbers_not_from_linked_identities() {
        assert_eq!(phone("77015550000@s.whatsapp.net").as_deref(), Some("77015550000"));
        assert_eq!(phone("77015550000:12@s.whatsapp.net").as_deref(), Some("77015550000"));
        assert_eq!(phone("+7 701 555").as_deref(), Some("7701555"));
        assert_eq!(phone("998877@lid"), None);
        assert_eq!(phone("tester"), None);
    }

    #[test]
    fn passages_are_searched_as_in_production() {
        let rehearsal = rehearsal();
        let hits = rehearsal.drawer().unwrap().search("where are bicycles stored", None, 5).unwrap();
        let digest = &rehearsal.release().passages[1].digest;
        assert_eq!(hits.first().map(|it| &it.digest), Some(digest), "{hits:?}");
    }
}
