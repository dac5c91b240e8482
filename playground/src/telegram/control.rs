//! The remote control of the pretend Telegram, for the page and for tests that do not share its process.
//!
//! * `GET control/state`: everything there is.
//! * `GET control/calls`: every call so far.
//! * `POST control/write` `{"chat_id", "thread_id"?, "from", "text", "reply_to"?}`; to a bot itself
//!   `{"bot", "from", "text", "reply_to"?}`.
//! * `POST control/file?chat_id&thread_id&from&kind&name&mime&caption` with the file as its body.
//! * `POST control/edit` `{"chat_id", "message_id", "text"}`
//! * `POST control/press` `{"chat_id", "message_id", "from", "button", "bot"?}`: `button` is what it says or
//!   carries; with `bot` in the private chat of `chat_id` with it.
//! * `POST control/topic` `{"chat_id", "thread_id", "what": "delete" | "close" | "reopen"}`
//! * `POST control/standing` `{"chat_id", "id", "standing": "kicked" | "left" | "member" | "administrator",
//!   "topics"?, "pins"?, "deletes"?}`
//! * `POST control/fail` `{"fault": "flood" | "status" | "slow" | "lose" | "hang" | "refuse", "method"?, "chat_id"?,
//!   "times"?, "retry_after"?, "code"?, "ms"?, "description"?}`; `POST control/heal`
//! * `POST control/advance` `{"ms"}`: moves the clock on.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::{Reply, Response};

use super::{Fault, NewFile, Nobody, Post, Rule, Standing, Telegram, Where};

/// Larger files are not taken from the page.
const LARGEST: u64 = 20 * 1024 * 1024;

pub(super) fn routes(telegram: Telegram) -> BoxedFilter<(Response,)> {
    let any = warp::any().map(move || telegram.clone());
    let state = warp::path!("control" / "state")
        .and(warp::get())
        .and(any.clone())
        .map(|telegram: Telegram| warp::reply::json(&telegram.state()).into_response());
    let calls = warp::path!("control" / "calls")
        .and(warp::get())
        .and(any.clone())
        .map(|telegram: Telegram| warp::reply::json(&telegram.calls()).into_response());
    let file = warp::path!("control" / "file")
        .and(warp::post())
        .and(any.clone())
        .and(warp::query())
        .and(warp::body::content_length_limit(LARGEST))
        .and(warp::body::bytes())
        .map(|telegram: Telegram, query, bytes| told(send(&telegram, &query, bytes)));
    let act = warp::path!("control" / String)
        .and(warp::post())
        .and(any)
        .and(warp::body::content_length_limit(64 * 1024))
        .and(warp::body::json())
        .map(|what: String, telegram: Telegram, wanted: Value| told(act(&telegram, &what, &wanted)));
    state.or(calls).unify().or(file).unify().or(act).unify().boxed()
}

fn told(result: Result<Value, Nobody>) -> Response {
    let (status, body) = match result {
        Ok(value) => (StatusCode::OK, json!({"ok": true, "result": value})),
        Err(error) => (StatusCode::BAD_REQUEST, json!({"ok": false, "message": error.to_string()})),
    };
    warp::reply::with_status(warp::reply::json(&body), status).into_response()
}

fn number(wanted: &Value, key: &str) -> Result<i64, Nobody> {
    wanted[key].as_i64().ok_or(Nobody)
}

fn id(wanted: &Value, key: &str) -> Result<i32, Nobody> {
    optional(wanted, key).ok_or(Nobody)
}

fn optional(wanted: &Value, key: &str) -> Option<i32> {
    wanted[key].as_i64().and_then(|it| i32::try_from(it).ok())
}

