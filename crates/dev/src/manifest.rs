//! Writes `spin.toml`: the variables, and the route and the grants of each component.

use crate::declaration::{Component, Store};
use crate::variables::Variable;
use crate::{GENERATED, Project};

/// Returns the text of `spin.toml`.
#[must_use]
pub fn write(project: &Project) -> String {
    let mut text = format!(
        "#:schema https://schemas.spinframework.dev/spin/manifest-v2/latest.json\n# {GENERATED}\n\
         spin_manifest_version = 2\n\n[application]\nname = \"longwave\"\nversion = \"{}\"\n\
         description = \"An instant-messaging backend for the serverless edge\"\n\n[variables]\n",
        env!("CARGO_PKG_VERSION")
    );
    text.extend(project.variables.iter().map(declared));
    text.extend(project.components.iter().map(|it| granted(it, &project.variables)));
    text
}

/// The declaration of a variable of the application.
fn declared(variable: &Variable) -> String {
    let value = match &variable.default {
        Some(default) => format!("default = {default:?}"),
        None => "required = true".to_owned(),
    };
    let secret = if variable.secret { ", secret = true" } else { "" };
    format!("{} = {{ {value}{secret} }}\n", variable.name)
}

/// A component with its trigger and its grants.
fn granted(component: &Component, all: &[Variable]) -> String {
    let Component { name, folder, endpoints, .. } = component;
    let mut lines = vec![String::new()];
    lines.extend(endpoints.iter().map(|endpoint| {
        format!("# {}: {}", endpoint.route, endpoint.summary.as_deref().unwrap_or_default())
    }));
    lines.extend([
        "[[trigger.http]]".to_owned(),
        format!("route = \"{}\"", component.path()),
        format!("component = \"{name}\""),
        String::new(),
        format!("[component.{name}]"),
        format!("source = \"target/wasm32-wasip1/wasm/{}.wasm\"", name.replace('-', "_")),
    ]);
    lines.extend(component.stores().into_iter().map(|store| match store {
        Store::Sqlite => "sqlite_databases = [\"default\"]".to_owned(),
        Store::KeyValue => "key_value_stores = [\"default\"]".to_owned(),
    }));
    lines.push("allowed_outbound_hosts = []".to_owned());
    lines.push(format!("[component.{name}.variables]"));
    let granted = component.granted(all).into_iter();
    lines.extend(granted.map(|Variable { name, .. }| format!("{name} = \"{{{{ {name} }}}}\"")));
    let mut watched = vec![folder.as_str(), "crates"];
    if component.stores().contains(&Store::Sqlite) {
        watched.push("migrations");
    }
    watched.extend(endpoints.iter().flat_map(|endpoint| &endpoint.watch).map(String::as_str));
    lines.extend([
        format!("[component.{name}.build]"),
        format!("command = \"scripts/cargo-wasm build -p {name}\""),
        format!("watch = {watched:?}"),
    ]);
    lines.join("\n") + "\n"
}
