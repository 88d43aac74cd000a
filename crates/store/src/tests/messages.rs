//! Sending and pulling.

use super::driver::{Database, range, text_message};
use crate::conversation::set_options;
use crate::group;
use crate::message::pull;
use longwave_core::Code;
use longwave_core::conversation::{NotifyLevel, OptionsRequest};
use longwave_core::id::{ConversationId, UserId};
use longwave_core::message::{ContentType, Destination, PullResponse, SendMessage};
use pollster::block_on;
use serde_json::json;

fn pulled(
    database: &Database,
    user: &UserId,
    peer: &UserId,
    begin: i64,
    end: i64,
    limit: i64,
) -> longwave_core::Result<PullResponse> {
    let conversation_id = ConversationId::single(user, peer);
    block_on(pull(database, user, &range(&conversation_id, begin, end, limit)))
}

#[test]
fn seqs_count_from_one_without_a_gap_whoever_sends() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    for n in 1..=10 {
        let (from, to) = if n % 3 == 0 { (&bob, &ann) } else { (&ann, &bob) };
        assert_eq!(database.send(from, to, &n.to_string(), "hi").unwrap().seq, n);
    }
}

#[test]
fn fifty_threads_share_one_sequence_without_gap_or_double_f4() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("race.db");
    let database = Database::open(&path);
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    let mut seqs: Vec<i64> = std::thread::scope(|scope| {
        let send = |n: i64| {
            let (from, to) = if n % 2 == 0 { (&ann, &bob) } else { (&bob, &ann) };
            let path = &path;
            scope.spawn(move || {
                Database::open(path).send(from, to, &n.to_string(), "hi").unwrap().seq
            })
        };
        let senders: Vec<_> = (0..50).map(send).collect();
        senders.into_iter().map(|sender| sender.join().unwrap()).collect()
    });
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=50).collect::<Vec<_>>());
}

#[test]
fn a_repeat_gets_the_first_ack_and_changes_nothing() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    let first = database.send(&ann, &bob, "1", "hi").unwrap();
    database.send(&ann, &bob, "2", "there").unwrap();
    database.now.set(database.now.get() + 60_000);
    let before = database.dump();
    assert_eq!(database.send(&ann, &bob, "1", "hi").unwrap(), first);
    assert_eq!(database.dump(), before);
}

#[test]
fn one_client_msg_id_cannot_carry_two_contents_f10() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    database.send(&ann, &bob, "1", "hi").unwrap();
    let before = database.dump();
    assert_eq!(database.send(&ann, &bob, "1", "bye").unwrap_err().code(), Code::MessageDuplicate);
    let mut other_type = text_message(&ann, &bob, "1", "hi");
    other_type.content_type = ContentType::Custom;
    assert_eq!(database.send_message(other_type).unwrap_err().code(), Code::MessageDuplicate);
    assert_eq!(database.dump(), before);
    assert_eq!(database.send(&bob, &ann, "1", "bye").unwrap().seq, 2, "the id is the sender's own");
    let eve = database.register("eve");
    assert_eq!(database.send(&ann, &eve, "1", "bye").unwrap().seq, 1, "in one conversation");
}

#[test]
fn a_message_to_an_unknown_user_is_refused_and_uses_no_seq() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    let before = database.dump();
    let ghost = UserId::parse("u___404").unwrap();
    assert_eq!(database.send(&ann, &ghost, "1", "hi").unwrap_err().code(), Code::UserNotFound);
    assert_eq!(database.dump(), before);
    assert_eq!(database.send(&ann, &bob, "1", "hi").unwrap().seq, 1);
}

#[test]
fn a_fault_after_the_first_write_rolls_everything_back() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    database.send(&ann, &bob, "1", "hi").unwrap();
    database.batch("CREATE TRIGGER fault AFTER INSERT ON messages BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END;");
    let before = database.dump();
    let error = database.send(&ann, &bob, "2", "lost").unwrap_err();
    assert_eq!((error.code(), error.cause()), (Code::MessageSendFailed, Some("disk I/O error")));
    assert_eq!(database.dump(), before);
    database.batch("DROP TRIGGER fault");
    assert_eq!(database.send(&ann, &bob, "2", "kept").unwrap().seq, 2);
}

