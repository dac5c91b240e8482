//! A request waits for a person: the bot goes on helping, asks nobody a second time, and lets the
//! customer take the request back.

use format::Reason;

use super::{Talk, Verdict};
use crate::Mind;
use crate::understand::{Answer, find_name, find_phone, takes_back, yes_or_no};

/// Words that «the manager is not needed any more» begins with.
const LEADS: [&str; 14] = [
    "нет",
    "ладно",
    "все",
    "уже",
    "ой",
    "ок",
    "спасибо",
    "не",
    "отбой",
    "отмена",
    "жоқ",
    "жок",
    "керек",
    "енді",
];

/// «Нет, уже не надо»: the request is cancelled. A no to what the bot has just asked is not that.
pub(crate) fn take_back(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    let memory = &talk.memory;
    let asked = memory.offered
        || memory.intake.is_some()
        || memory.reengage.is_some()
        || memory.asked_branch.is_some()
        || memory.clarified > 0;
    let tokens = &talk.heard.tokens;
    let led = tokens.first().is_some_and(|it| LEADS.contains(&it.text.as_str()));
    let nothing_new = talk.heard.mentions.is_empty() && talk.heard.when.is_empty();
    let no = yes_or_no(tokens) == Some(Answer::No) || led && nothing_new && takes_back(tokens);
    if !talk.memory.pending || asked || !no {
        return None;
    }
    talk.trace.push("pending.cancelled", "", Vec::new());
    let mut verdict = Verdict::reply("pending", talk.say(mind, "pending.cancelled")?);
    verdict.cancels = true;
    Some(verdict)
}

/// A name, a number, a day or a time by themselves: they belong to what waits for a person.
pub(crate) fn note(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    let original = &talk.heard.original;
    let tells = find_phone(original).is_some()
        || find_name(original, &talk.heard.tokens, false).is_some()
        || talk.told.is_empty() && !talk.heard.when.is_empty();
    let asks = talk.heard.tokens.iter().any(|it| it.question);
    if !talk.memory.pending || talk.memory.intake.is_some() || !tells || asks {
        return None;
    }
    talk.trace.push("pending.noted", "", Vec::new());
    let mut verdict = Verdict::reply("pending", talk.say(mind, "pending.noted")?);
    verdict.adds = true;
    Some(verdict)
}

/// Whether people who are asked already need not be asked again for this reason; what is new in it
/// is added to the open request.
pub(super) fn is_asked_already(talk: &Talk, reason: Reason) -> bool {
    let soft = matches!(
        reason,
        Reason::HumanRequest
            | Reason::Frustration
            | Reason::UnknownFact
            | Reason::LowConfidence
            | Reason::ClarifyLimit
            | Reason::Media
    );
    talk.memory.pending && soft
}

/// What is said instead of a second «I pass it on».
pub(super) fn instead(mind: &Mind, talk: &Talk, reason: Reason) -> Option<String> {
    let id = match reason {
        Reason::HumanRequest | Reason::Frustration => "pending.waiting",
        _ => "pending.added",
    };
    talk.say(mind, id)
}

#[cfg(test)]
mod tests {
    use crate::sample::Chat;
    use crate::{Action, Kind};

    fn pending() -> Chat {
        let mut chat = Chat::new();
        assert_eq!(chat.say("позовите человека").kind, Kind::Escalate);
        chat.memory.pending = true;
        chat
    }

    #[test]
    fn the_bot_goes_on_helping() {
        let mut chat = pending();
        assert!(chat.hears("Сколько стоит замена камеры?").contains("3\u{a0}500"));
    }

    #[test]
    fn nobody_is_asked_twice() {
        let mut chat = pending();
        let again = chat.say("позовите человека");
        assert_eq!((again.kind, again.handover()), (Kind::Reply, None));
        assert_eq!(again.reply(), Some("Человек уже видит ваш вопрос."));
        assert!(again.actions.iter().any(|it| matches!(it, Action::AddToRequest { .. })));
        assert_eq!(chat.say("вы плохо сделали настройку тормозов").kind, Kind::Escalate);
    }

    #[test]
    fn what_people_need_is_added() {
        let noted = pending().say("8 701 555 00 11");
        assert_eq!(noted.reply(), Some("Добавил."));
        assert!(noted.actions.iter().any(|it| matches!(it, Action::AddToRequest { .. })));
    }

    #[test]
    fn a_no_takes_the_request_back() {
        let mut chat = pending();
        let taken = chat.say("нет, уже не надо");
        assert!(taken.actions.contains(&Action::CancelHandover));
        assert_eq!(taken.reply(), Some("Хорошо, отменил."));
        let taken = pending().say("ладно отбой, менеджер не нужен");
        assert!(taken.actions.contains(&Action::CancelHandover));
        // Without a request a no is only a no.
        let mut free = Chat::new();
        assert!(!free.say("нет").actions.contains(&Action::CancelHandover));
    }
}
