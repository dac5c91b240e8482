//! The clock is moved on: for the responder, the pretended Telegram and the page alike.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::{Reply, Response};

use super::Page;
use super::messages::problem;

/// Nobody waits for anything longer at once: a week.
const FURTHEST: Duration = Duration::from_secs(7 * 24 * 3600);

#[derive(Deserialize)]
struct Moved {
    ms: u64,
}

pub(super) fn routes(page: Arc<Page>) -> BoxedFilter<(Response,)> {
    warp::path!("play" / "clock")
        .and(warp::post())
        .and(warp::body::content_length_limit(1024))
        .and(warp::body::json())
        .map(move |moved: Moved| {
            let time = Duration::from_millis(moved.ms);
            if time.is_zero() || time > FURTHEST {
                return problem(
                    StatusCode::BAD_REQUEST,
                    "Часы можно перевести вперёд, не больше чем на неделю",
                );
            }
            page.setup.clock.advance(time);
            page.setup.telegram.advance(time);
            warp::reply::json(&json!({"ok": true, "ahead_ms": page.setup.clock.ahead_ms()})).into_response()
        })
        .boxed()
}
