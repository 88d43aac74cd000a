//! The declarations of the components, in `[package.metadata.endpoint]` of their `Cargo.toml`.

use crate::variables::Variable;
use anyhow::{Context, Result, bail, ensure};
use longwave_core::Code;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs::{read_dir, read_to_string};
use std::path::Path;

/// The areas, in the order in which files list them.
const AREAS: [&str; 10] = [
    "auth",
    "user",
    "friend",
    "block",
    "group",
    "message",
    "conversation",
    "realtime",
    "internal",
    "site",
];

/// A component, as it declares itself.
#[derive(Debug)]
pub struct Component {
    /// The name of the package, of the component and, with `_`, of the wasm: `group-kick`.
    pub name: String,
    /// The folder: `components/group/kick`.
    pub folder: String,
    /// The first part of the folder.
    pub area: String,
    /// One for each method, all with the same path.
    pub endpoints: Vec<Endpoint>,
}

/// A method of a route, as its component declares it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// The method and the path, `POST /api/v1/group/kick`; or the path alone, for all methods.
    pub route: String,
    /// The permitted callers.
    pub auth: Auth,
    /// The function of `longwave_edge` that serves it.
    #[serde(default)]
    pub serve: Serve,
    /// The effect of the endpoint in a few words; by default the description of the package.
    pub summary: Option<String>,
    /// Further information for callers.
    pub description: Option<String>,
    /// The type of the query, by its name in `openapi.yaml`.
    pub query: Option<String>,
    /// Headers and parameters of the path, by their names in `document.yaml`.
    #[serde(default)]
    pub parameters: Vec<String>,
    /// The type of the body, by its name in `openapi.yaml`.
    pub request: Option<String>,
    /// The type of `data` of the response, by its name in `openapi.yaml`.
    pub response: Option<String>,
    /// The names of the codes ([`Code`]) with which it refuses, except those that other keys imply.
    #[serde(default)]
    pub errors: Vec<String>,
    /// The stores that it uses, except those that `auth` implies.
    #[serde(default)]
    pub stores: Vec<Store>,
    /// The variables that it reads, except those that other keys imply; `*` for all.
    #[serde(default)]
    pub variables: Vec<String>,
    /// The sources that it is built from, besides its own folder, `crates` and `migrations`.
    #[serde(default)]
    pub watch: Vec<String>,
}

/// The permitted callers of an endpoint.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// A user, with a token.
    User,
    /// A service, with a signature.
    Service,
    /// Any caller, without credentials.
    None,
}

/// The function of `longwave_edge` that serves an endpoint.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Serve {
    /// `serve`: JSON in the envelope.
    #[default]
    Json,
    /// `serve_events`: server-sent events.
    Events,
    /// `serve_document`: a file.
    Document,
    /// `serve_health`: JSON without the envelope.
    Health,
    /// `serve_asset`: the chat page, which `openapi.yaml` does not describe.
    Asset,
    /// `serve_not_found`: paths without another component, which `openapi.yaml` does not describe.
    NotFound,
}

/// A store of Spin.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum Store {
    /// The SQLite database.
    Sqlite,
    /// The key-value store.
    KeyValue,
}