fn act(telegram: &Telegram, what: &str, wanted: &Value) -> Result<Value, Nobody> {
    let text = |key: &str| wanted[key].as_str().unwrap_or_default();
    match what {
        "write" => {
            let (from, reply_to) = (number(wanted, "from")?, optional(wanted, "reply_to"));
            if let Ok(bot) = number(wanted, "bot") {
                return telegram.write_private(bot, from, text("text"), reply_to).map(Value::from);
            }
            let (chat_id, thread_id) = (number(wanted, "chat_id")?, optional(wanted, "thread_id"));
            let text = text("text").to_owned();
            telegram
                .post(Post { chat_id, thread_id, from, text, reply_to, ..Post::default() })
                .map(Value::from)
        }
        "edit" => {
            let (chat_id, message_id) = (number(wanted, "chat_id")?, id(wanted, "message_id")?);
            telegram.edit(chat_id, message_id, text("text")).map(|()| Value::Null)
        }
        "press" => {
            let chat_id = number(wanted, "chat_id")?;
            let chat = match wanted["bot"].as_i64() {
                Some(bot) => Where::Private { bot, person: chat_id },
                None => Where::Group(chat_id),
            };
            let (message_id, from) = (id(wanted, "message_id")?, number(wanted, "from")?);
            telegram.press(chat, message_id, from, text("button")).map(Value::from)
        }
        "topic" => {
            let (chat_id, thread_id) = (number(wanted, "chat_id")?, id(wanted, "thread_id")?);
            let done = match text("what") {
                "delete" => telegram.delete_topic(chat_id, thread_id),
                "close" => telegram.set_closed(chat_id, thread_id, true),
                "reopen" => telegram.set_closed(chat_id, thread_id, false),
                _ => Err(Nobody),
            };
            done.map(|()| Value::Null)
        }
        "standing" => {
            let (chat_id, who) = (number(wanted, "chat_id")?, number(wanted, "id")?);
            let by = wanted["by"].as_i64().unwrap_or(1);
            telegram.set_standing(chat_id, who, standing(wanted)?, by).map(|()| Value::Null)
        }
        "fail" => {
            let method = wanted["method"].as_str().map(str::to_owned);
            let times = wanted["times"].as_u64().and_then(|it| u32::try_from(it).ok());
            let chat_id = wanted["chat_id"].as_i64();
            telegram.fail(Rule { method, chat_id, fault: fault(wanted)?, times });
            Ok(Value::Null)
        }
        "heal" => {
            telegram.heal();
            Ok(Value::Null)
        }
        "advance" => {
            telegram.advance(Duration::from_millis(wanted["ms"].as_u64().ok_or(Nobody)?));
            Ok(json!(telegram.now_ms()))
        }
        _ => Err(Nobody),
    }
}

fn standing(wanted: &Value) -> Result<Standing, Nobody> {
    let right = |key: &str| wanted[key].as_bool().unwrap_or(true);
    match wanted["standing"].as_str() {
        Some("kicked") => Ok(Standing::Kicked),
        Some("left") => Ok(Standing::Left),
        Some("member") => Ok(Standing::Member),
        Some("administrator") => Ok(Standing::Administrator {
            topics: right("topics"),
            pins: right("pins"),
            deletes: right("deletes"),
        }),
        _ => Err(Nobody),
    }
}

fn fault(wanted: &Value) -> Result<Fault, Nobody> {
    let code = |usual: u16| wanted["code"].as_u64().and_then(|it| u16::try_from(it).ok()).unwrap_or(usual);
    Ok(match wanted["fault"].as_str() {
        Some("flood") => Fault::Flood { retry_after: wanted["retry_after"].as_u64().unwrap_or(5) },
        Some("status") => Fault::Status { code: code(502) },
        Some("slow") => Fault::Slow(Duration::from_millis(wanted["ms"].as_u64().unwrap_or(1000))),
        Some("lose") => Fault::LoseAnswer,
        Some("hang") => Fault::Hang,
        Some("refuse") => {
            let description = wanted["description"].as_str().unwrap_or("Bad Request: refused").to_owned();
            Fault::Refuse { code: code(400), description }
        }
        _ => return Err(Nobody),
    })
}

fn send(telegram: &Telegram, query: &HashMap<String, String>, bytes: Bytes) -> Result<Value, Nobody> {
    let text = |key: &str| query.get(key).cloned().unwrap_or_default();
    let kind = Some(text("kind")).filter(|it| !it.is_empty()).unwrap_or_else(|| "document".to_owned());
    if !matches!(kind.as_str(), "photo" | "voice" | "audio" | "document" | "video") {
        return Err(Nobody);
    }
    let post = Post {
        chat_id: text("chat_id").parse().map_err(|_| Nobody)?,
        thread_id: text("thread_id").parse().ok(),
        from: text("from").parse().map_err(|_| Nobody)?,
        text: text("caption"),
        file: Some(NewFile { kind, bytes, name: text("name"), mime: text("mime") }),
        ..Post::default()
    };
    telegram.post(post).map(Value::from)
}
