//! The flood shield: bursts, repeats and over-long texts of one customer.

use super::{Talk, Verdict};
use crate::{Mind, Speaker};

/// Seconds that a burst and a repeat are looked for in.
const WINDOW: i64 = 60;
/// Turns in a window that are answered.
const TURNS: usize = 10;
/// The same words in a window that are answered.
const SAME: usize = 3;
/// Characters of the longest text that is read.
const LONGEST: usize = 2_000;
/// What of a longer one is read, to know its language.
const BRIEF: usize = 300;

/// Says nothing to a flood, and asks for fewer words once.
pub(crate) fn hold(mind: &Mind, talk: &mut Talk) -> Option<Verdict> {
    let now = talk.now.timestamp().as_second();
    talk.memory.recent.retain(|it| (0..WINDOW).contains(&(now - it)));
    talk.memory.recent.push(now);
    if talk.memory.recent.len() > TURNS {
        talk.memory.recent.remove(0);
        return Some(silent(talk, "shield.burst"));
    }
    let customers = talk.memory.said.iter().rev().filter(|it| it.by == Speaker::Customer);
    let same = customers.take_while(|it| it.text == talk.heard.original).count();
    if same > SAME && talk.memory.recent.len() > SAME && !talk.heard.original.is_empty() {
        return Some(silent(talk, "shield.repeat"));
    }
    if !talk.long {
        talk.memory.asked_brief = false;
        return None;
    }
    if std::mem::replace(&mut talk.memory.asked_brief, true) {
        return Some(silent(talk, "shield.long"));
    }
    talk.trace.push("shield.long", "asked to be brief", Vec::new());
    Some(Verdict::reply("shield", talk.say(mind, "shield.long")?))
}

/// Whether a text is longer than what is read.
pub(super) fn is_long(text: &str) -> bool {
    text.len() > LONGEST && text.chars().nth(LONGEST).is_some()
}

/// What of a text is read: all of it, or the beginning of one that is too long.
pub(super) fn brief(text: &str) -> &str {
    if !is_long(text) {
        return text;
    }
    text.char_indices().nth(BRIEF).map_or(text, |(at, _)| &text[..at])
}

fn silent(talk: &mut Talk, rule: &'static str) -> Verdict {
    talk.trace.push(rule, "", Vec::new());
    Verdict::silence(rule)
}

#[cfg(test)]
mod tests {
    use crate::sample::Chat;
    use crate::{Action, Kind};

    #[test]
    fn the_fourth_repeat_within_a_minute_is_not_answered() {
        let mut chat = Chat::new();
        chat.every = 5;
        assert_eq!(chat.say("где вы находитесь?").kind, Kind::Reply);
        assert_eq!(chat.say("где вы находитесь?").kind, Kind::Reply);
        assert_eq!(chat.say("где вы находитесь?").kind, Kind::Reply);
        let fourth = chat.say("где вы находитесь?");
        assert_eq!(fourth.actions, [Action::Silence("shield.repeat")]);
        assert_eq!(fourth.trace.entries.last().unwrap().rule, "shield.repeat");
        assert_eq!(chat.say("а до скольки работаете?").kind, Kind::Reply);
        chat.every = 61;
        assert_eq!(chat.say("спасибо").kind, Kind::Reply);
        for _ in 0..4 {
            assert_eq!(chat.say("где вы находитесь?").kind, Kind::Reply, "slow repeats are answered");
        }
    }

    #[test]
    fn a_burst_is_not_answered_and_calm_is() {
        let mut chat = Chat::new();
        chat.every = 1;
        let kinds: Vec<Kind> = (0..14).map(|it| chat.say(&format!("вопрос номер {it}")).kind).collect();
        assert!(kinds[..10].iter().all(|it| *it != Kind::Silence));
        assert!(kinds[10..].iter().all(|it| *it == Kind::Silence));
        chat.now = chat.now.checked_add(jiff::Span::new().minutes(2)).unwrap();
        assert_eq!(chat.say("где вы находитесь?").kind, Kind::Reply);
    }

    #[test]
    fn an_endless_text_is_asked_to_be_brief_once() {
        let mut chat = Chat::new();
        let long = "велосипед ".repeat(1_000);
        assert_eq!(chat.hears(&long), "Покороче, пожалуйста.");
        assert_eq!(chat.say(&format!("{long}!")).actions, [Action::Silence("shield.long")]);
        assert_eq!(chat.say("где вы находитесь?").kind, Kind::Reply);
    }
}
