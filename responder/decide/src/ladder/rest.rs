//! The first and the last rungs: ownership, small talk, out of the trade.

use super::{Talk, Verdict};
use crate::Mind;
use crate::understand::{Answer, Class, yes_or_no};

/// A person has the conversation: nothing is said.
pub(crate) fn ownership(talk: &mut Talk) -> Option<Verdict> {
    talk.memory.manager_active.then(|| {
        talk.trace.push("ownership", "a person has the conversation", Vec::new());
        Verdict::silence("manager_active")
    })
}

/// Signs that say «good» without a word.
const NODS: [char; 14] = ['👍', '👌', '🙏', '❤', '😊', '🙂', '😍', '🔥', '👏', '🤝', '😉', '🥰', '💪', '💖'];
const SMALL_TALK: [&str; 7] =
    ["greeting", "thanks", "bye", "ack", "who_are_you", "still_waiting", "existing_visit"];

/// Greetings, thanks, goodbyes, yes and no; where something else is asked, that is answered.
pub(crate) fn small_talk(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    if !talk.open.is_empty() {
        return None;
    }
    let offered = std::mem::take(&mut talk.memory.offered);
    let said = talk.understood().find_map(|(_, class)| match class {
        Class::Intent(id) if SMALL_TALK.contains(&id.as_str()) => Some(id.clone()),
        _ => None,
    });
    let nods = talk.heard.tokens.is_empty() && talk.heard.original.contains(NODS);
    let said = said.or_else(|| nods.then(|| "ack".to_owned()));
    if said.as_deref() == Some("still_waiting") && talk.memory.pending {
        talk.trace.push("pending.waiting", "", Vec::new());
        return Some(Verdict::reply("still_waiting", talk.say(mind, "pending.waiting")?));
    }
    let id = match (said, yes_or_no(&talk.heard.tokens)) {
        (Some(id), _) => id,
        (None, Some(Answer::No)) if offered => "declined".to_owned(),
        (None, Some(_)) => "ack".to_owned(),
        (None, None) => return None,
    };
    let again = if talk.first { None } else { talk.say(mind, &format!("answer.{id}_again")) };
    let text = again.or_else(|| talk.say(mind, &format!("answer.{id}")))?;
    talk.trace.push(format!("small_talk.{id}"), "", Vec::new());
    Some(Verdict::reply(id, text))
}

/// Something of another world: said so, and what can be asked here.
pub(crate) fn off_topic(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    if !talk.open.is_empty() || !talk.asks("off_topic") {
        return None;
    }
    talk.trace.push("off_topic", "", Vec::new());
    let text = talk.say(mind, "answer.off_topic")?;
    Some(Verdict::reply("off_topic", text))
}

#[cfg(test)]
mod tests {
    use crate::sample::table;

    #[test]
    fn small_talk_is_short_and_gives_way_to_questions() {
        table(
            "small_talk",
            &["привет", "Здравствуйте!", "спасибо", "сәлем", "👍"],
            &["привет, сколько стоит замена камеры?", "спасибо, а где вы находитесь?", "?"],
        );
    }

    #[test]
    fn other_worlds_are_told_apart() {
        table("off_topic", &["какая погода", "расскажи анекдот"], &["какая цена замены камеры", "где вы"]);
    }
}
