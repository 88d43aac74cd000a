//! The document against the server, by schemathesis: for generated requests, the server gives no undocumented answer
//! and no server error.

use crate::support::document::operations;
use crate::support::server::{Ask, INTERNAL_SECRETS, project, run};
use longwave_client::Draft;
use serde_json::json;
use std::process::Command;

/// Number of generated requests per operation, in addition to the fixed examples of schemathesis.
const EXAMPLES: &str = "20";

/// The route that is left out: a stream does not end and cannot be checked against a schema. realtime.rs tests it.
const STREAM: &str = "/api/v1/realtime/stream";

#[test]
#[ignore = "asks for half a minute"]
fn schemathesis_finds_no_undocumented_answer() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let leaving = server.user().await;
        let create = Ask::post("/api/v1/group/create").token(alice.token());
        let group = server.ask(create.json(&json!({ "name": "a group" }))).await.data();
        let ack = alice.send(&Draft::text(bob.user_id(), "m1", "hi")).await.unwrap();
        let reports = tempfile::tempdir().unwrap();
        let output = Command::new(project().join("scripts/schemathesis"))
            .arg("--config-file")
            .arg(project().join("tests/contract/schemathesis.toml"))
            .arg("run")
            .arg(project().join("openapi.yaml"))
            .args(["--url", &server.url, "--max-examples", EXAMPLES, "--no-color"])
            .args(["--exclude-path", STREAM])
            .current_dir(reports.path())
            .env("PYTHONPATH", project().join("tests/contract"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("LONGWAVE_TOKEN", alice.token())
            .env("LONGWAVE_LEAVING_TOKEN", leaving.token())
            .env("LONGWAVE_SERVICE", "app")
            .env("LONGWAVE_SERVICE_SECRET", INTERNAL_SECRETS[0])
            .env("LONGWAVE_USER_ID", bob.user_id().as_str())
            .env("LONGWAVE_GROUP_ID", group["group_id"].as_str().unwrap())
            .env("LONGWAVE_CONVERSATION_ID", &ack.conversation_id)
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{message}{errors}");
        let tested = operations().filter(|(path, ..)| *path != STREAM).count();
        assert!(
            message.contains(&format!("Tested: {tested}\n")),
            "not {tested} operations: {message}"
        );
    });
}
