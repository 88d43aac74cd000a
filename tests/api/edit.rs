//! `message/edit` and `message/versions`, and what polls return of them.

use crate::support::server::{Server, run, run_with};
use futures::future::join_all;
use longwave_client::{Draft, Frame, MessageChangeKind, Session};
use serde_json::{Value, json};
use std::time::Duration;

const EDIT: &str = "/api/v1/message/edit";

fn text(text: &str) -> String {
    json!({ "text": text }).to_string()
}

/// Two users with a conversation of one message from the first.
async fn one_message(server: &Server) -> (Session, Session, String) {
    let (alice, bob) = server.two_users().await;
    let ack = alice.send(&Draft::text(bob.user_id(), "m1", "frist")).await.unwrap();
    (alice, bob, ack.conversation_id)
}

#[test]
fn an_edited_message_has_its_new_text_for_both_sides_and_both_are_notified() {
    run(async |server| {
        let (alice, bob, of) = one_message(server).await;
        let cursors = join_all(
            [&alice, &bob].map(async |user| user.poll(None, Duration::ZERO).await.unwrap().cursor),
        )
        .await;
        let edited = alice.edit(&of, 1, &text("first"), Some(1)).await.unwrap();
        assert_eq!(edited.version, 2);
        for (user, cursor) in [&alice, &bob].into_iter().zip(cursors) {
            let polled = user.poll(Some(&cursor), Duration::ZERO).await.unwrap();
            let [Frame::MessageChange { change, .. }] = &polled.frames[..] else {
                panic!("{polled:?}")
            };
            assert_eq!(change.change.change, MessageChangeKind::Edited);
            let messages = user.pull_all(&of, 1, 1).await.unwrap();
            assert_eq!(messages, std::slice::from_ref(&change.message));
            assert_eq!(
                (messages[0].content.as_str(), messages[0].version),
                (&*text("first"), Some(2))
            );
            assert!(messages[0].edited_at.is_some());
            let versions = user.versions(&of, 1).await.unwrap().versions;
            let versions: Vec<_> =
                versions.into_iter().map(|it| (it.version, it.content)).collect();
            assert_eq!(versions, [(1, text("frist")), (2, text("first"))]);
        }
        assert_eq!(bob.conversations(None).await.unwrap().conversations[0].unread, 1);
        assert_eq!(bob.changes(&of, None).await.unwrap().messages[0].version, Some(2));
    });
}

#[test]
fn a_message_that_was_not_edited_has_no_version() {
    run(async |server| {
        let (alice, _, of) = one_message(server).await;
        let path = format!("/api/v1/message/pull?conversation_id={of}&begin_seq=1&end_seq=1");
        let pulled = server.get(&alice, &path).await.data();
        for field in ["version", "edited_at"] {
            assert!(pulled["messages"][0].get(field).is_none(), "{pulled}");
        }
        assert_eq!(alice.versions(&of, 1).await.unwrap().versions.len(), 1);
    });
}

#[test]
fn only_the_sender_edits_and_not_over_a_version_of_another_device() {
    run(async |server| {
        let (alice, bob, of) = one_message(server).await;
        let edit = async |by: &Session, seq: i64, base: Value| {
            let body = json!({
                "conversation_id": of, "seq": seq, "content": text("new"), "base_version": base,
            });
            server.post(by, EDIT, body).await
        };
        edit(&bob, 1, Value::Null).await.refuses(409, 10405, "message cannot be edited");
        edit(&alice, 2, Value::Null).await.refuses(404, 10401, "message not found");
        edit(&alice, 1, json!(2)).await.refuses(409, 10406, "another version");
        let eve = server.user().await;
        edit(&eve, 1, Value::Null).await.refuses(403, 10006, "no permission");
        edit(&alice, 1, json!(1)).await.data();
        // A repeat, as after a lost answer.
        assert_eq!(edit(&alice, 1, json!(1)).await.data()["version"], 2);
        alice.revoke(&of, &[1], true).await.unwrap();
        edit(&alice, 1, Value::Null).await.refuses(409, 10410, "message was revoked or removed");
        let gone = bob.versions(&of, 1).await.unwrap_err();
        assert_eq!(gone.code(), Some(10410), "{gone}");
        let pulled = bob.pull_all(&of, 1, 1).await.unwrap();
        assert_eq!((pulled[0].content.as_str(), pulled[0].version), ("{}", None));
    });
}

