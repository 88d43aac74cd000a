//! Revoking messages, and what others learn of it.

use super::driver::{Database, range, read_to, text_message};
use crate::message::{changes, pull, revoke};
use crate::{conversation, event, group};
use longwave_core::cursor::Cursor;
use longwave_core::id::{ConversationId, GroupId, UserId};
use longwave_core::message::{
    Changes, ChangesResponse, Message, MessageStatus, RevokeMessages, RevokeRules, SendMessage,
};
use longwave_core::{Code, Result};
use pollster::block_on;
use serde_json::json;

const RULES: RevokeRules = RevokeRules { seconds: 120, unread_members_max: 10_000 };

fn revoked(database: &Database, by: &UserId, of: &ConversationId, seqs: &[i64]) -> Result<()> {
    revoked_by(RULES, database, by, of, seqs)
}

fn revoked_by(
    rules: RevokeRules,
    database: &Database,
    by: &UserId,
    of: &ConversationId,
    seqs: &[i64],
) -> Result<()> {
    let messages = RevokeMessages {
        conversation_id: of.clone(),
        seqs: seqs.to_vec(),
        status: MessageStatus::Revoked,
    };
    block_on(revoke(database, by, &messages, rules, database.now.get()))
}

fn pulled(database: &Database, by: &UserId, of: &ConversationId) -> Vec<Message> {
    block_on(pull(database, by, &range(of, 1, i64::MAX, 100))).unwrap().messages
}

fn changed(
    database: &Database,
    by: &UserId,
    of: &ConversationId,
    since: Option<&str>,
    limit: i64,
) -> ChangesResponse {
    let since = since.map(|since| Cursor::decode(since).unwrap());
    let asked = Changes { conversation_id: of.clone(), since, limit };
    block_on(changes(database, by, &asked)).unwrap()
}

fn seqs(messages: &[Message]) -> Vec<i64> {
    messages.iter().map(|message| message.seq).collect()
}

fn unread(database: &Database, user: &UserId) -> i64 {
    database.list(user)[0].unread
}

/// A conversation in which ann sent three messages to bob.
fn three_messages(database: &Database) -> (UserId, UserId, ConversationId) {
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    for number in 1..=3 {
        database.send(&ann, &bob, &number.to_string(), "secret").unwrap();
    }
    let conversation_id = ConversationId::single(&ann, &bob);
    (ann, bob, conversation_id)
}

/// A group of ann, with an admin and two members, each of whom sent one message: seqs 1 to 4.
fn group_of_four(database: &Database) -> ([UserId; 4], GroupId, ConversationId) {
    let users = ["owner", "admin", "bob", "eve"].map(|name| database.register(name));
    let [owner, admin, bob, eve] = &users;
    let group_id = database.create_group(owner, &[admin, bob, eve]).unwrap();
    database.batch(&format!("UPDATE group_members SET role = 2 WHERE user_id = '{admin}'"));
    for user in &users {
        database.send_to_group(user, &group_id, "1").unwrap();
    }
    let conversation_id = ConversationId::group(&group_id);
    (users, group_id, conversation_id)
}

#[test]
fn a_revoked_message_keeps_its_seq_and_loses_its_content_for_everybody() {
    let database = Database::new();
    let (ann, bob, of) = three_messages(&database);
    database.now.update(|now| now + 5);
    revoked(&database, &ann, &of, &[2]).unwrap();
    for user in [&ann, &bob] {
        let messages = pulled(&database, user, &of);
        assert_eq!(seqs(&messages), [1, 2, 3]);
        let message = &messages[1];
        assert_eq!((message.content.as_str(), message.status), ("{}", MessageStatus::Revoked));
        assert_eq!(message.changed_by.as_deref(), Some(ann.as_str()));
        assert_eq!(message.changed_at, Some(database.now.get()));
        assert!(messages[0].status.is_normal() && messages[0].changed_at.is_none());
    }
    assert_eq!(database.integer("SELECT count(*) FROM messages WHERE content LIKE '%secret%'"), 2);
}

