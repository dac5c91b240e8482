//! What errors of an OpenAI-compatible API mean.

use std::time::Duration;

use async_openai::error::{ApiErrorResponse, OpenAIError};
use index::Noted;
use reqwest::StatusCode;

use crate::care::Ill;

/// What an error means: whether asking again may help, and when.
pub(super) fn illness(error: &OpenAIError, noted: Noted) -> Ill {
    match error {
        OpenAIError::Reqwest(it) if it.is_timeout() => Ill::Slow,
        OpenAIError::Reqwest(it) if it.is_connect() => Ill::Passes,
        OpenAIError::Reqwest(_) => Ill::Refuses,
        // Without money left, asking again changes nothing.
        OpenAIError::ApiError(ApiErrorResponse { api_error, .. })
            if [&api_error.code, &api_error.r#type].iter().any(|it| it.as_deref() == Some(NO_MONEY)) =>
        {
            Ill::Refuses
        }
        _ => noted.status.map_or(Ill::Refuses, |status| by_status(status, noted.retry_after)),
    }
}

fn by_status(status: StatusCode, retry_after: Option<Duration>) -> Ill {
    match status.as_u16() {
        408 | 409 | 429 | 500.. => retry_after.map_or(Ill::Passes, Ill::Later),
        // The endpoint works; it is this question that it cannot answer.
        200..300 | 400 | 413 | 422 => Ill::Answered,
        // What the question names is not there: the mistake of whoever wrote it.
        403 | 404 => Ill::Unfit,
        _ => Ill::Refuses,
    }
}

/// What the endpoint calls it when it is not paid.
const NO_MONEY: &str = "insufficient_quota";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_tell_what_passes() {
        let later = Some(Duration::from_secs(7));
        for status in [408, 409, 429, 500, 502, 503, 529] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(by_status(status, None), Ill::Passes, "{status}");
            assert_eq!(by_status(status, later), Ill::Later(Duration::from_secs(7)), "{status}");
        }
        let kinds = [(401, Ill::Refuses), (403, Ill::Unfit), (404, Ill::Unfit), (400, Ill::Answered)];
        for (status, error) in kinds {
            assert_eq!(by_status(StatusCode::from_u16(status).unwrap(), later), error, "{status}");
        }
    }
}
