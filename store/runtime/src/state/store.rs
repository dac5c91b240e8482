//! [`StateStore`] over whatever runs its SQL.

use super::outbox::Sent;
use super::{
    Bell, Claim, Erased, HandoverRow, Held, Inbound, MessageRow, NextSend, OutboxRow, Pace, Queues, Receipt,
    Settlement, Soon, StateStore, Storing, Timer, TimerCommit, TurnCommit, Turnstile, UsageRow, claim, echo,
    erase, handover, inbox, leases, outbox, proof, rate, read, tally, timers, turn,
};
use crate::sql::{Sql, values};
use crate::{AgedMessage, StoreError, Ticket};

/// How a piece of work may be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Beside any other.
    Plain,
    /// As that, and should the machine of the database fail in the next moment, nothing of it need be
    /// left: nobody outside has been told, and whatever comes of it is committed behind it.
    Light,
    /// As [`Lane::Plain`], and it may touch much of what there is.
    Broad,
    /// Something is due after it.
    Wakes,
}

/// What runs SQL: transactions one after the other, or many at once.
pub(crate) trait Engine: Send + Sync {
    /// Runs `work` in a transaction that is committed durably before the ticket resolves. It is run
    /// again where the database gave it up for the sake of another.
    fn write<T: Send + 'static>(
        &self,
        lane: Lane,
        work: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    ) -> Ticket<T>;
    /// Takes messages in, all or none, and answers each. Shares its sync with others of its kind.
    fn take_in(&self, messages: Vec<Inbound>) -> Ticket<Vec<Receipt>> {
        self.write(Lane::Wakes, move |sql| messages.iter().map(|it| inbox::store(sql, it)).collect())
    }
    /// Commits a turn. May share its transaction with others of its kind.
    fn commit(&self, turn: TurnCommit) -> Ticket<turn::Verdict<Option<OutboxRow>>> {
        self.write(Lane::Plain, move |sql| turn::alone(sql, &turn))
    }
    /// Records that the gateway took a reply. May share its transaction likewise.
    fn sent(&self, sent: Sent) -> Ticket<()> {
        self.write(Lane::Plain, move |sql| outbox::settle(sql, &sent, &Settlement::Sent))
    }
    /// Runs `work` over one snapshot.
    fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError>;
    /// Runs `work` that asks one thing, which needs no transaction.
    fn peek<T: Send + 'static>(
        &self,
        work: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.read(work)
    }
    /// Whether no other process works on the same conversations.
    fn is_alone(&self) -> bool;
    /// Something was erased and must not be found in any log either.
    fn scrub(&self) -> Result<(), StoreError>;
    /// Rings when another process has made something due.
    fn on_wake(&self, bell: Bell);
}

/// Conversations, queues and counters in a database.
///
/// Share it in an `Arc`; dropping the last one waits for what was queued.
#[derive(Debug)]
pub struct State<E> {
    pub(crate) engine: E,
}

/// Ids of the gateway dropped in one transaction, so that messages never wait for it.
const SEEN_CHUNK: usize = 1_000;

/// What a fence has let through.
fn heeded<T>(verdict: turn::Verdict<T>) -> Result<T, StoreError> {
    match verdict {
        turn::Verdict::Committed(done) => Ok(done),
        turn::Verdict::Stale => Err(StoreError::Stale),
    }
}

/// Records what a send came to.
fn settled(engine: &impl Engine, send: Sent, settlement: Settlement) -> Ticket<()> {
    match settlement {
        Settlement::Sent => engine.sent(send),
        other => engine.write(Lane::Plain, move |sql| outbox::settle(sql, &send, &other)),
    }
}

/// Runs what erases.
fn erased(
    engine: &impl Engine,
    work: impl Fn(&mut dyn Sql) -> Result<Erased, StoreError> + Send + 'static,
) -> Result<Erased, StoreError> {
    let erased = engine.write(Lane::Broad, work).wait()?;
    if !erased.is_empty() {
        engine.scrub()?;
    }
    Ok(erased)
}

impl<E: Engine> StateStore for State<E> {
    fn store_inbound(&self, batch: &[Inbound]) -> Result<Vec<Receipt>, StoreError> {
        self.engine.take_in(batch.to_vec()).wait()
    }

    fn take_in(&self, message: Inbound) -> Storing {
        let stored = self.engine.take_in(vec![message]);
        let missing = || StoreError::Unavailable("no answer of the store's".to_owned());
        Box::pin(async move { stored.await?.pop().ok_or_else(missing) })
    }

