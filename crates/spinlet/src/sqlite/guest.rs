//! A guest's connection, and which of its statements may share a transaction with those of others.

use super::keeper;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use std::collections::HashMap;
use std::ops::Deref;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Maximum statements per connection whose kind is remembered.
const KNOWN: usize = 64;

/// The effect of a statement, which decides the connections that can run it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The statement only reads.
    Read,
    /// The statement writes to a view, whose triggers do the work, and leaves no state in its
    /// connection: it can run on any other connection, and in one transaction with other commands.
    Command,
    /// Any other write.
    Write,
}

/// The settings of a connection that its commands keep wherever they run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// The number of `PRAGMA synchronous`: how much a commit waits for the disk.
    pub synchronous: i64,
    /// The number of `PRAGMA busy_timeout`: how long a statement waits for another writer, in milliseconds.
    pub busy_timeout: i64,
    /// The number of `PRAGMA secure_delete`: whether deleted content is overwritten (1), or only where that costs no
    /// further write (2).
    pub secure_delete: i64,
}

impl Settings {
    /// The settings of a connection.
    ///
    /// # Errors
    /// When SQLite fails.
    pub fn of(connection: &rusqlite::Connection) -> rusqlite::Result<Self> {
        let number = |pragma| connection.prepare_cached(pragma)?.query_row([], |row| row.get(0));
        Ok(Self {
            synchronous: number("PRAGMA synchronous")?,
            busy_timeout: number("PRAGMA busy_timeout")?,
            secure_delete: number("PRAGMA secure_delete")?,
        })
    }
}

/// A connection of a guest.
pub struct Guest {
    connection: rusqlite::Connection,
    noted: Arc<Mutex<Noted>>,
    known: HashMap<String, Kind>,
}

/// SQLite's reports on a connection's statements at their compilation.
#[derive(Default)]
struct Noted {
    /// Whether the connection has tables or settings of its own, on which its statements may depend.
    is_apart: bool,
    /// The statement that was compiled last.
    last: Statement,
}

/// A statement itself, without the actions of its triggers.
#[derive(Default)]
struct Statement {
    /// Whether the statement calls a function about earlier ones of its connection, such as `changes()`.
    looks_back: bool,
    /// The table or view that it writes to.
    target: Option<String>,
}

