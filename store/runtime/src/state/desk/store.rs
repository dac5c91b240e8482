//! [`DeskStore`] over whatever runs its SQL.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Alarm, Announcement, Binding, Bound, Card, Decided, Decision, DeskEvent, DeskStore, Edit, EditOutcome,
    Judgement, JudgementOutcome, LessonMaterial, LessonRow, NewLesson, NoticeRow, Notices, PostLimits,
    PostOutcome, PostRow, Press, PressOutcome, Route, SayOutcome, Saying, Talk, Tell, TopicMade, TopicRow,
    Unconsidered, Unrouted, UpdateKey, acts, alarms, card, claim, events, judge, lessons, notices, people,
    press, route, settle, talk, update, windows,
};
use crate::sql::Sql;
use crate::state::{Engine, Lane, State, erase};
use crate::{MessageRow, Settlement, StoreError};

/// Runs what may make something due for others.
fn act<T: Send + 'static>(
    state: &State<impl Engine>,
    work: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    state.engine.write(Lane::Wakes, work).wait()
}

/// Runs what changes something and makes nothing due.
fn keep<T: Send + 'static>(
    state: &State<impl Engine>,
    work: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    state.engine.write(Lane::Plain, work).wait()
}

impl<E: Engine> DeskStore for State<E> {
    fn unrouted(&self, limit: usize) -> Result<Vec<Unrouted>, StoreError> {
        self.engine.read(move |sql| route::unrouted(sql, limit))
    }

    fn route(&self, post_id: &str, to: Route, now_ms: i64) -> Result<bool, StoreError> {
        let id = post_id.to_owned();
        act(self, move |sql| route::route(sql, &id, to, now_ms))
    }

    fn refuse(&self, post_id: &str, why: &str, now_ms: i64) -> Result<bool, StoreError> {
        let (id, why) = (post_id.to_owned(), why.to_owned());
        keep(self, move |sql| route::refuse(sql, &id, &why, now_ms))
    }

    fn unroute(&self, handover_id: &str, now_ms: i64) -> Result<bool, StoreError> {
        let id = handover_id.to_owned();
        act(self, move |sql| route::unroute(sql, &id, now_ms))
    }

    fn tell(&self, tell: &Tell) -> Result<(), StoreError> {
        let tell = tell.clone();
        act(self, move |sql| route::tell(sql, &tell))
    }

    fn begin_posts(
        &self,
        now_ms: i64,
        lease_ms: i64,
        limits: &PostLimits,
        at_most: usize,
    ) -> Result<Vec<PostRow>, StoreError> {
        let limits = *limits;
        keep(self, move |sql| claim::begin(sql, now_ms, lease_ms, &limits, at_most))
    }

    fn is_posting(&self, bot_id: i64, chat_id: i64) -> Result<bool, StoreError> {
        self.engine.read(move |sql| claim::is_posting(sql, bot_id, chat_id))
    }

    fn settle_post(
        &self,
        id: &str,
        attempt: u32,
        outcome: &PostOutcome,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let (id, outcome) = (id.to_owned(), outcome.clone());
        keep(self, move |sql| settle::settle(sql, &id, attempt, &outcome, now_ms))
    }

    fn topic_made(&self, topic_id: &str, thread_id: i64, title: &str) -> Result<TopicMade, StoreError> {
        let (id, title) = (topic_id.to_owned(), title.to_owned());
        keep(self, move |sql| settle::topic_made(sql, &id, thread_id, &title))
    }

    fn topicless(&self, topic_id: &str, now_ms: i64) -> Result<(), StoreError> {
        let id = topic_id.to_owned();
        keep(self, move |sql| route::topicless(sql, &id, now_ms))
    }

    fn said_about(&self, topic_id: &str, message_id: i64, now_ms: i64) -> Result<(), StoreError> {
        let id = topic_id.to_owned();
        keep(self, move |sql| route::said_about(sql, &id, message_id, now_ms))
    }

    fn block(&self, bot_id: i64, chat_id: Option<i64>, until_ms: i64) -> Result<(), StoreError> {
        keep(self, move |sql| update::block(sql, bot_id, chat_id, until_ms))
    }

