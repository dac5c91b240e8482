//! Silence as the customer wants it: opting out, and coming back.

use format::PolicyKind;

use super::{Talk, Verdict, policy};
use crate::Mind;
use crate::understand::{Answer, Class, Slot, Token, denies, takes_back, yes_or_no};

/// Seconds in a minute and in an hour.
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// Beginnings of what the customer wants no more of.
const WRITING: [&str; 6] = ["пиш", "писа", "жаз", "беспоко", "отпиш", "спам"];
/// Telling words from which even an unknown message is no idle one.
const TELLING: usize = 3;
/// Intents that ask for nothing.
const IDLE: [&str; 6] = ["greeting", "thanks", "ack", "bye", "off_topic", "who_are_you"];

/// The customer wants silence now, or wanted it a while ago.
pub(crate) fn keep(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    if let Some(waiting) = talk.memory.reengage.take() {
        match yes_or_no(&talk.heard.tokens) {
            Some(Answer::Yes) => {
                talk.trace.push("reengage.yes", "", Vec::new());
                talk.memory.muted_until = None;
                talk.hear_again(mind, waiting);
                return None;
            }
            Some(Answer::No) => return mute(mind, talk, None),
            None => {}
        }
    }
    let busy = talk.memory.intake.is_some() || talk.memory.offered;
    let of_writing = |it: &Token| WRITING.iter().any(|verb| it.text.starts_with(verb));
    if busy && takes_back(&talk.heard.tokens) && !talk.heard.tokens.iter().any(of_writing) {
        // «передумала, не надо» is about the booking.
        return None;
    }
    let asked = talk.memory.intake.as_ref().and_then(|it| it.asked.as_deref());
    if matches!(asked, Some("name" | "phone")) && !talk.heard.tokens.iter().any(|it| denies(&it.text)) {
        // «с этого пишу» tells a number.
        return None;
    }
    if let Some(at) = policy::spoken(mind, talk, &[PolicyKind::OptOut]) {
        if asks_too(talk)
            && let Some(question) = talk.say(mind, "reengage.ask")
        {
            talk.trace.push("reengage.ask", "silence is wanted and something is asked", Vec::new());
            talk.memory.reengage = Some(talk.heard.original.clone());
            return Some(Verdict::reply("opt_out", question));
        }
        return mute(mind, talk, Some(at));
    }
    let now = talk.now.timestamp().as_second();
    if talk.memory.muted_until.is_none_or(|until| now >= until) {
        return None;
    }
    let idle = talk.understood().any(|(_, class)| matches!(class, Class::Intent(_)));
    let says_much = !idle && talk.heard.tokens.iter().filter(|it| !it.stop).count() >= TELLING;
    if asks_too(talk) || says_much || policy::speaks_to_any(mind, talk) {
        talk.memory.muted_until = None;
        talk.trace.push("mute.ended", "the customer asks again", Vec::new());
        None
    } else {
        talk.trace.push("mute.kept", "", Vec::new());
        Some(Verdict::silence("muted"))
    }
}

/// Silence from now on: shorter the first time, longer from the second on within a day.
fn mute(mind: &Mind, talk: &mut Talk, policy: Option<usize>) -> Option<Verdict> {
    let policies = &mind.pack().policies;
    let policy = policy.map(|at| &policies[at]);
    let policy = policy.or_else(|| policies.iter().find(|it| it.kind == PolicyKind::OptOut))?;
    let settings = &mind.release().client.settings;
    let pause = if talk.memory.mutes == 0 {
        i64::from(settings.mute_duration_first_minutes) * MINUTE
    } else {
        i64::from(settings.mute_duration_second_hours) * HOUR
    };
    talk.memory.muted_until = Some(talk.now.timestamp().as_second() + pause);
    talk.memory.mutes = talk.memory.mutes.saturating_add(1);
    talk.memory.intake = None;
    talk.memory.offered = false;
    talk.trace.push(format!("policy.{}", policy.id), "muted", Vec::new());
    let text = policy.says.as_ref().and_then(|it| talk.fill(mind, it))?;
    let mut verdict = Verdict::reply(policy.id.clone(), text);
    verdict.cancels = talk.memory.pending;
    Some(verdict)
}

/// Something of the business is asked, beside whatever else is said.
fn asks_too(talk: &Talk) -> bool {
    let asked = talk.understood().any(|(_, class)| match class {
        Class::Intent(id) => !IDLE.contains(&id.as_str()),
        Class::Answer(_) | Class::Playbook(_) => true,
        Class::Policy(_) | Class::Harmless(_) => false,
    });
    asked || talk.heard.tokens.iter().any(|it| it.is(Slot::Service))
}

#[cfg(test)]
mod tests {
    use crate::sample::Chat;
    use crate::{Action, Kind};

    #[test]
    fn silence_is_kept_until_a_question() {
        let mut chat = Chat::new();
        assert_eq!(chat.hears("не пишите мне"), "Больше не пишу.");
        for idle in ["спасибо", "ок", "🙂"] {
            assert_eq!(chat.say(idle).kind, Kind::Silence, "{idle}");
        }
        assert!(chat.hears("а до скольки вы работаете?").contains("19:00"));
        assert_eq!(chat.say("спасибо").kind, Kind::Reply);
    }

    #[test]
    fn a_complaint_is_heard_through_silence() {
        let mut chat = Chat::new();
        chat.hears("стоп");
        assert_eq!(chat.say("вы плохо сделали настройку тормозов").kind, Kind::Escalate);
    }

    #[test]
    fn the_second_silence_is_longer_and_a_day_resets() {
        let mut chat = Chat::new();
        let pause = |chat: &Chat| chat.memory.muted_until.unwrap() - chat.memory.last_turn_at.unwrap();
        chat.hears("не пишите мне");
        assert_eq!(pause(&chat), 30 * 60);
        chat.hears("а где вы находитесь?");
        chat.hears("не пишите мне");
        assert_eq!(pause(&chat), 24 * 60 * 60);
        chat.now = chat.now.checked_add(jiff::Span::new().hours(25)).unwrap();
        chat.hears("не пишите мне");
        assert_eq!(pause(&chat), 30 * 60);
    }

    #[test]
    fn silence_wanted_and_something_asked_is_asked_about_once() {
        let mut chat = Chat::new();
        let both = "не пишите мне. Сколько стоит замена камеры?";
        assert_eq!(chat.hears(both), "Ответить или не писать?");
        assert!(chat.hears("да").contains("3\u{a0}500"));
        assert_eq!(chat.hears(both), "Ответить или не писать?");
        assert_eq!(chat.hears("нет, не надо"), "Больше не пишу.");
        assert_eq!(chat.say("ок").kind, Kind::Silence);
    }

    #[test]
    fn opting_out_cancels_what_waits() {
        let mut chat = Chat::new();
        chat.memory.pending = true;
        assert!(chat.say("не пишите мне").actions.contains(&Action::CancelHandover));
    }
}
