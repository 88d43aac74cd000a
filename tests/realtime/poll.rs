//! `realtime/poll`.

use crate::api::auth::external_token;
use crate::support::server::{Ask, EXTERNAL_SECRETS, INTERNAL_SECRETS, run, unique};
use futures::future::{join, join_all, select_all};
use longwave_client::{Draft, Error, Frame, PollResponse, Service, Session, UserId};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

const LONG: Duration = Duration::from_secs(50);

async fn start(user: &Session) -> String {
    let polled = user.poll(None, LONG).await.unwrap();
    assert!(polled.frames.is_empty() && !polled.reset);
    polled.cursor
}

fn seqs(polled: &PollResponse) -> Vec<i64> {
    polled.messages().map(|message| message.seq).collect()
}

/// Polls until `count` messages have arrived, and returns their seqs in the order of arrival.
async fn receive(user: &Session, mut cursor: String, count: usize) -> Vec<i64> {
    let mut received = Vec::new();
    while received.len() < count {
        let polled = user.poll(Some(&cursor), LONG).await.unwrap();
        assert!(!polled.reset && polled.frames.len() <= 100 + 1, "{}", polled.frames.len());
        received.extend(seqs(&polled));
        cursor = polled.cursor;
    }
    received
}

#[test]
fn a_message_sent_while_nobody_polls_is_in_the_next_poll() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let cursor = start(&bob).await;
        alice.send(&Draft::text(bob.user_id(), "m1", "hi")).await.unwrap();
        let polled = bob.poll(Some(&cursor), LONG).await.unwrap();
        assert_eq!(seqs(&polled), [1]);
        let [Frame::Message { message, .. }] = &polled.frames[..] else { panic!("{polled:?}") };
        assert_eq!(message.sender_id, alice.user_id().as_str());
    });
}

#[test]
fn a_waiting_poll_is_woken_by_a_message() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let cursor = start(&bob).await;
        let poll = bob.poll(Some(&cursor), LONG);
        let send = async {
            // An empty poll of one second: the other poll has been waiting that long.
            alice.poll(Some(&start(&alice).await), Duration::from_secs(1)).await.unwrap();
            alice.send(&Draft::text(bob.user_id(), "m1", "hi")).await.unwrap()
        };
        let (polled, ack) = join(poll, send).await;
        assert_eq!(seqs(&polled.unwrap()), [ack.seq]);
    });
}

#[test]
fn a_poll_that_times_out_returns_no_frames_and_a_valid_cursor() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let cursor = start(&bob).await;
        let polled = bob.poll(Some(&cursor), Duration::from_secs(1)).await.unwrap();
        assert!(polled.frames.is_empty() && !polled.reset);
        alice.send(&Draft::text(bob.user_id(), "m1", "hi")).await.unwrap();
        assert_eq!(seqs(&bob.poll(Some(&polled.cursor), LONG).await.unwrap()), [1]);
    });
}

#[test]
fn a_lost_answer_is_returned_again_for_the_same_cursor() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let cursor = start(&bob).await;
        alice.send(&Draft::text(bob.user_id(), "m1", "hi")).await.unwrap();
        for _ in 0..3 {
            assert_eq!(seqs(&bob.poll(Some(&cursor), LONG).await.unwrap()), [1]);
        }
        let polled = bob.poll(Some(&cursor), LONG).await.unwrap();
        let after = bob.poll(Some(&polled.cursor), Duration::ZERO).await.unwrap();
        assert!(after.frames.is_empty());
    });
}

#[test]
fn a_sender_receives_its_own_message_and_read_position() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let cursor = start(&alice).await;
        alice.send(&Draft::text(bob.user_id(), "m1", "hi")).await.unwrap();
        let polled = alice.poll(Some(&cursor), LONG).await.unwrap();
        let [Frame::Message { .. }, Frame::Read { position, .. }] = &polled.frames[..] else {
            panic!("{polled:?}")
        };
        assert_eq!((position.read_seq, position.unread), (1, 0));
    });
}

#[test]
fn every_session_of_a_user_gets_every_message() {
    run(async |server| {
        let (alice, name, client) = (server.user().await, unique("user"), server.client());
        client.register(&name, "correct horse", "").await.unwrap();
        let mut sessions = Vec::new();
        for platform in [1, 2, 5] {
            let platform = platform.try_into().unwrap();
            sessions.push(client.login_on(platform, &name, "correct horse").await.unwrap());
        }
        let cursor = start(&sessions[0]).await;
        let draft = Draft::text(sessions[0].user_id(), "m1", "hi");
        let polls = join_all(sessions.iter().map(|bob| bob.poll(Some(&cursor), LONG)));
        let send = async { alice.send(&draft).await.unwrap() };
        for polled in join(polls, send).await.0 {
            assert_eq!(seqs(&polled.unwrap()), [1]);
        }
    });
}

