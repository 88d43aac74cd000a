//! Rules of the project that the compiler does not check.

use crate::support::manifest::{component_folders, component_source, table};
use crate::support::server::project;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::read;
use toml::Value;
use wasmparser::{Parser, Payload};

#[test]
fn an_endpoint_has_at_most_60_lines() {
    for component in component_folders().keys() {
        let lines = component_source(component).lines().count();
        assert!(lines <= 60, "{component} has {lines} lines");
    }
}

/// The modules that a wasm program imports functions from.
fn imports(wasm: &[u8]) -> BTreeSet<String> {
    let mut modules = BTreeSet::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::ImportSection(section) = payload.unwrap() {
            modules.extend(section.into_imports().map(|import| import.unwrap().module.to_owned()));
        }
    }
    modules
}

#[test]
fn a_component_is_granted_exactly_what_its_code_uses() {
    let manifest = table("spin.toml");
    let variables: Vec<&String> = manifest["variables"].as_table().unwrap().keys().collect();
    for (name, component) in manifest["component"].as_table().unwrap() {
        let wasm = read(project().join(component["source"].as_str().unwrap())).unwrap();
        let imports = imports(&wasm);
        let asks = |store: &str| imports.iter().any(|module| module.contains(store));
        let list = |key: &str| component.get(key).and_then(Value::as_array).cloned();
        let granted = |key: &str| list(key).is_some_and(|it| !it.is_empty());
        let declaration = format!("{}/Cargo.toml", component_folders()[name]);
        let differs = |what: &str| {
            format!(
                "{what} of {name}: its code and {declaration} differ; correct the declaration and run `cargo dev generate`"
            )
        };
        assert_eq!(asks("sqlite"), granted("sqlite_databases"), "{}", differs("the database"));
        let key_value = asks("key-value") || asks("keyvalue");
        assert_eq!(key_value, granted("key_value_stores"), "{}", differs("the key-value store"));
        assert_eq!(list("allowed_outbound_hosts"), Some(vec![]), "{name}");

        // A program contains the names of the variables that it reads.
        let names = |name: &&&String| wasm.windows(name.len()).any(|text| text == name.as_bytes());
        let asked: BTreeSet<&str> =
            variables.iter().filter(names).map(|name| name.as_str()).collect();
        let granted = component.get("variables").and_then(Value::as_table);
        let granted = granted.into_iter().flatten().map(|(name, _)| name.as_str());
        assert_eq!(granted.collect::<BTreeSet<_>>(), asked, "{}", differs("the variables"));
    }
}

#[test]
fn dependencies_between_the_crates_point_one_way() {
    let allowed = BTreeMap::from([
        ("crates/core", &[][..]),
        ("crates/store", &["longwave-core"]),
        ("crates/edge", &["longwave-core", "longwave-store"]),
        ("crates/dev", &["longwave-core"]),
        ("clients/rust", &["longwave-core"]),
        ("tests/support/model", &["longwave-core"]),
        ("crates/spinlet", &[]),
    ]);
    for (folder, allowed) in allowed {
        let manifest = table(&format!("{folder}/Cargo.toml"));
        let dependencies = manifest["dependencies"].as_table().unwrap();
        let own = dependencies.keys().filter(|name| name.starts_with("longwave-"));
        assert_eq!(own.collect::<Vec<_>>(), allowed, "{folder}");
    }
    // Shipped programs do not depend on a crate that only tests use.
    let components = component_folders().into_values();
    let others = ["tests/support/spinlet-process", "bench"].map(str::to_owned);
    for folder in components.chain(others) {
        let manifest = table(&format!("{folder}/Cargo.toml"));
        let dependencies = manifest.get("dependencies").and_then(Value::as_table);
        assert!(dependencies.is_none_or(|it| !it.contains_key("longwave-model")), "{folder}");
    }
}
