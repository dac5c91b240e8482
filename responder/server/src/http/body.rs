//! A body, never more of it in memory than the cap.

use std::pin::pin;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};
use warp::http::HeaderMap;
use warp::http::header::{CONTENT_LENGTH, EXPECT};

use super::Body;

/// Of a body that is too large this much is still read and thrown away: a client that is answered
/// and cut off while it sends may never see the answer.
const READ_AWAY: u64 = 16 * 1024 * 1024;
/// … for this long.
const READ_AWAY_DEADLINE: Duration = Duration::from_secs(3);

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// Larger than the cap, by its declared or by its real length.
    TooLarge,
    /// It stopped coming.
    Broken,
}

/// Reads a body of at most `limit` bytes that has come within `deadline`.
pub(crate) async fn read(
    body: impl Body,
    headers: &HeaderMap,
    limit: usize,
    deadline: Duration,
) -> Result<Bytes, BodyError> {
    let mut body = pin!(body);
    let declared = headers.get(CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|it| it > limit as u64) {
        // A client that asked first has not begun to send.
        if !headers.contains_key(EXPECT) {
            read_away(&mut body).await;
        }
        return Err(BodyError::TooLarge);
    }
    let deadline = Instant::now() + deadline;
    let mut read = BytesMut::new();
    loop {
        match timeout_at(deadline, body.next()).await {
            Ok(Some(Ok(chunk))) if read.len() + chunk.remaining() > limit => {
                drop(read);
                read_away(&mut body).await;
                return Err(BodyError::TooLarge);
            }
            Ok(Some(Ok(chunk))) => read.put(chunk),
            Ok(None) => return Ok(read.freeze()),
            Ok(Some(Err(_))) | Err(_) => return Err(BodyError::Broken),
        }
    }
}

async fn read_away<B: Body>(body: &mut std::pin::Pin<&mut B>) {
    let deadline = Instant::now() + READ_AWAY_DEADLINE;
    let mut away = 0;
    while away < READ_AWAY
        && let Ok(Some(Ok(chunk))) = timeout_at(deadline, body.next()).await
    {
        away += chunk.remaining() as u64;
    }
}
