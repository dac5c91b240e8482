//! Release ↔ canonical bytes ↔ id.

use serde::Deserialize;
use thiserror::Error;

use crate::Release;

/// The newest format this build writes.
pub const FORMAT: u32 = 1;

/// Why stored bytes are not a release.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// Written by a build whose format this one does not know.
    #[error("release format {found} is not supported, this build reads {FORMAT}")]
    Unsupported {
        /// The format found.
        found: u32,
    },
    /// Not the JSON of a release.
    #[error("release cannot be read")]
    Malformed(#[from] serde_json::Error),
}

/// Canonical bytes: compact JSON with fields and keys in a fixed order.
///
/// # Panics
/// Never: every part of a release serialises to JSON.
#[must_use]
pub fn encode(release: &Release) -> Vec<u8> {
    serde_json::to_vec(release).expect("string keys and finite numbers always serialise")
}

/// Reads canonical bytes.
///
/// # Errors
/// [`DecodeError`] names the format when it is another one.
pub fn decode(bytes: &[u8]) -> Result<Release, DecodeError> {
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }
    let Head { format } = serde_json::from_slice(bytes)?;
    if format != FORMAT {
        return Err(DecodeError::Unsupported { found: format });
    }
    Ok(serde_json::from_slice(bytes)?)
}

/// The content address: the first 16 hex digits (64 bits) of blake3 over the canonical bytes.
#[must_use]
pub fn release_id(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..16].to_owned()
}
