//! Registration, login and logout, and the checks of tokens on other routes.

use crate::support::manifest::routes;
use crate::support::server::{
    Answer, Ask, EXTERNAL_SECRETS, SECRET, Server, run, run_alone, run_with, unique,
};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures::future::{join, join_all};
use http::Method;
use jwt_simple::prelude::{Claims, Duration, HS256Key, MACLike};
use longwave_client::{Draft, Session, UserId};
use serde_json::{Value, json};

const REGISTER: &str = "/api/v1/auth/register";
const LOGIN: &str = "/api/v1/auth/login";
const ME: &str = "/api/v1/user/me";

#[test]
fn a_registered_user_can_log_in_and_read_its_profile() {
    run(async |server| {
        let username = unique("alice");
        let body = json!({ "username": username, "password": "123456", "nickname": "Алиса 🌊" });
        let profile = server.ask(Ask::post(REGISTER).json(&body)).await.data();
        assert_eq!(profile["nickname"], "Алиса 🌊");
        assert!(profile.get("password").is_none() && profile.get("password_hash").is_none());

        let body = json!({ "username": username, "password": "123456", "platform_id": 1 });
        let login = server.ask(Ask::post(LOGIN).json(&body)).await.data();
        assert_eq!(login["user_id"], profile["user_id"]);
        let me = server.ask(Ask::get(ME).token(login["token"].as_str().unwrap())).await.data();
        assert_eq!(me, profile);
    });
}

#[test]
fn an_invalid_registration_is_refused_with_the_name_of_the_field() {
    run(async |server| {
        let name = unique("bad");
        let (long, longer) = ("n".repeat(65), "n".repeat(256));
        for (body, message) in [
            (json!({ "password": "123456" }), "username"),
            (json!({ "username": "", "password": "123456" }), "username"),
            (json!({ "username": null, "password": "123456" }), "username"),
            (json!({ "username": long, "password": "123456" }), "username"),
            (json!({ "username": 7, "password": "123456" }), "username"),
            (json!({ "username": ["x"], "password": "123456" }), "username"),
            (json!({ "username": "nul\0nul", "password": "123456" }), "username"),
            (json!({ "username": name }), "password"),
            (json!({ "username": name, "password": "12345" }), "password"),
            (json!({ "username": name, "password": "x".repeat(73) }), "password"),
            (json!({ "username": name, "password": {} }), "password"),
            (json!({ "username": name, "password": "123456", "nickname": longer }), "nickname"),
            (json!({ "username": name, "password": "123456", "nickname": 1 }), "nickname"),
        ] {
            server.ask(Ask::post(REGISTER).json(&body)).await.refuses(400, 10001, message);
        }
        let body = json!({ "username": name, "password": "123456", "platform_id": 5 });
        server.ask(Ask::post(LOGIN).json(&body)).await.refuses(401, 10105, "login failed");
    });
}

#[test]
fn a_refusal_does_not_repeat_a_password() {
    run(async |server| {
        for password in [json!("short"), json!(987_654_321), json!(["secret-value"])] {
            let body = json!({ "username": unique("u"), "password": password });
            let answer = server.ask(Ask::post(REGISTER).json(&body)).await;
            answer.refuses(400, 10001, "password");
            for part in ["short", "987654321", "secret-value"] {
                assert!(!answer.body.contains(part), "{answer:?}");
            }
        }
    });
}

#[test]
fn one_of_many_concurrent_registrations_gets_the_username_f18() {
    run(async |server| {
        let username = unique("wanted");
        let body = json!({ "username": username, "password": "123456" });
        let asks = (0..20).map(|_| server.ask(Ask::post(REGISTER).json(&body)));
        let mut codes: Vec<i64> = Vec::new();
        for answer in join_all(asks).await {
            codes.push(answer.json()["code"].as_i64().unwrap());
            assert!(answer.status == 200 || answer.status == 409, "{answer:?}");
        }
        codes.sort_unstable();
        assert_eq!((codes[0], &codes[1..]), (0, &[10202; 19][..]));
    });
}

