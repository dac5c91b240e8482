//! What the page shows of the pretended Telegram: the groups of one tenant, and the private chats of
//! its people with its bot.

use serde::Serialize;

use crate::bench::{Bench, Desk, Person};
use crate::telegram::{Message, Pressed, Telegram, Topic};

/// Pressed buttons whose answers are shown.
const PRESSED: usize = 20;

/// A tenant's part of Telegram.
#[derive(Debug, Default, Serialize)]
pub(super) struct Shown<'d> {
    bot: Option<i64>,
    people: &'d [Person],
    groups: Vec<Group<'d>>,
    private: Vec<Private>,
    /// The latest, oldest first.
    pressed: Vec<Pressed>,
}

#[derive(Debug, Serialize)]
struct Group<'d> {
    chat_id: i64,
    title: &'d str,
    topics: Vec<Topic>,
    messages: Vec<Message>,
}

#[derive(Debug, Serialize)]
struct Private {
    person: i64,
    messages: Vec<Message>,
}

/// What is shown of the tenant; nothing of one without a bot.
pub(super) fn shown<'d>(bench: &'d Bench, tenant: &str, telegram: &Telegram) -> Shown<'d> {
    let desk = bench.tenants.iter().find(|it| it.slug == tenant).and_then(|it| it.desk.as_ref());
    let Some(Desk { bot, groups, people }) = desk else { return Shown::default() };
    let group = |it: &'d crate::bench::Group| Group {
        chat_id: it.chat_id,
        title: &it.title,
        topics: telegram.topics(it.chat_id).into_iter().filter(|it| !it.deleted).collect(),
        messages: telegram.messages(it.chat_id),
    };
    let private = |it: &Person| Private { person: it.id, messages: telegram.private(*bot, it.id) };
    let mut pressed: Vec<Pressed> = telegram.pressed().into_iter().filter(|it| it.bot == *bot).collect();
    pressed.drain(..pressed.len().saturating_sub(PRESSED));
    Shown {
        bot: Some(*bot),
        people,
        groups: groups.iter().map(group).collect(),
        private: people.iter().map(private).collect(),
        pressed,
    }
}
