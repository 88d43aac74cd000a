use super::*;
use crate::Reason;
use crate::script::Reply::{Cut, Data, Foreign, Refusal, Silence};
use crate::script::{Reply, Script, message};
use futures::FutureExt;
use serde_json::{Value, json};

/// A message of the conversation `c`, as a frame of a poll.
fn frame(c: &str, seq: i64) -> Value {
    let mut data = message(c, seq);
    data["event_id"] = json!(1000 + seq);
    json!({ "req_id": 2001, "data": data })
}

fn read_position(c: &str) -> Value {
    let data = json!({ "event_id": 1, "conversation_id": c, "read_seq": 1, "unread": 0 });
    json!({ "req_id": 2003, "data": data })
}

fn polled(cursor: &str, frames: &[Value]) -> Reply {
    Data(json!({ "cursor": cursor, "frames": frames, "reset": false }))
}

/// The answer to an invalid cursor, with the reason, if any.
fn reset(cursor: &str, reason: &str) -> Reply {
    let mut data = json!({ "cursor": cursor, "frames": [], "reset": true });
    if !reason.is_empty() {
        data["reset_reason"] = json!(reason);
    }
    Data(data)
}

fn pulled(c: &str, seqs: impl IntoIterator<Item = i64>, has_more: bool) -> Reply {
    let messages: Vec<Value> = seqs.into_iter().map(|seq| message(c, seq)).collect();
    Data(json!({ "messages": messages, "has_more": has_more }))
}

/// A page of positions: conversation, first and last visible seq.
fn max_seqs(positions: &[(&str, i64, i64)], next_cursor: &str) -> Reply {
    let item = |&(c, min, max): &(&str, i64, i64)| json!({ "conversation_id": c, "min_seq": min, "max_seq": max, "read_seq": 0 });
    let items: Vec<Value> = positions.iter().map(item).collect();
    let has_more = !next_cursor.is_empty();
    Data(json!({ "items": items, "next_cursor": next_cursor, "has_more": has_more }))
}

/// A feed that has started at the cursor `0` with these positions; the requests of the start are
/// not recorded.
async fn started(positions: &[(&str, i64, i64)], replies: Vec<Reply>) -> (Script, Feed) {
    let script = Script::start(replies).await;
    let positions = positions.iter().map(|&(c, _, max)| (c.to_owned(), max)).collect();
    let state = FeedState { cursor: "0".to_owned(), local_max: positions, given: BTreeMap::new() };
    let feed = Feed::resume(script.session.clone(), state);
    (script, feed)
}

/// The next events, one word each.
async fn next(feed: &mut Feed, count: usize) -> Vec<String> {
    let mut events = Vec::new();
    for _ in 0..count {
        events.push(match feed.next().await.unwrap() {
            Event::Message(message) => format!("{}{}", message.conversation_id, message.seq),
            Event::Change(Frame::Read { position, .. }) => {
                format!("read {}", position.conversation_id)
            }
            Event::Change(frame) => format!("{frame:?}"),
            Event::Reset { reason } => format!("{reason:?}"),
        });
    }
    events
}

const POLL_0: &str = "GET realtime/poll?timeout=25&cursor=0";
const POLL_1: &str = "GET realtime/poll?timeout=25&cursor=1";

fn pull(c: &str, begin: i64, end: i64) -> String {
    format!("GET message/pull?conversation_id={c}&begin_seq={begin}&end_seq={end}&limit=100")
}

#[tokio::test]
async fn a_feed_starts_at_a_cursor_that_is_older_than_the_positions() {
    let replies = [polled("0", &[]), max_seqs(&[("a", 1, 3)], "p"), max_seqs(&[("b", 5, 4)], "")];
    let script = Script::start(replies).await;
    let feed = Feed::start(script.session.clone()).await.unwrap();
    let positions = ["a", "b", "c"].map(|c| feed.local_max(c));
    assert_eq!(positions, [Some(3), Some(4), None]);
    assert_eq!(
        script.asked(),
        [
            "GET realtime/poll?timeout=0",
            "GET message/max_seqs?cursor=",
            "GET message/max_seqs?cursor=p"
        ]
    );
}

