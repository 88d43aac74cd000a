//! The runtime-config file: where databases and stores are, if not in the state folder.

use crate::key_value::Store;
use crate::sqlite::Database;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is there without being named.
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

/// Every database and store there is, by label: what components may be granted.
pub struct Backends {
    /// The databases.
    pub databases: Arc<HashMap<String, Arc<Database>>>,
    /// The stores.
    pub stores: Arc<BTreeMap<String, Store>>,
}

impl Backends {
    /// Opens what the file names, and `default` of both in the state folder unless it does.
    ///
    /// # Errors
    /// A section, key or type that spinlet does not have, by name; a file that cannot be opened.
    pub fn open(runtime_config: Option<&Path>, state_dir: &Path) -> Result<Self> {
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

        let mut databases = HashMap::new();
        for (label, SqliteDatabase::Spin { path }) in file.sqlite_database {
            let database = Database::new(place(&label, path))?;
            databases.insert(label, database);
        }
        if !databases.contains_key(DEFAULT) {
            databases.insert(DEFAULT.into(), Database::new(state_dir.join("sqlite_db.db"))?);
        }

        let mut stores = BTreeMap::new();
        for (label, store) in file.key_value_store {
            let store = match store {
                KeyValueStore::Spin { path } => in_file(&place(&label, path), &label)?,
                KeyValueStore::Redis { url } => Store::on_redis(&url)
                    .with_context(|| format!("the runtime config's key_value_store.{label}"))?,
            };
            stores.insert(label, store);
        }
        if !stores.contains_key(DEFAULT) {
            let path = state_dir.join("sqlite_key_value.db");
            stores.insert(DEFAULT.into(), in_file(&path, DEFAULT)?);
        }
        Ok(Self { databases: Arc::new(databases), stores: Arc::new(stores) })
    }
}

fn in_file(path: &Path, label: &str) -> Result<Store> {
    Store::in_file(path, label)
        .with_context(|| format!("cannot open the key-value store {}", path.display()))
}
