//! Bringing a database to this version of the schema, at an instance's first use of it.

use crate::sql::{Sql, run};
use longwave_core::{Code, Error, Result};

/// The migrations in order; `PRAGMA user_version` counts how many a database has. Their tables are history and
/// are applied once each; their commands (views and triggers) are source code, made anew with each upgrade.
const MIGRATIONS: [&str; 11] = [
    include_str!("../../../migrations/0001_tables.sql"),
    include_str!("../../../migrations/0002_commands.sql"),
    include_str!("../../../migrations/0003_groups.sql"),
    include_str!("../../../migrations/0004_throttles.sql"),
    include_str!("../../../migrations/0005_presence.sql"),
    include_str!("../../../migrations/0006_realtime.sql"),
    include_str!("../../../migrations/0007_history.sql"),
    include_str!("../../../migrations/0008_revocations.sql"),
    include_str!("../../../migrations/0009_ended_logins.sql"),
    include_str!("../../../migrations/0010_forgotten_events.sql"),
    include_str!("../../../migrations/0011_sessions.sql"),
];

/// How much an acknowledgement is worth (design, "Data").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronous {
    /// Acknowledged means on disk, also after a power cut.
    Full,
    /// Acknowledged survives a killed process, not a power cut.
    Normal,
}

impl Synchronous {
    /// Reads the variable `sqlite_synchronous`.
    ///
    /// # Errors
    /// Which values there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "FULL" => Ok(Self::Full),
            "NORMAL" => Ok(Self::Normal),
            _ => Err(format!("sqlite_synchronous is '{text}'; it must be FULL or NORMAL")),
        }
    }

    const fn pragma(self) -> &'static str {
        match self {
            Self::Full => "PRAGMA synchronous = FULL",
            Self::Normal => "PRAGMA synchronous = NORMAL",
        }
    }
}

/// Makes a fresh connection ready for use: sets what is per connection, then migrates the
/// database if it is behind.
///
/// Nothing else may use the connection meanwhile. Instances that race are serialised by SQLite's
/// write lock; whoever comes second finds the work done.
///
/// # Errors
/// `20002` when the database is newer than this code, or does not answer.
pub async fn prepare(sql: &impl Sql, synchronous: Synchronous) -> Result<()> {
    execute(sql, synchronous.pragma()).await?;
    if pending(sql).await?.is_empty() {
        return Ok(());
    }
    write_ahead(sql).await?;
    execute(sql, "BEGIN IMMEDIATE").await?;
    match migrate(sql).await {
        Ok(()) => execute(sql, "COMMIT").await,
        Err(error) => {
            execute(sql, "ROLLBACK").await?;
            Err(error)
        }
    }
}

/// Switches the database to a write-ahead log, which stays in its file.
///
/// SQLite refuses a switch at once, `busy_timeout` or not, while anybody else uses the database.
/// Waiting for the write lock in between waits for another instance that switches.
async fn write_ahead(sql: &impl Sql) -> Result<()> {
    const ATTEMPTS: usize = 100;
    for _ in 1..ATTEMPTS {
        if execute(sql, "PRAGMA journal_mode = WAL").await.is_ok() {
            return Ok(());
        }
        execute(sql, "BEGIN IMMEDIATE").await?;
        execute(sql, "COMMIT").await?;
    }
    execute(sql, "PRAGMA journal_mode = WAL").await
}

/// Checks that the database answers and has this version of the schema.
///
/// # Errors
/// `20002` otherwise.
pub async fn check(sql: &impl Sql) -> Result<()> {
    match pending(sql).await? {
        [] => Ok(()),
        some => Err(Error::failed(
            Code::StoreFailed,
            format!("{} migrations were undone under us", some.len()),
        )),
    }
}

/// The migrations that the database does not have yet.
async fn pending(sql: &impl Sql) -> Result<&'static [&'static str]> {
    let rows = run(sql, Code::StoreFailed, "PRAGMA user_version", vec![]).await?;
    let mut row = rows
        .into_iter()
        .next()
        .ok_or_else(|| Error::failed(Code::StoreFailed, "no user_version"))?;
    let version = row.integer()?;
    usize::try_from(version).ok().and_then(|version| MIGRATIONS.get(version..)).ok_or_else(|| {
        let known = MIGRATIONS.len();
        Error::failed(
            Code::StoreFailed,
            format!("the database has schema version {version}, this code knows {known}: run a newer Longwave"),
        )
    })
}

/// Applies what is pending, inside the caller's transaction: drops all commands, brings the tables up to
/// date, and makes all commands as they are today, so that a database of any version ends with the same ones.
async fn migrate(sql: &impl Sql) -> Result<()> {
    const COMMANDS: &str = "SELECT 'DROP ' || type || ' ' || name FROM sqlite_schema \
         WHERE type IN ('trigger', 'view') ORDER BY type";
    let pending = pending(sql).await?;
    if pending.is_empty() {
        return Ok(());
    }
    for mut command in run(sql, Code::StoreFailed, COMMANDS, vec![]).await? {
        execute(sql, &command.text()?).await?;
    }
    let tables = pending.iter().flat_map(|it| statements(it)).filter(|it| !is_command(it));
    let commands = MIGRATIONS.iter().flat_map(|it| statements(it)).filter(|it| is_command(it));
    for statement in tables.chain(commands) {
        execute(sql, statement).await?;
    }
    execute(sql, &format!("PRAGMA user_version = {}", MIGRATIONS.len())).await
}

