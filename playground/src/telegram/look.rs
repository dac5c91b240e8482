//! What can be seen of it: for tests, and for the page.

use std::time::Duration;

use serde_json::{Value, json};

use super::Telegram;
use super::world::{Call, Message, Pressed, Standing, Topic, World};

impl Telegram {
    /// The topics of a group, oldest first, deleted ones too.
    #[must_use]
    pub fn topics(&self, chat_id: i64) -> Vec<Topic> {
        let world = self.world();
        world.rooms.get(&(0, chat_id)).map_or_else(Vec::new, |it| it.topics.values().cloned().collect())
    }

    /// Everything said in a group, oldest first.
    #[must_use]
    pub fn messages(&self, chat_id: i64) -> Vec<Message> {
        let world = self.world();
        world.rooms.get(&(0, chat_id)).map_or_else(Vec::new, |it| it.messages.values().cloned().collect())
    }

    /// Everything said in a topic, oldest first.
    #[must_use]
    pub fn in_topic(&self, chat_id: i64, thread_id: i32) -> Vec<Message> {
        self.messages(chat_id).into_iter().filter(|it| it.thread_id == Some(thread_id)).collect()
    }

    /// Everything said between a bot and a person, oldest first.
    #[must_use]
    pub fn private(&self, bot: i64, person: i64) -> Vec<Message> {
        let world = self.world();
        world.rooms.get(&(bot, person)).map_or_else(Vec::new, |it| it.messages.values().cloned().collect())
    }

    /// One message of a group.
    #[must_use]
    pub fn message(&self, chat_id: i64, message_id: i32) -> Option<Message> {
        self.world().rooms.get(&(0, chat_id))?.messages.get(&message_id).cloned()
    }

    /// Every pressed button and what was answered, oldest first.
    #[must_use]
    pub fn pressed(&self) -> Vec<Pressed> {
        self.world().pressed.clone()
    }

    /// Every call so far, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.world().calls.clone()
    }

    /// Updates that wait for a bot.
    #[must_use]
    pub fn waiting(&self, bot: i64) -> usize {
        self.world().bots.get(&bot).map_or(0, |it| it.queue.len())
    }

    /// What somebody is in a group.
    #[must_use]
    pub fn standing(&self, chat_id: i64, id: i64) -> Standing {
        self.world().rooms.get(&(0, chat_id)).map_or(Standing::Left, |it| it.standing(id))
    }

    /// What `look` finds, as soon as it finds it; `None` when it does not within `patience`.
    pub async fn wait<T>(&self, patience: Duration, look: impl Fn(&Self) -> Option<T>) -> Option<T> {
        let mut changes = self.watch();
        let found = async {
            loop {
                // Marked as seen before looking, so that a change in between wakes the next round.
                changes.borrow_and_update();
                let hit = look(self);
                if hit.is_some() || changes.changed().await.is_err() {
                    return hit;
                }
            }
        };
        tokio::time::timeout(patience, found).await.ok().flatten()
    }

    /// Everything there is, for the page: no token and no secret.
    #[must_use]
    pub fn state(&self) -> Value {
        let now_ms = self.now_ms();
        let world = self.world();
        let rooms = world.rooms.iter().map(|((bot, id), room)| {
            let members = room.members.iter().map(|(id, it)| {
                let account = world.account(*id);
                json!({"account": account, "standing": it})
            });
            json!({
                "bot": bot, "chat_id": id, "title": room.title, "is_forum": room.is_forum,
                "members": members.collect::<Value>(),
                "topics": room.topics.values().collect::<Vec<_>>(),
                "messages": room.messages.values().collect::<Vec<_>>(),
            })
        });
        let rooms: Value = rooms.collect();
        let World { bots, people, pressed, .. } = &*world;
        let bots: Vec<_> = bots.values().map(|it| &it.account).collect();
        let people: Vec<_> = people.values().collect();
        json!({"now_ms": now_ms, "bots": bots, "people": people, "rooms": rooms, "pressed": pressed})
    }
}