impl Endpoint {
    /// The method; `None` for all methods.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        self.route.split_once(' ').map(|(method, _)| method)
    }

    /// The path, with `:name` for a parameter.
    #[must_use]
    pub fn path(&self) -> &str {
        self.route.split_once(' ').map_or(&*self.route, |(_, path)| path)
    }

    /// Whether `openapi.yaml` describes the endpoint.
    #[must_use]
    pub fn is_documented(&self) -> bool {
        !matches!(self.serve, Serve::Asset | Serve::NotFound)
    }

    /// The numbers of the codes that the keys other than `errors` imply.
    fn implied_codes(&self) -> BTreeSet<u32> {
        use Code::{
            AuthUnavailable, BodyTooLarge, Internal, InvalidParam, NotFound, StoreFailed,
            TokenExpired, TokenInvalid, TokenMissing, TooManyRequests, Unauthorized,
            UnsupportedEncoding,
        };
        let mut codes = Vec::new();
        match self.serve {
            Serve::Json | Serve::Events => codes.push(Internal),
            _ => return BTreeSet::new(),
        }
        match self.auth {
            Auth::User => codes.extend([InvalidParam, TokenInvalid, TokenExpired, TokenMissing]),
            Auth::Service => {
                codes.extend([InvalidParam, Unauthorized, NotFound, BodyTooLarge]);
                codes.push(UnsupportedEncoding);
            }
            Auth::None => {}
        }
        if self.request.is_some() {
            codes.extend([InvalidParam, BodyTooLarge, UnsupportedEncoding]);
        }
        if self.query.is_some() || !self.parameters.is_empty() {
            codes.push(InvalidParam);
        }
        if self.stores().contains(&Store::Sqlite) {
            codes.push(StoreFailed);
        }
        if self.auth != Auth::None || self.variables.iter().any(|name| name == "auth_providers") {
            codes.push(AuthUnavailable);
        }
        if self.variables.iter().any(|name| name.ends_with("_per_minute")) {
            codes.push(TooManyRequests);
        }
        codes.into_iter().map(Code::number).collect()
    }

    /// The codes with which it may refuse, in ascending order.
    ///
    /// # Errors
    /// A name that is not a code, is repeated, or is implied by other keys.
    pub fn codes(&self) -> Result<Vec<Code>> {
        let mut numbers = self.implied_codes();
        for name in &self.errors {
            let code = Code::from_name(name).with_context(|| {
                format!("errors: `{name}` is not a code; crates/core/src/error.rs has their names")
            })?;
            ensure!(
                numbers.insert(code.number()),
                "errors: `{name}` is there twice, or implied by auth, request, query, stores or variables; remove it"
            );
        }
        Ok(numbers.into_iter().filter_map(Code::from_number).collect())
    }

    /// The stores that it is granted.
    #[must_use]
    pub fn stores(&self) -> BTreeSet<Store> {
        let implied: &[Store] = match self.auth {
            Auth::User => &[Store::Sqlite, Store::KeyValue],
            Auth::Service => &[Store::Sqlite],
            Auth::None => &[],
        };
        implied.iter().chain(&self.stores).copied().collect()
    }

    /// The names of the variables that it is granted.
    fn variables(&self) -> BTreeSet<&str> {
        let of_auth: &[&str] = match self.auth {
            Auth::User => &["auth_providers", "auth_native_secret", "auth_external_secrets"],
            Auth::Service => &[
                "internal_auth_services",
                "internal_auth_secrets",
                "internal_auth_max_skew_seconds",
            ],
            Auth::None => &[],
        };
        let of_database = self.stores().contains(&Store::Sqlite).then_some("sqlite_synchronous");
        let own = self.variables.iter().map(String::as_str);
        own.chain(of_auth.iter().copied()).chain(of_database).chain(["cors_origins"]).collect()
    }
}

impl Component {
    /// The path of its route.
    #[must_use]
    pub fn path(&self) -> &str {
        self.endpoints.first().map_or("", Endpoint::path)
    }

    /// The stores that it is granted: those of all its methods.
    #[must_use]
    pub fn stores(&self) -> BTreeSet<Store> {
        self.endpoints.iter().flat_map(Endpoint::stores).collect()
    }

    /// The variables that it is granted, in the order of the configuration.
    #[must_use]
    pub fn granted<'a>(&self, all: &'a [Variable]) -> Vec<&'a Variable> {
        let names: BTreeSet<_> = self.endpoints.iter().flat_map(Endpoint::variables).collect();
        let is_granted = |it: &&Variable| names.contains("*") || names.contains(it.name.as_str());
        all.iter().filter(is_granted).collect()
    }
}

#[derive(Deserialize)]
struct Manifest {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    description: Option<String>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    endpoint: Option<toml::Value>,
}

/// Reads a declaration: one endpoint, or a list of them.
fn endpoints(declared: toml::Value) -> Result<Vec<Endpoint>, toml::de::Error> {
    if declared.is_array() { declared.try_into() } else { Ok(vec![declared.try_into()?]) }
}

