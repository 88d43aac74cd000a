//! The first server of this version that opens an older database upgrades it.

use crate::api::auth::external_token;
use crate::support::server::{EXTERNAL_SECRETS, Server, finish, programs};
use longwave_client::{Draft, Session};
use longwave_core::id::UserId;
use rusqlite::Connection;
use serde_json::json;
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The schema of the last version before the first release.
const UNRELEASED: &str = include_str!("../../crates/store/src/tests/fixtures/schema_11.sql");

/// A conversation of two users, each of whom wrote before the upgrade.
const CONVERSATION: &str = "si_u___4:u___5";

fn session(server: &Server, user_id: &str) -> Session {
    let claims = json!({ "user_id": user_id.strip_prefix("u___") });
    let token = external_token(claims, EXTERNAL_SECRETS[0], Duration::from_hours(1).into());
    server.client().with_token(UserId::parse(user_id).unwrap(), token)
}

fn wait_until_closed(url: &str) {
    let started = Instant::now();
    while TcpStream::connect(url.strip_prefix("http://").unwrap()).is_ok() {
        assert!(started.elapsed().as_secs() < 60, "{url} still accepts connections");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
#[ignore = "starts servers of its own"]
fn two_users_keep_chatting_after_an_upgrade_that_was_killed_repeatedly() {
    let state = Arc::new(tempfile::tempdir().unwrap());
    let database = state.path().join("sqlite_db.db");
    let old = Connection::open(&database).unwrap();
    old.execute_batch(UNRELEASED).unwrap();
    let count = "SELECT max_seq FROM conversations WHERE id = ?1";
    let count: i64 = old.query_row(count, [CONVERSATION], |row| row.get(0)).unwrap();
    assert!(count > 0);
    drop(old);

    // Each server lives a little longer than the one before, until one starts serving.
    let lives = (1..).map(|life| Duration::from_millis(50 * life));
    let killed = lives.take_while(|life| {
        let mut command = Command::new("timeout");
        command
            .args(["--signal", "KILL", &life.as_secs_f64().to_string()])
            .arg(programs().join("spinlet"));
        let server = Server::try_start_by(command, &state, &[]);
        // The program outlives the command that started it: wait until it no longer accepts connections.
        server.as_ref().inspect(|server| wait_until_closed(&server.url)).is_err()
    });
    println!("{} servers were killed before they served", killed.count());

    let server = Server::start(&state);
    finish(async {
        let [dan, eve] = ["u___4", "u___5"].map(|user_id| session(&server, user_id));
        let cursor = eve.poll(None, Duration::ZERO).await.unwrap().cursor;
        let ack = dan.send(&Draft::text(eve.user_id(), "new", "after the upgrade")).await.unwrap();
        assert_eq!((ack.conversation_id.as_str(), ack.seq), (CONVERSATION, count + 1));
        let polled = eve.poll(Some(&cursor), Duration::ZERO).await.unwrap();
        let seqs: Vec<i64> = polled.messages().map(|message| message.seq).collect();
        assert_eq!(seqs, [ack.seq]);
        let reply = eve.send(&Draft::text(dan.user_id(), "reply", "hello")).await.unwrap();
        assert_eq!(reply.seq, ack.seq + 1);
        assert_eq!(server.seqs(&dan, CONVERSATION).await, (1..=reply.seq).collect::<Vec<_>>());
    });
}
