//! Every call of the client, and every way it can fail, against the pretended Telegram over HTTP.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use playground::loopback::Loopback;
use playground::telegram::{Fault, Limit, NewFile, Options, Post, Rule, Standing, Telegram, Where};
use telegram::client::{Client, Content, IsAlert, Settings, Target, Upload};
use telegram::note::Delivery;
use telegram::update::{FileKind, Membership, Rights};
use telegram::{Action, CallError, Incoming, Press, State, buttons, title};
use uuid::Uuid;

const TOKEN: &str = "700:AAsecret-of_the-bot";
const BOT: i64 = 700;
const GROUP: i64 = -1_001_000_000_001;
const IYA: i64 = 42;
const SOON: Duration = Duration::from_secs(20);

struct Desk {
    world: Telegram,
    client: Client,
    site: Loopback,
}

fn client(site: &Loopback, token: &str, deadline: Duration) -> Client {
    Client::new(Settings { api_url: site.url(), token: token.into(), deadline }).unwrap()
}

async fn desk() -> Desk {
    desk_with(Options::default()).await
}

async fn desk_with(options: Options) -> Desk {
    let world = Telegram::new(options);
    world.add_bot(TOKEN, "desk_bot");
    world.add_person(IYA, "Ия", Some("iya"));
    world.add_forum(GROUP, "Стол");
    world
        .set_standing(GROUP, BOT, Standing::Administrator { topics: true, pins: true, deletes: true }, IYA)
        .unwrap();
    world.set_standing(GROUP, IYA, Standing::Creator, IYA).unwrap();
    let site = world.serve().await.unwrap();
    let client = client(&site, TOKEN, SOON);
    Desk { world, client, site }
}

impl Desk {
    async fn topic(&self) -> i32 {
        self.client.create_topic(GROUP, "тема", title::colour(State::Pending), None).await.unwrap().thread_id
    }

    async fn say(&self, to: Target) -> Result<i32, CallError> {
        self.client.send_text(to, "слово", &Vec::new()).await.map(|it| it.message_id)
    }
}

#[tokio::test]
async fn topics_are_made_renamed_and_closed() {
    let desk = desk().await;
    let icons = desk.client.topic_icons().await.unwrap();
    let icon = title::icon(State::Pending, &icons);
    let name = title::title(State::Pending, Some("+7 700"), Some("Аня"));
    let made = desk.client.create_topic(GROUP, &name, title::colour(State::Pending), icon).await.unwrap();
    let thread = made.thread_id;
    let shown = || desk.world.topics(GROUP).remove(0);
    assert_eq!((shown().name, shown().colour, shown().icon.as_deref()), (name, 0xfb_6f5f, icon));
    let done = title::icon(State::Resolved, &icons);
    desk.client.edit_topic(GROUP, thread, Some("✅ Аня"), done).await.unwrap();
    assert_eq!((shown().name.as_str(), shown().icon.as_deref()), ("✅ Аня", done));
    // Saying the same once more is as good as saying it.
    desk.client.edit_topic(GROUP, thread, Some("✅ Аня"), None).await.unwrap();
    desk.client.close_topic(GROUP, thread).await.unwrap();
    desk.client.close_topic(GROUP, thread).await.unwrap();
    assert!(shown().closed);
    desk.client.reopen_topic(GROUP, thread).await.unwrap();
    assert!(!shown().closed);
    let long = "я".repeat(129);
    let refused = desk.client.edit_topic(GROUP, thread, Some(&long), None).await.unwrap_err();
    assert_eq!(refused, CallError::Refused("topic name is too long".to_owned()));
}

