//! `message/pull` in its three forms, `message/get` and `message/latest`.

use crate::api::message::{ANSWER_MAX, largest};
use crate::support::server::{Server, run};
use futures::future::{join, join_all};
use longwave_client::{Draft, LatestMessages, Message, PullResponse, Session};
use serde_json::json;

/// Two users with a conversation of `count` messages from the first.
async fn messages(server: &Server, count: usize) -> (Session, Session, String) {
    let (alice, bob) = server.two_users().await;
    let mut conversation_id = String::new();
    for number in 1..=count {
        let draft = Draft::text(bob.user_id(), format!("m{number}"), "hi");
        conversation_id = alice.send(&draft).await.unwrap().conversation_id;
    }
    (alice, bob, conversation_id)
}

fn seqs(messages: &[Message]) -> Vec<i64> {
    messages.iter().map(|message| message.seq).collect()
}

/// The seqs of an answer, and `has_more`.
fn of_answer(PullResponse { messages, has_more }: &PullResponse) -> (Vec<i64>, bool) {
    (seqs(messages), *has_more)
}

/// The conversations of an answer, with the seqs of their messages and `has_more`.
fn of_latest(latest: &[LatestMessages]) -> Vec<(&str, Vec<i64>, bool)> {
    latest.iter().map(|it| (&*it.conversation_id, seqs(&it.messages), it.has_more)).collect()
}

#[test]
fn a_pull_newest_first_reads_a_range_from_its_end() {
    run(async |server| {
        let (alice, _, of) = messages(server, 7).await;
        let newest = async |begin, end, limit| {
            of_answer(&alice.pull_newest(&of, begin, end, limit).await.unwrap())
        };
        assert_eq!(newest(1, i64::MAX, 3).await, (vec![7, 6, 5], true));
        assert_eq!(newest(1, 4, 3).await, (vec![4, 3, 2], true));
        assert_eq!(newest(1, 1, 3).await, (vec![1], false));
        let path = format!("/api/v1/message/pull?conversation_id={of}&begin_seq=1&end_seq=2");
        let default = server.get(&alice, &path).await.data();
        let ascending = server.get(&alice, &format!("{path}&order=asc")).await.data();
        assert_eq!(default, ascending);
        assert_eq!(default["messages"][0]["seq"], 1);
    });
}

#[test]
fn a_pull_around_a_seq_has_the_messages_on_both_sides_of_it() {
    run(async |server| {
        let (alice, _, of) = messages(server, 7).await;
        let around =
            async |seq, limit| of_answer(&alice.pull_around(&of, seq, limit).await.unwrap());
        assert_eq!(around(4, 3).await, (vec![3, 4, 5], true));
        assert_eq!(around(4, 0).await, ((1..=7).collect(), false));
        assert_eq!(around(1, 4).await, (vec![1, 2], true));
        assert_eq!(around(100, 4).await, (vec![5, 6, 7], true));
    });
}

#[test]
fn a_pull_at_a_time_begins_with_the_first_message_since_then() {
    run(async |server| {
        let (alice, bob, of) = messages(server, 9).await;
        let all = bob.pull_all(&of, 1, 9).await.unwrap();
        for time in all.iter().flat_map(|message| [message.send_time, message.send_time + 1]) {
            let later = all.iter().filter(|message| message.send_time >= time);
            let expected: Vec<i64> = later.map(|message| message.seq).collect();
            let found = alice.pull_at(&of, time, 100).await.unwrap();
            assert_eq!(of_answer(&found), (expected, false));
        }
        let first = alice.pull_at(&of, 0, 2).await.unwrap();
        assert_eq!(of_answer(&first), (vec![1, 2], true));
    });
}

#[test]
fn a_pull_has_one_form_and_its_refusal_names_all_three() {
    run(async |server| {
        let (alice, _, of) = messages(server, 1).await;
        let one = "exactly one is required: begin_seq with end_seq (and order), around, or at";
        for (query, message) in [
            ("", one),
            ("&limit=1", one),
            ("&order=desc", one),
            ("&begin_seq=1", one),
            ("&end_seq=1", one),
            ("&around=1&at=1", one),
            ("&around=1&order=asc", one),
            ("&at=1&order=asc", one),
            ("&begin_seq=1&end_seq=1&around=1", one),
            ("&begin_seq=1&end_seq=1&at=1", one),
            ("&begin_seq=1&end_seq=1&order=down", "order is neither asc nor desc"),
            ("&begin_seq=1&end_seq=1&order=", "order is neither asc nor desc"),
            ("&around=0", "around is 0; a seq is at least 1"),
            ("&around=x", "around is not a number"),
            ("&around=1&around=2", "around is given more than once"),
            ("&around=1&limit=101", "limit is 101"),
            ("&at=yesterday", "at is not a number"),
            ("&at=9223372036854775808", "at is not a number"),
        ] {
            let path = format!("/api/v1/message/pull?conversation_id={of}{query}");
            server.get(&alice, &path).await.refuses(400, 10001, message);
        }
        let eve = server.user().await;
        for query in ["begin_seq=1&end_seq=1&order=desc", "around=1", "at=1"] {
            let path = format!("/api/v1/message/pull?conversation_id={of}&{query}");
            server.get(&eve, &path).await.refuses(403, 10006, "no permission");
        }
    });
}

