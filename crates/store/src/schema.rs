//! The schema: tables, brought up to date by migrations, and commands, which are source code.

use crate::sql::{Sql, run};
use longwave_core::{Code, Error, Result};

/// The migrations of the tables, in order. A released one is never edited.
const MIGRATIONS: [&str; 6] = [
    include_str!("../../../migrations/0001_initial.sql"),
    include_str!("../../../migrations/0002_positions.sql"),
    include_str!("../../../migrations/0003_message_changes.sql"),
    include_str!("../../../migrations/0004_message_versions.sql"),
    include_str!("../../../migrations/0005_receipts.sql"),
    include_str!("../../../migrations/0006_quotes.sql"),
];

/// The views and triggers of this code. All of them are created anew if one has changed.
const COMMANDS: [&str; 9] = [
    include_str!("../../../migrations/commands/guards.sql"),
    include_str!("../../../migrations/commands/users.sql"),
    include_str!("../../../migrations/commands/sessions.sql"),
    include_str!("../../../migrations/commands/groups.sql"),
    include_str!("../../../migrations/commands/conversations.sql"),
    include_str!("../../../migrations/commands/messages.sql"),
    include_str!("../../../migrations/commands/events.sql"),
    include_str!("../../../migrations/commands/presence.sql"),
    include_str!("../../../migrations/commands/limits.sql"),
];

/// The schema version (`PRAGMA user_version`) of a database from before the first release. Its
/// eleven migrations made the same tables as the first migration here.
const UNRELEASED: usize = 11;

/// The schema version of this code.
const VERSION: usize = UNRELEASED + MIGRATIONS.len();

/// The failures that an acknowledged write survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronous {
    /// A power failure: the write is on disk.
    Full,
    /// A killed process, but not a power failure.
    Normal,
}

impl Synchronous {
    /// Reads the variable `sqlite_synchronous`.
    ///
    /// # Errors
    /// The allowed values, if `text` is none of them.
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

/// Prepares a new connection: sets its pragmas, and upgrades the database if its tables or commands are not those of
/// this code. Instances that start at the same time wait for each other at SQLite's write lock; the later ones find the
/// upgrade done.
///
/// The connection must not be used by anything else meanwhile.
///
/// # Errors
/// `20002` if the database is newer than this code, older than the first release, or does not answer.
pub async fn prepare(sql: &impl Sql, synchronous: Synchronous) -> Result<()> {
    execute(sql, synchronous.pragma()).await?;
    // What is erased, such as the text of a revoked message, does not stay in free pages of the file.
    execute(sql, "PRAGMA secure_delete = ON").await?;
    if Schema::of(sql).await?.is_current() {
        return Ok(());
    }
    write_ahead(sql).await?;
    execute(sql, "BEGIN IMMEDIATE").await?;
    match upgrade(sql).await {
        Ok(()) => execute(sql, "COMMIT").await,
        Err(error) => {
            execute(sql, "ROLLBACK").await?;
            Err(error)
        }
    }
}

/// Switches the database to a write-ahead log, which stays in its file.
///
/// While another connection uses the database, SQLite refuses the switch immediately, regardless of
/// `busy_timeout`. So between two attempts this waits for the write lock, which an instance that
/// switches holds.
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

/// Checks that the database answers and has the schema of this code.
///
/// # Errors
/// `20002` otherwise.
pub async fn check(sql: &impl Sql) -> Result<()> {
    if Schema::of(sql).await?.is_current() {
        return Ok(());
    }
    let message =
        "the schema of the database was replaced while the server was running: restart it";
    Err(Error::failed(Code::StoreFailed, message))
}

/// The schema of a database.
struct Schema {
    /// The schema version; 0 for an empty database.
    version: usize,
    /// The statement that created the view `commands_hash`, if it exists.
    commands: Option<String>,
}

impl Schema {
    async fn of(sql: &impl Sql) -> Result<Self> {
        let statement = "SELECT user_version, (SELECT sql FROM sqlite_schema WHERE name = 'commands_hash') \
             FROM pragma_user_version";
        let rows = run(sql, Code::StoreFailed, statement, vec![]).await?;
        let no_row = || Error::failed(Code::StoreFailed, "the database has no version");
        let mut row = rows.into_iter().next().ok_or_else(no_row)?;
        let (version, commands) = (row.integer()?, row.optional_text()?);
        let refused = |message: String| Err(Error::failed(Code::StoreFailed, message));
        match usize::try_from(version) {
            Ok(version @ (0 | UNRELEASED..=VERSION)) => Ok(Self { version, commands }),
            Ok(version @ 1..UNRELEASED) => refused(format!(
                "the database has schema version {version}, and this Longwave upgrades from {UNRELEASED} on: \
                 open it once with the last version before the first release"
            )),
            _ => refused(format!(
                "the database has schema version {version}, but this Longwave knows only {VERSION}: run a newer one"
            )),
        }
    }

