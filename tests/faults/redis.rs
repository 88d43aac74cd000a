//! The scale-out profile: all servers share the tokens on Redis.

use crate::support::server::{Ask, Server, finish, programs, project, unique};
use futures::future::join;
use longwave_client::{Client, Session};
use serde_json::json;
use spinlet_process::{Process, free_port};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A state folder whose servers keep their tokens on its own Redis.
struct Profile {
    state: Arc<TempDir>,
    port: u16,
}

impl Profile {
    fn redis(&self) -> Process {
        Process::start_redis(self.port, &self.state.path().join("redis")).unwrap()
    }

    fn server(&self) -> Server {
        let mut command = Command::new(programs().join("spinlet"));
        command.env("RUNTIME_CONFIG_FILE", self.state.path().join("scale-out.toml"));
        Server::start_by(command, &self.state, &[])
    }
}

/// Runs a test with a Redis, configured by the file that deployments use.
fn run(test: impl AsyncFnOnce(Process, &Profile)) {
    let profile =
        Profile { state: Arc::new(tempfile::tempdir().unwrap()), port: free_port().unwrap() };
    let config = std::fs::read_to_string(project().join("deploy/scale-out.toml")).unwrap();
    let config = config.replace(":6390/", &format!(":{}/", profile.port));
    std::fs::write(profile.state.path().join("scale-out.toml"), config).unwrap();
    finish(async { test(profile.redis(), &profile).await });
    assert!(!profile.state.path().join("sqlite_key_value.db").exists());
}

/// The id of the user whom a token authenticates, or the status and code of the refusal.
async fn me(server: &Server, session: &Session) -> Result<String, (u16, i64)> {
    let answer = server.ask(Ask::get("/api/v1/user/me").token(session.token())).await;
    let json = answer.json();
    match json["code"].as_i64().unwrap() {
        0 => Ok(json["data"]["user_id"].as_str().unwrap().to_owned()),
        code => Err((answer.status, code)),
    }
}

async fn log_out(server: &Server, session: &Session) {
    server.ask(Ask::post("/api/v1/auth/logout").token(session.token())).await.data();
}

#[test]
#[ignore = "starts servers of its own"]
fn a_login_on_redis_is_replaced_by_the_next_one_and_ended_by_a_logout() {
    run(async |_redis, profile| {
        let server = profile.server();
        let (name, client) = (unique("user"), server.client());
        client.register(&name, "correct horse", "").await.unwrap();
        let first = client.login(&name, "correct horse").await.unwrap();
        assert_eq!(me(&server, &first).await.as_deref(), Ok(first.user_id().as_str()));
        let second = client.login(&name, "correct horse").await.unwrap();
        assert_eq!(me(&server, &first).await, Err((401, 10101)));
        assert!(me(&server, &second).await.is_ok());
        log_out(&server, &second).await;
        assert_eq!(me(&server, &second).await, Err((401, 10101)));
    });
}

#[test]
#[ignore = "starts servers of its own"]
fn logins_and_logouts_on_redis_survive_killing_the_server_and_redis() {
    run(async |mut redis, profile| {
        let server = profile.server();
        let (stays, leaves) = server.two_users().await;
        log_out(&server, &leaves).await;
        server.kill();
        redis.kill();
        let _redis = profile.redis();
        let server = profile.server();
        assert!(me(&server, &stays).await.is_ok());
        assert_eq!(me(&server, &leaves).await, Err((401, 10101)));
    });
}

#[test]
#[ignore = "starts servers of its own"]
fn two_servers_share_the_logins_on_redis() {
    run(async |_redis, profile| {
        let (one, other) = (profile.server(), profile.server());
        let (name, client) = (unique("user"), one.client());
        client.register(&name, "correct horse", "").await.unwrap();
        let here = client.login(&name, "correct horse").await.unwrap();
        assert!(me(&other, &here).await.is_ok());
        let cursor = here.poll(None, Duration::ZERO).await.unwrap().cursor;
        let login = Client::new(&other.url).unwrap();
        let login = login.login(&name, "correct horse");
        let (polled, there) = join(here.poll(Some(&cursor), Duration::from_secs(30)), login).await;
        let there = there.unwrap();
        assert_eq!(polled.unwrap_err().code(), Some(10101), "the poll here ends at once");
        assert_eq!(me(&one, &here).await, Err((401, 10101)));
        assert!(me(&one, &there).await.is_ok());
        log_out(&one, &there).await;
        assert_eq!(me(&other, &there).await, Err((401, 10101)));
    });
}

#[test]
#[ignore = "starts servers of its own"]
fn an_outage_of_redis_refuses_every_token_and_ends_no_login() {
    run(async |mut redis, profile| {
        let server = profile.server();
        let (alice, bob) = server.two_users().await;
        let name = unique("user");
        server.client().register(&name, "correct horse", "").await.unwrap();
        let before = server.client().login(&name, "correct horse").await.unwrap();
        let login = json!({ "username": name, "password": "correct horse", "platform_id": 5 });
        let login = Ask::post("/api/v1/auth/login").json(&login);
        redis.kill();
        for session in [&alice, &bob, &alice] {
            assert_eq!(me(&server, session).await, Err((503, 20101)));
        }
        let logout = Ask::post("/api/v1/auth/logout").token(alice.token());
        server.ask(logout).await.refuses(503, 20101, "temporarily unavailable");
        server.ask(login.clone()).await.refuses(503, 20101, "temporarily unavailable");
        assert_eq!(server.ask(Ask::get("/healthz")).await.status, 503);
        let mut redis = profile.redis();
        // A failed login ended no other login.
        for session in [&alice, &bob, &before] {
            assert!(me(&server, session).await.is_ok());
        }
        assert_eq!(server.ask(Ask::get("/healthz")).await.status, 200);
        server.ask(login).await.data();
        // No request was made meanwhile, so none fails.
        redis.kill();
        let _redis = profile.redis();
        assert!(me(&server, &alice).await.is_ok());
    });
}

#[test]
#[ignore = "starts servers of its own"]
fn a_redis_that_does_not_answer_counts_as_down() {
    run(async |redis, profile| {
        let server = profile.server();
        let user = server.user().await;
        redis.signal("STOP").unwrap();
        let asked = Instant::now();
        assert_eq!(me(&server, &user).await, Err((503, 20101)));
        assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
        redis.signal("CONT").unwrap();
        assert!(me(&server, &user).await.is_ok());
    });
}
