//! `message/send` and `message/pull`.

use crate::api::internal::Call;
use crate::support::server::{Ask, run, run_with, unique};
use futures::future::join_all;
use longwave_client::{Draft, Frame, Session};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

const SEND: &str = "/api/v1/message/send";

fn body(to: &Session) -> Value {
    json!({
        "client_msg_id": "m1", "session_type": 1, "recv_id": to.user_id(),
        "content_type": 1, "content": "{\"text\":\"hi\"}",
    })
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

#[test]
fn a_message_is_stored_once_and_both_sides_pull_the_same_copy() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let ack = alice.send(&Draft::text(bob.user_id(), "m1", "hi, 世界 🌊")).await.unwrap();
        assert_eq!(ack.seq, 1);
        let seen = bob.pull(&ack.conversation_id, 1, 1, 10).await.unwrap();
        assert_eq!(seen, alice.pull(&ack.conversation_id, 1, 1, 10).await.unwrap());
        let [message] = &seen.messages[..] else { panic!("{seen:?}") };
        assert_eq!(message.server_msg_id, ack.server_msg_id);
        assert_eq!(message.sender_id, alice.user_id().as_str());
        assert_eq!(message.recv_id.as_deref(), Some(bob.user_id().as_str()));
        assert_eq!(message.content, json!({ "text": "hi, 世界 🌊" }).to_string());
        assert_eq!((message.seq, message.send_time), (1, ack.send_time));
    });
}

#[test]
fn notes_to_oneself_are_one_conversation_that_is_never_unread() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let start = alice.poll(None, Duration::ZERO).await.unwrap().cursor;
        let waiting = alice.poll(Some(&start), Duration::from_secs(20));
        let unread = with(body(&alice), "sender_read", json!(false));
        let (polled, ack) = futures::join!(waiting, server.post(&alice, SEND, unread));
        let of = ack.data()["conversation_id"].as_str().unwrap().to_owned();
        assert_eq!(of, format!("si_{0}:{0}", alice.user_id()));
        let frames = polled.unwrap().frames;
        assert!(matches!(&frames[..], [Frame::Message { .. }]), "once: {frames:?}");
        let second = Draft::text(alice.user_id(), "m2", "hi");
        assert_eq!(alice.send(&second).await.unwrap().seq, 2);
        assert_eq!(alice.send(&second).await.unwrap().seq, 2, "a repeat");
        let [listed] = &alice.conversations(None).await.unwrap().conversations[..] else {
            panic!("one conversation")
        };
        assert_eq!((listed.unread, listed.read_seq), (0, 0));
        assert_eq!(listed.peer_user_id.as_deref(), Some(alice.user_id().as_str()));
        alice.revoke(&of, &[1], true).await.unwrap();
        assert_eq!(alice.mark_read(&of, 2).await.unwrap(), 2);
        let listed = alice.conversations(None).await.unwrap().conversations.remove(0);
        assert_eq!((listed.unread, listed.peer_read_seq), (0, 0));
        let typing = json!({ "conversation_id": of });
        server.post(&alice, "/api/v1/message/typing", typing).await.data();
        let path = format!("/api/v1/message/pull?conversation_id={of}&begin_seq=1&end_seq=2");
        server.get(&bob, &path).await.refuses(403, 10006, "");
    });
}

#[test]
fn both_directions_share_one_conversation_and_one_sequence() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let there = alice.send(&Draft::text(bob.user_id(), "m1", "ping")).await.unwrap();
        let back = bob.send(&Draft::text(alice.user_id(), "m1", "pong")).await.unwrap();
        assert_eq!((there.conversation_id, 2), (back.conversation_id, back.seq));
    });
}

#[test]
fn a_resent_message_gets_the_answer_to_the_first() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let draft = Draft::text(bob.user_id(), "m1", "hi");
        let acks = join_all((0..20).map(|_| alice.send(&draft))).await;
        let first = alice.send(&draft).await.unwrap();
        assert!(acks.into_iter().all(|ack| ack.unwrap() == first));
        assert_eq!(
            alice.pull(&first.conversation_id, 1, 100, 100).await.unwrap().messages.len(),
            1
        );
        let next = alice.send(&Draft::text(bob.user_id(), "m2", "hi")).await.unwrap();
        assert_eq!(next.seq, 2, "a repeat uses up no seq");
    });
}