#[tokio::test]
async fn messages_are_sent_edited_pinned_and_taken_away() {
    let desk = desk().await;
    let thread = desk.topic().await;
    let to = Target::topic(GROUP, thread);
    let id = Uuid::from_u128(7);
    let card = buttons::handover(State::Pending, id);
    let sent = desk.client.send_text(to, "<b>Карточка</b> &lt;1&gt;", &card).await.unwrap();
    assert_eq!(sent.thread_id, Some(thread));
    let shown = || desk.world.message(GROUP, sent.message_id).unwrap();
    assert_eq!((shown().text.as_str(), shown().thread_id), ("Карточка <1>", Some(thread)));
    assert_eq!(shown().buttons[0][0].data, Press { action: Action::Take, id }.encode());
    assert!(shown().at_ms > 0);

    let reply = desk.client.send_text(to.replying_to(sent.message_id), "да", &Vec::new()).await.unwrap();
    assert_eq!(desk.world.message(GROUP, reply.message_id).unwrap().reply_to, Some(sent.message_id));
    let lost = desk.client.send_text(to.replying_to(9999), "да", &Vec::new()).await.unwrap();
    assert_eq!(desk.world.message(GROUP, lost.message_id).unwrap().reply_to, None);

    let active = buttons::handover(State::Active, id);
    desk.client.edit_text(GROUP, sent.message_id, "<i>Иначе</i>", &active).await.unwrap();
    desk.client.edit_text(GROUP, sent.message_id, "<i>Иначе</i>", &active).await.unwrap();
    assert_eq!((shown().text.as_str(), shown().buttons.len()), ("Иначе", 1));
    desk.client.edit_buttons(GROUP, sent.message_id, &Vec::new()).await.unwrap();
    desk.client.edit_buttons(GROUP, sent.message_id, &Vec::new()).await.unwrap();
    assert!(shown().buttons.is_empty());
    desk.client.pin(GROUP, sent.message_id).await.unwrap();
    assert!(shown().pinned);
    desk.client.unpin(GROUP, sent.message_id).await.unwrap();
    assert!(!shown().pinned);
    for delivery in [Delivery::Sending, Delivery::Failed, Delivery::Unsure, Delivery::Delivered] {
        desk.client.react(GROUP, sent.message_id, Some(delivery.reaction())).await.unwrap();
    }
    let refused = desk.client.react(GROUP, sent.message_id, Some("✅")).await.unwrap_err();
    assert_eq!(refused, CallError::Refused("REACTION_INVALID".to_owned()));
    assert_eq!(shown().reactions.get(&BOT).map(String::as_str), Some("👌"));
    desk.client.react(GROUP, sent.message_id, None).await.unwrap();
    assert!(shown().reactions.is_empty());
    desk.client.delete(GROUP, sent.message_id).await.unwrap();
    assert!(desk.world.message(GROUP, sent.message_id).is_none());
    for gone in [
        desk.client.edit_text(GROUP, sent.message_id, "x", &Vec::new()).await,
        desk.client.edit_buttons(GROUP, sent.message_id, &active).await,
        desk.client.pin(GROUP, sent.message_id).await,
        desk.client.unpin(GROUP, sent.message_id).await,
        desk.client.react(GROUP, sent.message_id, Some("👌")).await,
        desk.client.delete(GROUP, sent.message_id).await,
    ] {
        assert_eq!(gone, Err(CallError::MessageGone));
    }
}

