//! The SQLite connection of the instance: the driver of the store on Spin.

mod patience;

use crate::variables;
use longwave_core::{Code, Error, Result};
use longwave_store::{Row, Sql, Value, schema};
use patience::patiently;
use spin_sdk::sqlite::wit::sqlite as spin;
use std::cell::OnceCell;
use std::rc::Rc;

/// A connection, ready for use.
///
/// Reads use the synchronous binding, which costs a fraction of the stream and future of the asynchronous one. Writes
/// wait for their turn and for the disk, so they use the asynchronous binding: the instance serves other requests
/// meanwhile, whose writes can share a commit.
pub struct Database(spin::Connection);

/// The connection of this instance, opened and migrated on first use. Concurrent requests share it, which is safe
/// because every write is a single statement.
///
/// # Errors
/// `20002` if the database cannot be opened or is newer than this code.
pub async fn database() -> Result<Rc<Database>> {
    thread_local!(static DATABASE: OnceCell<Rc<Database>> = const { OnceCell::new() });
    if let Some(database) = DATABASE.with(|cached| cached.get().cloned()) {
        return Ok(database);
    }
    let synchronous = variables::sqlite_synchronous().await?;
    let opened = spin::Connection::open("default");
    let database = Rc::new(Database(opened.map_err(|error| {
        Error::failed(Code::StoreFailed, format!("open the database: {error:?}"))
    })?));
    let prepared = patience::prepare(&*database).await;
    prepared.map_err(|text| Error::failed(Code::StoreFailed, text))?;
    schema::prepare(&*database, synchronous).await?;
    Ok(DATABASE.with(|cached| Rc::clone(cached.get_or_init(|| database))))
}

async fn write(
    connection: &spin::Connection,
    statement: &str,
    parameters: Vec<spin::Value>,
) -> Result<Vec<spin::RowResult>, spin::Error> {
    let (_, rows, ended) = connection.execute_async(statement.to_owned(), parameters).await?;
    let rows = rows.collect().await;
    ended.await.map(|()| rows)
}

fn message_of(error: spin::Error) -> String {
    match error {
        spin::Error::Io(text) => text,
        other => format!("{other:?}"),
    }
}

impl Sql for Database {
    async fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, String> {
        let parameters: Vec<spin::Value> = parameters.into_iter().map(parameter).collect();
        let reads = statement.starts_with("SELECT");
        let attempt = async || {
            if reads {
                self.0.execute(statement, &parameters).map(|result| result.rows).map_err(message_of)
            } else {
                write(&self.0, statement, parameters.clone()).await.map_err(message_of)
            }
        };
        patiently(attempt).await?.into_iter().map(row).collect()
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
