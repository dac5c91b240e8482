//! What people do in it.

use bytes::Bytes;
use serde_json::{Value, json};
use thiserror::Error;

use super::world::{Account, Bot, Message, Pressed, Room, Standing, World};
use super::{Rule, Telegram, shape};

/// There is no such chat, message, button or person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("there is no such thing in this Telegram")]
pub struct Nobody;

/// A file that somebody sends.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// `photo`, `voice`, `audio`, `document`, `video`.
    pub kind: String,
    /// The file.
    pub bytes: Bytes,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub mime: String,
}

/// Something that somebody says in a group.
#[derive(Debug, Clone, Default)]
pub struct Post {
    /// The group.
    pub chat_id: i64,
    /// The topic; the general one where absent.
    pub thread_id: Option<i32>,
    /// Who.
    pub from: i64,
    /// Text or caption.
    pub text: String,
    /// File.
    pub file: Option<NewFile>,
    /// Message replied to.
    pub reply_to: Option<i32>,
    /// An administrator writes as the group.
    pub anonymous: bool,
    /// More fields of the wire form: a sticker, a poll, entities.
    pub other: Value,
}

impl Telegram {
    /// A new bot with this token, `<id>:<secret>`; its id, which is 0 when that is no token.
    pub fn add_bot(&self, token: &str, username: &str) -> i64 {
        let id = token.split_once(':').and_then(|(id, _)| id.parse().ok()).unwrap_or(0);
        let account =
            Account { id, name: username.to_owned(), username: Some(username.to_owned()), is_bot: true };
        let bot = Bot {
            token: token.to_owned(),
            account,
            hook: None,
            queue: std::collections::VecDeque::new(),
            last_update: 1000,
            allowed: None,
            poll: 0,
            taken: std::collections::VecDeque::new(),
        };
        self.world().bots.insert(id, bot);
        self.changed();
        id
    }

    /// As [`Telegram::add_bot`], unless there is a bot with this token.
    pub fn ensure_bot(&self, token: &str, username: &str) -> i64 {
        let known = self.world().bots.iter().find(|(_, it)| it.token == token).map(|(id, _)| *id);
        known.unwrap_or_else(|| self.add_bot(token, username))
    }

    /// As [`Telegram::add_forum`], unless there is such a group.
    pub fn ensure_forum(&self, chat_id: i64, title: &str) {
        let known = self.world().rooms.contains_key(&(0, chat_id));
        if !known {
            self.add_forum(chat_id, title);
        }
    }

    /// A person, new or with another name.
    pub fn add_person(&self, id: i64, name: &str, username: Option<&str>) {
        let username = username.map(str::to_owned);
        self.world().people.insert(id, Account { id, name: name.to_owned(), username, is_bot: false });
        self.changed();
    }

    /// A new group with topics; ids of groups are negative.
    pub fn add_forum(&self, chat_id: i64, title: &str) {
        self.world().rooms.insert((0, chat_id), Room::new(chat_id, title, true));
        self.changed();
    }

    /// A new group without topics.
    pub fn add_group(&self, chat_id: i64, title: &str) {
        self.world().rooms.insert((0, chat_id), Room::new(chat_id, title, false));
        self.changed();
    }

    /// Somebody turns a group's topics on or off; no bot is told.
    ///
    /// # Errors
    /// [`Nobody`] when there is no such group.
    pub fn set_topics(&self, chat_id: i64, on: bool) -> Result<(), Nobody> {
        self.world().rooms.get_mut(&(0, chat_id)).ok_or(Nobody)?.is_forum = on;
        self.changed();
        Ok(())
    }

