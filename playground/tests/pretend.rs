//! The pretended services over real HTTP: what the responder and the journeys rely on.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Once;
use std::time::Duration;

use playground::gateway::{Gateway, Mode, Options, Outcome};
use playground::loopback::Loopback;
use playground::model::{Mode as Mood, Model};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use warp::Filter;

const JID: &str = "77000000001@s.whatsapp.net";
const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(20);

fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    Client::builder().timeout(LONG).build().unwrap()
}

async fn send_text(url: &str, text: &str, msg_id: &str) -> reqwest::Result<(StatusCode, Value)> {
    let query = [("token", "t"), ("instance_id", "n1"), ("jid", JID), ("msg", text), ("msg_id", msg_id)];
    let answer = client().get(format!("{url}/api/v1/send-text")).query(&query).send().await?;
    let status = answer.status();
    let body = answer.text().await?;
    Ok((status, serde_json::from_str(&body).unwrap_or(Value::Null)))
}

#[tokio::test]
async fn delivers_in_order_and_each_id_once() {
    let gateway = Gateway::default();
    let served = gateway.serve().await.unwrap();
    for (text, id) in [("один + два", "a"), ("екі", "b"), ("один + два", "a")] {
        let (status, body) = send_text(&served.url(), text, id).await.unwrap();
        assert_eq!((status, &body["success"]), (StatusCode::OK, &json!(true)));
    }
    let texts: Vec<String> = gateway.delivered_to(JID).into_iter().map(|it| it.text).collect();
    assert_eq!(texts, ["один + два", "екі"]);
    let outcomes: Vec<Outcome> = gateway.calls().into_iter().map(|it| it.outcome).collect();
    assert_eq!(outcomes, [Outcome::Delivered, Outcome::Delivered, Outcome::Repeated]);
    assert_eq!(gateway.calls()[0].instance_id, "n1");
}

#[tokio::test]
async fn may_forget_ids_and_insist_on_a_token() {
    let gateway = Gateway::new(Options { token: Some("other".to_owned()), idempotent: false });
    let served = gateway.serve().await.unwrap();
    assert_eq!(send_text(&served.url(), "x", "a").await.unwrap().1["success"], json!(false));
    assert!(gateway.calls().is_empty());

    let forgetful = Gateway::new(Options { token: None, idempotent: false });
    let served = forgetful.serve().await.unwrap();
    for _ in 0..2 {
        send_text(&served.url(), "x", "a").await.unwrap();
    }
    assert_eq!(forgetful.delivered_to(JID).len(), 2);
}

#[tokio::test]
async fn media_needs_a_caption_and_is_fetched() {
    let gateway = Gateway::default();
    let served = gateway.serve().await.unwrap();
    let host = warp::path!("i.png").map(|| warp::reply::with_header("picture", "content-type", "image/png"));
    let host = Loopback::serve(host.map(warp::Reply::into_response).boxed()).await.unwrap();
    let picture = format!("{}/i.png", host.url());
    let send = async |caption: &str, at: &str| {
        let query =
            [("token", "t"), ("instance_id", "n1"), ("jid", JID), ("imageurl", at), ("caption", caption)];
        let url = format!("{}/api/v1/send-image", served.url());
        client().get(url).query(&query).send().await.unwrap().json::<Value>().await.unwrap()
    };
    let refused = send("", &picture).await;
    assert_eq!(refused["success"], json!(false));
    assert_eq!(refused["message"], "Parameter [token, instance_id, caption, jid, imageurl] are required");
    assert_eq!(send(" ", &format!("{}/other.png", host.url())).await["success"], json!(false));
    assert_eq!(send(" ", "http://127.0.0.1:9/i.png").await["success"], json!(false));
    assert_eq!(send(" ", &picture).await["success"], json!(true));
    let sent = gateway.delivered_to(JID);
    assert_eq!((sent.len(), sent[0].url.as_deref()), (1, Some(picture.as_str())));
    let file = sent[0].file.clone().unwrap();
    assert_eq!((file.status, file.mime.as_str(), &file.bytes[..]), (200, "image/png", b"picture".as_slice()));
}

