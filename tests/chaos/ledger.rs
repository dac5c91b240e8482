//! What must hold over everything that was sent, said and stored, whatever happened in between.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use playground::gateway::{Call, Gateway};

use crate::PATIENCE;
use crate::crowd::{Crowd, Told, shop_of};
use crate::postgres::Database;
use crate::world::{OWNER, priced, slug};

/// Where conversations are stored, as far as plain SQL goes.
pub(crate) enum Store<'a> {
    Sqlite(&'a Path),
    Postgres(&'a Database),
}

impl Store<'_> {
    /// Rows with their columns as text, nothing as `-`. No column may hold what people write.
    pub(crate) fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        match self {
            Self::Sqlite(path) => {
                // Reading only: what a crash left is the next process's to recover.
                let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
                let file = rusqlite::Connection::open_with_flags(path, flags).unwrap();
                file.busy_timeout(PATIENCE).unwrap();
                let mut statement = file.prepare(sql).unwrap();
                let columns = statement.column_count();
                let cells =
                    |row: &rusqlite::Row<'_>| (0..columns).map(|at| Ok(text(row.get_ref(at)?))).collect();
                statement.query_map([], cells).unwrap().collect::<Result<_, _>>().unwrap()
            }
            Self::Postgres(database) => {
                database.sql(sql).iter().map(|row| row.split('|').map(str::to_owned).collect()).collect()
            }
        }
    }

    /// Changes rows as time or an operator would; in a file only while nobody serves from it.
    pub(crate) fn change(&self, sql: &str) {
        match self {
            Self::Sqlite(path) => rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap(),
            Self::Postgres(database) => drop(database.sql(sql)),
        }
    }

    /// As if the leases of a process that is gone had run out; in a file the next one knows.
    pub(crate) fn leases_run_out(&self) {
        if let Self::Postgres(_) = self {
            self.change("UPDATE conversations SET lease_until_ms = 1 WHERE lease_until_ms IS NOT NULL");
            self.change("UPDATE outbox SET lease_until_ms = 1 WHERE lease_until_ms IS NOT NULL");
            self.change("UPDATE timers SET lease_until_ms = 1 WHERE lease_until_ms IS NOT NULL");
            self.change("UPDATE notices SET lease_until_ms = 1 WHERE lease_until_ms IS NOT NULL");
        }
    }

    /// The number that a query says.
    pub(crate) fn count(&self, sql: &str) -> usize {
        self.rows(sql)[0][0].parse().unwrap()
    }

    /// Waits until owners have been told whatever there was.
    pub(crate) async fn owners_told(&self) {
        let waits = "SELECT count(*) FROM notices WHERE status IN ('pending', 'sending')";
        crate::world::until("owners are told", || self.count(waits) == 0).await;
    }

    /// Waits until nothing waits: neither for a turn nor to be sent.
    pub(crate) async fn drained(&self) {
        let waits = "SELECT (SELECT count(*) FROM messages WHERE role = 'user' AND settled IS NULL)
                          + (SELECT count(*) FROM outbox WHERE status IN ('pending', 'sending'))";
        crate::world::until("everything is answered", || self.count(waits) == 0).await;
    }
}

fn text(value: rusqlite::types::ValueRef<'_>) -> String {
    use rusqlite::types::ValueRef;
    match value {
        ValueRef::Integer(it) => it.to_string(),
        ValueRef::Text(it) => String::from_utf8_lossy(it).into_owned(),
        _ => "-".to_owned(),
    }
}

/// A customer's message as stored.
struct Stored {
    slug: String,
    jid: String,
    settled: String,
    answer: String,
    conversation: String,
}

/// What is stored, by tenant and id.
type Messages = BTreeMap<(String, String), Stored>;

/// A reply as stored.
struct Reply {
    slug: String,
    jid: String,
    instance: String,
    status: String,
    order: u64,
}

/// The findings of a check.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Replies that a person has to look at, because nobody knows whether they went out.
    pub(crate) unknown: usize,
    /// Replies that reached a phone.
    pub(crate) delivered: usize,
}

