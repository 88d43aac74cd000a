//! Acknowledged messages survive when the server dies.

use crate::support::server::{Server, run_alone};
use futures::future::join_all;
use longwave_client::{Client, Draft};
use std::time::Duration;

/// The same holds on a real Spin, because SQLite and the same files guarantee it. There, `kill -9`
/// of `spin up` is not a crash: its child keeps serving.
#[test]
#[ignore = "starts a server of its own"]
fn an_acknowledged_message_survives_a_killed_server_and_seq_continues() {
    run_alone(async |server, state| {
        let (alice, bob) = server.two_users().await;
        let cursor = bob.poll(None, Duration::ZERO).await.unwrap().cursor;
        let first = alice.send(&Draft::text(bob.user_id(), "m1", "before")).await.unwrap();
        server.kill();

        let server = Server::start(state);
        let client = Client::new(&server.url).unwrap();
        let alice = client.with_token(alice.user_id().clone(), alice.token().to_owned());
        let bob = client.with_token(bob.user_id().clone(), bob.token().to_owned());
        let polled = bob.poll(Some(&cursor), Duration::ZERO).await.unwrap();
        let ids: Vec<&str> = polled.messages().map(|it| it.server_msg_id.as_str()).collect();
        assert_eq!(ids, [first.server_msg_id.as_str()], "the cursor outlived it as well");
        assert_eq!(alice.send(&Draft::text(bob.user_id(), "m1", "before")).await.unwrap(), first);
        let second = alice.send(&Draft::text(bob.user_id(), "m2", "after")).await.unwrap();
        assert_eq!(second.seq, 2);
    });
}

/// The same holds on a real Spin: one statement, and so one transaction, writes a message, its seq
/// and its event.
#[test]
#[ignore = "starts a server of its own"]
fn a_server_killed_during_sends_keeps_all_acknowledged_messages_and_no_gap() {
    run_alone(async |server, state| {
        let (alice, bob) = server.two_users().await;
        let drafts: Vec<Draft> =
            (0..200).map(|number| Draft::text(bob.user_id(), format!("m{number}"), "hi")).collect();
        let mut server = Some(server);
        let acknowledged = std::cell::Cell::new(0);
        // Four clients send; after the fiftieth answer the server is killed while they send.
        let sends = join_all((0..4).map(|lane| {
            let (alice, drafts, acknowledged) = (&alice, &drafts, &acknowledged);
            async move {
                let mut acks = Vec::new();
                for draft in drafts.iter().skip(lane).step_by(4) {
                    let Ok(ack) = alice.send(draft).await else { break };
                    acknowledged.set(acknowledged.get() + 1);
                    acks.push(ack);
                }
                acks
            }
        }));
        let kill = async {
            while acknowledged.get() < 50 {
                tokio::task::yield_now().await;
            }
            server.take().unwrap().kill();
        };
        let (acks, ()) = futures::future::join(sends, kill).await;
        let acks: Vec<_> = acks.into_iter().flatten().collect();
        assert!((50..200).contains(&acks.len()), "{} were acknowledged", acks.len());

        let server = Server::start(state);
        let client = Client::new(&server.url).unwrap();
        let alice = client.with_token(alice.user_id().clone(), alice.token().to_owned());
        let mut stored = Vec::new();
        loop {
            let begin = i64::try_from(stored.len()).unwrap() + 1;
            let id = &acks[0].conversation_id;
            let pulled = alice.pull(id, begin, i64::MAX, 100).await.unwrap();
            stored.extend(pulled.messages);
            if !pulled.has_more {
                break;
            }
        }
        let seqs: Vec<i64> = stored.iter().map(|message| message.seq).collect();
        assert_eq!(seqs, (1..=i64::try_from(stored.len()).unwrap()).collect::<Vec<_>>());
        for ack in &acks {
            let index = usize::try_from(ack.seq).unwrap() - 1;
            assert_eq!(stored[index].server_msg_id, ack.server_msg_id);
        }
        let next = alice.send(&Draft::text(bob.user_id(), "next", "hi")).await.unwrap();
        assert_eq!(next.seq, i64::try_from(stored.len()).unwrap() + 1);
    });
}
