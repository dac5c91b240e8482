//! What runs the state store's SQL in `state.sqlite`.

mod clients;
mod writer;

use std::path::Path;
use std::sync::Arc;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};

use self::clients::ClientIds;
use self::writer::Writer;
use super::open::{Database, Schema};
use super::releases;
use crate::sql::{Cell, Row, Sql, Value};
use crate::state::{Bell, Engine, Lane, State};
use crate::{StoreError, Ticket};

const SCHEMA: Schema = Schema {
    file: "state.sqlite",
    migrations: &[
        include_str!("../migrations/state_001.sql"),
        include_str!("../migrations/state_002.sql"),
        include_str!("../migrations/state_003.sql"),
        include_str!("../migrations/state_004.sql"),
        include_str!("../migrations/state_005.sql"),
        include_str!("../migrations/state_006.sql"),
        include_str!("../migrations/state_007.sql"),
        include_str!("../migrations/state_008.sql"),
        include_str!("../migrations/state_009.sql"),
    ],
};

/// One thread writes; what callers ask for at the same time is committed together with one sync.
/// Readers see the last commit and wait for nobody.
#[derive(Debug)]
pub struct SqliteEngine {
    writer: Writer,
    database: Database,
    clients: Arc<ClientIds>,
}

/// Conversations, queues and counters in `state.sqlite`. One process serves from the file; others
/// may read it, and write through a store of their own.
pub type SqliteState = State<SqliteEngine>;

impl SqliteState {
    /// Its file in the data folder: nobody has written yet where it is missing.
    pub const FILE: &str = SCHEMA.file;

    /// Opens `state.sqlite` in `data_dir`; creates folder, file and tables where they are missing.
    /// Ids of tenants for the usage table are looked up in the `releases.sqlite` beside it.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when the file was written by a newer build,
    /// [`StoreError::Unavailable`] when it cannot be opened.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let (database, connection) = Database::open(data_dir, &SCHEMA)?;
        let engine = SqliteEngine {
            writer: Writer::start(connection, SCHEMA.file)?,
            database,
            clients: Arc::new(ClientIds::of(data_dir.join(releases::FILE))),
        };
        Ok(Self { engine })
    }
}

impl Engine for SqliteEngine {
    fn write<T: Send + 'static>(
        &self,
        _: Lane,
        work: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    ) -> Ticket<T> {
        let clients = Arc::clone(&self.clients);
        self.writer.submit(move |connection| work(&mut Statements { connection, clients: &clients }))
    }

    fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut dyn Sql) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.database.read(|connection| work(&mut Statements { connection, clients: &self.clients }))
    }

    fn is_alone(&self) -> bool {
        true
    }

    fn scrub(&self) -> Result<(), StoreError> {
        self.database.empty_log()
    }

    fn on_wake(&self, _: Bell) {}
}

/// The statements of one transaction.
struct Statements<'a> {
    connection: &'a Connection,
    clients: &'a ClientIds,
}

impl Sql for Statements<'_> {
    fn run(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let changed = self.connection.prepare_cached(sql)?.execute(params_from_iter(values))?;
        Ok(changed as u64)
    }

    fn rows(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(values))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let cells = (0..columns).map(|at| row.get_ref(at).map_err(StoreError::from).and_then(cell));
            found.push(Row(cells.collect::<Result<_, _>>()?));
        }
        Ok(found)
    }

    fn client_id(&mut self, slug: &str) -> String {
        self.clients.id(slug)
    }
}

fn cell(value: ValueRef<'_>) -> Result<Cell, StoreError> {
    match value {
        ValueRef::Null => Ok(Cell::Null),
        ValueRef::Integer(it) => Ok(Cell::Int(it)),
        ValueRef::Text(it) => Ok(Cell::Text(String::from_utf8_lossy(it).into_owned())),
        _ => Err(StoreError::Unreadable("a number or bytes where a text stands".to_owned())),
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Int(it) => ToSqlOutput::Borrowed(ValueRef::Integer(*it)),
            Self::Bool(it) => ToSqlOutput::Borrowed(ValueRef::Integer((*it).into())),
            Self::Text(it) => ToSqlOutput::Borrowed(ValueRef::Text(it.as_bytes())),
        })
    }
}