#[tokio::test]
async fn files_go_out_and_come_back() {
    let desk = desk().await;
    let to = Target::topic(GROUP, desk.topic().await);
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    for (kind, mime) in [
        (FileKind::Photo, "image/jpeg"),
        (FileKind::Voice, "audio/ogg"),
        (FileKind::Audio, "audio/mpeg"),
        (FileKind::Document, "application/pdf"),
        (FileKind::Video, "video/mp4"),
    ] {
        let content = Content::Bytes {
            bytes: bytes.clone().into(),
            name: "счёт \"1\".x".to_owned(),
            mime: mime.to_owned(),
        };
        let upload = Upload { kind, content, caption: Some("<b>Клиент:</b> вот".to_owned()) };
        let sent = desk.client.send_file(to, upload, &Vec::new()).await.unwrap();
        let shown = desk.world.message(GROUP, sent.message_id).unwrap();
        let file = shown.file.unwrap();
        assert_eq!(
            (file.kind.as_str(), file.mime.as_str(), shown.text.as_str()),
            (kind.code(), mime, "Клиент: вот")
        );
        assert!(file.bytes[..] == bytes[..] && file.name == "счёт _1_.x", "{}", file.name);

        // A person sends one of the same kind; it is found, fetched, and sent on by its id.
        let new = NewFile {
            kind: kind.code().to_owned(),
            bytes: bytes.clone().into(),
            name: "n".into(),
            mime: mime.into(),
        };
        let post =
            Post { chat_id: GROUP, thread_id: to.thread_id, from: IYA, file: Some(new), ..Post::default() };
        desk.world.post(post).unwrap();
        let updates = desk.client.get_updates(None, Duration::ZERO).await.unwrap();
        let Incoming::Said(said) = &updates.last().unwrap().incoming else { panic!("{updates:?}") };
        let id = said.file.as_ref().filter(|it| it.kind == kind).unwrap().id.clone();
        let place = desk.client.file(&id).await.unwrap();
        assert_eq!(place.size, Some(70_000));
        let path = place.path.unwrap();
        assert!(desk.client.download(&path, 70_000).await.unwrap() == bytes);
        assert_eq!(desk.client.download(&path, 69_999).await, Err(CallError::TooBig));
        let mut opened = desk.client.open(&path, 70_000).await.unwrap();
        assert_eq!(opened.length(), Some(70_000));
        assert!(!format!("{opened:?}").contains("secret"));
        let mut pieces = Vec::new();
        while let Some(piece) = opened.piece().await.unwrap() {
            pieces.extend_from_slice(&piece);
        }
        assert!(pieces == bytes);
        assert_eq!(desk.client.open(&path, 69_999).await.err(), Some(CallError::TooBig));
        let again = Upload { kind, content: Content::Id(id), caption: None };
        let sent = desk.client.send_file(to, again, &Vec::new()).await.unwrap();
        assert!(desk.world.message(GROUP, sent.message_id).unwrap().file.unwrap().bytes[..] == bytes[..]);
    }
    let foreign = Upload { kind: FileKind::Photo, content: Content::Id("nothing".to_owned()), caption: None };
    let refused = desk.client.send_file(to, foreign, &Vec::new()).await;
    assert_eq!(
        refused.unwrap_err(),
        CallError::Refused("wrong file identifier/HTTP URL specified".to_owned())
    );
    assert!(matches!(desk.client.file("nothing").await, Err(CallError::Refused(_))));
    assert_eq!(desk.client.download("documents/file_999", 10).await, Err(CallError::MessageGone));
    desk.world.fail(Rule::of("file", Fault::Status { code: 502 }, 1));
    assert_eq!(desk.client.open("photos/file_1", 10).await.err(), Some(CallError::Unavailable));
    for path in ["../x", "/etc", "a//b", "a/./b"] {
        assert!(matches!(desk.client.download(path, 10).await, Err(CallError::Refused(_))), "{path}");
    }
}

#[tokio::test]
async fn buttons_are_pressed_and_answered() {
    let desk = desk().await;
    let to = Target::topic(GROUP, desk.topic().await);
    let id = Uuid::from_u128(9);
    let sent = desk.client.send_text(to, "карточка", &buttons::handover(State::Pending, id)).await.unwrap();
    desk.world.press(Where::Group(GROUP), sent.message_id, IYA, "Беру").unwrap();
    let updates = desk.client.get_updates(None, SOON).await.unwrap();
    let Incoming::Pressed(pressed) = &updates.last().unwrap().incoming else { panic!("{updates:?}") };
    assert_eq!((pressed.from.id, pressed.chat_id, pressed.thread_id), (IYA, GROUP, to.thread_id));
    let press = pressed.data.as_deref().and_then(Press::decode);
    assert_eq!(press, Some(Press { action: Action::Take, id }));
    desk.client.answer_callback(&pressed.query_id, "Запрос ваш", IsAlert::Yes, SOON).await.unwrap();
    let answer = desk.world.pressed().remove(0).answer.unwrap();
    assert_eq!((answer.text.as_str(), answer.alert), ("Запрос ваш", true));
    let again = desk.client.answer_callback(&pressed.query_id, "", IsAlert::No, SOON).await;
    assert_eq!(again, Err(CallError::QueryTooOld));
}

