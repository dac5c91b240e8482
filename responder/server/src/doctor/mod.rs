//! `doctor`: looks at everything outside that tenants are served with. It asks and changes nothing:
//! no message is sent, no updates are fetched, no model is paid.
//!
//! ```text
//! house    store, queues, gateway, models, index: what all tenants share
//! tenant   release, secrets, numbers, passages
//! people   bot, groups, updates, owners in Telegram
//! ```
//!
//! One finding never hides another, every call has a deadline, and what secrets and numbers come to is
//! found by the same code that serves.

#[macro_use]
mod words;
mod house;
mod passages;
mod people;
mod probe;
mod secrets;
mod sheet;
mod tenant;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use format::{Head, Standing, Status};
use futures_util::StreamExt as _;
use runtime::{LiveRow, ReleaseStore, StateStore, StoreError};
use thiserror::Error;

use crate::Config;
use crate::resolve::{self, Findings};
use crate::tenant::Resolved;
use house::Shared;
use sheet::Sheet;

pub use sheet::{Finding, Outcome};
pub use words::Words;

/// One call of the outside may take this long.
const DEADLINE: Duration = Duration::from_secs(5);

/// Tenants looked at at once.
const AT_ONCE: usize = 8;

/// The runtime store, as far as it could be opened; `None` where nothing was ever kept.
pub struct Stores {
    /// What is published.
    pub releases: Result<Option<Arc<dyn ReleaseStore>>, StoreError>,
    /// What is kept of conversations.
    pub state: Result<Option<Arc<dyn StateStore>>, StoreError>,
}

/// The tenant that is asked about is not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the tenant is not published")]
pub struct NotPublished;

/// A published tenant: its head resolved as it is for serving, where the head can be read.
struct Patient {
    row: LiveRow,
    known: Option<(Head, Resolved, Findings)>,
}

/// Looks at one tenant, or at all: findings about what they share first, then tenant by tenant.
/// Must be called within a tokio runtime; `now_ms` is now in Unix milliseconds.
///
/// # Errors
/// [`NotPublished`] for the tenant that is asked about.
pub async fn examine(
    config: Config,
    stores: Stores,
    only: Option<&str>,
    now_ms: i64,
) -> Result<Vec<Finding>, NotPublished> {
    let mut sheet = Sheet::of(None);
    let (mut shared, patients) = house::examine(&mut sheet, config, stores, now_ms).await;
    if let (Some(slug), Some(all)) = (only, &patients)
        && !all.contains_key(slug)
    {
        return Err(NotPublished);
    }
    let mut findings = sheet.into_findings();
    let patients = patients.unwrap_or_default();
    let chosen = patients.into_iter().filter(|(slug, _)| only.is_none_or(|it| it == slug));
    let read = |(slug, patient)| tenant::read(&shared, slug, patient);
    let read: Vec<tenant::Read> =
        futures_util::stream::iter(chosen).map(read).buffered(AT_ONCE).collect().await;
    // Before anything slow: a responder that starts meanwhile wants an embedded index for itself.
    shared.index = None;
    let ask = |it| tenant::ask(&shared, it);
    let found: Vec<Vec<Finding>> =
        futures_util::stream::iter(read).map(ask).buffered(AT_ONCE).collect().await;
    findings.extend(found.into_iter().flatten());
    Ok(findings)
}

/// All that is published, secrets and numbers resolved; a number that two tenants name is refused to
/// the later one, as when serving. Blocks.
fn patients(config: &Config, releases: &dyn ReleaseStore) -> Result<BTreeMap<String, Patient>, StoreError> {
    let (rows, mut heads) = (releases.live()?, releases.heads()?);
    let mut taken = BTreeMap::new();
    let patient = |(slug, row): (String, LiveRow)| {
        let head = heads.remove(&slug).and_then(|it| crate::reload::head_of(&slug, &row, &it));
        let known = head.map(|head| {
            let (resolved, mut findings) = resolve::resolve(&head, config);
            if head.client.status != Status::Deleted {
                findings.claim_numbers(&slug, &resolved.numbers, &mut taken);
            }
            (head, resolved, findings)
        });
        (slug, Patient { row, known })
    };
    Ok(rows.into_iter().map(patient).collect())
}

/// Work that blocks, off the threads that ask; `None` where it took too long or broke.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::time::timeout(DEADLINE, tokio::task::spawn_blocking(work)).await.ok()?.ok()
}

/// What all checks of a tenant use.
struct Ward<'a> {
    shared: &'a Shared,
    slug: &'a str,
    head: &'a Head,
    standing: &'a Standing,
}
