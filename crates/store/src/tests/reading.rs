//! Reading messages in other ways than by a range, oldest first.

use super::driver::{Database, member_of, range, text_message};
use crate::group;
use crate::message::{get, latest, pull};
use longwave_core::id::{ConversationId, GroupId, UserId};
use longwave_core::message::{
    Latest, LatestMessages, Message, Messages, Order, Pull, PullRange, PullResponse, SendMessage,
};
use longwave_core::page::BYTES_MAX;
use longwave_core::{Code, Millis, Result};
use pollster::block_on;

/// Two users, and their conversation with messages that were sent at these times.
fn sent_at(database: &Database, times: &[Millis]) -> (UserId, UserId, ConversationId) {
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    for (number, time) in times.iter().enumerate() {
        database.now.set(*time);
        database.send(&ann, &bob, &number.to_string(), "hi").unwrap();
    }
    let conversation_id = ConversationId::single(&ann, &bob);
    (ann, bob, conversation_id)
}

fn pulled(
    database: &Database,
    by: &UserId,
    of: &ConversationId,
    range: PullRange,
    limit: i64,
) -> (Vec<i64>, bool) {
    let asked = Pull { conversation_id: of.clone(), range, limit };
    of_response(&block_on(pull(database, by, &asked)).unwrap())
}

fn of_response(PullResponse { messages, has_more }: &PullResponse) -> (Vec<i64>, bool) {
    (seqs(messages), *has_more)
}

fn seqs(messages: &[Message]) -> Vec<i64> {
    messages.iter().map(|message| message.seq).collect()
}

fn back(begin: i64, end: i64) -> PullRange {
    PullRange::Seqs { begin, end, order: Order::Desc }
}

/// Limits a user to these seqs, as a former member is.
fn see_only(database: &Database, user: &UserId, min_seq: i64, max_seq: i64) {
    database.batch(&format!(
        "UPDATE user_conversations SET min_seq = {min_seq}, max_seq = {max_seq} WHERE owner_id = '{user}'"
    ));
}

/// Sends the largest message.
fn send_large(database: &Database, from: &UserId, to: &UserId, id: &str) {
    let content = format!("\"{}\"", "\\".repeat(8_190));
    let large = SendMessage { content, ..text_message(from, to, id, "") };
    database.send_message(large).unwrap();
}

/// A conversation of `count` messages of the largest size.
fn large_messages(database: &Database, count: usize) -> (UserId, ConversationId) {
    let (ann, bob) = (database.register("ann"), database.register("bob"));
    for number in 0..count {
        send_large(database, &ann, &bob, &number.to_string());
    }
    let conversation_id = ConversationId::single(&ann, &bob);
    (ann, conversation_id)
}

#[test]
fn a_descending_pull_begins_with_the_newest_of_its_range() {
    let database = Database::new();
    let (ann, bob, of) = sent_at(&database, &[1; 9]);
    let got = |range, limit| pulled(&database, &ann, &of, range, limit);
    assert_eq!(got(back(1, i64::MAX), 3), (vec![9, 8, 7], true));
    assert_eq!(got(back(1, 6), 3), (vec![6, 5, 4], true));
    assert_eq!(got(back(1, 3), 3), (vec![3, 2, 1], false));
    assert_eq!(got(back(2, 3), 100), (vec![3, 2], false));
    assert_eq!(got(back(9, 12), 1), (vec![9], false));
    assert_eq!(got(back(10, 12), 1), (vec![], false));
    see_only(&database, &bob, 3, 6);
    let got = |range, limit| pulled(&database, &bob, &of, range, limit);
    assert_eq!(got(back(1, 9), 3), (vec![6, 5, 4], true));
    assert_eq!(got(back(1, 9), 4), (vec![6, 5, 4, 3], false));
    assert_eq!(got(back(1, 2), 4), (vec![], false));
}

