//! Where releases and conversations live: the data folder and what is in it, or a PostgreSQL database.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use compiler::published::{Nothing, Shelf};
use index::ServerAddress;
use runtime::{
    PostgresReleases, PostgresState, PostgresUrl, ReleaseStore, SqliteReleases, SqliteState, StateStore,
    StoreError,
};

use anyhow::Context as _;
use secrecy::ExposeSecret as _;

use crate::cli::Global;
use crate::exit::Stop;

/// Beside the files in the data folder: held by the one process that serves from them.
const LOCK: &str = "serve.lock";

/// The data folder and the stores, once it is clear that this build can use what the command
/// line names.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    data: PathBuf,
    /// Where releases and conversations are; the data folder when there is none.
    server: Option<PostgresUrl>,
    /// Where passages are searched; an index of the responder's own when there is none.
    qdrant: Option<ServerAddress>,
}

impl Place {
    /// Refuses stores that this build does not speak to and addresses that are none.
    pub(crate) fn of(global: &Global) -> Result<Self, Stop> {
        Self::read(global).map_err(|problems| Stop::settings(&problems))
    }

    /// The same, or everything that is wrong.
    pub(crate) fn read(global: &Global) -> Result<Self, Vec<String>> {
        let server = global.store.as_deref().filter(|it| !it.is_empty()).map(server).transpose();
        let url = global.qdrant.as_deref().map(str::trim).filter(|it| !it.is_empty());
        let key = global.qdrant_api_key.clone().filter(|it| !it.expose_secret().trim().is_empty());
        let qdrant = url.map(|url| ServerAddress::new(url, key)).transpose();
        match (server, qdrant) {
            (Ok(server), Ok(qdrant)) => Ok(Self { data: global.data.clone(), server, qdrant }),
            (server, qdrant) => {
                let qdrant = qdrant.err().map(|error| format!("--qdrant: {error}"));
                Err(server.err().into_iter().chain(qdrant).collect())
            }
        }
    }

    /// The Qdrant server that has the passages, if there is one.
    pub(crate) fn qdrant(&self) -> Option<&ServerAddress> {
        self.qdrant.as_ref()
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &Path {
        &self.data
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

    /// The right to serve from the files in the data folder, which one process has at a time and gives back
    /// however it ends; nothing where a server has the conversations. A start takes up what the process
    /// before it left half done: while that one lives, it would do it twice.
    pub(crate) fn serves_alone(&self) -> Result<Option<File>, Stop> {
        if self.server.is_some() {
            return Ok(None);
        }
        let path = self.data.join(LOCK);
        let open = || {
            std::fs::create_dir_all(&self.data)?;
            File::options().create(true).truncate(false).write(true).open(&path)
        };
        let shown = path.display();
        let file = open().with_context(|| format!("cannot open {shown}")).map_err(Stop::Outside)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Err(Stop::Outside(anyhow::anyhow!(
                "another `tenantry serve` answers from this data folder: it holds {shown}; one process serves from it"
            ))),
            Err(TryLockError::Error(error)) => {
                Err(Stop::Outside(anyhow::Error::new(error).context(format!("cannot lock {shown}"))))
            }
        }
    }

    /// Opens the conversations, creating files or tables where they are missing.
    pub(crate) fn state(&self) -> Result<Box<dyn StateStore>, StoreError> {
        Ok(match &self.server {
            Some(url) => Box::new(PostgresState::open(url)?),
            None => Box::new(SqliteState::open(&self.data)?),
        })
    }

    /// The conversations where some have been kept; creates nothing.
    pub(crate) fn conversations(&self) -> Result<Option<Box<dyn StateStore>>, StoreError> {
        Ok(match &self.server {
            Some(url) => match PostgresState::open_made(url)? {
                Some(state) => Some(Box::new(state)),
                None => None,
            },
            None if self.data.join(SqliteState::FILE).exists() => Some(self.state()?),
            None => None,
        })
    }
}

/// The server that `--store` names. What is said of a bad one quotes its scheme and nothing else:
/// the rest may hold a password.
fn server(url: &str) -> Result<PostgresUrl, String> {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        Some(scheme) if PostgresUrl::SCHEMES.contains(&scheme) => {
            PostgresUrl::parse(url).map_err(|error| format!("--store: {error}"))
        }
        scheme => Err(format!(
            "--store: {} stores are not supported; give postgres://USER:PASSWORD@HOST/DATABASE, or leave it out to use the SQLite files in --data",
            scheme.unwrap_or("such")
        )),
    }
}
