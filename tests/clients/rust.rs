//! The feed of the Rust client, against the real server. `clients/rust/src/feed/tests.rs` tests its
//! rules one by one.

use crate::support::server::{Ask, Server, run, run_alone, unique};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD;
use futures::future::{join, join_all};
use longwave_client::{
    Draft, Event, Feed, FeedState, Frame, GroupChangeKind, NotifyLevel, Profile, Reason,
    ResetReason, Session,
};
use serde_json::{Value, json};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::timeout;

/// The seqs of the next messages, all of one conversation.
async fn seqs(feed: &mut Feed, count: usize) -> Vec<i64> {
    let mut seqs = Vec::new();
    while seqs.len() < count {
        if let Event::Message(message) = feed.next().await.unwrap() {
            seqs.push(message.seq);
        }
    }
    seqs
}

async fn send(sender: &Session, to: &Session, ids: RangeInclusive<i64>) {
    for id in ids {
        sender.send(&Draft::text(to.user_id(), format!("m{id}"), "hi")).await.unwrap();
    }
}

/// The saved state with another cursor.
fn at(state: &FeedState, cursor: &str) -> FeedState {
    let mut state = serde_json::to_value(state).unwrap();
    state["cursor"] = json!(cursor);
    serde_json::from_value(state).unwrap()
}

#[test]
fn a_feed_gives_only_messages_from_after_its_start() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        send(&alice, &bob, 1..=3).await;
        let mut feed = Feed::start(bob.clone()).await.unwrap();
        send(&alice, &bob, 4..=5).await;
        assert_eq!(seqs(&mut feed, 2).await, [4, 5]);
    });
}

#[test]
fn messages_missed_by_a_skipped_cursor_are_pulled_before_the_next_one() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        send(&alice, &bob, 1..=1).await;
        let before = Feed::start(bob.clone()).await.unwrap();
        send(&alice, &bob, 2..=205).await;
        let skipped = bob.poll(None, Duration::ZERO).await.unwrap().cursor;
        let mut feed = Feed::resume(bob.clone(), at(before.state(), &skipped));
        send(&alice, &bob, 206..=206).await;
        assert_eq!(seqs(&mut feed, 205).await, (2..=206).collect::<Vec<_>>());
    });
}

/// A cursor as earlier versions wrote it: of this database, without the tag of its event.
fn untagged(cursor: &str) -> String {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).unwrap()).unwrap();
    let parts: Vec<&str> = text.split(':').take(2).collect();
    URL_SAFE_NO_PAD.encode(parts.join(":"))
}

#[test]
fn after_an_unplaceable_cursor_missed_messages_are_pulled_without_repeats() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let carol = server.user().await;
        send(&alice, &bob, 1..=2).await;
        let before = Feed::start(bob.clone()).await.unwrap();
        send(&alice, &bob, 3..=4).await;
        send(&carol, &bob, 1..=2).await;
        let cursor = bob.poll(None, Duration::ZERO).await.unwrap().cursor;
        let mut feed = Feed::resume(bob.clone(), at(before.state(), &untagged(&cursor)));
        let reset = feed.next().await.unwrap();
        assert!(matches!(reset, Event::Reset { reason: ResetReason::TooOld }), "{reset:?}");
        let mut missed = Vec::new();
        for _ in 0..4 {
            let Event::Message(message) = feed.next().await.unwrap() else { panic!("no message") };
            missed.push((message.sender_id, message.seq));
        }
        let by = |sender: &Session, seq| (sender.user_id().to_string(), seq);
        let mut expected = vec![by(&alice, 3), by(&alice, 4), by(&carol, 1), by(&carol, 2)];
        expected.sort();
        missed.sort();
        assert_eq!(missed, expected);
        send(&alice, &bob, 5..=5).await;
        assert_eq!(seqs(&mut feed, 1).await, [5]);
    });
}

