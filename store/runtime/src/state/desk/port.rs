//! The door for people.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Alarm, Announcement, Binding, Bound, Card, Decided, Decision, DeskEvent, Edit, EditOutcome, Judgement,
    JudgementOutcome, LessonMaterial, LessonRow, NewLesson, NoticeRow, Notices, PostLimits, PostOutcome,
    PostRow, Press, PressOutcome, Route, SayOutcome, Saying, Talk, Tell, TopicMade, TopicRow, Unconsidered,
    Unrouted, UpdateKey,
};
use crate::{MessageRow, Settlement, StoreError};

/// What is shown to people, what they do, and what they teach. Every call is one transaction. Where
/// nothing else is said, times are Unix milliseconds, and an error is [`StoreError::Unavailable`].
///
/// Posts are written by the acts they show, in the transaction of the act: a request that opens, what
/// the customer and the bot say while it is open, who takes and closes it, what became of a person's
/// words. Nothing is written for conversations without an open request.
pub trait DeskStore: Send + Sync {
    /// Posts that nobody has said the chat of, the first of each request, oldest first.
    fn unrouted(&self, limit: usize) -> Result<Vec<Unrouted>, StoreError>;
    /// Has a post shown there, with all that waits and all that will come of its request: the
    /// customer's place in the chat is found, or made to be made. False when it waits no more.
    fn route(&self, post_id: &str, route: Route, now_ms: i64) -> Result<bool, StoreError>;
    /// Gives up a post that can be shown nowhere, with all that waits of its request. False when it
    /// waits no more.
    fn refuse(&self, post_id: &str, why: &str, now_ms: i64) -> Result<bool, StoreError>;
    /// Has an open request shown elsewhere, because its chat is gone: what was not posted waits for its
    /// chat again, with a card before it. False when it is not open, or not routed.
    fn unroute(&self, handover_id: &str, now_ms: i64) -> Result<bool, StoreError>;
    /// Writes a post that no act asks for.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when it is about a request that does not exist.
    fn tell(&self, tell: &Tell) -> Result<(), StoreError>;
    /// Claims up to `at_most` posts that may be done now, each for `lease_ms`: the most urgent of all
    /// chats first, of those the oldest; in a topic one message at a time, in the order in which they
    /// were asked for, a card before all. No window of the limits is ever exceeded, whichever replica
    /// claims. A post that is claimed counts, whatever it comes to.
    fn begin_posts(
        &self,
        now_ms: i64,
        lease_ms: i64,
        limits: &PostLimits,
        at_most: usize,
    ) -> Result<Vec<PostRow>, StoreError>;
    /// Whether a message is being made in a chat.
    fn is_posting(&self, bot_id: i64, chat_id: i64) -> Result<bool, StoreError>;
    /// Records what a post came to.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the customer was forgotten meanwhile, [`StoreError::Stale`] when it
    /// is not being done any more, or not by the attempt that is told of.
    fn settle_post(
        &self,
        id: &str,
        attempt: u32,
        outcome: &PostOutcome,
        now_ms: i64,
    ) -> Result<(), StoreError>;
    /// A topic was made with this title: kept unless another was faster.
    fn topic_made(&self, topic_id: &str, thread_id: i64, title: &str) -> Result<TopicMade, StoreError>;
    /// The chat has no topics after all: what there is to show of this customer stands in the chat
    /// itself, until a later request is routed to a topic.
    fn topicless(&self, topic_id: &str, now_ms: i64) -> Result<(), StoreError>;
    /// Something was said about this customer outside of topics that no post is: a reply to it is about
    /// the customer too. Nothing happens when the customer was forgotten.
    fn said_about(&self, topic_id: &str, message_id: i64, now_ms: i64) -> Result<(), StoreError>;
    /// A bot begins nothing until then, in a chat or anywhere; an earlier time changes nothing.
    fn block(&self, bot_id: i64, chat_id: Option<i64>, until_ms: i64) -> Result<(), StoreError>;
    /// A call that no post asks for counts in the windows of the limits too.
    fn called(&self, bot_id: i64, chat_id: i64, makes: bool, now_ms: i64) -> Result<(), StoreError>;
    /// When the next post may begin, by the limits and blocks that stand: now or before when one may
    /// at once. Never too late, perhaps a little early: whoever then gets nothing pauses for a moment.
    fn next_post(&self, now_ms: i64, limits: &PostLimits) -> Result<Option<i64>, StoreError>;
    /// Posts that a crash or a frozen process left under way wait again; returns how many. `starting`: the caller has just started; where one process serves leases are not
    /// waited for.
    fn recover_posts(&self, starting: bool, now_ms: i64) -> Result<usize, StoreError>;