#[test]
fn a_large_backlog_arrives_in_pages_without_gap_or_repeat() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let cursor = start(&bob).await;
        let drafts: Vec<Draft> =
            (0..230).map(|number| Draft::text(bob.user_id(), format!("m{number}"), "hi")).collect();
        for ack in join_all(drafts.iter().map(|draft| alice.send(draft))).await {
            ack.unwrap();
        }
        let received = receive(&bob, cursor, drafts.len()).await;
        assert_eq!(received, (1..=230).collect::<Vec<_>>());
    });
}

#[test]
fn a_profile_change_reaches_the_users_own_sessions() {
    run(async |server| {
        let alice = server.user().await;
        let cursor = start(&alice).await;
        let ask = Ask::new(http::Method::PUT, "/api/v1/user/me").token(alice.token());
        server.ask(ask.json(&json!({ "nickname": "new" }))).await.data();
        let polled = alice.poll(Some(&cursor), LONG).await.unwrap();
        let [Frame::Profile { profile, .. }] = &polled.frames[..] else { panic!("{polled:?}") };
        assert_eq!(profile.nickname, "new");
    });
}

#[test]
fn a_user_receives_no_messages_of_others() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let eve = server.user().await;
        let cursor = start(&eve).await;
        alice.send(&Draft::text(bob.user_id(), "m1", "hi")).await.unwrap();
        assert!(eve.poll(Some(&cursor), Duration::from_secs(1)).await.unwrap().frames.is_empty());
    });
}

#[test]
fn an_invalid_cursor_is_reset_to_a_valid_one() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let foreign = "MDAwMDAwMDAwMDAwMDAwMDow";
        for cursor in ["garbled", "'; --", "%00", foreign, &"x".repeat(4_000)] {
            let polled = bob.poll(Some(cursor), LONG).await.unwrap();
            assert!(polled.reset && polled.frames.is_empty(), "{cursor}");
            let again = bob.poll(Some(&polled.cursor), Duration::ZERO).await.unwrap();
            assert!(!again.reset);
        }
        let fresh = bob.poll(Some("garbled"), LONG).await.unwrap().cursor;
        alice.send(&Draft::text(bob.user_id(), "m1", "hi")).await.unwrap();
        assert_eq!(seqs(&bob.poll(Some(&fresh), LONG).await.unwrap()), [1]);
    });
}

