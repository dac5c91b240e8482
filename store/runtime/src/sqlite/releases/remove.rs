//! Removing a tenant.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::audit::{self, Line};
use super::publish;
use crate::StoreError;
use crate::removal::STEPS;

pub(super) fn remove(
    connection: &Connection,
    slug: &str,
    actor: Option<&str>,
    at: &str,
) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut removed = BTreeMap::new();
    for (table, delete) in STEPS {
        let rows = connection.execute(delete, [slug])? as u64;
        if rows > 0 {
            removed.insert(table.to_owned(), rows);
        }
    }
    if !removed.is_empty() {
        let line = Line { at, actor, verb: "offboard", slug: Some(slug), from: None, to: None, commit: None };
        audit::write(connection, &line)?;
        publish::touch(connection)?;
    }
    Ok(removed)
}
