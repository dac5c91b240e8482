//! Ids of tenants, from the releases beside this file: the usage table is joined with `clients`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension};

use crate::sqlite::open::open_reader;

/// Looks ids up and remembers them.
#[derive(Debug)]
pub(super) struct ClientIds {
    releases: PathBuf,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    reader: Option<Connection>,
    ids: HashMap<String, String>,
}

impl ClientIds {
    pub(super) fn of(releases: PathBuf) -> Self {
        Self { releases, known: Mutex::default() }
    }

    /// The id of a tenant, or its slug while it is not published. A failure to look counts as not
    /// published: a message is never refused because of it.
    pub(super) fn id(&self, slug: &str) -> String {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Known { reader, ids } = &mut *known;
        if let Some(id) = ids.get(slug) {
            return id.clone();
        }
        if reader.is_none() && self.releases.exists() {
            *reader = open_reader(&self.releases).ok();
        }
        let found = reader.as_ref().and_then(|reader| look_up(reader, slug).ok().flatten());
        match found {
            Some(id) => ids.entry(slug.to_owned()).or_insert(id).clone(),
            None => slug.to_owned(),
        }
    }
}

fn look_up(reader: &Connection, slug: &str) -> rusqlite::Result<Option<String>> {
    reader
        .prepare_cached("SELECT id FROM clients WHERE slug = ?1")?
        .query_row([slug], |row| row.get(0))
        .optional()
}
