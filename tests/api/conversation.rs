//! Lists, read positions and options over HTTP.

use crate::api::message::{ANSWER_MAX, largest};
use crate::support::server::{Ask, run};
use futures::future::join_all;
use longwave_client::Draft;
use serde_json::json;
use std::time::Duration;

#[test]
fn a_conversation_is_listed_read_and_pinned() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        for n in 1..=5 {
            let draft = Draft::text(bob.user_id(), format!("m{n}"), "hi");
            alice.send(&draft).await.unwrap();
        }
        let get = async |path: &str| server.ask(Ask::get(path).token(bob.token())).await.data();
        let list = "/api/v1/conversation/list?with_last_message=true";
        let listed = get(list).await;
        let item = listed["conversations"][0].clone();
        assert_eq!(
            (&item["unread"], &item["max_seq"], &item["type"]),
            (&json!(5), &json!(5), &json!(1))
        );
        assert_eq!(item["peer_user_id"], json!(alice.user_id()));
        assert_eq!(item["last_message"]["seq"], 5);
        assert_eq!((&listed["has_more"], &listed["next_cursor"]), (&json!(false), &json!("")));
        let id = item["conversation_id"].clone();

        // The reader's other devices are notified.
        let cursor = bob.poll(None, Duration::ZERO).await.unwrap().cursor;
        let read = Ask::post("/api/v1/conversation/read").token(bob.token());
        let body = json!({ "conversation_id": id, "read_seq": 3 });
        let answer = server.ask(read.clone().json(&body)).await;
        assert_eq!(answer.data(), json!({ "read_seq": 3 }));
        let body = json!({ "conversation_id": id, "read_seq": 99 });
        assert_eq!(server.ask(read.json(&body)).await.data(), json!({ "read_seq": 5 }));
        let polled = bob.poll(Some(&cursor), Duration::ZERO).await.unwrap();
        assert_eq!(polled.frames.len(), 2, "{polled:?}");

        let opt = Ask::new(http::Method::PUT, "/api/v1/conversation/opt").token(bob.token());
        let body = json!({ "conversation_id": id, "recv_msg_opt": 1, "is_pinned": true });
        assert_eq!(server.ask(opt.json(&body)).await.data(), json!({}));
        let item = get(list).await["conversations"][0].clone();
        assert_eq!(
            (&item["unread"], &item["recv_msg_opt"], &item["is_pinned"]),
            (&json!(0), &json!(1), &json!(true))
        );

        let seqs = get("/api/v1/message/max_seqs").await;
        assert_eq!(
            seqs["items"],
            json!([{ "conversation_id": id, "max_seq": 5, "min_seq": 1, "read_seq": 5 }])
        );
        let profile = get(&format!("/api/v1/user/profile/{}", alice.user_id())).await;
        assert_eq!(profile["user_id"], json!(alice.user_id()));
        let ids = format!("{},{},u___404", alice.user_id(), bob.user_id());
        let users = get(&format!("/api/v1/user/info?user_ids={ids}")).await;
        assert_eq!(users["users"].as_array().unwrap().len(), 2, "the unknown one is left out");
    });
}

#[test]
fn a_list_with_large_last_messages_has_bounded_pages_without_gaps() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let makes = (0..40).map(async |_| {
            let group_id = server.group(&alice, &[&bob]).await;
            let content = largest(&bob).content;
            let body = json!({
                "client_msg_id": "m1", "session_type": 2, "group_id": group_id, "content_type": 100, "content": content,
            });
            server.post(&alice, "/api/v1/message/send", body).await.data();
            format!("sg_{group_id}")
        });
        let mut made = join_all(makes).await;
        let (mut listed, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let path = format!("/api/v1/conversation/list?with_last_message=true&cursor={cursor}");
            let answer = server.get(&bob, &path).await;
            assert!(answer.body.len() <= ANSWER_MAX, "{} bytes", answer.body.len());
            let data = answer.data();
            let page = data["conversations"].as_array().unwrap();
            listed.extend(page.iter().map(|it| it["conversation_id"].as_str().unwrap().to_owned()));
            pages += 1;
            cursor = data["next_cursor"].as_str().unwrap().to_owned();
            assert_eq!(data["has_more"], json!(!cursor.is_empty()));
            if cursor.is_empty() {
                break;
            }
            assert!(!page.is_empty());
        }
        listed.sort();
        made.sort();
        assert_eq!(listed, made, "each once");
        assert_eq!(pages, 3, "no page is smaller than it must be");
        let without = server.get(&bob, "/api/v1/conversation/list").await.data();
        assert_eq!(without["conversations"].as_array().unwrap().len(), 40);
    });
}
