//! One tenant as served: its release made ready, its secrets and its numbers resolved.

use std::sync::{Arc, OnceLock};

use decide::Mind;
use format::{Release, Standing, Status};
use index::Library;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use secrecy::SecretString;

use crate::numbers::Numbers;
use crate::secrets::WebhookKeys;

/// Whether a tenant is served. Each word says what is wrong, such as `webhook_secret_unresolved`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// All is well.
    Ready,
    /// Served, but something is wrong.
    Degraded(Vec<String>),
    /// Its webhook answers 401.
    Unready(Vec<String>),
}

/// A release made ready to answer; shared by every [`Tenant`] built on it.
#[derive(Clone)]
pub(crate) struct Prepared {
    pub(crate) release_id: String,
    pub(crate) wits: Arc<Wits>,
    pub(crate) library: Library,
    /// The index holds all of its passages.
    pub(crate) indexed: bool,
}

/// A release and, once somebody has written to its tenant, the mind that answers from it: most
/// tenants of a large house are silent most of the time, and a mind takes megabytes.
pub(crate) struct Wits {
    release: Arc<Release>,
    mind: OnceLock<Mind>,
}

impl Wits {
    pub(crate) fn of(release: Release) -> Self {
        Self { release: Arc::new(release), mind: OnceLock::new() }
    }

    pub(crate) fn release(&self) -> &Arc<Release> {
        &self.release
    }

    fn mind(&self) -> &Mind {
        self.mind.get_or_init(|| Mind::new(Arc::clone(&self.release)))
    }
}

/// What was resolved outside of the release.
#[derive(Clone)]
pub(crate) struct Resolved {
    pub(crate) keys: WebhookKeys,
    pub(crate) numbers: Numbers,
    /// The tenant's own gateway token: `Some(None)` when it names one that cannot be resolved.
    pub(crate) token: Option<Option<SecretString>>,
    pub(crate) zone: TimeZone,
}

/// One tenant as served.
pub struct Tenant {
    slug: String,
    standing: Standing,
    prepared: Prepared,
    resolved: Resolved,
    readiness: Readiness,
}

impl Tenant {
    pub(crate) fn new(
        slug: String,
        standing: Standing,
        prepared: Prepared,
        resolved: Resolved,
        readiness: Readiness,
    ) -> Self {
        Self { slug, standing, prepared, resolved, readiness }
    }

    /// Its slug.
    #[must_use]
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// Id of the release it is served from.
    #[must_use]
    pub fn release_id(&self) -> &str {
        &self.prepared.release_id
    }

    /// The release it is served from.
    #[must_use]
    pub fn release(&self) -> &Arc<Release> {
        self.prepared.wits.release()
    }

    /// Plan and company.
    #[must_use]
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Whether it is served.
    #[must_use]
    pub fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// Its passages, to be searched.
    #[must_use]
    pub fn library(&self) -> &Library {
        &self.prepared.library
    }

    /// Its release, ready to be asked. The first call takes milliseconds.
    #[must_use]
    pub fn mind(&self) -> &Mind {
        self.prepared.wits.mind()
    }

    /// Whether the next call of [`Tenant::mind`] is the first.
    pub(crate) fn is_asleep(&self) -> bool {
        self.prepared.wits.mind.get().is_none()
    }

    pub(crate) fn keys(&self) -> &WebhookKeys {
        &self.resolved.keys
    }

    pub(crate) fn numbers(&self) -> &Numbers {
        &self.resolved.numbers
    }

    pub(crate) fn token(&self) -> Option<&Option<SecretString>> {
        self.resolved.token.as_ref()
    }

    pub(crate) fn is_suspended(&self) -> bool {
        self.release().client.status == Status::Suspended
    }

    pub(crate) fn is_deleted(&self) -> bool {
        self.release().client.status == Status::Deleted
    }

    /// The tenant's local time at this Unix millisecond.
    pub(crate) fn local(&self, now_ms: i64) -> Zoned {
        let at = Timestamp::from_millisecond(now_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        at.to_zoned(self.resolved.zone.clone())
    }

    /// The tenant's local month, `YYYY-MM`.
    pub(crate) fn month(&self, now_ms: i64) -> String {
        self.local(now_ms).strftime("%Y-%m").to_string()
    }
}
