//! Whose talk something belongs to: the topic tells, or where there is none the message replied to.

use std::time::Duration;

use runtime::{StoreError, Talk};
use telegram::note::Note;
use telegram::update::{Place, Replied};

use super::bots;
use super::updates::{Hearing, groups};

/// A post may be replied to before it is known that Telegram took it: so many looks, with pauses.
const LOOKS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(100);

impl Hearing<'_> {
    /// The customer a topic is about, or what is replied to.
    pub(super) async fn talk(&self, place: Place, reply_to: Option<i32>) -> Result<Option<Talk>, StoreError> {
        let (slugs, bot_id) = (self.slugs(), self.bot_id);
        let (chat_id, thread_id) = (place.chat_id, place.thread_id.map(i64::from));
        let reply_to = reply_to.map(i64::from);
        self.engine.with_state(move |state| state.talk(&slugs, bot_id, chat_id, thread_id, reply_to)).await
    }

    /// As [`Hearing::talk`]. What replies to a message of the bot's that no customer is found by is told
    /// so; whatever else is about no customer is passed over, because people talk among themselves.
    pub(super) async fn talk_of(
        &self,
        place: Place,
        reply_to: Option<i32>,
        replied: Replied,
    ) -> Result<Option<Talk>, StoreError> {
        let known = self.talk(place, reply_to).await?;
        let is_ours = !replied.in_forum && replied.from == Some(self.bot_id);
        if known.is_some() || !is_ours {
            return Ok(known);
        }
        if let Some(message_id) = reply_to {
            self.learn(place.chat_id, message_id, replied).await?;
        }
        for nth in 0..LOOKS {
            // Nobody behind this one waits for long for what is not to come; an answer of ours, which is no
            // post, is noted within a moment.
            let (bot_id, chat_id) = (self.bot_id, place.chat_id);
            let posting = self.engine.with_state(move |state| state.is_posting(bot_id, chat_id)).await?;
            let known = self.talk(place, reply_to).await?;
            if known.is_some() {
                return Ok(known);
            }
            if !posting && nth > 1 {
                break;
            }
            self.engine.clock.sleep(PAUSE).await;
        }
        let (key, now_ms) = (self.key, self.engine.now_ms());
        if self.is_desk(place.chat_id)
            && self.engine.with_state(move |state| state.first_seen(key, now_ms)).await?
        {
            self.reply(place, Note::ToNobody.html());
        }
        Ok(None)
    }

    /// Where Telegram's answer was lost nobody knows which message a card is; its buttons do.
    async fn learn(&self, chat_id: i64, message_id: i32, replied: Replied) -> Result<(), StoreError> {
        let Some(press) = replied.press.filter(|it| !it.action.is_about_a_lesson()) else { return Ok(()) };
        let (slugs, now_ms) = (self.slugs(), self.engine.now_ms());
        let learn = move |state: &dyn runtime::StateStore| {
            let card = state.card(&press.id.to_string())?;
            let card = card.filter(|it| slugs.contains(&it.handover.slug));
            match card.and_then(|it| it.topic).filter(|it| it.chat_id == chat_id) {
                Some(topic) => state.said_about(&topic.id, message_id.into(), now_ms),
                None => Ok(()),
            }
        };
        self.engine.with_state(learn).await
    }

    /// Whether requests are shown in this chat.
    fn is_desk(&self, chat_id: i64) -> bool {
        let snapshot = self.engine.live.load();
        let tenants = bots::tenants(&snapshot, self.bot_id);
        tenants.into_iter().any(|it| groups(it).any(|it| it.trim().parse() == Ok(chat_id)))
    }
}