#[tokio::test]
async fn updates_are_fetched_in_order_and_once() {
    let desk = desk().await;
    let thread = desk.topic().await;
    let first = desk.client.get_updates(None, Duration::ZERO).await.unwrap();
    assert!(
        matches!(&first[0].incoming, Incoming::Standing(it) if it.now == Membership::Administrator(Rights { topics: true, pins: true, deletes: true }))
    );
    desk.world.double_updates(1);
    let from = first[0].id + 1;
    let waiting = desk.client.clone();
    let later = tokio::spawn(async move { waiting.get_updates(Some(from), SOON).await });
    // The asked one waits: every change wakes it, only an update ends it.
    let asked = |it: &Telegram| it.calls().iter().any(|it| it.method == "GetUpdates").then_some(());
    desk.world.wait(SOON, asked).await.unwrap();
    desk.world.write(GROUP, thread, IYA, "раз").unwrap();
    let found = later.await.unwrap().unwrap();
    let ids: Vec<u32> = found.iter().map(|it| it.id).collect();
    assert_eq!(ids, [from, from], "an update can come twice");
    desk.world.write(GROUP, thread, IYA, "два").unwrap();
    let next = desk.client.get_updates(Some(from + 1), Duration::ZERO).await.unwrap();
    assert!(
        matches!(&next[..], [it] if matches!(&it.incoming, Incoming::Said(it) if it.text.as_deref() == Some("два")))
    );
    assert_eq!(desk.client.get_updates(Some(from + 2), Duration::ZERO).await.unwrap(), []);
    assert_eq!(desk.world.waiting(BOT), 0);
}

#[tokio::test]
async fn one_fetches_or_a_webhook_takes() {
    let desk = desk().await;
    let newest = desk.client.get_updates(None, Duration::ZERO).await.unwrap().last().unwrap().id + 1;
    let older = desk.client.clone();
    let older = tokio::spawn(async move { older.get_updates(Some(newest), SOON).await });
    // Both answer after the other came, or neither would: the older one is sent away.
    let empty = |it: &Telegram| (it.waiting(BOT) == 0).then_some(());
    desk.world.wait(SOON, empty).await.unwrap();
    assert_eq!(desk.client.get_updates(Some(newest), Duration::ZERO).await.unwrap(), []);
    assert_eq!(older.await.unwrap(), Err(CallError::Conflict));
    desk.client.set_webhook("http://127.0.0.1:9/hook", &"s3cret_-".into()).await.unwrap();
    let hook = desk.client.webhook().await.unwrap();
    assert_eq!(hook.url, "http://127.0.0.1:9/hook");
    assert_eq!(hook.allowed_updates.unwrap(), telegram::update::KINDS);
    assert_eq!(desk.client.get_updates(None, SOON).await, Err(CallError::Conflict));
    desk.client.delete_webhook().await.unwrap();
    assert_eq!(desk.client.webhook().await.unwrap().url, "");
    assert!(desk.client.get_updates(None, Duration::ZERO).await.is_ok());
    for (url, secret) in [("no address", "x"), ("http://example.com", "x"), ("https://example.com", "a b")] {
        let refused = desk.client.set_webhook(url, &secret.into()).await;
        assert!(matches!(refused, Err(CallError::Refused(_))), "{url}");
    }
}

#[tokio::test]
async fn who_is_who() {
    let desk = desk().await;
    let me = desk.client.me().await.unwrap();
    assert_eq!((me.id, me.username.as_str(), desk.client.bot_id()), (BOT, "desk_bot", BOT));
    let chat = desk.client.chat(GROUP).await.unwrap();
    assert_eq!(
        (chat.kind.as_str(), chat.title.as_deref(), chat.is_forum),
        ("supergroup", Some("Стол"), true)
    );
    assert_eq!(desk.client.member(GROUP, IYA).await.unwrap(), Membership::Owner);
    let mine = Membership::Administrator(Rights { topics: true, pins: true, deletes: true });
    assert_eq!(desk.client.member(GROUP, BOT).await.unwrap(), mine);
    // A person is reached after they wrote, until they block the bot.
    let to_iya = || desk.say(Target::chat(IYA));
    assert_eq!(to_iya().await, Err(CallError::ChatGone));
    desk.world.write_private(BOT, IYA, "/start", None).unwrap();
    to_iya().await.unwrap();
    assert_eq!(desk.world.private(BOT, IYA).last().unwrap().text, "слово");
    desk.world.block(BOT, IYA);
    assert_eq!(to_iya().await, Err(CallError::ChatGone));
    let updates = desk.client.get_updates(None, Duration::ZERO).await.unwrap();
    let last = &updates.last().unwrap().incoming;
    assert!(matches!(last, Incoming::Standing(it) if it.private && it.now == Membership::Kicked));
    assert_eq!(desk.client.member(GROUP, -5).await, Err(CallError::ChatGone));
}

