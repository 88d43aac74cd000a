//! `user/online_subscribe` and `message/typing`.

use crate::support::server::{Answer, Ask, Server, run};
use futures::future::join;
use longwave_client::{Draft, Session};
use serde_json::{Value, json};
use std::time::Duration;

const SUBSCRIBE: &str = "/api/v1/user/online_subscribe";
const TYPING: &str = "/api/v1/message/typing";

impl Server {
    async fn subscribe(&self, user: &Session, to: &[&Session]) -> Value {
        let ids: Vec<_> = to.iter().map(|user| user.user_id()).collect();
        let ask = Ask::post(SUBSCRIBE).token(user.token()).json(&json!({ "user_ids": ids }));
        self.ask(ask).await.data()
    }

    async fn type_in(&self, user: &Session, conversation_id: &str) -> Answer {
        let body = json!({ "conversation_id": conversation_id });
        self.ask(Ask::post(TYPING).token(user.token()).json(&body)).await
    }

    /// The data of a user's poll answer, as JSON.
    async fn poll(&self, user: &Session, cursor: &str) -> Value {
        let path = format!("/api/v1/realtime/poll?timeout=30&cursor={cursor}");
        self.ask(Ask::get(&path).token(user.token())).await.data()
    }
}

async fn start(user: &Session) -> String {
    user.poll(None, Duration::ZERO).await.unwrap().cursor
}

#[test]
fn a_subscriber_receives_the_online_status_now_and_on_each_change() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let cursor = start(&alice).await;
        let now = server.subscribe(&alice, &[&bob]).await;
        let offline = json!([{ "user_id": bob.user_id(), "online": false, "platform_ids": [] }]);
        assert_eq!(now["items"], offline);

        let (polled, _) = join(server.poll(&alice, &cursor), start(&bob)).await;
        let online = json!([{ "user_id": bob.user_id(), "online": true, "platform_ids": [5] }]);
        assert_eq!(polled["frames"][0]["req_id"], 2005);
        assert_eq!(polled["frames"][0]["data"]["items"], online);
        assert_eq!(server.subscribe(&alice, &[&bob]).await["items"], online);
        // A lost answer is read again, even when no poll was waiting.
        assert_eq!(server.poll(&alice, &cursor).await["frames"], polled["frames"]);
    });
}

#[test]
fn an_invalid_subscription_is_refused_and_changes_nothing() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        server.subscribe(&alice, &[&bob]).await;
        let many = vec!["u___1"; 101];
        for (body, message) in [
            (json!({}), "user_ids is required"),
            (json!({ "user_ids": null }), "user_ids is required"),
            (json!({ "user_ids": "u___1" }), "user_ids"),
            (json!({ "user_ids": ["u___1", "bob"] }), "user_ids: invalid user id: bob"),
            (json!({ "user_ids": many }), "user_ids are 101; at most 100 are allowed"),
        ] {
            let ask = Ask::post(SUBSCRIBE).token(alice.token()).json(&body);
            server.ask(ask).await.refuses(400, 10001, message);
        }
        let cursor = start(&alice).await;
        let (polled, _) = join(server.poll(&alice, &cursor), start(&bob)).await;
        assert_eq!(polled["frames"][0]["req_id"], 2005, "still subscribed");
    });
}

#[test]
fn typing_reaches_the_other_side_during_and_between_polls() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let id = alice.send(&Draft::text(bob.user_id(), "m", "x")).await.unwrap().conversation_id;
        let (of_alice, of_bob) = join(start(&alice), start(&bob)).await;
        let typing = async { server.type_in(&alice, &id).await.data() };
        let (polled, answer) = join(server.poll(&bob, &of_bob), typing).await;
        assert_eq!(answer, json!({}));
        let frame = &polled["frames"][0];
        assert_eq!(
            (&frame["req_id"], &frame["data"]["user_id"]),
            (&json!(2009), &json!(alice.user_id()))
        );
        assert_eq!(frame["data"]["conversation_id"], id);
        // No poll is waiting now. A machine may stall for seconds, so this tries again.
        let between = polled["cursor"].as_str();
        let mut found = vec![];
        for _ in 0..10 {
            server.type_in(&alice, &id).await.data();
            found = bob.poll(between, Duration::ZERO).await.unwrap().frames;
            if !found.is_empty() {
                break;
            }
        }
        assert!(!found.is_empty());
        assert!(alice.poll(Some(&of_alice), Duration::ZERO).await.unwrap().frames.is_empty());
    });
}

#[test]
fn typing_is_refused_for_non_participants_and_beyond_the_limit() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let eve = server.user().await;
        let id = alice.send(&Draft::text(bob.user_id(), "m", "x")).await.unwrap().conversation_id;
        server.type_in(&eve, &id).await.refuses(403, 10006, "");
        server.type_in(&alice, "si_a:b").await.refuses(400, 10001, "conversation_id");
        let ask = Ask::post(TYPING).token(alice.token()).json(&json!({}));
        server.ask(ask).await.refuses(400, 10001, "conversation_id is required");
        for _ in 0..60 {
            server.type_in(&alice, &id).await.data();
        }
        let refused = server.type_in(&alice, &id).await;
        refused.refuses(429, 10005, "");
        assert!(refused.headers.contains_key("retry-after"));
    });
}
