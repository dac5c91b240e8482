//! The HTTP face of the pretend Bot API.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::{Reply, Response};

use super::Telegram;
use super::api::{Asked, Refusal, not_found};
use super::args::Args;
use super::fault::{self, Fault};
use super::world::Call;

pub(super) fn routes(telegram: Telegram) -> BoxedFilter<(Response,)> {
    let any = warp::any().map(move || telegram.clone());
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    let kind = warp::header::optional::<String>("content-type");
    let posted = warp::post().and(warp::body::bytes());
    let bare = warp::get().map(Bytes::new);
    let call =
        warp::path!(String / String)
            .and(any.clone())
            .and(query)
            .and(kind)
            .and(posted.or(bare).unify())
            .and_then(
                |bot: String,
                 method: String,
                 telegram: Telegram,
                 query: String,
                 kind: Option<String>,
                 body| async move {
                    let Some(token) = bot.strip_prefix("bot") else { return Err(warp::reject::not_found()) };
                    Ok(answer(
                        &telegram,
                        token,
                        &method,
                        Args::read(&query, &kind.unwrap_or_default(), &body),
                    )
                    .await)
                },
            );
    let file = warp::path("file")
        .and(warp::path::param::<String>())
        .and(warp::path::tail())
        .and(warp::get())
        .and(any)
        .then(|bot: String, path: warp::path::Tail, telegram: Telegram| async move {
            fetched(&telegram, &bot, path.as_str()).await
        });
    file.or(call).unify().boxed()
}

async fn answer(telegram: &Telegram, token: &str, method: &str, args: Option<Args>) -> Response {
    let unauthorized = || Refusal { code: 401, description: "Unauthorized".to_owned(), ..not_found() };
    let Some(bot) = telegram.bot_of(token) else { return refused(&unauthorized()) };
    let Some(args) = args else { return refused(&super::api::bad("can't parse the request")) };
    let chat_id = args.number("chat_id");
    let found = fault::next(&mut telegram.world().rules, method, chat_id);
    let note = |done: bool, code: u16| telegram.note(bot, method, chat_id, done, code);
    match &found {
        Some(Fault::Flood { retry_after }) => {
            note(false, 429);
            return refused(&super::api::flood(*retry_after));
        }
        Some(Fault::Refuse { code, description }) => {
            note(false, *code);
            let description = description.clone();
            return refused(&Refusal { code: *code, description, retry_after: None, moved_to: None });
        }
        Some(Fault::Status { code }) => {
            note(false, *code);
            let status = StatusCode::from_u16(*code).unwrap_or(StatusCode::BAD_GATEWAY);
            return warp::reply::with_status("<html>server error</html>", status).into_response();
        }
        Some(Fault::Hang) => {
            note(false, 0);
            return std::future::pending().await;
        }
        Some(Fault::Slow(time)) => tokio::time::sleep(*time).await,
        Some(Fault::LoseAnswer) | None => {}
    }
    let result = if method.eq_ignore_ascii_case("getupdates") {
        updates(telegram, bot, &args).await
    } else {
        let asked = Asked { bot, args: &args, now_ms: telegram.now_ms(), options: &telegram.shared.options };
        telegram.world().call(method, &asked)
    };
    let code = result.as_ref().map_or_else(|it| it.code, |_| 200);
    let is_lost = found == Some(Fault::LoseAnswer);
    note(result.is_ok(), if is_lost { 0 } else { code });
    if is_lost {
        // A body that fails makes the server close the connection in the middle of the answer.
        let cut = std::io::Error::from(std::io::ErrorKind::ConnectionAborted);
        let body = futures_util::stream::once(async { Err::<Bytes, _>(cut) });
        return warp::reply::stream(body).into_response();
    }
    match result {
        Ok(result) => warp::reply::json(&json!({"ok": true, "result": result})).into_response(),
        Err(refusal) => refused(&refusal),
    }
}

