//! Checkpoints of a database with a write-ahead log.
//!
//! The main file of such a database lacks the content that is still in the log, and a copy of it alone does not show
//! that. So each checkpoint writes the mark `state::IN_WAL` into the main file, in the header field `application_id`,
//! and after it `state::WHOLE` into the log: a reader of both files sees `WHOLE`, a reader of the main file alone
//! `IN_WAL`. An orderly shutdown writes `WHOLE` into the main file.

use crate::state::{IN_WAL, WHOLE};
use rusqlite::{Connection, OpenFlags};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Size of the log, in pages, at which a checkpoint is due: SQLite's own default.
const DUE: i32 = 1_000;

/// Maximum time that a checkpoint waits for readers of an older state than the end of the log.
const READERS: Duration = Duration::from_millis(20);

thread_local! {
    static COMMITTED: Cell<i32> = const { Cell::new(0) };
}

/// Leaves the checkpoints after a connection's commits to the keeper: replaces SQLite's automatic ones.
pub fn watch(connection: &Connection) {
    connection.wal_hook(Some(|_, pages| {
        COMMITTED.set(pages);
        Ok(())
    }));
}

/// Size of the log, in pages, after the last commit on this thread; 0 if no commit has written to one since the last
/// call.
pub fn committed() -> i32 {
    COMMITTED.take()
}

/// Runs the checkpoints of one database.
pub struct Keeper {
    path: PathBuf,
    /// Open from the first use of a log on, so that a guest's connection is never the last one: closing the last
    /// connection runs a checkpoint.
    connection: Option<Connection>,
    due: i32,
    /// Whether `WHOLE` is still to be written.
    marking: bool,
}

impl Keeper {
    /// The keeper of the database at a path.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, connection: None, due: 0, marking: false }
    }

    /// Opens a database that has a log, and writes `WHOLE` if the previous server ended during a checkpoint.
    pub fn take_over(&mut self) {
        if let Ok(connection) = open(&self.path)
            && has_log(&connection)
        {
            self.marking = mark(&connection) == Some(IN_WAL);
            self.connection = Some(connection);
            self.finish();
        }
    }

    /// Runs a checkpoint if the log, which has this many pages after the last commit, is due for one. Errors are
    /// ignored: the next commit leads here again.
    pub fn look(&mut self, pages: i32) {
        self.finish();
        if pages == 0 {
            return;
        }
        // The log has begun anew since the last checkpoint.
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
        // An application's own `application_id` is kept.
        if matches!(mark(connection), Some(0 | IN_WAL | WHOLE)) {
            match set_mark(connection, IN_WAL) {
                Ok(()) => self.marking = true,
                // Another connection writes; its commit leads here again.
                Err(error) if is_busy(&error) => return,
                // A full disk may have space again after the checkpoint.
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

/// Opens an existing database.
///
/// # Errors
/// When SQLite fails, as it does when there is no such file.
pub fn open_existing(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::default().difference(OpenFlags::SQLITE_OPEN_CREATE);
    Connection::open_with_flags(path, flags)
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open_existing(path)?;
    watch(&connection);
    connection.busy_timeout(READERS)?;
    // `NORMAL` is enough: the checkpoint that follows puts a mark on disk, and a lost one claims less than there is.
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