#[test]
fn reusing_a_client_msg_id_for_another_message_is_refused_f10() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        alice.send(&Draft::text(bob.user_id(), "m1", "hi")).await.unwrap();
        let error = alice.send(&Draft::text(bob.user_id(), "m1", "other")).await.unwrap_err();
        assert_eq!(error.code(), Some(10402), "{error}");
    });
}

#[test]
fn concurrent_messages_get_consecutive_seqs_f4() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let drafts: Vec<Draft> =
            (0..50).map(|number| Draft::text(bob.user_id(), format!("m{number}"), "hi")).collect();
        let acks = join_all(drafts.iter().map(|draft| alice.send(draft))).await;
        let mut seqs: Vec<i64> = acks.into_iter().map(|ack| ack.unwrap().seq).collect();
        seqs.sort_unstable();
        assert_eq!(seqs, (1..=50).collect::<Vec<_>>());
    });
}

#[test]
fn an_invalid_message_is_refused_by_field_and_not_stored() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let start = bob.poll(None, Duration::ZERO).await.unwrap().cursor;
        let good = || body(&bob);
        let nobody = "nx__01890000-0000-7000-8000-000000000000";
        let too_long = json!("x".repeat(8_200)).to_string();
        for (body, status, code, message) in [
            (with(good(), "client_msg_id", json!(null)), 400, 10001, "client_msg_id"),
            (with(good(), "client_msg_id", json!("")), 400, 10001, "client_msg_id"),
            (with(good(), "client_msg_id", json!("x".repeat(65))), 400, 10001, "client_msg_id"),
            (with(good(), "client_msg_id", json!("a ")), 400, 10001, "client_msg_id"),
            (with(good(), "client_msg_id", json!(1)), 400, 10001, "client_msg_id"),
            (with(good(), "session_type", json!(null)), 400, 10001, "session_type"),
            (with(good(), "session_type", json!(3)), 400, 10001, "session_type"),
            (with(good(), "session_type", json!("1")), 400, 10001, "session_type"),
            (with(good(), "session_type", json!(2)), 400, 10001, "group_id"),
            (
                with(with(good(), "session_type", json!(2)), "group_id", json!("g")),
                404,
                10301,
                "group",
            ),
            (with(good(), "recv_id", json!(null)), 400, 10001, "recv_id"),
            (with(good(), "recv_id", json!("bob")), 400, 10001, "recv_id"),
            (with(good(), "recv_id", json!("u___01")), 400, 10001, "recv_id"),
            (with(good(), "recv_id", json!(nobody)), 404, 10201, "user not found"),
            (with(good(), "content_type", json!(null)), 400, 10001, "content_type"),
            (with(good(), "content_type", json!(12)), 400, 10001, "content_type"),
            (with(good(), "content_type", json!(99)), 400, 10001, "content_type"),
            (with(good(), "content_type", json!(1001)), 400, 10001, "content_type"),
            (with(good(), "content", json!(null)), 400, 10001, "content"),
            (with(good(), "content", json!({ "text": "hi" })), 400, 10001, "content"),
            (with(good(), "content", json!("no json")), 400, 10001, "content"),
            (with(good(), "content", json!("")), 400, 10001, "content"),
            (with(good(), "content", json!(too_long)), 413, 10403, "8192"),
            (with(good(), "sender_read", json!("yes")), 400, 10001, "sender_read"),
        ] {
            let answer = server.ask(Ask::post(SEND).token(alice.token()).json(&body)).await;
            answer.refuses(status, code, message);
        }
        let polled = bob.poll(Some(&start), Duration::ZERO).await.unwrap();
        assert!(polled.frames.is_empty(), "nothing was written: {polled:?}");
        let ack = alice.send(&Draft::text(bob.user_id(), "m1", "hi")).await.unwrap();
        assert_eq!(ack.seq, 1, "no refusal used up a seq");
    });
}

