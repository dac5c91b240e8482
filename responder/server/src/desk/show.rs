//! One post: what it says now, and the calls of Telegram it takes.

use std::sync::Arc;
use std::time::Duration;

use runtime::{Place, PostKind, PostOutcome, PostRow, Tell, TopicMade, TopicRow};
use serde_json::{Value, json};
use telegram::alert::Right;
use telegram::buttons::{self, Keyboard};
use telegram::client::{Sent, Target};
use telegram::note::{Delivery, Reminder};
use telegram::{CallError, Client, Room, State, card as shown, title};
use uuid::Uuid;

use super::{alerts, card, judge, noted, people, place, shared};
use crate::engine::Engine;
use crate::tenant::Tenant;

/// The pause after the first failure; doubled after each further one.
const FIRST_PAUSE_MS: i64 = 1_000;
/// … up to this.
const LONGEST_PAUSE_MS: i64 = 60_000;
/// The pause while the bot is not let into the chat.
const OUTSIDE_MS: i64 = 15 * 60_000;
/// A post that is older is given up.
const MOST_AGE_MS: i64 = 24 * 3_600_000;
/// The call of the last look at a request that is gone.
const NO_CARD: &str = "the request is gone";

/// Telegram did it, and no message came of it.
const DONE: PostOutcome = PostOutcome::Sent { message_id: None, thread_id: None };

/// Does a post; what goes wrong is an outcome.
pub(super) async fn show(engine: &Arc<Engine>, post: &PostRow) -> PostOutcome {
    let snapshot = engine.live.load_full();
    let Some(tenant) = snapshot.tenants.get(&post.slug) else {
        return again(engine, post, "the tenant is not served".to_owned(), None);
    };
    if tenant.bot().is_none_or(|bot| bot.id != post.bot_id) {
        moved(engine, tenant, post).await;
        return again(engine, post, "the bot speaks for the tenant no more".to_owned(), None);
    }
    let client = tenant.bot().and_then(|it| engine.bots.client(it));
    let Some(client) = client else {
        return again(engine, post, "no client for the bot".to_owned(), None);
    };
    let desk = Shown { engine, tenant, client, post };
    match desk.place().await {
        Ok(target) => match desk.perform(desk.beside_its_card(target)).await {
            Ok(outcome) => outcome,
            Err(failure) => desk.failed(failure, target.thread_id).await,
        },
        Err(failure) => desk.failed(failure, None).await,
    }
}

/// Why a post is not done.
enum Failure {
    Call(CallError),
    Store,
    Never(&'static str),
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

struct Shown<'a> {
    engine: &'a Arc<Engine>,
    tenant: &'a Tenant,
    client: Client,
    post: &'a PostRow,
}

impl Shown<'_> {
    /// Where the post goes; the customer's topic is made for a message where it is missing and the group
    /// has topics. What changes a message needs none, and would make a second one beside the message's.
    async fn place(&self) -> Result<Target, Failure> {
        let chat_id = self.post.chat_id;
        let Some(topic) = self.post.topic.as_ref().filter(|it| it.threaded) else {
            return Ok(Target::chat(chat_id));
        };
        let thread_id = match topic.thread_id {
            Some(known) => known,
            None if !self.post.kind.makes() => return Ok(Target::chat(chat_id)),
            None => match self.make(topic).await {
                Err(Failure::Call(CallError::NoTopics)) => return self.topicless(topic).await,
                made => made?,
            },
        };
        let thread_id = i32::try_from(thread_id).map_err(|_| Failure::Never("a topic with an odd id"))?;
        Ok(Target::topic(chat_id, thread_id))
    }

    async fn make(&self, topic: &TopicRow) -> Result<i64, Failure> {
        let card = self.card().await?;
        let state = card::state(&card.handover.status);
        let title = title::title(state, card::phone(&card).as_deref(), card.name.as_deref());
        let icon = self.icon(state).await;
        let colour = title::colour(state);
        let made = self.client.create_topic(topic.chat_id, &title, colour, icon.as_deref()).await?;
        let (id, thread_id) = (topic.id.clone(), i64::from(made.thread_id));
        let kept = self.engine.with_state(move |state| state.topic_made(&id, thread_id, &title)).await;
        match kept.map_err(|error| self.store_failed("topic_made", &error))? {
            TopicMade::Kept => Ok(thread_id),
            TopicMade::Other { thread_id } => {
                self.discard(made.thread_id).await;
                Ok(thread_id)
            }
            TopicMade::Gone => {
                self.discard(made.thread_id).await;
                Err(Failure::Never("the customer was forgotten"))
            }
        }
    }