#[test]
fn pages_of_large_messages_newest_first_leave_out_none() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let drafts: Vec<Draft> = (0..40).map(|_| largest(&bob)).collect();
        let sent = join_all(drafts.iter().map(|draft| alice.send(draft))).await;
        let of = sent[0].as_ref().unwrap().conversation_id.clone();
        let (mut read, mut end, mut answers) = (Vec::new(), i64::MAX, 0);
        loop {
            let path = format!(
                "/api/v1/message/pull?conversation_id={of}&begin_seq=1&end_seq={end}&order=desc"
            );
            let answer = server.get(&bob, &path).await;
            assert!(answer.body.len() <= ANSWER_MAX, "{} bytes", answer.body.len());
            let page: PullResponse = serde_json::from_value(answer.data()).unwrap();
            read.extend(seqs(&page.messages));
            answers += 1;
            if !page.has_more {
                break;
            }
            end = read.last().unwrap() - 1;
        }
        assert_eq!(read, (1..=40).rev().collect::<Vec<_>>());
        assert_eq!(answers, 3, "no answer is smaller than it must be");
        let around = bob.pull_around(&of, 20, 0).await.unwrap();
        let (found, has_more) = of_answer(&around);
        assert!(found.contains(&20) && found.len() > 10 && has_more, "{found:?}");
        assert!(found.is_sorted_by(|a, b| a + 1 == *b), "{found:?}");
    });
}

#[test]
fn single_messages_are_read_by_their_seqs_or_by_their_id() {
    run(async |server| {
        let (alice, bob, of) = messages(server, 5).await;
        let all = alice.pull_all(&of, 1, 5).await.unwrap();
        let found = bob.messages(&of, &[4, 2, 9, 2]).await.unwrap();
        assert_eq!(found.messages, [all[1].clone(), all[3].clone()]);
        assert!(!found.has_more);
        assert_eq!(of_answer(&bob.messages(&of, &[9]).await.unwrap()), (vec![], false));
        assert_eq!(bob.message(&all[2].server_msg_id).await.unwrap(), all[2]);
        alice.revoke(&of, &[3], true).await.unwrap();
        assert_eq!(bob.message(&all[2].server_msg_id).await.unwrap().content, "{}");

        let eve = server.user().await;
        let by_id = async |user, id: &str| {
            server.get(user, &format!("/api/v1/message/get?server_msg_id={id}")).await
        };
        by_id(&eve, &all[2].server_msg_id).await.refuses(404, 10401, "message not found");
        for id in ["01890000-0000-7000-8000-000000000000", "x", "", "%00"] {
            by_id(&alice, id).await.refuses(404, 10401, "message not found");
        }
        let path = format!("/api/v1/message/get?conversation_id={of}&seqs=1");
        server.get(&eve, &path).await.refuses(403, 10006, "no permission");
        let both = server.get(&alice, &format!("{path}&server_msg_id=x")).await;
        both.refuses(400, 10001, "exactly one is required: conversation_id with seqs");
    });
}