#[test]
fn an_erased_content_is_gone_from_the_file_of_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("erased.db");
    let database = Database::open(&path);
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    let of = ConversationId::single(&ann, &bob);
    // One that fits into a page, and one that continues on other pages.
    let texts = ["a short secret".to_owned(), "a long secret ".repeat(500)];
    for (number, text) in texts.iter().enumerate() {
        database.send(&ann, &bob, &number.to_string(), text).unwrap();
    }
    let holds = |text: &str| {
        assert_eq!(database.integer("PRAGMA wal_checkpoint(TRUNCATE)"), 0);
        let bytes = std::fs::read(&path).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    assert!(holds("a short secret") && holds("a long secret "));
    revoked(&database, &ann, &of, &[1, 2]).unwrap();
    assert!(!holds("a short secret") && !holds("a long secret "));
}

#[test]
fn the_event_of_a_revocation_has_the_message_as_it_is_now() {
    let database = Database::new();
    let (ann, bob, of) = three_messages(&database);
    let before = block_on(event::head(&database)).unwrap();
    revoked(&database, &ann, &of, &[2]).unwrap();
    for user in [&ann, &bob] {
        let frames = database.frames(user, before);
        assert_eq!(frames.len(), 1);
        assert_eq!(frames[0]["req_id"], 2010);
        let data = &frames[0]["data"];
        assert_eq!(
            (&data["change"], &data["seq"], &data["operator_id"], &data["conversation_id"]),
            (&json!("revoked"), &json!(2), &json!(ann.as_str()), &json!(of.to_string()))
        );
        assert_eq!(
            (&data["message"]["content"], &data["message"]["status"]),
            (&json!("{}"), &json!(1))
        );
    }
    // The frame of the message itself has no content any more either.
    let first = database.frames(&bob, 0);
    let of_message = first.iter().find(|frame| frame["data"]["client_msg_id"] == "2").unwrap();
    assert_eq!(of_message["data"]["content"], "{}");
}

#[test]
fn revoking_again_changes_nothing_and_notifies_nobody() {
    let database = Database::new();
    let (ann, bob, of) = three_messages(&database);
    revoked(&database, &ann, &of, &[2]).unwrap();
    let (head, before) = (block_on(event::head(&database)).unwrap(), pulled(&database, &bob, &of));
    database.now.update(|now| now + 1_000_000);
    revoked(&database, &ann, &of, &[2, 2]).unwrap();
    assert_eq!(block_on(event::head(&database)).unwrap(), head);
    assert_eq!(pulled(&database, &bob, &of), before);
    assert_eq!(unread(&database, &bob), 2);
}