    /// Makes a bot or a person something else in a group; a bot is told.
    ///
    /// # Errors
    /// [`Nobody`] when there is no such group.
    pub fn set_standing(&self, chat_id: i64, id: i64, now: Standing, by: i64) -> Result<(), Nobody> {
        {
            let at = self.now_ms() / 1000;
            let mut world = self.world();
            let room = world.rooms.get_mut(&(0, chat_id)).ok_or(Nobody)?;
            let before = room.members.insert(id, now).unwrap_or(Standing::Left);
            if world.bots.contains_key(&id) && before != now {
                let room = world.rooms.get(&(0, chat_id)).ok_or(Nobody)?;
                let update = json!({
                    "chat": shape::chat(&world, room), "from": shape::account(&world.account(by)), "date": at,
                    "old_chat_member": shape::member(&world, id, before),
                    "new_chat_member": shape::member(&world, id, now),
                });
                world.push(id, "my_chat_member", chat_id, update);
            }
        }
        self.changed();
        Ok(())
    }

    /// Somebody says something in a group; the id of the message.
    ///
    /// # Errors
    /// [`Nobody`] when there is no such group, or no such topic any more.
    pub fn post(&self, post: Post) -> Result<i32, Nobody> {
        let at_ms = self.now_ms();
        let id = {
            let mut world = self.world();
            let room = world.rooms.get(&(0, post.chat_id)).ok_or(Nobody)?;
            if post.thread_id.is_some_and(|id| room.topics.get(&id).is_none_or(|it| it.deleted)) {
                return Err(Nobody);
            }
            world.say((0, post.chat_id), post, at_ms)?
        };
        self.changed();
        Ok(id)
    }

    /// Somebody writes a text in a topic; the id of the message.
    ///
    /// # Errors
    /// As [`Telegram::post`].
    pub fn write(&self, chat_id: i64, thread_id: i32, from: i64, text: &str) -> Result<i32, Nobody> {
        let text = text.to_owned();
        self.post(Post { chat_id, thread_id: Some(thread_id), from, text, ..Post::default() })
    }

    /// Somebody writes to a bot itself, which may write back from then on; the id of the message.
    ///
    /// # Errors
    /// [`Nobody`] when there is no such bot.
    pub fn write_private(
        &self,
        bot: i64,
        from: i64,
        text: &str,
        reply_to: Option<i32>,
    ) -> Result<i32, Nobody> {
        let at_ms = self.now_ms();
        let id = {
            let mut world = self.world();
            if !world.bots.contains_key(&bot) {
                return Err(Nobody);
            }
            let name = world.account(from).name;
            let room = world.rooms.entry((bot, from)).or_insert_with(|| Room::new(from, &name, false));
            room.blocked = false;
            room.members.insert(bot, Standing::Member);
            let post = Post { chat_id: from, from, text: text.to_owned(), reply_to, ..Post::default() };
            world.say((bot, from), post, at_ms)?
        };
        self.changed();
        Ok(id)
    }

    /// Somebody blocks a bot, which is told.
    pub fn block(&self, bot: i64, person: i64) {
        {
            let at = self.now_ms() / 1000;
            let mut world = self.world();
            let Some(room) = world.rooms.get_mut(&(bot, person)) else { return };
            room.blocked = true;
            let Some(room) = world.rooms.get(&(bot, person)) else { return };
            let update = json!({
                "chat": shape::chat(&world, room), "from": shape::account(&world.account(person)), "date": at,
                "old_chat_member": shape::member(&world, bot, Standing::Member),
                "new_chat_member": shape::member(&world, bot, Standing::Kicked),
            });
            world.push(bot, "my_chat_member", person, update);
        }
        self.changed();
    }

    /// Somebody says in another way what they said before.
    ///
    /// # Errors
    /// [`Nobody`] when there is no such message in the group.
    pub fn edit(&self, chat_id: i64, message_id: i32, text: &str) -> Result<(), Nobody> {
        let at_ms = self.now_ms();
        {
            let mut world = self.world();
            let room = world.rooms.get_mut(&(0, chat_id)).ok_or(Nobody)?;
            let message = room.messages.get_mut(&message_id).ok_or(Nobody)?;
            text.clone_into(&mut message.text);
            text.clone_into(&mut message.source);
            message.edited_at_ms = Some(at_ms);
            world.tell((0, chat_id), message_id, "edited_message");
        }
        self.changed();
        Ok(())
    }

