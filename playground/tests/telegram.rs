//! The pretended Telegram as a program meets it: plain HTTP, in every form the Bot API takes.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use playground::loopback::Loopback;
use playground::telegram::{Limit, Options, Standing, Telegram, Where};
use reqwest::multipart::{Form, Part};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use warp::Filter;
use warp::reply::Reply;

const GROUP: i64 = -1001;
const IYA: i64 = 42;
const SOON: Duration = Duration::from_secs(20);

async fn served(options: Options) -> (Telegram, Loopback, Client) {
    let world = Telegram::new(options);
    let bot = world.add_bot("7:AA", "desk_bot");
    world.add_bot("8:BB", "other_bot");
    world.add_person(IYA, "Ия", None);
    world.add_forum(GROUP, "Стол");
    world
        .set_standing(GROUP, bot, Standing::Administrator { topics: true, pins: true, deletes: true }, IYA)
        .unwrap();
    let site = world.serve().await.unwrap();
    (world, site, Client::builder().timeout(SOON).no_proxy().build().unwrap())
}

async fn posted(http: &Client, site: &Loopback, what: &str, body: Value) -> Value {
    let url = format!("{}/{what}", site.url());
    http.post(url).json(&body).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn calls_come_in_every_form() {
    let (world, site, http) = served(Options::default()).await;
    let url = |method: &str| format!("{}/bot7:AA/{method}", site.url());
    let fields = [("chat_id", "-1001"), ("text", "<b>раз</b>"), ("parse_mode", "HTML")];
    let form = Form::new().text("chat_id", "-1001").text("text", "<b>раз</b>").text("parse_mode", "HTML");
    let json = json!({"chat_id": GROUP, "text": "<b>раз</b>", "parse_mode": "HTML"});
    for request in [
        http.get(url("sendMessage")).query(&fields),
        http.post(url("sendmessage")).query(&fields),
        http.post(url("SendMessage")).json(&json),
        http.post(url("sendMessage"))
            .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
            .body("chat_id=-1001&text=%3Cb%3E%D1%80%D0%B0%D0%B7%3C%2Fb%3E&parse_mode=HTML"),
        http.post(url("sendMessage")).multipart(form),
    ] {
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!((&answer["ok"], &answer["result"]["text"]), (&json!(true), &json!("раз")), "{answer}");
    }
    assert_eq!(world.messages(GROUP).len(), 5);
    let file = Part::bytes(b"%PDF".to_vec()).file_name("a.pdf").mime_str("application/pdf").unwrap();
    let form = Form::new().text("chat_id", "-1001").text("document", "attach://f").part("f", file);
    let answer = http.post(url("sendDocument")).multipart(form).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["result"]["document"]["file_name"], "a.pdf", "{answer}");
}

