//! Variables: the application's, from the manifest, the environment and the command line, and the templates through
//! which each component sees them.

use crate::bindings::spin::variables::variables::{Error, Host as VariablesHost, HostWithStore};
use crate::host::Host;
use crate::manifest::Manifest;
use crate::terminal::say;
use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, HashMap};
use wasmtime::component::{Accessor, HasSelf};

/// Prefix of variables in the environment.
const ENVIRONMENT: &str = "SPIN_VARIABLE_";

/// A component's variables: names and values.
pub type ComponentVariables = HashMap<String, String>;

/// Resolves the variables of every component: `--variable` wins over `SPIN_VARIABLE_<NAME>`, which
/// wins over the manifest's default.
///
/// # Errors
/// A required variable without a value, a value for a variable that is not in the manifest, or a template that names
/// a variable without a value.
pub fn resolve(
    manifest: &Manifest,
    given: &[(String, String)],
) -> Result<BTreeMap<String, ComponentVariables>> {
    for (name, _) in given {
        if !manifest.variables.contains_key(name) {
            bail!("--variable {name}: the manifest has no variable of this name");
        }
    }
    for name in std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()) {
        if let Some(variable) = name.strip_prefix(ENVIRONMENT)
            && !manifest.variables.keys().any(|known| known.to_ascii_uppercase() == variable)
        {
            say(format_args!(
                "warning: {name} is set, and the manifest has no such variable; is it misspelled?"
            ));
        }
    }
    let mut values = HashMap::new();
    for (name, variable) in &manifest.variables {
        let environment = format!("{ENVIRONMENT}{}", name.to_ascii_uppercase());
        let value = given.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        match value
            .or_else(|| std::env::var(&environment).ok())
            .or_else(|| variable.default.clone())
        {
            Some(value) => {
                values.insert(name.as_str(), value);
            }
            None if variable.required => {
                bail!(
                    "the variable '{name}' is required and has no value; set {environment} or give --variable {name}=..."
                );
            }
            None => {}
        }
    }
    let component = |(id, component): (&String, &crate::manifest::Component)| {
        let resolved = component.variables.iter().map(|(name, template)| {
            let value = expand(template, &values)
                .with_context(|| format!("component.{id}.variables.{name}"))?;
            Ok((name.clone(), value))
        });
        Ok((id.clone(), resolved.collect::<Result<_>>()?))
    };
    manifest.component.iter().map(component).collect()
}

/// Replaces each `{{ name }}` by its value.
fn expand(template: &str, values: &HashMap<&str, String>) -> Result<String> {
    let mut expanded = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else {
            bail!("'{template}' has a '{{{{' without its '}}}}'")
        };
        let name = name.trim();
        let value = values
            .get(name)
            .with_context(|| format!("'{template}' names '{name}', which has no value"))?;
        expanded.push_str(before);
        expanded.push_str(value);
        rest = after;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

impl VariablesHost for Host {}

impl<T: Send> HostWithStore<T> for HasSelf<Host> {
    async fn get(
        accessor: &Accessor<T, Self>,
        name: String,
    ) -> wasmtime::Result<Result<String, Error>> {
        Ok(accessor.with(|mut access| {
            if !name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
                || name.is_empty()
            {
                return Err(Error::InvalidName(format!(
                    "'{name}' is not a name of lower-case letters, digits and _"
                )));
            }
            let value = access.get().component.variables.get(&name).cloned();
            value.ok_or_else(|| Error::Undefined(format!("the component has no variable '{name}'")))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_expanded_with_the_values_it_names() {
        let values = HashMap::from([("a", "1".to_owned()), ("b", "2".to_owned())]);
        assert_eq!(expand("x{{a}}y{{ b }}z", &values).unwrap(), "x1y2z");
        assert_eq!(expand("plain", &values).unwrap(), "plain");
        assert!(expand("{{ c }}", &values).is_err());
        assert!(expand("{{ a", &values).is_err());
    }
}
