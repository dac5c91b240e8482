//! PostgreSQL's errors in our words. None of them shows a password or the values of a row.

use std::error::Error;

use deadpool_postgres::{HookError, PoolError, TimeoutType};
use tokio_postgres::error::SqlState;

use crate::StoreError;

impl From<tokio_postgres::Error> for StoreError {
    fn from(err: tokio_postgres::Error) -> Self {
        let Some(refused) = err.as_db_error() else { return Self::Unavailable(with_causes(&err)) };
        // Only the message: details hold values.
        Self::Unavailable(match *refused.code() {
            SqlState::LOCK_NOT_AVAILABLE => "another write holds the store for too long".to_owned(),
            SqlState::QUERY_CANCELED => "the server took too long over a statement".to_owned(),
            _ => refused.message().to_owned(),
        })
    }
}

/// What went wrong with the connection, down to what the system or TLS says.
fn with_causes(err: &dyn Error) -> String {
    let mut told = err.to_string();
    let mut cause = err.source();
    while let Some(err) = cause {
        let more = err.to_string();
        if !told.ends_with(&more) {
            told.push_str(": ");
            told.push_str(&more);
        }
        cause = err.source();
    }
    told
}

impl From<PoolError> for StoreError {
    fn from(err: PoolError) -> Self {
        Self::Unavailable(match err {
            PoolError::Backend(err) | PoolError::PostCreateHook(HookError::Backend(err)) => {
                return err.into();
            }
            PoolError::Timeout(TimeoutType::Create) => "the server does not answer".to_owned(),
            PoolError::Timeout(_) => "every connection is busy".to_owned(),
            other => other.to_string(),
        })
    }
}
