//! `openapi.yaml`, as the tests read it: its operations, and the answers that it documents.

use crate::support::server::{Answer, project};
use http::Method;
use serde_json::Value;
use std::sync::LazyLock;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_saphyr::from_str(&text()).expect("openapi.yaml is YAML"));

/// The document on disk.
pub fn text() -> String {
    std::fs::read_to_string(project().join("openapi.yaml")).unwrap()
}

/// The value itself, or the one that its `$ref` refers to.
pub fn resolved(value: &'static Value) -> &'static Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(place) => DOCUMENT.pointer(place.strip_prefix('#').unwrap()).unwrap_or_else(|| {
            panic!("openapi.yaml has no {place}");
        }),
        None => value,
    }
}

/// The operations: path, method, operation.
pub fn operations() -> impl Iterator<Item = (&'static str, Method, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(move |(method, operation)| {
            (path.as_str(), method.to_uppercase().parse().unwrap(), operation)
        })
    })
}

/// The codes of a documented refusal.
pub fn codes(response: &'static Value) -> Vec<u64> {
    let schema = &resolved(response)["content"]["application/json"]["schema"];
    let schemas =
        schema["anyOf"].as_array().map_or_else(|| vec![schema], |any| any.iter().collect());
    let parts = schemas.into_iter().filter_map(|it| resolved(it)["allOf"].as_array()).flatten();
    parts.filter_map(|part| part["properties"]["code"]["const"].as_u64()).collect()
}

/// Whether the path of a request matches a documented one with `{parameters}`.
fn fits(path: &str, asked: &str) -> bool {
    let (path, asked) = (path.split('/'), asked.split('/'));
    path.clone().count() == asked.clone().count()
        && path.zip(asked).all(|(part, asked)| part.starts_with('{') || part == asked)
}

/// Asserts that the document covers an answer. Requests that are not a documented operation are not checked.
#[track_caller]
pub fn covers(method: &Method, target: &str, answer: &Answer) {
    let path = target.split('?').next().unwrap_or_default();
    let Some((.., operation)) =
        operations().find(|(known, by, _)| by == method && fits(known, path))
    else {
        return;
    };
    let documented = operation["responses"].get(answer.status.to_string());
    let documented =
        documented.unwrap_or_else(|| panic!("{method} {path}: undocumented status in {answer:?}"));
    if answer.status >= 400 && path != "/healthz" {
        let code = answer.json()["code"].as_u64().unwrap();
        assert!(codes(documented).contains(&code), "{method} {path}: undocumented {answer:?}");
    }
}