    /// Everything a card shows.
    fn card(&self, handover_id: &str) -> Result<Option<Card>, StoreError>;
    /// The last messages of a conversation, oldest first.
    fn history(&self, conversation_id: &str, limit: usize) -> Result<Vec<MessageRow>, StoreError>;
    /// How many messages are on their way to the customer.
    fn unsent(&self, conversation_id: &str) -> Result<u64, StoreError>;
    /// The customer that a topic of one of these tenants is about. Outside of topics the message that is
    /// replied to tells, also after the group got topics or lost them; what replies to a lesson's card is
    /// for no customer.
    fn talk(
        &self,
        slugs: &[String],
        bot_id: i64,
        chat_id: i64,
        thread_id: Option<i64>,
        reply_to: Option<i64>,
    ) -> Result<Option<Talk>, StoreError>;
    /// A customer's topics, or all of a tenant's: what to delete in Telegram before the rows go.
    fn topics(&self, slug: &str, jid: Option<&str>) -> Result<Vec<TopicRow>, StoreError>;
    /// A topic was deleted in Telegram because its customer is erased: counted once, as
    /// `telegram_topics` in the tally of this key. False when it was counted before.
    fn topic_erased(&self, topic: &TopicRow, tally: &str) -> Result<bool, StoreError>;

    /// Messages in Telegram that show this customer, in the order in which they were asked for.
    fn shown_messages(&self, topic_id: &str) -> Result<Vec<i64>, StoreError>;
    /// How many besides those were shown by a former bot, whose numbers for them mean nothing to another.
    fn shown_by_others(&self, topic_id: &str) -> Result<u64, StoreError>;

    /// Takes an update in that does nothing else here; false when it was seen before.
    fn first_seen(&self, update: UpdateKey, now_ms: i64) -> Result<bool, StoreError>;
    /// A person wrote in a topic: it goes to the customer, and the open request is that person's if
    /// nobody has it.
    fn say(&self, saying: &Saying) -> Result<SayOutcome, StoreError>;
    /// A person changed what he wrote.
    fn edit(&self, edit: &Edit) -> Result<EditOutcome, StoreError>;
    /// A person pressed a button.
    fn press(&self, press: &Press) -> Result<PressOutcome, StoreError>;
    /// Numeric ids of those who have said that they cannot take this request.
    fn skippers(&self, handover_id: &str) -> Result<BTreeSet<i64>, StoreError>;
    /// Puts what is remembered of a conversation in the place of what was, and has a turn under way
    /// start over; false when something else is remembered by now.
    fn amend_memory(&self, conversation_id: &str, before: &str, after: &str) -> Result<bool, StoreError>;
    /// Reminds people of an open request that nobody has answered, once for each number, and once more after
    /// somebody has taken it; false when it was done, is answered or closed.
    fn remind(&self, handover_id: &str, nth: u32, now_ms: i64) -> Result<bool, StoreError>;

    /// Binds a name to the first numeric id it is seen with.
    fn bind(&self, slug: &str, username: &str, telegram_id: i64, now_ms: i64) -> Result<Bound, StoreError>;
    /// Lets a name be bound anew; false when it was not bound.
    fn unbind(&self, slug: &str, username: &str) -> Result<bool, StoreError>;
    /// Names of a tenant that are bound, in their order.
    fn bindings(&self, slug: &str) -> Result<Vec<Binding>, StoreError>;
    /// Whether a person has started the bot, so that it may write to him.
    fn reachable(&self, bot_id: i64, telegram_id: i64) -> Result<bool, StoreError>;
    /// A person started the bot (since then), or blocked it (nothing).
    fn set_reachable(&self, bot_id: i64, telegram_id: i64, since_ms: Option<i64>) -> Result<(), StoreError>;

    /// What happened to a tenant's requests from then until before then, in order.
    fn figures(&self, slug: &str, from_ms: i64, to_ms: i64) -> Result<Vec<DeskEvent>, StoreError>;

