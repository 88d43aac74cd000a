//! `message/revoke` and `message/changes`, and what polls return of them.

use crate::support::server::{Server, run, run_with};
use futures::future::join_all;
use longwave_client::{Draft, Frame, MessageChangeKind, MessageStatus, Session};
use serde_json::{Value, json};
use std::time::Duration;

const REVOKE: &str = "/api/v1/message/revoke";

/// Two users with a conversation of three messages from the first.
async fn three_messages(server: &Server) -> (Session, Session, String) {
    let (alice, bob) = server.two_users().await;
    let mut conversation_id = String::new();
    for number in 1..=3 {
        let draft = Draft::text(bob.user_id(), format!("m{number}"), "secret");
        conversation_id = alice.send(&draft).await.unwrap().conversation_id;
    }
    (alice, bob, conversation_id)
}

async fn statuses(user: &Session, conversation_id: &str) -> Vec<MessageStatus> {
    let pulled = user.pull_all(conversation_id, 1, 100).await.unwrap();
    pulled.into_iter().map(|message| message.status).collect()
}

#[test]
fn a_revoked_message_is_erased_for_both_sides_and_both_are_notified() {
    run(async |server| {
        let (alice, bob, of) = three_messages(server).await;
        let cursors = join_all(
            [&alice, &bob].map(async |user| user.poll(None, Duration::ZERO).await.unwrap().cursor),
        )
        .await;
        alice.revoke(&of, &[2], true).await.unwrap();
        for (user, cursor) in [&alice, &bob].into_iter().zip(cursors) {
            let polled = user.poll(Some(&cursor), Duration::ZERO).await.unwrap();
            let [Frame::MessageChange { change, .. }] = &polled.frames[..] else {
                panic!("{polled:?}")
            };
            assert_eq!(change.change.change, MessageChangeKind::Revoked);
            assert_eq!(change.change.operator_id, alice.user_id().as_str());
            let messages = user.pull_all(&of, 1, 3).await.unwrap();
            assert_eq!(messages[1], change.message);
            assert_eq!(
                (messages[1].content.as_str(), messages[1].status),
                ("{}", MessageStatus::Revoked)
            );
            assert_eq!(messages[1].changed_by.as_deref(), Some(alice.user_id().as_str()));
        }
        // The frame of the message itself has lost the text as well.
        let whole = server
            .get(&bob, &format!("/api/v1/message/pull?conversation_id={of}&begin_seq=1&end_seq=3"))
            .await;
        assert_eq!(whole.body.matches("secret").count(), 2);
    });
}

#[test]
fn a_message_from_before_revocations_has_no_new_fields() {
    run(async |server| {
        let (alice, _, of) = three_messages(server).await;
        let path = format!("/api/v1/message/pull?conversation_id={of}&begin_seq=1&end_seq=1");
        let pulled = server.get(&alice, &path).await.data();
        let message = pulled["messages"][0].as_object().unwrap();
        for field in ["status", "changed_by", "changed_at"] {
            assert!(!message.contains_key(field), "{message:?}");
        }
    });
}

#[test]
fn each_side_may_revoke_its_own_messages_only_and_all_of_a_call_or_none() {
    run(async |server| {
        let (alice, bob, of) = three_messages(server).await;
        bob.send(&Draft::text(alice.user_id(), "m4", "mine")).await.unwrap();
        let revoke = async |by: &Session, seqs: Value| {
            server.post(by, REVOKE, json!({ "conversation_id": of, "seqs": seqs })).await
        };
        revoke(&bob, json!([4, 1])).await.refuses(403, 10006, "no permission");
        revoke(&alice, json!([1, 5])).await.refuses(404, 10401, "message not found");
        assert_eq!(statuses(&alice, &of).await, [MessageStatus::Normal; 4]);
        revoke(&alice, json!([1, 3, 3])).await.data();
        revoke(&alice, json!([1])).await.data();
        let eve = server.user().await;
        revoke(&eve, json!([1])).await.refuses(403, 10006, "no permission");
        let found = statuses(&bob, &of).await;
        let erased: Vec<bool> = found.iter().map(|it| *it == MessageStatus::Revoked).collect();
        assert_eq!(erased, [true, false, true, false]);
    });
}