    fn has_seen(
        &self,
        slug: &str,
        instance_id: &str,
        message_id: &str,
        since_ms: i64,
    ) -> Result<bool, StoreError> {
        let of = (slug.to_owned(), instance_id.to_owned(), message_id.to_owned());
        self.engine.peek(move |sql| inbox::has_seen(sql, (&of.0, &of.1, &of.2), since_ms))
    }

    fn record_echo(&self, echo: &Inbound) -> Result<bool, StoreError> {
        let echo = echo.clone();
        self.engine.write(Lane::Plain, move |sql| echo::record(sql, &echo)).wait()
    }

    fn claim_due(&self, now_ms: i64, lease_ms: i64, pass: &Turnstile) -> Result<Vec<Claim>, StoreError> {
        let pass = pass.clone();
        // Of two who hold one lease because the first claim was lost, the fence lets one through.
        self.engine.write(Lane::Light, move |sql| claim::claim(sql, now_ms, lease_ms, &pass)).wait()
    }

    fn next_turn(&self, now_ms: i64) -> Result<Option<i64>, StoreError> {
        self.engine.peek(move |sql| read::next_turn(sql, Some(now_ms)))
    }

    fn next_due(&self) -> Result<Option<i64>, StoreError> {
        let next = self.engine.read(|sql| Ok((read::next_turn(sql, None)?, read::next_send(sql)?.at_ms)))?;
        Ok([next.0, next.1].into_iter().flatten().min())
    }

    fn next_send(&self) -> Result<NextSend, StoreError> {
        self.engine.peek(read::next_send)
    }

    fn commit_turn(&self, turn: &TurnCommit) -> Result<Option<OutboxRow>, StoreError> {
        heeded(self.engine.commit(turn.clone()).wait()?)
    }

    fn commit_turn_soon(&self, turn: TurnCommit) -> Soon<Option<OutboxRow>> {
        let committed = self.engine.commit(turn);
        Box::pin(async move { heeded(committed.await?) })
    }

    fn begun_send(
        &self,
        outbox_id: &str,
        until_ms: i64,
        now_ms: i64,
    ) -> Result<Option<OutboxRow>, StoreError> {
        let id = outbox_id.to_owned();
        self.engine.write(Lane::Plain, move |sql| outbox::begun(sql, &id, until_ms, now_ms)).wait()
    }

    fn leave_turn(&self, claim: &Claim) -> Result<(), StoreError> {
        let (id, lease) = (claim.conversation_id.clone(), claim.lease);
        self.engine.write(Lane::Plain, move |sql| claim::leave(sql, &id, lease)).wait()
    }

    fn begin_sends(
        &self,
        now_ms: i64,
        lease_ms: i64,
        pass: &Turnstile,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let pass = pass.clone();
        self.engine.write(Lane::Plain, move |sql| outbox::begin(sql, now_ms, lease_ms, &pass)).wait()
    }

    fn renew(&self, held: &Held, until_ms: i64) -> Result<Held, StoreError> {
        let held = held.clone();
        self.engine.write(Lane::Plain, move |sql| leases::renew(sql, &held, until_ms)).wait()
    }

    fn rest(&self, slug: &str, instance_id: &str, until_ms: i64) -> Result<(), StoreError> {
        let (slug, instance_id) = (slug.to_owned(), instance_id.to_owned());
        self.engine.write(Lane::Plain, move |sql| rate::rest(sql, &slug, &instance_id, until_ms)).wait()
    }

    fn resting(&self, now_ms: i64) -> Result<Vec<(String, String, i64)>, StoreError> {
        self.engine.peek(move |sql| rate::resting(sql, now_ms))
    }

    fn pace(&self, slug: &str, instance_id: &str, pace: Pace) -> Result<i64, StoreError> {
        let (slug, instance_id) = (slug.to_owned(), instance_id.to_owned());
        self.engine.write(Lane::Plain, move |sql| rate::pace(sql, &slug, &instance_id, &pace)).wait()
    }

    fn settle_send(
        &self,
        id: &str,
        attempt: u32,
        settlement: &Settlement,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let send = Sent { id: id.to_owned(), attempt, now_ms };
        settled(&self.engine, send, settlement.clone()).wait()
    }

    fn settle_send_soon(&self, id: &str, attempt: u32, settlement: Settlement, now_ms: i64) -> Soon<()> {
        let send = Sent { id: id.to_owned(), attempt, now_ms };
        Box::pin(settled(&self.engine, send, settlement))
    }