#[test]
fn usernames_with_sql_or_unusual_characters_are_plain_text() {
    run(async |server| {
        for stem in [
            "'; DROP TABLE users; --",
            "\" OR 1=1",
            "Ω≈ç√∫˜µ≤≥÷",
            "👩‍👩‍👧‍👦",
            "\u{202e}abc",
            "%s%n",
            "\\u0000",
        ] {
            let username = format!("{stem}{}", &unique("")[..20]);
            let user = server.user_with_password(&username, "correct horse").await;
            assert_eq!(user.me().await.unwrap().user_id, *user.user_id());
        }
    });
}

#[test]
fn a_login_with_a_missing_or_invalid_field_is_refused() {
    run(async |server| {
        for body in [
            json!({}),
            json!({ "username": "u", "password": "123456" }),
            json!({ "username": "u", "platform_id": 5 }),
            json!({ "password": "123456", "platform_id": 5 }),
            json!({ "username": "", "password": "123456", "platform_id": 5 }),
        ] {
            server.ask(Ask::post(LOGIN).json(&body)).await.refuses(400, 10001, "required");
        }
        for platform in [json!(0), json!(11), json!(-1), json!("5"), json!(1e300), json!(i64::MAX)]
        {
            let body = json!({ "username": "u", "password": "123456", "platform_id": platform });
            server.ask(Ask::post(LOGIN).json(&body)).await.refuses(400, 10001, "platform_id");
        }
    });
}

#[test]
fn a_wrong_password_and_an_unknown_username_get_the_same_answer_f19() {
    run(async |server| {
        let username = unique("alice");
        server.user_with_password(&username, "the right one").await;
        let login = async |username: &str| {
            let body = json!({ "username": username, "password": "a wrong one", "platform_id": 5 });
            server.ask(Ask::post(LOGIN).json(&body)).await
        };
        let (known, unknown) = (login(&username).await, login(&unique("nobody")).await);
        known.refuses(401, 10105, "login failed");
        assert_eq!(known.body, unknown.body);
    });
}

#[test]
fn a_new_login_replaces_the_older_one_on_its_platform_and_gives_the_reason() {
    run(async |server| {
        let username = unique("alice");
        let first = server.user_with_password(&username, "correct horse").await;
        let body = json!({ "username": username, "password": "correct horse", "platform_id": 1 });
        let elsewhere = server.ask(Ask::post(LOGIN).json(&body)).await.data();
        let second = server.client().login(&username, "correct horse").await.unwrap();

        let answer = server.ask(Ask::get(ME).token(first.token())).await;
        answer.refuses(401, 10101, "token invalid");
        assert_eq!(answer.json()["data"]["reason"], "new_login");
        assert!(second.me().await.is_ok());
        let elsewhere = elsewhere["token"].as_str().unwrap();
        server.ask(Ask::get(ME).token(elsewhere)).await.data();
    });
}

/// A sample of the routes that need a token.
fn guarded() -> Vec<Ask<'static>> {
    vec![
        Ask::get(ME),
        Ask::new(Method::PUT, ME).json(&json!({ "nickname": "x" })),
        Ask::post("/api/v1/message/send").json(&json!({ "client_msg_id": "m" })),
        Ask::get("/api/v1/message/pull?conversation_id=x&begin_seq=1&end_seq=2"),
        Ask::get("/api/v1/realtime/poll"),
    ]
}

#[test]
fn every_api_route_but_register_and_login_requires_a_token_f26() {
    run(async |server| {
        for route in routes() {
            let path = route.replace(":user_id", "u___1");
            let open = [REGISTER, LOGIN, "/healthz", "/openapi.yaml", "/...", "/api/..."];
            if open.contains(&path.as_str()) {
                continue;
            }
            let mut refused = 0;
            for method in [Method::GET, Method::POST, Method::PUT] {
                let answer = server.ask(Ask::new(method, &path).body("{}")).await;
                let code = answer.json()["code"].as_u64().unwrap();
                let internal = path.starts_with("/api/v1/internal/");
                match answer.status {
                    401 => assert_eq!(code, if internal { 10002 } else { 10103 }, "{path}"),
                    status => assert_eq!((status, code), (405, 10007), "{path}"),
                }
                refused += u32::from(answer.status == 401);
            }
            assert!(refused >= 1, "{path} answers without a token");
        }
    });
}

