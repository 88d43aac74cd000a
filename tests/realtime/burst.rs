//! All clients connect at once, as they do when a network or a server comes back.

use crate::api::auth::external_token;
use crate::api::internal::platform_user;
use crate::support::server::{EXTERNAL_SECRETS, Server, finish, programs};
use bytes::Bytes;
use futures::future::{join, join_all};
use futures::stream::{self, StreamExt};
use http::Request;
use http::header::AUTHORIZATION;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Number of users who connect, half of them with a poll and half with a stream.
const USERS: i64 = 300;

/// Maximum number of instances that remain: those that are kept, and the first ones of a few
/// smaller bursts.
const LEFT: i64 = 8;

/// A client that waits for the first message with consecutive polls or streams.
async fn wait_for_message(server: &Server, token: &str, route: &str, cursor: &str) {
    let http = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let mut cursor = cursor.to_owned();
    loop {
        let url = format!("{}/api/v1/realtime/{route}?timeout=50&cursor={cursor}", server.url);
        let request = Request::get(url).header(AUTHORIZATION, format!("Bearer {token}"));
        let response = http.request(request.body(Full::default()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        let (mut body, mut text) = (response.into_body(), String::new());
        while let Some(frame) = body.frame().await {
            let data = frame.unwrap().into_data().unwrap();
            text += std::str::from_utf8(&data).unwrap();
            if text.contains("\"req_id\":2001") {
                return;
            }
        }
        let last = match route {
            "poll" => serde_json::from_str::<Value>(&text).unwrap()["data"]["cursor"]
                .as_str()
                .map(str::to_owned),
            _ => text
                .lines()
                .filter_map(|line| line.strip_prefix("id: "))
                .next_back()
                .map(str::to_owned),
        };
        cursor = last.unwrap_or(cursor);
    }
}

/// The longest wait for a number of rows: leases and instances end long before.
const PATIENCE: Duration = Duration::from_mins(5);

/// Waits until the number of rows in a table of the server's database satisfies `enough`, and
/// prints each change.
async fn rows_are(state: &Path, table: &str, enough: impl Fn(i64) -> bool) {
    let database = Connection::open(state.join("sqlite_db.db")).unwrap();
    let counted = format!("SELECT count(*) FROM {table}");
    let (began, mut last) = (Instant::now(), -1);
    loop {
        let count: i64 = database.query_row(&counted, [], |row| row.get(0)).unwrap();
        if count != last {
            println!("{:?}: {count} rows in {table}", began.elapsed());
        }
        if enough(count) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{table} still has {count} rows");
        last = count;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Spin also needs a larger pool of instances for this; docs/operations.md describes it.
#[test]
#[ignore = "starts a server of its own"]
fn a_burst_of_clients_receives_the_next_message_and_leaves_few_instances() {
    let state = Arc::new(tempfile::tempdir().unwrap());
    let mut command = Command::new(programs().join("spinlet"));
    command.env("SPINLET_AS_SPIN", "true").env("SPIN_MAX_INSTANCE_COUNT", "10000");
    let server = Server::start_by(command, &state, &[]);
    finish(async {
        let owner = server.user().await;
        let users = (0..USERS).map(|_| platform_user(&server));
        let users: Vec<String> = stream::iter(users).buffered(16).collect().await;
        let group = json!({ "name": "all", "member_ids": users });
        let group = server.post(&owner, "/api/v1/group/create", group).await.data();
        let cursor = owner.poll(None, Duration::ZERO).await.unwrap().cursor;
        let clients = users.iter().zip(["poll", "stream"].into_iter().cycle());
        let clients = clients.map(async |(user_id, route)| {
            let claims = json!({ "user_id": user_id.strip_prefix("u___") });
            let hour = Duration::from_hours(1);
            let token = external_token(claims, EXTERNAL_SECRETS[0], hour.into());
            wait_for_message(&server, &token, route, &cursor).await;
        });
        let sends = async {
            // The owner was online before.
            rows_are(state.path(), "presence", |present| present > USERS).await;
            rows_are(state.path(), "instances", |instances| instances <= LEFT).await;
            let group_id: &Value = &group["group_id"];
            let sent = server.send_to_group(&owner, group_id.as_str().unwrap(), "m").await;
            assert_eq!(sent.status, 200);
        };
        join(join_all(clients), sends).await;
    });
}
