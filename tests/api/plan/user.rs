use crate::support::server::{Ask, run};
use http::Method;
use serde_json::json;

const ME: &str = "/api/v1/user/me";

#[test]
fn TestUser_GetInfo() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let me = server.get(&alice, ME).await.data();
        assert_eq!(me["user_id"], json!(alice.user_id()));

        let profile = format!("/api/v1/user/profile/{}", bob.user_id());
        let mut other = server.get(&alice, &profile).await.data();
        assert_eq!(other["user_id"], json!(bob.user_id()));
        let unknown = server.get(&alice, "/api/v1/user/profile/u___404").await;
        unknown.refuses(404, 10201, "not found");

        let ids = format!("/api/v1/user/info?user_ids={},u___404", bob.user_id());
        let users = server.get(&alice, &ids).await.data();
        // A list of profiles omits fields that could make it large.
        other.as_object_mut().unwrap().remove("extra");
        assert_eq!(users, json!({ "users": [other] }), "unknown users are left out");
        server.get(&alice, "/api/v1/user/info").await.refuses(400, 10001, "user_ids");
        server.ask(Ask::get(ME)).await.refuses(401, 10103, "missing");
    });
}

#[test]
fn TestUser_Update() {
    run(async |server| {
        let alice = server.user().await;
        let update = async |body| {
            server.ask(Ask::new(Method::PUT, ME).token(alice.token()).json(&body)).await
        };
        let body =
            json!({ "nickname": "Alice", "avatar": "https://example.com/a.png", "extra": "{}" });
        let updated = update(body.clone()).await.data();
        for field in ["nickname", "avatar", "extra"] {
            assert_eq!(updated[field], body[field]);
        }
        let partial = update(json!({ "nickname": "Bob" })).await.data();
        assert_eq!((&partial["nickname"], &partial["avatar"]), (&json!("Bob"), &body["avatar"]));
        assert_eq!(server.get(&alice, ME).await.data(), partial);
        update(json!({ "nickname": "n".repeat(256) })).await.refuses(400, 10001, "nickname");
        assert_eq!(server.get(&alice, ME).await.data(), partial);
    });
}
