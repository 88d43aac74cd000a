//! A database for tests: the native driver, with short functions for the actions of users.

use crate::native::Native;
use crate::schema::{Synchronous, prepare};
use crate::sql::{Row, Sql, Value};
use longwave_core::conversation::{Conversation, ListQuery, Read};
use longwave_core::cursor::Place;
use longwave_core::group::{CreateRequest, GroupMember};
use longwave_core::id::{ConversationId, GroupId, UserId};
use longwave_core::message::{Ack, Destination, Order, Pull, PullRange, SendMessage, SendRequest};
use longwave_core::presence::UserOnPlatform;
use longwave_core::user::{Login, LoginRequest, Platform, RegisterRequest};
use longwave_core::{Millis, Result};
use pollster::block_on;
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::path::Path;
use uuid::Uuid;

/// The time at which every test begins.
const START: Millis = 1_800_000_000_000;

/// A connection, and the time as its commands see it.
pub struct Database {
    native: Native,
    statements: RefCell<Option<Vec<String>>>,
    pub now: Cell<Millis>,
}

impl Sql for Database {
    async fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, String> {
        if let Some(statements) = &mut *self.statements.borrow_mut() {
            statements.push(statement.to_owned());
        }
        self.native.execute(statement, parameters).await
    }
}

/// A connection that runs other statements after each statement, as another writer could.
pub struct Busy<'a>(pub &'a Database, pub &'a str);

impl Sql for Busy<'_> {
    async fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, String> {
        let rows = self.0.execute(statement, parameters).await;
        self.0.batch(self.1);
        rows
    }
}

impl Database {
    /// A fresh database in memory.
    pub fn new() -> Self {
        let database = Self::unprepared();
        block_on(prepare(&database, Synchronous::Normal)).unwrap();
        database
    }

    /// A connection to a file, prepared as an instance prepares it.
    pub fn open(path: &Path) -> Self {
        Self::of(block_on(Native::open(path, Synchronous::Normal)).unwrap())
    }

    /// An empty database in memory, without the schema.
    pub fn unprepared() -> Self {
        Self::of(Native::in_memory().unwrap())
    }

    fn of(native: Native) -> Self {
        // Large enough for all statements of a test.
        native.connection.set_prepared_statement_cache_capacity(256);
        Self { native, statements: RefCell::new(None), now: Cell::new(START) }
    }

    /// Empties the database. This is faster than a new one, because its statements stay prepared.
    pub fn start_over(&self) {
        let emptied = |table: &String| match table.as_str() {
            "log" => "UPDATE log SET oldest_event = 1;".to_owned(),
            "forgotten_events" => "DELETE FROM forgotten_events WHERE id > 0;".to_owned(),
            table => format!("DELETE FROM {table};"),
        };
        let statements: String = self.tables().iter().map(emptied).collect();
        // The end of a lease appends an event.
        self.batch(&format!(
            "BEGIN; PRAGMA defer_foreign_keys = ON; {statements} DELETE FROM events; \
             DELETE FROM sqlite_sequence; COMMIT;"
        ));
        self.now.set(START);
    }

    fn tables(&self) -> Vec<String> {
        let statement =
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'";
        let rows = block_on(self.execute(statement, vec![])).unwrap();
        rows.into_iter().map(|mut row| row.text().unwrap()).collect()
    }

    /// Runs statements that the store itself never runs.
    pub fn batch(&self, statements: &str) {
        self.native.connection.execute_batch(statements).unwrap();
    }

    /// Records every statement from now on, for [`plans`](Self::plans), [`steps`](Self::steps) and
    /// [`planned_again`](Self::planned_again).
    pub fn record_statements(&self) {
        *self.statements.borrow_mut() = Some(Vec::new());
    }

    /// The recorded statements with their query plans, one step per line, including those of
    /// triggers.
    pub fn plans(&self) -> Vec<(String, String)> {
        let statements = self.statements.take().unwrap();
        let explain_triggers = rusqlite::config::DbConfig::SQLITE_DBCONFIG_TRIGGER_EQP;
        self.native.connection.set_db_config(explain_triggers, true).unwrap();
        // Otherwise the plans show a search for the children of an inserted row, which SQLite runs
        // only while a foreign key is violated.
        self.batch("PRAGMA foreign_keys = OFF");
        let plan = |statement: String| {
            let mut explain =
                self.native.connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
            let parameters = vec![Value::Null; explain.parameter_count()];
            let steps = explain.query_map(rusqlite::params_from_iter(parameters), |row| {
                row.get::<_, String>("detail")
            });
            let steps: Vec<String> = steps.unwrap().map(Result::unwrap).collect();
            (statement, steps.join("\n"))
        };
        statements.into_iter().map(plan).collect()
    }

    /// The number of steps of SQLite's virtual machine that the statements of `act` take.
    pub fn steps(&self, act: impl FnOnce()) -> i32 {
        self.record_statements();
        act();
        let statements = self.statements.take().unwrap();
        let steps = |statement: String| {
            let statement = self.native.connection.prepare_cached(&statement).unwrap();
            statement.reset_status(rusqlite::StatementStatus::VmStep)
        };
        statements.into_iter().map(steps).sum()
    }

