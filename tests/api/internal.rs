//! The internal routes, whose calls a service signs.

use crate::support::server::{
    Answer, Ask, EXTERNAL_SECRETS, INTERNAL_SECRETS, Server, run, run_alone, run_with,
};
use futures::future::join_all;
use hmac_sha256::{HMAC, Hash};
use http::Method;
use jwt_simple::prelude::{Claims, Duration, HS256Key, MACLike};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

const HEALTH: &str = "/api/v1/internal/health";
const UPSERT: &str = "/api/v1/internal/user/upsert";
const SEND: &str = "/api/v1/internal/message/send";

/// A call signed as docs/api.md specifies, by code independent of the server's.
pub struct Call<'a> {
    service: &'a str,
    secret: &'a str,
    timestamp: u64,
    nonce: String,
    method: Method,
    target: &'a str,
    user_id: &'a str,
    platform_id: &'a str,
    body: String,
}

impl<'a> Call<'a> {
    pub fn new(method: Method, target: &'a str) -> Self {
        Self {
            service: "app",
            secret: INTERNAL_SECRETS[0],
            timestamp: SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs(),
            nonce: Uuid::new_v4().to_string(),
            method,
            target,
            user_id: "",
            platform_id: "",
            body: String::new(),
        }
    }

    pub fn get(target: &'a str) -> Self {
        Self::new(Method::GET, target)
    }

    pub fn post(target: &'a str, body: &Value) -> Self {
        Self::new(Method::POST, target).body(body.to_string())
    }

    pub fn body(self, body: String) -> Self {
        Self { body, ..self }
    }

    pub fn by(self, user_id: &'a str) -> Self {
        Self { user_id, ..self }
    }

    pub fn sign(&self) -> Ask<'a> {
        let hex = |bytes: [u8; 32]| bytes.map(|byte| format!("{byte:02x}")).concat();
        let (path, query) = self.target.split_once('?').unwrap_or((self.target, ""));
        let Self { service, timestamp, nonce, method, user_id, platform_id, body, .. } = self;
        let digest = hex(Hash::hash(body.as_bytes()));
        let text = format!(
            "{service}\n{timestamp}\n{nonce}\n{method}\n{path}\n{query}\n{user_id}\n{platform_id}\n{digest}"
        );
        let mut ask = Ask::new(method.clone(), self.target)
            .header("x-service-name", *service)
            .header("x-timestamp", timestamp.to_string())
            .header("x-nonce", nonce)
            .header("x-signature", hex(HMAC::mac(text, self.secret)))
            .body(body.clone());
        for (name, value) in [("x-user-id", user_id), ("x-platform-id", platform_id)] {
            if !value.is_empty() {
                ask = ask.header(name, *value);
            }
        }
        ask
    }

    pub async fn on(self, server: &Server) -> Answer {
        server.ask(self.sign()).await
    }
}

/// A new user of the platform, used by no other test.
pub async fn platform_user(server: &Server) -> String {
    let number = Uuid::new_v4().as_u64_pair().0 >> 1;
    let user_id = format!("u___{number}");
    let body = json!({ "id": user_id, "nickname": "of the platform" });
    let profile = Call::post(UPSERT, &body).on(server).await.data();
    assert_eq!(profile["user_id"], user_id);
    user_id
}

/// A token that the platform issued to its user.
fn external_token(user_id: &str) -> String {
    let claims = json!({ "user_id": user_id.strip_prefix("u___").unwrap() });
    let claims = Claims::with_custom_claims(claims, Duration::from_hours(1));
    HS256Key::from_bytes(EXTERNAL_SECRETS[1].as_bytes()).authenticate(claims).unwrap()
}

#[test]
fn a_call_signed_with_any_configured_service_and_secret_is_served() {
    run(async |server| {
        for secret in INTERNAL_SECRETS.iter() {
            for service in ["app", "billing"] {
                let call = Call { service, secret, ..Call::get(HEALTH) };
                assert_eq!(call.on(server).await.data(), json!({ "status": "ok" }));
            }
        }
        let call = Call { platform_id: "5", ..Call::get(HEALTH) };
        assert_eq!(call.by("u___1").on(server).await.status, 200);
    });
}

