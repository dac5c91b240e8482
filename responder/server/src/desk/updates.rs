//! What people wrote and pressed: each update is one transaction, and none is done twice.

use std::sync::Arc;
use std::time::Duration;

use runtime::{
    Button, Edit, EditOutcome, Press, PressOutcome, SayOutcome, Saying, StoreError, Talk, UpdateKey, crash,
};
use telegram::note::{Note, Toast};
use telegram::update::{
    Command, CommandName, Membership, Person, Place, Pressed, Private, Said, Standing, Update,
};
use telegram::{Action, Client, Incoming, Room, report};
use uuid::Uuid;

use super::answers::Answers;
use super::enclosed::Stored;
use super::judge::Reworded;
use super::pressed::{AT_ONCE, Acted, Then, UnderWay};
use super::{Bot, alerts, bots, card, people, place};
use crate::conversation;
use crate::engine::Engine;
use crate::tenant::Tenant;
use crate::timers;

/// Messages that `/history` shows.
const HISTORY: usize = 30;
/// A press that was seen before is answered so much later.
const LATER: Duration = Duration::from_millis(300);
/// How often a mute is tried while turns remember other things.
const MUTE_ATTEMPTS: u32 = 5;
/// What marks a correction.
pub(super) const CORRECTION: &str = "✏️ ";

/// Does what an update asks for; what it brings is durable when this returns.
///
/// # Errors
/// The store's failure: nothing was done, and the update is to be delivered again.
pub(super) async fn apply(engine: &Arc<Engine>, bot: &Bot, update: Update) -> Result<(), StoreError> {
    let Some(client) = engine.bots.client(bot) else { return Ok(()) };
    let key = UpdateKey { bot_id: bot.id, update_id: update.id.into() };
    let desk = Hearing { engine, client, bot_id: bot.id, key };
    crash::point("before_update");
    let (what, outcome) = match update.incoming {
        Incoming::Said(said) if said.edited => ("edited", desk.edited(said).await),
        Incoming::Said(said) => ("said", desk.said(said).await),
        Incoming::Pressed(pressed) => ("pressed", desk.pressed(pressed).await),
        Incoming::Command(command) => ("command", desk.command(command).await),
        Incoming::Private(private) => ("private", desk.private(private).await),
        Incoming::Standing(standing) => ("standing", desk.standing(standing).await),
        Incoming::Migrated { from, .. } => {
            desk.moved(from).await;
            ("migrated", Ok(()))
        }
        Incoming::Ignored(_) => ("ignored", Ok(())),
    };
    crash::point("update_taken");
    let word = if outcome.is_ok() { "taken" } else { "failed" };
    engine.telemetry.count("tenantry_telegram_updates_total", &[("kind", what), ("outcome", word)]);
    outcome
}

pub(super) struct Hearing<'a> {
    pub(super) engine: &'a Arc<Engine>,
    pub(super) client: Client,
    pub(super) bot_id: i64,
    pub(super) key: UpdateKey,
}

