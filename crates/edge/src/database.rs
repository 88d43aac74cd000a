//! The instance's SQLite connection: the store's driver on Spin.

use crate::variables;
use longwave_core::{Code, Error, Result};
use longwave_store::{Row, Sql, Value, schema};
use spin_sdk::sqlite::wit::sqlite as spin;
use std::cell::OnceCell;
use std::rc::Rc;

/// A connection, ready for use.
///
/// It goes through the synchronous binding: a call costs a fraction of the asynchronous one's
/// stream and future, and what makes a call last is the disk, for which others wait as well.
pub struct Database(spin::Connection);

/// The connection of this instance, opened and migrated at its first use. Requests that run at a
/// time share it, which is safe because every write is a single statement.
///
/// # Errors
/// `20002` when it cannot be opened or is newer than this code.
pub async fn database() -> Result<Rc<Database>> {
    thread_local!(static DATABASE: OnceCell<Rc<Database>> = const { OnceCell::new() });
    if let Some(database) = DATABASE.with(|database| database.get().cloned()) {
        return Ok(database);
    }
    let synchronous = variables::sqlite_synchronous().await?;
    let connection = spin::Connection::open("default").map_err(|error| {
        Error::failed(Code::StoreFailed, format!("open the database: {error:?}"))
    })?;
    let database = Rc::new(Database(connection));
    schema::prepare(&*database, synchronous).await?;
    Ok(DATABASE.with(|cached| Rc::clone(cached.get_or_init(|| database))))
}

impl Sql for Database {
    async fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, String> {
        let parameters: Vec<spin::Value> = parameters.into_iter().map(parameter).collect();
        let result = self.0.execute(statement, &parameters).map_err(|error| match error {
            spin::Error::Io(text) => text,
            other => format!("{other:?}"),
        })?;
        result.rows.into_iter().map(row).collect()
    }
}

fn parameter(value: Value) -> spin::Value {
    match value {
        Value::Null => spin::Value::Null,
        Value::Integer(integer) => spin::Value::Integer(integer),
        Value::Text(text) => spin::Value::Text(text),
    }
}

fn row(row: spin::RowResult) -> Result<Row, String> {
    let column = |value| match value {
        spin::Value::Null => Ok(Value::Null),
        spin::Value::Integer(integer) => Ok(Value::Integer(integer)),
        spin::Value::Text(text) => Ok(Value::Text(text)),
        spin::Value::Real(_) | spin::Value::Blob(_) => {
            Err("a column of a type the schema does not have".to_owned())
        }
    };
    row.values.into_iter().map(column).collect::<Result<Vec<_>, _>>().map(Row::new)
}
