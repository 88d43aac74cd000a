//! `spin.toml`, as far as spinlet supports it. Anything else is refused by name.

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A Spin manifest of version 2, as far as an HTTP application with SQLite, key-value and variables
/// needs it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    spin_manifest_version: i64,
    /// The application.
    pub application: Application,
    /// The application's variables.
    #[serde(default)]
    pub variables: BTreeMap<String, Variable>,
    trigger: Triggers,
    /// The components by id.
    #[serde(default)]
    pub component: BTreeMap<String, Component>,
}

/// Name and description of the application. Its serialized form is the answer of `/.well-known/spin/info`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(rename = "description", skip_serializing)]
    _description: Option<String>,
    #[serde(rename = "authors", skip_serializing)]
    _authors: Option<Vec<String>>,
}

/// One entry of `[variables]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// The value if no flag or environment variable gives one.
    pub default: Option<String>,
    /// Whether the application cannot start without a value.
    #[serde(default)]
    pub required: bool,
    /// Whether the value must not be shown; spinlet shows none.
    #[serde(default, rename = "secret")]
    _secret: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Triggers {
    #[serde(default)]
    http: Vec<HttpTrigger>,
}

/// One `[[trigger.http]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpTrigger {
    #[serde(rename = "id")]
    _id: Option<String>,
    /// The route to the component.
    pub route: Route,
    /// The id of the component.
    pub component: String,
}

/// A route: a pattern, or private.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Route {
    /// A path with `:param` segments and perhaps a trailing `...`.
    Pattern(String),
    /// Not reachable from outside.
    Private(Private),
}

/// `{ private = true }`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Private {
    private: bool,
}

/// One `[component.<id>]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// The wasm file, relative to the manifest.
    pub source: PathBuf,
    #[serde(rename = "description")]
    _description: Option<String>,
    /// Environment variables of the guest.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Labels of the databases that it may open.
    #[serde(default)]
    pub sqlite_databases: Vec<String>,
    /// Labels of the stores that it may open.
    #[serde(default)]
    pub key_value_stores: Vec<String>,
    /// Hosts that it may send requests to.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    /// The component's variables: templates over the application's.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// The build commands, which spinlet ignores.
    #[serde(rename = "build")]
    _build: Option<toml::Table>,
}

impl Manifest {
    /// Reads a manifest and checks what can be checked without starting anything.
    ///
    /// # Errors
    /// One sentence with the problem and its place.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the manifest {shown}"))?;
        let version: toml::Table =
            toml::from_str(&text).with_context(|| format!("{shown} is not TOML"))?;
        match version.get("spin_manifest_version") {
            Some(toml::Value::Integer(2)) => {}
            Some(other) => {
                bail!("{shown}: spin_manifest_version is {other}; spinlet reads version 2")
            }
            None => bail!("{shown}: spin_manifest_version is missing; it must be 2"),
        }
        let triggers = version.get("trigger").and_then(toml::Value::as_table);
        if let Some(other) = triggers.and_then(|kinds| kinds.keys().find(|kind| *kind != "http")) {
            bail!("{shown}: spinlet does not support triggers of the kind '{other}', only http");
        }
        let manifest: Self = toml::from_str(&text)
            .map_err(|error| anyhow::anyhow!("{shown}: {}", error.to_string().trim_end()))?;
        manifest.check().with_context(|| shown.to_string())?;
        Ok(manifest)
    }

    fn check(&self) -> Result<()> {
        ensure!(self.spin_manifest_version == 2, "spin_manifest_version must be 2");
        for trigger in &self.trigger.http {
            ensure!(
                self.component.contains_key(&trigger.component),
                "trigger.http names the component '{}', which is not in the manifest",
                trigger.component
            );
            if let Route::Private(Private { private: false }) = trigger.route {
                bail!(
                    "the route of '{}' must be a pattern or {{ private = true }}",
                    trigger.component
                );
            }
        }
        Ok(())
    }

    /// The public routes, each with its component's id, in the order of the file.
    pub fn routes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.trigger.http.iter().filter_map(|trigger| match &trigger.route {
            Route::Pattern(pattern) => Some((pattern.as_str(), trigger.component.as_str())),
            Route::Private(_) => None,
        })
    }
}