    fn is_current(&self) -> bool {
        self.version == VERSION && self.commands.as_ref() == Some(&commands_hash())
    }
}

/// Brings tables and commands up to date, inside the caller's transaction.
async fn upgrade(sql: &impl Sql) -> Result<()> {
    const OLD_COMMANDS: &str = "SELECT 'DROP ' || type || ' ' || name FROM sqlite_schema \
         WHERE type IN ('trigger', 'view') ORDER BY type";
    let schema = Schema::of(sql).await?;
    if schema.is_current() {
        return Ok(());
    }
    for mut command in run(sql, Code::StoreFailed, OLD_COMMANDS, vec![]).await? {
        execute(sql, &command.text()?).await?;
    }
    let applied = match schema.version {
        0 => 0,
        UNRELEASED => 1,
        released => released - UNRELEASED,
    };
    for statement in MIGRATIONS[applied..].iter().chain(&COMMANDS).flat_map(|it| statements(it)) {
        execute(sql, statement).await?;
    }
    execute(sql, &commands_hash()).await?;
    execute(sql, &format!("PRAGMA user_version = {VERSION}")).await
}

/// The statement that creates the view `commands_hash`, which identifies the commands of a
/// database.
fn commands_hash() -> String {
    const HASH: u64 = {
        let (mut hash, mut file) = (FNV_BASIS, 0);
        while file < COMMANDS.len() {
            hash = fnv(hash, COMMANDS[file].as_bytes());
            file += 1;
        }
        hash
    };
    format!("CREATE VIEW commands_hash AS SELECT '{HASH:016x}' AS hash")
}

/// The FNV-1a hash of no bytes.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// Continues a 64-bit FNV-1a hash with `bytes`. It detects edited files, and is computed at compile
/// time.
const fn fnv(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

async fn execute(sql: &impl Sql, statement: &str) -> Result<()> {
    run(sql, Code::StoreFailed, statement, vec![]).await.map(drop)
}

/// The statements of a file of `migrations/`: one ends at a line that ends in `;`, a trigger at the line `END;`.
fn statements(file: &str) -> impl Iterator<Item = &str> {
    let mut rest = file;
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
                let (statement, after) = rest.split_at(end);
                rest = after;
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
    use std::cell::Cell;
    use std::fs;
    use std::path::{Path, PathBuf};

    /// The hash of each released migration. A new migration gets a line here with its release.
    const RELEASED: [u64; 1] = [0xde5a_1fd3_67e6_6987];

    #[test]
    fn released_migrations_are_unchanged() {
        for (number, (migration, hash)) in (1..).zip(MIGRATIONS.iter().zip(RELEASED)) {
            let found = fnv(FNV_BASIS, migration.as_bytes());
            assert_eq!(
                found, hash,
                "migration {number} was edited after its release ({found:#x}): restore it, and write a new one"
            );
        }
    }

    #[test]
    fn a_file_is_split_into_statements_that_sqlite_accepts_whole() {
        let whole = rusqlite::Connection::open_in_memory().unwrap();
        let split = rusqlite::Connection::open_in_memory().unwrap();
        let files = || MIGRATIONS.iter().chain(&COMMANDS);
        for file in files() {
            whole.execute_batch(file).unwrap();
            for statement in statements(file) {
                split.execute(statement, []).unwrap();
            }
            let bare = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            let parts: Vec<&str> = statements(file).collect();
            assert_eq!(bare(&parts.join(" ")), bare(file), "nothing is left out");
        }
        assert_eq!(commands(&whole), commands(&split));
    }

    /// The views and triggers of a database, by name.
    fn commands(connection: &rusqlite::Connection) -> Vec<String> {
        let statement =
            "SELECT name || sql FROM sqlite_schema WHERE type IN ('view', 'trigger') ORDER BY name";
        rows(connection, statement).into_iter().map(|row| format!("{row:?}")).collect()
    }

    fn rows(connection: &rusqlite::Connection, query: &str) -> Vec<Vec<rusqlite::types::Value>> {
        let mut query = connection.prepare(query).unwrap();
        let columns = query.column_count();
        let row = |row: &rusqlite::Row<'_>| (0..columns).map(|index| row.get(index)).collect();
        query.query_map([], row).unwrap().map(Result::unwrap).collect()
    }

    /// The tables and indexes of a database, independent of the text of their statements.
    fn tables(connection: &rusqlite::Connection) -> Vec<Vec<rusqlite::types::Value>> {
        let columns = "SELECT tables.name, tables.wr, tables.strict, columns.cid, columns.name, columns.type, \
             columns.\"notnull\", columns.dflt_value, columns.pk \
             FROM pragma_table_list AS tables, pragma_table_xinfo(tables.name) AS columns \
             WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%' ORDER BY 1, 4";
        let indexes =
            "SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index' ORDER BY 1";
        [rows(connection, columns), rows(connection, indexes)].concat()
    }

    /// A query for each table of the last version before the first release: all its rows and columns.
    fn unreleased_tables() -> Vec<String> {
        let old = rusqlite::Connection::open_in_memory().unwrap();
        old.execute_batch(include_str!("tests/fixtures/schema_11.sql")).unwrap();
        let queries = "SELECT format('SELECT ''%s'', %s FROM %s ORDER BY 2, 3', tables.name, \
               group_concat(columns.name, ', '), tables.name) \
             FROM pragma_table_list AS tables, pragma_table_info(tables.name) AS columns \
             WHERE tables.type = 'table' AND tables.schema = 'main' AND tables.name <> 'sqlite_schema' \
             GROUP BY tables.name ORDER BY tables.name";
        let mut queries = old.prepare(queries).unwrap();
        queries.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// Everything that the last version before the first release would read.
    fn contents(connection: &rusqlite::Connection) -> Vec<String> {
        let all =
            |query: &String| rows(connection, query).into_iter().map(|row| format!("{row:?}"));
        unreleased_tables().iter().flat_map(all).collect()
    }

    /// A database file of the last version before the first release.
    fn unreleased(folder: &Path) -> PathBuf {
        let path = folder.join("longwave.db");
        let old = rusqlite::Connection::open(&path).unwrap();
        old.pragma_update(None, "journal_mode", "WAL").unwrap();
        old.execute_batch(include_str!("tests/fixtures/schema_11.sql")).unwrap();
        path
    }

    fn fresh() -> Native {
        let fresh = Native::in_memory().unwrap();
        block_on(prepare(&fresh, Synchronous::Normal)).unwrap();
        fresh
    }

    fn assert_is_upgraded(connection: &rusqlite::Connection, before: &[String]) {
        assert_eq!(contents(connection), before);
        assert_eq!(commands(connection), commands(&fresh().connection));
        assert_eq!(tables(connection), tables(&fresh().connection));
    }

    #[test]
    fn an_upgrade_from_every_released_version_keeps_every_row_and_gives_the_schema_of_today() {
        let folder = tempfile::tempdir().unwrap();
        let path = unreleased(folder.path());
        let before = contents(&rusqlite::Connection::open(&path).unwrap());
        assert!(before.len() > 200, "{} rows", before.len());
        let upgraded = block_on(Native::open(&path, Synchronous::Normal)).unwrap();
        assert_is_upgraded(&upgraded.connection, &before);
    }

    #[test]
    fn an_upgrade_keeps_unread_counts_and_the_order_of_lists() {
        let folder = tempfile::tempdir().unwrap();
        let path = unreleased(folder.path());
        let before = "SELECT owner_id, conversation_id, coalesce(user_conversations.max_seq, conversations.max_seq) \
               - max(read_seq, min_seq - 1) - own_unread \
             FROM user_conversations JOIN conversations ON conversations.id = conversation_id \
             WHERE coalesce(user_conversations.max_seq, min_seq) >= min_seq \
             ORDER BY owner_id, coalesce(user_conversations.last_event, conversations.last_event)";
        let before = rows(&rusqlite::Connection::open(&path).unwrap(), before);
        let upgraded = block_on(Native::open(&path, Synchronous::Normal)).unwrap();
        let after = "SELECT owner_id, conversation_id, unread FROM visible_conversations ORDER BY owner_id, position";
        assert_eq!(rows(&upgraded.connection, after), before);
        let unread = |row: &Vec<_>| matches!(row[2], rusqlite::types::Value::Integer(1..));
        assert!(before.iter().any(unread), "{before:?}");
    }

    #[test]
    fn instances_that_race_for_an_upgrade_all_succeed() {
        for _ in 0..10 {
            let folder = tempfile::tempdir().unwrap();
            let path = &unreleased(folder.path());
            let before = &contents(&rusqlite::Connection::open(path).unwrap());
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(move || {
                        let instance = block_on(Native::open(path, Synchronous::Normal)).unwrap();
                        assert_is_upgraded(&instance.connection, before);
                    });
                }
            });
        }
    }