#[tokio::test]
async fn what_a_group_refuses_says_what_to_do() {
    let desk = desk().await;
    let thread = desk.topic().await;
    let to = Target::topic(GROUP, thread);
    desk.world
        .set_standing(GROUP, BOT, Standing::Administrator { topics: false, pins: false, deletes: true }, IYA)
        .unwrap();
    let message = desk.say(to).await.unwrap();
    assert_eq!(desk.client.create_topic(GROUP, "x", 0xfb_6f5f, None).await, Err(CallError::NoRights));
    assert_eq!(desk.client.edit_topic(GROUP, thread, Some("x"), None).await, Err(CallError::NoRights));
    assert_eq!(desk.client.pin(GROUP, message).await, Err(CallError::NoRights));
    desk.world.set_closed(GROUP, thread, true).unwrap();
    assert_eq!(desk.say(to).await, Err(CallError::TopicClosed));
    desk.world
        .set_standing(GROUP, BOT, Standing::Administrator { topics: true, pins: true, deletes: true }, IYA)
        .unwrap();
    desk.say(to).await.unwrap();
    desk.world.delete_topic(GROUP, thread).unwrap();
    assert_eq!(desk.say(to).await, Err(CallError::TopicGone));
    assert_eq!(desk.client.edit_topic(GROUP, thread, Some("x"), None).await, Err(CallError::TopicGone));
    assert_eq!(desk.say(Target::topic(GROUP, 9999)).await, Err(CallError::TopicGone));
    let bad = desk.client.send_text(Target::chat(GROUP), "<b>", &Vec::new()).await;
    assert_eq!(bad, Err(CallError::Refused("can't parse entities".to_owned())));
    let bad = desk.client.send_text(Target::chat(GROUP), &"я".repeat(4097), &Vec::new()).await;
    assert!(matches!(bad, Err(CallError::Refused(_))));
    desk.world.set_standing(GROUP, BOT, Standing::Kicked, IYA).unwrap();
    assert_eq!(desk.say(to).await, Err(CallError::ChatGone));
    assert_eq!(desk.client.chat(GROUP).await, Err(CallError::ChatGone));
    assert_eq!(desk.say(Target::chat(-999)).await, Err(CallError::ChatGone));
    desk.world.add_group(-8, "Без тем");
    desk.world
        .set_standing(-8, BOT, Standing::Administrator { topics: true, pins: true, deletes: true }, IYA)
        .unwrap();
    assert_eq!(desk.client.create_topic(-8, "x", 0xfb_6f5f, None).await, Err(CallError::NoTopics));
    desk.world.migrate(-8, GROUP - 1).unwrap();
    assert_eq!(desk.say(Target::chat(-8)).await, Err(CallError::Migrated(GROUP - 1)));
    desk.say(Target::chat(GROUP - 1)).await.unwrap();
}