#[test]
fn content_that_looks_like_an_event_is_only_content_f7() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    let group_id = database.create_group(&ann, &[&bob]).unwrap();
    let before =
        [&ann, &bob].map(|user| block_on(group::info(&database, user, &group_id)).unwrap());
    let event = database.integer("SELECT max(id) FROM events");
    let contents = [
        json!({ "req_id": 2006, "data": { "group_id": group_id.as_str(), "change": "dismissed" } }),
        json!({ "req_id": 2003, "data": { "conversation_id": format!("sg_{group_id}"), "read_seq": 9 } }),
        json!({ "notificationElem": { "detail": { "kickedUserList": [{ "userID": bob }] } } }),
    ];
    for (n, content) in contents.iter().enumerate() {
        let group = Destination::Group(group_id.clone());
        for destination in [group, Destination::Single(ann.clone())] {
            let content = content.to_string();
            let message = text_message(&bob, &ann, &n.to_string(), "");
            let message =
                SendMessage { destination, content_type: ContentType::Custom, content, ..message };
            database.send_message(message).unwrap();
        }
    }
    for user in [&ann, &bob] {
        let received = database.frames(user, event);
        let kinds = received.iter().map(|frame| frame["req_id"].as_i64().unwrap());
        let own_reads = if user == &bob { 6 } else { 0 };
        assert_eq!(kinds.clone().filter(|kind| *kind == 2001).count(), 6);
        assert_eq!(kinds.filter(|kind| *kind == 2003).count(), own_reads);
        assert_eq!(received.len(), 6 + own_reads);
    }
    let after = [&ann, &bob].map(|user| block_on(group::info(&database, user, &group_id)).unwrap());
    assert_eq!(after, before);
    assert!(database.list(&ann).iter().all(|item| item.read_seq == 0 && item.unread == 3));
}

#[test]
fn no_command_takes_a_message_away_f9() {
    let database = Database::new();
    let changes = "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' \
         AND (sql LIKE '%DELETE FROM messages%' OR sql LIKE '%REPLACE INTO messages%')";
    assert_eq!(database.integer(changes), 0);
}

#[test]
fn muting_a_conversation_loses_nothing_and_does_not_notify_the_sender_f24() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    let first = database.send(&ann, &bob, "1", "hi").unwrap();
    let body = json!({ "conversation_id": first.conversation_id, "recv_msg_opt": 1 });
    let mute = serde_json::from_value::<OptionsRequest>(body).unwrap().validate().unwrap();
    block_on(set_options(&database, &bob, &mute, 1)).unwrap();
    let event = database.integer("SELECT max(id) FROM events");
    assert_eq!(database.send(&ann, &bob, "2", "are you there?").unwrap().seq, 2);
    assert_eq!(database.frames(&bob, event).len(), 1);
    let item = &database.list(&bob)[0];
    assert_eq!((item.recv_msg_opt, item.unread, item.max_seq), (NotifyLevel::Mute, 2, 2));
    let received = database.frames(&ann, 0);
    assert!(received.iter().all(|frame| frame["req_id"] != 2007), "{received:?}");
    assert_eq!(database.list(&ann)[0].recv_msg_opt, NotifyLevel::Normal);
}

#[test]
fn server_time_never_goes_back_inside_a_conversation_f29() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    let times = [5000, 4000, 6000, 1].map(|now| {
        database.now.set(now);
        database.send(&ann, &bob, &now.to_string(), "hi").unwrap().send_time
    });
    assert_eq!(times, [5000, 5000, 6000, 6000]);
}

#[test]
fn sending_moves_the_own_read_position_only_when_everything_before_was_read() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    let read = |user: &UserId| {
        database
            .integer(&format!("SELECT read_seq FROM user_conversations WHERE owner_id = '{user}'"))
    };
    database.send(&ann, &bob, "1", "hi").unwrap();
    database.send(&ann, &bob, "2", "there").unwrap();
    assert_eq!((read(&ann), read(&bob)), (2, 0));
    database.send(&bob, &ann, "1", "wait").unwrap();
    assert_eq!((read(&ann), read(&bob)), (2, 0), "bob has not read 1 and 2 by answering");
    let mut silent = text_message(&ann, &bob, "3", "psst");
    silent.sender_read = false;
    database.send_message(silent).unwrap();
    assert_eq!(read(&ann), 2);

    let (joe, eve) = (database.register("joe"), database.register("eve"));
    let mut silent = text_message(&joe, &eve, "1", "psst");
    silent.sender_read = false;
    database.send_message(silent).unwrap();
    assert_eq!(read(&joe), 0, "there was nothing before, and still it is not read");
}

