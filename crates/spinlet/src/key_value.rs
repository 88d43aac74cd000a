//! `spin:key-value@3.0.0` and `wasi:keyvalue`, on a file or on Redis.

mod redis;
mod sqlite;

use crate::bindings::spin::key_value::key_value::{
    Error, Host as KeyValueHost, HostStore, HostStoreWithStore,
};
use crate::bindings::wasi::keyvalue::atomics::{CasError, Host as AtomicsHost, HostCas};
use crate::bindings::wasi::keyvalue::batch::Host as BatchHost;
use crate::bindings::wasi::keyvalue::store::{self, Host as BucketsHost, HostBucket, KeyResponse};
use crate::host::Host;
use std::path::Path;
use wasmtime::component::{Accessor, FutureReader, HasSelf, Resource, StreamReader};

/// A key-value store, also as the host's side of a store resource.
#[derive(Clone)]
pub enum Store {
    /// A store in a file with Spin's layout.
    Sqlite(sqlite::Store),
    /// A database of a Redis server.
    Redis(redis::Store),
}

type Entry = (String, Option<Vec<u8>>);

impl Store {
    /// Opens a store by its name in a file, and creates the file and its folder if missing.
    ///
    /// # Errors
    /// When the file cannot be created or opened.
    pub fn in_file(path: &Path, name: &str) -> anyhow::Result<Self> {
        sqlite::Store::open(path, name).map(Self::Sqlite)
    }

    /// A store at `redis://[user:password@]host[:port][/database]`; the first use connects to it.
    ///
    /// # Errors
    /// When `url` is no such URL.
    pub fn on_redis(url: &str) -> anyhow::Result<Self> {
        redis::Store::at(url).map(Self::Redis)
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        match self {
            Self::Sqlite(store) => store.get(key).await,
            Self::Redis(store) => store.get(key).await,
        }
    }

    async fn get_many(&self, keys: Vec<String>) -> Result<Vec<Entry>, String> {
        let values = match self {
            Self::Sqlite(store) => store.get_many(&keys).await,
            Self::Redis(store) => store.get_many(&keys).await,
        };
        Ok(keys.into_iter().zip(values?).collect())
    }

    async fn exists(&self, key: &str) -> Result<bool, String> {
        match self {
            Self::Sqlite(store) => Ok(store.get(key).await?.is_some()),
            Self::Redis(store) => store.exists(key).await,
        }
    }

    async fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), String> {
        match self {
            Self::Sqlite(store) => store.set_many(entries).await,
            Self::Redis(store) => store.set_many(entries).await,
        }
    }

    async fn delete_many(&self, keys: &[String]) -> Result<(), String> {
        match self {
            Self::Sqlite(store) => store.delete_many(keys).await,
            Self::Redis(store) => store.delete_many(keys).await,
        }
    }

    async fn keys(&self) -> Result<Vec<String>, String> {
        match self {
            Self::Sqlite(store) => store.keys().await,
            Self::Redis(store) => store.keys().await,
        }
    }

    async fn increment(&self, key: &str, delta: i64) -> Result<i64, String> {
        match self {
            Self::Sqlite(store) => store.increment(key, delta).await,
            Self::Redis(store) => store.increment(key, delta).await,
        }
    }

    /// Sets the key if its value is still `seen` (`None`: no value); returns whether it did.
    async fn swap(&self, key: &str, seen: Option<&[u8]>, value: &[u8]) -> Result<bool, String> {
        match self {
            Self::Sqlite(store) => store.swap(key, seen, value).await,
            Self::Redis(store) => store.swap(key, seen, value).await,
        }
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
        let Some(store) = self.component.stores.get(label) else {
            return Ok(Err(Error::NoSuchStore));
        };
        Ok(Ok(self.table.push(make(store.clone()))?))
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
        Ok(store_of(accessor, &store)?.get(&key).await.map_err(Error::Other))
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        Ok(store_of(accessor, &store)?.set_many(&[(key, value)]).await.map_err(Error::Other))
    }

    async fn delete(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        Ok(store_of(accessor, &store)?.delete_many(&[key]).await.map_err(Error::Other))
    }

    async fn exists(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> wasmtime::Result<Result<bool, Error>> {
        Ok(store_of(accessor, &store)?.exists(&key).await.map_err(Error::Other))
    }

    async fn get_keys(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
    ) -> wasmtime::Result<StreamedKeys> {
        let (keys, end) = match store_of(accessor, &store)?.keys().await {
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

/// A bucket of `wasi:keyvalue`: a store under another name.
pub struct Bucket(Store);

/// A compare-and-swap: a key and its value at the last read, `None` before the first.
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
        Ok(self.bucket(&bucket)?.get(&key).await.map_err(other))
    }

    async fn set(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), store::Error>> {
        Ok(self.bucket(&bucket)?.set_many(&[(key, value)]).await.map_err(other))
    }

    async fn delete(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<(), store::Error>> {
        Ok(self.bucket(&bucket)?.delete_many(&[key]).await.map_err(other))
    }

    async fn exists(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<bool, store::Error>> {
        Ok(self.bucket(&bucket)?.exists(&key).await.map_err(other))
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
            .await
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
        let current = cas.store.get(&cas.key).await.map_err(other);
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
        Ok(self.bucket(&bucket)?.increment(&key, delta).await.map_err(other))
    }

    async fn swap(
        &mut self,
        cas: Resource<Cas>,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), CasError>> {
        let Cas { store, key, seen } = self.table.delete(cas)?;
        let swapped = async {
            if store.swap(&key, seen.as_deref(), &value).await? {
                return Ok(None);
            }
            // The interface requires that the handle for a retry has seen the latest value.
            store.get(&key).await.map(Some)
        };
        Ok(match swapped.await {
            Ok(None) => Ok(()),
            Ok(Some(seen)) => {
                Err(CasError::CasFailed(self.table.push(Cas { store, key, seen })?))
            }
            Err(error) => Err(CasError::StoreError(other(error))),
        })
    }
}

impl BatchHost for Host {
    async fn get_many(
        &mut self,
        bucket: Resource<Bucket>,
        keys: Vec<String>,
    ) -> wasmtime::Result<Result<Vec<Entry>, store::Error>> {
        Ok(self.bucket(&bucket)?.get_many(keys).await.map_err(other))
    }

    async fn set_many(
        &mut self,
        bucket: Resource<Bucket>,
        entries: Vec<(String, Vec<u8>)>,
    ) -> wasmtime::Result<Result<(), store::Error>> {
        Ok(self.bucket(&bucket)?.set_many(&entries).await.map_err(other))
    }

    async fn delete_many(
        &mut self,
        bucket: Resource<Bucket>,
        keys: Vec<String>,
    ) -> wasmtime::Result<Result<(), store::Error>> {
        Ok(self.bucket(&bucket)?.delete_many(&keys).await.map_err(other))
    }
}
