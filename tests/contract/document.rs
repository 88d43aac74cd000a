//! `openapi.yaml` names every route and valid codes, and is served unchanged.

use crate::support::document::{codes, operations, text};
use crate::support::manifest::{component, component_source, routes};
use crate::support::server::{Ask, run};
use http::Method;
use longwave_core::Code;
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
fn the_document_is_served_unchanged() {
    run(async |server| {
        let answer = server.ask(Ask::get("/openapi.yaml")).await;
        assert_eq!(answer.headers["content-type"], "application/yaml");
        assert_eq!((answer.status, answer.body), (200, text()));
    });
}

#[test]
fn routes_components_and_operations_correspond() {
    let as_route = |path: &str| path.replace("{user_id}", ":user_id");
    let documented: BTreeSet<String> = operations().map(|(path, ..)| as_route(path)).collect();
    // The page is not part of the API.
    let is_api = |route: &String| !["not-found", "web"].contains(&component(route));
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
            // The text of the document states that GET implies HEAD.
            assert_eq!(allowed.contains("HEAD"), methods.contains("GET"), "{route}");
            let methods = methods.into_iter().chain(allowed.get("HEAD").cloned());
            assert_eq!(allowed, methods.collect(), "{route}");

            let component = component(&route);
            let source = component_source(component);
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
fn every_documented_code_exists_and_is_under_its_status() {
    let mut documented = BTreeSet::new();
    for (path, method, operation) in operations() {
        for (status, response) in operation["responses"].as_object().unwrap() {
            for number in codes(response) {
                let code = Code::from_number(u32::try_from(number).unwrap());
                let code =
                    code.unwrap_or_else(|| panic!("{method} {path}: {number} is not a code"));
                assert_eq!(code.status().to_string(), *status, "{method} {path}: {number}");
                documented.insert(number);
            }
        }
    }
    assert!(documented.len() > 25, "{documented:?}");
}
