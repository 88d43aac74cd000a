//! Profiles, online status and the limit on changes.

use crate::api::internal::{Call, platform_user};
use crate::api::message::ANSWER_MAX;
use crate::support::server::{Ask, run, run_with, unique};
use futures::future::join_all;
use http::Method;
use longwave_client::Draft;
use serde_json::json;

const ME: &str = "/api/v1/user/me";

fn update(token: &str, body: &serde_json::Value) -> Ask<'static> {
    Ask::new(Method::PUT, ME).token(token).json(body)
}

#[test]
fn a_client_header_cannot_override_the_user_id_in_the_path() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let path = format!("/api/v1/user/profile/{}", alice.user_id());
        for name in ["spin-path-match-user-id", "spin-path-match-user_id"] {
            let asked = Ask::get(&path).token(alice.token()).header(name, bob.user_id().as_str());
            let profile = server.ask(asked).await.data();
            assert_eq!(profile["user_id"], alice.user_id().as_str(), "{name}");
        }
    });
}

#[test]
fn an_update_leaves_absent_profile_fields_unchanged() {
    run(async |server| {
        let alice = server.user().await;
        let body = json!({ "nickname": "Alice", "avatar": "https://example.com/a.png" });
        let first = server.ask(update(alice.token(), &body)).await.data();
        assert_eq!((&first["nickname"], &first["avatar"]), (&body["nickname"], &body["avatar"]));
        let second = json!({ "avatar": "", "extra": "{}", "nickname": null, "unknown": 1 });
        let second = server.ask(update(alice.token(), &second)).await.data();
        assert_eq!(
            (&second["nickname"], &second["avatar"], &second["extra"]),
            (&json!("Alice"), &json!(""), &json!("{}"))
        );
        assert_eq!(serde_json::to_value(alice.me().await.unwrap()).unwrap(), second);
    });
}

#[test]
fn an_invalid_update_changes_nothing() {
    run(async |server| {
        let alice = server.user().await;
        let before = alice.me().await.unwrap();
        for (body, message) in [
            (json!({ "nickname": "n".repeat(256), "avatar": "x" }), "nickname"),
            (json!({ "nickname": "x", "avatar": "a".repeat(1025) }), "avatar"),
            (json!({ "nickname": "x", "avatar": 1 }), "avatar"),
            (json!({ "extra": ["x"] }), "extra"),
            (json!([1]), "JSON object"),
        ] {
            server.ask(update(alice.token(), &body)).await.refuses(400, 10001, message);
        }
        assert_eq!(alice.me().await.unwrap(), before);
    });
}

#[test]
fn a_poll_marks_its_user_online_on_its_platform_only() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let path = format!(
            "/api/v1/user/online_status?user_ids={},{},u___404",
            bob.user_id(),
            alice.user_id()
        );
        let ask = || server.ask(Ask::get(&path).token(alice.token()));
        let online = |answer: &serde_json::Value| -> Vec<(String, bool, serde_json::Value)> {
            let items = answer["items"].as_array().unwrap().iter();
            let item = |item: &serde_json::Value| {
                let user_id = item["user_id"].as_str().unwrap().to_owned();
                (user_id, item["online"].as_bool().unwrap(), item["platform_ids"].clone())
            };
            items.map(item).collect()
        };
        let before = online(&ask().await.data());
        assert_eq!(before.len(), 3);
        assert!(before.iter().all(|(_, online, platforms)| !online && *platforms == json!([])));
        bob.poll(None, std::time::Duration::ZERO).await.unwrap();
        // The lease is written in the background, after the answer.
        let seen = loop {
            let seen = online(&ask().await.data());
            if seen.iter().any(|(_, online, _)| *online) {
                break seen;
            }
        };
        for (user_id, online, platforms) in seen {
            let is_bob = user_id == bob.user_id().as_str();
            let expected = if is_bob { json!([5]) } else { json!([]) };
            assert_eq!((online, platforms), (is_bob, expected), "{user_id}");
        }
    });
}

#[test]
#[ignore = "starts a server of its own"]
fn changes_of_a_user_are_limited_per_minute_f19() {
    run_with(&[("change_per_minute", "10")], async |server| {
        let (alice, bob) = server.two_users().await;
        let bodies: Vec<_> =
            (0..16).map(|number| json!({ "nickname": number.to_string() })).collect();
        let asks = bodies.iter().map(|body| server.ask(update(alice.token(), body)));
        let answers = join_all(asks).await;
        let taken = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(taken, 10, "{answers:?}");

        let ack = alice.send(&Draft::text(bob.user_id(), "m", "still")).await.unwrap();
        alice.mark_read(&ack.conversation_id, 1).await.unwrap();
        let group = json!({ "group_id": "aaaaaaaaaaaaaaaa" });
        let member = json!({ "group_id": "aaaaaaaaaaaaaaaa", "user_id": bob.user_id() });
        for (method, path, body) in [
            (Method::PUT, ME, json!({ "nickname": "once more" })),
            (
                Method::PUT,
                "/api/v1/conversation/opt",
                json!({ "conversation_id": ack.conversation_id, "is_pinned": true }),
            ),
            (Method::POST, "/api/v1/group/create", json!({ "name": "g" })),
            (Method::POST, "/api/v1/group/join", group.clone()),
            (Method::POST, "/api/v1/group/quit", group.clone()),
            (Method::POST, "/api/v1/group/dismiss", group),
            (Method::POST, "/api/v1/group/kick", member.clone()),
            (Method::POST, "/api/v1/group/transfer", member),
        ] {
            let refused = server.ask(Ask::new(method, path).token(alice.token()).json(&body)).await;
            refused.refuses(429, 10005, "too many requests");
            assert!(refused.headers.contains_key("retry-after"), "{path}");
        }
        let body = json!({ "nickname": "Bob" });
        server.ask(update(bob.token(), &body)).await.data();
    });
}