    /// The group has no topics: the chat itself is the place, until topics are tried for again by the
    /// customer's next request.
    async fn topicless(&self, topic: &TopicRow) -> Result<Target, Failure> {
        let (id, now_ms) = (topic.id.clone(), self.engine.now_ms());
        let kept = self.engine.with_state(move |state| state.topicless(&id, now_ms)).await;
        kept.map_err(|error| self.store_failed("topicless", &error))?;
        Ok(Target::chat(topic.chat_id))
    }

    /// Outside of topics what is told of a request hangs on its card: many customers share the chat.
    fn beside_its_card(&self, target: Target) -> Target {
        match self.post.kind {
            PostKind::Card | PostKind::Alert => target,
            _ if target.thread_id.is_some() => target,
            _ => self.under_card(target),
        }
    }

    /// Deletes a topic that nobody needs, which shows a customer's name; without the right it is closed.
    async fn discard(&self, thread_id: i32) {
        let chat_id = self.post.chat_id;
        if self.client.delete_topic(chat_id, thread_id).await.is_err()
            && let Err(error) = self.client.close_topic(chat_id, thread_id).await
        {
            tracing::info!(%error, "a topic that was made twice stays open");
        }
    }

    /// The icon for a state; asked of Telegram, and done without where it does not say.
    async fn icon(&self, state: State) -> Option<String> {
        let offered = self.engine.bots.icons(&self.client).await;
        title::icon(state, &offered).map(str::to_owned)
    }

    async fn card(&self) -> Result<runtime::Card, Failure> {
        let id = self.post.handover_id.clone().ok_or(Failure::Never(NO_CARD))?;
        let card = self.engine.with_state(move |state| state.card(&id)).await;
        card.map_err(|error| self.store_failed("card", &error))?.ok_or(Failure::Never(NO_CARD))
    }

    fn store_failed(&self, call: &'static str, error: &runtime::StoreError) -> Failure {
        self.engine.store_failed(call, error);
        Failure::Store
    }

    async fn perform(&self, target: Target) -> Result<PostOutcome, Failure> {
        match self.post.kind {
            PostKind::Card => {
                let (html, keys) = self.drawn(room(target)).await?;
                self.send(target, &html, &keys).await
            }
            PostKind::Forward if self.shares_a_file() => self.share(target).await,
            PostKind::Forward | PostKind::Said => {
                let html = self.words(target).await?;
                self.send(target, &html, &Keyboard::new()).await
            }
            PostKind::Note => self.note(target).await,
            PostKind::Remind => {
                let html = self.reminder(room(target)).await?;
                self.send(self.under_card(target), &html, &Keyboard::new()).await
            }
            PostKind::Buttons => self.redraw(target).await,
            PostKind::Title => self.retitle(target).await,
            PostKind::Pin => self.pin(true).await,
            PostKind::Unpin => self.pin(false).await,
            PostKind::React => self.react().await,
            PostKind::Lesson => {
                let (html, keys) = self.lesson().await?;
                self.send(target, &html, &keys).await
            }
            PostKind::Alert => {
                let html = self.payload()["html"].as_str().unwrap_or_default().to_owned();
                self.send(target, &html, &Keyboard::new()).await
            }
        }
    }

    async fn send(&self, target: Target, html: &str, keys: &Keyboard) -> Result<PostOutcome, Failure> {
        let sent = self.client.send_text(target, html, keys).await?;
        Ok(made(&sent, target))
    }