#[test]
fn messages_have_one_of_twelve_content_types_whatever_their_content() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let start = bob.poll(None, Duration::ZERO).await.unwrap().cursor;
        for content_type in (1..=11).chain([100]) {
            let body = with(body(&bob), "content_type", json!(content_type));
            let body = with(body, "client_msg_id", json!(format!("m{content_type}")));
            server.post(&alice, SEND, with(body, "content", json!("[null]"))).await.data();
        }
        let polled = bob.poll(Some(&start), Duration::ZERO).await.unwrap();
        let types = polled.frames.iter().map(|frame| match frame {
            Frame::Message { message, .. } => i64::from(message.content_type),
            other => panic!("{other:?}"),
        });
        assert!(types.eq((1..=11).chain([100])));
    });
}

#[test]
fn content_is_returned_byte_for_byte() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        for content in [
            "null".to_owned(),
            " {\"spaces\" :\t1 } ".to_owned(),
            "\"'; DROP TABLE messages; --\"".to_owned(),
            "{\"n\":12345678901234567890123456789,\"e\":\"\\u0000\\ud83c\\udf0a\"}".to_owned(),
            json!("x".repeat(8_190)).to_string(),
        ] {
            let mut draft = Draft::text(bob.user_id(), unique("m"), "");
            draft.content.clone_from(&content);
            let ack = alice.send(&draft).await.unwrap();
            let seen = bob.pull(&ack.conversation_id, ack.seq, ack.seq, 1).await.unwrap();
            assert_eq!(seen.messages[0].content, content);
        }
    });
}

/// JSON texts that some parsers reject or read differently from others.
fn unreadable() -> Vec<String> {
    let nested = |levels| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    let texts = [
        r#"{"text":"x\ud83d"}"#,
        r#"{"text":"\ude00\ud83d"}"#,
        r#"{"\udfff":1}"#,
        r#"["\ud83dx"]"#,
        "1e400",
        r#"{"size":-1e999}"#,
        r#"{"text":"a","text":"b"}"#,
        r#"{"text":"a","te\u0078t":"b"}"#,
        "NaN",
        "[1,]",
        "{'text':1}",
    ];
    let large = [nested(65), nested(4_000), "[".repeat(8_000), "9".repeat(400)];
    texts.map(str::to_owned).into_iter().chain(large).collect()
}

#[test]
fn content_that_not_every_json_parser_accepts_is_refused() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let service = crate::api::internal::platform_user(server).await;
        for content in unreadable() {
            let body = with(body(&bob), "content", json!(content));
            let answer = server.ask(Ask::post(SEND).token(alice.token()).json(&body)).await;
            answer.refuses(400, 10001, "content must be a JSON value");
            let call = Call::post("/api/v1/internal/message/send", &body).by(&service);
            call.on(server).await.refuses(400, 10001, "content must be a JSON value");
        }
        let ack = alice.send(&Draft::text(bob.user_id(), "m1", "hi")).await.unwrap();
        assert_eq!(ack.seq, 1, "none of it was stored");
    });
}

/// Programs that parse each text of a JSON array of texts and write it again as valid UTF-8, in
/// Python and in JavaScript. A program that is not installed is skipped.
const READERS: [(&str, &[&str]); 2] = [
    (
        "python3",
        &[
            "-c",
            "import json,sys\nfor x in json.load(sys.stdin): json.dumps(json.loads(x), ensure_ascii=False, allow_nan=False).encode()",
        ],
    ),
    (
        "node",
        &[
            "-e",
            "for (const x of JSON.parse(require('fs').readFileSync(0))) { \
            const s = JSON.stringify(JSON.parse(x, (_, v) => { if (typeof v === 'number' && !Number.isFinite(v)) throw v; return v; })); \
            if (/\\\\ud[89a-f]/.test(s)) throw s; }",
        ],
    ),
];

