//! The tenants as they are served right now: an immutable map, swapped whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use decide::Mind;
use format::{Release, Standing};

/// Whether a tenant is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// All is well.
    Ready,
    /// Served, but something is wrong: each a short word such as `release_unreadable`.
    Degraded(Vec<String>),
    /// Its webhook answers 401, because of this.
    Unready(Vec<String>),
}

/// One tenant as served.
pub struct Tenant {
    release_id: String,
    standing: Standing,
    mind: Arc<Mind>,
    readiness: Readiness,
}

impl Tenant {
    /// Id of the live release.
    #[must_use]
    pub fn release_id(&self) -> &str {
        &self.release_id
    }

    /// The live release.
    #[must_use]
    pub fn release(&self) -> &Arc<Release> {
        self.mind.release()
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
}

/// All tenants at one moment, by slug.
#[derive(Default)]
pub struct Snapshot {
    /// Tenants by slug.
    pub tenants: BTreeMap<String, Arc<Tenant>>,
}
