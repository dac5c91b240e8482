//! The desk beside a chat in which 50,000 posts wait, and a topic in which 50,000 wait behind each
//! other, on both databases: claiming and settling must not get slower by what waits elsewhere. Run it
//! with `cargo bench -p runtime --profile dev --bench desk`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench")]

#[path = "../tests/postgres/mod.rs"]
mod postgres;

use std::time::{Duration, Instant};

use runtime::{
    DeskStore, Inbound, Place, PostKind, PostLimits, PostOutcome, PostgresState, PostgresUrl, Route,
    SqliteState, StateStore, Tell, TurnCommit, Turnstile,
};

const WAITING: usize = 50_000;
const BOT: i64 = 1;
const NOON: i64 = 1_736_942_400_000;
const CALLERS: usize = 32;
const ROUNDS: i64 = 200;

/// Both doors.
trait Desk: StateStore + DeskStore {}
impl<T: StateStore + DeskStore> Desk for T {}

fn main() {
    let dir = tempfile::tempdir().unwrap();
    println!("SQLite");
    all(&SqliteState::open(dir.path()).unwrap());
    let Some(database) = postgres::database() else { return };
    println!("PostgreSQL {}", database.sql("SHOW server_version")[0]);
    let state = PostgresState::open(&PostgresUrl::parse(database.url()).unwrap()).unwrap();
    all(&state);
}

fn all(desk: &dyn Desk) {
    measure("nothing waits", desk);
    request(desk);
    for n in (0..WAITING).step_by(500) {
        let batch: Vec<Inbound> = (n..n + 500).map(|n| message(&format!("m{n}"), n)).collect();
        desk.store_inbound(&batch).unwrap();
    }
    measure("50,000 in another topic", desk);
    std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            scope.spawn(move || {
                for n in (caller..WAITING).step_by(CALLERS) {
                    tell(desk, -2, NOON + n as i64);
                }
            });
        }
    });
    measure("50,000 more in another chat", desk);
}

/// A post is told in a quiet chat, claimed and settled, a minute later each time, while the full chats
/// have used up what they may send.
fn measure(name: &str, desk: &dyn Desk) {
    let limits = PostLimits { bot: 1000, ..PostLimits::default() };
    // The full chats have used up their windows.
    desk.begin_posts(NOON + 200_000, 600_000, &limits, 100).unwrap();
    let mut took: Vec<[Duration; 3]> = Vec::new();
    for n in 0..ROUNDS {
        let now_ms = NOON + 200_001 + n;
        tell(desk, -100 - n % 20, now_ms);
        let begun = Instant::now();
        let posts = desk.begin_posts(now_ms, 600_000, &limits, 100).unwrap();
        let claimed = begun.elapsed();
        assert_eq!(posts.len(), 1);
        let begun = Instant::now();
        let outcome = PostOutcome::Sent { message_id: Some(n), thread_id: None };
        desk.settle_post(&posts[0].id, posts[0].attempts, &outcome, now_ms).unwrap();
        let settled = begun.elapsed();
        let begun = Instant::now();
        desk.next_post(now_ms, &limits).unwrap();
        took.push([claimed, settled, begun.elapsed()]);
    }
    let median = |at: usize| {
        let mut times: Vec<_> = took.iter().map(|it| it[at].as_secs_f64() * 1000.0).collect();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    println!("  {name:<28} claim {:.2} ms, settle {:.2} ms, next {:.2} ms", median(0), median(1), median(2));
    // Whatever was claimed of the full ones goes on: the next of a topic is lined up.
    let begun = Instant::now();
    let recovered = desk.recover_posts(true, NOON + 900_000).unwrap();
    if recovered > 0 {
        println!(
            "  {:<28} {:.2} ms each",
            "taking up",
            begun.elapsed().as_secs_f64() * 1000.0 / recovered as f64
        );
    }
    // Windows of the next measurement are empty.
    desk.tidy_desk(NOON + 10 * 86_400_000).unwrap();
}

fn tell(desk: &dyn Desk, chat_id: i64, now_ms: i64) {
    let place = Place::Chat { bot_id: BOT, chat_id };
    let (slug, payload) = ("spokes".to_owned(), "{}".to_owned());
    desk.tell(&Tell { slug, kind: PostKind::Alert, payload, place, now_ms }).unwrap();
}

/// A customer asks, and the card waits in a group.
fn request(desk: &dyn Desk) {
    desk.store_inbound(&[message("first", 0)]).unwrap();
    let claim = desk.claim_due(NOON, 60_000, &Turnstile::open(1)).unwrap().remove(0);
    let turn = TurnCommit {
        claim,
        memory: String::new(),
        reply: None,
        instance_id: "number-1".to_owned(),
        branch: None,
        handover: Some(("unknown".to_owned(), "a wheel".to_owned())),
        cancel_handover: false,
        heard: Vec::new(),
        timers: Vec::new(),
        trace: String::new(),
        now_ms: NOON,
        outbox_id: "out-1".to_owned(),
        send_until_ms: None,
    };
    desk.commit_turn(&turn).unwrap();
    let post = desk.unrouted(1).unwrap().remove(0);
    desk.route(&post.post_id, Route { bot_id: BOT, chat_id: -1, topic: true }, NOON).unwrap();
}

fn message(id: &str, n: usize) -> Inbound {
    Inbound {
        slug: "spokes".to_owned(),
        instance_id: "number-1".to_owned(),
        message_id: id.to_owned(),
        jid: "77010000001@s.whatsapp.net".to_owned(),
        sender: None,
        text: "hello?".to_owned(),
        media: None,
        file: None,
        request_id: String::new(),
        sent_at: NOON / 1000,
        received_at_ms: NOON + n as i64,
        due_at_ms: NOON + n as i64,
        month: "2025-01".to_owned(),
    }
}
