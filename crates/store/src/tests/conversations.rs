//! Lists, read positions, options.

use super::driver::{Database, read_to};
use crate::conversation::{announce_typing, list, mark_read, max_seqs, set_options};
use longwave_core::Code;
use longwave_core::conversation::NotifyLevel::{Mute, Normal};
use longwave_core::conversation::{ListQuery, MaxSeqsQuery, Options, OptionsRequest};
use longwave_core::id::{ConversationId, UserId};
use pollster::block_on;
use serde_json::json;
use std::collections::BTreeSet;

#[test]
fn the_list_has_the_conversation_with_the_latest_event_first_and_its_last_message() {
    let database = Database::new();
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|name| database.register(name));
    database.send(&ann, &bob, "1", "to bob").unwrap();
    database.send(&eve, &ann, "1", "to ann").unwrap();
    let listed = database.list(&ann);
    let peers: Vec<_> = listed.iter().map(|item| item.peer_user_id.clone().unwrap()).collect();
    assert_eq!(peers, [eve.to_string(), bob.to_string()]);
    assert_eq!(listed.iter().map(|item| item.unread).collect::<Vec<_>>(), [1, 0]);
    let last = listed[0].last_message.as_ref().unwrap();
    assert_eq!(last.content, r#"{"text":"to ann"}"#);
    let page = ListQuery::default().validate().unwrap();
    let bare = block_on(list(&database, &ann, &page)).unwrap();
    assert!(bare.conversations.iter().all(|item| item.last_message.is_none()));
}

#[test]
fn a_conversation_touched_while_paging_hides_no_other_f2() {
    let database = Database::new();
    let ann = database.register("ann");
    let others: Vec<UserId> = (0..7).map(|n| database.register(&format!("user{n}"))).collect();
    for other in &others {
        database.send(other, &ann, "1", "hi").unwrap();
    }
    let (mut listed, mut positions) = (BTreeSet::new(), BTreeSet::new());
    let (mut cursor, mut seqs_cursor) = (None, None);
    for round in 0..4 {
        let page = ListQuery { cursor: cursor.take(), limit: Some(2), ..ListQuery::default() }
            .validate()
            .unwrap();
        let page = block_on(list(&database, &ann, &page)).unwrap();
        listed.extend(page.conversations.into_iter().map(|item| item.conversation_id));
        assert_eq!(page.has_more, round < 3);
        cursor = Some(page.next_cursor);
        let page = MaxSeqsQuery { cursor: seqs_cursor.take(), limit: Some(2) }.validate().unwrap();
        let page = block_on(max_seqs(&database, &ann, &page)).unwrap();
        positions.extend(page.items.into_iter().map(|item| item.conversation_id));
        assert_eq!(page.has_more, round < 3);
        seqs_cursor = Some(page.next_cursor);
        // A conversation that was not listed yet moves to the front.
        database.send(&others[6], &ann, &format!("again {round}"), "hi").unwrap();
    }
    let all: BTreeSet<_> =
        others.iter().map(|other| ConversationId::single(&ann, other).to_string()).collect();
    assert_eq!(listed, all);
    assert_eq!(positions, all);
}

#[test]
fn a_read_position_is_clamped_never_goes_back_and_is_sent_as_stored_f5_f15() {
    let database = Database::new();
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|name| database.register(name));
    for n in 1..=5 {
        database.send(&ann, &bob, &n.to_string(), "hi").unwrap();
    }
    let conversation_id = ConversationId::single(&ann, &bob);
    let read = |user: &UserId, seq| {
        block_on(mark_read(&database, user, &read_to(&conversation_id, seq), 20, 1))
            .map(|read| read.read_seq)
    };
    assert_eq!(read(&bob, 3).unwrap(), 3);
    assert_eq!(database.list(&bob)[0].unread, 2);
    assert_eq!(read(&bob, 2).unwrap(), 3);
    assert_eq!([(); 2].map(|()| read(&bob, i64::MAX).unwrap()), [5, 5]);
    assert_eq!(database.list(&bob)[0].unread, 0);
    let received = database.frames(&bob, 5);
    let received: Vec<_> =
        received.iter().map(|frame| (&frame["req_id"], &frame["data"])).collect();
    let expected = |event_id: i64, read_seq: i64, unread: i64| {
        json!({ "event_id": event_id, "conversation_id": conversation_id,
            "read_seq": read_seq, "unread": unread })
    };
    assert_eq!(received, [(&json!(2003), &expected(6, 3, 2)), (&json!(2003), &expected(8, 5, 0))]);
    let of_peer: Vec<_> = database.frames(&ann, 5).iter().map(|it| it["req_id"].clone()).collect();
    assert_eq!(of_peer, [2011, 2011], "the peer receives only receipts");
    let before = database.dump();
    assert_eq!(read(&eve, 1).unwrap_err().code(), Code::NoPermission);
    assert_eq!(database.dump(), before);
}