    fn called(&self, bot_id: i64, chat_id: i64, makes: bool, now_ms: i64) -> Result<(), StoreError> {
        keep(self, move |sql| update::called(sql, (bot_id, chat_id), makes, now_ms))
    }

    fn next_post(&self, now_ms: i64, limits: &PostLimits) -> Result<Option<i64>, StoreError> {
        let limits = *limits;
        self.engine.read(move |sql| windows::next(sql, now_ms, &limits))
    }

    fn recover_posts(&self, starting: bool, now_ms: i64) -> Result<usize, StoreError> {
        let all = starting && self.engine.is_alone();
        act(self, move |sql| settle::recover(sql, all, now_ms))
    }

    fn card(&self, handover_id: &str) -> Result<Option<Card>, StoreError> {
        let id = handover_id.to_owned();
        self.engine.read(move |sql| card::card(sql, &id))
    }

    fn history(&self, conversation_id: &str, limit: usize) -> Result<Vec<MessageRow>, StoreError> {
        let id = conversation_id.to_owned();
        self.engine.read(move |sql| card::history(sql, &id, limit))
    }

    fn unsent(&self, conversation_id: &str) -> Result<u64, StoreError> {
        let id = conversation_id.to_owned();
        self.engine.read(move |sql| talk::unsent(sql, &id))
    }

    fn talk(
        &self,
        slugs: &[String],
        bot_id: i64,
        chat_id: i64,
        thread_id: Option<i64>,
        reply_to: Option<i64>,
    ) -> Result<Option<Talk>, StoreError> {
        let slugs = slugs.to_vec();
        self.engine.read(move |sql| talk::talk(sql, (&slugs, bot_id), chat_id, thread_id, reply_to))
    }

    fn topics(&self, slug: &str, jid: Option<&str>) -> Result<Vec<TopicRow>, StoreError> {
        let (slug, jid) = (slug.to_owned(), jid.map(str::to_owned));
        self.engine.read(move |sql| card::topics(sql, &slug, jid.as_deref()))
    }

    fn shown_messages(&self, topic_id: &str) -> Result<Vec<i64>, StoreError> {
        let id = topic_id.to_owned();
        self.engine.read(move |sql| card::shown_messages(sql, &id))
    }

    fn shown_by_others(&self, topic_id: &str) -> Result<u64, StoreError> {
        let id = topic_id.to_owned();
        self.engine.read(move |sql| card::shown_by_others(sql, &id))
    }

    fn topic_erased(&self, topic: &TopicRow, tally: &str) -> Result<bool, StoreError> {
        let (topic, key) = (topic.clone(), tally.to_owned());
        keep(self, move |sql| erase::topic(sql, &topic, &key))
    }

    fn first_seen(&self, key: UpdateKey, now_ms: i64) -> Result<bool, StoreError> {
        keep(self, move |sql| update::first(sql, key, now_ms))
    }

    fn say(&self, saying: &Saying) -> Result<SayOutcome, StoreError> {
        let saying = saying.clone();
        act(self, move |sql| talk::say(sql, &saying))
    }

    fn edit(&self, edit: &Edit) -> Result<EditOutcome, StoreError> {
        let edit = edit.clone();
        act(self, move |sql| talk::edit(sql, &edit))
    }

    fn press(&self, press: &Press) -> Result<PressOutcome, StoreError> {
        let press = press.clone();
        act(self, move |sql| press::press(sql, &press))
    }

    fn remind(&self, handover_id: &str, nth: u32, now_ms: i64) -> Result<bool, StoreError> {
        let id = handover_id.to_owned();
        act(self, move |sql| press::remind(sql, &id, nth, now_ms))
    }

    fn bind(&self, slug: &str, username: &str, telegram_id: i64, now_ms: i64) -> Result<Bound, StoreError> {
        let (slug, name) = (slug.to_owned(), username.to_owned());
        keep(self, move |sql| people::bind(sql, &slug, &name, telegram_id, now_ms))
    }