#[test]
fn an_invalid_signature_is_refused_on_every_internal_route() {
    run(async |server| {
        let alice = server.user().await;
        for (method, path) in [
            (Method::GET, HEALTH),
            (Method::POST, UPSERT),
            (Method::POST, "/api/v1/internal/user/revoke"),
            (Method::GET, "/api/v1/internal/user/info"),
            (Method::GET, "/api/v1/internal/user/online_status"),
            (Method::POST, SEND),
            (Method::GET, "/api/v1/internal/conversation/list"),
            (Method::POST, "/api/v1/internal/group/create"),
            (Method::POST, "/api/v1/internal/group/join"),
            (Method::POST, "/api/v1/internal/group/quit"),
            (Method::POST, "/api/v1/internal/group/kick"),
        ] {
            let call = || Call::new(method.clone(), path);
            let now = call().timestamp;
            for (call, message) in [
                (Call { service: "eve", ..call() }, "X-Service-Name"),
                (Call { timestamp: now - 310, ..call() }, "X-Timestamp"),
                (Call { timestamp: now + 310, ..call() }, "X-Timestamp"),
                (Call { nonce: "short".into(), ..call() }, "X-Nonce"),
                (Call { secret: EXTERNAL_SECRETS[0], ..call() }, "X-Signature"),
            ] {
                call.on(server).await.refuses(401, 10002, message);
            }
            let ask = Ask::new(method.clone(), path).token(alice.token());
            server.ask(ask).await.refuses(401, 10002, "X-Service-Name");
            let ask = call().sign().body("{ }");
            server.ask(ask).await.refuses(401, 10002, "X-Signature");
        }
    });
}

#[test]
fn a_signature_covers_the_query_as_it_was_sent() {
    run(async |server| {
        let users = "/api/v1/internal/user/info?user_ids=u___1%2Cu___2";
        assert_eq!(Call::get(users).on(server).await.status, 200);
        let signed = Call::get(users);
        let other =
            Call { target: "/api/v1/internal/user/info?user_ids=u___1", ..Call::get(users) };
        assert_eq!(other.on(server).await.status, 200);
        let ask = signed.sign().redirect("/api/v1/internal/user/info?user_ids=u___3");
        server.ask(ask).await.refuses(401, 10002, "X-Signature");
    });
}

#[test]
fn a_repeated_signed_call_is_accepted_once_even_concurrently() {
    run(async |server| {
        let call = Call::get(HEALTH).sign();
        let answers = join_all((0..10).map(|_| server.ask(call.clone()))).await;
        let taken = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(taken, 1);
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            refused.refuses(401, 10002, "the nonce was used before");
        }
    });
}

#[test]
fn an_upsert_creates_or_updates_a_user_and_is_idempotent() {
    run(async |server| {
        let ann = platform_user(server).await;
        let token = external_token(&ann);
        let start = server.ask(Ask::get("/api/v1/realtime/poll").token(&token)).await.data();
        let body = json!({ "id": ann, "avatar": "a.png" });
        let changed = Call::post(UPSERT, &body).on(server).await.data();
        assert_eq!(
            (&changed["nickname"], &changed["avatar"]),
            (&json!("of the platform"), &json!("a.png"))
        );
        assert_eq!(Call::post(UPSERT, &body).on(server).await.data(), changed);
        let poll = format!("/api/v1/realtime/poll?cursor={}", start["cursor"].as_str().unwrap());
        let frames = server.ask(Ask::get(&poll).token(&token)).await.data()["frames"].clone();
        assert_eq!((frames.as_array().unwrap().len(), &frames[0]["req_id"]), (1, &json!(2008)));
        let info = format!("/api/v1/internal/user/info?user_ids={ann}");
        assert_eq!(Call::get(&info).on(server).await.data()["users"], json!([changed]));

        let long = "x".repeat(256);
        let native = server.user().await.user_id().to_string();
        for (body, message) in [
            (json!({}), "id is required"),
            (json!({ "id": 7 }), "id: expected a string"),
            (json!({ "id": "7" }), "id: invalid user id: 7"),
            (json!({ "id": native }), "is not a user of the platform"),
            (json!({ "id": ann, "nickname": long }), "nickname is 256 bytes long"),
            (json!({ "id": ann, "nickname": 7 }), "nickname: expected a string"),
            (json!({ "id": ann, "extra": "\0" }), "extra contains a NUL"),
        ] {
            Call::post(UPSERT, &body).on(server).await.refuses(400, 10001, message);
        }
        assert_eq!(Call::get(&info).on(server).await.data()["users"], json!([changed]));
    });
}

