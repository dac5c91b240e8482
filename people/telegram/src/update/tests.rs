//! Updates as Telegram writes them, and as nobody should.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const GROUP: i64 = -1_001_000_000_001;

fn human() -> Value {
    json!({"id": 42, "is_bot": false, "first_name": "Ия", "last_name": "К.", "username": "iya"})
}

fn message(extra: Value) -> Value {
    let mut message = json!({
        "message_id": 10, "message_thread_id": 7, "is_topic_message": true, "date": 1_700_000_000,
        "from": human(), "chat": {"id": GROUP, "type": "supergroup", "title": "Стол", "is_forum": true},
        "reply_to_message": {"message_id": 7, "forum_topic_created": {"name": "x", "icon_color": 1}},
    });
    let fields = message.as_object_mut().unwrap();
    for (key, value) in extra.as_object().unwrap() {
        fields.insert(key.clone(), value.clone());
        fields.retain(|_, value| !value.is_null());
    }
    message
}

fn of(kind: &str, content: Value) -> Incoming {
    let body = json!({"update_id": 5, kind: content});
    let update = parse(body.to_string().as_bytes()).unwrap();
    assert_eq!(update.id, 5);
    update.incoming
}

fn said(extra: Value) -> Said {
    match of("message", message(extra)) {
        Incoming::Said(it) => it,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_text_in_a_topic() {
    let said = said(json!({"text": "Да, можно"}));
    assert_eq!(said.place, Place { chat_id: GROUP, thread_id: Some(7), message_id: 10 });
    assert_eq!((said.from.id, said.from.name.as_str()), (42, "Ия К."));
    assert_eq!(said.from.username.as_deref(), Some("iya"));
    assert_eq!(said.text.as_deref(), Some("Да, можно"));
    assert_eq!((said.reply_to, said.edited, said.at), (None, false, 1_700_000_000));
}

#[test]
fn a_reply_an_edit_and_a_link() {
    assert_eq!(said(json!({"text": "да", "reply_to_message": {"message_id": 9}})).reply_to, Some(9));
    let edit = of("edited_message", message(json!({"text": "нет", "edit_date": 1_700_000_009})));
    assert!(matches!(edit, Incoming::Said(it) if it.edited && it.text.as_deref() == Some("нет")));
    let entities = json!([{"type": "text_link", "offset": 3, "length": 5, "url": "https://example.com/a"}]);
    let linked = said(json!({"text": "👍 здесь ок", "entities": entities}));
    assert_eq!(linked.text.as_deref(), Some("👍 здесь (https://example.com/a) ок"));
}

#[test]
fn files_of_every_kind() {
    let file = |id: &str| json!({"file_id": id, "file_unique_id": "u", "file_size": 9});
    let with = |mut file: Value, extra: Value| {
        file.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        file
    };
    let small = with(file("s"), json!({"width": 90, "height": 90}));
    let large = with(file("l"), json!({"width": 900, "height": 900}));
    let photo = said(json!({"photo": [small, large], "caption": "вот", "media_group_id": "g"}));
    assert_eq!(photo.text.as_deref(), Some("вот"));
    assert_eq!(photo.group.as_deref(), Some("g"));
    let found = photo.file.unwrap();
    assert_eq!((found.kind, found.id.as_str(), found.size), (FileKind::Photo, "l", Some(9)));
    let voice = with(file("v"), json!({"duration": 2, "mime_type": "audio/ogg"}));
    let document = with(file("d"), json!({"file_name": "прайс.pdf", "mime_type": "application/pdf"}));
    let video = with(file("w"), json!({"width": 1, "height": 1, "duration": 2}));
    for (key, value, kind, name) in [
        ("voice", voice, FileKind::Voice, None),
        ("audio", with(file("a"), json!({"duration": 3})), FileKind::Audio, None),
        ("document", with(file("x"), json!({"mime_type": "pdf; x"})), FileKind::Document, None),
        ("document", document, FileKind::Document, Some("прайс.pdf")),
        ("video", video, FileKind::Video, None),
        ("video_note", with(file("n"), json!({"length": 1, "duration": 2})), FileKind::Video, None),
    ] {
        let Some(file) = said(json!({key: value})).file else { panic!("{key} has no file") };
        assert_eq!((file.kind, file.name.as_deref()), (kind, name), "{key}");
    }
}

#[test]
fn what_cannot_be_passed_on_is_still_said() {
    let place = said(json!({"location": {"longitude": 1.0, "latitude": 2.0}}));
    assert!(place.is_of_another_kind());
    assert!(said(json!({"dice": {"emoji": "🎲", "value": 3}})).is_of_another_kind());
    assert!(said(json!({"hologram": {"of": "the future"}})).is_of_another_kind());
    // A kind that teloxide knows, with something in it that it does not.
    assert!(said(json!({"photo": "another form"})).is_of_another_kind());
    assert_eq!(said(json!({"text": 5})).from.id, 42);
}

/// A message outside of any topic, which replies to nothing.
fn outside(extra: Value) -> Value {
    let mut fields = json!({"message_thread_id": null, "is_topic_message": null, "reply_to_message": null});
    fields.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    fields
}

#[test]
fn where_there_are_no_topics_replies_count() {
    let reply =
        json!({"message_id": 9, "text": "card", "from": {"id": 8, "is_bot": true, "first_name": "b"}});
    let group = json!({"id": -7, "type": "group", "title": "Стол"});
    let with = |extra: Value| {
        let mut fields = outside(json!({"reply_to_message": reply, "chat": group}));
        fields.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        fields
    };
    let text = said(with(json!({"text": "Да, можно"})));
    assert_eq!(text.replied, Replied { from: Some(8), press: None, in_forum: false });
    let general = outside(json!({"text": "ок", "reply_to_message": reply}));
    assert!(said(general).replied.in_forum);
    assert_eq!(text.place, Place { chat_id: -7, thread_id: None, message_id: 10 });
    assert_eq!((text.reply_to, text.text.as_deref()), (Some(9), Some("Да, можно")));
    let data = "take:67e5504410b1426f9247bb680e5fe0c8";
    let mut card = reply.clone();
    card["reply_markup"] = json!({"inline_keyboard": [[{"text": "Беру", "callback_data": data}]]});
    let answer = said(with(json!({"text": "Да", "reply_to_message": card})));
    assert_eq!(answer.replied.press, Press::decode(data));
    card["reply_markup"]["inline_keyboard"][0][0]["callback_data"] = json!("take:all");
    assert_eq!(said(with(json!({"text": "Да", "reply_to_message": card}))).replied.press, None);
    // A supergroup names the first message of a chain of replies.
    let chain = said(with(json!({"text": "да", "message_thread_id": 9})));
    assert_eq!((chain.place.thread_id, chain.reply_to), (None, Some(9)));
    let edit = of("edited_message", message(with(json!({"text": "нет", "edit_date": 1_700_000_009}))));
    assert!(matches!(edit, Incoming::Said(it) if it.edited && it.reply_to == Some(9)));
    let status = of("message", message(with(json!({"text": "/status"}))));
    assert!(
        matches!(status, Incoming::Command(it) if it.reply_to == Some(9) && it.place.thread_id.is_none())
    );
    assert!(said(with(json!({"hologram": {"of": "the future"}}))).is_of_another_kind());
    let joined = of("message", message(with(json!({"new_chat_members": [human()]}))));
    assert_eq!(joined, Incoming::Ignored(Reason::Service));
}

#[test]
fn what_is_nothing_for_a_desk() {
    let bot = json!({"id": 8, "is_bot": true, "first_name": "b", "username": "b_bot"});
    let channel = json!({"id": -100, "type": "channel", "title": "c"});
    let speaker = json!({"id": 136_817_688, "is_bot": true, "first_name": "Channel"});
    for (extra, reason) in [
        (json!({"text": "x", "from": bot}), Reason::Bot),
        (json!({"text": "x", "from": speaker, "sender_chat": channel}), Reason::Channel),
        (outside(json!({"text": "x"})), Reason::General),
        (outside(json!({"text": "x", "message_thread_id": 7})), Reason::General),
        (outside(json!({"text": "x", "message_thread_id": 1, "is_topic_message": true})), Reason::General),
        (outside(json!({"text": "/help"})), Reason::General),
        (outside(json!({"text": "x", "external_reply": {"message_id": 9}})), Reason::General),
        (json!({"text": "x", "chat": channel}), Reason::Chat),
        (json!({"text": "x", "from": null}), Reason::Channel),
        (json!({"forum_topic_edited": {"name": "y"}}), Reason::Service),
        (json!({"new_chat_members": [human()]}), Reason::Service),
        (json!({"pinned_message": {"message_id": 9, "date": 1, "chat": channel}}), Reason::Service),
    ] {
        assert_eq!(of("message", message(extra.clone())), Incoming::Ignored(reason), "{extra}");
    }
    assert_eq!(of("poll_answer", json!({})), Incoming::Ignored(Reason::Unreadable));
    assert_eq!(of("something_new", json!({"a": 1})), Incoming::Ignored(Reason::Unreadable));
    assert_eq!(of("channel_post", message(json!({"text": "x"}))), Incoming::Ignored(Reason::Kind));
}

#[test]
fn administrators_may_write_as_the_group() {
    let group = json!({"id": GROUP, "type": "supergroup", "title": "Стол", "is_forum": true});
    let nobody =
        json!({"id": ANONYMOUS, "is_bot": true, "first_name": "Group", "username": "GroupAnonymousBot"});
    let extra = json!({"text": "да", "from": nobody, "sender_chat": group, "author_signature": "Старшая"});
    let said = said(extra);
    assert!(said.from.is_anonymous());
    assert_eq!(said.from.sender_chat, Some(GROUP));
    assert_eq!(said.from.signature.as_deref(), Some("Старшая"));
}

#[test]
fn commands_are_not_for_the_customer() {
    for (text, name, bot, argument) in [
        ("/status", CommandName::Status, None, ""),
        ("/History@desk_bot  20 ", CommandName::History, Some("desk_bot"), "20"),
        ("/mute 2\nчаса", CommandName::Mute, None, "2\nчаса"),
        ("/return", CommandName::Return, None, ""),
        ("/help@", CommandName::Help, None, ""),
        ("/ban всех", CommandName::Unknown, None, "всех"),
        ("/", CommandName::Unknown, None, ""),
    ] {
        let Incoming::Command(command) = of("message", message(json!({"text": text}))) else {
            panic!("{text} is no command")
        };
        assert_eq!((command.name, command.bot.as_deref(), command.argument.as_str()), (name, bot, argument));
        assert_eq!((command.place.thread_id, command.reply_to), (Some(7), None));
    }
}

#[test]
fn a_pressed_button() {
    let query = json!({"id": "q", "from": human(), "chat_instance": "i", "data": "take:x",
        "message": message(json!({"text": "card", "from": {"id": 8, "is_bot": true, "first_name": "b"}}))});
    let Incoming::Pressed(pressed) = of("callback_query", query) else { panic!("not pressed") };
    assert_eq!((pressed.query_id.as_str(), pressed.from.id, pressed.chat_id), ("q", 42, GROUP));
    assert_eq!((pressed.thread_id, pressed.message_id), (Some(7), 10));
    assert_eq!(pressed.data.as_deref(), Some("take:x"));
    let old = json!({"id": "q", "from": human(), "chat_instance": "i", "data": "x",
        "message": {"message_id": 3, "date": 0, "chat": {"id": GROUP, "type": "supergroup"}}});
    assert!(matches!(of("callback_query", old), Incoming::Pressed(it) if it.message_id == 3));
    let inline = json!({"id": "q", "from": human(), "chat_instance": "i", "inline_message_id": "m"});
    assert_eq!(of("callback_query", inline), Incoming::Ignored(Reason::Inline));
}

#[test]
fn the_bot_comes_and_goes() {
    let me = json!({"id": 8, "is_bot": true, "first_name": "b"});
    let change = |now: Value| {
        json!({"chat": {"id": GROUP, "type": "supergroup", "title": "t"}, "from": human(), "date": 1,
            "old_chat_member": {"user": me, "status": "member"}, "new_chat_member": now})
    };
    let now = |value: Value| match of("my_chat_member", change(value)) {
        Incoming::Standing(it) => it.now,
        other => panic!("{other:?}"),
    };
    assert_eq!(now(json!({"user": me, "status": "kicked", "until_date": 0})), Membership::Kicked);
    assert_eq!(now(json!({"user": me, "status": "left"})), Membership::Left);
    let admin = json!({"user": me, "status": "administrator", "can_be_edited": false, "is_anonymous": false,
        "can_manage_chat": true, "can_change_info": false, "can_delete_messages": true,
        "can_manage_video_chats": false, "can_invite_users": true, "can_restrict_members": false,
        "can_promote_members": false, "can_manage_topics": true, "can_pin_messages": false});
    assert_eq!(now(admin), Membership::Administrator(Rights { topics: true, pins: false, deletes: true }));
}

#[test]
fn people_who_write_to_the_bot_can_be_reached() {
    let private = |text: &str, chat: i64| {
        json!({"message_id": 1, "date": 1, "from": human(), "text": text,
            "chat": {"id": chat, "type": "private", "first_name": "Ия"}})
    };
    let Incoming::Private(start) = of("message", private("/start abc", 42)) else { panic!("not private") };
    assert_eq!((start.from.id, start.start.as_deref()), (42, Some("abc")));
    let Incoming::Private(text) = of("message", private("привет", 42)) else { panic!("not private") };
    assert_eq!((text.text.as_deref(), text.start), (Some("привет"), None));
    assert_eq!(of("message", private("/start", 43)), Incoming::Ignored(Reason::Kind));
    let answer = |mut it: Value| {
        it["reply_to_message"] = json!({"message_id": 9});
        it
    };
    let Incoming::Said(reply) = of("message", answer(private("Да", 42))) else { panic!("not said") };
    assert_eq!(reply.place, Place { chat_id: 42, thread_id: None, message_id: 1 });
    assert_eq!((reply.from.id, reply.reply_to), (42, Some(9)));
    assert!(matches!(of("edited_message", answer(private("Да", 42))), Incoming::Said(it) if it.edited));
    assert_eq!(of("edited_message", private("Да", 42)), Incoming::Ignored(Reason::Kind));
    assert_eq!(of("message", answer(private("Да", 43))), Incoming::Ignored(Reason::Kind));
    assert!(matches!(of("message", answer(private("/start", 42))), Incoming::Private(_)));
}

#[test]
fn a_group_that_grows_has_another_id() {
    let moved = json!({"message_id": 1, "date": 1, "from": human(), "migrate_to_chat_id": GROUP,
        "chat": {"id": -7, "type": "group", "title": "t"}});
    assert_eq!(of("message", moved), Incoming::Migrated { from: -7, to: GROUP });
}

#[test]
fn what_is_no_update_is_an_error() {
    for (body, expected) in [
        ("", Malformed::Json),
        ("{", Malformed::Json),
        ("\u{feff}{}", Malformed::Json),
        ("[]", Malformed::NoId),
        ("null", Malformed::NoId),
        ("{}", Malformed::NoId),
        (r#"{"update_id": -1}"#, Malformed::NoId),
        (r#"{"update_id": "5"}"#, Malformed::NoId),
        (r#"{"update_id": 4294967296}"#, Malformed::NoId),
    ] {
        assert_eq!(parse(body.as_bytes()), Err(expected), "{body}");
    }
    assert_eq!(parse(&[0xff, 0xfe]), Err(Malformed::Json));
}

#[test]
fn forged_depth_is_cheap() {
    let mut inner = message(json!({"text": 5}));
    for _ in 0..30 {
        inner =
            message(json!({"reply_to_message": inner.clone(), "pinned_message": inner.clone(), "text": 5}));
        // Both branches would double at every level; one is enough to see that none is followed.
        inner["pinned_message"] = json!({"message_id": 1});
    }
    assert_eq!(of("message", inner.clone()), Incoming::Ignored(Reason::Service));
    inner.as_object_mut().unwrap().remove("pinned_message");
    assert!(matches!(of("message", inner), Incoming::Said(it) if it.is_of_another_kind()));
    let deep = format!("{{\"update_id\":1,\"message\":{}1{}}}", "[".repeat(500), "]".repeat(500));
    assert_eq!(parse(deep.as_bytes()), Err(Malformed::Json));
}

/// JSON in the neighbourhood of updates: real field names with anything in them.
fn near_updates() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(json!(ANONYMOUS)),
        Just(json!("supergroup")),
        Just(json!("/start")),
        Just(human()),
        any::<String>().prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "update_id",
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
        "message_id",
        "chat",
        "from",
        "sender_chat",
        "id",
        "type",
        "text",
        "caption",
        "entities",
        "offset",
        "length",
        "url",
        "date",
        "photo",
        "voice",
        "document",
        "reply_to_message",
        "is_topic_message",
        "message_thread_id",
        "new_chat_member",
        "old_chat_member",
        "status",
        "data",
        "first_name",
        "is_bot",
        "pinned_message",
        "migrate_to_chat_id",
        "media_group_id",
        "poll",
    ]);
    leaf.prop_recursive(6, 64, 8, move |inner| {
        let pairs = prop::collection::vec((names.clone(), inner.clone()), 0..8);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            pairs.prop_map(|it| it.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_breaks_it(value in near_updates()) {
        drop(parse_value(value.clone()));
        drop(parse_value(json!({"update_id": 1, "message": value.clone()})));
        drop(parse_value(json!({"update_id": 1, "callback_query": value.clone()})));
        drop(parse_value(json!({"update_id": 1, "my_chat_member": value})));
    }

    #[test]
    fn no_field_of_a_message_breaks_it(value in near_updates(), key in prop::sample::select(vec![
        "text", "from", "chat", "entities", "caption", "photo", "sender_chat", "date", "message_thread_id",
    ])) {
        let mut message = message(json!({"text": "да"}));
        message[key] = value;
        drop(parse_value(json!({"update_id": 1, "message": message})));
    }

    #[test]
    fn no_bytes_break_it(bytes: Vec<u8>) {
        drop(parse(&bytes));
    }
}

#[test]
fn a_mute_says_for_how_many_hours() {
    let hours = |text: &str| match of("message", message(json!({"text": text}))) {
        Incoming::Command(it) => it.hours(),
        other => panic!("{other:?}"),
    };
    let two = Some(Duration::from_secs(7_200));
    assert_eq!((hours("/mute"), hours("/mute@a_bot 2"), hours("/mute  2 ")), (Ok(None), Ok(two), Ok(two)));
    for odd in ["/mute 0", "/mute 721", "/mute -1", "/mute два", "/mute 2 3", "/mute 99999999999999999999"]
    {
        assert_eq!(hours(odd), Err(NoTime), "{odd}");
    }
}