/// Whether a statement makes a view or a trigger.
fn is_command(statement: &str) -> bool {
    let mut lines = statement.lines().filter(|line| !line.is_empty() && !line.starts_with("--"));
    let first = lines.next().unwrap_or_default();
    first.starts_with("CREATE VIEW") || first.starts_with("CREATE TRIGGER")
}

async fn execute(sql: &impl Sql, statement: &str) -> Result<()> {
    run(sql, Code::StoreFailed, statement, vec![]).await.map(drop)
}

/// The statements of a migration, by the rule of `migrations/README.md`: one ends at a line that
/// ends in `;`, a trigger at the line `END;`.
fn statements(migration: &str) -> impl Iterator<Item = &str> {
    let mut rest = migration;
    std::iter::from_fn(move || {
        let mut end = 0;
        let mut in_trigger = false;
        for line in rest.split_inclusive('\n') {
            end += line.len();
            let line = line.trim();
            in_trigger |= line.starts_with("CREATE TRIGGER");
            let closes = if in_trigger {
                line == "END;"
            } else {
                line.ends_with(';') && !line.starts_with("--")
            };
            if closes {
                let (statement, behind) = rest.split_at(end);
                rest = behind;
                return Some(statement.trim());
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::Native;
    use pollster::block_on;

    #[test]
    fn a_migration_is_split_into_statements_that_sqlite_takes_whole() {
        let whole = rusqlite::Connection::open_in_memory().unwrap();
        let split = rusqlite::Connection::open_in_memory().unwrap();
        // As an upgrade does it: the commands behind all tables, which they may be about.
        let (commands, tables): (Vec<_>, Vec<_>) =
            MIGRATIONS.iter().flat_map(|it| statements(it)).partition(|it| is_command(it));
        for statement in tables.into_iter().chain(commands) {
            whole.execute_batch(statement).unwrap();
            split.execute(statement, []).unwrap();
        }
        let (all, parts) = (MIGRATIONS.concat(), MIGRATIONS.iter().flat_map(|it| statements(it)));
        let bare = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(bare(&parts.collect::<Vec<_>>().join(" ")), bare(&all), "nothing is left out");
        assert_eq!(objects(&whole), objects(&split));
    }

    fn objects(connection: &rusqlite::Connection) -> Vec<String> {
        let mut query = connection
            .prepare("SELECT name || sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
            .unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// A database as an earlier version left it, without its commands.
    fn of_version(version: usize) -> Native {
        let old = Native::in_memory().unwrap();
        let tables = MIGRATIONS[..version].iter().flat_map(|it| statements(it));
        for table in tables.filter(|it| !is_command(it)) {
            old.connection.execute(table, []).unwrap();
        }
        let version = i64::try_from(version).unwrap();
        old.connection.pragma_update(None, "user_version", version).unwrap();
        old
    }

    #[test]
    fn an_upgrade_keeps_the_log_and_gives_each_event_a_tag_of_its_own() {
        let old = of_version(6);
        let written = "INSERT INTO events (kind, conversation_id, user_id, seq, read_seq, body, created_at)
            VALUES (2001, 'si', NULL, 1, NULL, NULL, 1), (2001, 'si', NULL, 2, 2, NULL, 2),
                   (2008, NULL, 'a', NULL, NULL, '{\"a\":\"\u{e9}\"}', 3), (2003, NULL, 'a', NULL, NULL, '{}', 4);
            DELETE FROM events WHERE id = 1;
            UPDATE log SET oldest_event = 2;
            INSERT INTO presence (user_id, platform_id, lease_until, polled_until) VALUES ('a', 5, 9, 9);";
        old.connection.execute_batch(written).unwrap();
        let columns = "SELECT id, kind, conversation_id, user_id, seq, read_seq, body, created_at FROM events";
        let rows = |connection: &rusqlite::Connection,
                    query: &str|
         -> Vec<Vec<rusqlite::types::Value>> {
            let mut query = connection.prepare(query).unwrap();
            let columns = query.column_count();
            let row = |row: &rusqlite::Row<'_>| (0..columns).map(|index| row.get(index)).collect();
            query.query_map([], row).unwrap().map(Result::unwrap).collect()
        };
        let before = rows(&old.connection, columns);
        block_on(prepare(&old, Synchronous::Normal)).unwrap();
        assert_eq!(rows(&old.connection, columns), before);
        let number =
            |query: &str| -> i64 { old.connection.query_row(query, [], |row| row.get(0)).unwrap() };
        assert_eq!(number("SELECT count(DISTINCT tag) FROM events WHERE tag <> 0"), 3);
        assert_eq!(number("SELECT body_bytes FROM log"), 10 + 2);
        assert_eq!(number("SELECT count(*) FROM presence"), 1);
        let next = "INSERT INTO events (kind, user_id, body, created_at) VALUES (2003, 'a', '{}', 5) RETURNING id";
        assert_eq!(number(next), 5);
    }

    #[test]
    fn a_database_of_any_earlier_version_gets_the_commands_of_today() {
        let fresh = Native::in_memory().unwrap();
        block_on(prepare(&fresh, Synchronous::Normal)).unwrap();
        for version in 1..MIGRATIONS.len() {
            let old = of_version(version);
            // As an earlier version had it, and one that no longer exists.
            let commands = "CREATE VIEW register_user (id) AS SELECT NULL;
                CREATE TRIGGER register_user INSTEAD OF INSERT ON register_user BEGIN SELECT 1; END;
                CREATE VIEW forgotten (id) AS SELECT NULL;";
            old.connection.execute_batch(commands).unwrap();
            block_on(prepare(&old, Synchronous::Normal)).unwrap();
            assert_eq!(objects(&old.connection), objects(&fresh.connection), "from {version}");
        }
    }
}