    fn unbind(&self, slug: &str, username: &str) -> Result<bool, StoreError> {
        let (slug, name) = (slug.to_owned(), username.to_owned());
        keep(self, move |sql| people::unbind(sql, &slug, &name))
    }

    fn skippers(&self, handover_id: &str) -> Result<BTreeSet<i64>, StoreError> {
        let id = handover_id.to_owned();
        self.engine.read(move |sql| acts::skippers(sql, &id))
    }

    fn amend_memory(&self, conversation_id: &str, before: &str, after: &str) -> Result<bool, StoreError> {
        let (id, before, after) = (conversation_id.to_owned(), before.to_owned(), after.to_owned());
        keep(self, move |sql| people::amend_memory(sql, &id, &before, &after))
    }

    fn bindings(&self, slug: &str) -> Result<Vec<Binding>, StoreError> {
        let slug = slug.to_owned();
        self.engine.read(move |sql| people::bindings(sql, &slug))
    }

    fn reachable(&self, bot_id: i64, telegram_id: i64) -> Result<bool, StoreError> {
        self.engine.read(move |sql| people::reachable(sql, bot_id, telegram_id))
    }

    fn set_reachable(&self, bot_id: i64, telegram_id: i64, since_ms: Option<i64>) -> Result<(), StoreError> {
        keep(self, move |sql| people::set_reachable(sql, bot_id, telegram_id, since_ms))
    }

    fn figures(&self, slug: &str, from_ms: i64, to_ms: i64) -> Result<Vec<DeskEvent>, StoreError> {
        let slug = slug.to_owned();
        self.engine.read(move |sql| events::figures(sql, &slug, from_ms, to_ms))
    }

    fn unconsidered(&self, after: &str, limit: usize) -> Result<Vec<Unconsidered>, StoreError> {
        let after = after.to_owned();
        self.engine.read(move |sql| judge::unconsidered(sql, &after, limit))
    }

    fn considered(&self, handover_id: &str, now_ms: i64) -> Result<(), StoreError> {
        let id = handover_id.to_owned();
        keep(self, move |sql| judge::considered(sql, &id, now_ms))
    }

    fn lesson_material(&self, handover_id: &str) -> Result<Option<LessonMaterial>, StoreError> {
        let id = handover_id.to_owned();
        self.engine.read(move |sql| card::lesson_material(sql, &id))
    }

    fn add_lesson(&self, lesson: &NewLesson) -> Result<String, StoreError> {
        let lesson = lesson.clone();
        act(self, move |sql| lessons::add(sql, &lesson))
    }

    fn lessons(&self, slug: &str, status: Option<&str>) -> Result<Vec<LessonRow>, StoreError> {
        let (slug, status) = (slug.to_owned(), status.map(str::to_owned));
        self.engine.read(move |sql| lessons::all(sql, &slug, status.as_deref()))
    }

    fn lesson(&self, id: &str) -> Result<Option<LessonRow>, StoreError> {
        let id = id.to_owned();
        self.engine.read(move |sql| lessons::one(sql, &id))
    }

    fn decide_lesson(
        &self,
        id: &str,
        decision: &Decision,
        by: &str,
        role: Option<&str>,
        now_ms: i64,
    ) -> Result<Decided, StoreError> {
        let (id, decision, by) = (id.to_owned(), decision.clone(), by.to_owned());
        let role = role.map(str::to_owned);
        act(self, move |sql| lessons::decide(sql, &id, &decision, (&by, role.as_deref()), now_ms))
    }

    fn judge_lesson(&self, judgement: &Judgement) -> Result<JudgementOutcome, StoreError> {
        let judgement = judgement.clone();
        act(self, move |sql| judge::judge(sql, &judgement))
    }

    fn lesson_at(
        &self,
        slugs: &[String],
        bot_id: i64,
        chat_id: i64,
        message_id: i64,
    ) -> Result<Option<LessonRow>, StoreError> {
        let slugs = slugs.to_vec();
        self.engine.read(move |sql| judge::at(sql, (&slugs, bot_id), chat_id, message_id))
    }

