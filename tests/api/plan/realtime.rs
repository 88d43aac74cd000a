use super::send_texts;
use crate::support::server::{Ask, Server, run, unique};
use futures::future::{join, join_all};
use longwave_client::{Client, Draft, Event, Feed, Platform, PollResponse, Session};
use serde_json::json;
use std::time::Duration;

const POLL: &str = "/api/v1/realtime/poll";
const LONG: Duration = Duration::from_secs(30);

/// A user's current cursor.
async fn start(user: &Session) -> String {
    user.poll(None, Duration::ZERO).await.unwrap().cursor
}

fn texts(polled: &PollResponse) -> Vec<&str> {
    polled.messages().map(|message| message.content.as_str()).collect()
}

/// A user who is logged in on several platforms.
async fn user_on(server: &Server, platforms: [Platform; 3]) -> Vec<Session> {
    let (client, name) = (server.client(), unique("user"));
    client.register(&name, "123456", "").await.unwrap();
    let logins = platforms.map(|platform| client.login_on(platform, &name, "123456"));
    join_all(logins).await.into_iter().map(Result::unwrap).collect()
}

#[test]
fn TestRealtime_Connect() {
    run(async |server| {
        let alice = server.user().await;
        let connected = server.get(&alice, POLL).await.data();
        assert_eq!((&connected["frames"], &connected["reset"]), (&json!([]), &json!(false)));
        for path in [POLL, "/api/v1/realtime/stream"] {
            server.ask(Ask::get(path)).await.refuses(401, 10103, "missing");
            server.ask(Ask::get(path).token("bad")).await.refuses(401, 10101, "invalid");
        }
    });
}

#[test]
fn TestRealtime_ReceiveMessage() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let cursor = start(&bob).await;
        let waits = bob.poll(Some(&cursor), LONG);
        let (polled, acks) = join(waits, send_texts(&alice, &bob, 1)).await;
        let polled = polled.unwrap();
        let [message] = &polled.messages().collect::<Vec<_>>()[..] else { panic!("{polled:?}") };
        assert_eq!((&message.server_msg_id, message.seq), (&acks[0].server_msg_id, 1));
        assert_eq!(message.sender_id, alice.user_id().as_str());
        assert_eq!(message.content, json!({ "text": "text 1" }).to_string());
    });
}

#[test]
fn TestRealtime_MultipleConnections() {
    run(async |server| {
        let alice = server.user().await;
        let devices =
            user_on(server, [Platform::WEB, 1.try_into().unwrap(), 2.try_into().unwrap()]);
        let devices = devices.await;
        let cursor = start(&devices[0]).await;
        let wait = join_all(devices.iter().map(|device| device.poll(Some(&cursor), LONG)));
        let (polls, _) = join(wait, send_texts(&alice, &devices[0], 1)).await;
        for polled in polls {
            assert_eq!(polled.unwrap().messages().count(), 1, "each platform's poll");
        }
        // Three connections of one token: only one waits at a time here, and each that polls with
        // the cursor gets everything after it.
        for _ in 0..3 {
            let polled = devices[0].poll(Some(&cursor), LONG).await.unwrap();
            assert_eq!(polled.messages().count(), 1);
        }
    });
}

#[test]
fn TestRealtime_GroupMessage() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let carol = server.user().await;
        let group_id = server.group(&alice, &[&bob, &carol]).await;
        let outsider = server.user().await;
        let (to_bob, to_carol) = join(start(&bob), start(&carol)).await;
        let to_outsider = start(&outsider).await;
        let waits = join(bob.poll(Some(&to_bob), LONG), carol.poll(Some(&to_carol), LONG));
        let ((bobs, carols), ack) =
            join(waits, server.send_to_group(&alice, &group_id, "m1")).await;
        for polled in [bobs.unwrap(), carols.unwrap()] {
            let [message] = &polled.messages().collect::<Vec<_>>()[..] else {
                panic!("{polled:?}")
            };
            assert_eq!(json!(message.server_msg_id), ack.data()["server_msg_id"]);
            assert_eq!(message.group_id.as_deref(), Some(group_id.as_str()));
        }
        let nothing = outsider.poll(Some(&to_outsider), Duration::ZERO).await.unwrap();
        assert!(nothing.frames.is_empty());
    });
}

#[test]
fn TestRealtime_SendMessageToRemoteServer() {
    run(async |server| {
        // Only an address is known: two clients, each with the feed that it would run.
        let (client, remote) = (Client::new(&server.url), Client::new(&server.url));
        let (client, remote) = (client.unwrap(), remote.unwrap());
        assert!(client.healthy().await.unwrap());
        let names = (unique("alice"), unique("bob"));
        client.register(&names.0, "123456", "").await.unwrap();
        remote.register(&names.1, "123456", "").await.unwrap();
        let alice = client.login(&names.0, "123456").await.unwrap();
        let bob = remote.login(&names.1, "123456").await.unwrap();
        let mut feed = Feed::start(bob.clone()).await.unwrap();
        let (event, acks) = join(feed.next(), send_texts(&alice, &bob, 1)).await;
        let Event::Message(message) = event.unwrap() else { panic!("a message is the first") };
        assert_eq!((message.seq, message.server_msg_id), (1, acks[0].server_msg_id.clone()));
    });
}

#[test]
fn TestRealtime_SendRealMessage() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let cursor = start(&bob).await;
        let contents = [
            (1, json!({ "text": "你好, wörld 🌊 <b>&amp;</b>\n\"quoted\"" })),
            (2, json!({ "image": "https://example.com/i.png" })),
            (3, json!({ "video": "https://example.com/v.mp4" })),
            (4, json!({ "audio": "https://example.com/a.ogg" })),
            (5, json!({ "file": "https://example.com/f.pdf", "name": "f.pdf" })),
            (100, json!({ "custom": [1, null, { "deep": true }] })),
        ];
        for (content_type, content) in &contents {
            let id = format!("m{content_type}");
            let mut draft = Draft::text(bob.user_id(), id, "");
            (draft.content_type, draft.content) = ((*content_type).into(), content.to_string());
            alice.send(&draft).await.unwrap();
        }
        let polled = bob.poll(Some(&cursor), LONG).await.unwrap();
        let sent: Vec<_> = contents.iter().map(|(_, content)| content.to_string()).collect();
        assert_eq!(texts(&polled), sent, "each as it was written, in order");
    });
}

#[test]
fn TestRealtime_MessageWhileAway() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let cursor = start(&bob).await;
        let acks = send_texts(&alice, &bob, 2).await;
        let polled = bob.poll(Some(&cursor), LONG).await.unwrap();
        let came: Vec<_> = polled.messages().map(|it| &it.server_msg_id).collect();
        assert_eq!(came, acks.iter().map(|ack| &ack.server_msg_id).collect::<Vec<_>>());
        let after = bob.poll(Some(&polled.cursor), Duration::ZERO).await.unwrap();
        assert!(after.frames.is_empty(), "and comes once");
    });
}
