//! One tenant as served: the head of its release, its secrets and its numbers resolved.

use std::sync::Arc;

use format::{Head, Settings, Standing, Status};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use secrecy::SecretString;

use crate::awake::Wits;
use crate::desk::Bot;
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

/// A release as far as it is at hand; shared by every [`Tenant`] built on it.
#[derive(Clone)]
pub(crate) struct Prepared {
    pub(crate) head: Arc<Head>,
    pub(crate) wits: Arc<Wits>,
    /// The index holds all of its passages, as far as is known.
    pub(crate) indexed: bool,
}

/// What was resolved outside of the release.
#[derive(Clone)]
pub(crate) struct Resolved {
    pub(crate) keys: WebhookKeys,
    pub(crate) numbers: Numbers,
    /// The bot that speaks for it in Telegram.
    pub(crate) bot: Option<Bot>,
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
        self.prepared.wits.release_id()
    }

    /// Who it is and how it is reached.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.prepared.head
    }

    /// Its settings.
    pub(crate) fn settings(&self) -> &Settings {
        &self.prepared.head.client.settings
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

    /// Its release, asleep or awake.
    pub(crate) fn wits(&self) -> &Arc<Wits> {
        &self.prepared.wits
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

    pub(crate) fn bot(&self) -> Option<&Bot> {
        self.resolved.bot.as_ref()
    }

    pub(crate) fn is_suspended(&self) -> bool {
        self.head().client.status == Status::Suspended
    }

    pub(crate) fn is_deleted(&self) -> bool {
        self.head().client.status == Status::Deleted
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
