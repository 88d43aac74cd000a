//! `spin:key-value@3.0.0` and `wasi:keyvalue` on a file of the same layout as Spin's, so that a
//! state folder can be handed from one to the other.

use crate::bindings::spin::key_value::key_value::{
    Error, Host as KeyValueHost, HostStore, HostStoreWithStore,
};
use crate::bindings::wasi::keyvalue::atomics::{CasError, Host as AtomicsHost, HostCas};
use crate::bindings::wasi::keyvalue::batch::Host as BatchHost;
use crate::bindings::wasi::keyvalue::store::{self, Host as BucketsHost, HostBucket, KeyResponse};
use crate::host::Host;
use anyhow::Context as _;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use wasmtime::component::{Accessor, FutureReader, HasSelf, Resource, StreamReader};

/// A file of key-value stores, one connection for all, as in Spin.
pub struct Stores(Mutex<Connection>);

impl Stores {
    /// Opens the file, making it and its folder when they are missing.
    ///
    /// # Errors
    /// When that fails.
    pub fn open(path: &Path) -> anyhow::Result<Arc<Self>> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        let connection = Connection::open(path)?;
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS spin_key_value \
             (store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (store, key))",
        )?;
        Ok(Arc::new(Self(Mutex::new(connection))))
    }

    fn with<R>(
        &self,
        use_it: impl FnOnce(&mut Connection) -> rusqlite::Result<R>,
    ) -> Result<R, String> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        use_it(&mut connection).map_err(|error| error.to_string())
    }

    /// The same off the event loop, for what waits for the disk.
    fn write<R>(
        &self,
        use_it: impl FnOnce(&mut Connection) -> rusqlite::Result<R>,
    ) -> Result<R, String> {
        tokio::task::block_in_place(|| self.with(use_it))
    }
}