#[test]
fn a_forged_or_malformed_token_is_refused() {
    run(async |server| {
        let alice = server.user().await;
        let part = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
        let parts: Vec<&str> = alice.token().split('.').collect();
        let claims = BASE64_URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        let none = part(&json!({ "alg": "none", "typ": "JWT" }));
        let other_key = HS256Key::from_bytes(b"some other secret of thirty-two bytes");
        let other_secret = other_key.authenticate(Claims::create(Duration::from_hours(1))).unwrap();
        let mut other_user = claims.clone();
        other_user["sub"] = json!("nx__01890000-0000-7000-8000-000000000000");
        for token in [
            "x".to_owned(),
            "a.b.c".to_owned(),
            "\u{e9}.\u{e9}.\u{e9}".to_owned(),
            "x".repeat(8_000),
            format!("{none}.{}.", parts[1]),
            format!("{none}.{}.{}", parts[1], parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{}.{}.{}", parts[0], part(&other_user), parts[2]),
            other_secret,
        ] {
            for ask in guarded() {
                server.ask(ask.token(&token)).await.refuses(401, 10101, "token invalid");
            }
        }
        for scheme in ["Basic", "Token", ""] {
            let ask = Ask::get(ME).header("authorization", format!("{scheme} {}", alice.token()));
            server.ask(ask).await.refuses(401, 10101, "token invalid");
        }
        assert!(alice.me().await.is_ok());
    });
}

#[test]
#[ignore = "starts a server of its own"]
fn a_correctly_signed_token_that_no_login_issued_is_refused() {
    run_alone(async |server, _| {
        let alice = server.user().await;
        let key = HS256Key::from_bytes(SECRET.as_bytes());
        let sign = |subject: &str, platform: i64, duration: Duration| {
            let claims = Claims::with_custom_claims(json!({ "pid": platform }), duration);
            let claims = claims.with_subject(subject).with_jwt_id("made up");
            key.authenticate(claims).unwrap()
        };
        let hour = Duration::from_hours(1);
        for token in [
            sign(alice.user_id().as_str(), 5, hour),
            sign(alice.user_id().as_str(), 1, hour),
            sign("nx__01890000-0000-7000-8000-000000000000", 5, hour),
            sign("not an id", 5, hour),
            sign(alice.user_id().as_str(), 99, hour),
        ] {
            server.ask(Ask::get(ME).token(&token)).await.refuses(401, 10101, "token invalid");
        }
        let mut past = Claims::with_custom_claims(json!({ "pid": 5 }), hour)
            .with_subject(alice.user_id())
            .with_jwt_id("made up");
        past.issued_at = Some(Duration::from_secs(1_000_000));
        past.expires_at = Some(Duration::from_secs(1_003_600));
        let expired = key.authenticate(past).unwrap();
        let answer = server.ask(Ask::get(ME).token(&expired)).await;
        answer.refuses(401, 10102, "token expired");
        assert_eq!(answer.json()["data"]["reason"], "token_expired");
    });
}

#[test]
fn a_logout_ends_its_own_token_and_never_a_newer_one() {
    run(async |server| {
        let (username, client) = (unique("user"), server.client());
        client.register(&username, "correct horse", "").await.unwrap();
        let old = client.login(&username, "correct horse").await.unwrap();
        let logout = |token: &str| server.ask(Ask::post("/api/v1/auth/logout").token(token));
        assert_eq!(logout(old.token()).await.data(), json!({}));
        let again = logout(old.token()).await;
        again.refuses(401, 10101, "");
        assert_eq!(again.json()["data"]["reason"], "logout");

        // A login races the logout of the previous token: the newer token always survives.
        for _ in 0..10 {
            let old = client.login(&username, "correct horse").await.unwrap();
            let (_, new) =
                join(logout(old.token()), client.login(&username, "correct horse")).await;
            new.unwrap().me().await.unwrap();
        }
    });
}

#[test]
#[ignore = "starts servers of its own"]
fn a_login_that_the_server_no_longer_knows_ends_with_unknown_instead_of_logout() {
    run_alone(async |server, state| {
        let (lost, left) = server.two_users().await;
        server.ask(Ask::post("/api/v1/auth/logout").token(left.token())).await.data();
        assert_eq!(reason(&server, left.token()).await, "logout");
        server.kill();
        std::fs::remove_file(state.path().join("sqlite_key_value.db")).unwrap();
        let server = Server::start(state);
        for (token, expected) in [(lost.token(), "unknown"), (left.token(), "logout")] {
            assert_eq!(reason(&server, token).await, expected);
        }
    });
}

#[test]
#[ignore = "starts servers of its own"]
fn a_restored_key_value_store_revives_no_ended_login() {
    run_alone(async |server, state| {
        let store = state.path().join("sqlite_key_value.db");
        let (username, client) = (unique("user"), server.client());
        client.register(&username, "correct horse", "").await.unwrap();
        let replaced = client.login(&username, "correct horse").await.unwrap();
        let (left, live) = server.two_users().await;
        let before = std::fs::read(&store).unwrap();
        server.ask(Ask::post("/api/v1/auth/logout").token(left.token())).await.data();
        server.kill();
        std::fs::remove_file(&store).unwrap();
        let server = Server::start(state);
        // No slot names the login that this one replaces.
        server.client().login(&username, "correct horse").await.unwrap();
        server.kill();
        std::fs::write(&store, before).unwrap();
        let server = Server::start(state);
        for (token, expected) in [(replaced.token(), "new_login"), (left.token(), "logout")] {
            assert_eq!(reason(&server, token).await, expected);
        }
        server.ask(Ask::get(ME).token(live.token())).await.data();
    });
}

#[test]
#[ignore = "starts servers of its own"]
fn tokens_for_accounts_of_a_lost_database_are_refused() {
    run_alone(async |server, state| {
        let (alice, _) = server.two_users().await;
        server.kill();
        for file in ["sqlite_db.db", "sqlite_db.db-wal", "sqlite_db.db-shm"] {
            match std::fs::remove_file(state.path().join(file)) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                removed => removed.unwrap(),
            }
        }
        let server = Server::start(state);
        for path in [ME, "/api/v1/conversation/list", "/api/v1/realtime/poll"] {
            let refused = server.ask(Ask::get(path).token(alice.token())).await;
            refused.refuses(401, 10101, "token invalid");
            assert_eq!(refused.json()["data"]["reason"], "unknown", "{path}");
        }
    });
}