    /// A connection that copies its files, as they are on disk, before one of its statements.
    struct Copied<'a> {
        native: Native,
        /// The number of statements up to and including the one before which to copy.
        left: Cell<usize>,
        from: &'a Path,
        to: &'a Path,
    }

    impl Sql for Copied<'_> {
        async fn execute(
            &self,
            statement: &str,
            parameters: Vec<crate::Value>,
        ) -> Result<Vec<crate::Row>, String> {
            if self.left.get() == 1 {
                for name in ["longwave.db", "longwave.db-wal"] {
                    fs::copy(self.from.join(name), self.to.join(name)).unwrap();
                }
            }
            self.left.set(self.left.get().saturating_sub(1));
            self.native.execute(statement, parameters).await
        }
    }

    #[test]
    fn an_upgrade_that_was_killed_before_any_of_its_statements_is_done_at_the_next_start() {
        for killed_before in (2..).step_by(9) {
            let [from, to] = [(); 2].map(|()| tempfile::tempdir().unwrap());
            let path = unreleased(from.path());
            let before = contents(&rusqlite::Connection::open(&path).unwrap());
            let native = Native { connection: rusqlite::Connection::open(&path).unwrap() };
            let left = Cell::new(killed_before);
            let copied = Copied { native, left, from: from.path(), to: to.path() };
            block_on(prepare(&copied, Synchronous::Normal)).unwrap();
            if copied.left.get() > 0 {
                assert!(killed_before > 50, "the upgrade has {killed_before} statements");
                return;
            }
            let path = to.path().join("longwave.db");
            let next = block_on(Native::open(&path, Synchronous::Normal)).unwrap();
            assert_is_upgraded(&next.connection, &before);
        }
    }

    #[test]
    fn commands_that_were_edited_are_created_anew() {
        let database = fresh();
        let (commands_before, tables_before) =
            (commands(&database.connection), tables(&database.connection));
        let edited = "DROP VIEW commands_hash;
            CREATE VIEW commands_hash AS SELECT '0123456789abcdef' AS hash;
            DROP TRIGGER register_user;
            CREATE VIEW no_longer_used (id) AS SELECT NULL;";
        database.connection.execute_batch(edited).unwrap();
        assert!(block_on(check(&database)).is_err());
        block_on(prepare(&database, Synchronous::Normal)).unwrap();
        block_on(check(&database)).unwrap();
        assert_eq!(commands(&database.connection), commands_before);
        assert_eq!(tables(&database.connection), tables_before);
    }

    #[test]
    fn a_database_of_an_unreleased_version_is_refused_and_unchanged() {
        for version in [1, UNRELEASED - 1] {
            let old = Native::in_memory().unwrap();
            let version = i64::try_from(version).unwrap();
            old.connection.pragma_update(None, "user_version", version).unwrap();
            let refused = block_on(prepare(&old, Synchronous::Normal)).unwrap_err();
            assert!(refused.cause().unwrap().contains("before the first release"), "{refused:?}");
            assert_eq!(tables(&old.connection), Vec::<Vec<_>>::new());
        }
    }
}