/// Reads the components of a repository, in the order of their areas and paths.
///
/// # Errors
/// As [`crate::read`].
pub fn read(root: &Path, variables: &[Variable]) -> Result<Vec<Component>> {
    let mut components = Vec::new();
    for area in names(&root.join("components"))? {
        for verb in names(&root.join("components").join(&area))? {
            let folder = format!("components/{area}/{verb}");
            let component = component(root, &area, &verb, variables);
            components.push(component.with_context(|| format!("{folder}/Cargo.toml"))?);
        }
    }
    let place = |area: &str| AREAS.iter().position(|known| *known == area);
    components.sort_by(|one, other| {
        (place(&one.area), one.path()).cmp(&(place(&other.area), other.path()))
    });
    for (index, component) in components.iter().enumerate() {
        let mut before = components[..index].iter();
        if let Some(other) = before.find(|other| other.path() == component.path()) {
            bail!(
                "{}/Cargo.toml: {} also declares the route {}; give one of them another route, or make them one \
                 component with two methods",
                component.folder,
                other.folder,
                component.path()
            );
        }
    }
    Ok(components)
}

/// The names of the folders in a folder, sorted.
fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let entries = read_dir(folder).with_context(|| format!("read {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn component(root: &Path, area: &str, verb: &str, variables: &[Variable]) -> Result<Component> {
    ensure!(
        AREAS.contains(&area),
        "`{area}` is not an area; crates/dev/src/declaration.rs lists them"
    );
    let folder = format!("components/{area}/{verb}");
    let text = read_to_string(root.join(&folder).join("Cargo.toml"))
        .context("it is missing: each folder of components/<area>/ is the crate of one endpoint")?;
    let Manifest { package } = toml::from_str(&text)?;
    let name = if area == "site" { verb.to_owned() } else { format!("{area}-{verb}") };
    ensure!(
        package.name == name,
        "the package is `{}`; by its folder it is `{name}`",
        package.name
    );
    let declared = package.metadata.and_then(|metadata| metadata.endpoint).context(
        "there is no [package.metadata.endpoint]: declare the route, who may call and the errors, as in \
         components/group/kick",
    )?;
    let mut endpoints = endpoints(declared).context("[package.metadata.endpoint]")?;
    for endpoint in &mut endpoints {
        endpoint.summary = endpoint.summary.take().or_else(|| package.description.clone());
        let checked = check(endpoint, variables);
        checked.with_context(|| format!("endpoint {}", endpoint.route))?;
    }
    let component = Component { name, folder, area: area.to_owned(), endpoints };
    let is_same = |endpoint: &Endpoint| endpoint.path() == component.path();
    ensure!(
        component.endpoints.iter().all(is_same),
        "its endpoints have different paths; a component has one, because Spin routes by path"
    );
    Ok(component)
}

fn check(endpoint: &Endpoint, variables: &[Variable]) -> Result<()> {
    ensure!(endpoint.path().starts_with('/'), "route: the path does not begin with a slash");
    ensure!(
        endpoint.summary.is_some(),
        "there is no summary, and the package has no description: say what it does"
    );
    if endpoint.is_documented() {
        let method = endpoint.method();
        ensure!(
            method.is_some_and(|it| ["GET", "POST", "PUT", "DELETE"].contains(&it)),
            "route: begin with GET, POST, PUT or DELETE"
        );
        ensure!(
            endpoint.request.is_none() || method != Some("GET"),
            "request: a GET has no body; declare a query"
        );
    }
    if endpoint.serve == Serve::Json {
        ensure!(endpoint.response.is_some(), "response: name the type of `data`, Empty for none");
    }
    for name in endpoint.variables.iter().filter(|name| *name != "*") {
        ensure!(
            variables.iter().any(|variable| variable.name == *name),
            "variables: there is no `{name}`; crates/edge/variables.toml lists them"
        );
    }
    endpoint.codes().map(drop)
}
