//! The tenants as they are served right now: an immutable map, swapped whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::tenant::{Readiness, Tenant};

/// All tenants at one moment.
#[derive(Default)]
pub struct Snapshot {
    /// Tenants with a release that can be read, by slug.
    pub tenants: BTreeMap<String, Arc<Tenant>>,
    /// Published tenants of which no release can be read: the slug and a short word why.
    pub unreadable: BTreeMap<String, String>,
    /// False only before the first load.
    pub loaded: bool,
}

impl Snapshot {
    /// The tenant whose webhook is open; deleted and unready ones are as if they did not exist.
    #[must_use]
    pub fn served(&self, slug: &str) -> Option<&Arc<Tenant>> {
        self.tenants
            .get(slug)
            .filter(|it| !it.is_deleted() && !matches!(it.readiness(), Readiness::Unready(_)))
    }
}