    /// Resolved requests of which nobody has asked yet what they teach, in the order of their ids, from
    /// behind this one on (empty: from the first).
    fn unconsidered(&self, after: &str, limit: usize) -> Result<Vec<Unconsidered>, StoreError>;
    /// A request teaches nothing.
    fn considered(&self, handover_id: &str, now_ms: i64) -> Result<(), StoreError>;
    /// What a request may teach.
    fn lesson_material(&self, handover_id: &str) -> Result<Option<LessonMaterial>, StoreError>;
    /// Adds a lesson; returns its id, or that of the lesson that came of the request before. The
    /// request is considered with that, and the lesson is shown in its topic: to be decided, or as one
    /// that was approved at once and can be taken back.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the request is not of this tenant or does not exist.
    fn add_lesson(&self, lesson: &NewLesson) -> Result<String, StoreError>;
    /// Lessons of a tenant with a status (`pending`, `approved`, `rejected`), or all, newest first.
    fn lessons(&self, slug: &str, status: Option<&str>) -> Result<Vec<LessonRow>, StoreError>;
    /// One lesson.
    fn lesson(&self, id: &str) -> Result<Option<LessonRow>, StoreError>;
    /// Decides a lesson that waits, or takes one back; one decision counts, and its card shows it. `by` is a name.
    fn decide_lesson(
        &self,
        id: &str,
        decision: &Decision,
        by: &str,
        role: Option<&str>,
        now_ms: i64,
    ) -> Result<Decided, StoreError>;
    /// As [`DeskStore::decide_lesson`], by the card: once for each update, and only in its chat.
    fn judge_lesson(&self, judgement: &Judgement) -> Result<JudgementOutcome, StoreError>;
    /// The lesson whose card this message of the bot's is.
    fn lesson_at(
        &self,
        slugs: &[String],
        bot_id: i64,
        chat_id: i64,
        message_id: i64,
    ) -> Result<Option<LessonRow>, StoreError>;
    /// Retires lessons whose passages stand in the tenant's live release (all its digests are given),
    /// and brings back those that stand there no more, with their buttons; how many changed. Done again
    /// it goes on where it was cut short.
    fn retire_lessons(&self, slug: &str, digests: &BTreeSet<String>, now_ms: i64) -> Result<u64, StoreError>;
    /// Remembers that lessons were written into the bundle.
    fn lessons_exported(&self, ids: &[String], now_ms: i64) -> Result<(), StoreError>;
    /// Lessons that a tenant may use, oldest first. Of two that say the same again the one that was
    /// approved later is used.
    fn approved(&self, slug: &str) -> Result<Vec<LessonRow>, StoreError>;
    /// A number for each tenant that changes when what it may use does; none where it never did.
    fn learned_revisions(&self) -> Result<BTreeMap<String, i64>, StoreError>;

    /// What waits or failed, by tenant; replies given up on since then.
    fn alarms(&self, since_ms: i64) -> Result<BTreeMap<String, Alarm>, StoreError>;

    /// Tells an owner once for a key: the posts and messages that tell it are written with that. False
    /// when it was told before; then nothing is written.
    fn announce(&self, announcement: &Announcement) -> Result<bool, StoreError>;
    /// Claims messages to owners' phones that may leave now, each for `lease_ms`: one of each tenant at
    /// a time and at most one in a second, the oldest first.
    fn begin_notices(&self, now_ms: i64, lease_ms: i64, at_most: usize)
    -> Result<Vec<NoticeRow>, StoreError>;
    /// Records what a message to an owner's phone came to. One that its echo has settled stays sent.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when it was erased meanwhile, [`StoreError::Stale`] when it is not being
    /// sent any more, or not by the attempt that is told of.
    fn settle_notice(
        &self,
        id: &str,
        attempt: u32,
        settlement: &Settlement,
        now_ms: i64,
    ) -> Result<(), StoreError>;
    /// As [`crate::StateStore::recover_sends`], for messages to owners' phones.
    fn recover_notices(&self, idempotent: bool, starting: bool, now_ms: i64) -> Result<usize, StoreError>;
    /// When the next message to an owner's phone may leave.
    fn next_notice(&self) -> Result<Option<i64>, StoreError>;
    /// How messages to owners' phones stand, of a tenant or of all; those given up since then.
    fn notices(&self, slug: Option<&str>, since_ms: i64) -> Result<Notices, StoreError>;

    /// True while `holder` is the one of all processes that may do this; it holds until then and may
    /// go on holding.
    fn hold(&self, key: &str, holder: &str, until_ms: i64, now_ms: i64) -> Result<bool, StoreError>;
    /// Lets it go before its time.
    fn let_go(&self, key: &str, holder: &str) -> Result<(), StoreError>;
    /// The update that a bot's polling asks for next.
    fn cursor(&self, bot_id: i64) -> Result<Option<i64>, StoreError>;
    /// Moves it.
    fn set_cursor(&self, bot_id: i64, next_update_id: i64) -> Result<(), StoreError>;
    /// Drops updates and counts that were kept long enough (three days), and settled messages to owners'
    /// phones (thirty days); returns how many rows.
    fn tidy_desk(&self, now_ms: i64) -> Result<u64, StoreError>;
}