/// Checks I1 to I6 over all that happened; nothing may be under way any more.
#[track_caller]
pub(crate) fn check(store: &Store<'_>, crowd: &Crowd, gateway: &Gateway) -> Found {
    let messages = messages(store);
    let replies = replies(store);
    let told = crowd.told();
    let (to_owners, calls) =
        gateway.calls_after(0).into_iter().partition::<Vec<Call>, _>(|it| it.jid == OWNER);
    owners_told_once(store, &to_owners);
    stored_once(&told, &messages);
    let asked: BTreeSet<String> =
        column(store, "SELECT conversation_id FROM handovers WHERE status IN ('pending', 'active')");
    ended(&messages, &replies, &asked);
    sent_once(&calls, &replies);
    let failed: BTreeSet<String> =
        column(store, "SELECT conversation_id FROM handovers WHERE reason = 'error'");
    heard_once(&told, &calls, (&messages, &replies), &failed);
    in_order(&calls, &replies);
    counted(store, &messages);
    let unknown = replies.values().filter(|it| it.status == "unknown").count();
    Found { unknown, delivered: calls.iter().filter(|it| it.is_delivered()).count() }
}

fn messages(store: &Store<'_>) -> BTreeMap<(String, String), Stored> {
    let rows = store.rows(
        "SELECT c.client_slug, m.message_id, c.jid, coalesce(m.settled, '-'), coalesce(m.answer_id, '-'), c.id
         FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m.role = 'user'",
    );
    let mut found = BTreeMap::new();
    for row in rows {
        let [slug, id, jid, settled, answer, conversation] = row.try_into().unwrap();
        let stored = Stored { slug: slug.clone(), jid, settled, answer, conversation };
        assert!(found.insert((slug, id.clone()), stored).is_none(), "I1: {id} is stored twice");
    }
    found
}

fn replies(store: &Store<'_>) -> BTreeMap<String, Reply> {
    let rows = store.rows("SELECT id, client_slug, jid, instance_id, status, seq FROM outbox");
    rows.into_iter()
        .map(|row| {
            let [id, slug, jid, instance, status, order] = row.try_into().unwrap();
            (id, Reply { slug, jid, instance, status, order: order.parse().unwrap() })
        })
        .collect()
}

fn column(store: &Store<'_>, sql: &str) -> BTreeSet<String> {
    store.rows(sql).into_iter().map(|mut row| row.remove(0)).collect()
}

/// I1: what was answered 200 is stored, once, and belongs to whoever wrote it.
#[track_caller]
fn stored_once(told: &[Told], messages: &BTreeMap<(String, String), Stored>) {
    for it in told.iter().filter(|it| it.acked) {
        let stored = messages.get(&(it.slug.clone(), it.message_id.clone()));
        let stored = stored.unwrap_or_else(|| panic!("I1: {it:?} was acknowledged and is lost"));
        assert_eq!(stored.jid, it.jid, "I6");
        assert!(it.accepted <= 1, "I1: {it:?}");
    }
}

/// I2: every message came to an end, and what no customer will hear a person sees.
#[track_caller]
fn ended(
    messages: &BTreeMap<(String, String), Stored>,
    replies: &BTreeMap<String, Reply>,
    asked: &BTreeSet<String>,
) {
    for ((_, id), it) in messages {
        assert!(["turn", "person"].contains(&it.settled.as_str()), "I2: {id} is `{}`", it.settled);
        if it.answer == "-" {
            continue;
        }
        let reply = replies.get(&it.answer).unwrap_or_else(|| panic!("I2: {id} has lost its reply"));
        assert_eq!((&reply.slug, &reply.jid), (&it.slug, &it.jid), "I6");
        match reply.status.as_str() {
            "sent" => {}
            "unknown" | "dead" => {
                assert!(asked.contains(&it.conversation), "I2: nobody is shown the reply to {id}");
            }
            "cancelled" => assert_eq!(it.settled, "turn"),
            status => panic!("I2: the reply to {id} is `{status}`"),
        }
    }
}

/// I3 and I6: a reply reaches a phone once, the right one, and nothing does that is no reply.
#[track_caller]
fn sent_once(calls: &[Call], replies: &BTreeMap<String, Reply>) {
    let mut delivered = BTreeSet::new();
    for call in calls {
        let id = call.msg_id.as_ref().expect("every send carries its own id");
        let reply = replies.get(id).unwrap_or_else(|| panic!("{call:?} is no reply"));
        assert_eq!((&reply.jid, &reply.instance), (&call.jid, &call.instance_id), "I6");
        let shop = shop_of(&call.instance_id).expect("a shop's number");
        assert_eq!(reply.slug, slug(shop), "I6");
        assert!(!call.is_delivered() || delivered.insert(id), "I3: {call:?} went out twice");
    }
    for (id, _) in replies.iter().filter(|(_, it)| it.status == "sent") {
        assert!(delivered.contains(id), "I2: the reply {id} is `sent` and went nowhere");
    }
}

