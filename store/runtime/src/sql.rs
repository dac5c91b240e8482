//! The seam between what the state store does and the database that does it: one SQL text for both.
//!
//! Statements are written as SQLite reads them, with numbered parameters (`?1`). PostgreSQL gets
//! `$1`, and what stands in `/*+ … */`, a comment to SQLite, is lifted for it: locks of rows, which
//! SQLite's single writer does not need.

use crate::StoreError;
use crate::state::Ring;

/// A parameter of a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Null,
    Int(i64),
    Bool(bool),
    Text(&'a str),
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    Text(String),
}

/// A row of a result.
#[derive(Debug, Clone)]
pub(crate) struct Row(pub(crate) Vec<Cell>);

/// A transaction, whoever holds it. Statements stay prepared, so their texts must not be made up.
pub(crate) trait Sql {
    /// Runs a statement; says how many rows it changed.
    fn run(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError>;
    /// The rows of a statement.
    fn rows(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError>;
    /// Claims those of these conversations that may still be claimed, and returns their columns as
    /// `claim` in `state` reads them, where that is one call; nothing where it is done one by one.
    fn claim(&mut self, _ids: &[&str], _now_ms: i64, _until_ms: i64) -> Result<Option<Vec<Row>>, StoreError> {
        Ok(None)
    }
    /// The id of a tenant, or its slug while it is not published. A failure to look counts as not
    /// published: a message is never refused because of it.
    fn client_id(&mut self, slug: &str) -> String;

    /// Has other processes look once this is committed: something is due, or is to be shown at the desk.
    /// Where one process serves there is nobody to ring for.
    fn ring(&mut self, _ring: Ring) {}

    /// Runs a statement of which nobody asks what it changed. Where the database is far it goes along
    /// with the next one that is waited for, at the latest with the commit, which fails if it does.
    fn later(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<(), StoreError> {
        self.run(sql, values).map(drop)
    }

    /// Runs a statement with each of these parameters, in their order; says how many rows each changed.
    /// Where the database is far they are sent together.
    fn runs(&mut self, sql: &'static str, each: &[Vec<Value<'_>>]) -> Result<Vec<u64>, StoreError> {
        each.iter().map(|values| self.run(sql, values)).collect()
    }

    /// The rows of a statement for each of these parameters, asked likewise.
    fn each(&mut self, sql: &'static str, each: &[Vec<Value<'_>>]) -> Result<Vec<Vec<Row>>, StoreError> {
        each.iter().map(|values| self.rows(sql, values)).collect()
    }

    /// The only row of a statement, if there is one.
    fn row(&mut self, sql: &'static str, values: &[Value<'_>]) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values)?.into_iter().next())
    }
}

/// Parameters of a statement.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::sql::Value::from($value)),*] };
}
pub(crate) use values;

impl Row {
    /// The value of a column, from 0.
    pub(crate) fn get<T: FromCell>(&self, at: usize) -> Result<T, StoreError> {
        let odd = || StoreError::Unreadable(format!("column {at} of a row of the state store"));
        self.0.get(at).and_then(T::from_cell).ok_or_else(odd)
    }
}

/// What can be read from a column.
pub(crate) trait FromCell: Sized {
    fn from_cell(cell: &Cell) -> Option<Self>;
}

impl FromCell for i64 {
    fn from_cell(cell: &Cell) -> Option<Self> {
        match cell {
            Cell::Int(it) => Some(*it),
            _ => None,
        }
    }
}

impl FromCell for u64 {
    fn from_cell(cell: &Cell) -> Option<Self> {
        i64::from_cell(cell).and_then(|it| it.try_into().ok())
    }
}

impl FromCell for u32 {
    fn from_cell(cell: &Cell) -> Option<Self> {
        i64::from_cell(cell).and_then(|it| it.try_into().ok())
    }
}

impl FromCell for bool {
    fn from_cell(cell: &Cell) -> Option<Self> {
        i64::from_cell(cell).map(|it| it != 0)
    }
}

impl FromCell for String {
    fn from_cell(cell: &Cell) -> Option<Self> {
        match cell {
            Cell::Text(it) => Some(it.clone()),
            _ => None,
        }
    }
}

impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(cell: &Cell) -> Option<Self> {
        match cell {
            Cell::Null => Some(None),
            other => T::from_cell(other).map(Some),
        }
    }
}

impl From<i64> for Value<'_> {
    fn from(it: i64) -> Self {
        Self::Int(it)
    }
}

impl From<u32> for Value<'_> {
    fn from(it: u32) -> Self {
        Self::Int(it.into())
    }
}

impl From<bool> for Value<'_> {
    fn from(it: bool) -> Self {
        Self::Bool(it)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(it: &'a str) -> Self {
        Self::Text(it)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(it: &'a String) -> Self {
        Self::Text(it)
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(it: Option<&'a str>) -> Self {
        it.map_or(Self::Null, Self::Text)
    }
}

impl<'a> From<&'a Option<String>> for Value<'a> {
    fn from(it: &'a Option<String>) -> Self {
        Self::from(it.as_deref())
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(it: Option<i64>) -> Self {
        it.map_or(Self::Null, Self::Int)
    }
}
