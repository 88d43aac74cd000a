//! Writes `openapi.yaml`: the text about the whole API from `document.yaml`, an operation for each
//! declared endpoint, and the schemas of `longwave_core::schema`.

use crate::declaration::{Auth, Component, Endpoint, Serve};
use crate::{GENERATED, Project};
use anyhow::{Context, Result, ensure};
use longwave_core::{Code, schema};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A map that keeps the order of insertion.
struct Ordered<K, V>(Vec<(K, V)>);

impl<K: Serialize, V: Serialize> Serialize for Ordered<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Operation {
    #[serde(rename = "operationId")]
    id: String,
    tags: [String; 1],
    summary: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    security: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_body: Option<Value>,
    responses: BTreeMap<String, Value>,
}

/// Returns the text of `openapi.yaml`.
///
/// # Errors
/// If a declaration names a type or a parameter that does not exist.
pub fn write(project: &Project) -> Result<String> {
    let base = include_str!("document.yaml");
    let fixed: Value = serde_saphyr::from_str(base).context("document.yaml")?;
    let parameters = &fixed["components"]["parameters"];
    let mut schemas = schema::definitions();
    for code in Code::ALL {
        schemas.insert(name_of(*code), refusal_schema(*code));
    }
    let mut responses = Map::new();
    for name in schemas.keys() {
        let code = Code::ALL.iter().find(|code| name_of(**code) == *name);
        responses
            .insert(name.clone(), code.map_or_else(|| success(name), |code| refusal(&[*code])));
    }
    let mut paths: Vec<(String, Ordered<String, Operation>)> = Vec::new();
    for component in &project.components {
        let mut operations = Vec::new();
        for endpoint in component.endpoints.iter().filter(|endpoint| endpoint.is_documented()) {
            let operation = operation(component, endpoint, &schemas, parameters);
            let operation = operation
                .with_context(|| format!("{}/Cargo.toml: {}", component.folder, endpoint.route))?;
            operations.push((endpoint.method().unwrap_or_default().to_lowercase(), operation));
        }
        if !operations.is_empty() {
            paths.push((in_braces(component.path()), Ordered(operations)));
        }
    }
    let paths = Ordered(paths);
    // Keeps only the responses and schemas that operations use, directly or indirectly.
    let operations = serde_json::to_value(&paths)?;
    let used_responses = used("responses", [&fixed, &operations], &responses);
    responses.retain(|name, _| used_responses.contains(name));
    let responses = Value::Object(responses);
    let used_schemas = used("schemas", [&fixed, &operations, &responses], &schemas);
    schemas.retain(|name, _| used_schemas.contains(name));
    let text = base.replace("paths: {}\n", &section("paths", 0, &paths)?);
    let text = text.replace("  responses: {}\n", &section("responses", 2, &responses)?);
    let text = text.replace("  schemas: {}\n", &section("schemas", 2, &Value::Object(schemas))?);
    Ok(format!("# {GENERATED}\n{text}"))
}

/// A path in the notation of `OpenAPI`: `:name` becomes `{name}`.
fn in_braces(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.strip_prefix(':') {
        Some(name) => format!("{{{name}}}"),
        None => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

/// A key and its value as YAML, indented by `indent` spaces.
fn section(key: &str, indent: usize, value: &impl Serialize) -> Result<String> {
    let text = serde_saphyr::to_string(value).context("write YAML")?;
    let lines = text.lines().map(|line| match line {
        "" => "\n".to_owned(),
        line => format!("{:1$}{line}\n", "", indent + 2),
    });
    Ok(format!("{:indent$}{key}:\n{}", "", lines.collect::<String>()))
}

/// The names of the components of a kind that `values` refer to, directly or through other
/// components.
fn used<const N: usize>(
    kind: &str,
    values: [&Value; N],
    components: &Map<String, Value>,
) -> BTreeSet<String> {
    let path = format!("#/components/{kind}/");
    let mut used = BTreeSet::new();
    let mut open = Vec::from(values);
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                let name = members.get("$ref").and_then(Value::as_str);
                let name = name.and_then(|name| name.strip_prefix(&path));
                if let Some(name) = name.filter(|name| used.insert((*name).to_owned())) {
                    open.extend(components.get(name));
                }
                open.extend(members.values());
            }
            _ => {}
        }
    }
    used
}