#[test]
fn a_message_sent_by_a_service_does_not_advance_the_read_position() {
    run(async |server| {
        let (ann, bob) = (platform_user(server).await, server.user().await);
        let message = json!({
            "client_msg_id": "m1", "session_type": 1, "recv_id": bob.user_id(), "content_type": 1,
            "content": "{\"text\":\"hi\"}",
        });
        let send = || Call::post(SEND, &message).by(&ann);
        let ack = send().on(server).await.data();
        assert_eq!(ack["seq"], 1);
        assert_eq!(send().on(server).await.data(), ack, "the same again gets the same");
        let list = "/api/v1/internal/conversation/list?with_last_message=true";
        let listed = Call::get(list).by(&ann).on(server).await.data()["conversations"][0].clone();
        assert_eq!(listed["last_message"]["sender_id"], ann);
        assert_eq!((&listed["read_seq"], &listed["unread"]), (&json!(0), &json!(0)));

        Call::post(SEND, &message).on(server).await.refuses(400, 10001, "X-User-Id is required");
        for other in ["7", bob.user_id().as_str()] {
            let call = Call::post(SEND, &message).by(other);
            call.on(server).await.refuses(400, 10001, "X-User-Id");
        }
    });
}

#[test]
fn a_service_creates_a_group_and_changes_its_members() {
    run(async |server| {
        let (ann, bob) = (platform_user(server).await, platform_user(server).await);
        let create = json!({ "name": "g" });
        let group = Call::post("/api/v1/internal/group/create", &create).by(&ann).on(server).await;
        let group_id = group.data()["group_id"].clone();
        assert_eq!(group.data()["owner_id"], ann);
        let body = json!({ "group_id": group_id, "user_id": bob });
        let call = |path, by| Call::post(path, &body).by(by).on(server);
        let (join, quit, kick) = (
            "/api/v1/internal/group/join",
            "/api/v1/internal/group/quit",
            "/api/v1/internal/group/kick",
        );
        assert_eq!(call(join, &bob).await.data(), json!({}));
        call(join, &bob).await.refuses(409, 10305, "");
        call(kick, &bob).await.refuses(403, 10307, "");
        assert_eq!(call(quit, &bob).await.data(), json!({}));
        call(quit, &bob).await.refuses(403, 10303, "");
        assert_eq!(call(join, &bob).await.data(), json!({}));
        assert_eq!(call(kick, &ann).await.data(), json!({}));
        call(quit, &ann).await.refuses(400, 10001, "owner cannot quit");
    });
}

#[test]
fn a_service_reads_online_status() {
    run(async |server| {
        let ann = platform_user(server).await;
        let status = format!("/api/v1/internal/user/online_status?user_ids={ann}");
        let seen = Call::get(&status).on(server).await.data();
        assert_eq!(seen["items"], json!([{ "user_id": ann, "online": false, "platform_ids": [] }]));
        let poll = Ask::get("/api/v1/realtime/poll").token(&external_token(&ann));
        assert_eq!(server.ask(poll.header("x-platform-id", "9")).await.status, 200);
        // The lease is written in the background, after the answer.
        let mut seen = json!(null);
        while seen["items"][0]["online"] != true {
            seen = Call::get(&status).on(server).await.data();
        }
        assert_eq!(seen["items"], json!([{ "user_id": ann, "online": true, "platform_ids": [9] }]));
    });
}

