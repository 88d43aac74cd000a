//! Rules of the project itself, which no compiler checks.

use crate::support::manifest::{component_folders, component_source, table, triggers};
use std::collections::{BTreeMap, BTreeSet};
use toml::Value;

#[test]
fn an_endpoint_is_a_shell_of_at_most_60_lines() {
    for component in component_folders().keys() {
        let lines = component_source(component).lines().count();
        assert!(lines <= 60, "{component} has {lines} lines");
    }
}

#[test]
fn every_component_is_in_the_manifest_under_its_own_name() {
    let components: BTreeSet<String> = component_folders().into_keys().collect();
    let manifest = table("spin.toml");
    let named = manifest["component"].as_table().unwrap();
    assert_eq!(named.keys().cloned().collect::<BTreeSet<_>>(), components);
    for (name, component) in named {
        let file = format!("target/wasm32-wasip1/wasm/{}.wasm", name.replace('-', "_"));
        assert_eq!(component["source"].as_str(), Some(file.as_str()));
        let build = format!("scripts/cargo-wasm build -p {name}");
        assert_eq!(component["build"]["command"].as_str(), Some(build.as_str()));
    }
    let routed = triggers().map(|trigger| trigger["component"].as_str().unwrap().to_owned());
    assert_eq!(routed.collect::<BTreeSet<_>>(), components);
}

/// What a call in an endpoint's source needs: variables, the database, the key-value store.
const NEEDS: [(&str, &[&str], bool, bool); 22] = [
    (" serve(", &["cors_origins"], false, false),
    ("serve_events(", &["cors_origins"], false, false),
    ("serve_asset(", &["cors_origins"], false, false),
    ("serve_document(", &["cors_origins"], false, false),
    ("serve_health(", &["cors_origins"], false, false),
    ("serve_not_found(", &["cors_origins"], false, false),
    (
        "authenticate()",
        &["auth_providers", "auth_native_secret", "auth_external_secrets", "sqlite_synchronous"],
        true,
        true,
    ),
    (
        "log_in(",
        &[
            "auth_providers",
            "auth_native_secret",
            "auth_external_secrets",
            "token_ttl_hours",
            "sqlite_synchronous",
        ],
        true,
        true,
    ),
    (
        "authenticate_service()",
        &[
            "internal_auth_services",
            "internal_auth_secrets",
            "internal_auth_max_skew_seconds",
            "sqlite_synchronous",
        ],
        true,
        false,
    ),
    ("log_out(", &["sqlite_synchronous"], true, false),
    ("auth::revoke(", &["sqlite_synchronous"], true, true),
    ("event_retention()", &["event_retention_hours", "event_retention_count"], false, false),
    ("database()", &["sqlite_synchronous"], true, false),
    ("check_native()", &["auth_providers"], false, false),
    ("client_address()", &["client_address_header"], false, false),
    ("register_per_minute()", &["register_per_minute"], false, false),
    ("login_per_minute()", &["login_per_minute"], false, false),
    ("message_send_per_minute()", &["message_send_per_minute"], false, false),
    ("count_change(", &["change_per_minute"], false, false),
    ("group_max_members()", &["group_max_members"], false, false),
    ("variables::check()", &[EVERY], false, false),
    ("live_tokens::check_store()", &[], false, true),
];

/// Every variable of the manifest.
const EVERY: &str = "*";

#[test]
fn a_component_is_granted_what_its_source_uses_and_nothing_else() {
    let manifest = table("spin.toml");
    for (name, component) in manifest["component"].as_table().unwrap() {
        let source = component_source(name);
        let used = || NEEDS.iter().filter(|(call, ..)| source.contains(call));
        let list = |key: &str| component.get(key).and_then(Value::as_array).cloned();
        let granted = |key: &str| list(key).is_some_and(|it| !it.is_empty());
        assert_eq!(granted("sqlite_databases"), used().any(|(_, _, it, _)| *it), "{name}");
        assert_eq!(granted("key_value_stores"), used().any(|(_, _, _, it)| *it), "{name}");
        assert_eq!(list("allowed_outbound_hosts"), Some(vec![]), "{name}");

        let mut needed: BTreeSet<&str> = used().flat_map(|(_, it, ..)| *it).copied().collect();
        if needed.remove(EVERY) {
            needed.extend(manifest["variables"].as_table().unwrap().keys().map(String::as_str));
        }
        let variables = component.get("variables").and_then(Value::as_table);
        let variables = variables.into_iter().flatten().map(|(name, _)| name.as_str());
        assert_eq!(variables.collect::<BTreeSet<_>>(), needed, "{name}");
    }
}

#[test]
fn dependencies_between_the_crates_point_one_way() {
    let allowed = BTreeMap::from([
        ("crates/core", &[][..]),
        ("crates/store", &["longwave-core"]),
        ("crates/edge", &["longwave-core", "longwave-store"]),
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
    // What only tests use is in nothing that is shipped.
    let components = component_folders().into_values();
    let others = ["tests/support/spinlet-process", "bench"].map(str::to_owned);
    for folder in components.chain(others) {
        let manifest = table(&format!("{folder}/Cargo.toml"));
        let dependencies = manifest.get("dependencies").and_then(Value::as_table);
        assert!(dependencies.is_none_or(|it| !it.contains_key("longwave-model")), "{folder}");
    }
}
