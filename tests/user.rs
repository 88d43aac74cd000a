//! `user-me`

use crate::server::{Ask, run, run_with};
use futures::future::join_all;
use http::Method;
use longwave_client::Draft;
use serde_json::json;

const ME: &str = "/api/v1/user/me";

fn update(token: &str, body: &serde_json::Value) -> Ask<'static> {
    Ask::new(Method::PUT, ME).token(token).json(body)
}

#[test]
fn a_profile_keeps_what_an_update_does_not_name() {
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
fn an_update_out_of_its_limits_changes_nothing() {
    run(async |server| {
        let alice = server.user().await;
        let before = alice.me().await.unwrap();
        for (body, told) in [
            (json!({ "nickname": "n".repeat(256), "avatar": "x" }), "nickname"),
            (json!({ "nickname": "x", "avatar": "a".repeat(1025) }), "avatar"),
            (json!({ "nickname": "x", "avatar": 1 }), "avatar"),
            (json!({ "extra": ["x"] }), "extra"),
            (json!([1]), "JSON object"),
        ] {
            server.ask(update(alice.token(), &body)).await.refuses(400, 10001, told);
        }
        assert_eq!(alice.me().await.unwrap(), before);
    });
}

#[test]
fn who_polls_is_online_on_that_platform_and_others_are_not() {
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
        for (user_id, online, platforms) in online(&ask().await.data()) {
            let is_bob = user_id == bob.user_id().as_str();
            let expected = if is_bob { json!([5]) } else { json!([]) };
            assert_eq!((online, platforms), (is_bob, expected), "{user_id}");
        }
    });
}

#[test]
#[ignore = "starts a server of its own"]
fn a_user_who_changes_too_much_waits_and_the_log_is_spared_f19() {
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
