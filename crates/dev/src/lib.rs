//! Generates `spin.toml`, `openapi.yaml`, and the tables of `docs/api.md` and
//! `docs/configuration.md` from the declaration of each component, in `[package.metadata.endpoint]`
//! of its `Cargo.toml`.
//!
//! The files are checked in, so that a server can be built from a clone without this crate.
//! [`check`] fails if one of them differs from the declarations.

mod declaration;
mod document;
mod manifest;
mod tables;
#[cfg(test)]
mod tests;
mod variables;

pub use declaration::Component;

use anyhow::{Context, Result, bail};
use std::fs::{read_to_string, write};
use std::path::{Path, PathBuf};
use variables::Variable;

/// The first line of a generated file.
const GENERATED: &str =
    "Written by `cargo dev generate` from components/*/*/Cargo.toml: do not edit.";

/// The declarations from which the files are generated.
pub struct Project {
    /// The components, in the order of their areas and routes.
    pub components: Vec<Component>,
    /// The variables, in the order of `crates/edge/variables.toml`.
    pub variables: Vec<Variable>,
}

/// The root of this repository.
#[must_use]
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Reads and checks the declarations of a repository.
///
/// # Errors
/// The first declaration that is missing, cannot be read or contradicts another one, with its file
/// and the remedy.
pub fn read(root: &Path) -> Result<Project> {
    let variables = variables::read(root)?;
    let components = declaration::read(root, &variables)?;
    Ok(Project { components, variables })
}

/// Writes the generated files of a repository. Returns the paths of those that changed.
///
/// # Errors
/// Those of [`read`], and a file that cannot be written.
pub fn generate(root: &Path) -> Result<Vec<String>> {
    let mut changed = Vec::new();
    for (path, was, is) in files(root)? {
        if was != is {
            write(root.join(&path), is).with_context(|| format!("write {path}"))?;
            changed.push(path);
        }
    }
    Ok(changed)
}

/// Checks that the generated files of a repository are what [`generate`] would write. Returns an
/// empty list, so that it has the type of [`generate`].
///
/// # Errors
/// Those of [`read`], and the first file that differs, with the line.
pub fn check(root: &Path) -> Result<Vec<String>> {
    for (path, was, is) in files(root)? {
        if was != is {
            let equal = was.lines().zip(is.lines()).take_while(|(was, is)| was == is).count();
            let line = |text: &str| text.lines().nth(equal).unwrap_or("(end of file)").to_owned();
            bail!(
                "{path} is not what the components declare: line {} is\n  {}\nand would be\n  {}\nRun `cargo dev \
                 generate`; a change of the file itself belongs in a declaration, a type of crates/core or \
                 crates/dev.",
                equal + 1,
                line(&was),
                line(&is)
            );
        }
    }
    Ok(Vec::new())
}

/// The generated files: path, current content, and content by the declarations.
fn files(root: &Path) -> Result<Vec<(String, String, String)>> {
    let project = read(root)?;
    let text = |path: &str| read_to_string(root.join(path)).with_context(|| format!("read {path}"));
    let mut files = Vec::new();
    for (path, is) in
        [("spin.toml", manifest::write(&project)), ("openapi.yaml", document::write(&project)?)]
    {
        files.push((path.to_owned(), text(path).unwrap_or_default(), is));
    }
    for (path, name, table) in [
        ("docs/api.md", "routes", tables::routes(&project)),
        ("docs/configuration.md", "variables", tables::variables(&project)),
    ] {
        let was = text(path)?;
        let is = tables::replace(&was, name, &table)
            .with_context(|| format!("{path} has no `<!-- {name} -->` ... `<!-- /{name} -->`"))?;
        files.push((path.to_owned(), was, is));
    }
    Ok(files)
}
