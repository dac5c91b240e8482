//! What of a release is at hand for every tenant, also for those that nobody writes to.

use serde::{Deserialize, Serialize};

use crate::{Agent, Branch, Client, DecodeError, FORMAT, Release};

/// Who the tenant is and how it is reached: enough to take its messages in. Some kilobytes, where a
/// release takes half a megabyte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Version of this format, [`crate::FORMAT`].
    pub format: u32,
    /// The tenant.
    pub client: Client,
    /// Its points.
    pub branches: Vec<Branch>,
    /// Its people.
    pub agents: Vec<Agent>,
}

impl Head {
    /// The head of a release.
    #[must_use]
    pub fn of(release: &Release) -> Self {
        Self {
            format: release.format,
            client: release.client.clone(),
            branches: release.branches.clone(),
            agents: release.agents.clone(),
        }
    }

    /// Compact JSON with fields and keys in a fixed order.
    ///
    /// # Panics
    /// Never: every part of a head serialises to JSON.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("string keys and finite numbers always serialise")
    }

    /// Reads what [`Head::encode`] wrote.
    ///
    /// # Errors
    /// As for [`crate::decode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let head: Self = serde_json::from_slice(bytes)?;
        if head.format != FORMAT {
            return Err(DecodeError::Unsupported { found: head.format });
        }
        Ok(head)
    }
}
