//! Which failures of the server pass by themselves, and how long to wait for that.

use std::time::Duration;

use qdrant_client::QdrantError;
use tonic::Code;
use uuid::Uuid;

/// Pauses before a call is made again; each up to a half longer, so that replicas do not come back
/// all at once.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(800),
    Duration::from_secs(2),
];

/// Calls until it works, cannot work, or has been tried often enough. Every call of ours may be
/// repeated: writes name their points.
pub(super) async fn patiently<T>(call: impl AsyncFn() -> Result<T, QdrantError>) -> Result<T, QdrantError> {
    with_pauses(&PAUSES, call).await
}

async fn with_pauses<T>(
    pauses: &[Duration],
    call: impl AsyncFn() -> Result<T, QdrantError>,
) -> Result<T, QdrantError> {
    for pause in pauses {
        match call().await {
            Err(error) if passes(&error) => tokio::time::sleep(asked_pause(&error, *pause)).await,
            settled => return settled,
        }
    }
    call().await
}

/// Whether the same call may work a little later.
fn passes(error: &QdrantError) -> bool {
    match error {
        QdrantError::ResourceExhaustedError { .. } => true,
        QdrantError::ResponseError { status } => match status.code() {
            Code::Unavailable
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
            | Code::Aborted
            | Code::Cancelled => true,
            // The client reports a connection that was refused or broken in these.
            Code::Internal | Code::Unknown => {
                let message = status.message();
                message.contains("connect")
                    || message.contains("transport")
                    || message.contains("h2 protocol")
            }
            _ => false,
        },
        _ => false,
    }
}

fn asked_pause(error: &QdrantError, pause: Duration) -> Duration {
    if let QdrantError::ResourceExhaustedError { retry_after_seconds, .. } = error {
        return Duration::from_secs(*retry_after_seconds).min(Duration::from_secs(5));
    }
    let chance = u32::from(Uuid::new_v4().as_bytes()[0]);
    pause + pause * chance / 512
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use qdrant_client::QdrantError;
    use tonic::{Code, Status};

    use super::with_pauses;

    fn failure(code: Code, message: &str) -> QdrantError {
        QdrantError::ResponseError { status: Status::new(code, message) }
    }

    #[tokio::test]
    async fn what_passes_is_tried_again_and_nothing_else() {
        for (code, message, calls) in [
            (Code::Unavailable, "", 3),
            (Code::Internal, "Failed to connect to http://localhost:1", 3),
            (Code::Internal, "index out of bounds", 1),
            (Code::InvalidArgument, "", 1),
            (Code::Unauthenticated, "", 1),
        ] {
            let made = Cell::new(0);
            let call = async || {
                made.set(made.get() + 1);
                Err::<(), _>(failure(code, message))
            };
            assert!(with_pauses(&[Duration::ZERO; 2], call).await.is_err());
            assert_eq!(made.get(), calls, "{code:?} {message}");
        }
    }

    #[tokio::test]
    async fn it_ends_with_the_first_success() {
        let made = Cell::new(0);
        let call = async || {
            made.set(made.get() + 1);
            if made.get() < 3 { Err(failure(Code::Unavailable, "")) } else { Ok(made.get()) }
        };
        assert_eq!(with_pauses(&[Duration::ZERO; 2], call).await.unwrap(), 3);
    }
}