#[test]
fn a_pull_around_a_seq_has_half_of_its_limit_before_it() {
    let database = Database::new();
    let (ann, bob, of) = sent_at(&database, &[1; 9]);
    let got = |seq, limit| pulled(&database, &ann, &of, PullRange::Around(seq), limit);
    assert_eq!(got(5, 1), (vec![5], true));
    assert_eq!(got(5, 2), (vec![4, 5], true));
    assert_eq!(got(5, 3), (vec![4, 5, 6], true));
    assert_eq!(got(5, 4), (vec![3, 4, 5, 6], true));
    // At an end, the other side gets no more than its half.
    assert_eq!(got(1, 4), (vec![1, 2], true));
    assert_eq!(got(9, 4), (vec![7, 8, 9], true));
    assert_eq!(got(5, 9), ((1..=9).collect(), false));
    assert_eq!(got(5, 8), ((1..=8).collect(), true), "there is one more after these");
    assert_eq!(got(6, 9), ((2..=9).collect(), true), "there is one more before these");
    see_only(&database, &bob, 3, 6);
    let got = |seq, limit| pulled(&database, &bob, &of, PullRange::Around(seq), limit);
    assert_eq!(got(4, 100), (vec![3, 4, 5, 6], false));
    // The nearest visible message stands for one that is not visible.
    assert_eq!(got(1, 2), (vec![3], true));
    assert_eq!(got(i64::MAX, 2), (vec![5, 6], true));
}

#[test]
fn a_pull_at_a_time_begins_with_the_first_message_sent_then_or_later() {
    let database = Database::new();
    let times = [10, 20, 20, 20, 30, 40, 40, 50];
    let (ann, bob, of) = sent_at(&database, &times);
    let got = |time, limit| pulled(&database, &ann, &of, PullRange::At(time), limit);
    assert_eq!(got(20, 2), (vec![2, 3], true));
    assert_eq!(got(21, 2), (vec![5, 6], true));
    assert_eq!(got(40, 3), (vec![6, 7, 8], false));
    assert_eq!(got(i64::MIN, 1), (vec![1], true));
    assert_eq!(got(i64::MAX, 1), (vec![], false));
    // Every time, in every visible range.
    for visible in (1..=8).flat_map(|min_seq| (min_seq..=8).map(move |max_seq| min_seq..=max_seq)) {
        see_only(&database, &bob, *visible.start(), *visible.end());
        for time in 9..=51 {
            let later = (1..).zip(times).filter(|(_, sent)| *sent >= time).map(|(seq, _)| seq);
            let expected = later.filter(|seq| visible.contains(seq)).collect();
            let found = pulled(&database, &bob, &of, PullRange::At(time), 100);
            assert_eq!(found, (expected, false), "{visible:?} at {time}");
        }
    }
}

#[test]
fn a_time_is_found_by_few_look_ups_in_a_long_conversation() {
    let steps = |count: i64| {
        let database = Database::new();
        let (ann, _, of) = sent_at(&database, &[1]);
        database.batch(&format!(
            "WITH RECURSIVE n (seq) AS (SELECT 2 UNION ALL SELECT seq + 1 FROM n WHERE seq < {count})
             INSERT INTO messages (conversation_id, seq, server_msg_id, client_msg_id, sender_id, content_type, content, send_time)
             SELECT '{of}', seq, seq, seq, '{ann}', 1, '1', seq FROM n;
             UPDATE conversations SET max_seq = {count}, counted = {count};"
        ));
        database.steps(|| {
            let found = pulled(&database, &ann, &of, PullRange::At(count), 1);
            assert_eq!(found, (vec![count], false));
        })
    };
    // 17 times the length takes 4 more look-ups.
    let (short, long) = (steps(300), steps(5_000));
    assert!(long < 2 * short, "{short} steps, and {long} in the longer conversation");
}

#[test]
fn a_member_of_a_group_without_visible_messages_reads_none() {
    let database = Database::new();
    let [ann, eve] = ["ann", "eve"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[]).unwrap();
    let of = ConversationId::group(&group_id);
    for number in 1..=4 {
        database.send_to_group(&ann, &group_id, &number.to_string()).unwrap();
    }
    block_on(group::join(&database, &eve, &group_id, 500, 1)).unwrap();
    for range in [back(1, 9), PullRange::Around(1), PullRange::Around(9), PullRange::At(0)] {
        for limit in [1, 2, 100] {
            let found = pulled(&database, &eve, &of, range, limit);
            assert_eq!(found, (vec![], false), "{range:?}");
        }
    }
}