#[test]
fn lists_of_profiles_omit_extra_to_bound_the_answer() {
    run(async |server| {
        let alice = server.user().await;
        let (nickname, avatar, extra) = ("\\".repeat(255), "\\".repeat(1024), "x".repeat(60_000));
        let makes = (0..100).map(async |_| {
            let id = platform_user(server).await;
            let body = json!({ "id": id, "nickname": nickname, "avatar": avatar, "extra": extra });
            let made = Call::post("/api/v1/internal/user/upsert", &body).on(server).await.data();
            assert_eq!(made["extra"], json!(extra), "a profile of one user is whole");
            id
        });
        let ids = join_all(makes).await;
        let several = ids.join(",");
        let public = format!("/api/v1/user/info?user_ids={several}");
        let internal = format!("/api/v1/internal/user/info?user_ids={several}");
        let answers = [server.get(&alice, &public).await, Call::get(&internal).on(server).await];
        for answer in answers {
            assert!(answer.body.len() <= ANSWER_MAX, "{} bytes", answer.body.len());
            let data = answer.data();
            let users = data["users"].as_array().unwrap();
            assert_eq!(users.len(), 100, "all of them, in one answer");
            assert!(
                users.iter().all(|user| user.get("extra").is_none() && user["avatar"] == avatar)
            );
        }
        let one = server.get(&alice, &format!("/api/v1/user/info?user_ids={}", ids[0])).await;
        assert!(one.data()["users"][0].get("extra").is_none());
        let internal = format!("/api/v1/internal/user/info?user_ids={}", ids[0]);
        let one = Call::get(&internal).on(server).await.data();
        assert_eq!(one["users"][0]["extra"], json!(extra), "a service may ask for one");
        let nobody = Call::get("/api/v1/internal/user/info?user_ids=u___404").on(server).await;
        assert_eq!(nobody.data()["users"], json!([]));
        let profile = server.get(&alice, &format!("/api/v1/user/profile/{}", ids[0])).await.data();
        assert_eq!(profile["extra"], json!(extra));
    });
}

#[test]
fn profile_and_group_fields_can_have_their_documented_length_at_once() {
    run(async |server| {
        let alice = server.user().await;
        let longest = json!({
            "nickname": "n".repeat(255), "avatar": "a".repeat(1024), "extra": "x".repeat(64_000),
        });
        let changed = server.ask(update(alice.token(), &longest)).await.data();
        assert_eq!(changed["extra"], longest["extra"]);
        let group = json!({ "name": "g".repeat(255), "extra": "x".repeat(64_000) });
        let made = server.post(&alice, "/api/v1/group/create", group.clone()).await.data();
        assert_eq!(made["extra"], group["extra"]);
        let longer = json!({ "extra": "x".repeat(64_001) });
        let message = "extra is 64001 bytes long; at most 64000 are allowed";
        server.ask(update(alice.token(), &longer)).await.refuses(400, 10001, message);
    });
}

#[test]
fn a_name_is_one_line_without_control_characters() {
    run(async |server| {
        let alice = server.user().await;
        let user_id = platform_user(server).await;
        let message = "contains a control character";
        for bad in ["a\nb", "\u{1b}[2Jb", "\u{7f}", "a\tb", "\r", "\u{1}"] {
            let body = json!({ "username": unique(bad), "password": "correct horse" });
            let register = Ask::post("/api/v1/auth/register");
            server.ask(register.json(&body)).await.refuses(400, 10001, message);
            let body = json!({ "username": unique("a"), "password": "123456", "nickname": bad });
            let register = Ask::post("/api/v1/auth/register");
            server.ask(register.json(&body)).await.refuses(400, 10001, message);
            let nickname = json!({ "nickname": bad });
            server.ask(update(alice.token(), &nickname)).await.refuses(400, 10001, message);
            let avatar = json!({ "avatar": bad });
            server.ask(update(alice.token(), &avatar)).await.refuses(400, 10001, message);
            let upsert = json!({ "id": user_id, "nickname": bad });
            let upsert = Call::post("/api/v1/internal/user/upsert", &upsert).on(server).await;
            upsert.refuses(400, 10001, message);
            let group = json!({ "name": bad });
            let group = server.post(&alice, "/api/v1/group/create", group).await;
            group.refuses(400, 10001, message);
        }
        // Clients isolate bidirectional formatting when they show a name; line breaks belong in
        // longer texts.
        let nickname = json!({ "nickname": "Ann \u{202e}\u{200d}" });
        assert_eq!(
            server.ask(update(alice.token(), &nickname)).await.data()["nickname"],
            nickname["nickname"]
        );
        let group = json!({ "name": "g", "introduction": "two\nlines" });
        server.post(&alice, "/api/v1/group/create", group).await.data();
    });
}
