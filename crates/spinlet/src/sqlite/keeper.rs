//! Checkpoints of a database that has a write-ahead log.
//!
//! The main file of such a database lacks what is still in its log, and looks no different when it was copied
//! alone. So each checkpoint brings the mark `state::IN_WAL` into the main file, in the header field
//! `application_id`, and puts `state::WHOLE` behind it into the log: whoever has both files sees the second,
//! whoever has the main file alone the first. An orderly end brings the second one into the main file.

use crate::state::{IN_WAL, WHOLE};
use rusqlite::{Connection, OpenFlags};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Pages in the log at which it is time for a checkpoint; SQLite's own default.
const DUE: i32 = 1_000;

/// How long a checkpoint waits for readers of what is older than the log's end.
const READERS: Duration = Duration::from_millis(20);

thread_local! {
    static COMMITTED: Cell<i32> = const { Cell::new(0) };
}

/// Leaves the checkpoints after a connection's commits to the keeper.
pub fn watch(connection: &Connection) {
    connection.wal_hook(Some(|_, pages| {
        COMMITTED.set(pages);
        Ok(())
    }));
}

/// How many pages the log had after the last commit on this thread; 0 if nothing went into one since this was
/// asked last.
pub fn committed() -> i32 {
    COMMITTED.take()
}

/// Does the checkpoints of one database.
pub struct Keeper {
    path: PathBuf,
    /// Open from the first use of a log on, so that no connection of a guest is the last one, whose end does a
    /// checkpoint.
    connection: Option<Connection>,
    due: i32,
    /// `WHOLE` is still to be written.
    marking: bool,
}

impl Keeper {
    /// Of the database at a path.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, connection: None, due: 0, marking: false }
    }

    /// Takes over from a server that has ended in the middle of a checkpoint.
    pub fn take_over(&mut self) {
        if let Ok(connection) = open(&self.path)
            && has_log(&connection)
        {
            self.marking = mark(&connection) == Some(IN_WAL);
            self.connection = Some(connection);
            self.finish();
        }
    }

    /// Looks after the database, whose log had so many pages after the last commit. An error is no one's: the
    /// next commit leads here again.
    pub fn look(&mut self, pages: i32) {
        self.finish();
        if pages == 0 {
            return;
        }
        // The log began anew since the last checkpoint.
        if pages <= self.due - DUE {
            self.due = DUE;
        }
        if pages < self.due {
            return;
        }
        if self.connection.is_none() {
            self.connection = open(&self.path).ok().filter(has_log);
        }
        let Some(connection) = &self.connection else { return };
        // An application that has an `application_id` of its own keeps it.
        if matches!(mark(connection), Some(0 | IN_WAL | WHOLE)) {
            match set_mark(connection, IN_WAL) {
                Ok(()) => self.marking = true,
                // Somebody else has begun to write, and their end leads here again.
                Err(error) if is_busy(&error) => return,
                // A full disk may have space again behind the checkpoint.
                Err(_) => {}
            }
        }
        let ended = connection
            .query_row("PRAGMA wal_checkpoint(FULL)", [], |row| Ok(row.get::<_, i64>(0)? == 0));
        self.due = if matches!(ended, Ok(true)) { DUE } else { pages.saturating_add(DUE) };
        self.finish();
    }

    fn finish(&mut self) {
        if self.marking
            && let Some(connection) = &self.connection
            && set_mark(connection, WHOLE).is_ok()
        {
            self.marking = false;
        }
    }
}

/// Opens a database that is there.
///
/// # Errors
/// SQLite's, as when it is not.
pub fn open_existing(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::default().difference(OpenFlags::SQLITE_OPEN_CREATE);
    Connection::open_with_flags(path, flags)
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open_existing(path)?;
    watch(&connection);
    connection.busy_timeout(READERS)?;
    // What the marks say is on disk with the checkpoint that follows, or says less than there is.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    Ok(connection)
}

fn has_log(connection: &Connection) -> bool {
    let mode = connection.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0));
    mode.is_ok_and(|mode| mode == "wal")
}

fn mark(connection: &Connection) -> Option<i32> {
    connection.pragma_query_value(None, "application_id", |row| row.get(0)).ok()
}

fn set_mark(connection: &Connection, mark: i32) -> rusqlite::Result<()> {
    connection.pragma_update(None, "application_id", mark)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
}