#[test]
fn both_sides_pull_the_same_history_and_strangers_pull_nothing_f8() {
    let database = Database::new();
    let (ann, bob, eve) =
        (database.register("ann"), database.register("bob"), database.register("eve"));
    for n in 1..=5 {
        database.send(&ann, &bob, &n.to_string(), &format!("text {n}")).unwrap();
    }
    let anns = pulled(&database, &ann, &bob, 1, 100, 100).unwrap();
    assert_eq!(anns, pulled(&database, &bob, &ann, 1, 100, 100).unwrap());
    assert_eq!(
        anns.messages.iter().map(|message| message.seq).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5]
    );
    assert_eq!(anns.messages[4].content, r#"{"text":"text 5"}"#);
    let conversation_id = ConversationId::single(&ann, &bob);
    for foreign in [conversation_id, ConversationId::single(&eve, &bob)] {
        let refused = block_on(pull(&database, &eve, &range(&foreign, 1, 9, 9))).unwrap_err();
        assert_eq!(refused.code(), Code::NoPermission, "whether or not the conversation exists");
    }
}

#[test]
fn a_pull_returns_at_most_its_limit_and_whether_there_is_more() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    for n in 1..=5 {
        database.send(&ann, &bob, &n.to_string(), "hi").unwrap();
    }
    let got = |begin, end, limit| {
        let pulled = pulled(&database, &ann, &bob, begin, end, limit).unwrap();
        (pulled.messages.iter().map(|message| message.seq).collect::<Vec<_>>(), pulled.has_more)
    };
    assert_eq!(got(2, 4, 100), (vec![2, 3, 4], false));
    assert_eq!(got(1, i64::MAX, 3), (vec![1, 2, 3], true));
    assert_eq!(got(3, 5, 3), (vec![3, 4, 5], false));
    assert_eq!(got(6, 9, 3), (vec![], false));
}

#[test]
fn a_frozen_range_hides_what_came_after_it_and_before_it() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    for n in 1..=5 {
        database.send(&ann, &bob, &n.to_string(), "hi").unwrap();
    }
    database.batch(&format!(
        "UPDATE user_conversations SET min_seq = 2, max_seq = 4 WHERE owner_id = '{bob}'"
    ));
    let seqs: Vec<i64> = pulled(&database, &bob, &ann, 1, 9, 9)
        .unwrap()
        .messages
        .iter()
        .map(|message| message.seq)
        .collect();
    assert_eq!(seqs, [2, 3, 4]);
    assert_eq!(pulled(&database, &ann, &bob, 1, 9, 9).unwrap().messages.len(), 5);
}

#[test]
fn a_repeat_of_a_message_from_before_digests_is_compared_by_type_and_content() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    let first = database.send(&ann, &bob, "1", "hi").unwrap();
    database.batch("UPDATE messages SET digest = NULL, counted = NULL");
    assert_eq!(database.send(&ann, &bob, "1", "hi").unwrap(), first);
    let other_content = database.send(&ann, &bob, "1", "ho").unwrap_err();
    assert_eq!(other_content.code(), Code::MessageDuplicate);
    let mut other_type = text_message(&ann, &bob, "1", "hi");
    other_type.content_type = ContentType::Custom;
    assert_eq!(database.send_message(other_type).unwrap_err().code(), Code::MessageDuplicate);
}

#[test]
fn a_repeat_is_recognised_by_what_was_sent_whatever_became_of_the_content() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    let first = database.send(&ann, &bob, "1", "hi").unwrap();
    database.batch("UPDATE messages SET content = '{}'");
    assert_eq!(database.send(&ann, &bob, "1", "hi").unwrap(), first);
    let other = database.send(&ann, &bob, "1", "ho").unwrap_err();
    assert_eq!(other.code(), Code::MessageDuplicate);
}