#[tokio::test]
async fn limits_are_told_and_pass() {
    let desk = desk().await;
    let to = Target::topic(GROUP, desk.topic().await);
    for _ in 0..20 {
        desk.say(to).await.unwrap();
    }
    let Err(CallError::RetryAfter(wait)) = desk.say(to).await else { panic!("no limit") };
    assert!(wait <= Duration::from_secs(60) && wait > Duration::from_secs(30), "{wait:?}");
    desk.world.advance(wait);
    desk.say(to).await.unwrap();
    let taken: Vec<u64> = desk.world.messages(GROUP).iter().map(|it| it.at_ms).collect();
    assert!(taken.windows(21).all(|it| it[20] - it[0] >= 60_000), "{taken:?}");
    // A bot's own limit, over all its chats.
    let per_bot = Limit { most: 5, window: Duration::from_secs(600) };
    let desk = desk_with(Options { per_bot, ..Options::default() }).await;
    let to = Target::topic(GROUP, desk.topic().await);
    let message = desk.say(to).await.unwrap();
    for _ in 0..3 {
        desk.client.react(GROUP, message, Some("👌")).await.unwrap();
    }
    assert!(matches!(desk.client.react(GROUP, message, None).await, Err(CallError::RetryAfter(_))));
    assert!(desk.client.me().await.is_ok(), "asking who one is costs nothing");
    desk.world.advance(per_bot.window);
    desk.world.fail(Rule::of("sendMessage", Fault::Flood { retry_after: 35 }, 1));
    assert_eq!(desk.say(to).await, Err(CallError::RetryAfter(Duration::from_secs(35))));
}

#[tokio::test]
async fn failures_of_the_way_there_and_back_are_told_apart() {
    let desk = desk().await;
    let to = Target::topic(GROUP, desk.topic().await);
    let said = || desk.world.messages(GROUP).len();
    desk.world.fail(Rule::of("sendMessage", Fault::LoseAnswer, 1));
    let lost = desk.say(to).await.unwrap_err();
    assert_eq!((lost.clone(), lost.may_have_happened(), said()), (CallError::Ambiguous, true, 1));
    // Teloxide's own way would sleep through this deadline.
    let brisk = client(&desk.site, TOKEN, Duration::from_secs(5));
    let failures =
        [(500, CallError::Unavailable), (502, CallError::Unavailable), (504, CallError::Ambiguous)];
    for (code, expected) in failures {
        desk.world.fail(Rule::of("sendMessage", Fault::Status { code }, 1));
        assert_eq!(brisk.send_text(to, "x", &Vec::new()).await, Err(expected));
    }
    desk.world.fail(Rule::of("sendMessage", Fault::Status { code: 302 }, 1));
    assert!(matches!(desk.say(to).await, Err(CallError::Refused(_))), "nobody follows redirects");
    desk.world.fail(Rule::of("sendMessage", Fault::Status { code: 403 }, 1));
    assert_eq!(desk.say(to).await, Err(CallError::Refused("HTTP 403".to_owned())));
    let hasty = client(&desk.site, TOKEN, Duration::from_millis(300));
    desk.world.fail(Rule::of("sendMessage", Fault::Hang, 1));
    let late = hasty.send_text(to, "x", &Vec::new()).await.unwrap_err();
    assert_eq!((late.clone(), late.may_have_happened(), said()), (CallError::Timeout, true, 1));
    desk.world.fail(Rule::of("sendMessage", Fault::Slow(Duration::from_millis(50)), 1));
    desk.say(to).await.unwrap();
    let refusal =
        Fault::Refuse { code: 400, description: "Bad Request: message thread not found".to_owned() };
    desk.world.fail(Rule { method: None, chat_id: Some(GROUP), fault: refusal, times: None });
    assert_eq!(desk.say(to).await, Err(CallError::TopicGone));
    assert_eq!(desk.client.pin(GROUP, 1).await, Err(CallError::TopicGone));
    assert!(desk.client.me().await.is_ok());
    desk.world.heal();
    desk.say(to).await.unwrap();
    let stranger = client(&desk.site, "701:AA", SOON);
    assert_eq!(stranger.me().await, Err(CallError::Unauthorized));
    let nobody = Settings { api_url: "http://127.0.0.1:9".to_owned(), token: TOKEN.into(), deadline: SOON };
    let gone = Client::new(nobody).unwrap().me().await.unwrap_err();
    assert_eq!((gone.clone(), gone.may_have_happened()), (CallError::Unavailable, false));
    for error in [lost, late, gone] {
        assert!(
            !format!("{error} {error:?}").contains("127.0.0.1") && !format!("{error:?}").contains("secret")
        );
    }
}