#[test]
fn the_messages_of_one_call_are_revoked_all_or_none() {
    let database = Database::new();
    let (ann, bob, of) = three_messages(&database);
    database.send(&bob, &ann, "4", "hi").unwrap();
    for (other, code) in [(4, Code::NoPermission), (9, Code::MessageNotFound)] {
        let refused = revoked(&database, &ann, &of, &[1, other]).unwrap_err();
        assert_eq!(refused.code(), code);
        assert!(pulled(&database, &ann, &of).iter().all(|message| message.status.is_normal()));
    }
    revoked(&database, &ann, &of, &[3, 1]).unwrap();
    let erased = pulled(&database, &bob, &of).into_iter().filter(|it| !it.status.is_normal());
    assert_eq!(erased.map(|it| it.seq).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn an_own_message_can_be_revoked_until_its_time_is_over() {
    let database = Database::new();
    let (ann, _, of) = three_messages(&database);
    let with = |seconds| RevokeRules { seconds, ..RULES };
    let never = revoked_by(with(0), &database, &ann, &of, &[1]).unwrap_err();
    assert_eq!(never.code(), Code::NotRevocable);
    database.now.update(|now| now + 120_000);
    revoked(&database, &ann, &of, &[1]).unwrap();
    database.now.update(|now| now + 1);
    assert_eq!(revoked(&database, &ann, &of, &[2]).unwrap_err().code(), Code::NotRevocable);
    database.now.update(|now| now + 10_000_000_000);
    revoked_by(with(-1), &database, &ann, &of, &[2]).unwrap();
}

#[test]
fn the_owner_revokes_any_message_and_an_admin_those_of_plain_and_former_members() {
    let database = Database::new();
    let ([owner, admin, bob, eve], group_id, of) = group_of_four(&database);
    let code = |by: &UserId, seq| revoked(&database, by, &of, &[seq]).map_err(|it| it.code());
    for (by, seq) in [(&bob, 1), (&bob, 2), (&bob, 4), (&admin, 1)] {
        assert_eq!(code(by, seq), Err(Code::NoPermission), "{by} revokes {seq}");
    }
    database.now.update(|now| now + 10_000_000);
    assert_eq!(code(&bob, 3), Err(Code::NotRevocable));
    assert_eq!(code(&admin, 2), Err(Code::NotRevocable));
    block_on(group::quit(&database, &eve, &group_id, database.now.get())).unwrap();
    assert_eq!(code(&eve, 4), Err(Code::NotGroupMember));
    for (by, seq) in [(&admin, 3), (&admin, 4), (&owner, 2), (&owner, 1)] {
        assert_eq!(code(by, seq), Ok(()), "{by} revokes {seq}");
    }
}

#[test]
fn in_a_dismissed_group_only_own_messages_can_be_revoked() {
    let database = Database::new();
    let ([owner, _, bob, _], group_id, of) = group_of_four(&database);
    block_on(group::dismiss(&database, &owner, &group_id, database.now.get())).unwrap();
    let refused = revoked(&database, &owner, &of, &[3]).unwrap_err();
    assert_eq!(refused.code(), Code::GroupDismissed);
    revoked(&database, &bob, &of, &[3]).unwrap();
}

#[test]
fn a_message_that_is_not_visible_cannot_be_revoked() {
    let database = Database::new();
    let (ann, _, of) = three_messages(&database);
    let stranger = database.register("stranger");
    assert_eq!(revoked(&database, &stranger, &of, &[1]).unwrap_err().code(), Code::NoPermission);
    assert_eq!(revoked(&database, &ann, &of, &[4]).unwrap_err().code(), Code::MessageNotFound);
    let other = Database::new();
    let ([_, _, bob, _], group_id, of) = group_of_four(&other);
    block_on(group::quit(&other, &bob, &group_id, 1)).unwrap();
    block_on(group::join(&other, &bob, &group_id, 500, 1)).unwrap();
    let refused = revoked(&other, &bob, &of, &[3]).unwrap_err();
    assert_eq!(refused.code(), Code::MessageNotFound, "an own message from before joining again");
}

#[test]
fn a_revoked_message_is_unread_for_nobody() {
    let database = Database::new();
    let (ann, bob, of) = three_messages(&database);
    revoked(&database, &ann, &of, &[2]).unwrap();
    assert_eq!(unread(&database, &bob), 2);
    let read_up_to = |seq| {
        let read = read_to(&of, seq);
        block_on(conversation::mark_read(&database, &bob, &read, 20, database.now.get())).unwrap();
        unread(&database, &bob)
    };
    assert_eq!([1, 2, 3].map(read_up_to), [1, 1, 0]);
    // One that was read before counts no less.
    revoked(&database, &ann, &of, &[1]).unwrap();
    database.send(&ann, &bob, "4", "hi").unwrap();
    assert_eq!(unread(&database, &bob), 1);
}

#[test]
fn in_a_large_group_a_revoked_message_stays_unread_until_it_is_read() {
    let database = Database::new();
    let ([owner, _, bob, eve], _, of) = group_of_four(&database);
    let small = RevokeRules { unread_members_max: 3, ..RULES };
    let before = [&bob, &eve].map(|user| unread(&database, user));
    revoked_by(small, &database, &owner, &of, &[1]).unwrap();
    assert_eq!([&bob, &eve].map(|user| unread(&database, user)), before);
    let exact = RevokeRules { unread_members_max: 4, ..RULES };
    revoked_by(exact, &database, &owner, &of, &[2]).unwrap();
    assert_eq!([&bob, &eve].map(|user| unread(&database, user)), before.map(|unread| unread - 1));
}

#[test]
fn a_silent_message_that_is_revoked_changes_no_unread_count() {
    let database = Database::new();
    let (ann, bob, of) = three_messages(&database);
    let silent = SendMessage { silent: true, ..text_message(&ann, &bob, "4", "hi") };
    database.send_message(silent).unwrap();
    revoked(&database, &ann, &of, &[4]).unwrap();
    assert_eq!(unread(&database, &bob), 3);
}

#[test]
fn a_late_retry_of_a_revoked_message_gets_its_ack_and_does_not_bring_it_back() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    let of = ConversationId::single(&ann, &bob);
    for (number, update) in ["", "UPDATE messages SET digest = NULL"].into_iter().enumerate() {
        let client_msg_id = number.to_string();
        let first = database.send(&ann, &bob, &client_msg_id, "secret").unwrap();
        database.batch(update);
        revoked(&database, &ann, &of, &[first.seq]).unwrap();
        assert_eq!(database.send(&ann, &bob, &client_msg_id, "secret").unwrap(), first);
        assert_eq!(database.integer("SELECT count(*) FROM messages WHERE content <> '{}'"), 0);
    }
}

#[test]
fn revoking_moves_no_list() {
    let database = Database::new();
    let (ann, _, of) = three_messages(&database);
    let eve = database.register("eve");
    database.send(&ann, &eve, "1", "hi").unwrap();
    let order = || {
        let list = database.list(&ann).into_iter();
        list.map(|listed| listed.conversation_id).collect::<Vec<_>>()
    };
    let before = order();
    revoked(&database, &ann, &of, &[3]).unwrap();
    assert_eq!(order(), before);
    let last = database.list(&ann)[1].last_message.clone().unwrap();
    assert_eq!((last.seq, last.status), (3, MessageStatus::Revoked));
}

#[test]
fn a_newcomer_receives_no_change_of_a_message_from_before() {
    let database = Database::new();
    let ([owner, ..], group_id, of) = group_of_four(&database);
    let new = database.register("new");
    block_on(group::join(&database, &new, &group_id, 500, 1)).unwrap();
    database.send_to_group(&owner, &group_id, "2").unwrap();
    let head = block_on(event::head(&database)).unwrap();
    revoked(&database, &owner, &of, &[1, 5]).unwrap();
    let received = |user: &UserId| {
        let frames = database.frames(user, head).into_iter();
        frames.map(|frame| frame["data"]["seq"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(received(&new), [json!(5)]);
    assert_eq!(received(&owner), [json!(1), json!(5)]);
    let audience = block_on(event::group_audience(&database, &of.to_string())).unwrap();
    let events = block_on(event::since(&database, head, 9)).unwrap();
    let live = events.iter().map(|event| audience.min_seq(new.as_str(), event).is_some());
    assert_eq!(live.collect::<Vec<_>>(), [false, true]);
    // Far from the head, the read goes by conversation.
    for number in 0..1_100 {
        database.send(&owner, &new, &format!("far {number}"), "hi").unwrap();
    }
    let far = received(&new).into_iter().filter(|seq| *seq == json!(1)).count();
    assert_eq!(far, 1, "the first of the messages in between, not the change");
    assert_eq!(seqs(&changed(&database, &new, &of, None, 100).messages), [5]);
}

#[test]
fn changes_are_given_in_their_order_and_each_version_goes_on_from_the_one_before() {
    let database = Database::new();
    let (ann, bob, of) = three_messages(&database);
    let nothing = changed(&database, &bob, &of, None, 100);
    assert_eq!((nothing.messages.len(), nothing.has_more, nothing.full), (0, false, false));
    revoked(&database, &ann, &of, &[3, 1]).unwrap();
    let first = changed(&database, &bob, &of, Some(&nothing.version), 1);
    assert_eq!((seqs(&first.messages), first.has_more), (vec![3], true));
    let second = changed(&database, &bob, &of, Some(&first.version), 1);
    assert_eq!((seqs(&second.messages), second.has_more), (vec![1], false));
    let end = changed(&database, &bob, &of, Some(&second.version), 1);
    assert_eq!((end.messages.len(), &end.version), (0, &second.version));
    let foreign = Cursor::version("another", 1_000).encode();
    let all = changed(&database, &bob, &of, Some(&foreign), 100);
    assert_eq!((seqs(&all.messages), all.full), (vec![3, 1], true));
}

#[test]
fn a_former_member_finds_in_changes_what_was_erased_after_leaving() {
    let database = Database::new();
    let ([owner, _, bob, _], group_id, of) = group_of_four(&database);
    block_on(group::quit(&database, &bob, &group_id, database.now.get())).unwrap();
    database.send_to_group(&owner, &group_id, "2").unwrap();
    revoked(&database, &owner, &of, &[1, 5]).unwrap();
    assert_eq!(seqs(&changed(&database, &bob, &of, None, 100).messages), [1]);
    assert_eq!(pulled(&database, &bob, &of)[0].content, "{}");
}
