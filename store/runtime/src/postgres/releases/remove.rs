//! Removing a tenant.

use std::collections::BTreeMap;

use deadpool_postgres::Transaction;

use super::audit::{self, Line};
use super::{execute, publish};
use crate::StoreError;
use crate::removal::STEPS;

pub(super) async fn remove(
    transaction: &Transaction<'_>,
    slug: &str,
    actor: Option<&str>,
    at: &str,
) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut removed = BTreeMap::new();
    for (table, delete) in STEPS {
        let rows = execute(transaction, &delete.replace('?', "$"), &[&slug]).await?;
        if rows > 0 {
            removed.insert(table.to_owned(), rows);
        }
    }
    if !removed.is_empty() {
        let line = Line { at, actor, verb: "offboard", slug: Some(slug), from: None, to: None, commit: None };
        audit::write(transaction, &line).await?;
        publish::touch(transaction).await?;
    }
    Ok(removed)
}
