//! Hundreds of requests at once in many groups of one bot, over the real wire, in a Telegram that counts.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use format::Release;
use playground::telegram::{Message, Options, Standing};
use runtime::{DeskStore as _, PostLimits, StateStore as _};
use server::Clock as _;
use tokio::task::JoinSet;

use crate::desk::office::{BOT, GROUP, OWNER, Office, UNKNOWN, branch, release};
use crate::house::{message, until};
use crate::shop;

const GROUPS: usize = 20;
/// Customers of each group: with what they write next there is more to show than a minute takes.
const EACH: usize = 15;
const ALL: usize = GROUPS * EACH;
/// What Telegram takes of a bot, and of a bot in a group.
const PER_SECOND: usize = 30;
const PER_MINUTE: usize = 20;
/// Telegram has asked the bot to wait for so long when the crowd comes.
const PAUSE_MS: i64 = 300_000;
/// One step of both clocks.
const STEP_MS: i64 = 1_000;
/// All cards are begun within this, at two calls each: half as long again as it takes at best.
const ALL_CARDS_MS: i64 = 30_000;
const SOON_MS: i64 = 50;
/// What every customer writes once more.
const WORDS: &str = "Вы ещё там?";
const PATIENCE: Duration = Duration::from_secs(100);

fn group(nth: usize) -> i64 {
    GROUP - 100 - i64::try_from(nth).unwrap()
}

fn jid(nth: usize, customer: usize) -> String {
    format!("7702{nth:03}{customer:04}@s.whatsapp.net")
}

/// The workshop with a branch, a number and a group for each.
fn town() -> Release {
    let mut release = release(|_| {});
    let branches = (0..GROUPS).map(|nth| {
        let mut branch = branch(&format!("b{nth}"));
        branch.telegram_chat_id = Some(group(nth).to_string());
        branch
    });
    release.branches = branches.collect();
    release
}

async fn open() -> Office {
    let numbers = |site: &crate::house::Site| {
        (0..GROUPS).for_each(|nth| site.env.set(&format!("NUMBER_b{nth}"), &format!("number-{nth}")));
    };
    let office = Office::within(Options::default(), &town(), numbers, |_| {}).await;
    for nth in 0..GROUPS {
        office.telegram.add_forum(group(nth), &format!("Группа {nth}"));
        let rights = Standing::Administrator { topics: true, pins: true, deletes: true };
        office.telegram.set_standing(group(nth), BOT, rights, OWNER).unwrap();
    }
    office
}

/// Every customer writes this, those of different groups at once.
async fn all_write(office: &Office, id: &str, text: &str) {
    let mut writing = JoinSet::new();
    for nth in 0..GROUPS {
        let calls: Vec<_> = (0..EACH)
            .map(|customer| {
                let mut payload = message(&format!("{id}-{nth}-{customer}"), text);
                payload["metadata"]["remoteJid"] = jid(nth, customer).into();
                payload["instanceId"] = format!("number-{nth}").into();
                let call = office.house.call("wheel").header("X-Webhook-Secret", shop::secret("wheel"));
                call.json(&payload)
            })
            .collect();
        writing.spawn(async move {
            for call in calls {
                assert_eq!(call.send().await.unwrap().status(), 200);
            }
        });
    }
    writing.join_all().await;
}