/// What owners are told reaches their phones once, and its echo is nobody's word.
#[track_caller]
fn owners_told_once(store: &Store<'_>, calls: &[Call]) {
    let rows = store.rows("SELECT id, status FROM notices");
    let known: BTreeSet<&String> = rows.iter().map(|it| &it[0]).collect();
    let mut delivered = BTreeSet::new();
    for call in calls {
        let id = call.msg_id.as_ref().expect("every send carries its own id");
        assert!(known.contains(id), "{call:?} is nothing an owner is told");
        assert!(!call.is_delivered() || delivered.insert(id), "{call:?} went out twice");
    }
    for row in rows.iter().filter(|it| it[1] == "sent") {
        assert!(delivered.contains(&row[0]), "{row:?} went nowhere");
    }
    let talks = format!("SELECT count(*) FROM conversations WHERE jid = '{OWNER}'");
    assert_eq!(store.count(&talks), 0, "an owner who hears something has not talked");
}

/// I3 as the customer sees it: the price asked for is heard once, and no other shop's.
#[track_caller]
fn heard_once(
    told: &[Told],
    calls: &[Call],
    (messages, replies): (&Messages, &BTreeMap<String, Reply>),
    failed: &BTreeSet<String>,
) {
    let mut heard: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for call in calls.iter().filter(|it| it.is_delivered()) {
        let shop = shop_of(&call.instance_id).expect("a shop's number");
        let text = call.text.replace(['\u{a0}', '\u{202f}'], " ");
        let foreign = (0..8).filter(|it| *it != shop).find(|it| text.contains(&priced(*it, 0)));
        assert_eq!(foreign, None, "I6: {call:?}");
        heard.entry(&call.jid).or_default().push(text);
    }
    for it in told.iter().filter(|it| it.acked) {
        let Some(price) = &it.expects else { continue };
        let texts = heard.get(it.jid.as_str()).map(Vec::as_slice).unwrap_or_default();
        let times = texts.iter().filter(|text| text.contains(price)).count();
        let stored = &messages[&(it.slug.clone(), it.message_id.clone())];
        let answer = &stored.answer;
        let status = replies.get(answer).map_or("none", |it| it.status.as_str());
        match status {
            // A turn that was killed again and again is a person's: it may be what kills.
            "sent" if failed.contains(&stored.conversation) => {
                assert!(times <= 1, "I3: {it:?} heard {texts:?}");
            }
            "sent" => assert_eq!(times, 1, "I3: {it:?} heard {texts:?}"),
            // Shown to a person; nobody knows.
            "unknown" => assert!(times <= 1, "I3: {it:?} heard {texts:?}"),
            "dead" => assert!(times <= 1, "I3: {it:?} heard {texts:?}"),
            other => panic!("I2: {it:?} was answered by `{other}`, heard {texts:?}"),
        }
    }
}

/// I4: replies of a conversation leave in the order they were decided.
#[track_caller]
fn in_order(calls: &[Call], replies: &BTreeMap<String, Reply>) {
    let mut last: BTreeMap<&str, u64> = BTreeMap::new();
    for call in calls.iter().filter(|it| it.is_delivered()) {
        let order = replies[call.msg_id.as_deref().unwrap_or_default()].order;
        let before = last.insert(&call.jid, order).unwrap_or(0);
        assert!(before < order, "I4: {call:?} overtook a reply");
    }
}

/// I5: unique messages are counted once each.
#[track_caller]
fn counted(store: &Store<'_>, messages: &BTreeMap<(String, String), Stored>) {
    let mut unique: BTreeMap<String, usize> = BTreeMap::new();
    for (slug, _) in messages.keys() {
        *unique.entry(slug.clone()).or_default() += 1;
    }
    let usage = store.rows("SELECT client_slug, sum(messages_in) FROM usage GROUP BY client_slug");
    let usage: BTreeMap<String, usize> =
        usage.into_iter().map(|row| (row[0].clone(), row[1].parse().unwrap())).collect();
    assert_eq!(usage, unique, "I5");
}
