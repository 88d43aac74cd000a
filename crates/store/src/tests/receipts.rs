//! Receipts: who has read which message, and who is notified of it.

use super::driver::{Database, read_to};
use crate::{conversation, event, group, receipt};
use longwave_core::id::{ConversationId, GroupId, UserId};
use longwave_core::message::OneMessage;
use longwave_core::receipt::{ReadState, Readers, ReadersPage};
use longwave_core::{Code, Result};
use pollster::block_on;
use serde_json::json;

fn reads(database: &Database, user: &UserId, of: &ConversationId, seq: i64) {
    let read = read_to(of, seq);
    block_on(conversation::mark_read(database, user, &read, 3, database.now.get())).unwrap();
}

fn readers(
    database: &Database,
    by: &UserId,
    of: &ConversationId,
    seq: i64,
    state: ReadState,
) -> Result<Readers> {
    let of = OneMessage { conversation_id: of.clone(), seq };
    let asked = ReadersPage { of, state, after: String::new(), limit: 100 };
    block_on(receipt::readers(database, by, &asked))
}

/// Those who have, and those who have not, read a message.
fn parted(
    database: &Database,
    by: &UserId,
    of: &ConversationId,
    seq: i64,
) -> (Vec<String>, Vec<String>) {
    let users = |state| {
        let readers = readers(database, by, of, seq, state).unwrap();
        let count = match state {
            ReadState::Read => readers.read_count,
            ReadState::Unread => readers.unread_count,
        };
        assert_eq!(count, i64::try_from(readers.users.len()).unwrap());
        readers.users.into_iter().map(|reader| reader.user_id).collect()
    };
    (users(ReadState::Read), users(ReadState::Unread))
}

fn ids(users: &[&UserId]) -> Vec<String> {
    let mut ids: Vec<String> = users.iter().map(ToString::to_string).collect();
    ids.sort();
    ids
}

/// Ann and bob, with two messages from ann.
fn pair(database: &Database) -> (UserId, UserId, ConversationId) {
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    for number in ["1", "2"] {
        database.send(&ann, &bob, number, "hi").unwrap();
    }
    let of = ConversationId::single(&ann, &bob);
    (ann, bob, of)
}

/// A group of ann, bob and cid, with one message from ann.
fn trio(database: &Database) -> ([UserId; 3], GroupId, ConversationId) {
    let users = ["ann", "bob", "cid"].map(|name| database.register(name));
    let group_id = database.create_group(&users[0], &[&users[1], &users[2]]).unwrap();
    database.send_to_group(&users[0], &group_id, "1").unwrap();
    let of = ConversationId::group(&group_id);
    (users, group_id, of)
}

#[test]
fn a_moved_read_position_notifies_the_other_user_and_is_in_that_users_list() {
    let database = Database::new();
    let (ann, bob, of) = pair(&database);
    let listed = |user: &UserId| {
        let first = database.list(user).remove(0);
        (first.peer_read_seq, first.peer_read_at)
    };
    assert_eq!(listed(&ann), (0, None));
    let head = block_on(event::head(&database)).unwrap();
    database.now.update(|now| now + 7);
    let now = database.now.get();
    reads(&database, &bob, &of, 1);
    let expected = json!({
        "event_id": head + 2, "conversation_id": of, "user_id": bob, "read_seq": 1, "read_at": now
    });
    let frames = database.frames(&ann, head);
    assert_eq!(frames, [json!({ "req_id": 2011, "data": expected })]);
    assert!(database.frames(&bob, head).iter().all(|frame| frame["req_id"] == 2003));
    assert_eq!((listed(&ann), listed(&bob).0), ((1, Some(now)), 2));
    // Nothing moves.
    reads(&database, &bob, &of, 1);
    assert_eq!(database.frames(&ann, head).len(), 1);
}

#[test]
fn sending_moves_the_time_of_the_own_read_position() {
    let database = Database::new();
    let (ann, bob, of) = pair(&database);
    reads(&database, &bob, &of, 2);
    database.now.update(|now| now + 7);
    database.send(&bob, &ann, "3", "hi").unwrap();
    let listed = database.list(&ann).remove(0);
    assert_eq!((listed.peer_read_seq, listed.peer_read_at), (3, Some(database.now.get())));
}

