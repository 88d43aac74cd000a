use super::send_texts;
use crate::support::server::{Ask, run};
use serde_json::json;

const LIST: &str = "/api/v1/conversation/list";
const READ: &str = "/api/v1/conversation/read";

#[test]
fn TestConversation_List() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let carol = server.user().await;
        assert_eq!(server.get(&alice, LIST).await.data()["conversations"], json!([]));
        let to_bob = send_texts(&alice, &bob, 1).await;
        let to_carol = send_texts(&alice, &carol, 1).await;
        let group_id = server.group(&alice, &[&bob]).await;
        let listed = server.get(&alice, LIST).await.data();
        let items = listed["conversations"].as_array().unwrap();
        let ids: Vec<_> = items.iter().map(|it| it["conversation_id"].clone()).collect();
        let newest_first = [
            json!(format!("sg_{group_id}")),
            json!(to_carol[0].conversation_id),
            json!(to_bob[0].conversation_id),
        ];
        assert_eq!(ids, newest_first);
        assert_eq!(items[1]["peer_user_id"], json!(carol.user_id()));
        assert_eq!((&items[0]["type"], &items[0]["group_id"]), (&json!(2), &json!(group_id)));
        server.ask(Ask::get(LIST)).await.refuses(401, 10103, "missing");
    });
}

#[test]
fn TestConversation_GetInfo() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let acks = send_texts(&alice, &bob, 2).await;
        let item = server.conversation(&bob, &acks[0].conversation_id).await;
        assert_eq!(
            (&item["type"], &item["peer_user_id"], &item["is_pinned"], &item["recv_msg_opt"]),
            (&json!(1), &json!(alice.user_id()), &json!(false), &json!(0))
        );
        assert_eq!(
            (&item["max_seq"], &item["min_seq"], &item["last_message"]["seq"]),
            (&json!(2), &json!(1), &json!(2))
        );
    });
}

#[test]
fn TestConversation_MarkRead() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let acks = send_texts(&alice, &bob, 5).await;
        let id = &acks[0].conversation_id;
        assert_eq!(server.conversation(&bob, id).await["unread"], 5);
        let read = async |seq| {
            let body = json!({ "conversation_id": id, "read_seq": seq });
            server.post(&bob, READ, body).await
        };
        assert_eq!(read(5).await.data(), json!({ "read_seq": 5 }));
        assert_eq!(server.conversation(&bob, id).await["unread"], 0);
        assert_eq!(read(2).await.data(), json!({ "read_seq": 5 }), "it never goes back");
        read(0).await.refuses(400, 10001, "read_seq");
        server.post(&bob, READ, json!({})).await.refuses(400, 10001, "conversation_id");
        let carol = server.user().await;
        let foreign = json!({ "conversation_id": id, "read_seq": 1 });
        server.post(&carol, READ, foreign).await.refuses(403, 10006, "permission");
    });
}

#[test]
fn TestConversation_GetMaxReadSeq() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let acks = send_texts(&alice, &bob, 5).await;
        let id = &acks[0].conversation_id;
        bob.mark_read(id, 3).await.unwrap();
        let item = server.conversation(&bob, id).await;
        assert_eq!(
            (&item["max_seq"], &item["read_seq"], &item["unread"]),
            (&json!(5), &json!(3), &json!(2))
        );
        let data = server.get(&bob, "/api/v1/message/max_seqs").await.data();
        let place = json!({ "conversation_id": id, "max_seq": 5, "min_seq": 1, "read_seq": 3 });
        assert_eq!(data["items"], json!([place]));
    });
}

#[test]
fn TestConversation_UnreadCount() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let acks = send_texts(&alice, &bob, 10).await;
        let id = &acks[0].conversation_id;
        assert_eq!(server.conversation(&bob, id).await["unread"], 10);
        assert_eq!(server.conversation(&alice, id).await["unread"], 0, "own ones are not unread");
        bob.mark_read(id, 10).await.unwrap();
        assert_eq!(server.conversation(&bob, id).await["unread"], 0);
    });
}

#[test]
fn TestConversation_GroupChat() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let group_id = server.group(&alice, &[&bob]).await;
        let id = format!("sg_{group_id}");
        for number in 1..=5 {
            server.send_to_group(&alice, &group_id, &format!("m{number}")).await.data();
        }
        let item = server.conversation(&bob, &id).await;
        assert_eq!((&item["type"], &item["unread"]), (&json!(2), &json!(5)));
        assert_eq!(server.conversation(&alice, &id).await["unread"], 0);
        bob.mark_read(&id, 3).await.unwrap();
        assert_eq!(server.conversation(&bob, &id).await["unread"], 2);
    });
}
