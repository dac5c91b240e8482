//! Rules that outrank answers: hard law, gates, opt-out, a person asked for, frustration.
//!
//! A policy fires on what a message means, never on a substring: its examples compete with those of
//! every intent and with its own counter-examples, and it must come out first.

use format::{PolicyKind, Reason};

use super::{Talk, Verdict};
use crate::Mind;
use crate::answer::Told;
use crate::understand::{Class, Slot};

/// A policy fires from this score on.
const FIRES: f32 = 0.55;
/// Seconds in a minute and in an hour.
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// Which policy a message speaks to, if it is of one of these kinds.
fn spoken(mind: &Mind, talk: &Talk, kinds: &[PolicyKind]) -> Option<usize> {
    let fits = |class: &Class| match class {
        Class::Policy(at) if kinds.contains(&mind.pack().policies[*at].kind) => Some(*at),
        _ => None,
    };
    let by_part = talk.heard.meanings.iter().filter_map(|it| it.top(FIRES)).find_map(fits);
    by_part.or_else(|| {
        // Cutting may part what belongs together, so each sentence is asked as a whole too.
        let tokens = &talk.heard.tokens;
        let mut from = 0;
        for to in 1..=tokens.len() {
            if to == tokens.len() || tokens[to].boundary == 2 {
                let ranked = mind.classes().rank(&tokens[from..to]);
                if let Some(at) = ranked.first().filter(|it| it.score >= FIRES).and_then(|it| fits(&it.class))
                {
                    return Some(at);
                }
                from = to;
            }
        }
        None
    })
}

/// Payment, health, complaints, law: a person decides. Gates open where the pack's explicit rules
/// allow an answer.
pub(crate) fn hard_law(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    let at = spoken(mind, talk, &[PolicyKind::HardLaw, PolicyKind::Gate])?;
    let policy = &mind.pack().policies[at];
    let facts = &talk.view(mind).facts;
    let rule = format!("policy.{}", policy.id);
    if policy.kind == PolicyKind::Gate {
        let allowed = match policy.id.as_str() {
            "payment" => facts.payment.allowed,
            "discount" => facts.discounts.enabled || !facts.promotions.is_empty(),
            _ => false,
        };
        let told = match policy.id.as_str() {
            _ if !allowed => None,
            // Only official promotions are told, and how they add up.
            "discount" => crate::answer::promotions(&talk.filler(mind), &[]),
            id => talk.filler(mind).say(&format!("gate.{id}")).map(|it| Told::new(it.text, it.sources)),
        };
        if let Some(told) = told {
            talk.trace.push(rule, "allowed by the pack", told.sources.clone());
            talk.intents.push(if policy.id == "discount" {
                "promotions".to_owned()
            } else {
                policy.id.clone()
            });
            talk.told.push(told);
            return None;
        }
    }
    let source = mind.release().sources.get(&rule).map(|it| it.0.clone());
    talk.trace.push(rule, "handed over", source.into_iter().collect());
    let says = policy.says.as_ref().and_then(|it| talk.fill(mind, it));
    let text = says.or_else(|| talk.say(mind, "handover.default"))?;
    Some(Verdict::reply(policy.id.clone(), text).handing_over(Reason::of_policy(&policy.id)))
}

/// The customer wants silence, or wanted it a while ago.
pub(crate) fn opt_out(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    let now = talk.now.timestamp().as_second();
    if let Some(at) = spoken(mind, talk, &[PolicyKind::OptOut]) {
        let policy = &mind.pack().policies[at];
        let settings = &mind.release().client.settings;
        let pause = if talk.memory.mutes == 0 {
            i64::from(settings.mute_duration_first_minutes) * MINUTE
        } else {
            i64::from(settings.mute_duration_second_hours) * HOUR
        };
        talk.memory.muted_until = Some(now + pause);
        talk.memory.mutes = talk.memory.mutes.saturating_add(1);
        talk.memory.intake = None;
        talk.trace.push(format!("policy.{}", policy.id), "muted", Vec::new());
        let text = policy.says.as_ref().and_then(|it| talk.fill(mind, it))?;
        let mut verdict = Verdict::reply(policy.id.clone(), text);
        verdict.cancels = talk.memory.pending;
        return Some(verdict);
    }
    let muted = talk.memory.muted_until.is_some_and(|until| now < until);
    if !muted {
        return None;
    }
    let returns = talk.understood().any(|(_, class)| match class {
        Class::Intent(id) => !matches!(id.as_str(), "thanks" | "ack" | "bye" | "off_topic"),
        Class::Policy(_) | Class::Answer(_) | Class::Playbook(_) => true,
        Class::Harmless(_) => false,
    }) || talk.heard.tokens.iter().any(|it| it.is(Slot::Service));
    if returns {
        talk.memory.muted_until = None;
        talk.trace.push("mute.ended", "the customer asks again", Vec::new());
        None
    } else {
        Some(Verdict::silence("muted"))
    }
}

/// A person is asked for, or patience is at its end.
pub(crate) fn person(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    let at = spoken(mind, talk, &[PolicyKind::Human, PolicyKind::Frustration])?;
    let policy = &mind.pack().policies[at];
    let reason = match policy.kind {
        PolicyKind::Human => Reason::HumanRequest,
        _ => Reason::Frustration,
    };
    talk.trace.push(format!("policy.{}", policy.id), "handed over", Vec::new());
    let says = policy.says.as_ref().and_then(|it| talk.fill(mind, it));
    let text = says.or_else(|| talk.say(mind, "handover.default"))?;
    Some(Verdict::reply(policy.id.clone(), text).handing_over(reason))
}