#[test]
fn of_twenty_devices_that_edit_one_version_one_succeeds() {
    run(async |server| {
        let (alice, bob, of) = one_message(server).await;
        let cursor = bob.poll(None, Duration::ZERO).await.unwrap().cursor;
        let texts: Vec<String> = (0..20).map(|device| text(&device.to_string())).collect();
        let edits = join_all(texts.iter().map(|text| alice.edit(&of, 1, text, Some(1)))).await;
        let refused = edits.iter().filter_map(|edit| edit.as_ref().err());
        let codes: Vec<_> = refused.map(longwave_client::Error::code).collect();
        assert_eq!(codes, [Some(10406); 19]);
        let polled = bob.poll(Some(&cursor), Duration::ZERO).await.unwrap();
        assert_eq!(polled.frames.len(), 1, "{polled:?}");
        assert_eq!(bob.versions(&of, 1).await.unwrap().versions.len(), 2);
    });
}

#[test]
fn an_edit_and_a_revocation_at_once_end_with_an_erased_message() {
    run(async |server| {
        let (alice, bob, of) = one_message(server).await;
        let edits = async |device: i32| {
            for number in 0..10 {
                let edited = alice.edit(&of, 1, &text(&format!("{device} {number}")), None).await;
                if let Err(error) = edited {
                    assert_eq!(error.code(), Some(10410), "{error}");
                }
            }
        };
        let revoke = async {
            alice.edit(&of, 1, &text("before"), None).await.unwrap();
            alice.revoke(&of, &[1], true).await.unwrap();
        };
        futures::join!(join_all((0..4).map(edits)), revoke);
        assert_eq!(bob.pull_all(&of, 1, 1).await.unwrap()[0].content, "{}");
        let all = server.get(&bob, "/api/v1/realtime/poll?timeout=0").await;
        assert!(!all.body.contains("before"));
    });
}

#[test]
fn a_former_member_still_sees_the_text_from_before_leaving() {
    run(async |server| {
        let (owner, member) = server.two_users().await;
        let group_id = server.group(&owner, &[&member]).await;
        server.send_to_group(&owner, &group_id, "m1").await.data();
        let of = format!("sg_{group_id}");
        let cursor = member.poll(None, Duration::ZERO).await.unwrap().cursor;
        owner.edit(&of, 1, &text("while there"), None).await.unwrap();
        member.quit_group(&group_id).await.unwrap();
        owner.edit(&of, 1, &text("among ourselves"), None).await.unwrap();
        let pulled = member.pull_all(&of, 1, 1).await.unwrap();
        assert_eq!(
            (pulled[0].content.as_str(), pulled[0].version),
            (&*text("while there"), Some(2))
        );
        assert_eq!(member.versions(&of, 1).await.unwrap().versions.len(), 2);
        let answer = member.poll(Some(&cursor), Duration::ZERO).await.unwrap();
        let text = format!("{:?}", answer.frames);
        assert!(text.contains("while there") && !text.contains("among ourselves"), "{text}");
        let left = member.edit(&of, 1, "{}", None).await.unwrap_err();
        assert_eq!(left.code(), Some(10303), "{left}");
    });
}

#[test]
#[ignore = "starts a server of its own"]
fn edits_can_be_off_and_limited_and_their_history_closed() {
    run_with(&[("edit_seconds", "0")], async |server| {
        let (alice, _, of) = one_message(server).await;
        let off = alice.edit(&of, 1, &text("first"), None).await.unwrap_err();
        assert_eq!(off.code(), Some(10405), "{off}");
    });
    for history in ["operator", "none"] {
        let variables = [("edit_history", history), ("edit_per_minute", "1")];
        run_with(&variables, async |server| {
            let (alice, bob, of) = one_message(server).await;
            alice.edit(&of, 1, &text("first"), None).await.unwrap();
            let closed = bob.versions(&of, 1).await.unwrap_err();
            assert_eq!(closed.code(), Some(10006), "{closed}");
            let many = alice.edit(&of, 1, &text("First"), None).await.unwrap_err();
            assert_eq!(many.code(), Some(10005), "{many}");
        });
    }
}
