//! The driver for native tests and benchmarks: rusqlite, used as Spin uses it (one statement per
//! call, cached statements).

use crate::schema::{Synchronous, prepare};
use crate::sql::{Row, Sql, Value};
use longwave_core::Result;
use rusqlite::Connection;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use std::path::Path;

/// A connection to a database in a file or in memory.
pub struct Native {
    pub(crate) connection: Connection,
}

impl Native {
    /// A connection to a file, prepared as an instance prepares it.
    ///
    /// # Errors
    /// The error of SQLite or of [`prepare`].
    pub async fn open(
        path: &Path,
        synchronous: Synchronous,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let native = Self { connection: Connection::open(path)? };
        prepare(&native, synchronous).await?;
        Ok(native)
    }

    /// An empty database in memory, without the schema.
    ///
    /// # Errors
    /// The error of SQLite.
    pub fn in_memory() -> rusqlite::Result<Self> {
        Ok(Self { connection: Connection::open_in_memory()? })
    }
}

impl Sql for Native {
    async fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, String> {
        let run = || -> rusqlite::Result<Vec<Row>> {
            let mut statement = self.connection.prepare_cached(statement)?;
            let columns = statement.column_count();
            let parameters = rusqlite::params_from_iter(parameters);
            let row = |row: &rusqlite::Row<'_>| {
                let columns = (0..columns).map(|index| column(row, index));
                columns.collect::<rusqlite::Result<Vec<_>>>().map(Row::new)
            };
            statement.query_map(parameters, row)?.collect()
        };
        run().map_err(|error| error.to_string())
    }
}

fn column(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<Value> {
    match row.get_ref(index)? {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(integer) => Ok(Value::Integer(integer)),
        ValueRef::Text(_) => row.get(index).map(Value::Text),
        other => Err(rusqlite::Error::InvalidColumnType(
            index,
            "a type the schema does not have".into(),
            other.data_type(),
        )),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(integer) => ValueRef::Integer(*integer),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}
