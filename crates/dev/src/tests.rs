//! A fault in a declaration or a generated file is reported in one sentence, with the file and the
//! remedy.

use crate::{check, generate, project};
use std::fs::{create_dir_all, read_to_string, write};
use std::path::Path;
use tempfile::TempDir;

/// A repository of two components, with its generated files.
fn repository() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for path in [
        "components/group/kick/Cargo.toml",
        "components/user/me/Cargo.toml",
        "crates/edge/variables.toml",
        "docs/api.md",
        "docs/configuration.md",
    ] {
        let text = read_to_string(project().join(path)).unwrap();
        put(root.path(), path, &text);
    }
    generate(root.path()).unwrap();
    root
}

fn put(root: &Path, path: &str, text: &str) {
    create_dir_all(root.join(path).parent().unwrap()).unwrap();
    write(root.join(path), text).unwrap();
}

/// The error of [`check`] after a text in a file was replaced.
fn said_after(path: &str, old: &str, new: &str) -> String {
    let root = repository();
    let text = read_to_string(root.path().join(path)).unwrap();
    assert!(text.contains(old), "{path} has no {old}");
    put(root.path(), path, &text.replacen(old, new, 1));
    format!("{:#}", check(root.path()).unwrap_err())
}

#[test]
fn the_generated_files_are_what_the_components_declare() {
    check(&project()).unwrap();
}

#[test]
fn generating_twice_changes_nothing() {
    let root = repository();
    assert_eq!(generate(root.path()).unwrap(), Vec::<String>::new());
    check(root.path()).unwrap();
}

#[test]
fn a_generated_file_that_was_edited_is_refused() {
    for (path, old) in [
        ("spin.toml", "key_value_stores = [\"default\"]\n"),
        ("openapi.yaml", "operationId: group-kick"),
        ("docs/api.md", "POST /api/v1/group/kick"),
        ("docs/configuration.md", "`token_ttl_hours`"),
    ] {
        let said = said_after(path, old, "edited");
        assert!(
            said.starts_with(&format!("{path} is not what the components declare: line ")),
            "{said}"
        );
        assert!(said.contains("Run `cargo dev generate`"), "{said}");
    }
}

#[test]
fn a_component_without_a_declaration_is_refused() {
    let manifest = "components/group/kick/Cargo.toml";
    let said = said_after(manifest, "[package.metadata.endpoint]", "[package.metadata.other]");
    assert!(
        said.starts_with(&format!("{manifest}: there is no [package.metadata.endpoint]: declare")),
        "{said}"
    );
    let root = repository();
    create_dir_all(root.path().join("components/group/mute")).unwrap();
    let said = format!("{:#}", check(root.path()).unwrap_err());
    assert!(said.starts_with("components/group/mute/Cargo.toml: it is missing"), "{said}");
}

#[test]
fn a_route_that_two_components_declare_is_refused() {
    let root = repository();
    let manifest = read_to_string(root.path().join("components/group/kick/Cargo.toml")).unwrap();
    let manifest = manifest.replace("name = \"group-kick\"", "name = \"group-mute\"");
    put(root.path(), "components/group/mute/Cargo.toml", &manifest);
    let said = format!("{:#}", check(root.path()).unwrap_err());
    let expected = "components/group/mute/Cargo.toml: components/group/kick also declares the route \
        /api/v1/group/kick; give one of them another route";
    assert!(said.starts_with(expected), "{said}");
}

#[test]
fn an_invalid_declaration_is_refused_with_a_remedy() {
    for (old, new, expected) in [
        (
            "\"no_permission\"",
            "\"no_such_code\"",
            "`no_such_code` is not a code; crates/core/src/error.rs",
        ),
        (
            "\"no_permission\"",
            "\"token_missing\"",
            "`token_missing` is there twice, or implied by auth",
        ),
        (
            "GroupMemberRequest",
            "NoRequest",
            "request: there is no type `NoRequest`; crates/core/src/schema.rs",
        ),
        (
            "\"Empty\"",
            "\"Nothing\"",
            "response: there is no type `Nothing`; crates/core/src/schema.rs",
        ),
        (
            "change_per_minute",
            "no_variable",
            "there is no `no_variable`; crates/edge/variables.toml",
        ),
        ("request =", "query = \"Nope\"\nrequest =", "query: there is no type `Nope`"),
        (
            "request =",
            "parameters = [\"Nope\"]\nrequest =",
            "there is no `Nope`; crates/dev/src/document.yaml",
        ),
        ("request =", "requets = 1\nrequest =", "unknown field `requets`"),
        ("\"POST /", "\"FETCH /", "route: begin with GET, POST, PUT or DELETE"),
        ("\"POST /", "\"GET /", "request: a GET has no body; declare a query"),
        ("\"POST /", "\"POST ", "route: the path does not begin with a slash"),
        ("response = \"Empty\"\n", "", "response: name the type of `data`"),
        (
            "auth = \"user\"",
            "auth = \"anybody\"",
            "unknown variant `anybody`, expected one of `user`, `service`, `none`",
        ),
        (
            "name = \"group-kick\"",
            "name = \"kick\"",
            "the package is `kick`; by its folder it is `group-kick`",
        ),
    ] {
        let said = said_after("components/group/kick/Cargo.toml", old, new);
        assert!(said.starts_with("components/group/kick/Cargo.toml: "), "{said}");
        assert!(said.contains(expected), "{new}: {said}");
    }
}

#[test]
fn a_component_has_one_path_and_a_known_area() {
    let said =
        said_after("components/user/me/Cargo.toml", "PUT /api/v1/user/me", "PUT /api/v1/user/you");
    assert!(said.contains("its endpoints have different paths"), "{said}");
    let root = repository();
    put(root.path(), "components/games/chess/Cargo.toml", "");
    let said = format!("{:#}", check(root.path()).unwrap_err());
    assert!(said.contains("`games` is not an area"), "{said}");
}