    /// The card's words and buttons now.
    async fn drawn(&self, room: Room) -> Result<(String, Keyboard), Failure> {
        let stored = self.card().await?;
        // Without a release that can be read a card tells what it can.
        let awake = self.engine.wake(self.tenant).await.ok();
        let passages = awake.as_ref().map(|it| it.release().passages.as_slice()).unwrap_or_default();
        let card = card::of(self.tenant, passages, &stored, (room, self.engine.now_ms()));
        let id =
            Uuid::parse_str(&stored.handover.id).map_err(|_| Failure::Never("a request with an odd id"))?;
        let keys = buttons::handover(card.state, id);
        Ok((card.html(), keys))
    }

    /// A lesson's words and buttons now.
    async fn lesson(&self) -> Result<(String, Keyboard), Failure> {
        let payload = self.payload();
        let id = payload["lesson"].as_str().unwrap_or_default();
        let at_once = payload["at_once"] == true;
        let drawn = judge::drawn(self.engine, self.tenant, (id, at_once)).await;
        drawn
            .map_err(|error| self.store_failed("lesson", &error))?
            .ok_or(Failure::Never("the lesson is gone"))
    }

    async fn redraw(&self, target: Target) -> Result<PostOutcome, Failure> {
        let Some(message_id) = self.card_message() else { return Ok(DONE) };
        let is_lesson = self.payload()["lesson"].is_string();
        let (html, keys) = if is_lesson { self.lesson().await? } else { self.drawn(room(target)).await? };
        self.client.edit_text(self.post.chat_id, message_id, &html, &keys).await?;
        Ok(DONE)
    }

    async fn retitle(&self, target: Target) -> Result<PostOutcome, Failure> {
        let Some(thread_id) = target.thread_id else { return Ok(DONE) };
        let card = self.card().await?;
        let state = card::state(&card.handover.status);
        let title = title::title(state, card::phone(&card).as_deref(), card.name.as_deref());
        let icon = self.icon(state).await;
        self.client.edit_topic(self.post.chat_id, thread_id, Some(&title), icon.as_deref()).await?;
        Ok(PostOutcome::Titled { title })
    }

    async fn pin(&self, pinned: bool) -> Result<PostOutcome, Failure> {
        if let Some(message_id) = self.card_message() {
            match pinned {
                true => self.client.pin(self.post.chat_id, message_id).await?,
                false => self.client.unpin(self.post.chat_id, message_id).await?,
            }
        }
        Ok(DONE)
    }

    async fn react(&self) -> Result<PostOutcome, Failure> {
        let message_id = self.payload()["message_id"].as_i64().and_then(|it| i32::try_from(it).ok());
        if let Some(message_id) = message_id {
            let mark = Some(Delivery::Delivered.reaction());
            match self.client.react(self.post.chat_id, message_id, mark).await {
                Err(CallError::Refused(_)) => self.instead_of_mark(message_id).await?,
                reacted => reacted?,
            }
        }
        Ok(DONE)
    }

    /// The group forbids the mark: a note says it.
    async fn instead_of_mark(&self, message_id: i32) -> Result<(), Failure> {
        let Some(id) = self.post.handover_id.clone() else { return Ok(()) };
        let note = Tell {
            slug: self.post.slug.clone(),
            kind: PostKind::Note,
            payload: json!({"message_id": message_id, "what": "delivered"}).to_string(),
            place: Place::Handover(id),
            now_ms: self.engine.now_ms(),
        };
        let told = self.engine.with_state(move |state| state.tell(&note)).await;
        told.map_err(|error| self.store_failed("tell", &error))
    }

    /// The customer's name, where others are spoken of too.
    async fn called(&self, target: Target) -> Result<Option<String>, Failure> {
        match room(target) {
            Room::Topic => Ok(None),
            Room::Shared => Ok(card::called(&self.card().await?)),
        }
    }

    /// What was said, by whom it was said.
    async fn words(&self, target: Target) -> Result<String, Failure> {
        let row = self.post.message.as_ref().ok_or(Failure::Never("the message is gone"))?;
        let of = self.called(target).await?;
        Ok(match row.role.as_str() {
            "user" => shown::forwarded(of.as_deref(), &row.text),
            _ => shown::said(of.as_deref(), &row.text),
        })
    }

    fn shares_a_file(&self) -> bool {
        self.post.message.as_ref().is_some_and(|it| it.role == "user" && it.media.is_some())
    }

