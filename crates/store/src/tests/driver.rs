//! The store's driver for native tests: rusqlite, the way Spin runs it (one statement a call).

use crate::schema::{Synchronous, prepare};
use crate::sql::{Row, Sql, Value};
use longwave_core::id::UserId;
use longwave_core::message::{Ack, SendMessage, SendRequest};
use longwave_core::user::RegisterRequest;
use longwave_core::{Millis, Result};
use pollster::block_on;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use std::cell::{Cell, RefCell};
use std::path::Path;
use uuid::Uuid;

/// A connection, and the time as its commands see it.
pub struct Native {
    connection: rusqlite::Connection,
    statements: RefCell<Option<Vec<String>>>,
    pub now: Cell<Millis>,
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Integer(integer) => ValueRef::Integer(*integer),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl Sql for Native {
    async fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, String> {
        if let Some(statements) = &mut *self.statements.borrow_mut() {
            statements.push(statement.to_owned());
        }
        let run = || -> rusqlite::Result<Vec<Row>> {
            let mut statement = self.connection.prepare_cached(statement)?;
            let columns = statement.column_count();
            let row = |row: &rusqlite::Row<'_>| {
                let column = |index| {
                    Ok(match row.get_ref(index)? {
                        ValueRef::Null => Value::Null,
                        ValueRef::Integer(integer) => Value::Integer(integer),
                        ValueRef::Text(_) => Value::Text(row.get(index)?),
                        other => panic!("a column of type {}", other.data_type()),
                    })
                };
                (0..columns).map(column).collect::<rusqlite::Result<_>>().map(Row::new)
            };
            statement.query_map(rusqlite::params_from_iter(parameters), row)?.collect()
        };
        run().map_err(|error| error.to_string())
    }
}

impl Native {
    /// A fresh database in memory.
    pub fn new() -> Self {
        Self::of(rusqlite::Connection::open_in_memory().unwrap())
    }

    /// A connection to a file, prepared as an instance prepares it.
    pub fn open(path: &Path) -> Self {
        Self::of(rusqlite::Connection::open(path).unwrap())
    }

    fn of(connection: rusqlite::Connection) -> Self {
        let native =
            Self { connection, statements: RefCell::new(None), now: Cell::new(1_800_000_000_000) };
        block_on(prepare(&native, Synchronous::Normal)).unwrap();
        native
    }

    /// An empty database in memory, without the schema.
    pub fn unprepared() -> Self {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        Self { connection, statements: RefCell::new(None), now: Cell::new(0) }
    }

    /// Runs statements that no part of the store would.
    pub fn batch(&self, statements: &str) {
        self.connection.execute_batch(statements).unwrap();
    }

    /// Notes every statement from here on, for [`Native::plans`].
    pub fn record_statements(&self) {
        *self.statements.borrow_mut() = Some(Vec::new());
    }

    /// The noted statements with their query plans, a step a line.
    pub fn plans(&self) -> Vec<(String, String)> {
        let statements = self.statements.take().unwrap();
        let plan = |statement: String| {
            let mut explain =
                self.connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
            let parameters = vec![Value::Null; explain.parameter_count()];
            let steps = explain.query_map(rusqlite::params_from_iter(parameters), |row| {
                row.get::<_, String>("detail")
            });
            let steps: Vec<String> = steps.unwrap().map(Result::unwrap).collect();
            (statement, steps.join("\n"))
        };
        statements.into_iter().map(plan).collect()
    }

    /// The first column of the first row.
    pub fn text(&self, statement: &str) -> String {
        block_on(self.execute(statement, vec![])).unwrap().remove(0).text().unwrap()
    }

    /// The first column of the first row.
    pub fn integer(&self, statement: &str) -> i64 {
        block_on(self.execute(statement, vec![])).unwrap().remove(0).integer().unwrap()
    }

    /// Every row of every table as text: what must not change when a command is refused.
    pub fn dump(&self) -> String {
        let tables = ["users", "conversations", "user_conversations", "messages", "events", "log"];
        let rows = |table: &&str| -> Vec<String> {
            let rows = block_on(self.execute(&format!("SELECT * FROM {table}"), vec![])).unwrap();
            rows.into_iter().map(|row| format!("{table} {row:?}\n")).collect()
        };
        tables.iter().flat_map(rows).collect()
    }

    /// Registers a user of this name.
    pub fn register(&self, username: &str) -> UserId {
        self.try_register(username).unwrap()
    }

    /// Registers a user of this name, or says why not.
    pub fn try_register(&self, username: &str) -> Result<UserId> {
        let body = format!(r#"{{"username":"{username}","password":"secret"}}"#);
        let request: RegisterRequest = serde_json::from_str(&body).unwrap();
        let registered = crate::user::register(
            self,
            request.validate()?,
            "hash".into(),
            Uuid::now_v7(),
            self.now.get(),
        );
        block_on(registered).map(|profile| profile.user_id)
    }

    /// Sends a text to one user.
    pub fn send(
        &self,
        sender: &UserId,
        recipient: &UserId,
        client_msg_id: &str,
        text: &str,
    ) -> Result<Ack> {
        self.send_message(text_message(sender, recipient, client_msg_id, text))
    }

    /// Sends a message.
    pub fn send_message(&self, message: SendMessage) -> Result<Ack> {
        block_on(crate::message::send(self, message, Uuid::now_v7(), self.now.get()))
    }
}

/// A text to one user.
pub fn text_message(
    sender: &UserId,
    recipient: &UserId,
    client_msg_id: &str,
    text: &str,
) -> SendMessage {
    let body = serde_json::json!({
        "client_msg_id": client_msg_id, "session_type": 1, "recv_id": recipient, "content_type": 1,
        "content": serde_json::json!({"text": text}).to_string(),
    });
    serde_json::from_value::<SendRequest>(body).unwrap().validate(sender.clone()).unwrap()
}