/// The reason with which a token is refused.
async fn reason(server: &Server, token: &str) -> String {
    let refused = server.ask(Ask::get(ME).token(token)).await;
    refused.refuses(401, 10101, "token invalid");
    refused.json()["data"]["reason"].as_str().unwrap().to_owned()
}

#[test]
fn a_password_matches_in_composed_and_decomposed_form() {
    run(async |server| {
        let (composed, decomposed) = ("caf\u{e9} cr\u{e8}me", "cafe\u{301} cre\u{300}me");
        for registered in [composed, decomposed] {
            let (username, client) = (unique("user"), server.client());
            client.register(&username, registered, "").await.unwrap();
            for typed in [composed, decomposed] {
                client.login(&username, typed).await.unwrap();
            }
            let refused = client.login(&username, "cafe creme").await.unwrap_err();
            assert_eq!(refused.code(), Some(10105));
        }
        // The limit applies to the normalized form that is hashed: 72 bytes composed, 108 as typed.
        let (username, client) = (unique("user"), server.client());
        let longest = "e\u{301}".repeat(36);
        client.register(&username, &longest, "").await.unwrap();
        client.login(&username, &longest).await.unwrap();
    });
}

#[test]
fn concurrent_logins_on_a_platform_leave_one_live_token() {
    run(async |server| {
        let (username, client) = (unique("user"), server.client());
        client.register(&username, "correct horse", "").await.unwrap();
        for _ in 0..3 {
            let logins = (0..4).map(|_| client.login(&username, "correct horse"));
            let sessions: Vec<_> = join_all(logins).await.into_iter().map(Result::unwrap).collect();
            let answers = join_all(sessions.iter().map(Session::me)).await;
            assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        }
    });
}

