//! Files of people's, for the gateway: nothing but the file behind a pass, for as long as that holds.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use telegram::client::Download;
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument as _;
use warp::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    HeaderName, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use warp::http::{HeaderMap, HeaderValue, Method, StatusCode};
use warp::reply::{Reply, Response};

use super::{errors, request_id};
use crate::desk::{self, Closed, Opened};
use crate::engine::Engine;
use crate::spans;

/// What a file is never to do: be read by others, be taken for a page, be kept on the way.
const ALWAYS: [(HeaderName, &str); 3] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    (CACHE_CONTROL, "private, no-store"),
];

/// Any method on the path of a file. The name after the pass is for the gateway alone.
pub(super) async fn give(engine: Arc<Engine>, pass: String, method: Method, headers: HeaderMap) -> Response {
    let id = request_id::of(&headers);
    let response = match method {
        Method::GET | Method::HEAD => {
            fetch(&engine, &pass, method == Method::GET).instrument(spans::request(&id)).await
        }
        _ => {
            let refused = errors::failure(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed");
            warp::reply::with_header(refused, ALLOW, "GET, HEAD").into_response()
        }
    };
    request_id::put(response, &id)
}

async fn fetch(engine: &Engine, pass: &str, whole: bool) -> Response {
    let (word, response) = match desk::open(engine, pass, whole).await {
        Ok(opened) => ("given", answer(opened)),
        Err(closed) => refusal(closed),
    };
    engine.telemetry.count("tenantry_file_fetches_total", &[("outcome", word)]);
    response
}

fn refusal(closed: Closed) -> (&'static str, Response) {
    let (word, status, message) = match closed {
        Closed::Unknown => ("unknown", StatusCode::NOT_FOUND, "Not found"),
        Closed::Gone => ("gone", StatusCode::GONE, "Gone"),
        Closed::TooBig => ("too_big", StatusCode::PAYLOAD_TOO_LARGE, "Payload too large"),
        Closed::Slow => ("slow", StatusCode::GATEWAY_TIMEOUT, "Try again later"),
        Closed::Busy => ("busy", StatusCode::SERVICE_UNAVAILABLE, "Try again later"),
        Closed::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE, "Try again later"),
    };
    let mut response = errors::failure(status, message);
    if matches!(closed, Closed::Busy | Closed::Unavailable) {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    (word, response)
}

fn answer(opened: Opened) -> Response {
    let Opened { mime, name, length, content } = opened;
    let mut response = match content {
        Some((download, room)) => warp::reply::stream(pieces(download, room)).into_response(),
        None => Response::default(),
    };
    let headers = response.headers_mut();
    headers.extend(ALWAYS.map(|(name, value)| (name, HeaderValue::from_static(value))));
    let mut put = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    put(CONTENT_TYPE, &mime);
    put(CONTENT_DISPOSITION, &disposition(&name));
    if let Some(length) = length {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}

/// What comes from Telegram, as it comes. A failure cuts the connection: half a file is no file.
fn pieces(
    download: Download,
    room: OwnedSemaphorePermit,
) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static {
    stream::try_unfold((download, room), |(mut download, room)| async move {
        match download.piece().await {
            Ok(piece) => Ok(piece.map(|it| (it, (download, room)))),
            Err(error) => {
                tracing::warn!(%error, "a file from Telegram broke off");
                Err(std::io::Error::other(error))
            }
        }
    })
}

/// A name for any reader: its plain letters for old ones, all of it, encoded, for the others.
fn disposition(name: &str) -> String {
    let plain = |it: char| it.is_ascii_graphic() && !"\"\\%;".contains(it) || it == ' ';
    let ascii: String = name.chars().map(|it| if plain(it) { it } else { '_' }).collect();
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn names_stay_within_their_quotes() {
        let said = disposition("прайс \"a\"; b.pdf");
        let expected = "attachment; filename=\"_____ _a__ b.pdf\"; \
            filename*=UTF-8''%D0%BF%D1%80%D0%B0%D0%B9%D1%81%20%22a%22%3B%20b.pdf";
        assert_eq!(said, expected);
    }
}