#[test]
fn marking_read_costs_what_was_read_and_not_what_is_left_f6() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    for n in 1..=1_000 {
        database.send(&ann, &bob, &n.to_string(), "hi").unwrap();
    }
    let conversation_id = ConversationId::single(&ann, &bob);
    let read = |seq| {
        database.steps(|| {
            block_on(mark_read(&database, &bob, &read_to(&conversation_id, seq), 20, 1)).unwrap();
        })
    };
    read(1);
    let (one, none_own, nothing) = (read(2), read(900), read(i64::MAX));
    assert!(one < 1_000, "one message further, with 998 left: {one} steps");
    assert!(none_own < 1_000, "898 messages further, none of them own: {none_own} steps");
    assert!(nothing < 1_000, "{nothing} steps");
}

#[test]
fn marking_all_read_costs_the_same_however_much_it_is_f6() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    for n in 1..=1_000 {
        let (from, to) = if n == 500 { (&bob, &ann) } else { (&ann, &bob) };
        database.send(from, to, &n.to_string(), "hi").unwrap();
    }
    let conversation_id = ConversationId::single(&ann, &bob);
    let steps = database.steps(|| {
        block_on(mark_read(&database, &bob, &read_to(&conversation_id, 1_000), 20, 1)).unwrap();
    });
    assert!(steps < 1_000, "{steps} steps");
    assert_eq!(database.list(&bob)[0].unread, 0);
}

#[test]
fn marking_read_concerns_one_user_in_one_conversation() {
    let database = Database::new();
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|name| database.register(name));
    for sender in [&ann, &eve] {
        database.send(sender, &bob, "1", "hi").unwrap();
        database.send(&bob, sender, "2", "a moment").unwrap();
    }
    let unread = |user: &UserId| {
        let listed = database.list(user);
        listed.iter().map(|item| (item.read_seq, item.unread)).collect::<Vec<_>>()
    };
    assert_eq!((unread(&ann), unread(&bob)), (vec![(1, 1)], vec![(0, 1), (0, 1)]));
    block_on(mark_read(&database, &bob, &read_to(&ConversationId::single(&ann, &bob), 1), 20, 1))
        .unwrap();
    assert_eq!((unread(&ann), unread(&bob)), (vec![(1, 1)], vec![(0, 1), (1, 0)]));
}

#[test]
fn a_conversation_is_ordered_by_its_last_message_or_option() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let conversation_id = ConversationId::single(&ann, &bob);
    let updated_at = |user| database.list(user)[0].updated_at;
    let start = database.now.get();
    database.send(&ann, &bob, "1", "hi").unwrap();
    assert_eq!(updated_at(&bob), start);
    database.now.set(start + 1);
    database.send(&ann, &bob, "2", "hi").unwrap();
    assert_eq!(updated_at(&bob), start + 1);
    let pin = |is_pinned, now| {
        let is_pinned = Some(is_pinned);
        let options =
            Options { conversation_id: conversation_id.clone(), recv_msg_opt: None, is_pinned };
        block_on(set_options(&database, &bob, &options, now)).unwrap();
    };
    pin(true, start + 2);
    assert_eq!((updated_at(&ann), updated_at(&bob)), (start + 1, start + 2));
    pin(false, start - 1);
    assert_eq!(updated_at(&bob), start + 2, "the clock was set back");
}

#[test]
fn sending_does_not_mark_earlier_messages_read_and_own_messages_are_never_unread_f14() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    database.send(&ann, &bob, "1", "hi").unwrap();
    database.send(&ann, &bob, "2", "there").unwrap();
    database.send(&bob, &ann, "1", "wait").unwrap();
    database.send(&ann, &bob, "3", "what").unwrap();
    database.send(&bob, &ann, "2", "wait").unwrap();
    let unread = || (database.list(&ann)[0].unread, database.list(&bob)[0].unread);
    assert_eq!(unread(), (2, 3));
    let conversation_id = ConversationId::single(&ann, &bob);
    block_on(mark_read(&database, &bob, &read_to(&conversation_id, 2), 20, 1)).unwrap();
    assert_eq!(unread(), (2, 1));
    block_on(mark_read(&database, &bob, &read_to(&conversation_id, 3), 20, 1)).unwrap();
    assert_eq!(unread(), (2, 1), "3 was his own");
    block_on(mark_read(&database, &bob, &read_to(&conversation_id, 4), 20, 1)).unwrap();
    assert_eq!(unread(), (2, 0), "5 is his own");
}

