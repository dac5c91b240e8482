//! Bringing the schema up to date: numbered steps, forward only, all in one transaction.

use deadpool_postgres::{GenericClient, Object};

use crate::StoreError;

/// Held while steps run, so that processes that start at once take turns. The number means nothing;
/// it must only be ours and stay the same.
const LOCK: i64 = 0x7465_6e61_6e74_7279;

/// A part of a database that is ours: every schema it ever had.
#[derive(Debug)]
pub(super) struct Schema {
    /// The name its versions are kept under.
    pub(super) part: &'static str,
    /// Forward-only steps; step `n` leads to version `n + 1`.
    pub(super) migrations: &'static [&'static str],
    /// Functions as they are today; made anew whenever a step has run.
    pub(super) functions: &'static [&'static str],
}

impl Schema {
    fn known(&self) -> i32 {
        i32::try_from(self.migrations.len()).expect("schemas are written by hand")
    }
}

/// Runs the steps that are missing. An up-to-date schema is only read, so that a role that may not
/// make tables can open it.
pub(super) async fn migrate(client: &mut Object, schema: &Schema) -> Result<(), StoreError> {
    if version(client, schema).await? == schema.known() {
        return Ok(());
    }
    let transaction = client.transaction().await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    transaction
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS tenantry_schema (
                 part text NOT NULL,
                 version integer NOT NULL,
                 applied_at timestamptz NOT NULL DEFAULT now(),
                 PRIMARY KEY (part, version)
             )",
        )
        .await?;
    // Asked again: another process may have run them meanwhile. Whether there is such a table is not:
    // the server would answer from what this connection remembers.
    let found = recorded(&transaction, schema).await?;
    for (version, sql) in (1..=schema.known()).zip(schema.migrations).filter(|(version, _)| *version > found)
    {
        transaction.batch_execute(sql).await?;
        transaction
            .execute("INSERT INTO tenantry_schema (part, version) VALUES ($1, $2)", &[&schema.part, &version])
            .await?;
    }
    for sql in schema.functions {
        transaction.batch_execute(sql).await?;
    }
    Ok(transaction.commit().await?)
}

/// The version of the schema, 0 where there is none; one that is newer than we know is refused.
pub(super) async fn version(client: &impl GenericClient, schema: &Schema) -> Result<i32, StoreError> {
    let exists = "SELECT to_regclass('tenantry_schema') IS NOT NULL";
    if !client.query_one(exists, &[]).await?.get::<_, bool>(0) {
        return Ok(0);
    }
    recorded(client, schema).await
}

/// The version that has been written down.
async fn recorded(client: &impl GenericClient, schema: &Schema) -> Result<i32, StoreError> {
    let newest = "SELECT coalesce(max(version), 0) FROM tenantry_schema WHERE part = $1";
    let (found, known) = (client.query_one(newest, &[&schema.part]).await?.get(0), schema.known());
    if found > known {
        return Err(StoreError::Unreadable(format!(
            "{} in PostgreSQL have schema version {found}, this build knows {known}: use a newer tenantry",
            schema.part
        )));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use crate::postgres::line::Line;
    use crate::postgres::url::PostgresUrl;
    use crate::{StoreError, private_postgres};

    use super::*;

    static TODAY: Schema = Schema {
        part: "things",
        migrations: &["CREATE TABLE things (name text)", "ALTER TABLE things ADD COLUMN size integer"],
        functions: &["CREATE OR REPLACE FUNCTION age() RETURNS integer LANGUAGE sql AS 'SELECT 2'"],
    };
    static EARLIER: Schema = Schema {
        part: TODAY.part,
        migrations: &["CREATE TABLE things (name text)"],
        functions: &["CREATE OR REPLACE FUNCTION age() RETURNS integer LANGUAGE sql AS 'SELECT 1'"],
    };
    static BROKEN: Schema = Schema {
        part: "others",
        migrations: &["CREATE TABLE others (name text)", "CREATE TABEL oops ()"],
        functions: &[],
    };

    #[test]
    fn missing_steps_are_run_and_newer_versions_refused() {
        let Some(database) = private_postgres::database() else { return };
        let line = Line::open(&PostgresUrl::parse(database.url()).unwrap()).unwrap();
        assert!(!line.is_made(&EARLIER).unwrap());
        line.migrate(&EARLIER).unwrap();
        assert!(line.is_made(&TODAY).unwrap());
        database.sql("INSERT INTO things (name) VALUES ('kept')");
        line.migrate(&TODAY).unwrap();
        line.migrate(&TODAY).unwrap();
        assert_eq!(database.sql("SELECT name, size, age() FROM things"), ["kept|-|2"]);
        assert_eq!(database.sql("SELECT version FROM tenantry_schema ORDER BY version"), ["1", "2"]);
        let error = line.migrate(&EARLIER).unwrap_err();
        assert!(
            matches!(error, StoreError::Unreadable(ref why) if why.contains("things") && why.contains("version 2, this build knows 1")),
            "{error}"
        );
    }

    #[test]
    fn a_step_that_fails_leaves_nothing() {
        let Some(database) = private_postgres::database() else { return };
        let line = Line::open(&PostgresUrl::parse(database.url()).unwrap()).unwrap();
        assert!(matches!(line.migrate(&BROKEN), Err(StoreError::Unavailable(_))));
        assert_eq!(database.sql("SELECT to_regclass('others'), to_regclass('tenantry_schema')"), ["-|-"]);
    }
}
