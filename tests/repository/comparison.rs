//! `docs/comparison.md` has every route and every hole, and quotes only existing tests.

use crate::support::manifest::routes;
use crate::support::server::project;
use std::collections::BTreeSet;
use std::fs::{read_dir, read_to_string};
use std::path::Path;

fn text() -> String {
    read_to_string(project().join("docs/comparison.md")).unwrap()
}

/// The texts in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Collects the names of the functions in a folder.
fn functions(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = read_to_string(&path).unwrap();
            let names = source.lines().filter_map(|line| line.trim_start().split_once("fn "));
            let name = |(_, rest): (&str, &str)| rest.split(['(', '<']).next().unwrap().to_owned();
            found.extend(names.map(name));
        }
    }
}

#[test]
fn every_route_is_compared() {
    let text = text();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let compared: BTreeSet<&str> =
        rows.filter_map(|row| row.split_once(' ').map(|(_, route)| route)).collect();
    let routes = routes();
    let routes: BTreeSet<&str> = routes.iter().map(String::as_str).collect();
    let missing: Vec<_> = routes.difference(&compared).collect();
    let unknown: Vec<_> = compared.difference(&routes).collect();
    let remedy = "add or correct their rows in docs/comparison.md";
    assert!(missing.is_empty() && unknown.is_empty(), "{missing:?}, {unknown:?}: {remedy}");
}

#[test]
fn every_hole_has_a_row_and_existing_tests_as_proof() {
    let text = text();
    let mut tests = BTreeSet::new();
    for folder in ["crates", "tests"] {
        functions(&project().join(folder), &mut tests);
    }
    let is_test = |word: &&str| word.matches('_').count() > 3 && !word.contains(['/', '.', ' ']);
    for hole in 1..=30 {
        let row = text.lines().find(|line| line.starts_with(&format!("| F{hole} ")));
        let row = row.unwrap_or_else(|| panic!("F{hole} has no row"));
        let proof = row.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap();
        assert!(quoted(proof).any(|word| is_test(&word)), "F{hole} has no proof: {proof}");
    }
    for document in ["docs/comparison.md", "docs/architecture.md", "SECURITY.md"] {
        let text = read_to_string(project().join(document)).unwrap();
        for test in quoted(&text).filter(is_test) {
            assert!(tests.contains(test), "{document} quotes {test}, which does not exist");
        }
    }
}