#[test]
fn after_a_cursor_of_another_history_a_feed_starts_afresh() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        send(&alice, &bob, 1..=2).await;
        let before = Feed::start(bob.clone()).await.unwrap();
        send(&alice, &bob, 3..=4).await;
        let mut feed = Feed::resume(bob.clone(), at(before.state(), "garbled"));
        let reset = feed.next().await.unwrap();
        assert!(matches!(reset, Event::Reset { reason: ResetReason::OtherHistory }), "{reset:?}");
        send(&alice, &bob, 5..=5).await;
        assert_eq!(seqs(&mut feed, 1).await, [5], "earlier messages are not delivered");
    });
}

/// A copy of the state folder of a server that has ended.
pub fn backup(state: &TempDir) -> Arc<TempDir> {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(state.path()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
    }
    Arc::new(copy)
}

#[test]
#[ignore = "starts servers of its own"]
fn a_feed_detects_a_restored_backup_even_if_the_log_has_passed_its_cursor() {
    run_alone(async |server, state| {
        let (alice, bob) = server.two_users().await;
        let at = |server: &Server, session: &Session| {
            let client = server.client();
            client.with_token(session.user_id().clone(), session.token().to_owned())
        };
        send(&alice, &bob, 1..=3).await;
        server.kill();
        let backup = backup(state);

        let server = Server::start(state);
        let (from, to) = (at(&server, &alice), at(&server, &bob));
        let mut feed = Feed::start(to.clone()).await.unwrap();
        send(&from, &to, 4..=6).await;
        assert_eq!(seqs(&mut feed, 3).await, [4, 5, 6]);
        let kept = feed.state().clone();
        server.kill();

        // Other messages replace the lost ones, and outnumber them.
        let server = Server::start(&backup);
        let (from, to) = (at(&server, &alice), at(&server, &bob));
        send(&from, &to, 14..=19).await;
        let mut feed = Feed::resume(to.clone(), kept);
        let reset = feed.next().await.unwrap();
        assert!(matches!(reset, Event::Reset { reason: ResetReason::OtherHistory }), "{reset:?}");
        send(&from, &to, 20..=20).await;
        assert_eq!(
            seqs(&mut feed, 1).await,
            [10],
            "positions are those of the history that there is"
        );
    });
}

#[test]
fn a_second_login_on_the_platform_ends_a_waiting_feed() {
    run(async |server| {
        let username = unique("bob");
        let bob = server.user_with_password(&username, "correct horse").await;
        let mut feed = Feed::start(bob).await.unwrap();
        let client = server.client();
        let (ended, login) = join(feed.next(), client.login(&username, "correct horse")).await;
        assert_eq!(ended.unwrap_err().reason(), Some(Reason::NewLogin));

        let elsewhere = client.login_on(7.try_into().unwrap(), &username, "correct horse");
        elsewhere.await.unwrap();
        assert!(login.unwrap().me().await.is_ok(), "another platform is another login");
    });
}

#[test]
fn concurrent_messages_of_two_users_are_received_once_and_in_order() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let mut feeds = Vec::new();
        for user in [&alice, &bob] {
            feeds.push(Feed::start(user.clone()).await.unwrap());
        }
        let receive = join_all(feeds.iter_mut().map(|feed| seqs(feed, 100)));
        let sends = join(send(&alice, &bob, 1..=50), send(&bob, &alice, 1..=50));
        for received in join(receive, sends).await.0 {
            assert_eq!(received, (1..=100).collect::<Vec<_>>());
        }
    });
}

#[test]
fn two_feeds_of_one_login_both_give_every_message() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let mut feeds = Vec::new();
        for user in [&bob, &bob] {
            feeds.push(Feed::start(user.clone()).await.unwrap());
        }
        let receive = join_all(feeds.iter_mut().map(|feed| seqs(feed, 20)));
        for received in join(receive, send(&alice, &bob, 1..=20)).await.0 {
            assert_eq!(received, (1..=20).collect::<Vec<_>>());
        }
    });
}

#[test]
fn a_feed_resumes_from_a_saved_state() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let mut feed = Feed::start(bob.clone()).await.unwrap();
        send(&alice, &bob, 1..=5).await;
        assert_eq!(seqs(&mut feed, 2).await, [1, 2]);
        let kept = serde_json::to_string(feed.state()).unwrap();
        drop(feed);
        send(&alice, &bob, 6..=7).await;
        let mut feed = Feed::resume(bob, serde_json::from_str(&kept).unwrap());
        assert_eq!(seqs(&mut feed, 5).await, [3, 4, 5, 6, 7]);
    });
}

