//! Where published things live: the data folder and what is in it.

use std::path::{Path, PathBuf};

use compiler::published::{Nothing, Shelf};
use runtime::{SqliteReleases, SqliteState, StoreError};

use crate::cli::Global;
use crate::exit::Stop;

/// The data folder, once it is clear that this build can use what the command line names.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    data: PathBuf,
}

impl Place {
    /// Refuses stores and engines that this build does not speak to.
    pub(crate) fn of(global: &Global) -> Result<Self, Stop> {
        if let Some(url) = global.store.as_deref().filter(|it| !it.is_empty()) {
            let scheme = url.split_once("://").map_or("such", |(scheme, _)| scheme);
            return Err(Stop::Usage(format!(
                "--store: {scheme} stores are not supported by this version; leave it out to use the SQLite files in --data"
            )));
        }
        if global.qdrant.as_deref().is_some_and(|it| !it.is_empty()) {
            return Err(Stop::Usage(
                "--qdrant: Qdrant servers are not supported by this version; leave it out to use the embedded engine"
                    .to_owned(),
            ));
        }
        Ok(Self { data: global.data.clone() })
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Opens the releases, creating the files where they are missing.
    pub(crate) fn releases(&self) -> Result<SqliteReleases, StoreError> {
        SqliteReleases::open(&self.data)
    }

    /// The reading half of the releases; creates no file.
    pub(crate) fn shelf(&self) -> Result<Box<dyn Shelf>, StoreError> {
        if !self.data.join(SqliteReleases::FILE).exists() {
            return Ok(Box::new(Nothing));
        }
        Ok(Box::new(self.releases()?))
    }

    /// The releases where some have been published; a finding where none have.
    pub(crate) fn published(&self) -> Result<SqliteReleases, Stop> {
        if !self.data.join(SqliteReleases::FILE).exists() {
            let folder = self.data.display();
            return Err(Stop::Finding(format!(
                "nothing is published in `{folder}`: run `tenantry apply` first"
            )));
        }
        Ok(self.releases()?)
    }

    /// Opens the conversations, creating the files where they are missing.
    pub(crate) fn state(&self) -> Result<SqliteState, StoreError> {
        SqliteState::open(&self.data)
    }

    /// The conversations where some have been kept.
    pub(crate) fn conversations(&self) -> Result<Option<SqliteState>, StoreError> {
        self.data.join(SqliteState::FILE).exists().then(|| self.state()).transpose()
    }
}