#[tokio::test]
async fn each_message_is_delivered_once_and_in_order_with_changes() {
    let first = [frame("a", 3), frame("a", 4), read_position("a"), frame("b", 1), frame("a", 4)];
    let replies = vec![polled("1", &first), polled("2", &[frame("b", 1), frame("a", 5)])];
    let (script, mut feed) = started(&[("a", 1, 3)], replies).await;
    assert_eq!(next(&mut feed, 4).await, ["a4", "read a", "b1", "a5"]);
    assert_eq!(script.asked(), [POLL_0, POLL_1]);
}

#[tokio::test]
async fn a_gap_is_pulled_page_by_page_before_the_message_after_it() {
    let replies = vec![
        polled("1", &[frame("a", 205)]),
        pulled("a", 4..=103, true),
        pulled("a", 104..=203, true),
        pulled("a", [204], false),
    ];
    let (script, mut feed) = started(&[("a", 1, 3)], replies).await;
    let expected: Vec<String> = (4..=205).map(|seq| format!("a{seq}")).collect();
    assert_eq!(next(&mut feed, 202).await, expected);
    let pulls = [pull("a", 4, 204), pull("a", 104, 204), pull("a", 204, 204)];
    assert_eq!(script.asked(), [&[POLL_0.to_owned()], &pulls[..]].concat());
}

#[tokio::test]
async fn an_invisible_gap_is_skipped() {
    let frames = [frame("a", 6), frame("b", 9)];
    let hidden = Refusal(403, 10006, None, None);
    let replies = vec![polled("1", &frames), pulled("a", [], false), hidden];
    let (script, mut feed) = started(&[("a", 1, 3), ("b", 1, 3)], replies).await;
    assert_eq!(next(&mut feed, 2).await, ["a6", "b9"]);
    assert_eq!(script.asked(), [POLL_0.to_owned(), pull("a", 4, 5), pull("b", 4, 8)]);
}

#[tokio::test]
async fn a_new_conversation_begins_with_its_first_visible_message() {
    let replies = vec![
        polled("1", &[frame("b", 7), frame("b", 8), frame("c", 1)]),
        max_seqs(&[("a", 1, 9)], "p"),
        max_seqs(&[("b", 5, 8)], ""),
        pulled("b", [5, 6], false),
    ];
    let (script, mut feed) = started(&[("a", 1, 3)], replies).await;
    assert_eq!(next(&mut feed, 5).await, ["b5", "b6", "b7", "b8", "c1"]);
    assert_eq!(feed.local_max("a"), Some(3), "other positions are unchanged");
    assert_eq!(script.asked()[3], pull("b", 5, 6));
}

#[tokio::test]
async fn a_message_from_before_leaving_or_rejoining_is_delivered() {
    for now in [&[("b", 9, 9)][..], &[]] {
        let replies = vec![
            polled("1", &[frame("b", 6), frame("b", 9)]),
            max_seqs(now, ""),
            pulled("b", [], false),
        ];
        let (script, mut feed) = started(&[], replies).await;
        assert_eq!(next(&mut feed, 2).await, ["b6", "b9"]);
        assert_eq!(script.asked()[2], pull("b", 7, 8));
    }
}