    fn recover_sends(&self, idempotent: bool, starting: bool, now_ms: i64) -> Result<usize, StoreError> {
        let all = starting && self.engine.is_alone();
        // Looked for often, found hardly ever: reading costs nobody anything.
        if !starting && !self.engine.peek(move |sql| outbox::any_left(sql, now_ms))? {
            return Ok(0);
        }
        let recover = move |sql: &mut dyn Sql| {
            if all {
                claim::release_leases(sql)?;
            }
            outbox::recover(sql, idempotent, all, now_ms)
        };
        self.engine.write(Lane::Wakes, recover).wait()
    }

    fn pull_in(&self, now_ms: i64, far_ms: i64) -> Result<u64, StoreError> {
        if !self.engine.peek(move |sql| leases::any_far(sql, far_ms))? {
            return Ok(0);
        }
        self.engine.write(Lane::Wakes, move |sql| leases::pull_in(sql, now_ms, far_ms)).wait()
    }

    fn fold(&self) -> Result<(), StoreError> {
        if self.engine.is_alone() { self.engine.scrub() } else { Ok(()) }
    }

    fn claim_timers(&self, now_ms: i64, lease_ms: i64, limit: usize) -> Result<Vec<Timer>, StoreError> {
        self.engine.write(Lane::Plain, move |sql| timers::claim(sql, now_ms, lease_ms, limit)).wait()
    }

    fn commit_timer(&self, commit: &TimerCommit) -> Result<(), StoreError> {
        let commit = commit.clone();
        heeded(self.engine.write(Lane::Wakes, move |sql| timers::commit(sql, &commit)).wait()?)
    }

    fn next_timer(&self) -> Result<Option<i64>, StoreError> {
        self.engine.peek(read::next_timer)
    }

    fn release(&self, conversation_id: &str, status: &str, now_ms: i64) -> Result<bool, StoreError> {
        let (id, status) = (conversation_id.to_owned(), status.to_owned());
        self.engine.write(Lane::Plain, move |sql| handover::release(sql, &id, &status, now_ms)).wait()
    }

    fn handovers(&self, slug: Option<&str>) -> Result<Vec<HandoverRow>, StoreError> {
        let slug = slug.map(str::to_owned);
        self.engine.read(move |sql| read::handovers(sql, slug.as_deref()))
    }

    fn messages(&self, slug: &str, jid: &str) -> Result<Vec<MessageRow>, StoreError> {
        let (slug, jid) = (slug.to_owned(), jid.to_owned());
        self.engine.read(move |sql| read::messages(sql, &slug, &jid))
    }

    fn message(&self, id: &str) -> Result<Option<MessageRow>, StoreError> {
        let id = id.to_owned();
        self.engine.read(move |sql| read::message(sql, &id))
    }

    fn files_since(&self, conversation_id: &str, since_ms: i64) -> Result<u32, StoreError> {
        let id = conversation_id.to_owned();
        self.engine.read(move |sql| read::files_since(sql, &id, since_ms))
    }

    fn usage(&self, slug: Option<&str>) -> Result<Vec<UsageRow>, StoreError> {
        let slug = slug.map(str::to_owned);
        self.engine.read(move |sql| read::usage(sql, slug.as_deref()))
    }

    fn queues(&self, now_ms: i64) -> Result<Queues, StoreError> {
        self.engine.read(move |sql| read::queues(sql, now_ms))
    }

    fn customers(&self, slug: &str, who: &str) -> Result<Vec<String>, StoreError> {
        let (slug, who) = (slug.to_owned(), who.to_owned());
        self.engine.read(move |sql| read::customers(sql, &slug, &who))
    }

    fn conversations(&self, slug: &str, jid: Option<&str>) -> Result<Vec<String>, StoreError> {
        let (slug, jid) = (slug.to_owned(), jid.map(str::to_owned));
        self.engine.read(move |sql| erase::conversations(sql, &slug, jid.as_deref()))
    }

    fn files_of(&self, slug: &str, conversation_id: Option<&str>) -> Result<Vec<String>, StoreError> {
        let (slug, id) = (slug.to_owned(), conversation_id.map(str::to_owned));
        self.engine.read(move |sql| proof::files(sql, &slug, id.as_deref()))
    }

    fn strangers(&self, slug: &str, ids: &[String]) -> Result<Vec<String>, StoreError> {
        let (slug, ids) = (slug.to_owned(), ids.to_vec());
        self.engine.read(move |sql| proof::strangers(sql, &slug, &ids))
    }

    fn forget(&self, slug: &str, jid: &str, tally: &str) -> Result<Erased, StoreError> {
        let (slug, jid, key) = (slug.to_owned(), jid.to_owned(), tally.to_owned());
        erased(&self.engine, move |sql| {
            let gone = erase::customer(sql, &slug, &jid)?;
            tally::add(sql, &key, &gone).map(|()| gone)
        })
    }

