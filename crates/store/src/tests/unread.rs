//! Unread counts, against a plain count of the messages.

use super::driver::{Database, member_of, read_to, text_message};
use crate::{conversation, group, message};
use longwave_core::id::{ConversationId, GroupId, UserId};
use longwave_core::message::{
    Destination, MessageStatus, RevokeMessages, RevokeRules, SendMessage,
};
use pollster::block_on;
use proptest::prelude::*;

/// What the user of this number does.
#[derive(Clone, Copy, Debug)]
enum Step {
    Send { by: usize, silent: bool, reads: bool },
    Read { by: usize, seq: i64 },
    Revoke { seq: i64 },
    Leave { by: usize },
    Join { by: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => (0..3_usize, any::<bool>(), any::<bool>())
            .prop_map(|(by, silent, reads)| Step::Send { by, silent, reads }),
        3 => (0..3_usize, 1..40_i64).prop_map(|(by, seq)| Step::Read { by, seq }),
        1 => (1..40_i64).prop_map(|seq| Step::Revoke { seq }),
        1 => (1..3_usize).prop_map(|by| Step::Leave { by }),
        1 => (1..3_usize).prop_map(|by| Step::Join { by }),
    ];
    proptest::collection::vec(step, 60)
}

fn to_group(by: &UserId, group_id: &GroupId, number: usize) -> SendMessage {
    let mut message = text_message(by, &UserId::of_platform(9), &number.to_string(), "hi");
    message.destination = Destination::Group(group_id.clone());
    message
}

#[test]
fn unread_is_what_a_plain_count_of_others_counted_messages_gives() {
    let database = Database::new();
    proptest!(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) }, |(steps in steps())| {
        database.start_over();
        let users = ["ann", "bob", "eve"].map(|name| database.register(name));
        let group_id = database.create_group(&users[0], &[&users[1], &users[2]]).unwrap();
        let conversation_id = ConversationId::group(&group_id);
        let mut sent = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            let now = database.now.get();
            match step {
                Step::Send { by, silent, reads } => {
                    let mut message = to_group(&users[by], &group_id, number);
                    (message.silent, message.sender_read) = (silent, reads);
                    if let Ok(ack) = database.send_message(message) {
                        sent.push((by, silent));
                        prop_assert_eq!(usize::try_from(ack.seq).unwrap(), sent.len());
                    }
                }
                Step::Read { by, seq } => {
                    let read = read_to(&conversation_id, seq);
                    drop(block_on(conversation::mark_read(&database, &users[by], &read, 20, now)));
                }
                Step::Revoke { seq } => {
                    let (conversation_id, status) = (conversation_id.clone(), MessageStatus::Removed);
                    let messages = RevokeMessages { conversation_id, seqs: vec![seq], status };
                    let rules = RevokeRules { seconds: -1, unread_members_max: 3 };
                    if block_on(message::revoke(&database, &users[0], &messages, rules, now)).is_ok() {
                        // A message that is gone counts no more than a silent one.
                        sent[usize::try_from(seq).unwrap() - 1].1 = true;
                    }
                }
                Step::Leave { by } => drop(block_on(group::quit(&database, &users[by], &group_id, now))),
                Step::Join { by } => drop(block_on(group::join(&database, &users[by], &group_id, 500, now))),
            }
            for (reader, user) in users.iter().enumerate() {
                for listed in database.list(user) {
                    let first = listed.min_seq.max(listed.read_seq + 1);
                    let unread = (1..).zip(&sent).filter(|(seq, (by, silent))| {
                        (first..=listed.max_seq).contains(seq) && *by != reader && !silent
                    });
                    let unread = i64::try_from(unread.count()).unwrap();
                    prop_assert_eq!(listed.unread, unread, "of user {} at step {}", reader, number);
                }
            }
        }
    });
}

#[test]
fn a_silent_message_moves_no_list_and_is_unread_for_nobody() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    let group_id = database.create_group(&ann, &[&bob]).unwrap();
    database.send(&ann, &bob, "1", "hi").unwrap();
    let before: Vec<String> =
        database.list(&bob).into_iter().map(|listed| listed.conversation_id).collect();
    let silent = SendMessage { silent: true, ..to_group(&ann, &group_id, 1) };
    assert_eq!(database.send_message(silent).unwrap().seq, 1);
    let after = database.list(&bob);
    let order: Vec<&str> = after.iter().map(|listed| &*listed.conversation_id).collect();
    assert_eq!(order, before);
    assert_eq!(after.iter().map(|listed| listed.unread).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(after[1].last_message.as_ref().unwrap().seq, 1);
}

#[test]
fn a_change_of_a_group_moves_its_place_only_in_the_list_of_the_one_who_joins() {
    let database = Database::new();
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[&bob]).unwrap();
    for user in [&bob, &eve] {
        database.send(&ann, user, "1", "hi").unwrap();
    }
    block_on(group::join(&database, &eve, &group_id, 500, database.now.get())).unwrap();
    let first = |user: &UserId| database.list(user)[0].group_id.clone();
    assert_eq!([first(&ann), first(&bob)], [None, None]);
    assert_eq!(first(&eve).as_deref(), Some(group_id.as_str()));
    let bob_of_group = member_of(&group_id, &bob);
    block_on(group::kick(&database, &ann, &bob_of_group, database.now.get())).unwrap();
    assert_eq!(first(&bob), None);
}

#[test]
fn reading_up_to_an_old_message_without_a_number_counts_all_before_it_as_read() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    for number in 1..=4 {
        database.send(&ann, &bob, &number.to_string(), "hi").unwrap();
    }
    database.batch("UPDATE messages SET counted = NULL");
    let conversation_id = ConversationId::single(&ann, &bob);
    let read = read_to(&conversation_id, 3);
    block_on(conversation::mark_read(&database, &bob, &read, 20, database.now.get())).unwrap();
    assert_eq!(database.list(&bob)[0].unread, 1);
}

#[test]
fn silent_messages_before_a_read_position_are_left_out_of_what_was_read() {
    let database = Database::new();
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    let send = |by: &UserId, to: &UserId, number: usize, silent| {
        let message = text_message(by, to, &number.to_string(), "hi");
        database.send_message(SendMessage { silent, sender_read: false, ..message }).unwrap();
    };
    for (number, silent) in [false, true, false, true, false].into_iter().enumerate() {
        send(&ann, &bob, number, silent);
    }
    for (number, silent) in [true, false].into_iter().enumerate() {
        send(&bob, &ann, number, silent);
    }
    let conversation_id = ConversationId::single(&ann, &bob);
    let unread = |read_seq| {
        let read = read_to(&conversation_id, read_seq);
        block_on(conversation::mark_read(&database, &bob, &read, 20, database.now.get())).unwrap();
        database.list(&bob)[0].unread
    };
    assert_eq!(database.list(&bob)[0].unread, 3);
    assert_eq!([1, 2, 3, 4, 5, 6, 7].map(unread), [2, 2, 1, 1, 0, 0, 0]);
    send(&ann, &bob, 9, false);
    assert_eq!(database.list(&bob)[0].unread, 1);
}