#[tokio::test]
async fn a_too_old_reset_pulls_the_missed_messages_of_every_conversation() {
    let replies = vec![
        reset("1", "too_old"),
        max_seqs(&[("a", 1, 104), ("b", 1, 3)], "p"),
        max_seqs(&[("c", 2, 3), ("d", 8, 8)], ""),
        pulled("a", 4..=103, true),
        pulled("a", [104], false),
        pulled("c", [2, 3], false),
        pulled("d", [8], false),
        polled("2", &[frame("a", 104), frame("a", 105)]),
    ];
    let before = [("a", 1, 3), ("b", 1, 3), ("d", 1, 3), ("e", 1, 3)];
    let (script, mut feed) = started(&before, replies).await;
    let missed = (4..=104).map(|seq| format!("a{seq}"));
    let others = ["c2", "c3", "d8", "a105"].map(str::to_owned);
    let expected: Vec<String> =
        ["TooOld".to_owned()].into_iter().chain(missed).chain(others).collect();
    assert_eq!(next(&mut feed, expected.len()).await, expected);
    assert_eq!(feed.local_max("e"), Some(3), "an unlisted conversation keeps its position");
    let asked = script.asked();
    assert_eq!(asked[3..5], [pull("a", 4, 104), pull("a", 104, 104)]);
    assert_eq!(asked[5..7], [pull("c", 2, 3), pull("d", 8, 8)]);
    assert_eq!(asked[7], POLL_1);
}

#[tokio::test]
async fn after_another_history_no_message_counts_as_already_delivered() {
    // Older servers give no reason, and later ones may give an unknown one.
    for reason in ["other_history", "", "something_new"] {
        let replies = vec![
            reset("1", reason),
            max_seqs(&[("a", 1, 2)], "p"),
            max_seqs(&[("b", 1, 12), ("d", 3, 2)], ""),
            // "a" was at 9, and its seqs 3 to 9 are now other messages, like all seqs of "c".
            polled("2", &[frame("a", 3), frame("a", 4), frame("b", 12), frame("b", 13)]),
            polled("3", &[frame("c", 1), frame("d", 3)]),
        ];
        let (script, mut feed) = started(&[("a", 1, 9), ("b", 1, 9), ("c", 1, 9)], replies).await;
        assert_eq!(next(&mut feed, 1).await, ["OtherHistory"]);
        let positions = ["a", "b", "c", "d"].map(|c| feed.local_max(c));
        assert_eq!(positions, [Some(2), Some(12), None, Some(2)], "as at a start");
        assert_eq!(next(&mut feed, 5).await, ["a3", "a4", "b13", "c1", "d3"]);
        assert_eq!(script.asked()[3], POLL_1);
    }
}

#[tokio::test]
async fn a_shorter_conversation_means_another_history_whatever_the_reason() {
    let replies = vec![
        reset("1", "too_old"),
        max_seqs(&[("a", 1, 12), ("b", 1, 2)], ""),
        polled("2", &[frame("a", 13), frame("b", 3)]),
    ];
    let (script, mut feed) = started(&[("a", 1, 9), ("b", 1, 9)], replies).await;
    assert_eq!(next(&mut feed, 4).await, ["TooOld", "OtherHistory", "a13", "b3"]);
    assert_eq!(script.asked().len(), 3);
}

#[tokio::test]
async fn a_reset_that_is_dropped_midway_keeps_the_old_state_until_delivered() {
    let (script, mut feed) =
        started(&[("a", 1, 9)], vec![reset("1", "other_history"), Silence]).await;
    drop_at(&script, &mut feed, 2).await;
    assert_eq!(feed.local_max("a"), Some(9));
    script.then([max_seqs(&[("a", 1, 2)], ""), polled("2", &[frame("a", 3)])]);
    assert_eq!(next(&mut feed, 1).await, ["OtherHistory"]);
    assert_eq!(feed.local_max("a"), Some(2));
    assert_eq!(next(&mut feed, 1).await, ["a3"]);
}

