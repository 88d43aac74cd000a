//! `realtime/stream`: server-sent events.

use crate::support::server::{Answer, Ask, Server, run, unique};
use futures::future::join;
use longwave_client::{Draft, Session};
use serde_json::{Value, json};
use std::time::Duration;

impl Server {
    /// The whole answer of a stream that lasts `seconds`.
    async fn stream(&self, user: &Session, query: &str, seconds: u32) -> Answer {
        let path = format!("/api/v1/realtime/stream?timeout={seconds}&{query}");
        self.ask(Ask::get(&path).token(user.token())).await
    }
}

/// An event: name, id and data; each is empty if absent.
type Event = (String, String, Value);

/// The events that a client reads from a stream by the standard (WHATWG HTML, 9.2.6).
fn events(answer: &Answer) -> Vec<Event> {
    assert_eq!(answer.headers["content-type"], "text/event-stream", "{answer:?}");
    let event = |text: &str| {
        let field = |name| {
            let lines = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            lines.collect::<String>()
        };
        let data = field("data");
        let data = if data.is_empty() { Value::Null } else { serde_json::from_str(&data).unwrap() };
        (field("event"), field("id"), data)
    };
    answer.body.split("\n\n").filter(|text| !text.is_empty()).map(event).collect()
}

/// The frames of a stream, and the last event id.
fn frames(answer: &Answer) -> (Vec<Value>, String) {
    let events = events(answer);
    let last = events.iter().rev().find(|(_, id, _)| !id.is_empty()).unwrap().1.clone();
    let unnamed = events.into_iter().filter(|(name, ..)| name.is_empty());
    (unnamed.map(|(.., data)| data).filter(|data| !data.is_null()).collect(), last)
}

async fn start(user: &Session) -> String {
    user.poll(None, Duration::ZERO).await.unwrap().cursor
}

#[test]
fn a_stream_begins_with_a_cursor_and_carries_the_frames_of_a_poll() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let begun = events(&server.stream(&bob, "", 0).await);
        let (name, cursor, sync) = begun.into_iter().find(|(name, ..)| !name.is_empty()).unwrap();
        assert_eq!((name.as_str(), sync), ("sync", json!({ "cursor": cursor, "reset": false })));

        let query = format!("cursor={cursor}");
        let draft = Draft::text(bob.user_id(), "m1", "hi");
        // The stream stays open for two seconds; the message arrives meanwhile.
        let (streamed, sent) =
            join(server.stream(&bob, &query, 2), async { alice.send(&draft).await.unwrap() }).await;
        let (streamed, last) = frames(&streamed);
        assert_eq!(streamed.len(), 1, "{streamed:?}");
        assert_eq!(streamed[0]["data"]["server_msg_id"], sent.server_msg_id);
        let path = format!("/api/v1/realtime/poll?timeout=0&cursor={cursor}");
        let polled = server.ask(Ask::get(&path).token(bob.token())).await.data();
        assert_eq!(polled["frames"], json!(streamed));

        let path = "/api/v1/realtime/stream?timeout=0&cursor=overruled";
        let again = Ask::get(path).token(bob.token()).header("last-event-id", last);
        assert!(frames(&server.ask(again).await).0.is_empty(), "acknowledged by the last id");
    });
}

#[test]
fn a_stream_starts_at_once_and_disables_proxy_buffering() {
    run(async |server| {
        let streamed = server.stream(&server.user().await, "", 0).await;
        assert_eq!(streamed.headers["cache-control"], "no-cache, no-transform");
        assert_eq!(streamed.headers["x-accel-buffering"], "no");
        assert!(streamed.body.starts_with(": a stream\nretry: 1000\n\n"), "{}", streamed.body);
    });
}

#[test]
fn a_stream_with_an_invalid_cursor_starts_afresh_with_reset() {
    run(async |server| {
        let bob = server.user().await;
        let begun = events(&server.stream(&bob, "cursor=garbled", 0).await);
        let (name, _, sync) = begun.iter().find(|(name, ..)| !name.is_empty()).unwrap();
        assert_eq!((name.as_str(), &sync["reset"]), ("sync", &json!(true)));
    });
}

#[test]
fn a_stream_ends_with_the_reason_when_its_login_ends() {
    run(async |server| {
        let (name, client) = (unique("user"), server.client());
        client.register(&name, "correct horse", "").await.unwrap();
        let session = client.login(&name, "correct horse").await.unwrap();
        let query = format!("cursor={}", start(&session).await);
        let other = server.user().await;
        let login = async {
            // A stream of one second: when it ends, the other one has begun.
            server.stream(&other, &format!("cursor={}", start(&other).await), 1).await;
            client.login(&name, "correct horse").await.unwrap()
        };
        let (streamed, _) = join(server.stream(&session, &query, 60), login).await;
        let events = events(&streamed);
        let (name, _, end) = events.last().unwrap();
        assert_eq!((name.as_str(), &end["code"]), ("end", &json!(10101)));
        assert_eq!(end["data"]["reason"], "new_login");
    });
}

#[test]
fn a_second_stream_of_a_token_ends_the_first() {
    run(async |server| {
        let bob = server.user().await;
        let query = format!("cursor={}", start(&bob).await);
        let (one, other) =
            join(server.stream(&bob, &query, 60), server.stream(&bob, &query, 3)).await;
        // The later stream ends the other one and runs for its full time. Otherwise this test would
        // take a minute.
        assert!(frames(&one).0.is_empty() && frames(&other).0.is_empty());
    });
}

#[test]
fn an_invalid_stream_request_is_refused_in_the_envelope() {
    run(async |server| {
        let path = "/api/v1/realtime/stream";
        server.ask(Ask::get(path)).await.refuses(401, 10103, "token missing");
        server.ask(Ask::post(path)).await.refuses(405, 10007, "");
        let user = server.user().await;
        let ask = Ask::get("/api/v1/realtime/stream?timeout=soon").token(user.token());
        server.ask(ask).await.refuses(400, 10001, "timeout is not a number");
    });
}