#[test]
fn a_feed_whose_next_is_repeatedly_dropped_misses_nothing() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let mut feed = Feed::start(bob.clone()).await.unwrap();
        let receive = async {
            let mut received = Vec::new();
            while received.len() < 30 {
                let next = timeout(Duration::from_millis(3), feed.next()).await;
                if let Ok(Ok(Event::Message(message))) = next {
                    received.push(message.seq);
                }
            }
            received
        };
        let (received, ()) = join(receive, send(&alice, &bob, 1..=30)).await;
        assert_eq!(received, (1..=30).collect::<Vec<_>>());
    });
}

#[test]
fn a_member_who_rejoins_a_group_receives_only_visible_messages() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let mut feed = Feed::start(bob.clone()).await.unwrap();
        let group_id = alice.create_group("a group", &[]).await.unwrap().group_id;
        let say = async |id: i64| {
            let draft = Draft::text_to_group(&group_id, format!("m{id}"), "hi");
            alice.send(&draft).await.unwrap();
        };
        say(1).await;
        bob.join_group(&group_id).await.unwrap();
        say(2).await;
        assert_eq!(seqs(&mut feed, 1).await, [2]);
        bob.quit_group(&group_id).await.unwrap();
        say(3).await;
        bob.join_group(&group_id).await.unwrap();
        say(4).await;
        assert_eq!(seqs(&mut feed, 1).await, [4]);
    });
}

#[test]
fn every_change_has_a_type() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let mut feed = Feed::start(bob.clone()).await.unwrap();
        let group_id =
            alice.create_group("a group", &[bob.user_id().clone()]).await.unwrap().group_id;
        let Event::Change(Frame::Group { change, .. }) = feed.next().await.unwrap() else {
            panic!("no change of a group")
        };
        assert_eq!((change.change, &change.group_id), (GroupChangeKind::Created, &group_id));
        assert!(change.user_ids.contains(&bob.user_id().to_string()), "{change:?}");

        let ack = alice.send(&Draft::text_to_group(&group_id, "m1", "hi")).await.unwrap();
        assert_eq!(seqs(&mut feed, 1).await, [1]);
        assert_eq!(bob.mark_read(&ack.conversation_id, 7).await.unwrap(), 1, "clamped");
        let Event::Change(Frame::Read { position, .. }) = feed.next().await.unwrap() else {
            panic!("no read position")
        };
        assert_eq!((position.read_seq, position.unread), (1, 0));

        let put = |path, body: Value| {
            server.ask(Ask::new(http::Method::PUT, path).token(bob.token()).json(&body))
        };
        let options = json!({ "conversation_id": ack.conversation_id, "is_pinned": true });
        put("/api/v1/conversation/opt", options).await.data();
        let Event::Change(Frame::Options { options, .. }) = feed.next().await.unwrap() else {
            panic!("no options")
        };
        assert!(options.is_pinned && options.recv_msg_opt == NotifyLevel::Normal);
        put("/api/v1/user/me", json!({ "nickname": "Bob" })).await.data();
        let Event::Change(Frame::Profile { profile, .. }) = feed.next().await.unwrap() else {
            panic!("no profile")
        };
        let listed = alice.users(std::slice::from_ref(bob.user_id())).await.unwrap();
        assert_eq!(listed, [Profile { extra: None, ..profile }]);
    });
}

#[test]
fn a_message_sent_within_a_time_limit_is_stored_once() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let draft = Draft::text(bob.user_id(), "m1", "hi");
        let minute = Duration::from_mins(1);
        let sent = join_all((0..5).map(|_| alice.send_within(&draft, minute))).await;
        let seqs: Vec<i64> = sent.into_iter().map(|ack| ack.unwrap().seq).collect();
        assert_eq!(seqs, [1; 5]);
        let nobody = longwave_client::UserId::of_platform(-1);
        let refused = alice.send_within(&Draft::text(&nobody, "m1", "hi"), minute).await;
        assert_eq!(refused.unwrap_err().code(), Some(10201));
    });
}
