//! The examples of the README match the server.

use crate::support::server::{project, run_alone};
use serde_json::Value;
use std::process::Command;

/// The code blocks of a language in the README.
fn blocks(language: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(project().join("README.md")).unwrap();
    let start = format!("```{language}\n");
    let parts = readme.split(&start).skip(1);
    parts.map(|part| part.split("```").next().unwrap().to_owned()).collect()
}

/// The lines of JSON without the fields that differ between runs, sorted, because a send and the poll that it wakes are
/// answered in either order.
fn answers(text: &str) -> Vec<String> {
    let line = |line: &str| constant(serde_json::from_str(line).unwrap()).to_string();
    let mut answers: Vec<String> = text.lines().map(line).collect();
    answers.sort();
    answers
}

fn constant(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(name, _)| {
                name == "client_msg_id"
                    || name == "req_id"
                    || !["_id", "_at", "_time", "cursor"].iter().any(|end| name.ends_with(end))
            })
            .map(|(name, value)| (name, constant(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(constant).collect(),
        other => other,
    }
}

#[test]
#[ignore = "starts a server of its own"]
fn the_conversation_in_the_readme_gives_the_answers_shown() {
    run_alone(async |server, _| {
        let conversation =
            blocks("sh")[1..5].concat().replace("http://127.0.0.1:3000", &server.url);
        let output = Command::new("sh").args(["-euc", &conversation]).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(answers(&printed), answers(&blocks("json").concat()), "{printed}");
    });
}
