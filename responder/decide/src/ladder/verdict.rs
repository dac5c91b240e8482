//! What a rung decided, and the last steps every reply passes: disclosure, guard, memory.

use format::Reason;

use super::{Talk, booking, waiting};
use crate::answer::tidy;
use crate::{Action, Decision, Kind, Mind, Said, Speaker, Step};

/// How many things said are remembered.
const REMEMBERED: usize = 10;

/// What a rung decided.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) text: Option<String>,
    pub(crate) intent: String,
    pub(crate) handover: Option<Reason>,
    pub(crate) booking: bool,
    pub(crate) silence: Option<&'static str>,
    /// The open request is taken back.
    pub(crate) cancels: bool,
    /// The message belongs to the open request.
    pub(crate) adds: bool,
}

impl Verdict {
    pub(crate) fn reply(intent: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            text: Some(text.into()),
            intent: intent.into(),
            handover: None,
            booking: false,
            silence: None,
            cancels: false,
            adds: false,
        }
    }

    pub(crate) fn silence(why: &'static str) -> Self {
        Self {
            text: None,
            intent: why.to_owned(),
            handover: None,
            booking: false,
            silence: Some(why),
            cancels: false,
            adds: false,
        }
    }

    pub(crate) fn handing_over(mut self, reason: Reason) -> Self {
        self.handover = Some(reason);
        self
    }

    pub(crate) fn collecting(mut self) -> Self {
        self.booking = true;
        self
    }

    /// Ends the turn.
    pub(crate) fn done(mut self, mind: &Mind, mut talk: Talk) -> Step {
        self.guard(mind, &mut talk);
        self.return_to_intake(mind, &mut talk);
        let mut actions = Vec::new();
        if let Some(reason) = self.handover.take_if(|it| waiting::is_asked_already(&talk, *it)) {
            talk.trace.push("pending", "people are asked already", Vec::new());
            actions.push(Action::AddToRequest { summary: summary(&talk) });
            self.text = waiting::instead(mind, &talk, reason).or(self.text);
        }
        self.say_aside(&mut talk, !actions.is_empty());
        let disclosure = self.text.as_ref().filter(|_| talk.first).and_then(|_| talk.say(mind, "disclosure"));
        if self.adds {
            actions.push(Action::AddToRequest { summary: summary(&talk) });
        }
        if let Some(reason) = self.handover {
            actions.push(Action::Handover { reason, summary: summary(&talk) });
        }
        if self.cancels {
            talk.memory.sent = None;
            actions.push(Action::CancelHandover);
        }
        if let Some(text) = &self.text {
            let whole = match &disclosure {
                Some(disclosure) => tidy(&format!("{disclosure} {text}")),
                None => text.clone(),
            };
            talk.memory.said.push(Said { by: Speaker::Bot, text: whole.clone() });
            actions.push(Action::Reply(whole));
        } else {
            actions.push(Action::Silence(self.silence.unwrap_or("nothing_to_say")));
        }
        let excess = talk.memory.said.len().saturating_sub(REMEMBERED);
        talk.memory.said.drain(..excess);
        if self.text.is_some() {
            talk.memory.lang = Some(talk.lang);
        }
        talk.memory.branch.clone_from(&talk.branch);
        let slots = talk.memory.intake.as_ref().map(|it| it.slots.clone()).unwrap_or_default();
        let kind = if self.handover.is_some() {
            Kind::Escalate
        } else if self.booking {
            Kind::BookingFlow
        } else if self.text.is_some() {
            Kind::Reply
        } else {
            Kind::Silence
        };
        if self.handover == Some(Reason::Booking) {
            talk.memory.sent = talk.memory.intake.take();
        } else if self.handover.is_some_and(ends_intake) {
            talk.memory.intake = None;
        }
        Step::Done(Box::new(Decision {
            memory: talk.memory,
            actions,
            kind,
            intent: self.intent,
            lang: talk.lang,
            branch: talk.branch,
            slots,
            trace: talk.trace,
            disclosure,
        }))
    }

    /// An interruption of an intake is answered, and what was asked is asked again.
    fn return_to_intake(&mut self, mind: &Mind, talk: &mut Talk) {
        let Some(text) = self.text.as_mut().filter(|_| self.handover.is_none() && !self.booking) else {
            return;
        };
        if let Some(question) = booking::again(mind, talk) {
            *text = tidy(&format!("{text} {question}"));
            self.booking = true;
        }
    }

    /// What became of files is said before the answer to the words; to a customer who hears nothing,
    /// nothing of files is said either. `added`: the open request has this turn already.
    fn say_aside(&mut self, talk: &mut Talk, added: bool) {
        let Some((aside, text)) = talk.aside.take().zip(self.text.as_mut()) else { return };
        *text = tidy(&format!("{} {text}", aside.text));
        if aside.hands_over && talk.memory.pending {
            self.adds |= !added;
        } else if aside.hands_over {
            self.handover = self.handover.or(Some(Reason::Media));
        }
    }

    /// A reply with something invented in it is replaced by a hand-over.
    fn guard(&mut self, mind: &Mind, talk: &mut Talk) {
        let Some(text) = &self.text else { return };
        let mut said: Vec<&str> = talk
            .memory
            .said
            .iter()
            .filter(|it| it.by == Speaker::Customer)
            .map(|it| it.text.as_str())
            .collect();
        let slots: Vec<&String> = talk.memory.intake.iter().flat_map(|it| it.slots.values()).collect();
        said.extend(slots.iter().map(|it| it.as_str()));
        said.extend(talk.turn.phone.as_deref());
        let unsupported = mind.known().unsupported(text, &said);
        if !unsupported.is_empty() {
            let detail = format!("{} unsupported", unsupported.len());
            talk.trace.push("guard.blocked", detail, Vec::new());
            self.text = talk.say(mind, "handover.unknown_fact").or_else(|| talk.say(mind, "fallback"));
            self.handover = self.handover.or(Some(Reason::UnknownFact));
            self.booking = false;
        }
    }
}

/// Whether people take over what was being collected, too: its values stand in their summary.
fn ends_intake(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::HumanRequest
            | Reason::Frustration
            | Reason::Complaint
            | Reason::Legal
            | Reason::Reschedule
            | Reason::Cancel
    )
}

/// What the person needs: the customer's words of this turn and what was collected.
fn summary(talk: &Talk) -> String {
    let original = &talk.heard.original;
    let mut lines: Vec<String> = (!original.is_empty()).then(|| original.clone()).into_iter().collect();
    if let Some(intake) = &talk.memory.intake {
        lines.extend(intake.slots.iter().map(|(slot, value)| format!("{slot}: {value}")));
        if intake.unlisted {
            lines.push("service is not on the list".to_owned());
        }
    }
    let files: Vec<&str> =
        talk.turn.messages.iter().filter_map(|it| Some(it.media.as_ref()?.code())).collect();
    if !files.is_empty() {
        lines.push(format!("files: {}", files.join(", ")));
    }
    if let Some(sender) = &talk.turn.sender {
        lines.push(format!("sender: {sender}"));
    }
    lines.join("\n")
}