/// What is behind a store or bucket resource.
#[derive(Clone)]
pub struct Store {
    stores: Arc<Stores>,
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
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        self.stores.with(|connection| get(connection, &self.name, key))
    }

    fn set_many<'a>(
        &self,
        entries: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<(), String> {
        self.stores.write(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for (key, value) in entries {
                transaction.prepare_cached(SET)?.execute(params![self.name, key, value])?;
            }
            transaction.commit()
        })
    }

    fn delete_many<'a>(&self, keys: impl IntoIterator<Item = &'a str>) -> Result<(), String> {
        self.stores.write(|connection| {
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

    fn keys(&self) -> Result<Vec<String>, String> {
        self.stores.with(|connection| {
            let mut query =
                connection.prepare_cached("SELECT key FROM spin_key_value WHERE store = ?1")?;
            query.query_map(params![self.name], |row| row.get(0))?.collect()
        })
    }

    /// A value is a little-endian 64-bit integer; none counts as 0.
    fn increment(&self, key: &str, delta: i64) -> Result<i64, String> {
        self.stores.write(|connection| {
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

    /// Sets the key only if it still holds what was seen.
    fn swap(&self, key: &str, seen: Option<&[u8]>, value: &[u8]) -> Result<bool, String> {
        self.stores.write(|connection| {
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

impl Host {
    fn open_store<R: Send + 'static>(
        &mut self,
        label: &str,
        make: impl FnOnce(Store) -> R,
    ) -> wasmtime::Result<Result<Resource<R>, Error>> {
        if !self.component.key_value_stores.contains(label) {
            return Ok(Err(Error::AccessDenied));
        }
        let Some(stores) = self.component.stores.get(label) else {
            return Ok(Err(Error::NoSuchStore));
        };
        let store = Store { stores: Arc::clone(stores), name: label.into() };
        Ok(Ok(self.table.push(make(store))?))
    }
}

fn store_of<T>(
    accessor: &Accessor<T, HasSelf<Host>>,
    store: &Resource<Store>,
) -> wasmtime::Result<Store> {
    accessor.with(|mut access| Ok(access.get().table.get(store)?.clone()))
}

impl KeyValueHost for Host {}

impl HostStore for Host {
    async fn drop(&mut self, store: Resource<Store>) -> wasmtime::Result<()> {
        self.table.delete(store)?;
        Ok(())
    }
}

type StreamedKeys = (StreamReader<String>, FutureReader<Result<(), Error>>);

impl<T: Send> HostStoreWithStore<T> for HasSelf<Host> {
    async fn open(
        accessor: &Accessor<T, Self>,
        label: String,
    ) -> wasmtime::Result<Result<Resource<Store>, Error>> {
        accessor.with(|mut access| access.get().open_store(&label, |store| store))
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        Ok(store_of(accessor, &store)?.get(&key).map_err(Error::Other))
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        Ok(store_of(accessor, &store)?.set_many([(&*key, &*value)]).map_err(Error::Other))
    }

    async fn delete(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        Ok(store_of(accessor, &store)?.delete_many([&*key]).map_err(Error::Other))
    }

    async fn exists(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<bool, Error>> {
        Ok(store_of(accessor, &store)?.get(&key).map(|value| value.is_some()).map_err(Error::Other))
    }

    async fn get_keys(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
    ) -> wasmtime::Result<StreamedKeys> {
        let (keys, end) = match store_of(accessor, &store)?.keys() {
            Ok(keys) => (keys, Ok(())),
            Err(error) => (Vec::new(), Err(Error::Other(error))),
        };
        accessor.with(|mut access| {
            let keys = StreamReader::new(&mut access, keys)?;
            let end = FutureReader::new(&mut access, async move { wasmtime::error::Ok(end) })?;
            Ok((keys, end))
        })
    }
}

/// A bucket of `wasi:keyvalue` is a store.
pub struct Bucket(Store);

/// A compare-and-swap: the key, and what it held when it was last looked at.
pub struct Cas {
    store: Store,
    key: String,
    seen: Option<Vec<u8>>,
}

impl Host {
    fn bucket(&self, bucket: &Resource<Bucket>) -> wasmtime::Result<Store> {
        Ok(self.table.get(bucket)?.0.clone())
    }
}

fn other(error: String) -> store::Error {
    store::Error::Other(error)
}

impl BucketsHost for Host {
    async fn open(
        &mut self,
        identifier: String,
    ) -> wasmtime::Result<Result<Resource<Bucket>, store::Error>> {
        Ok(self.open_store(&identifier, Bucket)?.map_err(|error| match error {
            Error::AccessDenied => store::Error::AccessDenied,
            Error::NoSuchStore => store::Error::NoSuchStore,
            Error::StoreTableFull => other("too many open stores".into()),
            Error::Other(error) => other(error),
        }))
    }
}

impl HostBucket for Host {
    async fn get(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, store::Error>> {
        Ok(self.bucket(&bucket)?.get(&key).map_err(other))
    }

    async fn set(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), store::Error>> {
        Ok(self.bucket(&bucket)?.set_many([(&*key, &*value)]).map_err(other))
    }

    async fn delete(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<(), store::Error>> {
        Ok(self.bucket(&bucket)?.delete_many([&*key]).map_err(other))
    }

    async fn exists(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<bool, store::Error>> {
        Ok(self.bucket(&bucket)?.get(&key).map(|value| value.is_some()).map_err(other))
    }

    async fn list_keys(
        &mut self,
        bucket: Resource<Bucket>,
        cursor: Option<String>,
    ) -> wasmtime::Result<Result<KeyResponse, store::Error>> {
        if cursor.is_some() {
            return Ok(Err(other("list-keys takes no cursor: all keys come at once".into())));
        }
        Ok(self
            .bucket(&bucket)?
            .keys()
            .map(|keys| KeyResponse { keys, cursor: None })
            .map_err(other))
    }

    async fn drop(&mut self, bucket: Resource<Bucket>) -> wasmtime::Result<()> {
        self.table.delete(bucket)?;
        Ok(())
    }
}

impl HostCas for Host {
    async fn new(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<Resource<Cas>, store::Error>> {
        let store = self.bucket(&bucket)?;
        Ok(Ok(self.table.push(Cas { store, key, seen: None })?))
    }

    async fn current(
        &mut self,
        cas: Resource<Cas>,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, store::Error>> {
        let cas = self.table.get_mut(&cas)?;
        let current = cas.store.get(&cas.key).map_err(other);
        if let Ok(value) = &current {
            cas.seen.clone_from(value);
        }
        Ok(current)
    }

    async fn drop(&mut self, cas: Resource<Cas>) -> wasmtime::Result<()> {
        self.table.delete(cas)?;
        Ok(())
    }
}

impl AtomicsHost for Host {
    async fn increment(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        delta: i64,
    ) -> wasmtime::Result<Result<i64, store::Error>> {
        Ok(self.bucket(&bucket)?.increment(&key, delta).map_err(other))
    }

    async fn swap(
        &mut self,
        cas: Resource<Cas>,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), CasError>> {
        let Cas { store, key, seen } = self.table.delete(cas)?;
        Ok(match store.swap(&key, seen.as_deref(), &value) {
            Ok(true) => Ok(()),
            Ok(false) => Err(CasError::CasFailed(self.table.push(Cas { store, key, seen })?)),
            Err(error) => Err(CasError::StoreError(other(error))),
        })
    }
}

type Entry = (String, Option<Vec<u8>>);

impl BatchHost for Host {
    async fn get_many(
        &mut self,
        bucket: Resource<Bucket>,
        keys: Vec<String>,
    ) -> wasmtime::Result<Result<Vec<Entry>, store::Error>> {
        let store = self.bucket(&bucket)?;
        let entry = |key: String| store.get(&key).map(|value| (key, value)).map_err(other);
        Ok(keys.into_iter().map(entry).collect())
    }

    async fn set_many(
        &mut self,
        bucket: Resource<Bucket>,
        entries: Vec<(String, Vec<u8>)>,
    ) -> wasmtime::Result<Result<(), store::Error>> {
        let entries = entries.iter().map(|(key, value)| (&**key, &**value));
        Ok(self.bucket(&bucket)?.set_many(entries).map_err(other))
    }

    async fn delete_many(
        &mut self,
        bucket: Resource<Bucket>,
        keys: Vec<String>,
    ) -> wasmtime::Result<Result<(), store::Error>> {
        Ok(self.bucket(&bucket)?.delete_many(keys.iter().map(String::as_str)).map_err(other))
    }
}
