//! The instance's SQLite connections: the store's drivers on Spin.

use crate::variables;
use longwave_core::{Code, Error, Result};
use longwave_store::{Row, Sql, Value, schema};
use spin_sdk::sqlite::Connection;
use spin_sdk::sqlite::wit::sqlite as spin;
use std::cell::OnceCell;
use std::rc::Rc;
use std::thread::LocalKey;

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
    shared(&DATABASE, async || spin::Connection::open("default").map(Database)).await
}

/// A second connection, whose statements leave the instance to other requests while they wait: for
/// what no request waits for.
pub struct Background(Connection);

/// The second connection of this instance, as [`database`].
///
/// # Errors
/// `20002` when it cannot be opened or is newer than this code.
pub async fn background() -> Result<Rc<Background>> {
    thread_local!(static BACKGROUND: OnceCell<Rc<Background>> = const { OnceCell::new() });
    shared(&BACKGROUND, async || Connection::open_default().await.map(Background)).await
}

async fn shared<C: Sql>(
    cached: &'static LocalKey<OnceCell<Rc<C>>>,
    open: impl AsyncFnOnce() -> Result<C, spin::Error>,
) -> Result<Rc<C>> {
    if let Some(connection) = cached.with(|cached| cached.get().cloned()) {
        return Ok(connection);
    }
    let synchronous = variables::sqlite_synchronous().await?;
    let connection = Rc::new(open().await.map_err(|error| {
        Error::failed(Code::StoreFailed, format!("open the database: {error:?}"))
    })?);
    schema::prepare(&*connection, synchronous).await?;
    Ok(cached.with(|cached| Rc::clone(cached.get_or_init(|| connection))))
}

impl Sql for Background {
    async fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, String> {
        let parameters: Vec<spin::Value> = parameters.into_iter().map(parameter).collect();
        let result = self.0.execute(statement, parameters).await.map_err(told)?;
        result.collect().await.map_err(told)?.into_iter().map(row).collect()
    }
}

fn told(error: spin::Error) -> String {
    match error {
        spin::Error::Io(text) => text,
        other => format!("{other:?}"),
    }
}

impl Sql for Database {
    async fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, String> {
        let parameters: Vec<spin::Value> = parameters.into_iter().map(parameter).collect();
        let result = self.0.execute(statement, &parameters).map_err(told)?;
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