    /// Somebody presses the button that carries `data`, or says it, under a message; the id of the query.
    ///
    /// # Errors
    /// [`Nobody`] when there is no such button.
    pub fn press(&self, chat: Where, message_id: i32, from: i64, button: &str) -> Result<String, Nobody> {
        let (bot, data) = {
            let world = self.world();
            let message = world.rooms.get(&chat.key()).and_then(|it| it.messages.get(&message_id));
            let message = message.ok_or(Nobody)?;
            let mut buttons = message.buttons.iter().flatten();
            let found = buttons.find(|it| it.data == button || it.text == button).ok_or(Nobody)?;
            (message.from, found.data.clone())
        };
        self.forge(bot, chat, message_id, from, &data)
    }

    /// A press that no button carries: what a forged client could send.
    ///
    /// # Errors
    /// [`Nobody`] when there is no such chat.
    pub fn forge(
        &self,
        bot: i64,
        chat: Where,
        message_id: i32,
        from: i64,
        data: &str,
    ) -> Result<String, Nobody> {
        let at_ms = self.now_ms();
        let id = {
            let mut world = self.world();
            let id = format!("{}", 7_000_000_000_u64 + world.pressed.len() as u64);
            let room = world.rooms.get(&chat.key()).ok_or(Nobody)?;
            let message = room.messages.get(&message_id).map_or_else(
                || json!({"message_id": message_id, "date": 0, "chat": shape::chat(&world, room)}),
                |it| shape::message(&world, room, it, bot),
            );
            let from_account = shape::account(&world.account(from));
            let (chat_id, data) = (room.id, data.to_owned());
            let query = json!({"id": id, "from": from_account, "chat_instance": "1", "data": data, "message": message});
            let pressed =
                Pressed { id: id.clone(), bot, from, chat_id, message_id, data, at_ms, answer: None };
            world.pressed.push(pressed);
            world.push(bot, "callback_query", chat_id, query);
            id
        };
        self.changed();
        Ok(id)
    }

    /// Somebody deletes a topic with its messages; no bot is told.
    ///
    /// # Errors
    /// [`Nobody`] when there is no such topic.
    pub fn delete_topic(&self, chat_id: i64, thread_id: i32) -> Result<(), Nobody> {
        {
            let mut world = self.world();
            let room = world.rooms.get_mut(&(0, chat_id)).ok_or(Nobody)?;
            room.topics.get_mut(&thread_id).ok_or(Nobody)?.deleted = true;
            room.messages.retain(|_, it| it.thread_id != Some(thread_id));
        }
        self.changed();
        Ok(())
    }

    /// Somebody closes a topic, or opens it again.
    ///
    /// # Errors
    /// [`Nobody`] when there is no such topic.
    pub fn set_closed(&self, chat_id: i64, thread_id: i32, closed: bool) -> Result<(), Nobody> {
        {
            let mut world = self.world();
            let room = world.rooms.get_mut(&(0, chat_id)).ok_or(Nobody)?;
            room.topics.get_mut(&thread_id).ok_or(Nobody)?.closed = closed;
        }
        self.changed();
        Ok(())
    }

    /// Somebody deletes a message; no bot is told.
    ///
    /// # Errors
    /// [`Nobody`] when there is no such message.
    pub fn delete_message(&self, chat_id: i64, message_id: i32) -> Result<(), Nobody> {
        let gone = self.world().rooms.get_mut(&(0, chat_id)).and_then(|it| it.messages.remove(&message_id));
        self.changed();
        gone.map(drop).ok_or(Nobody)
    }

