//! The remote control of the pretend gateway, for tests that do not share its process.
//!
//! * `POST control/mode` `{"mode": "ok" | "fail" | "refuse" | "accept_then_drop" | "hang", "status"?, "times"?}`
//! * `GET control/calls`: every call so far.
//! * `GET control/next?jid&after&wait_ms`: the next message delivered to `jid` after call number
//!   `after`, or `null` when none came in `wait_ms` (a minute at most).

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::{Reply, Response};

use super::{Gateway, Mode};

#[derive(Deserialize)]
struct Wanted {
    mode: String,
    status: Option<u16>,
    times: Option<u32>,
}

#[derive(Deserialize)]
struct Next {
    jid: String,
    #[serde(default)]
    after: u64,
    #[serde(default)]
    wait_ms: u64,
}

const LONGEST_WAIT: Duration = Duration::from_secs(60);

pub(super) fn routes(gateway: Gateway) -> BoxedFilter<(Response,)> {
    let any = warp::any().map(move || gateway.clone());
    let mode = warp::path!("control" / "mode")
        .and(warp::post())
        .and(any.clone())
        .and(warp::body::content_length_limit(1024))
        .and(warp::body::json())
        .map(set_mode);
    let calls = warp::path!("control" / "calls")
        .and(warp::get())
        .and(any.clone())
        .map(|gateway: Gateway| warp::reply::json(&gateway.calls()).into_response());
    let next = warp::path!("control" / "next").and(warp::get()).and(any).and(warp::query()).then(
        |gateway: Gateway, next: Next| async move {
            let patience = Duration::from_millis(next.wait_ms).min(LONGEST_WAIT);
            warp::reply::json(&gateway.wait_for(&next.jid, next.after, patience).await).into_response()
        },
    );
    mode.or(calls).unify().or(next).unify().boxed()
}

fn set_mode(gateway: Gateway, wanted: Wanted) -> Response {
    let mode = match wanted.mode.as_str() {
        "ok" => Mode::Ok,
        "fail" => Mode::Fail { status: wanted.status.unwrap_or(503) },
        "refuse" => Mode::Refuse,
        "accept_then_drop" => Mode::AcceptThenDrop,
        "hang" => Mode::Hang,
        _ => {
            let reply = warp::reply::json(&json!({"ok": false, "message": "unknown mode"}));
            return warp::reply::with_status(reply, warp::http::StatusCode::BAD_REQUEST).into_response();
        }
    };
    gateway.set_mode(mode, wanted.times);
    warp::reply::json(&json!({"ok": true})).into_response()
}
