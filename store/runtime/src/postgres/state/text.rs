//! The state store's statements as PostgreSQL reads them: texts, parameters, cells.

use std::error::Error;
use std::fmt;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::StoreError;
use crate::sql::{Cell, Row, Value};

/// `?1` becomes `$1`, and what stands in `/*+ … */` is lifted out of its comment.
pub(super) fn lifted(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut quoted = false;
    for piece in sql.split_inclusive('\'') {
        match quoted {
            true => text.push_str(piece),
            false => text.push_str(&piece.replace('?', "$").replace("/*+", "").replace("*/", "")),
        }
        quoted = !quoted;
    }
    text
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match (*self, kind) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Bool(it), &Type::BOOL) => it.to_sql(kind, out),
            (Self::Bool(it), _) => Self::Int(it.into()).to_sql(kind, out),
            (Self::Int(it), &Type::BOOL) => (it != 0).to_sql(kind, out),
            (Self::Int(it), &Type::INT2) => i16::try_from(it)?.to_sql(kind, out),
            (Self::Int(it), &Type::INT4) => i32::try_from(it)?.to_sql(kind, out),
            (Self::Int(it), &Type::INT8) => it.to_sql(kind, out),
            (Self::Int(it), _) => it.to_string().to_sql(kind, out),
            // The server has no text with a zero in it, and a customer may send one.
            (Self::Text(it), _) if it.contains('\0') => it.replace('\0', "").to_sql(kind, out),
            (Self::Text(it), _) => it.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::BOOL | Type::INT2 | Type::INT4 | Type::INT8) || <&str as ToSql>::accepts(kind)
    }

    to_sql_checked!();
}

/// A parameter in the form in which it is sent; nothing for null.
pub(super) struct Encoded(Option<BytesMut>);

impl Encoded {
    /// Of a value for a parameter of this type; refused here, before anything is sent, where it does not fit.
    pub(super) fn of(value: Value<'_>, kind: &Type) -> Result<Self, StoreError> {
        let mut bytes = BytesMut::new();
        let refused = |err| StoreError::Unavailable(format!("a parameter of type {kind}: {err}"));
        Ok(match value.to_sql_checked(kind, &mut bytes).map_err(refused)? {
            IsNull::Yes => Self(None),
            IsNull::No => Self(Some(bytes)),
        })
    }
}

impl ToSql for Encoded {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let Some(bytes) = &self.0 else { return Ok(IsNull::Yes) };
        out.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl fmt::Debug for Encoded {
    /// Not what it holds: that may be what a customer wrote.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoded").finish_non_exhaustive()
    }
}

/// A row of the server's as a row of ours.
pub(super) fn row(from: &tokio_postgres::Row) -> Result<Row, StoreError> {
    from.columns()
        .iter()
        .enumerate()
        .map(|(at, column)| cell(from, at, column.type_()))
        .collect::<Result<_, _>>()
        .map(Row)
}

fn cell(from: &tokio_postgres::Row, at: usize, kind: &Type) -> Result<Cell, StoreError> {
    let int = |it: Option<i64>| it.map_or(Cell::Null, Cell::Int);
    Ok(match *kind {
        Type::BOOL => int(from.try_get::<_, Option<bool>>(at)?.map(i64::from)),
        Type::INT2 => int(from.try_get::<_, Option<i16>>(at)?.map(i64::from)),
        Type::INT4 => int(from.try_get::<_, Option<i32>>(at)?.map(i64::from)),
        Type::INT8 => int(from.try_get(at)?),
        _ => from.try_get::<_, Option<String>>(at)?.map_or(Cell::Null, Cell::Text),
    })
}

#[cfg(test)]
mod tests {
    use super::lifted;

    #[test]
    fn parameters_and_locks_are_lifted() {
        assert_eq!(
            lifted("SELECT '?', x FROM t WHERE a = ?1 AND b = 'it''s ?2' AND c = ?12 /*+ FOR UPDATE */"),
            "SELECT '?', x FROM t WHERE a = $1 AND b = 'it''s ?2' AND c = $12  FOR UPDATE "
        );
    }
}