#[tokio::test]
async fn fails_in_every_way_the_real_one_does() {
    let gateway = Gateway::default();
    let served = gateway.serve().await.unwrap();

    gateway.set_mode(Mode::Fail { status: 503 }, Some(2));
    for _ in 0..2 {
        assert_eq!(send_text(&served.url(), "x", "a").await.unwrap().0, StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(send_text(&served.url(), "x", "a").await.unwrap().0, StatusCode::OK);

    gateway.set_mode(Mode::Refuse, None);
    let (status, body) = send_text(&served.url(), "y", "b").await.unwrap();
    assert_eq!((status, &body["success"]), (StatusCode::OK, &json!(false)));
    assert_eq!(gateway.delivered_to(JID).len(), 1);

    gateway.set_mode(Mode::AcceptThenDrop, Some(1));
    assert!(send_text(&served.url(), "z", "c").await.is_err());
    assert_eq!(gateway.delivered_to(JID).len(), 2);
    assert_eq!(send_text(&served.url(), "z", "c").await.unwrap().1["success"], json!(true));
    assert_eq!(gateway.delivered_to(JID).len(), 2);

    gateway.set_mode(Mode::Hang, None);
    let hung = tokio::time::timeout(SHORT, send_text(&served.url(), "w", "d")).await;
    assert!(hung.is_err());
    assert_eq!(gateway.delivered_to(JID).len(), 2);
}

#[tokio::test]
async fn a_reader_waits_for_the_next_message() {
    let gateway = Gateway::default();
    let served = gateway.serve().await.unwrap();
    let url = served.url();
    let (next, ()) = tokio::join!(gateway.wait_for(JID, 0, LONG), async {
        send_text(&url, "first", "a").await.unwrap();
    });
    let first = next.unwrap();
    assert_eq!(first.text, "first");
    assert!(gateway.wait_for(JID, first.seq, Duration::from_millis(1)).await.is_none());
    assert!(gateway.wait_for("other", 0, Duration::from_millis(1)).await.is_none());
}

#[tokio::test]
async fn is_controlled_from_afar() {
    let gateway = Gateway::default();
    let served = gateway.serve().await.unwrap();
    let url = format!("{}/control", served.url());
    let mode =
        async |body: Value| client().post(format!("{url}/mode")).json(&body).send().await.unwrap().status();
    assert_eq!(mode(json!({"mode": "fail", "status": 500, "times": 1})).await, StatusCode::OK);
    assert_eq!(mode(json!({"mode": "dance"})).await, StatusCode::BAD_REQUEST);
    assert_eq!(send_text(&served.url(), "x", "a").await.unwrap().0, StatusCode::INTERNAL_SERVER_ERROR);
    send_text(&served.url(), "x", "a").await.unwrap();

    let read = async |path: &str| -> Value {
        client().get(format!("{url}/{path}")).send().await.unwrap().json().await.unwrap()
    };
    let calls = read("calls").await;
    assert_eq!(calls[0]["outcome"], json!({"outcome": "failed", "status": 500}));
    assert_eq!(calls[1]["outcome"], json!({"outcome": "delivered"}));
    assert_eq!(read(&format!("next?jid={JID}&after=0&wait_ms=0")).await["text"], "x");
    assert_eq!(read(&format!("next?jid={JID}&after=2&wait_ms=0")).await, Value::Null);
}

async fn ask(url: &str, body: &Value) -> (StatusCode, Value) {
    let request = client().post(format!("{url}/v1/chat/completions")).bearer_auth("k").json(body);
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test]
async fn the_model_answers_in_openais_shape() {
    let model = Model::default();
    let served = model.serve().await.unwrap();
    let question = json!({
        "model": "m-1",
        "temperature": 0.3,
        "max_completion_tokens": 600,
        "messages": [
            {"role": "system", "content": "Отвечай коротко.\n\nСамокат чиним за два часа. Лыжи точим зимой."},
            {"role": "user", "content": [{"type": "text", "text": "За сколько чините самокат?"}]},
        ],
    });
    let (status, body) = ask(&served.url(), &question).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["object"], "chat.completion");
    assert_eq!(body["model"], "m-1");
    assert_eq!(body["choices"][0]["message"]["content"], "Самокат чиним за два часа.");
    assert_eq!(body["choices"][0]["finish_reason"], "stop");
    assert_eq!((model.asked()[0].temperature, model.asked()[0].max_tokens), (Some(0.3), Some(600)));

    model.set_mode(Mood::Lie("9999 ₸".to_owned()));
    assert_eq!(ask(&served.url(), &question).await.1["choices"][0]["message"]["content"], "9999 ₸");
    model.set_mode(Mood::Error(500));
    let (status, body) = ask(&served.url(), &question).await;
    assert_eq!((status, &body["error"]["type"]), (StatusCode::INTERNAL_SERVER_ERROR, &json!("server_error")));
    model.set_mode(Mood::Hang);
    assert!(tokio::time::timeout(SHORT, ask(&served.url(), &question)).await.is_err());
}

#[tokio::test]
async fn the_model_refuses_what_openai_refuses() {
    let served = Model::new(Some("another".to_owned())).serve().await.unwrap();
    assert_eq!(ask(&served.url(), &json!({})).await.0, StatusCode::UNAUTHORIZED);
    let served = Model::default().serve().await.unwrap();
    assert_eq!(ask(&served.url(), &json!({"model": "m"})).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(ask(&served.url(), &json!({"model": "m", "messages": []})).await.0, StatusCode::BAD_REQUEST);
}