/// A token as the platform signs it for its users.
pub fn external_token(claims: Value, secret: &str, duration: Duration) -> String {
    let claims = Claims::with_custom_claims(claims, duration);
    HS256Key::from_bytes(secret.as_bytes()).authenticate(claims).unwrap()
}

#[test]
fn an_external_token_authenticates_users_and_agents_of_the_platform() {
    run(async |server| {
        let alice = server.user().await;
        let hour = Duration::from_hours(1);
        for secret in EXTERNAL_SECRETS.iter() {
            for (claims, user_id) in [
                (json!({ "user_id": 70_001 }), "u___70001"),
                (json!({ "user_id": "70002", "role": "user" }), "u___70002"),
                (json!({ "user_id": 70_001, "role": "agent" }), "ag__70001"),
            ] {
                let token = external_token(claims, secret, hour);
                let body = json!({
                    "client_msg_id": unique("m"), "session_type": 1, "recv_id": alice.user_id(),
                    "content_type": 1, "content": "{}",
                });
                let send = Ask::post("/api/v1/message/send").token(&token).json(&body);
                let ack = server.ask(send).await.data();
                // The first message creates the sender's profile, so that others can reply.
                let me = server.ask(Ask::get(ME).token(&token)).await.data();
                assert_eq!(me["user_id"], user_id);
                let answer = json!({
                    "client_msg_id": unique("m"), "session_type": 1, "recv_id": user_id,
                    "content_type": 1, "content": "{}",
                });
                server.post(&alice, "/api/v1/message/send", answer).await.data();
                let pair = [alice.user_id().as_str(), user_id].map(str::to_owned);
                let id = ack["conversation_id"].as_str().unwrap();
                assert!(pair.iter().all(|user_id| id.contains(user_id)), "{id}");

                // The profile exists, so alice can reply.
                let me = server.ask(Ask::get(ME).token(&token)).await.data();
                assert_eq!((&me["user_id"], &me["nickname"]), (&json!(user_id), &json!("")));
                let recipient = UserId::parse(user_id).unwrap();
                let answer = Draft::text(&recipient, unique("m"), "hello");
                assert_eq!(alice.send(&answer).await.unwrap().conversation_id, id);
                let logout = Ask::post("/api/v1/auth/logout").token(&token);
                let message = "logout applies to native tokens only";
                server.ask(logout).await.refuses(400, 10001, message);
            }
        }
        let me = |token: String| async move { server.ask(Ask::get(ME).token(&token)).await };
        let secret = EXTERNAL_SECRETS[0];
        for (claims, secret, duration, code) in [
            (json!({ "user_id": 1 }), *SECRET, hour, 10101),
            (json!({ "user_id": 1 }), "another secret that nobody has configured", hour, 10101),
            (json!({ "user_id": "x" }), secret, hour, 10101),
            (json!({ "role": "user" }), secret, hour, 10101),
            (json!({ "user_id": 1, "role": "owner" }), secret, hour, 10101),
            (json!({ "user_id": 1 }), secret, Duration::from_secs(0), 10102),
        ] {
            me(external_token(claims, secret, duration)).await.refuses(401, code, "token");
        }
        let token = external_token(json!({ "user_id": 1 }), secret, hour);
        let elsewhere = Ask::get(ME).token(&token).header("x-platform-id", "11");
        server.ask(elsewhere).await.refuses(400, 10001, "X-Platform-Id must be 1..10");
    });
}