#[test]
fn a_removed_message_says_so_and_a_late_retry_does_not_bring_it_back() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let draft = Draft::text(bob.user_id(), "m1", "secret");
        let ack = alice.send(&draft).await.unwrap();
        alice.revoke(&ack.conversation_id, &[1], false).await.unwrap();
        assert_eq!(alice.send(&draft).await.unwrap(), ack);
        assert_eq!(statuses(&bob, &ack.conversation_id).await, [MessageStatus::Removed]);
        let listed = bob.conversations(None).await.unwrap().conversations;
        assert_eq!((listed[0].unread, listed[0].max_seq), (0, 1));
        assert_eq!(listed[0].last_message.as_ref().unwrap().status, MessageStatus::Removed);
    });
}

#[test]
fn the_owner_of_a_group_revokes_the_messages_of_members_and_they_not_those_of_the_owner() {
    run(async |server| {
        let (owner, member) = server.two_users().await;
        let group_id = server.group(&owner, &[&member]).await;
        for sender in [&owner, &member] {
            server.send_to_group(sender, &group_id, "m1").await.data();
        }
        let of = format!("sg_{group_id}");
        let refused = member.revoke(&of, &[1], true).await.unwrap_err();
        assert_eq!(refused.code(), Some(10006), "{refused}");
        owner.revoke(&of, &[2], true).await.unwrap();
        member.quit_group(&group_id).await.unwrap();
        let left = member.revoke(&of, &[2], true).await.unwrap_err();
        assert_eq!(left.code(), Some(10303), "{left}");
        assert_eq!(statuses(&member, &of).await, [MessageStatus::Normal, MessageStatus::Revoked]);
    });
}

#[test]
fn changes_continue_from_a_version_and_positions_say_that_there_are_some() {
    run(async |server| {
        let (alice, bob, of) = three_messages(server).await;
        let last_change = async || bob.max_seqs(None).await.unwrap().items[0].last_change;
        assert_eq!(last_change().await, 0);
        let start = bob.changes(&of, None).await.unwrap();
        assert!(start.messages.is_empty() && !start.has_more && !start.full);
        alice.revoke(&of, &[3], true).await.unwrap();
        let first = bob.changes(&of, Some(&start.version)).await.unwrap();
        assert_eq!(first.messages.iter().map(|it| it.seq).collect::<Vec<_>>(), [3]);
        let known = last_change().await;
        assert!(known > 0);
        alice.revoke(&of, &[1], true).await.unwrap();
        assert!(last_change().await > known);
        let second = bob.changes(&of, Some(&first.version)).await.unwrap();
        assert_eq!(second.messages.iter().map(|it| it.seq).collect::<Vec<_>>(), [1]);
        let all = bob.changes(&of, None).await.unwrap();
        assert_eq!(all.messages.iter().map(|it| it.seq).collect::<Vec<_>>(), [3, 1]);
        assert_eq!(
            bob.conversations(None).await.unwrap().conversations[0].last_change,
            last_change().await
        );
    });
}

#[test]
fn twenty_devices_that_revoke_one_message_change_it_once() {
    run(async |server| {
        let (alice, bob, of) = three_messages(server).await;
        let cursor = bob.poll(None, Duration::ZERO).await.unwrap().cursor;
        let revoked = join_all((0..20).map(|_| alice.revoke(&of, &[2], true))).await;
        assert!(revoked.iter().all(Result::is_ok), "{revoked:?}");
        let polled = bob.poll(Some(&cursor), Duration::ZERO).await.unwrap();
        assert_eq!(polled.frames.len(), 1, "{polled:?}");
        assert_eq!(bob.conversations(None).await.unwrap().conversations[0].unread, 2);
    });
}

#[test]
#[ignore = "starts a server of its own"]
fn where_revoking_is_off_only_who_leads_a_group_may_revoke() {
    run_with(&[("revoke_seconds", "0")], async |server| {
        let (alice, bob, of) = three_messages(server).await;
        let late = alice.revoke(&of, &[1], true).await.unwrap_err();
        assert_eq!(late.code(), Some(10404), "{late}");
        let group_id = server.group(&alice, &[&bob]).await;
        server.send_to_group(&bob, &group_id, "m1").await.data();
        let of = format!("sg_{group_id}");
        let late = bob.revoke(&of, &[1], true).await.unwrap_err();
        assert_eq!(late.code(), Some(10404), "{late}");
        alice.revoke(&of, &[1], true).await.unwrap();
    });
}
