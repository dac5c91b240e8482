//! The folder of an index: its lock, its marker, and building it anew.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use qdrant_edge::EdgeShard;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use text::lexical::ENCODER_ID;

use super::owner::panic_text;
use super::ranks::Ranks;
use super::{convert, shard};
use crate::{IndexError, Layout};

/// Version of the folder's contents: counts up with the engine's version and with the payload.
const VERSION: u32 = 3;

const LOCK: &str = "lock";
const MARKER: &str = "marker.json";
const SHARD: &str = "shard";

/// How an index came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// There was none.
    Made,
    /// It was there.
    Kept,
    /// There was one that could not be used.
    Rebuilt {
        /// Why not.
        reason: String,
    },
}

/// What the folder was made for; written last, so a folder without it is half made.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Marker {
    version: u32,
    lexical: String,
    layout: Layout,
}

impl Marker {
    fn of(layout: &Layout) -> Self {
        Self { version: VERSION, lexical: ENCODER_ID.to_owned(), layout: layout.clone() }
    }
}

/// An index's folder, locked for this process.
pub(super) struct Folder {
    path: PathBuf,
    origin: Origin,
    // Held open: the lock goes with it.
    _lock: File,
    _temporary: Option<TempDir>,
}

impl Folder {
    /// Locks a folder, making it if needed.
    pub(super) fn open(path: &Path) -> Result<Self, IndexError> {
        fs::create_dir_all(path).map_err(|it| refused(path, it))?;
        let lock = File::options().create(true).truncate(false).write(true).open(path.join(LOCK));
        let lock = lock.map_err(|it| refused(path, it))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(IndexError::Busy { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(refused(path, source)),
        }
        Ok(Self { path: path.to_owned(), origin: Origin::Made, _lock: lock, _temporary: None })
    }

    /// The same where somebody made it; makes nothing.
    pub(super) fn open_made(path: &Path) -> Result<Option<Self>, IndexError> {
        if path.join(MARKER).exists() { Self::open(path).map(Some) } else { Ok(None) }
    }

    /// A folder that is removed when this is dropped.
    pub(super) fn temporary() -> Result<Self, IndexError> {
        let temporary = tempfile::Builder::new().prefix("tenantry-index-").tempdir();
        let temporary = temporary.map_err(|it| refused(&std::env::temp_dir(), it))?;
        let folder = Self::open(temporary.path())?;
        Ok(Self { _temporary: Some(temporary), ..folder })
    }

    /// Where files of ranks are.
    pub(super) fn ranks(&self) -> Result<Ranks, IndexError> {
        Ranks::open(&self.path.join(SHARD)).map_err(|it| refused(&self.path, it))
    }

    /// Where it is.
    #[cfg(test)]
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How the index came to be; known after [`Folder::shard`].
    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Opens the shard, or makes it.
    pub(super) fn shard(&mut self, layout: &Layout) -> Result<EdgeShard, IndexError> {
        let reason = match self.marker()? {
            None if !self.path.join(SHARD).exists() => None,
            None => Some("it was not finished".to_owned()),
            Some(marker) if marker != Marker::of(layout) => Some("it is of another version".to_owned()),
            Some(_) => match self.load(layout) {
                Ok(shard) => {
                    self.origin = Origin::Kept;
                    return Ok(shard);
                }
                Err(reason) => Some(reason),
            },
        };
        let shard = self.make(layout)?;
        if let Some(reason) = reason {
            tracing::warn!(path = %self.path.display(), reason, "the index folder could not be used and was made anew");
            self.origin = Origin::Rebuilt { reason };
        }
        Ok(shard)
    }

    /// Opens the shard as it is; `None` where [`Folder::shard`] would make one.
    pub(super) fn kept_shard(&mut self, layout: &Layout) -> Result<Option<EdgeShard>, IndexError> {
        let fits = self.marker()?.is_some_and(|it| it == Marker::of(layout));
        let shard = if fits { self.load(layout).ok() } else { None };
        if shard.is_some() {
            self.origin = Origin::Kept;
        }
        Ok(shard)
    }

    fn load(&self, layout: &Layout) -> Result<EdgeShard, String> {
        let path = self.path.join(SHARD);
        // The engine would begin without a word with an empty shard.
        if !path.join("segments").is_dir() {
            return Err("its segments are gone".to_owned());
        }
        if let Err(error) = trim_log(&path.join("wal")) {
            return Err(error.to_string());
        }
        // The engine panics on some kinds of damage.
        match catch_unwind(AssertUnwindSafe(|| shard::load(&path, layout))) {
            Ok(Ok(shard)) => Ok(shard),
            Ok(Err(error)) => Err(error.to_string()),
            Err(panic) => Err(panic_text(&*panic)),
        }
    }

    fn make(&self, layout: &Layout) -> Result<EdgeShard, IndexError> {
        // The marker goes first: a crash in between leaves a folder that is made anew.
        remove(&self.path.join(MARKER), |it| fs::remove_file(it)).map_err(|it| refused(&self.path, it))?;
        let path = self.path.join(SHARD);
        remove(&path, |it| fs::remove_dir_all(it)).map_err(|it| refused(&self.path, it))?;
        fs::create_dir(&path).map_err(|it| refused(&self.path, it))?;
        let shard = shard::create(&path, layout).map_err(convert::engine_error)?;
        self.write_marker(&Marker::of(layout)).map_err(|it| refused(&self.path, it))?;
        Ok(shard)
    }

    /// `None` when there is none that can be read.
    fn marker(&self) -> Result<Option<Marker>, IndexError> {
        match fs::read(self.path.join(MARKER)) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(refused(&self.path, error)),
        }
    }

    fn write_marker(&self, marker: &Marker) -> io::Result<()> {
        let new = self.path.join("marker.new");
        let mut file = File::create(&new)?;
        file.write_all(&serde_json::to_vec(marker)?)?;
        file.sync_all()?;
        fs::rename(new, self.path.join(MARKER))
    }
}

/// Drops old files of the engine's log, which it neither reads nor removes: what was not flushed
/// before a crash comes back by the next sync. The newest closed file stays, it carries the numbering.
fn trim_log(log: &Path) -> io::Result<()> {
    let mut closed = Vec::new();
    for entry in fs::read_dir(log)? {
        let path = entry?.path();
        let number = path.file_name().and_then(|it| it.to_str()).and_then(|it| it.strip_prefix("closed-"));
        if let Some(number) = number.and_then(|it| it.parse::<u64>().ok()) {
            closed.push((number, path));
        }
    }
    closed.sort();
    closed.pop();
    for (_, path) in closed {
        fs::remove_file(path)?;
    }
    Ok(())
}

fn remove(path: &Path, how: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    match how(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn refused(path: &Path, source: io::Error) -> IndexError {
    IndexError::Folder { path: path.to_owned(), source }
}