    fn retire_lessons(&self, slug: &str, digests: &BTreeSet<String>, now_ms: i64) -> Result<u64, StoreError> {
        let (of, digests) = (slug.to_owned(), digests.clone());
        let misplaced = self.engine.read(move |sql| lessons::misplaced(sql, &of, &digests))?;
        let mut changed = 0;
        // One by one: each holds its conversation for its card.
        for (id, stands) in misplaced {
            let slug = slug.to_owned();
            let retired = act(self, move |sql| lessons::retire(sql, (&slug, &id), stands, now_ms))?;
            changed += u64::from(retired);
        }
        Ok(changed)
    }

    fn lessons_exported(&self, ids: &[String], now_ms: i64) -> Result<(), StoreError> {
        let ids = ids.to_vec();
        keep(self, move |sql| lessons::exported(sql, &ids, now_ms))
    }

    fn approved(&self, slug: &str) -> Result<Vec<LessonRow>, StoreError> {
        let slug = slug.to_owned();
        self.engine.read(move |sql| lessons::approved(sql, &slug))
    }

    fn learned_revisions(&self) -> Result<BTreeMap<String, i64>, StoreError> {
        self.engine.read(lessons::revisions)
    }

    fn alarms(&self, since_ms: i64) -> Result<BTreeMap<String, Alarm>, StoreError> {
        self.engine.read(move |sql| alarms::alarms(sql, since_ms))
    }

    fn announce(&self, announcement: &Announcement) -> Result<bool, StoreError> {
        let announcement = announcement.clone();
        act(self, move |sql| notices::announce(sql, &announcement))
    }

    fn begin_notices(
        &self,
        now_ms: i64,
        lease_ms: i64,
        at_most: usize,
    ) -> Result<Vec<NoticeRow>, StoreError> {
        keep(self, move |sql| notices::begin(sql, now_ms, lease_ms, at_most))
    }

    fn settle_notice(
        &self,
        id: &str,
        attempt: u32,
        settlement: &Settlement,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let (id, settlement) = (id.to_owned(), settlement.clone());
        keep(self, move |sql| notices::settle(sql, &id, attempt, &settlement, now_ms))
    }

    fn recover_notices(&self, idempotent: bool, starting: bool, now_ms: i64) -> Result<usize, StoreError> {
        // Mostly nothing is under way, and whoever only reads waits for no writer.
        if !self.engine.read(notices::any_sending)? {
            return Ok(0);
        }
        let all = starting && self.engine.is_alone();
        keep(self, move |sql| notices::recover(sql, idempotent, all, now_ms))
    }

    fn next_notice(&self) -> Result<Option<i64>, StoreError> {
        self.engine.read(notices::next)
    }

    fn notices(&self, slug: Option<&str>, since_ms: i64) -> Result<Notices, StoreError> {
        let slug = slug.map(str::to_owned);
        self.engine.read(move |sql| notices::count(sql, slug.as_deref(), since_ms))
    }

    fn hold(&self, key: &str, holder: &str, until_ms: i64, now_ms: i64) -> Result<bool, StoreError> {
        let (key, holder) = (key.to_owned(), holder.to_owned());
        keep(self, move |sql| update::hold(sql, &key, &holder, until_ms, now_ms))
    }

    fn let_go(&self, key: &str, holder: &str) -> Result<(), StoreError> {
        let (key, holder) = (key.to_owned(), holder.to_owned());
        keep(self, move |sql| update::let_go(sql, &key, &holder))
    }

    fn cursor(&self, bot_id: i64) -> Result<Option<i64>, StoreError> {
        self.engine.read(move |sql| update::cursor(sql, bot_id))
    }

    fn set_cursor(&self, bot_id: i64, next_update_id: i64) -> Result<(), StoreError> {
        keep(self, move |sql| update::set_cursor(sql, bot_id, next_update_id))
    }

    fn tidy_desk(&self, now_ms: i64) -> Result<u64, StoreError> {
        keep(self, move |sql| Ok(update::tidy(sql, now_ms)? + notices::tidy(sql, now_ms)?))
    }
}