impl Guest {
    /// Opens an existing database; `watched` if a keeper runs its checkpoints.
    ///
    /// # Errors
    /// When SQLite fails.
    pub fn open(path: &Path, watched: bool) -> rusqlite::Result<Self> {
        let connection = keeper::open_existing(path)?;
        if watched {
            keeper::watch(&connection);
        }
        let (noted, known) = <(Arc<Mutex<Noted>>, _)>::default();
        let pad = Arc::clone(&noted);
        connection.authorizer(Some(move |context: AuthContext<'_>| note(&pad, &context)))?;
        Ok(Self { connection, noted, known })
    }

    /// The kind of a statement.
    ///
    /// # Errors
    /// When SQLite cannot compile it.
    pub fn kind(&mut self, statement: &str) -> rusqlite::Result<Kind> {
        let kind = match self.known.get(statement) {
            Some(kind) => *kind,
            None => self.learn(statement)?,
        };
        // A command leaves `changes()` at 0; it must be 0 on this connection too when another one runs the command.
        let is_like_others = !self.noted().is_apart && self.connection.changes() == 0;
        Ok(if kind == Kind::Command && !is_like_others { Kind::Write } else { kind })
    }

    fn learn(&mut self, statement: &str) -> rusqlite::Result<Kind> {
        self.noted().last = Statement::default();
        let reads = self.connection.prepare(statement)?.readonly();
        let Statement { looks_back, target } = std::mem::take(&mut self.noted().last);
        let kind = match target {
            _ if reads => Kind::Read,
            Some(target) if !looks_back && self.is_view(&target)? => Kind::Command,
            _ => Kind::Write,
        };
        if self.known.len() == KNOWN {
            self.known.clear();
        }
        self.known.insert(statement.to_owned(), kind);
        Ok(kind)
    }

    /// Whether `name` is a view, in a database without deferred constraints, which hold only at the end of a
    /// transaction.
    fn is_view(&self, name: &str) -> rusqlite::Result<bool> {
        let asked = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'view' AND name = ?1 COLLATE NOCASE) \
             AND NOT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND sql LIKE '%DEFERRED%')";
        self.connection.query_row(asked, [name], |row| row.get(0))
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for Guest {
    type Target = rusqlite::Connection;

    fn deref(&self) -> &rusqlite::Connection {
        &self.connection
    }
}

/// Authorizes an action of a statement, and notes the facts that decide its kind.
fn note(noted: &Mutex<Noted>, context: &AuthContext<'_>) -> Authorization {
    let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
    let is_outermost = context.accessor.is_none();
    match context.action {
        AuthAction::Attach { filename } if !matches!(filename, "" | ":memory:") => {
            return Authorization::Deny;
        }
        AuthAction::Attach { .. }
        | AuthAction::CreateTempIndex { .. }
        | AuthAction::CreateTempTable { .. }
        | AuthAction::CreateTempTrigger { .. }
        | AuthAction::CreateTempView { .. }
        | AuthAction::CreateVtable { .. } => noted.is_apart = true,
        AuthAction::Pragma { pragma_name, pragma_value: Some(_) } => {
            noted.is_apart |= !is_common(pragma_name);
        }
        AuthAction::Function { function_name } if is_outermost => {
            noted.last.looks_back |= ["changes", "last_insert_rowid", "total_changes"]
                .iter()
                .any(|name| name.eq_ignore_ascii_case(function_name));
        }
        AuthAction::Insert { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::Delete { table_name }
            if is_outermost =>
        {
            noted.last.target = Some(table_name.to_owned());
        }
        _ => {}
    }
    Authorization::Allow
}

/// Whether a pragma does not change what a statement does, or its setting goes with the command (`Settings`).
fn is_common(pragma: &str) -> bool {
    let common = [
        "application_id",
        "busy_timeout",
        "foreign_key_list",
        "index_info",
        "index_list",
        "journal_mode",
        "secure_delete",
        "synchronous",
        "table_info",
        "table_list",
        "table_xinfo",
        "user_version",
        "wal_checkpoint",
    ];
    common.iter().any(|name| name.eq_ignore_ascii_case(pragma))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    const SCHEMA: &str = "CREATE TABLE notes (text TEXT); CREATE VIEW Note AS SELECT text FROM notes; \
        CREATE TRIGGER noted INSTEAD OF INSERT ON Note BEGIN \
          INSERT INTO notes VALUES (NEW.text); INSERT INTO notes SELECT 'again' WHERE changes() > 1; END;";

    fn guest(schema: &str) -> (TempDir, Guest) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("database");
        rusqlite::Connection::open(&path).unwrap().execute_batch(schema).unwrap();
        let guest = Guest::open(&path, false).unwrap();
        (folder, guest)
    }

    #[test]
    fn a_statement_that_writes_only_to_a_view_is_a_command() {
        let (_folder, mut guest) = guest(SCHEMA);
        for (statement, kind) in [
            ("INSERT INTO note VALUES ('a')", Kind::Command),
            ("INSERT INTO \"NOTE\" (text) VALUES (?1) RETURNING text", Kind::Command),
            (
                "WITH new (text) AS (SELECT 'b') INSERT INTO note SELECT text FROM new",
                Kind::Command,
            ),
            ("INSERT INTO notes VALUES ('a')", Kind::Write),
            ("UPDATE notes SET text = 'b'", Kind::Write),
            ("DELETE FROM notes", Kind::Write),
            ("CREATE TABLE others (text TEXT)", Kind::Write),
            ("INSERT INTO note VALUES (last_insert_rowid())", Kind::Write),
            ("INSERT INTO note SELECT text FROM notes WHERE CHANGES() = 1", Kind::Write),
            ("SELECT changes()", Kind::Read),
            ("SELECT text FROM note", Kind::Read),
        ] {
            for _ in 0..2 {
                assert_eq!(guest.kind(statement).unwrap(), kind, "{statement}");
            }
        }
        assert!(guest.kind("INSERT INTO nothing VALUES (1)").is_err());
    }

    #[test]
    fn a_connection_with_its_own_state_runs_its_commands_itself() {
        let command = "INSERT INTO note VALUES ('a')";
        for (before, kind) in [
            (
                "PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 8; PRAGMA secure_delete = ON; PRAGMA user_version = 1",
                Kind::Command,
            ),
            ("PRAGMA journal_mode = WAL; PRAGMA table_info(notes)", Kind::Command),
            ("PRAGMA recursive_triggers = ON", Kind::Write),
            ("CREATE TEMP TABLE notes (text TEXT)", Kind::Write),
            ("CREATE TEMP VIEW note AS SELECT 1 AS text", Kind::Write),
            ("ATTACH ':memory:' AS own", Kind::Write),
            ("INSERT INTO notes VALUES ('a')", Kind::Write),
            // The command leaves `changes()` at 0 again.
            ("INSERT INTO notes VALUES ('a'); INSERT INTO note VALUES ('a')", Kind::Command),
        ] {
            let (_folder, mut guest) = guest(SCHEMA);
            assert_eq!(guest.kind(command).unwrap(), Kind::Command);
            guest.execute_batch(before).unwrap();
            assert_eq!(guest.kind(command).unwrap(), kind, "{before}");
        }
        let (_folder, mut guest) = guest(&format!(
            "{SCHEMA} CREATE TABLE keys (id INTEGER PRIMARY KEY, other REFERENCES keys DEFERRABLE INITIALLY DEFERRED)"
        ));
        assert_eq!(guest.kind(command).unwrap(), Kind::Write);
    }

    #[test]
    fn files_cannot_be_attached() {
        let (folder, guest) = guest(SCHEMA);
        let attach = format!("ATTACH '{}' AS other", folder.path().join("database").display());
        assert!(guest.execute_batch(&attach).unwrap_err().to_string().contains("not authorized"));
    }
}
