//! The tables of the documents: routes in `docs/api.md`, variables in `docs/configuration.md`.

use crate::Project;
use crate::declaration::Auth;

/// The table of routes.
#[must_use]
pub fn routes(project: &Project) -> String {
    let mut table = "| route | caller | what it does |\n| --- | --- | --- |\n".to_owned();
    for component in &project.components {
        table.extend(component.endpoints.iter().map(|endpoint| {
            let caller = match endpoint.auth {
                Auth::User => "user",
                Auth::Service => "service",
                Auth::None => "anybody",
            };
            let summary = endpoint.summary.as_deref().unwrap_or_default();
            let (route, folder) = (&endpoint.route, &component.folder);
            format!("| [`{route}`](../{folder}/src/lib.rs) | {caller} | {summary} |\n")
        }));
    }
    table
}

/// The table of variables.
#[must_use]
pub fn variables(project: &Project) -> String {
    let mut table = "| variable | default | what it sets |\n| --- | --- | --- |\n".to_owned();
    table.extend(project.variables.iter().map(|variable| {
        let default = match variable.default.as_deref() {
            Some("") => "empty".to_owned(),
            Some(default) => format!("`{default}`"),
            None => "none: required".to_owned(),
        };
        let secret = if variable.secret { " Secret." } else { "" };
        let (name, description) = (&variable.name, &variable.description);
        format!("| `{name}` | {default} | {description}{secret} |\n")
    }));
    table
}

/// A document with the lines between `<!-- name -->` and `<!-- /name -->` replaced; `None` if it
/// has no such markers.
#[must_use]
pub fn replace(document: &str, name: &str, table: &str) -> Option<String> {
    let (before, rest) = document.split_once(&format!("<!-- {name} -->\n"))?;
    let (_, after) = rest.split_once(&format!("<!-- /{name} -->\n"))?;
    Some(format!("{before}<!-- {name} -->\n{table}<!-- /{name} -->\n{after}"))
}
