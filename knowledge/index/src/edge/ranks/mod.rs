//! Ranking by words without the engine: one small file of postings for each tenant.
//!
//! The engine looks a tenant's points up in the postings of all tenants, which takes milliseconds;
//! here a search reads some ten kilobytes. The engine stays the truth: files are made of its points,
//! only its owner's thread writes them, and where a file is missing, damaged or would be too large, the
//! engine ranks.
//!
//! A file follows its tenant's points only while this process lives. So the folder says whether it was
//! left in order; after a crash all files are dropped, and made again from the engine as they are asked for.

pub(super) mod follow;
mod postings;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use crate::{Query, RawHit};
pub(super) use postings::{Admitted, Points, Worded};

/// Tenants of more points are ranked by the engine: each write makes a file anew.
pub(super) const MOST: usize = 4_096;
/// The folder, within the shard's own, so that it goes where the shard goes.
const FOLDER: &str = "ranks";
/// What the folder's state says between a proper end and the next start.
const IN_ORDER: &[u8] = b"in order";

/// What is known of a tenant's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing yet, and there is none of an earlier process.
    Nothing,
    /// The owner was asked for it.
    Awaited,
    /// It holds the tenant's points.
    Whole,
    /// There is none, because of too many points or because it cannot be written.
    Left,
}

/// The files.
#[derive(Debug)]
pub(super) struct Ranks {
    folder: PathBuf,
    known: RwLock<BTreeMap<String, Known>>,
    /// A file that is wrong could not be removed.
    spoilt: AtomicBool,
}

impl Ranks {
    /// Opens the folder in the shard's; what a crash left is dropped.
    pub(super) fn open(shard: &Path) -> io::Result<Self> {
        let folder = shard.join(FOLDER);
        let state = folder.join("state");
        if fs::read(&state).is_ok_and(|it| it != IN_ORDER) || !state.exists() {
            match fs::remove_dir_all(&folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => fs::create_dir(&folder)?,
            }
        }
        write_state(&state, b"in use")?;
        Ok(Self { folder, known: RwLock::default(), spoilt: AtomicBool::new(false) })
    }

    /// The best of the admitted points; `None` when the engine must rank.
    pub(super) fn search(&self, admitted: &Admitted<'_>, query: &Query<'_>) -> Option<Vec<RawHit>> {
        if self.known(admitted.slug) != Known::Whole {
            return None;
        }
        let ranked = File::open(self.path(admitted.slug)).and_then(|it| postings::rank(&it, admitted, query));
        if let Err(error) = &ranked {
            warn(admitted.slug, error);
            self.set(admitted.slug, Known::Nothing);
        }
        ranked.ok()
    }

    /// What is known of a tenant; a file of an earlier process is checked the first time.
    pub(super) fn known(&self, slug: &str) -> Known {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).get(slug).copied();
        known.unwrap_or_else(|| {
            let whole = self.read(slug, |it| postings::check(slug, it)).is_some();
            let known = if whole { Known::Whole } else { Known::Nothing };
            // The owner may have come first.
            *self.write().entry(slug.to_owned()).or_insert(known)
        })
    }

    /// Whether the caller is the first that asks for a file that is missing: it then tells the owner.
    pub(super) fn ask_for(&self, slug: &str) -> bool {
        if self.known(slug) != Known::Nothing {
            return false;
        }
        self.write().insert(slug.to_owned(), Known::Awaited) == Some(Known::Nothing)
    }

    /// The points in a tenant's file. For the owner, as all that follows.
    pub(super) fn load(&self, slug: &str) -> Option<Points> {
        let points = self.read(slug, |it| postings::decode(slug, it));
        if points.is_none() {
            self.set(slug, Known::Nothing);
        }
        points
    }

    fn read<T>(&self, slug: &str, how: impl FnOnce(&[u8]) -> io::Result<T>) -> Option<T> {
        let outcome = fs::read(self.path(slug)).and_then(|it| how(&it));
        match &outcome {
            Err(error) if error.kind() != io::ErrorKind::NotFound => warn(slug, error),
            _ => {}
        }
        outcome.ok()
    }

    /// Makes a tenant's file hold these points.
    pub(super) fn store(&self, slug: &str, points: &Points) {
        if points.len() > MOST {
            return self.leave(slug);
        }
        let new = self.folder.join("new");
        let written =
            fs::write(&new, postings::encode(slug, points)).and_then(|()| fs::rename(&new, self.path(slug)));
        match written {
            Ok(()) => self.set(slug, Known::Whole),
            Err(error) => {
                tracing::warn!(%error, "the ranks of a tenant cannot be written; its searches are slower");
                self.leave(slug);
            }
        }
    }

    /// The engine ranks for this tenant.
    pub(super) fn leave(&self, slug: &str) {
        self.set(slug, Known::Left);
        self.remove(slug);
    }

    /// Drops what is known of a tenant; its file is made again when it is asked for.
    pub(super) fn forget(&self, slug: &str) {
        self.set(slug, Known::Nothing);
        self.remove(slug);
    }

    /// The engine has written everything down: files may be trusted at the next start.
    pub(super) fn close(&self) {
        if self.spoilt.load(Ordering::SeqCst) {
            return;
        }
        if let Err(error) = write_state(&self.folder.join("state"), IN_ORDER) {
            tracing::warn!(%error, "ranks of tenants are made again at the next start");
        }
    }

    fn remove(&self, slug: &str) {
        match fs::remove_file(self.path(slug)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::error!(%error, "wrong ranks of a tenant cannot be removed");
                self.spoilt.store(true, Ordering::SeqCst);
            }
            _ => {}
        }
    }

    fn set(&self, slug: &str, known: Known) {
        self.write().insert(slug.to_owned(), known);
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, BTreeMap<String, Known>> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// A slug may hold what a file's name may not; the file tells it in full.
    fn path(&self, slug: &str) -> PathBuf {
        self.folder.join(&blake3::hash(slug.as_bytes()).to_hex()[..32])
    }
}

fn write_state(path: &Path, state: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(state)?;
    file.sync_all()
}

fn warn(slug: &str, error: &io::Error) {
    tracing::warn!(tenant.slug = slug, %error, "the ranks of a tenant cannot be read and are made again");
}