#[test]
fn a_former_member_reads_single_and_latest_messages_as_far_as_they_are_visible() {
    run(async |server| {
        let (owner, bob) = server.two_users().await;
        let group_id = server.group(&owner, &[]).await;
        let of = format!("sg_{group_id}");
        let send = async |id: &str| server.send_to_group(&owner, &group_id, id).await.data();
        send("m1").await;
        bob.join_group(&group_id).await.unwrap();
        assert_eq!(of_latest(&bob.latest(&[&of], 0).await.unwrap()), [(&*of, vec![], false)]);
        let seen = send("m2").await;
        bob.quit_group(&group_id).await.unwrap();
        let hidden = send("m3").await;
        let id = |ack: &serde_json::Value| ack["server_msg_id"].as_str().unwrap().to_owned();
        assert_eq!(of_answer(&bob.messages(&of, &[1, 2, 3]).await.unwrap()), (vec![2], false));
        assert_eq!(bob.message(&id(&seen)).await.unwrap().seq, 2);
        assert_eq!(bob.message(&id(&hidden)).await.unwrap_err().code(), Some(10401));
        assert_eq!(of_latest(&bob.latest(&[&of], 0).await.unwrap()), [(&*of, vec![2], false)]);
        assert_eq!(of_answer(&bob.pull_around(&of, 3, 1).await.unwrap()), (vec![2], false));
        assert_eq!(of_answer(&bob.pull_at(&of, 0, 9).await.unwrap()), (vec![2], false));
        assert_eq!(of_answer(&bob.pull_newest(&of, 1, 9, 9).await.unwrap()), (vec![2], false));
    });
}

#[test]
fn the_latest_messages_of_conversations_come_in_the_order_asked() {
    run(async |server| {
        let (alice, bob, chat) = messages(server, 4).await;
        let group_id = server.group(&alice, &[&bob]).await;
        let of_group = format!("sg_{group_id}");
        server.send_to_group(&bob, &group_id, "m1").await.data();
        let foreign = format!("sg_{}", server.group(&server.user().await, &[]).await);
        let of = [&*of_group, &foreign, &chat, &of_group];
        let latest = alice.latest(&of, 3).await.unwrap();
        let expected = [(&*of_group, vec![1], false), (&*chat, vec![2, 3, 4], true)];
        assert_eq!(of_latest(&latest), expected);
        assert_eq!(latest[1].messages, alice.pull_all(&chat, 2, 4).await.unwrap());
        let latest = alice.latest(&[&chat, &of_group], 0).await.unwrap();
        let expected = [(&*chat, vec![1, 2, 3, 4], false), (&*of_group, vec![1], false)];
        assert_eq!(of_latest(&latest), expected);
        let eve = server.user().await;
        let path = format!("/api/v1/message/latest?conversation_ids={chat},{of_group}");
        assert_eq!(server.get(&eve, &path).await.data(), json!({ "conversations": [] }));
    });
}

#[test]
fn large_latest_messages_are_limited_and_each_conversation_says_so() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let cid = server.user().await;
        let mut of = Vec::new();
        for other in [&bob, &cid] {
            let drafts: Vec<Draft> = (0..15).map(|_| largest(other)).collect();
            let sent = join_all(drafts.iter().map(|draft| alice.send(draft))).await;
            of.push(sent[0].as_ref().unwrap().conversation_id.clone());
        }
        let path = format!("/api/v1/message/latest?conversation_ids={},{}", of[0], of[1]);
        let answer = server.get(&alice, &path).await;
        assert!(answer.body.len() <= ANSWER_MAX, "{} bytes", answer.body.len());
        for item in alice.latest(&[&of[0], &of[1]], 0).await.unwrap() {
            let count = item.messages.len();
            assert!((6..=9).contains(&count) && item.has_more, "{count} of {item:?}");
            let first = 16 - i64::try_from(count).unwrap();
            assert_eq!(seqs(&item.messages), (first..=15).collect::<Vec<_>>());
        }
    });
}

#[test]
fn reads_during_sends_have_no_gap_and_all_that_was_acknowledged_before() {
    run(async |server| {
        let (alice, bob, of) = messages(server, 1).await;
        let acknowledged = std::cell::Cell::new(1);
        let over = std::cell::Cell::new(false);
        let send = async {
            for number in 2..=60 {
                let draft = Draft::text(bob.user_id(), format!("m{number}"), "hi");
                acknowledged.set(alice.send(&draft).await.unwrap().seq);
            }
            over.set(true);
        };
        let read = async {
            while !over.get() {
                let before = acknowledged.get();
                let mut pages = vec![
                    bob.latest(&[&of], 0).await.unwrap().remove(0).messages,
                    bob.pull_around(&of, i64::MAX, 20).await.unwrap().messages,
                ];
                let mut newest = bob.pull_newest(&of, 1, i64::MAX, 20).await.unwrap().messages;
                newest.reverse();
                pages.push(newest);
                for page in pages {
                    let found = seqs(&page);
                    assert!(found.last().is_some_and(|last| *last >= before), "{found:?}");
                    assert!(found.is_sorted_by(|a, b| a + 1 == *b), "{found:?}");
                }
            }
        };
        join(send, read).await;
    });
}
