//! Waiting for the write lock: SQLite allows one writer at a time.
//!
//! SQLite waits in pauses that grow to 100 ms. At the end of a long pause another writer has often locked the database
//! again, so of 50 writers some waited for seconds. Here SQLite waits only briefly, and then the statement is retried.
//! Between two attempts the other requests of the instance continue.

use crate::clock::{Runtime, System, give_way};
use longwave_store::Sql;
use std::time::Duration;

/// How long SQLite itself waits for the lock: with 8 ms, its pauses are 1, 2 and 5 ms.
const BUSY_TIMEOUT: &str = "PRAGMA busy_timeout = 8";

/// Maximum time for which a statement is retried.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// The error text of SQLite for a database that stayed locked for the busy timeout.
const LOCKED: &str = "database is locked";

/// Sets the short busy timeout of a new connection, for [`patiently`].
///
/// # Errors
/// The message of SQLite.
pub(super) async fn prepare(sql: &impl Sql) -> Result<(), String> {
    sql.execute(BUSY_TIMEOUT, Vec::new()).await.map(drop)
}

/// Attempts a statement until the database is not locked, and returns its result.
///
/// # Errors
/// The error of the attempt; [`LOCKED`] if the database stays locked for 5 s.
pub(super) async fn patiently<T>(
    mut attempt: impl AsyncFnMut() -> Result<T, String>,
) -> Result<T, String> {
    let mut ends = None;
    loop {
        let result = attempt().await;
        if !result.as_ref().is_err_and(|text| text == LOCKED) {
            return result;
        }
        let now = System.elapsed();
        if now >= *ends.get_or_insert(now + WAIT_MAX) {
            return result;
        }
        give_way().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use futures::future::join;
    use longwave_store::native::Native;
    use longwave_store::schema::Synchronous;
    use std::time::Instant;

    /// A database in a file, and two connections to it, prepared as in an instance.
    fn two_connections() -> (tempfile::TempDir, Native, Native) {
        let folder = tempfile::tempdir().unwrap();
        let open = || {
            let path = folder.path().join("database");
            let connection = block_on(Native::open(&path, Synchronous::Normal)).unwrap();
            block_on(prepare(&connection)).unwrap();
            connection
        };
        let (one, other) = (open(), open());
        (folder, one, other)
    }

    async fn execute(sql: &Native, statement: &str) -> Result<(), String> {
        patiently(async || sql.execute(statement, Vec::new()).await.map(drop)).await
    }

    const WRITE: &str =
        "INSERT INTO users (id, nickname, created_at, updated_at) VALUES ('u', 'n', 1, 1)";

    #[test]
    fn a_statement_on_a_locked_database_yields_and_writes_once_it_is_free() {
        let (_folder, one, other) = two_connections();
        block_on(execute(&one, "BEGIN IMMEDIATE")).unwrap();
        let (written, committed) = block_on(join(execute(&other, WRITE), execute(&one, "COMMIT")));
        assert_eq!((written, committed), (Ok(()), Ok(())));
    }

    #[test]
    fn a_database_that_stays_locked_fails_the_statement_after_five_seconds() {
        let (_folder, one, other) = two_connections();
        block_on(execute(&one, "BEGIN IMMEDIATE")).unwrap();
        let began = Instant::now();
        assert_eq!(block_on(execute(&other, WRITE)), Err(LOCKED.to_owned()));
        assert!(began.elapsed() >= WAIT_MAX);
    }
}