#[tokio::test]
async fn refusals_are_worded_as_telegrams() {
    let (world, site, http) = served(Options::default()).await;
    let call = |token: &str, method: &str, body: Value| {
        let (http, url) = (http.clone(), format!("{}/bot{token}/{method}", site.url()));
        async move {
            let answer = http.post(url).json(&body).send().await.unwrap();
            (answer.status(), answer.json::<Value>().await.unwrap())
        }
    };
    for (token, method, body, code, description) in [
        ("9:CC", "getMe", json!({}), 401, "Unauthorized"),
        ("7:AA", "getFortune", json!({}), 404, "Not Found"),
        ("7:AA", "sendMessage", json!({"text": "x"}), 400, "Bad Request: chat_id is empty"),
        ("7:AA", "sendMessage", json!({"chat_id": -5, "text": "x"}), 400, "Bad Request: chat not found"),
        (
            "7:AA",
            "sendMessage",
            json!({"chat_id": GROUP, "text": " "}),
            400,
            "Bad Request: message text is empty",
        ),
        (
            "8:BB",
            "sendMessage",
            json!({"chat_id": GROUP, "text": "x"}),
            403,
            "Forbidden: bot is not a member of the supergroup chat",
        ),
        (
            "7:AA",
            "sendMessage",
            json!({"chat_id": GROUP, "text": "<b>x", "parse_mode": "HTML"}),
            400,
            "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        (
            "7:AA",
            "sendMessage",
            json!({"chat_id": GROUP, "text": "x", "reply_markup": {"inline_keyboard": [[
                {"text": "x", "callback_data": "я".repeat(33)}]]}}),
            400,
            "Bad Request: BUTTON_DATA_INVALID",
        ),
    ] {
        let (status, answer) = call(token, method, body).await;
        let expected = json!({"ok": false, "error_code": code, "description": description});
        assert_eq!((status.as_u16(), answer), (code, expected));
    }
    let refused =
        posted(&http, &site, "control/fail", json!({"fault": "flood", "retry_after": 5, "times": 1})).await;
    assert_eq!(refused["ok"], true);
    let (status, answer) = call("7:AA", "getMe", json!({})).await;
    let expected = json!({"ok": false, "error_code": 429, "description": "Too Many Requests: retry after 5",
        "parameters": {"retry_after": 5}});
    assert_eq!((status, answer), (StatusCode::TOO_MANY_REQUESTS, expected));
    assert_eq!(call("7:AA", "getMe", json!({})).await.0, StatusCode::OK);
    assert_eq!(world.calls().iter().filter(|it| it.code == 429).count(), 1);
}

#[tokio::test]
async fn no_window_of_a_minute_holds_more_than_twenty() {
    let per_bot = Limit { most: 1000, window: Duration::from_secs(1) };
    let (world, site, http) = served(Options { per_bot, ..Options::default() }).await;
    let body = json!({"chat_id": GROUP, "text": "x"});
    let mut refused = 0;
    while world.messages(GROUP).len() < 70 {
        let answer = posted(&http, &site, "bot7:AA/sendMessage", body.clone()).await;
        if let Some(seconds) = answer["parameters"]["retry_after"].as_u64() {
            refused += 1;
            posted(&http, &site, "control/advance", json!({"ms": seconds * 1000})).await;
        } else {
            posted(&http, &site, "control/advance", json!({"ms": 100})).await;
        }
    }
    let taken: Vec<u64> = world.messages(GROUP).iter().map(|it| it.at_ms).collect();
    assert!(taken.windows(21).all(|it| it[20] - it[0] >= 60_000), "{taken:?}");
    assert!(refused >= 3);
}

/// A webhook that answers as told, last first, and keeps what it got; 0 is no answer at all.
struct Hook {
    got: Arc<Mutex<Vec<(String, Value)>>>,
    site: Loopback,
}

async fn hook(answers: Vec<u16>) -> Hook {
    let got = Arc::new(Mutex::new(Vec::new()));
    let (kept, answers) = (Arc::clone(&got), Arc::new(Mutex::new(answers)));
    let routes = warp::post()
        .and(warp::header::<String>("x-telegram-bot-api-secret-token"))
        .and(warp::body::json())
        .then(move |secret: String, body: Value| {
            kept.lock().unwrap().push((secret, body));
            let status = answers.lock().unwrap().pop().unwrap_or(200);
            async move {
                match StatusCode::from_u16(status) {
                    Ok(status) => warp::reply::with_status("", status).into_response(),
                    // Never answers.
                    Err(_) => std::future::pending().await,
                }
            }
        })
        .boxed();
    Hook { got, site: Loopback::serve(routes).await.unwrap() }
}