#[test]
fn accepted_content_parses_in_other_languages() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let nested = format!("{}{{\"a\":1}}{}", "[".repeat(63), "]".repeat(63));
        let good = [
            r#"{"text":"\ud83d\ude00 \u0000 \ufffe 😀 \u00e9"}"#,
            "[1e308,-1e-400,0.1,123456789012345678901234567890,-0]",
            r#" {"a":{"a":[{"a":null},{"a":true}]},"":""} "#,
            &nested,
        ];
        let texts = good.map(str::to_owned).into_iter().chain(unreadable());
        let mut taken = Vec::new();
        for content in texts {
            let draft = Draft { content, ..Draft::text(bob.user_id(), unique("m"), "") };
            if let Ok(ack) = alice.send(&draft).await {
                let seen = bob.pull(&ack.conversation_id, ack.seq, ack.seq, 1).await.unwrap();
                taken.push(seen.messages[0].content.clone());
            }
        }
        assert!(taken.len() >= good.len(), "{taken:?}");
        for text in &taken {
            serde_json::from_str::<Value>(text).unwrap();
        }
        for (program, arguments) in READERS {
            let mut command = Command::new(program);
            command.args(arguments).stdin(Stdio::piped()).stderr(Stdio::piped());
            let Ok(mut child) = command.spawn() else { continue };
            child.stdin.take().unwrap().write_all(json!(taken).to_string().as_bytes()).unwrap();
            let output = child.wait_with_output().unwrap();
            let message = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{program}: {message}");
        }
    });
}

/// The largest message: each byte of its content takes two bytes as JSON within JSON.
pub fn largest(to: &Session) -> Draft {
    let content = format!("\"{}\"", "\\".repeat(8_190));
    Draft { content, ..Draft::text(to.user_id(), unique("m"), "") }
}

/// Maximum bytes of an answer: 256 KiB, one more message, and the envelope.
pub const ANSWER_MAX: usize = 256 * 1024 + 20 * 1024;

#[test]
fn pulling_large_messages_gives_bounded_answers_without_gaps() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let drafts: Vec<Draft> = (0..50).map(|_| largest(&bob)).collect();
        let sent = join_all(drafts.iter().map(|draft| alice.send(draft))).await;
        let id = sent[0].as_ref().unwrap().conversation_id.clone();
        let (mut seqs, mut answers) = (Vec::new(), 0);
        loop {
            let begin = seqs.last().map_or(1, |seq| seq + 1);
            let path = format!(
                "/api/v1/message/pull?conversation_id={id}&begin_seq={begin}&end_seq={}",
                i64::MAX
            );
            let answer = server.get(&bob, &path).await;
            assert!(answer.body.len() <= ANSWER_MAX, "{} bytes", answer.body.len());
            let data = answer.data();
            let messages = data["messages"].as_array().unwrap();
            seqs.extend(messages.iter().map(|message| message["seq"].as_i64().unwrap()));
            answers += 1;
            if data["has_more"] == json!(false) {
                break;
            }
            assert!(!messages.is_empty());
        }
        assert_eq!(seqs, (1..=50).collect::<Vec<_>>());
        assert_eq!(answers, 4, "no answer is smaller than it must be");
    });
}

#[test]
fn a_pull_returns_the_requested_range_and_whether_more_follows() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let mut conversation_id = String::new();
        for number in 1..=10 {
            let draft = Draft::text(bob.user_id(), format!("m{number}"), "hi");
            conversation_id = alice.send(&draft).await.unwrap().conversation_id;
        }
        for (begin, end, limit, expected, has_more) in [
            (1, 10, 0, 1..11, false),
            (2, 4, 100, 2..5, false),
            (1, 10, 3, 1..4, true),
            (9, 1_000, 100, 9..11, false),
            (11, 20, 100, 11..11, false),
        ] {
            let pulled = bob.pull(&conversation_id, begin, end, limit).await.unwrap();
            let seqs: Vec<i64> = pulled.messages.iter().map(|message| message.seq).collect();
            assert_eq!(seqs, expected.collect::<Vec<_>>(), "{begin}..{end} limit {limit}");
            assert_eq!(pulled.has_more, has_more, "{begin}..{end} limit {limit}");
        }
    });
}