    /// The customer's file, with what was written under it.
    async fn share(&self, target: Target) -> Result<PostOutcome, Failure> {
        let row = self.post.message.as_ref().ok_or(Failure::Never("the message is gone"))?;
        let conversation = self.post.conversation_id.as_deref();
        let id = conversation.ok_or(Failure::Never("the conversation is gone"))?;
        let card = self.card().await?;
        let talk = (id, card.taken_at_ms.is_some());
        let of = (room(target) == Room::Shared).then(|| card::called(&card)).flatten();
        let row = (of.as_deref(), row);
        let sent = shared::share((self.engine, self.tenant), &self.client, target, talk, row).await?;
        Ok(made(&sent, target))
    }

    async fn note(&self, target: Target) -> Result<PostOutcome, Failure> {
        let payload = self.payload();
        let note = noted::of(&payload).ok_or(Failure::Never("a note of another build"))?;
        let about = payload["message_id"].as_i64().and_then(|it| i32::try_from(it).ok());
        let target = about.map_or(target, |it| target.replying_to(it));
        self.send(target, &note.html(), &Keyboard::new()).await
    }

    async fn reminder(&self, room: Room) -> Result<String, Failure> {
        let card = self.card().await?;
        let slug = self.post.slug.clone();
        let bindings = self.engine.with_state(move |state| state.bindings(&slug)).await;
        let bindings = bindings.map_err(|error| self.store_failed("bindings", &error))?;
        let nth = self.payload()["nth"].as_u64().and_then(|it| u8::try_from(it).ok()).unwrap_or(1);
        let escalates = nth > 1 && self.tenant.settings().enable_owner_escalation;
        let reminder = Reminder {
            nth,
            room,
            waiting: card::since(card.handover.created_at_ms, self.engine.now_ms()),
            last: card.messages.iter().rfind(|it| it.role == "user").map(card::said),
            owners: if escalates { people::mentions(self.tenant, &bindings) } else { Vec::new() },
        };
        Ok(reminder.html())
    }

    fn payload(&self) -> Value {
        serde_json::from_str(&self.post.payload).unwrap_or_default()
    }

    fn card_message(&self) -> Option<i32> {
        self.post.card_message_id.and_then(|it| i32::try_from(it).ok())
    }

    fn under_card(&self, target: Target) -> Target {
        self.card_message().map_or(target, |it| target.replying_to(it))
    }

    /// What a failure means for the post, for its chat and for the owner.
    async fn failed(&self, failure: Failure, thread_id: Option<i32>) -> PostOutcome {
        let (engine, post) = (self.engine, self.post);
        let error = match failure {
            Failure::Store => return again(engine, post, "the store failed".to_owned(), None),
            Failure::Never(why) => return PostOutcome::Dead { error: why.to_owned() },
            Failure::Call(error) => error,
        };
        let words = error.to_string();
        match error {
            CallError::RetryAfter(wait) => {
                self.block(wait).await;
                PostOutcome::Retry { at_ms: engine.now_ms() + millis(wait), error: words }
            }
            CallError::TopicGone | CallError::NoTopics => match thread_id {
                Some(thread_id) => PostOutcome::TopicLost { thread_id: thread_id.into() },
                None => again(engine, post, words, None),
            },
            CallError::TopicClosed => {
                if let Some(thread_id) = thread_id
                    && let Err(error) = self.client.reopen_topic(post.chat_id, thread_id).await
                {
                    tracing::info!(%error, "a closed topic stays closed");
                }
                again(engine, post, words, None)
            }
            CallError::NotModified => DONE,
            CallError::Timeout | CallError::Ambiguous => PostOutcome::Unsure,
            CallError::Unavailable => again(engine, post, words, None),
            CallError::ChatGone if post.kind == PostKind::Alert && post.chat_id > 0 => {
                self.unreachable().await;
                PostOutcome::Dead { error: words }
            }
            CallError::ChatGone | CallError::Unauthorized | CallError::NoRights | CallError::Migrated(_) => {
                self.alarm(&error).await;
                if moved(engine, self.tenant, post).await {
                    // It is shown where the bundle says now.
                    again(engine, post, words, None)
                } else if post.kind.makes() {
                    // Somebody may let the bot in again.
                    again(engine, post, words, Some(OUTSIDE_MS))
                } else {
                    PostOutcome::Dead { error: words }
                }
            }
            CallError::MessageGone
            | CallError::QueryTooOld
            | CallError::TooBig
            | CallError::Refused(_)
            | CallError::Conflict => PostOutcome::Dead { error: words },
        }
    }

