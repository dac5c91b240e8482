//! `kill -9` between any two effects of take, answer, resolve and approve: two people reach for the same
//! request over a pretended Telegram, one has it, the owner teaches the bot, and whoever asks next is told,
//! whenever the process died in between.

use std::sync::Arc;
use std::time::Duration;

use playground::model::Mode;
use playground::telegram::{Message, Options, Pressed, Standing, Telegram, Where};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::PATIENCE;
use crate::ledger::Store;
use crate::points::{POINTS, Reached};
use crate::world::{Plan, Serve, World};

const GROUP: i64 = -1_001_234_567_890;
const BOT: i64 = 4242;
const OWNER: i64 = 101;
/// Somebody else of the group.
const OTHER: i64 = 102;
const TAKE: &str = "Беру";
const DONE: &str = "Решено";
const QUESTION: &str = "вы чините самокаты с мотором?";
const ANSWER: &str = "Да, чиним, приносите вместе с зарядкой.";
/// An owner who sees nothing happen presses again.
const AGAIN: Duration = Duration::from_secs(3);
/// Worlds at once.
const AT_ONCE: usize = 4;

/// A shop with a desk, its responder, and what is to happen to it.
struct Desk {
    world: World,
    telegram: Telegram,
    telegram_url: String,
    serve: Serve,
    kills: usize,
}

impl Desk {
    fn environment(url: &str) -> Vec<(&'static str, String)> {
        vec![("TELEGRAM_API_URL", url.to_owned()), ("DESK_TOKEN", format!("{BOT}:AAdesk"))]
    }

    /// What is seen at last; a process that dies meanwhile is followed by another.
    async fn sees<T>(&mut self, what: &str, look: impl Fn(&Self) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            self.revive().await;
            assert!(Instant::now() < deadline, "{what}: {:?}", self.telegram.messages(GROUP));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn revive(&mut self) {
        let Some(status) = self.serve.ended(Duration::ZERO).await else { return };
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "{status}");
        self.kills += 1;
        // As if what the dead process held had run out.
        let file = self.world.state_file();
        Store::Sqlite(&file).change("UPDATE holds SET until_ms = 1");
        self.serve = self.world.open(&Self::environment(&self.telegram_url));
    }