/// Waits until the state holds so many.
async fn counted(office: &Office, sql: &str, wanted: usize) {
    let deadline = Instant::now() + PATIENCE;
    while office.house.column(sql) != [i64::try_from(wanted).unwrap()] {
        assert!(Instant::now() < deadline, "{sql}: {:?}", office.house.column(sql));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Nothing is under way, and nothing may begin before a clock is moved.
async fn at_rest(office: &Office) {
    let state = &office.house.site.state;
    let sending = "SELECT count(*) FROM posts WHERE status = 'sending'";
    until("calls end", || {
        let soon = office.house.site.clock.now_ms() + SOON_MS;
        let rests = state.next_post(soon, &PostLimits::default()).unwrap().is_none_or(|at| at > soon);
        (rests && office.house.column(sending) == [0]).then_some(())
    })
    .await;
}

/// A call as the desk counts it when it begins: chat, when, whether it makes a message, how many it is.
type Begun = (i64, i64, bool, i64);

/// Time goes on until everything is shown; what was begun. Telegram's clock gains what the calls of the
/// step took on their way: it counts them when they arrive, and the desk when it begins them.
async fn until_all_is_shown(office: &Office) -> Vec<Begun> {
    let open = "SELECT count(*) FROM posts WHERE status NOT IN ('sent', 'dead', 'cancelled')";
    let deadline = Instant::now() + PATIENCE;
    let (mut begun, mut last, mut began) = (Vec::new(), 0, Instant::now());
    while office.house.column(open) != [0] {
        at_rest(office).await;
        // They are forgotten after a while.
        last = noted(office, last, &mut begun);
        assert!(Instant::now() < deadline, "{:?} posts wait", office.house.column(open));
        let step = Duration::from_millis(STEP_MS.unsigned_abs());
        office.telegram.advance(step + began.elapsed());
        office.house.site.clock.move_on(STEP_MS);
        began = Instant::now();
    }
    noted(office, last, &mut begun);
    begun
}

/// The most of these that lie in any window of this length.
fn most_in(window_ms: i64, times: &[(i64, i64)]) -> usize {
    let inside = |from: i64| {
        let within = times.iter().filter(|it| it.0 >= from && it.0 < from + window_ms);
        usize::try_from(within.map(|it| it.1).sum::<i64>()).unwrap()
    };
    times.iter().map(|it| inside(it.0)).max().unwrap_or(0)
}

/// Adds what was begun after this one; the last of it.
fn noted(office: &Office, after: i64, begun: &mut Vec<Begun>) -> i64 {
    let of = |column: &str| {
        let sql = format!("SELECT {column} FROM post_calls WHERE seq > {after} ORDER BY seq");
        office.house.column(&sql)
    };
    let (chats, times, makes, calls) = (of("chat_id"), of("at_ms"), of("makes"), of("calls"));
    let all = chats.into_iter().zip(times).zip(makes).zip(calls);
    begun.extend(all.map(|(((chat, at), makes), calls)| (chat, at, makes == 1, calls)));
    of("seq").last().copied().unwrap_or(after)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_breaks_no_limit_and_every_request_is_shown() {
    let office = open().await;
    let site = &office.house.site;
    let until_ms = site.clock.now_ms() + PAUSE_MS;
    site.state.block(BOT, None, until_ms).unwrap();
    all_write(&office, "A", UNKNOWN).await;
    counted(&office, "SELECT count(*) FROM handovers", ALL).await;
    all_write(&office, "B", WORDS).await;
    counted(&office, "SELECT count(*) FROM posts WHERE kind = 'forward'", ALL).await;
    counted(&office, "SELECT count(*) FROM posts WHERE kind = 'card' AND status = 'pending'", ALL).await;
    assert!(office.telegram.calls().iter().all(|it| !it.method.starts_with("send")), "it was asked to wait");

    office.telegram.advance(Duration::from_millis(PAUSE_MS.unsigned_abs()));
    site.clock.move_on(PAUSE_MS);
    let began_ms = site.clock.now_ms();
    let begun = until_all_is_shown(&office).await;

    // Telegram never had to stop anybody, and the desk has counted every call.
    let calls = office.telegram.calls();
    assert_eq!(calls.iter().filter(|it| it.code == 429).count(), 0);
    let counts = |it: &&playground::telegram::Call| !it.method.to_lowercase().starts_with("get");
    let all = begun.iter().map(|it| it.3).sum::<i64>();
    assert_eq!(calls.iter().filter(counts).count(), usize::try_from(all).unwrap());
    let of_bot: Vec<(i64, i64)> = begun.iter().map(|it| (it.1, it.3)).collect();
    assert_eq!(most_in(1_000, &of_bot), PER_SECOND, "all of it is used, and no more");
    for nth in 0..GROUPS {
        let made = begun.iter().filter(|it| it.0 == group(nth) && it.2).map(|it| (it.1, 1));
        assert_eq!(most_in(60_000, &made.collect::<Vec<_>>()), PER_MINUTE, "{nth}");
    }

    shown_in_order(&office, began_ms);
}

/// Each request has one card, the oldest of a group first, and before anything else is said there.
fn shown_in_order(office: &Office, began_ms: i64) {
    let requests = office.house.site.state.handovers(Some("wheel")).unwrap();
    let asked: BTreeMap<String, i64> =
        requests.iter().map(|it| (it.id.replace('-', ""), it.created_at_ms)).collect();
    assert_eq!(asked.len(), ALL);
    let asked_at = |it: &Message| {
        let data = &it.buttons.first()?.first()?.data;
        asked.get(data.split_once(':')?.1).copied()
    };
    let (mut last_card, mut others) = (0, Vec::new());
    for nth in 0..GROUPS {
        let said: Vec<Message> =
            office.telegram.messages(group(nth)).into_iter().filter(|it| it.from == BOT).collect();
        let cards: Vec<(&Message, i64)> = said.iter().filter_map(|it| Some((it, asked_at(it)?))).collect();
        assert_eq!(cards.len(), EACH, "{nth}");
        for pair in cards.windows(2) {
            // What is begun in one second arrives in any order.
            let at_once = pair[1].0.at_ms - pair[0].0.at_ms < 1_000;
            assert!(at_once || pair[0].1 <= pair[1].1, "the oldest first: {nth}");
        }
        for (card, _) in &cards {
            let topic = office.telegram.in_topic(group(nth), card.thread_id.unwrap());
            let said: Vec<&Message> = topic.iter().filter(|it| it.from == BOT).collect();
            assert!(said[0].message_id == card.message_id && said[0].pinned, "{said:?}");
            let words = said.iter().filter(|it| it.text == format!("Клиент: {WORDS}"));
            assert_eq!(words.count(), 1, "what the customer wrote next: {said:?}");
        }
        last_card = cards.iter().map(|it| it.0.at_ms).max().unwrap().max(last_card);
        others.extend(said.iter().filter(|it| asked_at(it).is_none()).map(|it| it.at_ms));
    }
    // What is begun in the second of the last card arrives in any order with it.
    let before = others.iter().filter(|it| **it + 1_000 < last_card).count();
    assert_eq!(before, 0, "new requests go before whatever else there is");
    let cards = "SELECT max(begun_at_ms) FROM posts WHERE kind = 'card'";
    let took_ms = office.house.column(cards)[0] - began_ms;
    assert!(took_ms < ALL_CARDS_MS, "{took_ms} ms");
}