#[test]
fn a_non_numeric_timeout_is_refused_and_one_out_of_range_is_clamped() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let cursor = start(&bob).await;
        for timeout in ["x", "1.5", "1s", ""] {
            let path = format!("/api/v1/realtime/poll?cursor={cursor}&timeout={timeout}");
            server.ask(Ask::get(&path).token(bob.token())).await.refuses(400, 10001, "timeout");
        }
        let path = format!("/api/v1/realtime/poll?cursor={cursor}&timeout=-5");
        server.ask(Ask::get(&path).token(bob.token())).await.data();
        let path = format!("/api/v1/realtime/poll?cursor={cursor}&timeout=99999");
        let poll = server.ask(Ask::get(&path).token(bob.token()));
        let send = async { alice.send(&Draft::text(bob.user_id(), "m1", "hi")).await.unwrap() };
        assert_eq!(join(poll, send).await.0.data()["frames"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn two_hundred_waiting_polls_of_a_user_all_receive_a_message() {
    run(async |server| {
        let (alice, client) = (server.user().await, server.client());
        let bob = UserId::of_platform(i64::from(Uuid::new_v4().as_fields().0));
        let service = Service::new(&server.url, "app", INTERNAL_SECRETS[0]).unwrap();
        service.upsert_user(&bob, "").await.unwrap();
        // Two hundred logins: each has its own token, and so its own poll.
        let id = bob.as_str().trim_start_matches("u___");
        let session = |number: u64| {
            let lasts = jwt_simple::prelude::Duration::from_secs(3_600 + number);
            let token = external_token(json!({ "user_id": id }), EXTERNAL_SECRETS[0], lasts);
            client.with_token(bob.clone(), token)
        };
        let sessions: Vec<Session> = (0..200).map(session).collect();
        let cursor = start(&sessions[0]).await;
        let polls = join_all(sessions.iter().map(|bob| bob.poll(Some(&cursor), LONG)));
        let send = async { alice.send(&Draft::text(&bob, "m1", "hi")).await.unwrap() };
        for polled in join(polls, send).await.0 {
            assert_eq!(seqs(&polled.unwrap()), [1]);
        }
    });
}

#[test]
fn concurrent_messages_reach_every_poller_once_and_in_order() {
    run(async |server| {
        let (bob, senders) = join(server.user(), join_all((0..5).map(|_| server.user()))).await;
        let cursor = start(&bob).await;
        let send = async |sender: &Session| {
            for number in 0..20 {
                sender.send(&Draft::text(bob.user_id(), format!("m{number}"), "hi")).await.unwrap();
            }
        };
        let follow = async || {
            let mut cursor = cursor.clone();
            let mut received: Vec<(String, i64)> = Vec::new();
            while received.len() < 100 {
                let polled = bob.poll(Some(&cursor), LONG).await.unwrap();
                let messages = polled.messages();
                received.extend(messages.map(|it| (it.sender_id.clone(), it.seq)));
                cursor = polled.cursor;
            }
            received
        };
        let follows = join_all((0..3).map(|_| follow()));
        let (received, _) = join(follows, join_all(senders.iter().map(send))).await;
        for received in received {
            for sender in &senders {
                let of_sender = received.iter().filter(|(id, _)| id == sender.user_id().as_str());
                let seqs: Vec<i64> = of_sender.map(|(_, seq)| *seq).collect();
                assert_eq!(seqs, (1..=20).collect::<Vec<_>>());
            }
        }
    });
}

/// The reason why a poll at `cursor` ended. `end` runs concurrently, or, with `waits`, once the
/// poll waits.
async fn ended(user: &Session, cursor: &str, waits: Option<&Session>, end: impl Future) -> String {
    let end = async {
        if let Some(other) = waits {
            // An empty poll of one second: the other poll has been waiting that long.
            other.poll(Some(&start(other).await), Duration::from_secs(1)).await.unwrap();
        }
        end.await
    };
    let (polled, _) = join(user.poll(Some(cursor), LONG), end).await;
    match polled.unwrap_err() {
        Error::Refused { code: 10101, reason: Some(reason), .. } => reason,
        other => panic!("{other}"),
    }
}

#[test]
fn a_waiting_poll_ends_at_once_with_the_reason_when_its_login_ends() {
    run(async |server| {
        let (name, client) = (unique("user"), server.client());
        client.register(&name, "correct horse", "").await.unwrap();
        let other = server.user().await;
        for waits in [None, Some(&other), None, None] {
            let session = client.login(&name, "correct horse").await.unwrap();
            let cursor = start(&session).await;
            let login = client.login(&name, "correct horse");
            assert_eq!(ended(&session, &cursor, waits, login).await, "new_login");

            let session = client.login(&name, "correct horse").await.unwrap();
            let cursor = start(&session).await;
            let logout = server.ask(Ask::post("/api/v1/auth/logout").token(session.token()));
            assert_eq!(ended(&session, &cursor, waits, logout).await, "logout");
        }
    });
}

#[test]
fn a_login_ends_no_poll_on_another_platform() {
    run(async |server| {
        let (name, client) = (unique("user"), server.client());
        client.register(&name, "correct horse", "").await.unwrap();
        let web = client.login(&name, "correct horse").await.unwrap();
        let cursor = start(&web).await;
        let body = json!({ "username": name, "password": "correct horse", "platform_id": 1 });
        let login = server.ask(Ask::post("/api/v1/auth/login").json(&body));
        let (polled, login) = join(web.poll(Some(&cursor), Duration::from_secs(2)), login).await;
        login.data();
        assert!(polled.unwrap().frames.is_empty());
    });
}

#[test]
fn a_second_poll_of_a_token_ends_the_first_and_receives_the_next_message() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let cursor = start(&bob).await;
        let polls = [(); 2].map(|()| Box::pin(bob.poll(Some(&cursor), LONG)));
        let (ended, _, mut others) = select_all(polls).await;
        assert!(ended.unwrap().frames.is_empty(), "nothing has happened yet");
        let draft = Draft::text(bob.user_id(), "m1", "hi");
        let (other, sent) = join(others.remove(0), alice.send(&draft)).await;
        sent.unwrap();
        assert_eq!(other.unwrap().messages().count(), 1, "whichever came later has the message");
    });
}
