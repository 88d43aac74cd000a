//! Receipts: `peer_read_seq`, frame 2011 and `message/readers`.

use crate::support::server::{Server, run, run_with};
use futures::future::join_all;
use longwave_client::{Draft, Frame, ReadState, Session};
use serde_json::json;
use std::time::Duration;

/// Two users with a conversation of three messages from the first.
async fn three_messages(server: &Server) -> (Session, Session, String) {
    let (alice, bob) = server.two_users().await;
    let mut conversation_id = String::new();
    for number in 1..=3 {
        let draft = Draft::text(bob.user_id(), format!("m{number}"), "hi");
        conversation_id = alice.send(&draft).await.unwrap().conversation_id;
    }
    (alice, bob, conversation_id)
}

#[test]
fn the_sender_learns_how_far_the_recipient_has_read() {
    run(async |server| {
        let (alice, bob, of) = three_messages(server).await;
        let peer = async || alice.conversations(None).await.unwrap().conversations.remove(0);
        let raw = server.get(&alice, "/api/v1/conversation/list").await.data();
        assert!(raw["conversations"][0].get("peer_read_seq").is_none(), "{raw}");
        assert_eq!(peer().await.peer_read_seq, 0);
        let cursor = alice.poll(None, Duration::ZERO).await.unwrap().cursor;
        bob.mark_read(&of, 2).await.unwrap();
        bob.mark_read(&of, 2).await.unwrap();
        let polled = alice.poll(Some(&cursor), Duration::ZERO).await.unwrap();
        let [Frame::Receipt { receipt, .. }] = &polled.frames[..] else { panic!("{polled:?}") };
        assert_eq!((receipt.user_id.as_str(), receipt.read_seq), (bob.user_id().as_str(), 2));
        let listed = peer().await;
        assert_eq!((listed.peer_read_seq, listed.peer_read_at), (2, Some(receipt.read_at)));
        for (seq, state, users) in
            [(2, ReadState::Read, 1), (3, ReadState::Read, 0), (3, ReadState::Unread, 1)]
        {
            let readers = alice.readers(&of, seq, state, None).await.unwrap();
            assert_eq!(readers.users.len(), users, "{readers:?}");
        }
    });
}

#[test]
fn a_waiting_poll_of_the_sender_ends_when_the_recipient_reads() {
    run(async |server| {
        let (alice, bob, of) = three_messages(server).await;
        let cursor = alice.poll(None, Duration::ZERO).await.unwrap().cursor;
        let (polled, _) = futures::join!(
            alice.poll(Some(&cursor), Duration::from_secs(20)),
            bob.mark_read(&of, 3)
        );
        assert!(matches!(polled.unwrap().frames[..], [Frame::Receipt { .. }]));
    });
}

#[test]
fn members_of_a_group_see_who_has_read_and_strangers_and_former_members_do_not() {
    run(async |server| {
        let (owner, member) = server.two_users().await;
        let group_id = server.group(&owner, &[&member]).await;
        server.send_to_group(&owner, &group_id, "m1").await.data();
        let of = format!("sg_{group_id}");
        let cursors = join_all(
            [&owner, &member]
                .map(async |user| user.poll(None, Duration::ZERO).await.unwrap().cursor),
        )
        .await;
        member.mark_read(&of, 1).await.unwrap();
        let owners = owner.poll(Some(&cursors[0]), Duration::ZERO).await.unwrap();
        assert!(matches!(owners.frames[..], [Frame::Receipt { .. }]), "{owners:?}");
        let members = member.poll(Some(&cursors[1]), Duration::ZERO).await.unwrap();
        assert!(matches!(members.frames[..], [Frame::Read { .. }]), "{members:?}");
        let readers = member.readers(&of, 1, ReadState::Read, None).await.unwrap();
        assert_eq!(readers.users[0].user_id, member.user_id().as_str());
        assert_eq!((readers.read_count, readers.unread_count, readers.has_more), (1, 0, false));
        let stranger = server.user().await;
        for (user, seq, code) in [(&stranger, 1, 10006), (&member, 2, 10401)] {
            let refused = user.readers(&of, seq, ReadState::Read, None).await.unwrap_err();
            assert_eq!(refused.code(), Some(code), "{refused}");
        }
        member.quit_group(&group_id).await.unwrap();
        let left = member.readers(&of, 1, ReadState::Read, None).await.unwrap_err();
        assert_eq!(left.code(), Some(10303), "{left}");
    });
}

#[test]
fn twenty_devices_that_read_up_to_one_message_send_one_receipt() {
    run(async |server| {
        let (alice, bob, of) = three_messages(server).await;
        let cursor = alice.poll(None, Duration::ZERO).await.unwrap().cursor;
        let read = join_all((0..20).map(|_| bob.mark_read(&of, 3))).await;
        assert!(read.iter().all(|read| matches!(read, Ok(3))), "{read:?}");
        let polled = alice.poll(Some(&cursor), Duration::ZERO).await.unwrap();
        assert_eq!(polled.frames.len(), 1, "{polled:?}");
    });
}

#[test]
#[ignore = "starts a server of its own"]
fn receipts_of_groups_can_be_limited_to_smaller_groups() {
    run_with(&[("receipts_live_max", "1")], async |server| {
        let (owner, member) = server.two_users().await;
        let group_id = server.group(&owner, &[&member]).await;
        server.send_to_group(&owner, &group_id, "m1").await.data();
        let cursor = owner.poll(None, Duration::ZERO).await.unwrap().cursor;
        let body = json!({ "conversation_id": format!("sg_{group_id}"), "read_seq": 1 });
        server.post(&member, "/api/v1/conversation/read", body).await.data();
        let polled = owner.poll(Some(&cursor), Duration::ZERO).await.unwrap();
        assert!(polled.frames.is_empty(), "{polled:?}");
    });
}