    fn offboard(&self, slug: &str, limit: usize, tally: &str) -> Result<Erased, StoreError> {
        let (slug, key) = (slug.to_owned(), tally.to_owned());
        erased(&self.engine, move |sql| {
            let gone = erase::tenant(sql, &slug, limit)?;
            tally::add(sql, &key, &gone).map(|()| gone)
        })
    }

    fn tallied(&self, key: &str) -> Result<Erased, StoreError> {
        let key = key.to_owned();
        self.engine.read(move |sql| tally::read(sql, &key))
    }

    fn tally(&self, key: &str, more: &Erased) -> Result<(), StoreError> {
        let (key, more) = (key.to_owned(), more.clone());
        self.engine.write(Lane::Plain, move |sql| tally::add(sql, &key, &more)).wait()
    }

    fn close_tally(&self, key: &str) -> Result<(), StoreError> {
        let key = key.to_owned();
        self.engine.write(Lane::Plain, move |sql| tally::close(sql, &key)).wait()
    }

    fn tallies(&self, prefix: &str) -> Result<Vec<(String, String, u64)>, StoreError> {
        let prefix = prefix.to_owned();
        self.engine.read(move |sql| tally::all(sql, &prefix))
    }

    fn strike(&self, key: &str, item: &str) -> Result<(), StoreError> {
        let (key, item) = (key.to_owned(), item.to_owned());
        self.engine.write(Lane::Plain, move |sql| tally::strike(sql, &key, &item)).wait()
    }

    fn aged(
        &self,
        slug: &str,
        before_ms: i64,
        after_seq: i64,
        limit: usize,
    ) -> Result<Vec<AgedMessage>, StoreError> {
        let slug = slug.to_owned();
        self.engine.read(move |sql| read::aged(sql, &slug, (before_ms, after_seq), limit))
    }

    fn expire(&self, slug: &str, before_ms: i64, limit: usize) -> Result<Erased, StoreError> {
        let slug = slug.to_owned();
        erased(&self.engine, move |sql| erase::expired(sql, &slug, before_ms, limit))
    }

    fn expire_seen(&self, before_ms: i64, limit: usize) -> Result<u64, StoreError> {
        let old = self.engine.read(move |sql| erase::old_seen(sql, before_ms, limit))?;
        for keys in old.chunks(SEEN_CHUNK) {
            let keys = keys.to_vec();
            self.engine.write(Lane::Plain, move |sql| erase::drop_seen(sql, &keys, before_ms)).wait()?;
        }
        Ok(old.len() as u64)
    }

    fn traces_of(&self, slug: &str, text: &str) -> Result<Erased, StoreError> {
        let (slug, text) = (slug.to_owned(), text.to_owned());
        self.engine.read(move |sql| erase::traces(sql, &slug, &text))
    }

    fn left_of(&self, slug: &str) -> Result<Erased, StoreError> {
        let slug = slug.to_owned();
        self.engine.read(move |sql| proof::left(sql, &slug))
    }

    fn is_alone(&self) -> bool {
        self.engine.is_alone()
    }

    fn once(&self, key: &str, now_ms: i64) -> Result<bool, StoreError> {
        let key = key.to_owned();
        let tell = move |sql: &mut dyn Sql| {
            let sql_text = "INSERT INTO told (key, at_ms) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
            Ok(sql.run(sql_text, values![&key, now_ms])? == 1)
        };
        self.engine.write(Lane::Plain, tell).wait()
    }

    fn spend(&self, key: &str, window_ms: i64, most: u32) -> Result<bool, StoreError> {
        let key = key.to_owned();
        let spend = move |sql: &mut dyn Sql| {
            // The row of an older window is used again.
            let spent = sql.run(
                "INSERT INTO budgets (key, window_ms, used) VALUES (?1, ?2, 1)
                 ON CONFLICT (key) DO UPDATE SET
                     used = CASE WHEN budgets.window_ms < excluded.window_ms THEN 1 ELSE budgets.used + 1 END,
                     window_ms = excluded.window_ms
                 WHERE budgets.window_ms < excluded.window_ms OR budgets.used < ?3",
                values![&key, window_ms, most],
            )?;
            Ok(spent == 1)
        };
        if most == 0 { Ok(false) } else { self.engine.write(Lane::Plain, spend).wait() }
    }

    fn on_wake(&self, bell: Bell) {
        self.engine.on_wake(bell);
    }
}
