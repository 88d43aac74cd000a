use super::send_texts;
use crate::support::server::run;
use longwave_client::Draft;
use serde_json::json;

const SEND: &str = "/api/v1/message/send";

#[test]
fn TestMessage_SendSingleChat() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let body = json!({
            "client_msg_id": "m1", "session_type": 1, "recv_id": bob.user_id(),
            "content_type": 1, "content": "{\"text\":\"hi\"}",
        });
        let ack = server.post(&alice, SEND, body.clone()).await.data();
        assert_eq!(ack["seq"], 1);
        assert!(ack["conversation_id"].as_str().unwrap().starts_with("si_"));
        assert_eq!(server.post(&alice, SEND, body.clone()).await.data(), ack, "the same seq");
        let next = alice.send(&Draft::text(bob.user_id(), "m2", "hi")).await.unwrap();
        assert_eq!(next.seq, 2);

        let mut incomplete = body.clone();
        incomplete.as_object_mut().unwrap().remove("client_msg_id");
        server.post(&alice, SEND, incomplete).await.refuses(400, 10001, "client_msg_id");
        let mut unknown = body;
        unknown["recv_id"] = json!("u___404");
        server.post(&alice, SEND, unknown).await.refuses(404, 10201, "not found");
    });
}

#[test]
fn TestMessage_SendGroupChat() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let group_id = server.group(&alice, &[]).await;
        let ack = server.send_to_group(&alice, &group_id, "m1").await.data();
        assert_eq!(
            (&ack["seq"], &ack["conversation_id"]),
            (&json!(1), &json!(format!("sg_{group_id}")))
        );
        server.send_to_group(&bob, &group_id, "m1").await.refuses(403, 10303, "member");
        let unknown = server.send_to_group(&alice, "aaaaaaaaaaaaaaaa", "m1").await;
        unknown.refuses(404, 10301, "not found");
    });
}

#[test]
fn TestMessage_Pull() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let carol = server.user().await;
        let acks = send_texts(&alice, &bob, 5).await;
        let id = &acks[0].conversation_id;
        let pull = async |user, range: &str| {
            let path = format!("/api/v1/message/pull?conversation_id={id}&{range}");
            server.get(user, &path).await
        };
        let seqs = async |range| {
            let data = pull(&bob, range).await.data();
            let messages = data["messages"].as_array().unwrap();
            let seqs: Vec<_> = messages.iter().map(|it| it["seq"].as_i64().unwrap()).collect();
            (seqs, data["has_more"].as_bool().unwrap())
        };
        assert_eq!(seqs("begin_seq=1&end_seq=5").await, (vec![1, 2, 3, 4, 5], false));
        assert_eq!(seqs("begin_seq=1&end_seq=5&limit=3").await, (vec![1, 2, 3], true));
        assert_eq!(seqs("begin_seq=2&end_seq=4").await, (vec![2, 3, 4], false));
        pull(&carol, "begin_seq=1&end_seq=5").await.refuses(403, 10006, "permission");
        let missing = server.get(&bob, "/api/v1/message/pull?begin_seq=1&end_seq=5").await;
        missing.refuses(400, 10001, "conversation_id is required");
    });
}

#[test]
fn TestMessage_GetMaxSeq() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let acks = send_texts(&alice, &bob, 3).await;
        let max_seqs = async |user| server.get(user, "/api/v1/message/max_seqs").await.data();
        for (user, read_seq) in [(&alice, 3), (&bob, 0)] {
            let data = max_seqs(user).await;
            let place = json!({
                "conversation_id": acks[0].conversation_id,
                "max_seq": 3, "min_seq": 1, "read_seq": read_seq,
            });
            assert_eq!((&data["items"], &data["has_more"]), (&json!([place]), &json!(false)));
        }
        let carol = server.user().await;
        assert_eq!(max_seqs(&carol).await["items"], json!([]));
    });
}
