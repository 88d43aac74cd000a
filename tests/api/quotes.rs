//! Messages that quote others, and `message/replies`.

use crate::support::server::{Server, run};
use futures::future::join;
use longwave_client::{Draft, Frame, MessageStatus, Quote, Session};
use serde_json::json;
use std::time::Duration;

const SEND: &str = "/api/v1/message/send";

fn reply(to: &Session, id: &str, quote_seq: i64) -> Draft {
    Draft { quote_seq: Some(quote_seq), ..Draft::text(to.user_id(), id, "a reply") }
}

/// Two users, and their conversation with a message of the first one and a reply of the second one.
async fn a_reply(server: &Server) -> (Session, Session, String) {
    let (alice, bob) = server.two_users().await;
    let ack = alice.send(&Draft::text(bob.user_id(), "m1", "a question")).await.unwrap();
    assert_eq!(bob.send(&reply(&alice, "m1", 1)).await.unwrap().seq, 2);
    (alice, bob, ack.conversation_id)
}

async fn quote(user: &Session, of: &str, seq: i64) -> Quote {
    let mut messages = user.pull_all(of, seq, seq).await.unwrap();
    messages.remove(0).quote.unwrap()
}

#[test]
fn a_reply_shows_what_it_quotes_as_it_is_now() {
    run(async |server| {
        let (alice, bob, of) = a_reply(server).await;
        let seen = quote(&alice, &of, 2).await;
        assert_eq!((seen.seq, seen.preview.as_deref()), (1, Some("a question")));
        assert_eq!(seen.sender_id.as_deref(), Some(alice.user_id().as_str()));
        let replies = bob.replies(&of, 1, None).await.unwrap();
        assert_eq!((replies.messages.len(), replies.has_more), (1, false));
        assert_eq!(replies.messages[0].quote.as_ref(), Some(&seen));
        alice.edit(&of, 1, r#"{"text":"another"}"#, None).await.unwrap();
        assert_eq!(quote(&bob, &of, 2).await.preview.as_deref(), Some("another"));
        alice.revoke(&of, &[1], true).await.unwrap();
        let gone = quote(&bob, &of, 2).await;
        assert_eq!((gone.status, gone.preview), (MessageStatus::Revoked, None));
        let path = format!("/api/v1/message/pull?conversation_id={of}&begin_seq=1&end_seq=1");
        let plain = server.get(&alice, &path).await.data();
        assert!(plain["messages"][0].get("quote").is_none(), "{plain}");
    });
}

#[test]
fn a_newcomer_receives_no_preview_of_a_message_from_before_joining() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let group_id = server.group(&alice, &[]).await;
        let first = Draft::text_to_group(&group_id, "m1", "a secret");
        let of = alice.send(&first).await.unwrap().conversation_id;
        server.post(&bob, "/api/v1/group/join", json!({ "group_id": group_id })).await.data();
        let [cursor, own] = [&bob, &alice].map(|user| user.poll(None, Duration::ZERO));
        let (cursor, own) = join(cursor, own).await;
        let (cursor, own) = (cursor.unwrap().cursor, own.unwrap().cursor);
        let second = Draft { quote_seq: Some(1), ..Draft::text_to_group(&group_id, "m2", "hi") };
        let wait = Duration::from_secs(20);
        let waiting = join(bob.poll(Some(&cursor), wait), alice.poll(Some(&own), wait));
        let ((newcomer, member), _) = join(waiting, alice.send(&second)).await;
        let later = bob.poll(Some(&cursor), Duration::ZERO).await;
        for polled in [newcomer, later] {
            let polled = polled.unwrap();
            let Frame::Message { message, .. } = &polled.frames[0] else { panic!("{polled:?}") };
            assert_eq!(message.quote, Some(Quote::hidden(1)));
        }
        let member = member.unwrap();
        let Frame::Message { message, .. } = &member.frames[0] else { panic!("{member:?}") };
        assert_eq!(message.quote.as_ref().unwrap().preview.as_deref(), Some("a secret"));
        assert_eq!(quote(&bob, &of, 2).await, Quote::hidden(1));
        let body = json!({
            "client_msg_id": "m1", "session_type": 2, "group_id": group_id, "content_type": 1,
            "content": "{}", "quote_seq": 1,
        });
        server.post(&bob, SEND, body).await.refuses(404, 10401, "");
    });
}

#[test]
fn a_message_that_is_missing_or_erased_cannot_be_quoted() {
    run(async |server| {
        let (alice, bob, of) = a_reply(server).await;
        let body = |quote_seq| {
            json!({
                "client_msg_id": "m9", "session_type": 1, "recv_id": bob.user_id(),
                "content_type": 1, "content": "{}", "quote_seq": quote_seq,
            })
        };
        for (quote_seq, status, code) in [
            (json!(0), 400, 10001),
            (json!(-1), 400, 10001),
            (json!("1"), 400, 10001),
            (json!(3), 404, 10401),
            (json!(i64::MAX), 404, 10401),
        ] {
            server.post(&alice, SEND, body(quote_seq)).await.refuses(status, code, "");
        }
        alice.revoke(&of, &[1], false).await.unwrap();
        server.post(&alice, SEND, body(json!(1))).await.refuses(409, 10410, "");
        // A repeat of a message that was sent before.
        assert_eq!(bob.send(&reply(&alice, "m1", 1)).await.unwrap().seq, 2);
        server.post(&alice, SEND, body(json!(2))).await.data();
        server.post(&alice, SEND, body(json!(null))).await.refuses(409, 10402, "");
    });
}

#[test]
fn a_reply_that_races_a_revocation_is_refused_or_shows_that_it_is_revoked() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        for round in 0..20 {
            let id = format!("m{round}");
            let sent = alice.send(&Draft::text(bob.user_id(), &id, "a secret")).await.unwrap();
            let of = sent.conversation_id;
            let draft = reply(&alice, &id, sent.seq);
            let seqs = [sent.seq];
            let (revoked, replied) = join(alice.revoke(&of, &seqs, true), bob.send(&draft)).await;
            revoked.unwrap();
            match replied {
                Ok(ack) => {
                    let seen = quote(&alice, &of, ack.seq).await;
                    assert_eq!((seen.status, seen.preview), (MessageStatus::Revoked, None));
                }
                Err(refused) => assert!(format!("{refused:?}").contains("10410"), "{refused:?}"),
            }
        }
    });
}
