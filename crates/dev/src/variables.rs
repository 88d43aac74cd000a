//! The variables of the configuration, from `crates/edge/variables.toml`.

use anyhow::{Context, Result};
use serde::Deserialize;
use std::fs::read_to_string;
use std::path::Path;

const PATH: &str = "crates/edge/variables.toml";

/// A variable of the application.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// The name; the environment sets it as `SPIN_VARIABLE_` and the name in capitals.
    pub name: String,
    /// The default value; a variable without one must be set.
    pub default: Option<String>,
    /// Whether the value is a secret, which no message or log quotes.
    #[serde(default)]
    pub secret: bool,
    /// The effect of the variable, with units and limits.
    pub description: String,
}

#[derive(Deserialize)]
struct File {
    variable: Vec<Variable>,
}

/// Reads the variables of a repository.
///
/// # Errors
/// If the file cannot be read.
pub fn read(root: &Path) -> Result<Vec<Variable>> {
    let text = read_to_string(root.join(PATH)).with_context(|| format!("read {PATH}"))?;
    let File { variable } = toml::from_str(&text).with_context(|| format!("read {PATH}"))?;
    Ok(variable)
}
