//! `openapi.yaml`, the document of the API: that it is served, that it names every route and code, and
//! that every answer to any test is one that it documents.

use crate::project::routes;
use crate::server::{Answer, Ask, project, run};
use http::Method;
use longwave_core::Code;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::LazyLock;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_saphyr::from_str(&text()).expect("openapi.yaml is YAML"));

fn text() -> String {
    std::fs::read_to_string(project().join("openapi.yaml")).unwrap()
}

/// What a `$ref` stands for.
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

/// The codes of a documented answer, other than success.
fn codes(response: &'static Value) -> Vec<u64> {
    let schema = &resolved(response)["content"]["application/json"]["schema"];
    let parts = schema["allOf"].as_array().into_iter().flatten();
    let codes = parts.filter_map(|part| part["properties"]["code"]["enum"].as_array());
    codes.flatten().map(|code| code.as_u64().unwrap()).collect()
}

/// Whether a documented path, with `{parameters}`, is that of a request.
fn fits(path: &str, asked: &str) -> bool {
    let (path, asked) = (path.split('/'), asked.split('/'));
    path.clone().count() == asked.clone().count()
        && path.zip(asked).all(|(part, asked)| part.starts_with('{') || part == asked)
}

/// An answer of the server is one that the document knows; what is no operation has no answer there.
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

#[test]
fn the_document_is_served_as_it_is() {
    run(async |server| {
        let answer = server.ask(Ask::get("/openapi.yaml")).await;
        assert_eq!(answer.headers["content-type"], "application/yaml");
        assert_eq!((answer.status, answer.body), (200, text()));
    });
}

#[test]
fn routes_components_and_operations_are_the_same() {
    let as_route = |path: &str| path.replace("{user_id}", ":user_id");
    let documented: BTreeSet<String> = operations().map(|(path, ..)| as_route(path)).collect();
    // The page is no part of the API.
    let is_api = |route: &String| !["not-found", "web"].contains(&crate::project::component(route));
    let routed: BTreeSet<String> = routes().into_iter().filter(is_api).collect();
    assert_eq!(documented, routed);

    run(async |server| {
        for route in routed {
            let by_route = |(path, method, operation): (&str, Method, &'static Value)| {
                (as_route(path) == route).then(|| (method.to_string(), operation))
            };
            let (methods, documented): (BTreeSet<String>, Vec<_>) =
                operations().filter_map(by_route).unzip();
            let ask = Ask::new(Method::DELETE, &route);
            let answer = server.ask(ask).await;
            answer.refuses(405, 10007, "");
            let allowed = answer.headers["allow"].to_str().unwrap().split(", ");
            let allowed = allowed.map(str::to_owned).collect::<BTreeSet<_>>();
            // The document's text says that HEAD is where GET is.
            assert_eq!(allowed.contains("HEAD"), methods.contains("GET"), "{route}");
            let methods = methods.into_iter().chain(allowed.get("HEAD").cloned());
            assert_eq!(allowed, methods.collect(), "{route}");

            let component = crate::project::component(&route);
            let source = format!("components/{component}/src/lib.rs");
            let source = std::fs::read_to_string(project().join(source)).unwrap();
            for operation in documented {
                let id = operation["operationId"].as_str().unwrap();
                assert!(id.starts_with(component), "{id} is served by {component}");
                let scheme = operation["security"][0].as_object();
                let scheme = scheme.and_then(|scheme| scheme.keys().next()).map(String::as_str);
                let proves = |call| source.contains(call);
                assert_eq!(scheme == Some("bearer"), proves("authenticate()"), "{route}");
                assert_eq!(scheme == Some("service"), proves("authenticate_service()"), "{route}");
            }
        }
    });
}

#[test]
fn every_documented_code_is_one_of_ours_under_its_status() {
    let mut documented = BTreeSet::new();
    for (path, method, operation) in operations() {
        for (status, response) in operation["responses"].as_object().unwrap() {
            for number in codes(response) {
                let code = Code::from_number(u32::try_from(number).unwrap());
                let code = code.unwrap_or_else(|| panic!("{method} {path}: {number} is no code"));
                assert_eq!(code.status().to_string(), *status, "{method} {path}: {number}");
                documented.insert(number);
            }
        }
    }
    assert!(documented.len() > 25, "{documented:?}");
}