#[tokio::test]
async fn the_end_of_the_login_ends_the_feed_with_the_reason() {
    for (code, word, reason) in [
        (10101, "new_login", Reason::NewLogin),
        (10101, "logout", Reason::Logout),
        (10101, "revoked", Reason::Revoked),
        (10101, "unknown", Reason::Unknown),
        (10102, "token_expired", Reason::TokenExpired),
    ] {
        let (script, mut feed) = started(&[], vec![Refusal(401, code, Some(word), None)]).await;
        let error = feed.next().await.unwrap_err();
        assert!(error.is_unauthorized());
        assert_eq!((error.code(), error.reason()), (Some(code), Some(reason)));
        assert_eq!(script.asked(), [POLL_0]);
    }
}

#[tokio::test]
async fn a_final_refusal_is_returned_and_loses_nothing() {
    let refusal = Refusal(400, 10001, None, None);
    let replies = vec![polled("1", &[frame("a", 2)]), refusal, pulled("a", [1], false)];
    let (script, mut feed) = started(&[("a", 1, 0)], replies).await;
    assert_eq!(feed.next().await.unwrap_err().code(), Some(10001));
    assert_eq!(next(&mut feed, 2).await, ["a1", "a2"]);
    assert_eq!(script.asked().len(), 3);
}

#[tokio::test]
async fn a_cut_connection_is_reconnected() {
    let replies = vec![Cut, polled("1", &[frame("a", 4)])];
    let (script, mut feed) = started(&[("a", 1, 3)], replies).await;
    assert_eq!(next(&mut feed, 1).await, ["a4"]);
    assert_eq!(feed.backoff, Backoff::default(), "the next failure is a first one");
    assert_eq!(script.asked(), [POLL_0, POLL_0]);
}

#[tokio::test]
async fn a_step_that_fails_is_retried() {
    let replies = vec![
        Refusal(429, 10005, None, Some(0)),
        polled("1", &[frame("a", 5)]),
        Refusal(503, 20101, None, Some(0)),
        max_seqs(&[("a", 3, 5)], ""),
        Foreign(502, "<html>"),
        pulled("a", [3, 4], false),
    ];
    let (script, mut feed) = started(&[], replies).await;
    assert_eq!(next(&mut feed, 3).await, ["a3", "a4", "a5"]);
    let survey = "GET message/max_seqs?cursor=".to_owned();
    let expected = [POLL_0.to_owned(), survey, pull("a", 3, 4)];
    let twice: Vec<String> =
        expected.iter().flat_map(|step| [step.clone(), step.clone()]).collect();
    assert_eq!(script.asked(), twice);
}

#[tokio::test(start_paused = true)]
async fn a_feed_outlasts_answers_of_another_program() {
    // Far more attempts than for a message: no message of the user depends on a poll.
    let mut replies: Vec<Reply> = (0..12).map(|_| Foreign(404, "<html>")).collect();
    replies.extend([Foreign(200, "<html>"), Foreign(401, "<html>")]);
    replies.push(polled("1", &[frame("a", 4)]));
    let (script, mut feed) = started(&[("a", 1, 3)], replies).await;
    assert_eq!(next(&mut feed, 1).await, ["a4"]);
    assert_eq!(script.asked(), [POLL_0; 15]);
}

