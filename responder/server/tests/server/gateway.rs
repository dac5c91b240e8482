//! A fake ChatFlow: records every call and answers as it is told.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use warp::Filter;
use warp::http::StatusCode;
use warp::reply::{Reply, Response};

/// What one call is answered.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mood {
    /// HTTP 200, `success: true`.
    Fine,
    /// Another status.
    Status(u16),
    /// HTTP 429: it wants to be left alone for so many seconds.
    Busy(u32),
    /// HTTP 200, `success: false`.
    Refuses,
    /// Nothing, for this long; then fine.
    Hangs(Duration),
}

/// A call as it came.
pub(crate) type Call = HashMap<String, String>;

#[derive(Default)]
struct Book {
    moods: VecDeque<Mood>,
    calls: Vec<Call>,
}

/// The fake gateway; clones share everything.
#[derive(Clone)]
pub(crate) struct Gateway {
    book: Arc<Mutex<Book>>,
    pub(crate) url: String,
}

impl Gateway {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/api/v1", listener.local_addr().unwrap());
        let gateway = Self { book: Arc::default(), url };
        let shared = gateway.clone();
        let routes = warp::path!("api" / "v1" / "send-text")
            .and(warp::get())
            .and(warp::query::<Call>())
            .then(move |call| answer(shared.clone(), call));
        tokio::spawn(warp::serve(routes).incoming(listener).run());
        gateway
    }

    /// The next calls are answered so; later ones are fine.
    pub(crate) fn expects(&self, moods: impl IntoIterator<Item = Mood>) {
        self.book.lock().unwrap().moods.extend(moods);
    }

    /// Every call so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.book.lock().unwrap().calls.clone()
    }
}

async fn answer(gateway: Gateway, call: Call) -> Response {
    let mood = {
        let mut book = gateway.book.lock().unwrap();
        book.calls.push(call);
        book.moods.pop_front().unwrap_or(Mood::Fine)
    };
    let said = |success: bool| warp::reply::json(&serde_json::json!({"success": success})).into_response();
    match mood {
        Mood::Fine => said(true),
        Mood::Refuses => said(false),
        Mood::Status(code) => {
            warp::reply::with_status("failed", StatusCode::from_u16(code).unwrap()).into_response()
        }
        Mood::Busy(seconds) => {
            let busy = warp::reply::with_status("later", StatusCode::TOO_MANY_REQUESTS);
            warp::reply::with_header(busy, "retry-after", seconds.to_string()).into_response()
        }
        Mood::Hangs(time) => {
            tokio::time::sleep(time).await;
            said(true)
        }
    }
}
