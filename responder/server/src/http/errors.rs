//! Answers, in the one shape that every webhook answer has.

use serde::Serialize;
use warp::http::StatusCode;
use warp::reject::{
    InvalidQuery, LengthRequired, MethodNotAllowed, PayloadTooLarge, Rejection, UnsupportedMediaType,
};
use warp::reply::{Reply, Response};

/// The body of every webhook answer.
#[derive(Serialize)]
struct Answer<'a> {
    success: bool,
    message: &'a str,
    conversation_id: Option<&'a str>,
    bot_response: Option<&'a str>,
}

/// Success or a refusal that the gateway must not retry: 200.
pub(crate) fn answer(success: bool, message: &str, conversation_id: Option<&str>) -> Response {
    warp::reply::json(&Answer { success, message, conversation_id, bot_response: None }).into_response()
}

/// A failure.
pub(crate) fn failure(status: StatusCode, message: &str) -> Response {
    warp::reply::with_status(answer(false, message, None), status).into_response()
}

/// Unknown, unready and deleted tenants, missing and wrong secrets: one answer, to the byte.
pub(crate) fn unauthorized() -> Response {
    #[derive(Serialize)]
    struct Unauthorized {
        success: bool,
        message: &'static str,
    }
    let body = warp::reply::json(&Unauthorized { success: false, message: "Unauthorized" });
    warp::reply::with_status(body, StatusCode::UNAUTHORIZED).into_response()
}

/// A request that no route took.
pub(crate) fn rejected(rejection: &Rejection) -> Response {
    let (status, message) = if rejection.is_not_found() {
        (StatusCode::NOT_FOUND, "Not found")
    } else if rejection.find::<PayloadTooLarge>().is_some() {
        (StatusCode::PAYLOAD_TOO_LARGE, "Payload too large")
    } else if rejection.find::<LengthRequired>().is_some() {
        (StatusCode::LENGTH_REQUIRED, "Length required")
    } else if rejection.find::<UnsupportedMediaType>().is_some() {
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type")
    } else if rejection.find::<InvalidQuery>().is_some()
        || rejection.find::<warp::filters::body::BodyDeserializeError>().is_some()
    {
        (StatusCode::BAD_REQUEST, "Bad request")
    } else if rejection.find::<MethodNotAllowed>().is_some() {
        (StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
    } else {
        (StatusCode::INTERNAL_SERVER_ERROR, "Internal error")
    };
    failure(status, message)
}
