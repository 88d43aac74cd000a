//! Stores in a file of the same layout as Spin's, so that a state folder can be handed from one to
//! the other.

use anyhow::Context as _;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// One store of a file of stores.
#[derive(Clone)]
pub struct Store {
    connection: Arc<Mutex<Connection>>,
    name: Arc<str>,
}

const SET: &str = "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3) \
     ON CONFLICT (store, key) DO UPDATE SET value = excluded.value";

fn get(connection: &Connection, store: &str, key: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut query = connection
        .prepare_cached("SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2")?;
    query.query_row(params![store, key], |row| row.get(0)).optional()
}

impl Store {
    /// Opens the file, making it and its folder when they are missing.
    ///
    /// # Errors
    /// When that fails.
    pub fn open(path: &Path, name: &str) -> anyhow::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        let connection = Connection::open(path)?;
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS spin_key_value \
             (store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (store, key))",
        )?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), name: name.into() })
    }

    fn with<R>(
        &self,
        use_it: impl FnOnce(&mut Connection) -> rusqlite::Result<R>,
    ) -> Result<R, String> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        use_it(&mut connection).map_err(|error| error.to_string())
    }

    /// The same off the event loop, for what waits for the disk.
    fn write<R>(
        &self,
        use_it: impl FnOnce(&mut Connection) -> rusqlite::Result<R>,
    ) -> Result<R, String> {
        tokio::task::block_in_place(|| self.with(use_it))
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        self.with(|connection| get(connection, &self.name, key))
    }

    pub(super) fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), String> {
        self.write(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for (key, value) in entries {
                transaction.prepare_cached(SET)?.execute(params![self.name, key, value])?;
            }
            transaction.commit()
        })
    }

    pub(super) fn delete_many(&self, keys: &[String]) -> Result<(), String> {
        self.write(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for key in keys {
                let mut delete = transaction
                    .prepare_cached("DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2")?;
                delete.execute(params![self.name, key])?;
            }
            transaction.commit()
        })
    }

    pub(super) fn keys(&self) -> Result<Vec<String>, String> {
        self.with(|connection| {
            let mut query =
                connection.prepare_cached("SELECT key FROM spin_key_value WHERE store = ?1")?;
            query.query_map(params![self.name], |row| row.get(0))?.collect()
        })
    }

    /// A value is a little-endian 64-bit integer; none counts as 0.
    pub(super) fn increment(&self, key: &str, delta: i64) -> Result<i64, String> {
        self.write(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let now = match get(&transaction, &self.name, key)? {
                None => 0,
                Some(value) => {
                    i64::from_le_bytes(value.try_into().map_err(|_| rusqlite::Error::InvalidQuery)?)
                }
            };
            let then = now.wrapping_add(delta);
            transaction.prepare_cached(SET)?.execute(params![
                self.name,
                key,
                then.to_le_bytes()
            ])?;
            transaction.commit()?;
            Ok(then)
        })
    }

    pub(super) fn swap(
        &self,
        key: &str,
        seen: Option<&[u8]>,
        value: &[u8],
    ) -> Result<bool, String> {
        self.write(|connection| {
            let changed = match seen {
                Some(seen) => connection
                    .prepare_cached("UPDATE spin_key_value SET value = ?4 WHERE store = ?1 AND key = ?2 AND value = ?3")?
                    .execute(params![self.name, key, seen, value])?,
                None => connection
                    .prepare_cached("INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
                    .execute(params![self.name, key, value])?,
            };
            Ok(changed == 1)
        })
    }
}