fn operation(
    component: &Component,
    endpoint: &Endpoint,
    schemas: &Map<String, Value>,
    known: &Value,
) -> Result<Operation> {
    let is_first = component.endpoints.first().is_some_and(|it| it.route == endpoint.route);
    let method = endpoint.method().unwrap_or_default().to_lowercase();
    let mut parameters = match &endpoint.query {
        Some(name) => query(schema_of(name, schemas).context("query")?),
        None => Vec::new(),
    };
    let of_auth: &[&str] = match endpoint.auth {
        Auth::User => &["PlatformHeader"],
        Auth::Service => &["ServiceName", "Timestamp", "Nonce"],
        Auth::None => &[],
    };
    for name in endpoint.parameters.iter().map(String::as_str).chain(of_auth.iter().copied()) {
        ensure!(
            known.get(name).is_some(),
            "parameters: there is no `{name}`; crates/dev/src/document.yaml lists them"
        );
        parameters.push(reference("parameters", name));
    }
    let request_body = match &endpoint.request {
        Some(name) => {
            schema_of(name, schemas).context("request")?;
            let content = json!({ "application/json": { "schema": reference("schemas", name) } });
            Some(json!({ "required": true, "content": content }))
        }
        None => None,
    };
    Ok(Operation {
        id: if is_first { component.name.clone() } else { format!("{}-{method}", component.name) },
        tags: [if component.area == "site" { "server".to_owned() } else { component.area.clone() }],
        summary: endpoint.summary.clone().unwrap_or_default(),
        description: endpoint.description.clone(),
        security: match endpoint.auth {
            Auth::User => json!([{ "bearer": [] }]),
            Auth::Service => json!([{ "service": [] }]),
            Auth::None => json!([]),
        },
        parameters,
        request_body,
        responses: responses(endpoint, schemas)?,
    })
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

fn schema_of<'a>(name: &str, schemas: &'a Map<String, Value>) -> Result<&'a Value> {
    schemas.get(name).with_context(|| {
        format!("there is no type `{name}`; crates/core/src/schema.rs lists them in `definitions`")
    })
}

/// The fields of a query as parameters.
fn query(schema: &Value) -> Vec<Value> {
    let required = schema["required"].as_array().into_iter().flatten();
    let required: Vec<&str> = required.filter_map(Value::as_str).collect();
    let fields = schema["properties"].as_object().into_iter().flatten();
    let parameter = |(name, field): (&String, &Value)| {
        let mut field = without_null(field.clone());
        let description = field.as_object_mut().and_then(|field| field.remove("description"));
        let mut parameter = json!({ "name": name, "in": "query", "schema": field });
        if let Some(description) = description {
            parameter["description"] = description;
        }
        if required.contains(&name.as_str()) {
            parameter["required"] = true.into();
        }
        parameter
    };
    fields.map(parameter).collect()
}

/// A schema without the type null: a parameter is present or absent, but never null.
fn without_null(mut schema: Value) -> Value {
    if let Some(types) = schema["type"].as_array() {
        schema["type"] = types.iter().find(|it| *it != "null").cloned().unwrap_or_default();
    }
    let any = schema["anyOf"].as_array();
    let one = any.and_then(|any| any.iter().find(|it| it["type"] != "null")).cloned();
    if let (Some(schema), Some(Value::Object(one))) = (schema.as_object_mut(), one) {
        schema.remove("anyOf");
        schema.extend(one);
    }
    schema
}

fn responses(endpoint: &Endpoint, schemas: &Map<String, Value>) -> Result<BTreeMap<String, Value>> {
    let mut responses = BTreeMap::new();
    let data = endpoint.response.as_deref();
    if let Some(name) = data {
        schema_of(name, schemas).context("response")?;
    }
    let data = data.unwrap_or_default();
    let done = |content| json!({ "description": "Done.", "content": content });
    let done = match endpoint.serve {
        Serve::Events => done(json!({ "text/event-stream": { "schema": { "type": "string" } } })),
        Serve::Document => done(json!({ "application/yaml": {} })),
        Serve::Health => {
            let content = json!({ "application/json": { "schema": reference("schemas", data) } });
            let failed = json!({ "description": "Not healthy.", "content": content });
            responses.insert("503".to_owned(), failed);
            done(content)
        }
        _ => reference("responses", data),
    };
    responses.insert("200".to_owned(), done);
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in endpoint.codes()? {
        by_status.entry(code.status()).or_default().push(code);
    }
    for (status, codes) in by_status {
        let response = match codes[..] {
            [code] => reference("responses", &name_of(code)),
            _ => refusal(&codes),
        };
        responses.insert(status.to_string(), response);
    }
    Ok(responses)
}

/// The name of a code in the document: `GroupNotFound`.
fn name_of(code: Code) -> String {
    format!("{code:?}")
}

/// The schema of a refusal with a code.
fn refusal_schema(code: Code) -> Value {
    json!({ "allOf": [
        reference("schemas", "Refusal"),
        { "properties": { "code": { "const": code.number() } } },
    ] })
}

/// A response with one of these codes.
fn refusal(codes: &[Code]) -> Value {
    let described = codes.iter().map(|code| format!("{}: {}", code.number(), code.message()));
    let schemas = codes.iter().map(|code| reference("schemas", &name_of(*code)));
    let schema = match &schemas.collect::<Vec<_>>()[..] {
        [schema] => schema.clone(),
        schemas => json!({ "anyOf": schemas }),
    };
    let mut response = json!({
        "description": described.collect::<Vec<_>>().join("; "),
        "content": { "application/json": { "schema": schema } },
    });
    if codes.contains(&Code::TooManyRequests) {
        response["headers"] = json!({ "Retry-After": {
            "schema": { "type": "integer", "minimum": 1 }, "description": "Seconds to wait.",
        } });
    }
    if codes.contains(&Code::UnsupportedEncoding) {
        response["headers"] = json!({ "Accept-Encoding": {
            "schema": { "const": "identity" }, "description": "A body is sent without an encoding.",
        } });
    }
    response
}

/// A successful response with data of a type.
fn success(name: &str) -> Value {
    let envelope = [
        reference("schemas", "Success"),
        json!({ "properties": { "data": reference("schemas", name) } }),
    ];
    let content = json!({ "application/json": { "schema": { "allOf": envelope } } });
    json!({ "description": "Done.", "content": content })
}
