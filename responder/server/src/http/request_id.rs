//! Every answer carries the id under which the logs speak of the request.

use uuid::Uuid;
use warp::http::{HeaderMap, HeaderValue};
use warp::reply::Response;

const NAME: &str = "x-request-id";
const LONGEST: usize = 64;

/// The caller's id where it has a harmless one, else a new one.
pub(crate) fn of(headers: &HeaderMap) -> String {
    let harmless = |it: &&str| {
        !it.is_empty() && it.len() <= LONGEST && it.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    headers
        .get(NAME)
        .and_then(|it| it.to_str().ok())
        .filter(harmless)
        .map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

/// Puts `id` on the answer, unless it carries one.
pub(crate) fn put(mut response: Response, id: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(id) {
        response.headers_mut().entry(NAME).or_insert(value);
    }
    response
}