    /// Telegram wants a pause: the whole chat has it, on every replica.
    async fn block(&self, wait: Duration) {
        let (bot_id, chat_id) = (self.post.bot_id, self.post.chat_id);
        let until_ms = self.engine.now_ms() + millis(wait);
        let blocked = self.engine.with_state(move |state| state.block(bot_id, Some(chat_id), until_ms)).await;
        if let Err(error) = blocked {
            self.engine.store_failed("block", &error);
        }
    }

    /// A person whose own chat is gone is written to no more until the bot is started again.
    async fn unreachable(&self) {
        let (bot_id, person) = (self.post.bot_id, self.post.chat_id);
        let gone = self.engine.with_state(move |state| state.set_reachable(bot_id, person, None)).await;
        if let Err(error) = gone {
            self.engine.store_failed("set_reachable", &error);
        }
    }

    async fn alarm(&self, error: &CallError) {
        let what = match error {
            CallError::NoRights => "telegram_rights",
            CallError::Unauthorized => "telegram_token",
            CallError::Migrated(_) => "telegram_group_moved",
            _ => "telegram_group_lost",
        };
        if self.post.kind == PostKind::Alert && self.payload()["what"] == what {
            // Where this one is not heard, another like it would not be either.
            return;
        }
        let right = (*error == CallError::NoRights).then(|| self.right());
        let key = alerts::key_of_chat(self.engine, &self.post.slug, what, self.post.chat_id, right);
        let detail = right.map_or("", Right::code);
        self.engine.tell_owner_of(&self.post.slug, (what, detail), key).await;
    }

    /// What the bot must be allowed for this post.
    fn right(&self) -> Right {
        let is_without = self.post.topic.as_ref().is_some_and(|it| it.threaded && it.thread_id.is_none());
        match self.post.kind {
            PostKind::Pin | PostKind::Unpin => Right::Pins,
            PostKind::Title => Right::Topics,
            kind if kind.makes() && is_without => Right::Topics,
            _ => Right::Messages,
        }
    }
}

/// The message that Telegram took, and where it stands.
fn made(message: &Sent, target: Target) -> PostOutcome {
    PostOutcome::Sent {
        message_id: Some(message.message_id.into()),
        thread_id: target.thread_id.map(i64::from),
    }
}

fn room(target: Target) -> Room {
    if target.thread_id.is_some() { Room::Topic } else { Room::Shared }
}

/// Has the request shown in another chat, if the bundle names another by now; whether it does.
async fn moved(engine: &Engine, tenant: &Tenant, post: &PostRow) -> bool {
    let Some(handover_id) = post.handover_id.clone() else { return false };
    let asked = handover_id.clone();
    let Ok(Some(card)) = engine.with_state(move |state| state.card(&asked)).await else { return false };
    let now = place::of(tenant, card.handover.branch.as_deref());
    if now.is_ok_and(|it| it.bot_id == post.bot_id && it.chat_id == post.chat_id) {
        return false;
    }
    let now_ms = engine.now_ms();
    let moved = engine.with_state(move |state| state.unroute(&handover_id, now_ms)).await;
    moved.unwrap_or_else(|error| {
        engine.store_failed("unroute", &error);
        false
    })
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX / 2)
}

/// Another attempt later, or none when the post is of yesterday: Telegram may be away for hours, and a
/// token may be mended by then.
fn again(engine: &Engine, post: &PostRow, error: String, pause_ms: Option<i64>) -> PostOutcome {
    let now_ms = engine.now_ms();
    if now_ms - post.created_at_ms > MOST_AGE_MS {
        return PostOutcome::Dead { error };
    }
    let doubled = FIRST_PAUSE_MS << post.attempts.saturating_sub(1).min(8);
    PostOutcome::Retry { at_ms: now_ms + pause_ms.unwrap_or(doubled.min(LONGEST_PAUSE_MS)), error }
}