#[test]
fn in_a_small_group_all_other_members_are_notified_and_in_a_larger_one_nobody() {
    let database = Database::new();
    let ([ann, bob, cid], group_id, of) = trio(&database);
    let head = block_on(event::head(&database)).unwrap();
    reads(&database, &bob, &of, 1);
    let kinds = |user: &UserId| {
        let frames = database.frames(user, head).into_iter();
        frames.map(|frame| frame["req_id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!([&ann, &bob, &cid].map(kinds), [vec![2011], vec![2003], vec![2011]]);
    let dan = database.register("dan");
    block_on(group::join(&database, &dan, &group_id, 500, database.now.get())).unwrap();
    reads(&database, &cid, &of, 1);
    assert_eq!([&ann, &dan].map(|user| kinds(user).last().copied()), [Some(2006), Some(2006)]);
}

#[test]
fn a_receipt_of_a_group_reaches_polls_far_from_the_head_and_moves_no_list() {
    let database = Database::new();
    let ([ann, bob, _], _, of) = trio(&database);
    database.send(&ann, &bob, "other", "hi").unwrap();
    let order = || {
        let list = database.list(&ann).into_iter();
        list.map(|listed| listed.conversation_id).collect::<Vec<_>>()
    };
    let before = order();
    let head = block_on(event::head(&database)).unwrap();
    reads(&database, &bob, &of, 1);
    assert_eq!(order(), before);
    let eve = database.register("eve");
    let fay = database.register("fay");
    for number in 0..1_100 {
        database.send(&eve, &fay, &number.to_string(), "hi").unwrap();
    }
    let frames = database.frames(&ann, head);
    assert_eq!(frames.iter().map(|frame| &frame["req_id"]).collect::<Vec<_>>(), [&json!(2011)]);
}

#[test]
fn a_former_member_who_reads_on_notifies_nobody() {
    let database = Database::new();
    let ([ann, bob, _], group_id, of) = trio(&database);
    block_on(group::quit(&database, &bob, &group_id, database.now.get())).unwrap();
    let head = block_on(event::head(&database)).unwrap();
    reads(&database, &bob, &of, 1);
    assert!(database.frames(&ann, head).is_empty());
}

#[test]
fn readers_are_those_whose_position_is_at_the_message_or_after_it() {
    let database = Database::new();
    let ([ann, bob, cid], group_id, of) = trio(&database);
    database.send_to_group(&bob, &group_id, "2").unwrap();
    assert_eq!(parted(&database, &ann, &of, 1), (vec![], ids(&[&bob, &cid])));
    reads(&database, &bob, &of, 1);
    assert_eq!(parted(&database, &ann, &of, 1), (ids(&[&bob]), ids(&[&cid])));
    assert_eq!(parted(&database, &cid, &of, 2), (vec![], ids(&[&ann, &cid])));
    reads(&database, &cid, &of, 2);
    assert_eq!(parted(&database, &ann, &of, 1), (ids(&[&bob, &cid]), vec![]));
    let page = readers(&database, &ann, &of, 1, ReadState::Read).unwrap();
    assert!(page.users.iter().all(|reader| reader.read_at == Some(database.now.get())));
    let unread = readers(&database, &ann, &of, 2, ReadState::Unread).unwrap();
    assert_eq!((unread.users[0].read_at, unread.users.len()), (None, 1));
}

#[test]
fn readers_come_in_pages_with_the_same_counts() {
    let database = Database::new();
    let ([ann, bob, cid], _, of) = trio(&database);
    for user in [&bob, &cid] {
        reads(&database, user, &of, 1);
    }
    let mut after = String::new();
    let mut found = Vec::new();
    for has_more in [true, false] {
        let of = OneMessage { conversation_id: of.clone(), seq: 1 };
        let asked = ReadersPage { of, state: ReadState::Read, after, limit: 1 };
        let page = block_on(receipt::readers(&database, &ann, &asked)).unwrap();
        assert_eq!((page.has_more, page.read_count, page.unread_count), (has_more, 2, 0));
        after = page.users[0].user_id.clone();
        found.push(after.clone());
    }
    assert_eq!(found, ids(&[&bob, &cid]));
}

#[test]
fn those_to_whom_a_message_is_not_visible_are_no_readers() {
    let database = Database::new();
    let ([ann, bob, cid], group_id, of) = trio(&database);
    let join = |user: &UserId| block_on(group::join(&database, user, &group_id, 500, 1)).unwrap();
    let quit = |user: &UserId| block_on(group::quit(&database, user, &group_id, 1)).unwrap();
    join(&database.register("new"));
    quit(&bob);
    assert_eq!(parted(&database, &ann, &of, 1).1, ids(&[&bob, &cid]), "bob left after it");
    database.send_to_group(&ann, &group_id, "2").unwrap();
    assert_eq!(parted(&database, &ann, &of, 2).1.len(), 2, "not bob, but the newcomer");
    join(&bob);
    assert_eq!(parted(&database, &ann, &of, 1).1, ids(&[&cid]), "bob begins after it");
}

#[test]
fn the_reader_of_a_single_conversation_is_the_recipient() {
    let database = Database::new();
    let (ann, bob, of) = pair(&database);
    assert_eq!(parted(&database, &ann, &of, 2), (vec![], ids(&[&bob])));
    reads(&database, &bob, &of, 1);
    assert_eq!(parted(&database, &bob, &of, 1), (ids(&[&bob]), vec![]));
    assert_eq!(parted(&database, &ann, &of, 2), (vec![], ids(&[&bob])));
}

#[test]
fn in_a_large_group_only_the_sender_and_who_leads_it_see_the_readers() {
    let database = Database::new();
    let ([ann, bob, cid], group_id, of) = trio(&database);
    database.send_to_group(&bob, &group_id, "2").unwrap();
    let code = |by: &UserId, seq| {
        readers(&database, by, &of, seq, ReadState::Read).map(drop).map_err(|error| error.code())
    };
    let set = |count: i64| database.batch(&format!("UPDATE groups SET member_count = {count}"));
    set(100);
    assert_eq!(code(&cid, 1), Ok(()));
    set(101);
    assert_eq!(code(&cid, 1), Err(Code::NoPermission));
    assert_eq!((code(&bob, 2), code(&bob, 1)), (Ok(()), Err(Code::NoPermission)));
    assert_eq!(code(&ann, 2), Ok(()));
    database.batch(&format!("UPDATE group_members SET role = 2 WHERE user_id = '{cid}'"));
    assert_eq!(code(&cid, 1), Ok(()));
}

#[test]
fn readers_of_what_one_cannot_see_are_refused() {
    let database = Database::new();
    let ([_, bob, _], group_id, of) = trio(&database);
    let code =
        |by: &UserId, seq| readers(&database, by, &of, seq, ReadState::Read).unwrap_err().code();
    assert_eq!(code(&database.register("stranger"), 1), Code::NoPermission);
    assert_eq!(code(&bob, 2), Code::MessageNotFound);
    block_on(group::quit(&database, &bob, &group_id, 1)).unwrap();
    assert_eq!(code(&bob, 1), Code::NotGroupMember);
}