#[test]
fn a_revocation_ends_external_and_native_tokens_but_not_later_ones_f17() {
    run(async |server| {
        let (name, client) = (crate::support::server::unique("alice"), server.client());
        client.register(&name, "correct horse", "").await.unwrap();
        let alice = client.login(&name, "correct horse").await.unwrap();
        let ann = platform_user(server).await;
        let token = external_token(&ann);
        let me = |token: &str| server.ask(Ask::get("/api/v1/user/me").token(token));
        assert_eq!(me(&token).await.data()["user_id"], ann);

        let revoke = |body: Value| Call::post("/api/v1/internal/user/revoke", &body).on(server);
        revoke(json!({ "user_id": ann, "platform_id": 9 })).await.data();
        assert_eq!(me(&token).await.status, 200, "it was for another platform");
        revoke(json!({ "user_id": ann })).await.data();
        revoke(json!({ "user_id": alice.user_id() })).await.data();
        for token in [&*token, alice.token()] {
            let refused = me(token).await;
            refused.refuses(401, 10101, "token invalid");
            assert_eq!(refused.json()["data"]["reason"], "revoked");
        }
        let again = client.login(&name, "correct horse").await.unwrap();
        assert_eq!(me(again.token()).await.status, 200);

        for (body, message) in [
            (json!({}), "user_id is required"),
            (json!({ "user_id": "x" }), "user_id: invalid user id"),
            (json!({ "user_id": ann, "platform_id": 11 }), "platform_id must be 1..10"),
            (json!({ "user_id": ann, "platform_id": "5" }), "platform_id: expected i64"),
        ] {
            revoke(body).await.refuses(400, 10001, message);
        }
    });
}

#[test]
#[ignore = "starts servers of its own"]
fn a_lost_or_restored_key_value_store_revives_no_revoked_token() {
    run_alone(async |server, state| {
        let store = state.path().join("sqlite_key_value.db");
        let name = crate::support::server::unique("alice");
        let client = server.client();
        client.register(&name, "correct horse", "").await.unwrap();
        let alice = client.login(&name, "correct horse").await.unwrap();
        let ann = platform_user(&server).await;
        let token = external_token(&ann);
        let before = std::fs::read(&store).unwrap();
        for user_id in [json!(ann), json!(alice.user_id())] {
            let body = json!({ "user_id": user_id });
            Call::post("/api/v1/internal/user/revoke", &body).on(&server).await.data();
        }
        server.kill();

        let refused = async |server: &Server, token: &str| {
            let answer = server.ask(Ask::get("/api/v1/user/me").token(token)).await;
            answer.refuses(401, 10101, "token invalid");
            answer.json()["data"]["reason"].as_str().unwrap().to_owned()
        };
        std::fs::remove_file(&store).unwrap();
        let server = Server::start(state);
        for token in [&*token, alice.token()] {
            assert_eq!(refused(&server, token).await, "revoked");
        }
        server.kill();
        std::fs::write(&store, before).unwrap();
        let server = Server::start(state);
        for token in [&*token, alice.token()] {
            assert_eq!(refused(&server, token).await, "revoked");
        }
        let again = server.client().login(&name, "correct horse").await.unwrap();
        again.me().await.unwrap();
    });
}

#[test]
#[ignore = "starts a server of its own"]
fn without_services_and_secrets_the_internal_routes_are_not_found() {
    let off = [("internal_auth_services", ""), ("internal_auth_secrets", "")];
    run_with(&off, async |server| {
        Call::get(HEALTH).on(server).await.refuses(404, 10004, "not found");
        Call::post(UPSERT, &json!({ "id": "u___1" })).on(server).await.refuses(404, 10004, "");
    });
}

#[test]
#[ignore = "starts a server of its own"]
fn a_weak_internal_secret_is_refused_without_being_quoted() {
    let state = Arc::new(tempfile::tempdir().unwrap());
    let refused = Server::try_start_with(&state, &[("internal_auth_secrets", "weak")]);
    let output = refused.err().map(|refused| refused.output).unwrap_or_default();
    assert!(output.contains("internal_auth_secrets must be secrets"), "{output}");
    assert!(output.contains("the secret is 4 bytes long") && !output.contains("weak"), "{output}");
}
