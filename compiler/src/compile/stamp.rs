//! Whether a file is still the one that was read, without reading it.

use std::fs::Metadata;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A file that changed less than this before it was read may change once more without a new time of
/// change: the coarsest file systems count in twos of seconds.
const GRAIN_NS: i128 = 2_000_000_000;

/// What the file system says of a file or folder; links are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    bytes: u64,
    modified_ns: i128,
    /// Moves with every change and cannot be set back, where the system has it.
    changed_ns: i128,
    inode: u64,
}

impl Stamp {
    /// The stamp of what stands at `path`; `None` where there is nothing.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let found = path.metadata().ok()?;
        let modified_ns = since_epoch(found.modified().ok()?);
        let (changed_ns, inode) = inner(&found).unwrap_or((modified_ns, 0));
        Some(Self { bytes: found.len(), modified_ns, changed_ns, inode })
    }

    /// Whether a change after `read_ns` would have shown in the stamp.
    pub(super) fn is_settled(&self, read_ns: i128) -> bool {
        self.modified_ns.max(self.changed_ns) + GRAIN_NS < read_ns
    }
}

#[cfg(unix)]
fn inner(found: &Metadata) -> Option<(i128, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((i128::from(found.ctime()) * 1_000_000_000 + i128::from(found.ctime_nsec()), found.ino()))
}

#[cfg(not(unix))]
fn inner(_found: &Metadata) -> Option<(i128, u64)> {
    None
}

/// Now, nanoseconds since 1970.
pub(super) fn now_ns() -> i128 {
    since_epoch(SystemTime::now())
}

fn since_epoch(time: SystemTime) -> i128 {
    let whole = |it: std::time::Duration| i128::try_from(it.as_nanos()).unwrap_or(i128::MAX);
    time.duration_since(UNIX_EPOCH).map_or_else(|error| -whole(error.duration()), whole)
}