    /// The recorded statements that SQLite planned more than once.
    pub fn planned_again(&self) -> Vec<String> {
        let statements = self.statements.take().unwrap();
        let again = |statement: &String| {
            let cached = self.native.connection.prepare_cached(statement).unwrap();
            cached.get_status(rusqlite::StatementStatus::RePrepare) > 0
        };
        statements.into_iter().filter(again).collect()
    }

    /// The first column of the first row.
    pub fn text(&self, statement: &str) -> String {
        block_on(self.execute(statement, vec![])).unwrap().remove(0).text().unwrap()
    }

    /// The first column of the first row.
    pub fn integer(&self, statement: &str) -> i64 {
        block_on(self.execute(statement, vec![])).unwrap().remove(0).integer().unwrap()
    }

    /// The number of rows that this connection has written.
    pub fn changes(&self) -> i64 {
        self.integer("SELECT total_changes()")
    }

    /// Every row of every table as text. A refused command must not change it.
    pub fn dump(&self) -> String {
        let rows = |table: &String| -> Vec<String> {
            let rows = block_on(self.execute(&format!("SELECT * FROM {table}"), vec![])).unwrap();
            rows.into_iter().map(|row| format!("{table} {row:?}\n")).collect()
        };
        self.tables().iter().flat_map(rows).collect()
    }

    /// Registers a user of this name.
    pub fn register(&self, username: &str) -> UserId {
        self.try_register(username).unwrap()
    }

    /// Registers a user of this name, or returns the refusal.
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

    /// Creates a group.
    pub fn create_group(&self, owner: &UserId, members: &[&UserId]) -> Result<GroupId> {
        let body = serde_json::json!({ "name": "group", "member_ids": members });
        let create = serde_json::from_value::<CreateRequest>(body).unwrap().validate(owner)?;
        let group_id = GroupId::random(Uuid::new_v4());
        block_on(crate::group::create(self, owner, create, &group_id, 500, self.now.get()))?;
        Ok(group_id)
    }

    /// Sends a text to a group.
    pub fn send_to_group(
        &self,
        sender: &UserId,
        group_id: &GroupId,
        client_msg_id: &str,
    ) -> Result<Ack> {
        let mut message =
            text_message(sender, &UserId::native(Uuid::now_v7()), client_msg_id, "hi");
        message.destination = Destination::Group(group_id.clone());
        self.send_message(message)
    }

    /// All conversations of a user.
    pub fn list(&self, user_id: &UserId) -> Vec<Conversation> {
        let page = ListQuery { with_last_message: Some("true".to_owned()), ..ListQuery::default() }
            .validate()
            .unwrap();
        block_on(crate::conversation::list(self, user_id, &page)).unwrap().conversations
    }

    /// The frames that a user's poll returns after an event.
    pub fn frames(&self, user_id: &UserId, after: i64) -> Vec<serde_json::Value> {
        let head = block_on(crate::event::position(self, 0)).unwrap().head.event_id;
        let present = UserOnPlatform { user_id: user_id.clone(), platform: Platform::WEB };
        let found =
            block_on(crate::event::for_user(self, &present, after, head, self.now.get())).unwrap();
        let frames = found.frames_for(user_id.as_str());
        let (frames, _) = longwave_core::frame::pack(frames, Place::START);
        frames.iter().map(|frame| serde_json::from_str(frame.get()).unwrap()).collect()
    }

    /// Sends a message.
    pub fn send_message(&self, message: SendMessage) -> Result<Ack> {
        self.send_within(0, message)
    }

    /// Sends a message with a limit of `per_minute` messages of its sender.
    pub fn send_within(&self, per_minute: i64, message: SendMessage) -> Result<Ack> {
        block_on(crate::message::send(self, message, per_minute, Uuid::now_v7(), self.now.get()))
    }
}

/// A login with a username as typed.
pub fn login(username: &str) -> Login {
    let body = json!({ "username": username, "password": "secret", "platform_id": 5 });
    serde_json::from_value::<LoginRequest>(body).unwrap().validate().unwrap()
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
    serde_json::from_value::<SendRequest>(body).unwrap().validate(sender.clone(), true).unwrap()
}

/// A read position to set.
pub fn read_to(conversation_id: &ConversationId, read_seq: i64) -> Read {
    Read { conversation_id: conversation_id.clone(), read_seq }
}

/// A range of seqs to pull, ascending.
pub fn range(conversation_id: &ConversationId, begin: i64, end: i64, limit: i64) -> Pull {
    let range = PullRange::Seqs { begin, end, order: Order::Asc };
    Pull { conversation_id: conversation_id.clone(), range, limit }
}

/// A member of a group, by ids.
pub fn member_of(group_id: &GroupId, user_id: &UserId) -> GroupMember {
    GroupMember { group_id: group_id.clone(), user_id: user_id.clone() }
}