#[tokio::test]
async fn webhooks_get_updates_until_they_take_them() {
    let (redeliver_after, webhook_patience) = (Duration::from_millis(20), Duration::from_millis(500));
    let options = Options { redeliver_after, webhook_patience, ..Options::default() };
    let (world, site, http) = served(options).await;
    let hook = hook(vec![404, 0, 500]).await;
    let body = json!({"url": hook.site.url(), "secret_token": "s_1", "allowed_updates": ["message"],
        "drop_pending_updates": true});
    assert_eq!(posted(&http, &site, "bot7:AA/setWebhook", body).await["result"], true);
    let thread =
        posted(&http, &site, "bot7:AA/createForumTopic", json!({"chat_id": GROUP, "name": "т"})).await;
    let thread = thread["result"]["message_thread_id"].as_i64().unwrap();
    for text in ["раз", "два"] {
        let said = json!({"chat_id": GROUP, "thread_id": thread, "from": IYA, "text": text});
        assert_eq!(posted(&http, &site, "control/write", said).await["ok"], true);
    }
    world.wait(SOON, |it| (it.waiting(7) == 0).then_some(())).await.unwrap();
    let got: Vec<(String, Value)> = hook.got.lock().unwrap().drain(..).collect();
    let texts: Vec<&str> = got.iter().map(|(_, it)| it["message"]["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["раз", "раз", "раз", "раз", "два"], "one after the other, again until taken");
    assert!(got.iter().all(|(secret, _)| secret == "s_1"));
    assert_eq!(got[0].1, got[3].1);
    let info = posted(&http, &site, "bot7:AA/getWebhookInfo", json!({})).await;
    assert_eq!(info["result"]["last_error_message"], "Wrong response from the webhook: 404 Not Found");

    // Once more although it was taken: the answer was lost on its way.
    world.double_updates(1);
    world.write(GROUP, i32::try_from(thread).unwrap(), IYA, "три").unwrap();
    world.wait(SOON, |it| (it.waiting(7) == 0).then_some(())).await.unwrap();
    let got: Vec<(String, Value)> = hook.got.lock().unwrap().drain(..).collect();
    assert_eq!(got.len(), 2);
    assert_eq!(got[0].1["update_id"], got[1].1["update_id"]);
    // Presses are not among the kinds it asked for.
    world.forge(7, Where::Group(GROUP), 1, IYA, "x").unwrap();
    assert_eq!(world.waiting(7), 0);
}

#[tokio::test]
async fn bots_without_rights_hear_commands_and_replies_only() {
    let (world, site, http) = served(Options::default()).await;
    world.set_standing(GROUP, 8, Standing::Member, IYA).unwrap();
    let thread =
        posted(&http, &site, "bot7:AA/createForumTopic", json!({"chat_id": GROUP, "name": "т"})).await;
    let thread = i32::try_from(thread["result"]["message_thread_id"].as_i64().unwrap()).unwrap();
    let before = (world.waiting(7), world.waiting(8));
    world.write(GROUP, thread, IYA, "слово").unwrap();
    world.write(GROUP, thread, IYA, "/help").unwrap();
    assert_eq!((world.waiting(7), world.waiting(8)), (before.0 + 2, before.1 + 1));
    let state = http.get(format!("{}/control/state", site.url())).send().await.unwrap().text().await.unwrap();
    assert!(state.contains("слово") && !state.contains("7:AA"));
    for (what, body) in [("write", json!({})), ("press", json!({"chat_id": GROUP})), ("nothing", json!({}))] {
        assert_eq!(posted(&http, &site, &format!("control/{what}"), body).await["ok"], false, "{what}");
    }
    let edit = json!({"chat_id": GROUP, "message_id": 3, "text": "иначе"});
    assert_eq!(posted(&http, &site, "control/edit", edit).await["ok"], true);
    let topic = json!({"chat_id": GROUP, "thread_id": thread, "what": "delete"});
    assert_eq!(posted(&http, &site, "control/topic", topic).await["ok"], true);
    let kick = json!({"chat_id": GROUP, "id": 7, "standing": "kicked"});
    assert_eq!(posted(&http, &site, "control/standing", kick).await["ok"], true);
    assert_eq!(world.standing(GROUP, 7), Standing::Kicked);
    let file = format!(
        "{}/control/file?chat_id={GROUP}&from={IYA}&kind=photo&name=a.png&mime=image/png",
        site.url()
    );
    assert_eq!(http.post(file).body("png").send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(world.messages(GROUP).last().unwrap().file.as_ref().unwrap().name, "a.png");
}
