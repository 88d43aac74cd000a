//! The document against the server, by schemathesis: whatever it makes up, there is no answer that
//! `openapi.yaml` does not know, and none that says the server failed.

use crate::support::server::{Ask, INTERNAL_SECRETS, project, run};
use longwave_client::Draft;
use serde_json::json;
use std::process::Command;

/// How many requests it makes up for each operation, besides those of its own tables.
const EXAMPLES: &str = "20";

#[test]
#[ignore = "asks for half a minute"]
fn schemathesis_finds_no_answer_that_is_not_documented() {
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
            // What does not end is no answer to hold against a schema: realtime.rs has the cases.
            .args(["--exclude-path", "/api/v1/realtime/stream"])
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
        let told = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}{errors}");
        assert!(told.contains("Tested: 38"), "every operation was tested: {told}");
    });
}