impl Hearing<'_> {
    /// The tenants this bot speaks for.
    pub(super) fn slugs(&self) -> Vec<String> {
        let snapshot = self.engine.live.load();
        bots::tenants(&snapshot, self.bot_id).into_iter().map(|it| it.slug().to_owned()).collect()
    }

    pub(super) fn tenant(&self, slug: &str) -> Option<Arc<Tenant>> {
        self.engine.live.load().tenants.get(slug).cloned()
    }

    /// Who that is where the branch's requests are concerned.
    async fn person(&self, slug: &str, branch: Option<&str>, from: &Person) -> Option<runtime::Person> {
        let tenant = self.tenant(slug)?;
        Some(people::person(self.engine, &tenant, branch, from).await)
    }

    /// Who answers people.
    pub(super) fn answers(&self) -> Answers {
        Answers { engine: Arc::clone(self.engine), client: self.client.clone(), bot_id: self.bot_id }
    }

    /// A reply that keeps nobody waiting.
    pub(super) fn reply(&self, place: Place, html: String) {
        let answers = self.answers();
        tokio::spawn(async move { answers.reply(place, &html).await });
    }

    /// As [`Hearing::reply`], in a customer's talk: where there are no topics, people may reply to it.
    fn reply_about(&self, talk: &Talk, place: Place, html: String) {
        if place.thread_id.is_some() {
            return self.reply(place, html);
        }
        let (answers, topic_id) = (self.answers(), talk.topic.id.clone());
        tokio::spawn(async move {
            let Some(id) = answers.reply(place, &html).await else { return };
            let engine = &answers.engine;
            let now_ms = engine.now_ms();
            let kept = engine.with_state(move |state| state.said_about(&topic_id, id.into(), now_ms)).await;
            if let Err(error) = kept {
                engine.store_failed("said_about", &error);
            }
        });
    }

    async fn said(&self, said: Said) -> Result<(), StoreError> {
        let place = said.place;
        match self.reworded(&said).await? {
            Reworded::NoCard => {}
            Reworded::Seen => return Ok(()),
            Reworded::Told(html) => {
                self.reply(place, html);
                return Ok(());
            }
        }
        let talk = self.talk_of(place, said.reply_to, said.replied).await?;
        let Some(talk) = talk else { return Ok(()) };
        let who = self.person(&talk.topic.slug, talk.branch.as_deref(), &said.from).await;
        let Some(who) = who else { return Ok(()) };
        if said.is_of_another_kind() {
            self.reply_about(&talk, place, Note::WrongKind.html());
            return Ok(());
        }
        let file = said.file.as_ref().map(|it| Stored::of(it, self.bot_id).to_json());
        let saying = Saying {
            update: self.key,
            slugs: self.slugs(),
            chat_id: place.chat_id,
            thread_id: place.thread_id.map(i64::from),
            message_id: place.message_id.into(),
            reply_to: said.reply_to.map(i64::from),
            who,
            text: said.text.unwrap_or_default(),
            media: said.file.as_ref().map(|it| it.kind.code().to_owned()),
            file,
            now_ms: self.engine.now_ms(),
        };
        match self.engine.with_state(move |state| state.say(&saying)).await? {
            SayOutcome::Said { .. } => {
                self.engine.committed.notify_one();
                self.engine.posted.notify_one();
            }
            SayOutcome::NoRequest => self.reply_about(&talk, place, Note::NoRequest.html()),
            SayOutcome::UnknownTopic | SayOutcome::Seen => {}
        }
        Ok(())
    }

    async fn edited(&self, said: Said) -> Result<(), StoreError> {
        let place = said.place;
        let Some(talk) = self.talk(place, said.reply_to).await? else { return Ok(()) };
        let who = self.person(&talk.topic.slug, talk.branch.as_deref(), &said.from).await;
        let Some(who) = who else { return Ok(()) };
        let text = said.text.unwrap_or_default();
        let edit = Edit {
            update: self.key,
            slugs: self.slugs(),
            chat_id: place.chat_id,
            message_id: place.message_id.into(),
            who,
            correction: format!("{CORRECTION}{text}"),
            text,
            now_ms: self.engine.now_ms(),
        };
        match self.engine.with_state(move |state| state.edit(&edit)).await? {
            EditOutcome::Corrected { .. } => {
                self.engine.committed.notify_one();
                self.reply_about(&talk, place, Note::EditSent.html());
            }
            EditOutcome::NoRequest => self.reply_about(&talk, place, Note::NoRequest.html()),
            EditOutcome::Changed | EditOutcome::Same | EditOutcome::Unknown | EditOutcome::Seen => {}
        }
        Ok(())
    }

    /// Whoever pressed is answered before anything else shows what the press brought about.
    async fn pressed(&self, pressed: Pressed) -> Result<(), StoreError> {
        let under_way = UnderWay::begin(self.engine);
        let (toast, then) = match pressed.data.as_deref().and_then(telegram::Press::decode) {
            Some(press) => self.press(&pressed, press).await?,
            None => (Toast::Foreign, Then::Nothing),
        };
        let answers = self.answers();
        tokio::spawn(async move {
            let engine = Arc::clone(&answers.engine);
            if toast == Toast::Already {
                // The first answer, if it was not lost, says more.
                drop(under_way);
                engine.clock.sleep(LATER).await;
                return answers.toast(&pressed, &toast).await;
            }
            let answer = tokio::spawn({
                let answers = answers.clone();
                async move { answers.toast(&pressed, &toast).await }
            });
            let _ = engine.within(AT_ONCE, answer).await;
            drop(under_way);
            then.go_on(&answers).await;
        });
        Ok(())
    }

    /// What to say to whoever pressed, and what follows from it.
    async fn press(&self, pressed: &Pressed, press: telegram::Press) -> Result<(Toast, Then), StoreError> {
        let button = match press.action {
            Action::Take => Button::Take,
            Action::Back => Button::Back,
            Action::Skip => Button::Skip,
            Action::Done => Button::Done,
            action @ (Action::LearnYes | Action::LearnNo | Action::LearnEdit | Action::LearnUndo) => {
                return self.judged(pressed, (action, press.id)).await;
            }
        };
        let acted = self.act(press.id, pressed.chat_id, &pressed.from, button).await?;
        let toast = match acted.outcome {
            PressOutcome::Done => match button {
                Button::Take => Toast::Yours { room: acted.room },
                Button::Back => Toast::Returned,
                Button::Skip => Toast::Skipped,
                Button::Done => Toast::Resolved,
            },
            PressOutcome::TakenBy { name } => Toast::TakenBy { by: name },
            PressOutcome::Unanswered => Toast::Unanswered,
            PressOutcome::Closed => Toast::Closed,
            PressOutcome::Foreign => Toast::Foreign,
            // The answer to it may have been lost.
            PressOutcome::Seen => Toast::Already,
        };
        Ok((toast, acted.then))
    }

    /// One button's worth of doing.
    async fn act(
        &self,
        handover: Uuid,
        chat_id: i64,
        from: &Person,
        button: Button,
    ) -> Result<Acted, StoreError> {
        let foreign = || Acted { outcome: PressOutcome::Foreign, room: Room::Topic, then: Then::Nothing };
        let id = handover.to_string();
        let asked = id.clone();
        let card = self.engine.with_state(move |state| state.card(&asked)).await?;
        let slugs = self.slugs();
        let Some(card) = card.filter(|it| slugs.contains(&it.handover.slug)) else { return Ok(foreign()) };
        let of = (&card.handover.slug, card.handover.branch.as_deref());
        let Some(who) = self.person(of.0, of.1, from).await else { return Ok(foreign()) };
        let now_ms = self.engine.now_ms();
        let tenant = self.tenant(&card.handover.slug);
        let timers = tenant.as_ref().filter(|_| button == Button::Take);
        let timers = timers.map(|it| timers::of_taking(it.settings(), now_ms)).unwrap_or_default();
        let press = Press { update: self.key, slugs, chat_id, handover_id: id, button, who, timers, now_ms };
        let outcome = self.engine.with_state(move |state| state.press(&press)).await?;
        let room = card.topic.as_ref().map_or(Room::Topic, place::room);
        let then = match (&outcome, button) {
            (PressOutcome::Done, Button::Skip) => Then::Skipped(Box::new(card)),
            (PressOutcome::Done, _) => Then::Acted,
            _ => Then::Nothing,
        };
        Ok(Acted { outcome, room, then })
    }

    async fn command(&self, command: Command) -> Result<(), StoreError> {
        let place = command.place;
        if !self.is_for_us(&command).await {
            return Ok(());
        }
        let talk = self.talk_of(place, command.reply_to, command.replied).await?;
        let Some(talk) = talk else { return Ok(()) };
        let Some(tenant) = self.tenant(&talk.topic.slug) else { return Ok(()) };
        let (key, now_ms) = (self.key, self.engine.now_ms());
        // Returning takes the update in itself.
        if command.name != CommandName::Return
            && !self.engine.with_state(move |state| state.first_seen(key, now_ms)).await?
        {
            return Ok(());
        }
        let html = match command.name {
            CommandName::Help => report::help(place::room(&talk.topic)),
            CommandName::Status => self.status(&talk).await?,
            CommandName::History => self.history(&talk, &tenant).await?,
            CommandName::Mute => match command.hours() {
                Ok(time) => self.mute(&talk, &tenant, time).await?.html(),
                Err(_) => Note::MuteHow.html(),
            },
            CommandName::Return => match self.hand_back(&talk, &command).await? {
                Some(note) => note.html(),
                None => return Ok(()),
            },
            CommandName::Unknown => return Ok(()),
        };
        self.reply_about(&talk, place, html);
        Ok(())
    }

    /// `/return`; what to say where it changes nothing.
    async fn hand_back(&self, talk: &Talk, command: &Command) -> Result<Option<Note>, StoreError> {
        let open = talk.handover_id.as_deref().and_then(|it| Uuid::parse_str(it).ok());
        let Some(handover) = open else { return Ok(Some(Note::NoRequest)) };
        let chat_id = command.place.chat_id;
        let acted = self.act(handover, chat_id, &command.from, Button::Back).await?;
        acted.then.go_on(&self.answers()).await;
        Ok((acted.outcome == PressOutcome::Closed).then_some(Note::NoRequest))
    }

    /// Whether the command names no other bot. Where Telegram does not say what ours is called, it may be
    /// for us.
    async fn is_for_us(&self, command: &Command) -> bool {
        let Some(named) = &command.bot else { return true };
        let known = self.engine.within(AT_ONCE, self.engine.bots.username(self.bot_id, &self.client)).await;
        known.flatten().is_none_or(|it| it.eq_ignore_ascii_case(named))
    }

    async fn status(&self, talk: &Talk) -> Result<String, StoreError> {
        let (id, conversation_id) = (talk.latest_id.clone(), talk.conversation_id.clone());
        let (card, unsent) = self
            .engine
            .with_state(move |state| {
                let card = id.map_or(Ok(None), |id| state.card(&id))?;
                Ok((card, state.unsent(&conversation_id)?))
            })
            .await?;
        let Some(card) = card else { return Ok(report::status(&nothing_asked(unsent))) };
        let now_ms = self.engine.now_ms();
        let memory = conversation::remembered(&card.memory, &card.handover.conversation_id);
        let muted_ms = memory.muted_until.map_or(0, |it| it * 1000 - now_ms);
        Ok(report::status(&report::Status {
            state: Some(card::state(&card.handover.status)),
            reason: card.handover.reason.clone(),
            waiting: card::since(card.handover.created_at_ms, now_ms),
            taken_by: card.taken_by_name.clone(),
            first_answer: card.first_answer_at_ms.map(|it| card::since(card.handover.created_at_ms, it)),
            muted: (muted_ms > 0).then(|| Duration::from_millis(muted_ms.unsigned_abs())),
            unsent,
        }))
    }

    async fn history(&self, talk: &Talk, tenant: &Tenant) -> Result<String, StoreError> {
        let id = talk.conversation_id.clone();
        let rows = self.engine.with_state(move |state| state.history(&id, HISTORY)).await?;
        let line = |row: &runtime::MessageRow| report::Line {
            voice: match row.role.as_str() {
                "user" => report::Voice::Customer,
                "manager" => report::Voice::Person,
                _ => report::Voice::Bot,
            },
            at: tenant.local(row.at_ms).strftime("%d.%m, %H:%M").to_string(),
            text: row.text.clone(),
            file: row.media.clone(),
        };
        Ok(report::history(&rows.iter().map(line).collect::<Vec<_>>()))
    }

    /// `/mute`: the bot is silent with this customer for so long, else for the client's first mute.
    async fn mute(&self, talk: &Talk, tenant: &Tenant, time: Option<Duration>) -> Result<Note, StoreError> {
        let minutes = u64::from(tenant.settings().mute_duration_first_minutes);
        let time = time.unwrap_or(Duration::from_secs(minutes * 60));
        let Some(handover) = talk.latest_id.clone() else { return Ok(Note::NoRequest) };
        let until_s = self.engine.now_ms() / 1000 + i64::try_from(time.as_secs()).unwrap_or(0);
        let muted = self.engine.with_state(move |state| {
            // A turn may remember something in between.
            for _ in 0..MUTE_ATTEMPTS {
                let Some(card) = state.card(&handover)? else { return Ok(false) };
                let id = &card.handover.conversation_id;
                let mut memory = conversation::remembered(&card.memory, id);
                memory.muted_until = Some(until_s);
                let after =
                    serde_json::to_string(&memory).expect("string keys and plain values always serialise");
                if state.amend_memory(id, &card.memory, &after)? {
                    return Ok(true);
                }
            }
            Ok(false)
        });
        Ok(if muted.await? { Note::Muted { time } } else { Note::NoRequest })
    }

    async fn private(&self, private: Private) -> Result<(), StoreError> {
        let (key, now_ms) = (self.key, self.engine.now_ms());
        if !self.engine.with_state(move |state| state.first_seen(key, now_ms)).await? {
            return Ok(());
        }
        let (bot_id, person) = (self.bot_id, private.from.id);
        self.engine.with_state(move |state| state.set_reachable(bot_id, person, Some(now_ms))).await?;
        // Who is named by a username alone is known by his account from now on.
        for slug in self.slugs() {
            self.person(&slug, None, &private.from).await;
        }
        if private.start.is_some() {
            let answers = self.answers();
            tokio::spawn(async move { answers.private(person, &report::greeting()).await });
        }
        Ok(())
    }

    async fn standing(&self, standing: Standing) -> Result<(), StoreError> {
        let gone = matches!(standing.now, Membership::Left | Membership::Kicked);
        if standing.private {
            let since_ms = (!gone).then(|| self.engine.now_ms());
            let (bot_id, person) = (self.bot_id, standing.chat_id);
            return self.engine.with_state(move |state| state.set_reachable(bot_id, person, since_ms)).await;
        }
        if gone {
            self.lost(standing.chat_id, "telegram_group_lost").await;
        }
        Ok(())
    }

    async fn moved(&self, chat_id: i64) {
        self.lost(chat_id, "telegram_group_moved").await;
    }

    /// Tells the owners of everybody whose requests were shown there.
    async fn lost(&self, chat_id: i64, what: &'static str) {
        let snapshot = self.engine.live.load_full();
        for tenant in bots::tenants(&snapshot, self.bot_id) {
            if groups(tenant).any(|it| it.trim().parse() == Ok(chat_id)) {
                let key = alerts::key_of_chat(self.engine, tenant.slug(), what, chat_id, None);
                self.engine.tell_owner(tenant.slug(), what, key).await;
            }
        }
    }
}

pub(super) fn groups(tenant: &Tenant) -> impl Iterator<Item = &str> {
    let own = tenant.head().branches.iter().filter_map(|it| it.telegram_chat_id.as_deref());
    own.chain(tenant.settings().telegram_chat_id.as_deref())
}

/// Of a customer who never asked for people.
fn nothing_asked(unsent: u64) -> report::Status {
    report::Status {
        state: None,
        reason: String::new(),
        waiting: Duration::ZERO,
        taken_by: None,
        first_answer: None,
        muted: None,
        unsent,
    }
}