/// Waits for updates, unless there are some, somebody else asks, or a webhook is set.
async fn updates(telegram: &Telegram, bot: i64, args: &Args) -> Result<Value, Refusal> {
    let conflict =
        |what: &str| Refusal { code: 409, description: format!("Conflict: {what}"), ..not_found() };
    let hooked =
        "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
    let other = "terminated by other getUpdates request; make sure that only one bot instance is running";
    let offset = args.number("offset").unwrap_or(0);
    let limit = args.number("limit").and_then(|it| usize::try_from(it).ok()).unwrap_or(100).clamp(1, 100);
    let wait = Duration::from_secs(
        args.number("timeout").and_then(|it| u64::try_from(it).ok()).unwrap_or(0).min(50),
    );
    let mut changes = telegram.shared.changes.subscribe();
    let mine = {
        let mut world = telegram.world();
        let asked = Asked { bot, args, now_ms: telegram.now_ms(), options: &telegram.shared.options };
        world.allow(&asked);
        let Some(bot) = world.bots.get_mut(&bot) else { return Err(not_found()) };
        if bot.hook.is_some() {
            return Err(conflict(hooked));
        }
        bot.poll += 1;
        bot.poll
    };
    telegram.changed();
    let deadline = tokio::time::Instant::now() + wait;
    loop {
        changes.borrow_and_update();
        {
            let mut world = telegram.world();
            let (poll, is_hooked) =
                world.bots.get(&bot).map_or((0, false), |it| (it.poll, it.hook.is_some()));
            if poll != mine {
                return Err(conflict(if is_hooked { hooked } else { other }));
            }
            let found = world.fetch(bot, offset, limit);
            if !found.is_empty() {
                return Ok(Value::Array(found));
            }
        }
        match tokio::time::timeout_at(deadline, changes.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return Ok(json!([])),
        }
    }
}

fn refused(refusal: &Refusal) -> Response {
    let mut body = json!({"ok": false, "error_code": refusal.code, "description": refusal.description});
    if let Some(seconds) = refusal.retry_after {
        body["parameters"] = json!({"retry_after": seconds});
    }
    if let Some(id) = refusal.moved_to {
        body["parameters"] = json!({"migrate_to_chat_id": id});
    }
    let status = StatusCode::from_u16(refusal.code).unwrap_or(StatusCode::BAD_REQUEST);
    warp::reply::with_status(warp::reply::json(&body), status).into_response()
}

/// A download, with what may go wrong with it: rules meet it as the method `file`.
async fn fetched(telegram: &Telegram, bot: &str, path: &str) -> Response {
    let found = fault::next(&mut telegram.world().rules, "file", None);
    match found {
        Some(Fault::Flood { retry_after }) => refused(&super::api::flood(retry_after)),
        Some(Fault::Refuse { code, description }) => {
            refused(&Refusal { code, description, retry_after: None, moved_to: None })
        }
        Some(Fault::Status { code }) => {
            let status = StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_GATEWAY);
            warp::reply::with_status("<html>server error</html>", status).into_response()
        }
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Slow(time)) => {
            tokio::time::sleep(time).await;
            download(telegram, bot, path)
        }
        Some(Fault::LoseAnswer) => half(download(telegram, bot, path)),
        None => download(telegram, bot, path),
    }
}

/// The head of an answer and nothing after it: the connection breaks.
fn half(whole: Response) -> Response {
    let cut = std::io::Error::from(std::io::ErrorKind::ConnectionAborted);
    let body = futures_util::stream::once(async { Err::<Bytes, _>(cut) });
    let mut answer = warp::reply::stream(body).into_response();
    *answer.headers_mut() = whole.headers().clone();
    answer
}

fn download(telegram: &Telegram, bot: &str, path: &str) -> Response {
    let number = path.rsplit_once('_').and_then(|(_, number)| number.parse::<u64>().ok());
    let world = telegram.world();
    let file = number.and_then(|number| world.files.iter().find(|it| it.number == number));
    let token = bot.strip_prefix("bot").unwrap_or_default();
    match file {
        Some(file) if world.bots.values().any(|it| it.token == token) => {
            warp::reply::with_header(file.bytes.to_vec(), "content-type", "application/octet-stream")
                .into_response()
        }
        _ => refused(&not_found()),
    }
}

impl Telegram {
    fn bot_of(&self, token: &str) -> Option<i64> {
        self.world().bots.iter().find(|(_, bot)| bot.token == token).map(|(id, _)| *id)
    }

    fn note(&self, bot: i64, method: &str, chat_id: Option<i64>, done: bool, code: u16) {
        let at_ms = self.now_ms();
        {
            let mut world = self.world();
            let seq = world.calls.len() as u64 + 1;
            world.calls.push(Call { seq, bot, method: method.to_owned(), chat_id, at_ms, done, code });
        }
        self.changed();
    }
}
