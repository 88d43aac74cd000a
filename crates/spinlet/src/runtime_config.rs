//! The runtime-config file, which places databases and stores outside the state folder.

use crate::key_value::Store;
use crate::sqlite::Database;
use crate::state;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The label of the database and of the store that always exist.
const DEFAULT: &str = "default";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    sqlite_database: BTreeMap<String, SqliteDatabase>,
    #[serde(default)]
    key_value_store: BTreeMap<String, KeyValueStore>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum SqliteDatabase {
    Spin { path: Option<PathBuf> },
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum KeyValueStore {
    Spin { path: Option<PathBuf> },
    Redis { url: String },
}

/// The locations of all databases and stores, by label.
pub struct Places {
    databases: BTreeMap<String, PathBuf>,
    stores: BTreeMap<String, StorePlace>,
}

/// The location of a store.
enum StorePlace {
    File(PathBuf),
    Redis(String),
}

impl Places {
    /// The locations that the file names, and for each kind `default` in the state folder unless the file names it.
    ///
    /// # Errors
    /// When the file cannot be read, or names a section, key or type that spinlet does not have.
    pub fn read(runtime_config: Option<&Path>, state_dir: &Path) -> Result<Self> {
        let file = match runtime_config {
            None => File::default(),
            Some(path) => {
                let shown = path.display();
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("cannot read the runtime config {shown}"))?;
                toml::from_str(&text)
                    .map_err(|error| anyhow::anyhow!("{shown}: {}", error.to_string().trim_end()))?
            }
        };
        let beside = runtime_config.and_then(Path::parent).unwrap_or(Path::new(""));
        let place = |label: &str, path: Option<PathBuf>| match path {
            Some(path) => beside.join(path),
            None => state_dir.join(format!("{label}.db")),
        };
        let databases = file.sqlite_database.into_iter();
        let mut databases: BTreeMap<_, _> = databases
            .map(|(label, SqliteDatabase::Spin { path })| {
                let path = place(&label, path);
                (label, path)
            })
            .collect();
        databases.entry(DEFAULT.into()).or_insert_with(|| state_dir.join("sqlite_db.db"));
        let stores = file.key_value_store.into_iter();
        let mut stores: BTreeMap<_, _> = stores
            .map(|(label, store)| {
                let store = match store {
                    KeyValueStore::Spin { path } => StorePlace::File(place(&label, path)),
                    KeyValueStore::Redis { url } => StorePlace::Redis(url),
                };
                (label, store)
            })
            .collect();
        stores
            .entry(DEFAULT.into())
            .or_insert_with(|| StorePlace::File(state_dir.join("sqlite_key_value.db")));
        Ok(Self { databases, stores })
    }

    /// The files, each with the labels of its databases and stores, as `sqlite_database.default`.
    #[must_use]
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<String>> {
        let mut files: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
        for (label, path) in &self.databases {
            files.entry(path.clone()).or_default().push(format!("sqlite_database.{label}"));
        }
        for (label, store) in &self.stores {
            if let StorePlace::File(path) = store {
                files.entry(path.clone()).or_default().push(format!("key_value_store.{label}"));
            }
        }
        files
    }

    /// The folders of the files.
    #[must_use]
    pub fn folders(&self) -> BTreeSet<PathBuf> {
        let folder = |path: &PathBuf| match path.parent() {
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        self.files().keys().map(folder).collect()
    }

    /// The stores on other servers, as `key_value_store.default`.
    #[must_use]
    pub fn elsewhere(&self) -> Vec<String> {
        let on_redis = |(label, store): (&String, &StorePlace)| match store {
            StorePlace::File(_) => None,
            StorePlace::Redis(_) => Some(format!("key_value_store.{label}")),
        };
        self.stores.iter().filter_map(on_redis).collect()
    }
}

/// All databases and stores, by label, which components may be granted.
pub struct Backends {
    /// The databases.
    pub databases: Arc<HashMap<String, Arc<Database>>>,
    /// The stores.
    pub stores: Arc<BTreeMap<String, Store>>,
}

impl Backends {
    /// Opens all of them; with `as_spin`, SQLite alone orders the writes.
    ///
    /// # Errors
    /// A file that cannot be opened, or a database and a write-ahead log of which one is missing.
    pub fn open(places: &Places, as_spin: bool) -> Result<Self> {
        for path in places.files().keys() {
            state::refuse_halves(path)?;
        }
        let open = if as_spin { Database::as_in_spin } else { Database::new };
        let databases = places.databases.iter();
        let databases = databases
            .map(|(label, path)| {
                let database = open(path.clone());
                let database = database
                    .with_context(|| format!("cannot open the database {}", path.display()))?;
                Ok((label.clone(), database))
            })
            .collect::<Result<_>>()?;
        let store = |(label, place): (&String, &StorePlace)| {
            let store = match place {
                StorePlace::File(path) => Store::in_file(path, label).with_context(|| {
                    format!("cannot open the key-value store {}", path.display())
                })?,
                StorePlace::Redis(url) => Store::on_redis(url)
                    .with_context(|| format!("the runtime config's key_value_store.{label}"))?,
            };
            Ok((label.clone(), store))
        };
        let stores = places.stores.iter().map(store).collect::<Result<_>>()?;
        Ok(Self { databases: Arc::new(databases), stores: Arc::new(stores) })
    }
}