#[test]
#[ignore = "starts a server of its own"]
fn a_disabled_auth_provider_accepts_no_token_and_creates_no_account() {
    run_with(&[("auth_providers", "external")], async |server| {
        let body = json!({ "username": "ann", "password": "123456", "platform_id": 5 });
        for path in [REGISTER, LOGIN] {
            let ask = Ask::post(path).json(&body);
            server.ask(ask).await.refuses(403, 10107, "auth provider disabled");
        }
        let hour = Duration::from_hours(1);
        let claims = Claims::with_custom_claims(json!({ "pid": 5 }), hour)
            .with_subject("nx__01890000-0000-7000-8000-000000000000")
            .with_jwt_id("made up");
        let native = HS256Key::from_bytes(SECRET.as_bytes()).authenticate(claims).unwrap();
        server.ask(Ask::get(ME).token(&native)).await.refuses(401, 10101, "token invalid");
        let external = external_token(json!({ "user_id": 1 }), EXTERNAL_SECRETS[0], hour);
        server.ask(Ask::get(ME).token(&external)).await.refuses(404, 10201, "user not found");
    });
}

/// The number of `answers` that were accepted; asserts that the others are 429 with `retry-after`.
#[track_caller]
fn let_through(answers: &[Answer]) -> usize {
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    for answer in &refused {
        answer.refuses(429, 10005, "too many requests");
        let seconds: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds), "retry after {seconds} s");
    }
    answers.len() - refused.len()
}

#[test]
#[ignore = "starts a server of its own"]
fn registrations_of_an_address_are_limited_exactly_and_by_default_f19() {
    run_with(&[("register_per_minute", "30")], async |server| {
        let register = |number: i32| {
            let body = json!({ "username": format!("user-{number}"), "password": "123456" });
            server.ask(Ask::post(REGISTER).json(&body))
        };
        let answers = join_all((0..45).map(register)).await;
        assert_eq!(let_through(&answers), 30);
    });
    let manifest =
        std::fs::read_to_string(crate::support::server::project().join("spin.toml")).unwrap();
    for default in
        ["register_per_minute = { default = \"30\" }", "login_per_minute = { default = \"30\" }"]
    {
        assert!(manifest.contains(default), "{default}");
    }
}

#[test]
#[ignore = "starts a server of its own"]
fn logins_are_limited_by_account_and_by_address_even_if_correct_f19() {
    run_with(&[("login_per_minute", "30")], async |server| {
        server.client().register("ann", "correct horse", "").await.unwrap();
        let login = |username: &str, password: &str| {
            let body = json!({ "username": username, "password": password, "platform_id": 5 });
            let ask = Ask::post(LOGIN).json(&body).header("x-forwarded-for", unique("address"));
            async move { server.ask(ask).await }
        };
        let answers = join_all((0..15).map(|_| login("ann", "wrong horse"))).await;
        assert_eq!(let_through(&answers), 10, "of an account");
        assert_eq!(let_through(&[login("ann", "correct horse").await]), 0, "the right one too");
        let names: Vec<String> = (0..25).map(|number| format!("nobody-{number}")).collect();
        let answers = join_all(names.iter().map(|name| login(name, "wrong horse"))).await;
        assert_eq!(let_through(&answers), 20, "of an address, 10 of which went to ann");
    });
}

#[test]
#[ignore = "starts a server of its own"]
fn behind_a_proxy_the_client_address_is_the_last_one_in_the_header() {
    let variables = [("client_address_header", "X-Forwarded-For"), ("register_per_minute", "1")];
    run_with(&variables, async |server| {
        let register = |from: &str| {
            let body = json!({ "username": unique("user"), "password": "123456" });
            let ask = Ask::post(REGISTER).json(&body).header("x-forwarded-for", from);
            async move { server.ask(ask).await.status }
        };
        assert_eq!(register("203.0.113.1").await, 200);
        assert_eq!(register("198.51.100.7, 203.0.113.1").await, 429, "the first is hearsay");
        assert_eq!(register("203.0.113.2").await, 200);
        assert_eq!(register("2001:db8::1").await, 200);
        assert_eq!(register("2001:db8::2").await, 429, "of the same network");
    });
}