    /// The group has another id from now on; calls with the old one are told.
    ///
    /// # Errors
    /// [`Nobody`] when there is no such group.
    pub fn migrate(&self, chat_id: i64, to: i64) -> Result<(), Nobody> {
        {
            let at_ms = self.now_ms();
            let mut world = self.world();
            let old = world.rooms.get_mut(&(0, chat_id)).ok_or(Nobody)?;
            let mut new = Room::new(to, &old.title, old.is_forum);
            new.members.clone_from(&old.members);
            let from = old.members.keys().next().copied().unwrap_or(1);
            let other = json!({"migrate_to_chat_id": to});
            let told = world.say((0, chat_id), Post { chat_id, from, other, ..Post::default() }, at_ms);
            world.rooms.insert((0, to), new);
            if let Some(old) = world.rooms.get_mut(&(0, chat_id)) {
                old.moved_to = Some(to);
            }
            told?;
        }
        self.changed();
        Ok(())
    }

    /// Groups forbid this reaction.
    pub fn forbid_reaction(&self, emoji: &str) {
        self.world().forbidden.insert(emoji.to_owned());
    }

    /// So many of the next updates are handed over twice.
    pub fn double_updates(&self, times: u32) {
        self.world().doubles = times;
    }

    /// Calls that meet `rule` end as it says.
    pub fn fail(&self, rule: Rule) {
        self.world().rules.push(rule);
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        let mut world = self.world();
        world.rules.clear();
        world.doubles = 0;
    }
}

/// Where something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// In a group.
    Group(i64),
    /// Between a bot and a person.
    Private {
        /// The bot.
        bot: i64,
        /// The person.
        person: i64,
    },
}

impl Where {
    fn key(self) -> (i64, i64) {
        match self {
            Self::Group(id) => (0, id),
            Self::Private { bot, person } => (bot, person),
        }
    }
}

impl World {
    /// Writes a message down and tells the bots.
    fn say(&mut self, key: (i64, i64), post: Post, at_ms: u64) -> Result<i32, Nobody> {
        let file = post.file.map(|it| self.keep(&it.kind, it.name, it.mime, it.bytes));
        let room = self.rooms.get_mut(&key).ok_or(Nobody)?;
        let message = Message {
            chat_id: room.id,
            message_id: room.next_id(),
            thread_id: post.thread_id,
            from: post.from,
            anonymous: post.anonymous,
            at_ms,
            edited_at_ms: None,
            source: post.text.clone(),
            text: post.text,
            file,
            buttons: Vec::new(),
            reply_to: post.reply_to,
            reactions: std::collections::BTreeMap::new(),
            pinned: false,
            other: post.other,
        };
        let id = message.message_id;
        room.messages.insert(id, message);
        self.tell(key, id, "message");
        Ok(id)
    }

    /// Tells a message to every bot that may see it: those that administrate the group, and, when it is
    /// a command or a reply to them, those that only belong to it.
    fn tell(&mut self, key: (i64, i64), message_id: i32, kind: &str) {
        let Some(room) = self.rooms.get(&key) else { return };
        let Some(message) = room.messages.get(&message_id) else { return };
        let replied = message.reply_to.and_then(|it| room.messages.get(&it)).map(|it| it.from);
        let sees = |bot: i64| match room.standing(bot) {
            Standing::Creator | Standing::Administrator { .. } => true,
            Standing::Member => key.0 != 0 || message.text.starts_with('/') || replied == Some(bot),
            Standing::Left | Standing::Kicked => false,
        };
        let bots: Vec<i64> =
            self.bots.keys().copied().filter(|bot| sees(*bot) && *bot != message.from).collect();
        let lane = room.id;
        for bot in bots {
            let Some(room) = self.rooms.get(&key) else { return };
            let Some(message) = room.messages.get(&message_id) else { return };
            let content = shape::message(self, room, message, bot);
            self.push(bot, kind, lane, content);
        }
    }
}