    /// A customer writes until it is taken.
    async fn writes(&mut self, jid: &str) {
        let message = self.world.message(0, jid, QUESTION);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let phone = self.world.line.borrow().first().cloned();
            if let Some(phone) = phone
                && phone.write(&message).await.is_ok_and(|it| it.status == 200)
            {
                return;
            }
            self.revive().await;
            assert!(Instant::now() < deadline, "the message is not taken");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn replies(&self, jid: &str) -> Vec<String> {
        self.world.gateway.delivered_to(jid).into_iter().map(|it| it.text).collect()
    }

    /// The bot's message with this button.
    fn with(&self, button: &str) -> Option<Message> {
        let has = |it: &Message| it.buttons.iter().flatten().any(|it| it.text == button);
        self.telegram.messages(GROUP).into_iter().find(|it| it.from == BOT && has(it))
    }

    /// Both press «Беру» at once, as soon as it is there; who has the request then. What a press did stays,
    /// the answer to it may die with the process.
    async fn taken(&mut self) -> i64 {
        let card = self.sees(TAKE, |it| it.with(TAKE)).await;
        for who in [OTHER, OWNER] {
            self.telegram.press(Where::Group(GROUP), card.message_id, who, TAKE).unwrap();
        }
        self.sees("both presses are taken", |it| (it.telegram.waiting(BOT) == 0).then_some(())).await;
        self.sees("the card shows it", |it| it.with(DONE)).await;
        self.winner()
    }

    /// Who has the customer's first request, by the store.
    fn winner(&self) -> i64 {
        let file = self.world.state_file();
        let taken = Store::Sqlite(&file).rows("SELECT taken_by FROM handovers ORDER BY seq LIMIT 1");
        taken[0][0].parse().expect("somebody has it")
    }

    /// Those whom the desk has told that the request is theirs.
    fn told(&self) -> Vec<i64> {
        let told = |it: &Pressed| it.answer.as_ref().is_some_and(|it| it.text.starts_with("Запрос ваш"));
        self.telegram.pressed().into_iter().filter(told).map(|it| it.from).collect()
    }

    /// The owner presses it, as soon as it is there, until it is nowhere: a card whose answer was lost
    /// stands twice, and the other one is found decided.
    async fn presses(&mut self, button: &'static str) {
        self.sees(button, |it| it.with(button)).await;
        let deadline = Instant::now() + PATIENCE;
        while let Some(card) = self.with(button) {
            assert!(Instant::now() < deadline, "{button} stays: {:?}", self.telegram.messages(GROUP));
            self.telegram.press(Where::Group(GROUP), card.message_id, OWNER, button).unwrap();
            let pressed = Instant::now();
            self.sees("the button is gone", |it| {
                let stays = it.with(button).is_some_and(|it| it.message_id == card.message_id);
                (!stays || pressed.elapsed() > AGAIN).then_some(())
            })
            .await;
        }
    }
}

/// The whole loop with one death in it.
async fn taught_with_a_kill_at(point: &'static str, nth: u32) {
    let telegram = Telegram::new(Options::default());
    telegram.add_bot(&format!("{BOT}:AAdesk"), "desk_bot");
    telegram.add_forum(GROUP, "Мастерская");
    telegram.add_person(OWNER, "Мира", None);
    telegram.add_person(OTHER, "Ия", None);
    let rights = Standing::Administrator { topics: true, pins: true, deletes: true };
    telegram.set_standing(GROUP, BOT, rights, OWNER).unwrap();
    let served = telegram.serve().await.unwrap();
    let settings = "burst_window_ms: {short: 0, long: 0}, telegram_chat_id: '-1001234567890', \
                    owner_telegram_id: '101', auto_approve_roles: [admin]";
    let secrets = "  telegram_bot_token: env:DESK_TOKEN\n";
    let world = World::new(Plan { shops: 1, settings, secrets, ..Plan::default() }).await;
    world.model.set_mode(Mode::Error(401));
    let telegram_url = served.url();
    let mut armed = Desk::environment(&telegram_url);
    armed.push(("TENANTRY_CRASH_AT", format!("{point}:{nth}")));
    let serve = world.open(&armed);
    let mut desk = Desk { world, telegram, telegram_url, serve, kills: 0 };

    let first = "77010000001@s.whatsapp.net";
    for asked in 1..=4 {
        desk.writes(first).await;
        desk.sees("a reply, or a card", |it| {
            (it.replies(first).len() >= asked || it.with(TAKE).is_some()).then_some(())
        })
        .await;
        if Store::Sqlite(&desk.world.state_file()).count("SELECT count(*) FROM handovers") > 0 {
            break;
        }
    }
    let winner = desk.taken().await;
    let card = desk.sees("a card", |it| it.with(DONE)).await;
    desk.telegram.write(GROUP, card.thread_id.unwrap(), OWNER, ANSWER).unwrap();
    let reached = |it: &Desk| it.replies(first).contains(&ANSWER.to_owned()).then_some(());
    desk.sees("the answer reaches the customer", reached).await;
    desk.presses(DONE).await;
    desk.presses("В базу").await;
    // Whoever asks before the lesson is in use is a person's too.
    let mut is_told = false;
    for nth in 2..=50 {
        let next = format!("770100000{nth:02}@s.whatsapp.net");
        desk.writes(&next).await;
        let replies = desk.sees("a reply", |it| Some(it.replies(&next)).filter(|it| !it.is_empty())).await;
        is_told = replies.iter().any(|it| it.contains(ANSWER));
        if is_told {
            break;
        }
    }
    assert!(is_told, "{point}:{nth}: what was taught is not used");
    let killed = |it: &Desk| (it.kills == 1).then_some(());
    desk.sees(point, killed).await;

    assert_eq!(desk.winner(), winner, "{point}:{nth}: whoever has it keeps it");
    assert!(desk.told().iter().all(|it| *it == winner), "{point}:{nth}: {:?}", desk.telegram.pressed());
    assert_eq!(desk.replies(first).iter().filter(|it| *it == ANSWER).count(), 1, "{point}:{nth}");
    let file = desk.world.state_file();
    let store = Store::Sqlite(&file);
    for (sql, expected) in [
        ("SELECT count(*) FROM learned_responses WHERE status = 'approved'", 1),
        ("SELECT count(*) FROM learned_responses", 1),
        ("SELECT number FROM learned_revisions", 1),
        ("SELECT count(*) FROM posts WHERE kind = 'lesson'", 1),
        (
            "SELECT count(*) FROM posts p JOIN handovers h ON h.id = p.handover_id
             WHERE p.kind = 'card' AND h.status = 'resolved'",
            1,
        ),
        ("SELECT count(*) FROM desk_events WHERE kind IN ('taken', 'answered', 'resolved')", 3),
        ("SELECT count(*) FROM handovers WHERE status = 'resolved' AND considered_at_ms IS NOT NULL", 1),
    ] {
        assert_eq!(store.count(sql), expected, "{point}:{nth}: {sql}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_kill_loses_or_doubles_what_people_do() {
    let at = POINTS.iter().filter_map(|(name, reached)| match reached {
        Reached::Desk(passings) => Some(passings.iter().map(move |nth| (*name, *nth))),
        _ => None,
    });
    let once: Vec<(&str, u32)> = at.flatten().collect();
    assert!(once.len() >= 20);
    let all = (0..crate::repeats()).flat_map(|_| once.clone());
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut plays = JoinSet::new();
    for (name, nth) in all {
        let places = Arc::clone(&places);
        plays.spawn(async move {
            let _place = places.acquire().await;
            taught_with_a_kill_at(name, nth).await;
        });
    }
    while let Some(play) = plays.join_next().await {
        play.unwrap();
    }
}
