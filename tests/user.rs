//! `user-me`

use crate::server::{Ask, run};
use http::Method;
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
