//! Where published things live: the data folder and what is in it, or a PostgreSQL database.

use std::path::{Path, PathBuf};

use compiler::published::{Nothing, Shelf};
use runtime::{PostgresReleases, PostgresUrl, ReleaseStore, SqliteReleases, SqliteState, StoreError};

use crate::cli::Global;
use crate::exit::Stop;

/// The data folder and the release store, once it is clear that this build can use what the command
/// line names.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    data: PathBuf,
    /// Where releases are; the data folder when there is none.
    server: Option<PostgresUrl>,
}

impl Place {
    /// Refuses stores and engines that this build does not speak to.
    pub(crate) fn of(global: &Global) -> Result<Self, Stop> {
        let server = global.store.as_deref().filter(|it| !it.is_empty()).map(server).transpose()?;
        if global.qdrant.as_deref().is_some_and(|it| !it.is_empty()) {
            return Err(Stop::Usage(
                "--qdrant: Qdrant servers are not supported by this version; leave it out to use the embedded engine"
                    .to_owned(),
            ));
        }
        Ok(Self { data: global.data.clone(), server })
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// The server that has the releases, if they are not in the data folder.
    pub(crate) fn server(&self) -> Option<&PostgresUrl> {
        self.server.as_ref()
    }

    /// Opens the releases, creating files or tables where they are missing.
    pub(crate) fn releases(&self) -> Result<Box<dyn ReleaseStore>, StoreError> {
        Ok(match &self.server {
            Some(url) => Box::new(PostgresReleases::open(url)?),
            None => Box::new(SqliteReleases::open(&self.data)?),
        })
    }

    /// The reading half of the releases; creates nothing.
    pub(crate) fn shelf(&self) -> Result<Box<dyn Shelf>, StoreError> {
        Ok(match &self.server {
            Some(url) => match PostgresReleases::open_made(url)? {
                Some(releases) => Box::new(releases),
                None => Box::new(Nothing),
            },
            None if self.has_file() => Box::new(SqliteReleases::open(&self.data)?),
            None => Box::new(Nothing),
        })
    }

    /// The releases where some have been published; creates nothing.
    pub(crate) fn made(&self) -> Result<Option<Box<dyn ReleaseStore>>, StoreError> {
        Ok(match &self.server {
            Some(url) => match PostgresReleases::open_made(url)? {
                Some(releases) => Some(Box::new(releases)),
                None => None,
            },
            None if self.has_file() => Some(Box::new(SqliteReleases::open(&self.data)?)),
            None => None,
        })
    }

    /// The releases where some have been published; a finding where none have.
    pub(crate) fn published(&self) -> Result<Box<dyn ReleaseStore>, Stop> {
        self.made()?.ok_or_else(|| {
            let place = match &self.server {
                Some(url) => url.to_string(),
                None => format!("`{}`", self.data.display()),
            };
            Stop::Finding(format!("nothing is published in {place}: run `tenantry apply` first"))
        })
    }

    fn has_file(&self) -> bool {
        self.data.join(SqliteReleases::FILE).exists()
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

/// The server that `--store` names. What is said of a bad one quotes its scheme and nothing else:
/// the rest may hold a password.
fn server(url: &str) -> Result<PostgresUrl, Stop> {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        Some(scheme) if PostgresUrl::SCHEMES.contains(&scheme) => {
            PostgresUrl::parse(url).map_err(|error| Stop::Usage(format!("--store: {error}")))
        }
        scheme => Err(Stop::Usage(format!(
            "--store: {} stores are not supported; give postgres://USER:PASSWORD@HOST/DATABASE, or leave it out to use the SQLite files in --data",
            scheme.unwrap_or("such")
        ))),
    }
}
