use super::send_texts;
use crate::support::server::{run, unique};
use longwave_client::Draft;
use serde_json::json;
use std::time::Duration;

#[test]
fn TestFullFlow_SingleChat() {
    run(async |server| {
        let (client, name) = (server.client(), unique("alice"));
        client.register(&name, "123456", "Alice").await.unwrap();
        let alice = client.login(&name, "123456").await.unwrap();
        let bob = server.user().await;
        let cursor = bob.poll(None, Duration::ZERO).await.unwrap().cursor;

        let acks = send_texts(&alice, &bob, 3).await;
        let id = &acks[0].conversation_id;
        let polled = bob.poll(Some(&cursor), Duration::from_secs(30)).await.unwrap();
        let came: Vec<_> = polled.messages().map(|it| it.server_msg_id.clone()).collect();
        assert_eq!(came, acks.iter().map(|ack| ack.server_msg_id.clone()).collect::<Vec<_>>());
        assert_eq!(server.conversation(&bob, id).await["unread"], 3);
        bob.mark_read(id, 3).await.unwrap();
        assert_eq!(server.conversation(&bob, id).await["unread"], 0);

        let answer = bob.send(&Draft::text(alice.user_id(), "m1", "hi")).await.unwrap();
        assert_eq!((&answer.conversation_id, answer.seq), (id, 4));
        assert_eq!(server.conversation(&alice, id).await["unread"], 1);
        let last = &server.conversation(&alice, id).await["last_message"];
        assert_eq!(last["sender_id"], json!(bob.user_id()));
        assert_eq!(server.seqs(&alice, id).await, server.seqs(&bob, id).await);
    });
}

#[test]
fn TestFullFlow_GroupChat() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let carol = server.user().await;
        let group_id = server.group(&alice, &[&bob]).await;
        let (id, about) = (format!("sg_{group_id}"), json!({ "group_id": group_id }));
        server.post(&carol, "/api/v1/group/join", about.clone()).await.data();
        for (sender, number) in [(&alice, 1), (&bob, 2), (&carol, 3)] {
            let ack = server.send_to_group(sender, &group_id, "m1").await.data();
            assert_eq!(ack["seq"], number);
        }
        for member in [&alice, &bob, &carol] {
            assert_eq!(server.seqs(member, &id).await, [1, 2, 3]);
            assert_eq!(server.conversation(member, &id).await["unread"], 2);
        }
        server.post(&carol, "/api/v1/group/quit", about).await.data();
        server.send_to_group(&carol, &group_id, "m2").await.refuses(403, 10303, "member");
        server.send_to_group(&alice, &group_id, "m2").await.data();
        assert_eq!(server.seqs(&bob, &id).await, [1, 2, 3, 4]);
        assert_eq!(server.seqs(&carol, &id).await, [1, 2, 3], "earlier messages stay readable");
    });
}

#[test]
fn TestFullFlow_MessageVisibility() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let carol = server.user().await;
        let group_id = server.group(&alice, &[&bob]).await;
        let id = format!("sg_{group_id}");
        for number in 1..=5 {
            server.send_to_group(&alice, &group_id, &format!("m{number}")).await.data();
        }
        assert_eq!(server.conversation(&bob, &id).await["unread"], 5, "a first member sees all");
        let about = json!({ "group_id": group_id });
        server.post(&carol, "/api/v1/group/join", about).await.data();
        for number in 6..=8 {
            server.send_to_group(&alice, &group_id, &format!("m{number}")).await.data();
        }
        assert_eq!(server.seqs(&bob, &id).await, (1..=8).collect::<Vec<_>>());
        assert_eq!(server.seqs(&carol, &id).await, [6, 7, 8], "a late one what came since");
        assert_eq!(server.conversation(&carol, &id).await["unread"], 3);
        assert_eq!(server.conversation(&bob, &id).await["unread"], 8);
    });
}