#[tokio::test]
async fn a_saved_state_holds_exactly_the_delivered_messages() {
    let frames = [frame("a", 5), frame("a", 6), frame("b", 1)];
    let replies = vec![polled("1", &frames), pulled("a", [4], false)];
    let (script, mut feed) = started(&[("a", 1, 3)], replies).await;
    assert_eq!(next(&mut feed, 2).await, ["a4", "a5"]);
    let kept = serde_json::to_string(feed.state()).unwrap();
    let given = r#"{"a":{"4":"a4","5":"a5"}}"#;
    assert_eq!(kept, format!(r#"{{"cursor":"0","local_max":{{"a":5}},"given":{given}}}"#));

    // The same answer again, since its cursor was not used.
    script.then([polled("1", &frames), polled("2", &[frame("b", 2)])]);
    let mut feed = Feed::resume(script.session.clone(), serde_json::from_str(&kept).unwrap());
    assert_eq!(next(&mut feed, 3).await, ["a6", "b1", "b2"]);
    assert_eq!(script.asked()[2..], [POLL_0, POLL_1]);
}

#[tokio::test]
async fn a_different_message_with_a_delivered_seq_means_another_history() {
    let frames = [frame("a", 4), frame("a", 5)];
    let (script, mut feed) = started(&[("a", 1, 3)], vec![polled("1", &frames)]).await;
    assert_eq!(next(&mut feed, 1).await, ["a4"]);
    let kept = serde_json::to_string(feed.state()).unwrap();

    // Both histories share the cursor; after a restored backup, 4 was written again.
    let mut other = frame("a", 4);
    other["data"]["server_msg_id"] = json!("another");
    let answer = polled("1", &[other, frame("a", 5)]);
    script.then([answer, max_seqs(&[("a", 1, 5)], ""), polled("2", &[frame("a", 6)])]);
    let mut feed = Feed::resume(script.session.clone(), serde_json::from_str(&kept).unwrap());
    let reset = feed.next().await.unwrap();
    assert!(matches!(reset, Event::Reset { reason: ResetReason::OtherHistory }), "{reset:?}");
    assert_eq!(next(&mut feed, 1).await, ["a6"]);
}

/// Drops `next` while the request with this number, from 1, is unanswered.
async fn drop_at(script: &Script, feed: &mut Feed, number: usize) {
    tokio::select! {
        event = feed.next() => panic!("{event:?}"),
        () = script.until_asked(number) => {}
    }
}

#[tokio::test]
async fn dropping_next_midway_loses_nothing() {
    let (script, mut feed) = started(&[("a", 1, 3)], vec![Silence]).await;
    drop_at(&script, &mut feed, 1).await;
    script.then([polled("1", &[frame("b", 3), frame("a", 4)]), Silence]);
    drop_at(&script, &mut feed, 3).await;
    script.then([max_seqs(&[("a", 1, 4)], "p"), Silence]);
    drop_at(&script, &mut feed, 5).await;
    script.then([max_seqs(&[("b", 1, 3)], ""), Silence]);
    drop_at(&script, &mut feed, 7).await;
    script.then([pulled("b", [1], true), pulled("b", [2], false)]);
    assert_eq!(next(&mut feed, 4).await, ["b1", "b2", "b3", "a4"]);
    let asked = script.asked();
    assert_eq!(asked[..2], [POLL_0, POLL_0]);
    assert_eq!(asked[4..6], ["GET message/max_seqs?cursor=p"; 2]);
    assert_eq!(asked[6..], [pull("b", 1, 2), pull("b", 1, 2), pull("b", 2, 2)]);
}

#[tokio::test]
async fn dropping_next_does_not_cut_short_the_wait_after_a_failure() {
    let (script, mut feed) = started(&[("a", 1, 3)], vec![polled("1", &[frame("a", 4)])]).await;
    let (started, wait) = (std::time::Instant::now(), Duration::from_millis(200));
    feed.pause = Some(Box::pin(sleep(wait)));
    assert!(feed.next().now_or_never().is_none());
    assert_eq!(next(&mut feed, 1).await, ["a4"]);
    assert!(started.elapsed() >= wait, "{:?}", started.elapsed());
    assert_eq!(script.asked(), [POLL_0]);
}

#[tokio::test]
async fn a_poll_that_another_one_replaced_is_not_repeated_at_once() {
    let replies = vec![polled("1", &[]), polled("2", &[frame("a", 4)])];
    let (script, mut feed) = started(&[("a", 1, 3)], replies).await;
    let started = std::time::Instant::now();
    assert_eq!(next(&mut feed, 1).await, ["a4"]);
    assert!(started.elapsed() >= Duration::from_millis(500), "{:?}", started.elapsed());
    assert_eq!(script.asked(), [POLL_0, POLL_1]);
}