#[test]
fn changed_options_are_a_frame_for_the_users_own_sessions_f21() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    database.send(&ann, &bob, "1", "hi").unwrap();
    let conversation_id = ConversationId::single(&ann, &bob);
    let set = |user: &UserId, change: serde_json::Value| {
        let mut body = json!({ "conversation_id": conversation_id });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let options = serde_json::from_value::<OptionsRequest>(body).unwrap().validate().unwrap();
        block_on(set_options(&database, user, &options, 1))
    };
    database.send(&database.register("joe"), &bob, "1", "hi").unwrap();
    let options = |user: &UserId| {
        let listed = database.list(user);
        listed.iter().map(|item| (item.recv_msg_opt, item.is_pinned)).collect::<Vec<_>>()
    };
    assert_eq!((options(&ann), options(&bob)), (vec![(Normal, false)], vec![(Normal, false); 2]));
    set(&bob, json!({ "is_pinned": true })).unwrap();
    set(&bob, json!({ "recv_msg_opt": 1 })).unwrap();
    set(&bob, json!({ "recv_msg_opt": 1, "is_pinned": true })).unwrap();
    assert_eq!(
        (options(&ann), options(&bob)),
        (vec![(Normal, false)], vec![(Normal, false), (Mute, true)])
    );
    set(&bob, json!({ "is_pinned": false })).unwrap();
    let expected = [(3, 0, true), (4, 1, true), (5, 1, false)].map(|(event_id, opt, pinned)| {
        json!({"req_id": 2007, "data": {"event_id": event_id, "conversation_id": conversation_id,
            "recv_msg_opt": opt, "is_pinned": pinned}})
    });
    assert_eq!(database.frames(&bob, 2), expected, "the third changed nothing");
    let eve = database.register("eve");
    assert_eq!(set(&eve, json!({ "is_pinned": true })).unwrap_err().code(), Code::NoPermission);
}

#[test]
fn typing_reaches_users_who_wait_or_are_between_two_polls_and_nobody_later() {
    let database = Database::new();
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|name| database.register(name));
    database.send(&ann, &bob, "1", "hi").unwrap();
    let id = ConversationId::single(&ann, &bob);
    let typing = |user_id| block_on(announce_typing(&database, user_id, &id, database.now.get()));
    typing(&ann).unwrap();
    assert_eq!(typing(&eve).unwrap_err().code(), Code::NoPermission);

    let events = block_on(crate::event::since(&database, 1, 10)).unwrap();
    assert_eq!(events[0].audience, crate::event::Audience::Conversation(id.to_string()));
    let received = |user_id: &UserId| events[0].frames_for(user_id.as_str(), 1).count();
    assert_eq!((events.len(), received(&bob), received(&ann)), (1, 1, 0), "who types knows it");
    let read_after = |milliseconds| {
        let now = database.now.get();
        database.now.set(now + milliseconds);
        let frames = database.frames(&bob, 1).len();
        database.now.set(now);
        frames
    };
    assert_eq!([0, 4_000, 4_001, -4_000, -4_001].map(read_after), [1, 1, 0, 1, 0]);
    assert!(database.frames(&ann, 1).is_empty());
    assert_eq!(database.list(&bob)[0].max_seq, 1);
    for _ in 1..60 {
        typing(&ann).unwrap();
    }
    assert_eq!(typing(&ann).unwrap_err().code(), Code::TooManyRequests);
}

#[test]
fn typing_in_a_group_that_was_left_or_dismissed_is_refused() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[&bob]).unwrap();
    let id = ConversationId::group(&group_id);
    let typing = |user_id| block_on(announce_typing(&database, user_id, &id, database.now.get()));
    typing(&bob).unwrap();
    database.send_to_group(&ann, &group_id, "1").unwrap();
    block_on(crate::group::quit(&database, &bob, &group_id, 1)).unwrap();
    assert_eq!(typing(&bob).unwrap_err().code(), Code::NotGroupMember);
    block_on(crate::group::dismiss(&database, &ann, &group_id, 1)).unwrap();
    assert_eq!(typing(&ann).unwrap_err().code(), Code::GroupDismissed);
}
