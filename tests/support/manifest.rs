//! The manifests of the project, as the tests read them.

use crate::support::server::project;
use std::collections::BTreeMap;
use std::fs::{read_dir, read_to_string};
use std::sync::LazyLock;
use toml::{Table, Value};

/// A TOML file, by its path in the project.
pub fn table(path: &str) -> Table {
    read_to_string(project().join(path)).unwrap().parse().unwrap()
}

/// The folders of the components by package name: `group-kick` is in `components/group/kick`.
pub fn component_folders() -> BTreeMap<String, String> {
    let entries = |folder: &str| {
        read_dir(project().join(folder)).unwrap().map({
            let folder = folder.to_owned();
            move |entry| format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap())
        })
    };
    let folders = entries("components").flat_map(|area| entries(&area));
    let named = folders.map(|folder| {
        let manifest = table(&format!("{folder}/Cargo.toml"));
        (manifest["package"]["name"].as_str().unwrap().to_owned(), folder)
    });
    named.collect()
}

/// The source of a component.
pub fn component_source(name: &str) -> String {
    let path = format!("{}/src/lib.rs", component_folders()[name]);
    read_to_string(project().join(path)).unwrap()
}

/// The triggers of `spin.toml`.
pub fn triggers() -> impl Iterator<Item = &'static Value> {
    static MANIFEST: LazyLock<Table> = LazyLock::new(|| table("spin.toml"));
    MANIFEST["trigger"]["http"].as_array().unwrap().iter()
}

/// The routes of `spin.toml`.
pub fn routes() -> Vec<String> {
    triggers().map(|trigger| trigger["route"].as_str().unwrap().to_owned()).collect()
}

/// The component that serves a route.
pub fn component(route: &str) -> &'static str {
    let trigger = triggers().find(|trigger| trigger["route"].as_str() == Some(route)).unwrap();
    trigger["component"].as_str().unwrap()
}
