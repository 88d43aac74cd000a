//! Stores in a file with Spin's layout, so that either can use the other's state folder.

use crate::state::make_folder;
use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Maximum time that a statement waits for another connection's lock on the file.
const BUSY: Duration = Duration::from_secs(5);

/// One store in a file of stores.
#[derive(Clone)]
pub struct Store {
    /// For reads, on the event loop unless they have to wait.
    reader: Arc<Mutex<Connection>>,
    /// For writes, off the event loop.
    writer: Arc<Mutex<Connection>>,
    name: Arc<str>,
}

const SET: &str = "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3) \
     ON CONFLICT (store, key) DO UPDATE SET value = excluded.value";

fn get(connection: &Connection, store: &str, key: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut query = connection
        .prepare_cached("SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2")?;
    query.query_row(params![store, key], |row| row.get(0)).optional()
}

#[expect(clippy::needless_pass_by_value, reason = "map_err passes it by value")]
fn message_of(error: rusqlite::Error) -> String {
    error.to_string()
}

impl Store {
    /// Opens the file, and creates it and its folder if missing.
    ///
    /// # Errors
    /// When the file cannot be created or opened.
    pub fn open(path: &Path, name: &str) -> anyhow::Result<Self> {
        if let Some(folder) = path.parent() {
            make_folder(folder)?;
        }
        let (writer, reader) = (Connection::open(path)?, Connection::open(path)?);
        writer.busy_timeout(BUSY)?;
        writer.execute_batch(
            "CREATE TABLE IF NOT EXISTS spin_key_value \
             (store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (store, key))",
        )?;
        Ok(Self {
            reader: Arc::new(Mutex::new(reader)),
            writer: Arc::new(Mutex::new(writer)),
            name: name.into(),
        })
    }

    /// Reads at once on this thread, which is cheaper than handing the read to another one. Only when another
    /// connection commits, and so holds the file, does the read wait, off the event loop.
    async fn read<R: Send + 'static>(
        &self,
        read: impl Fn(&Connection) -> rusqlite::Result<R> + Send + 'static,
    ) -> Result<R, String> {
        let connection = Arc::clone(&self.reader).lock_owned().await;
        connection.busy_timeout(Duration::ZERO).map_err(message_of)?;
        match read(&connection) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {}
            done => return done.map_err(message_of),
        }
        let wait = move || {
            connection.busy_timeout(BUSY)?;
            read(&connection)
        };
        let waited = tokio::task::spawn_blocking(wait).await.map_err(|error| error.to_string())?;
        waited.map_err(message_of)
    }

    /// Writes off the event loop, because a write waits for the disk.
    async fn write<R: Send + 'static>(
        &self,
        write: impl FnOnce(&mut Connection) -> rusqlite::Result<R> + Send + 'static,
    ) -> Result<R, String> {
        let mut connection = Arc::clone(&self.writer).lock_owned().await;
        let written = tokio::task::spawn_blocking(move || write(&mut connection)).await;
        written.map_err(|error| error.to_string())?.map_err(message_of)
    }

    pub(super) async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        let (name, key) = (Arc::clone(&self.name), key.to_owned());
        self.read(move |connection| get(connection, &name, &key)).await
    }

    pub(super) async fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, String> {
        let (name, keys) = (Arc::clone(&self.name), keys.to_owned());
        self.read(move |connection| {
            // Values are set in one transaction, so they are read in one.
            let transaction = connection.unchecked_transaction()?;
            keys.iter().map(|key| get(&transaction, &name, key)).collect()
        })
        .await
    }

    pub(super) async fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), String> {
        let (name, entries) = (Arc::clone(&self.name), entries.to_owned());
        self.write(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for (key, value) in entries {
                transaction.prepare_cached(SET)?.execute(params![name, key, value])?;
            }
            transaction.commit()
        })
        .await
    }

    pub(super) async fn delete_many(&self, keys: &[String]) -> Result<(), String> {
        let (name, keys) = (Arc::clone(&self.name), keys.to_owned());
        self.write(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for key in keys {
                let mut delete = transaction
                    .prepare_cached("DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2")?;
                delete.execute(params![name, key])?;
            }
            transaction.commit()
        })
        .await
    }

    pub(super) async fn keys(&self) -> Result<Vec<String>, String> {
        let name = Arc::clone(&self.name);
        self.read(move |connection| {
            let mut query =
                connection.prepare_cached("SELECT key FROM spin_key_value WHERE store = ?1")?;
            query.query_map(params![name], |row| row.get(0))?.collect()
        })
        .await
    }

    /// A value is a little-endian signed 64-bit integer; a missing one counts as 0.
    pub(super) async fn increment(&self, key: &str, delta: i64) -> Result<i64, String> {
        let (name, key) = (Arc::clone(&self.name), key.to_owned());
        self.write(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let now = match get(&transaction, &name, &key)?.map(TryInto::try_into) {
                None => 0,
                Some(Ok(value)) => i64::from_le_bytes(value),
                Some(Err(_)) => {
                    return Ok(Err("the value is not an integer of 64 bits".to_owned()));
                }
            };
            let then = now.wrapping_add(delta);
            transaction.prepare_cached(SET)?.execute(params![name, key, then.to_le_bytes()])?;
            transaction.commit()?;
            Ok(Ok(then))
        })
        .await?
    }

    pub(super) async fn swap(
        &self,
        key: &str,
        seen: Option<&[u8]>,
        value: &[u8],
    ) -> Result<bool, String> {
        let (name, key) = (Arc::clone(&self.name), key.to_owned());
        let (seen, value) = (seen.map(<[u8]>::to_vec), value.to_owned());
        self.write(move |connection| {
            let changed = match seen {
                Some(seen) => connection
                    .prepare_cached("UPDATE spin_key_value SET value = ?4 WHERE store = ?1 AND key = ?2 AND value = ?3")?
                    .execute(params![name, key, seen, value])?,
                None => connection
                    .prepare_cached("INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
                    .execute(params![name, key, value])?,
            };
            Ok(changed == 1)
        })
        .await
    }
}
