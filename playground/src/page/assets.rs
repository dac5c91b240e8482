//! Style and scripts, compiled in: the page needs no build step and no network.

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::{Reply, Response};

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

const ASSETS: &[(&str, &str, &str)] = &[
    ("base.css", CSS, include_str!("assets/base.css")),
    ("chat.css", CSS, include_str!("assets/chat.css")),
    ("desk.css", CSS, include_str!("assets/desk.css")),
    ("panels.css", CSS, include_str!("assets/panels.css")),
    ("acts.js", JS, include_str!("assets/acts.js")),
    ("app.js", JS, include_str!("assets/app.js")),
    ("bench.js", JS, include_str!("assets/bench.js")),
    ("chat.js", JS, include_str!("assets/chat.js")),
    ("clock.js", JS, include_str!("assets/clock.js")),
    ("desk.js", JS, include_str!("assets/desk.js")),
    ("dom.js", JS, include_str!("assets/dom.js")),
    ("letters.js", JS, include_str!("assets/letters.js")),
    ("markup.js", JS, include_str!("assets/markup.js")),
    ("queue.js", JS, include_str!("assets/queue.js")),
    ("rooms.js", JS, include_str!("assets/rooms.js")),
    ("why.js", JS, include_str!("assets/why.js")),
    ("words.js", JS, include_str!("assets/words.js")),
    ("mark.svg", SVG, include_str!("assets/mark.svg")),
];

pub(super) fn routes() -> BoxedFilter<(Response,)> {
    warp::path!("play" / "assets" / String)
        .and(warp::get())
        .and_then(|name: String| async move {
            let found = ASSETS.iter().find(|it| it.0 == name);
            found.map(|it| serve(it.1, it.2)).ok_or_else(warp::reject::not_found)
        })
        .boxed()
}

/// A text that browsers neither keep nor guess about: another build may serve another one.
pub(super) fn serve(kind: &'static str, text: impl Into<String>) -> Response {
    let mut response = text.into().into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        ("content-type", kind),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        headers.insert(name, warp::http::HeaderValue::from_static(value));
    }
    response
}