#[test]
fn a_pull_that_gets_too_large_keeps_the_messages_next_to_its_start() {
    let database = Database::new();
    let (ann, of) = large_messages(&database, 40);
    let got = |range, limit| pulled(&database, &ann, &of, range, limit);
    let asked = range(&of, 1, 40, 100);
    let (first, _) = of_response(&block_on(pull(&database, &ann, &asked)).unwrap());
    let kept = i64::try_from(first.len()).unwrap();
    assert!((10..30).contains(&kept), "{kept}");
    assert_eq!(got(back(1, 40), 100), ((41 - kept..=40).rev().collect(), true));
    assert_eq!(got(PullRange::At(0), 100), ((1..=kept).collect(), true));
    let before = kept / 2;
    let around = (20 - before..20 - before + kept).collect();
    assert_eq!(got(PullRange::Around(20), 40), (around, true));
    assert_eq!(got(PullRange::Around(40), 100), ((41 - kept..=40).collect(), true));
}

#[test]
fn single_messages_are_those_that_are_visible_each_once() {
    let database = Database::new();
    let (ann, bob, of) = sent_at(&database, &[1; 9]);
    let named = |by: &UserId, seqs: &[i64]| {
        let asked = Messages::Seqs { conversation_id: of.clone(), seqs: seqs.to_vec() };
        block_on(get(&database, by, &asked)).map(|response| of_response(&response))
    };
    assert_eq!(named(&ann, &[9, 2, 5, 2]).unwrap(), (vec![2, 5, 9], false));
    assert_eq!(named(&ann, &[10, i64::MAX]).unwrap(), (vec![], false));
    see_only(&database, &bob, 3, 6);
    assert_eq!(named(&bob, &[1, 2, 3, 6, 7]).unwrap(), (vec![3, 6], false));
    let eve = database.register("eve");
    assert_eq!(named(&eve, &[1]).unwrap_err().code(), Code::NoPermission);
}

#[test]
fn a_message_is_found_by_its_id_if_it_is_visible() {
    let database = Database::new();
    let (ann, bob, of) = sent_at(&database, &[1; 4]);
    let messages = block_on(pull(&database, &ann, &range(&of, 1, 4, 4))).unwrap().messages;
    let by_id = |by: &UserId, id: &str| -> Result<PullResponse> {
        block_on(get(&database, by, &Messages::Id(id.to_owned())))
    };
    see_only(&database, &bob, 2, 3);
    let eve = database.register("eve");
    for message in &messages {
        let expected = PullResponse { messages: vec![message.clone()], has_more: false };
        assert_eq!(by_id(&ann, &message.server_msg_id).unwrap(), expected);
        let bobs = by_id(&bob, &message.server_msg_id);
        if (2..=3).contains(&message.seq) {
            assert_eq!(bobs.unwrap(), expected);
        } else {
            assert_eq!(bobs.unwrap_err().code(), Code::MessageNotFound);
        }
        let eves = by_id(&eve, &message.server_msg_id);
        assert_eq!(eves.unwrap_err().code(), Code::MessageNotFound);
    }
    for unknown in ["", "x", "01890000-0000-7000-8000-000000000000"] {
        assert_eq!(by_id(&ann, unknown).unwrap_err().code(), Code::MessageNotFound);
    }
}

#[test]
fn single_messages_that_get_too_large_end_early() {
    let database = Database::new();
    let (ann, of) = large_messages(&database, 40);
    let named = |seqs: Vec<i64>| {
        let asked = Messages::Seqs { conversation_id: of.clone(), seqs };
        of_response(&block_on(get(&database, &ann, &asked)).unwrap())
    };
    let (first, has_more) = named((1..=40).collect());
    let next = i64::try_from(first.len()).unwrap() + 1;
    assert_eq!((first, has_more), ((1..next).collect(), true));
    assert_eq!(named((next..=next + 2).collect()), ((next..=next + 2).collect(), false));
}

fn latest_of(
    database: &Database,
    by: &UserId,
    of: &[&ConversationId],
    limit: i64,
) -> Vec<LatestMessages> {
    let conversation_ids = of.iter().copied().cloned().collect();
    let asked = Latest { conversation_ids, limit };
    block_on(latest(database, by, &asked)).unwrap().conversations
}

fn group_conversation(database: &Database, owner: &UserId) -> (GroupId, ConversationId) {
    let group_id = database.create_group(owner, &[]).unwrap();
    let of = ConversationId::group(&group_id);
    (group_id, of)
}