#[test]
fn an_invalid_pull_is_refused_by_parameter() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let id = alice.send(&Draft::text(bob.user_id(), "m", "x")).await.unwrap().conversation_id;
        for (query, message) in [
            ("begin_seq=1&end_seq=2".to_owned(), "conversation_id"),
            ("conversation_id=&begin_seq=1&end_seq=2".to_owned(), "conversation_id"),
            ("conversation_id=si_a:b&begin_seq=1&end_seq=2".to_owned(), "conversation_id"),
            (format!("conversation_id={id}&end_seq=2"), "begin_seq"),
            (format!("conversation_id={id}&begin_seq=1"), "end_seq"),
            (format!("conversation_id={id}&begin_seq=0&end_seq=2"), "begin_seq"),
            (format!("conversation_id={id}&begin_seq=-5&end_seq=2"), "begin_seq"),
            (format!("conversation_id={id}&begin_seq=3&end_seq=2"), "end_seq"),
            (format!("conversation_id={id}&begin_seq=1&end_seq=2&limit=101"), "limit"),
            (format!("conversation_id={id}&begin_seq=1&end_seq=2&limit=-1"), "limit"),
        ] {
            let path = format!("/api/v1/message/pull?{query}");
            server.ask(Ask::get(&path).token(alice.token())).await.refuses(400, 10001, message);
        }
    });
}

#[test]
fn only_participants_can_pull_a_conversation_f8() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let eve = server.user().await;
        let id = alice.send(&Draft::text(bob.user_id(), "m", "x")).await.unwrap().conversation_id;
        let error = eve.pull(&id, 1, 10, 10).await.unwrap_err();
        assert_eq!(error.code(), Some(10006), "{error}");
    });
}

#[test]
#[ignore = "starts a server of its own"]
fn sends_beyond_the_quota_are_refused_and_not_stored() {
    run_with(&[("message_send_per_minute", "20")], async |server| {
        let (alice, bob) = server.two_users().await;
        let drafts: Vec<_> =
            (0..35).map(|number| Draft::text(bob.user_id(), format!("m{number}"), "hi")).collect();
        let sent = join_all(drafts.iter().map(|draft| alice.send(draft))).await;
        let (acks, refusals): (Vec<_>, Vec<_>) = sent.into_iter().partition(Result::is_ok);
        assert_eq!((acks.len(), refusals.len()), (20, 15));
        assert!(refusals.iter().all(|sent| sent.as_ref().unwrap_err().code() == Some(10005)));
        let body = with(body(&bob), "client_msg_id", json!("another"));
        let refused = server.ask(Ask::post(SEND).token(alice.token()).json(&body)).await;
        refused.refuses(429, 10005, "too many requests");
        assert!(refused.headers.contains_key("retry-after"));
        let conversation_id = &acks[0].as_ref().unwrap().conversation_id;
        let stored = alice.pull(conversation_id, 1, 100, 100).await.unwrap().messages;
        assert_eq!(stored.len(), 20);
        let answer = bob.send(&Draft::text(alice.user_id(), "m1", "hi")).await.unwrap();
        assert_eq!(answer.seq, 21, "everybody has a quota of their own");
    });
}

#[test]
fn a_send_time_or_sender_in_the_request_is_ignored_f29() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let mut forged = body(&bob);
        for (field, value) in [
            ("send_time", json!(1)),
            ("sender_id", json!(bob.user_id())),
            ("seq", json!(99)),
            ("server_msg_id", json!("mine")),
        ] {
            forged[field] = value;
        }
        let before = now();
        let ack = server.ask(Ask::post(SEND).token(alice.token()).json(&forged)).await.data();
        let stored = bob.pull(ack["conversation_id"].as_str().unwrap(), 1, 1, 1).await.unwrap();
        let stored = &stored.messages[0];
        assert_eq!((stored.seq, stored.sender_id.as_str()), (1, alice.user_id().as_str()));
        assert!(stored.send_time >= before && stored.server_msg_id != "mine", "{stored:?}");
    });
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_millis()).unwrap()
}
