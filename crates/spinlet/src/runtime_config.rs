//! The runtime-config file: where databases and stores are, if not in the state folder.

use crate::key_value::Stores;
use crate::sqlite::Database;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    sqlite_database: BTreeMap<String, Backend>,
    #[serde(default)]
    key_value_store: BTreeMap<String, Backend>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Backend {
    #[serde(rename = "type")]
    kind: String,
    path: Option<PathBuf>,
}

/// Every database and store there is, by label: what components may be granted.
pub struct Backends {
    /// The databases.
    pub databases: Arc<HashMap<String, Arc<Database>>>,
    /// The stores.
    pub stores: Arc<BTreeMap<String, Arc<Stores>>>,
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
        let mut databases = HashMap::new();
        for (label, path) in
            places("sqlite_database", file.sqlite_database, beside, state_dir, "sqlite_db.db")?
        {
            databases.insert(label, Database::new(path)?);
        }
        let mut stores = BTreeMap::new();
        for (label, path) in places(
            "key_value_store",
            file.key_value_store,
            beside,
            state_dir,
            "sqlite_key_value.db",
        )? {
            let opened = Stores::open(&path)
                .with_context(|| format!("cannot open the key-value store {}", path.display()))?;
            stores.insert(label, opened);
        }
        Ok(Self { databases: Arc::new(databases), stores: Arc::new(stores) })
    }
}

/// The file of each label, the default one's included.
fn places(
    section: &str,
    backends: BTreeMap<String, Backend>,
    beside: &Path,
    state_dir: &Path,
    default_file: &str,
) -> Result<BTreeMap<String, PathBuf>> {
    let mut places = BTreeMap::from([("default".to_owned(), state_dir.join(default_file))]);
    for (label, Backend { kind, path }) in backends {
        if kind != "spin" {
            bail!(
                "the runtime config's {section}.{label} has the type '{kind}'; spinlet has only 'spin', a local file"
            );
        }
        let path =
            path.map_or_else(|| state_dir.join(format!("{label}.db")), |path| beside.join(path));
        places.insert(label, path);
    }
    Ok(places)
}