#[test]
fn the_latest_messages_are_those_of_each_visible_conversation_in_the_order_asked() {
    let database = Database::new();
    let (ann, bob, chat) = sent_at(&database, &[1; 5]);
    let (group_id, of_group) = group_conversation(&database, &ann);
    for number in 1..=3 {
        database.send_to_group(&ann, &group_id, &number.to_string()).unwrap();
    }
    let (_, empty) = group_conversation(&database, &ann);
    let (_, foreign) = group_conversation(&database, &bob);
    let unknown = ConversationId::single(&ann, &UserId::parse("u___9").unwrap());
    let all = [&empty, &of_group, &foreign, &chat, &unknown];
    let got = |by: &UserId, limit| -> Vec<(ConversationId, Vec<i64>, bool)> {
        let found = latest_of(&database, by, &all, limit).into_iter();
        found
            .map(|item| {
                assert!(item.messages.iter().all(|it| it.conversation_id == item.conversation_id));
                let id = ConversationId::parse(&item.conversation_id).unwrap();
                (id, seqs(&item.messages), item.has_more)
            })
            .collect()
    };
    let expected = |of_group_seqs: &[i64], more: bool, chat_seqs: &[i64]| {
        vec![
            (empty.clone(), vec![], false),
            (of_group.clone(), of_group_seqs.to_vec(), more),
            (chat.clone(), chat_seqs.to_vec(), chat_seqs.len() < 5),
        ]
    };
    assert_eq!(got(&ann, 1), expected(&[3], true, &[5]));
    assert_eq!(got(&ann, 3), expected(&[1, 2, 3], false, &[3, 4, 5]));
    assert_eq!(got(&ann, 20), expected(&[1, 2, 3], false, &[1, 2, 3, 4, 5]));

    // A member sees what was sent after joining, a former member nothing later.
    block_on(group::join(&database, &bob, &group_id, 500, 1)).unwrap();
    database.send_to_group(&ann, &group_id, "4").unwrap();
    block_on(group::kick(&database, &ann, &member_of(&group_id, &bob), 1)).unwrap();
    database.send_to_group(&ann, &group_id, "5").unwrap();
    let bobs = got(&bob, 20);
    assert_eq!(
        bobs,
        [
            (of_group.clone(), vec![4], false),
            (foreign.clone(), vec![], false),
            (chat.clone(), vec![1, 2, 3, 4, 5], false)
        ]
    );
}

#[test]
fn latest_messages_that_get_too_large_lack_the_oldest_of_each_conversation() {
    let database = Database::new();
    let ann = database.register("ann");
    let others = ["bob", "cid", "dan"].map(|name| database.register(name));
    for other in &others {
        for number in 0..15 {
            send_large(&database, &ann, other, &number.to_string());
        }
    }
    let of = others.each_ref().map(|other| ConversationId::single(&ann, other));
    let found = latest_of(&database, &ann, &of.each_ref(), 15);
    let bytes = serde_json::to_string(&found).unwrap().len();
    assert!((BYTES_MAX..BYTES_MAX + 20_000).contains(&bytes), "{bytes}");
    let counts: Vec<usize> = found.iter().map(|item| item.messages.len()).collect();
    assert!(counts.iter().all(|count| (5..=6).contains(count)), "{counts:?}");
    assert!(counts.is_sorted_by(|a, b| a >= b), "the first conversations have more: {counts:?}");
    for (item, of) in found.iter().zip(&of) {
        assert_eq!(item.conversation_id, of.as_str());
        let first = 16 - i64::try_from(item.messages.len()).unwrap();
        assert_eq!(seqs(&item.messages), (first..=15).collect::<Vec<_>>());
        assert!(item.has_more);
    }
}

#[test]
fn a_conversation_without_room_for_a_message_says_that_it_has_some() {
    let database = Database::new();
    let ann = database.register("ann");
    let others: Vec<UserId> = (0..20).map(|n| database.register(&format!("user{n}"))).collect();
    for other in &others {
        send_large(&database, &ann, other, "1");
    }
    let of: Vec<_> = others.iter().map(|other| ConversationId::single(&ann, other)).collect();
    let found = latest_of(&database, &ann, &of.iter().collect::<Vec<_>>(), 20);
    assert_eq!(found.len(), 20);
    let last = found.last().unwrap();
    assert_eq!((last.messages.len(), last.has_more), (0, true));
    assert!(found.iter().all(|item| item.has_more == item.messages.is_empty()));
}
