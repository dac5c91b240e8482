//! Rules that outrank answers: hard law, gates, a person asked for, frustration.
//!
//! A policy fires on what a message means, never on a substring: its examples compete with those of
//! every intent and with its own counter-examples, and it must come out first.

use format::{PolicyKind, Reason};

use super::{Talk, Verdict};
use crate::Mind;
use crate::answer::Told;
use crate::understand::{Class, takes_back};

/// A policy fires from this score on.
const FIRES: f32 = 0.55;
/// The base pack's policies of appointments that are to be cancelled or moved.
const CHANGES: [&str; 2] = ["cancel", "reschedule"];

/// Which policy a message speaks to, if it is of one of these kinds.
pub(super) fn spoken(mind: &Mind, talk: &Talk, kinds: &[PolicyKind]) -> Option<usize> {
    let fits = |class: &Class| match class {
        Class::Policy(at) if kinds.contains(&mind.pack().policies[*at].kind) => Some(*at),
        _ => None,
    };
    let by_part = talk.heard.meanings.iter().filter_map(|it| it.top(FIRES)).find_map(fits);
    let whole = talk.heard.sentences.iter().filter(|it| it.score >= FIRES);
    by_part.or_else(|| whole.map(|it| &it.class).find_map(fits))
}

/// Whether a message speaks to any policy but opting out.
pub(super) fn speaks_to_any(mind: &Mind, talk: &Talk) -> bool {
    use PolicyKind::{Frustration, Gate, HardLaw, Human};
    spoken(mind, talk, &[HardLaw, Gate, Human, Frustration]).is_some()
}

/// Payment, health, complaints, law: a person decides. Gates open where the pack's explicit rules
/// allow an answer.
pub(crate) fn hard_law(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    let at = spoken(mind, talk, &[PolicyKind::HardLaw, PolicyKind::Gate])?;
    let policy = &mind.pack().policies[at];
    let drops = takes_back(&talk.heard.tokens);
    let drafts = talk.memory.intake.is_some() && (drops || !talk.heard.when.is_empty());
    if CHANGES.contains(&policy.id.as_str()) && (drafts || talk.memory.pending && drops) {
        // What is being collected is no appointment yet: the intake drops or changes it. And what
        // waits for a person is taken back by a rung of its own.
        return None;
    }
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

#[cfg(test)]
mod tests {
    use crate::sample::{Chat, table};

    #[test]
    fn hard_law_fires_on_meaning() {
        table(
            "policy.complaint",
            &["вы плохо сделали настройку тормозов", "хочу пожаловаться", "сломалось после ремонта"],
            &[
                "отличный сервис",
                "сколько стоит ремонт",
                "хочу настройку скоростей",
                "после дождя работаете?",
            ],
        );
        table(
            "policy.payment",
            &["можно оплатить картой?", "как оплатить"],
            &["точка на карте есть?", "картонная коробка", "где вы на карте"],
        );
    }

    #[test]
    fn people_are_called_when_asked_for() {
        table(
            "policy.human_request",
            &["позовите человека", "хочу поговорить с живым человеком"],
            &["на двух человек", "человек", "сколько стоит замена камеры"],
        );
    }

    #[test]
    fn what_is_being_collected_is_dropped_not_cancelled() {
        let mut chat = Chat::new();
        chat.say("запишите на замену камеры завтра");
        assert_eq!(chat.hears("передумал, не надо"), "Хорошо, не передаю.");
        assert_eq!(chat.memory.intake, None);
    }
}
