//! Groups over HTTP.

use crate::support::server::{Server, run};
use futures::future::{join, join_all};
use longwave_client::Session;
use serde_json::{Value, json};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(30);

impl Server {
    /// The seqs that a user can pull.
    async fn visible(&self, user: &Session, group_id: &str) -> Vec<i64> {
        self.seqs(user, &format!("sg_{group_id}")).await
    }
}

fn about(group_id: &str) -> Value {
    json!({ "group_id": group_id })
}

fn about_member(group_id: &str, member: &Session) -> Value {
    json!({ "group_id": group_id, "user_id": member.user_id() })
}

#[test]
fn a_group_works_from_creation_through_joins_and_quits_to_dismissal() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let carol = server.user().await;
        let group_id = server.group(&alice, &[&bob]).await;
        for n in 1..=5 {
            server.send_to_group(&alice, &group_id, &format!("m{n}")).await.data();
        }
        server.send_to_group(&carol, &group_id, "m1").await.refuses(403, 10303, "not a group");
        let path = format!("/api/v1/group/info?group_id={group_id}");
        server.get(&carol, &path).await.refuses(403, 10303, "");
        server.post(&carol, "/api/v1/group/join", about(&group_id)).await.data();
        server.post(&carol, "/api/v1/group/join", about(&group_id)).await.refuses(409, 10305, "");
        for n in 6..=8 {
            let ack = server.send_to_group(&bob, &group_id, &format!("m{n}")).await.data();
            assert_eq!(ack["seq"], n);
        }
        assert_eq!(server.visible(&bob, &group_id).await, (1..=8).collect::<Vec<_>>());
        assert_eq!(server.visible(&carol, &group_id).await, [6, 7, 8]);

        let path = format!("/api/v1/group/members?group_id={group_id}");
        let members = server.get(&carol, &path).await.data();
        let mut roles: Vec<_> = members["members"].as_array().unwrap().iter().collect();
        roles.sort_by_key(|member| -member["role"].as_i64().unwrap());
        assert_eq!((roles.len(), &roles[0]["user_id"]), (3, &json!(alice.user_id())));

        let quit = "/api/v1/group/quit";
        server.post(&alice, quit, about(&group_id)).await.refuses(400, 10001, "owner cannot quit");
        server.post(&carol, quit, about(&group_id)).await.data();
        server.post(&carol, quit, about(&group_id)).await.refuses(403, 10303, "");
        server.send_to_group(&alice, &group_id, "m9").await.data();
        assert_eq!(server.visible(&carol, &group_id).await, [6, 7, 8], "frozen, and still there");

        let transfer = "/api/v1/group/transfer";
        server.post(&bob, transfer, about_member(&group_id, &bob)).await.refuses(403, 10306, "");
        server.post(&alice, transfer, about_member(&group_id, &bob)).await.data();
        let dismiss = "/api/v1/group/dismiss";
        server.post(&alice, dismiss, about(&group_id)).await.refuses(403, 10306, "");
        server.post(&bob, dismiss, about(&group_id)).await.data();
        server.send_to_group(&bob, &group_id, "m10").await.refuses(409, 10302, "dismissed");
        server.post(&carol, "/api/v1/group/join", about(&group_id)).await.refuses(409, 10302, "");
        server.post(&bob, quit, about(&group_id)).await.data();
        assert_eq!(server.visible(&bob, &group_id).await.len(), 9, "readable to its end");
    });
}

#[test]
fn the_right_to_kick_depends_on_the_role() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let carol = server.user().await;
        let group_id = server.group(&alice, &[&bob]).await;
        let kick = async |operator: &Session, member: &Session| {
            server.post(operator, "/api/v1/group/kick", about_member(&group_id, member)).await
        };
        kick(&carol, &bob).await.refuses(403, 10303, "");
        kick(&bob, &alice).await.refuses(403, 10307, "");
        kick(&alice, &carol).await.refuses(403, 10303, "");
        kick(&alice, &alice).await.refuses(400, 10001, "use quit to leave the group");
        kick(&alice, &bob).await.data();
        kick(&alice, &bob).await.refuses(403, 10303, "");
    });
}

#[test]
fn waiting_members_receive_messages_and_changes_of_their_group() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let carol = server.user().await;
        let start = async |user: &Session| user.poll(None, Duration::ZERO).await.unwrap().cursor;
        let (bobs, carols) = (start(&bob).await, start(&carol).await);
        // The poll waits before the group exists and receives its creation.
        let (made, group_id) =
            join(bob.poll(Some(&bobs), LONG), server.group(&alice, &[&bob])).await;
        let made = made.unwrap();
        assert_eq!(made.frames.len(), 1, "{made:?}");

        let (bob_heard, ack) =
            join(bob.poll(Some(&made.cursor), LONG), server.send_to_group(&alice, &group_id, "m1"))
                .await;
        let bob_heard = bob_heard.unwrap();
        let messages: Vec<_> = bob_heard.messages().map(|it| json!(it.server_msg_id)).collect();
        assert_eq!(messages, [ack.data()["server_msg_id"].clone()]);

        let kick = server.post(&alice, "/api/v1/group/kick", about_member(&group_id, &bob));
        let (kicked, _) = join(bob.poll(Some(&bob_heard.cursor), LONG), kick).await;
        let kicked = kicked.unwrap();
        assert_eq!(kicked.frames.len(), 1, "{kicked:?}");
        server.send_to_group(&alice, &group_id, "m2").await.data();
        let after = bob.poll(Some(&kicked.cursor), Duration::from_secs(1)).await.unwrap();
        assert!(after.frames.is_empty(), "{after:?}");
        let strangers = carol.poll(Some(&carols), Duration::ZERO).await.unwrap();
        assert!(strangers.frames.is_empty(), "{strangers:?}");
    });
}

#[test]
fn a_send_that_races_a_kick_is_visible_or_refused_f11() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let group_id = server.group(&alice, &[&bob]).await;
        let ids: Vec<String> = (0..20).map(|n| format!("m{n}")).collect();
        let sends = join_all(ids.iter().map(|id| server.send_to_group(&bob, &group_id, id)));
        let kick = server.post(&alice, "/api/v1/group/kick", about_member(&group_id, &bob));
        let (sent, kicked) = join(sends, kick).await;
        kicked.data();
        let mut acknowledged: Vec<i64> = Vec::new();
        for answer in &sent {
            match answer.status {
                200 => acknowledged.push(answer.data()["seq"].as_i64().unwrap()),
                _ => answer.refuses(403, 10303, "not a group member"),
            }
        }
        acknowledged.sort_unstable();
        assert_eq!(
            acknowledged,
            (1..=i64::try_from(acknowledged.len()).unwrap()).collect::<Vec<_>>()
        );
        assert_eq!(server.visible(&alice, &group_id).await, acknowledged);
        if !acknowledged.is_empty() {
            assert_eq!(server.visible(&bob, &group_id).await, acknowledged);
        }
    });
}

#[test]
fn concurrent_joins_count_each_user_once() {
    run(async |server| {
        let alice = server.user().await;
        let group_id = server.group(&alice, &[]).await;
        let users = join_all((0..5).map(|_| server.user())).await;
        let joins = users.iter().flat_map(|user| std::iter::repeat_n(user, 4));
        let joins = joins.map(|user| server.post(user, "/api/v1/group/join", about(&group_id)));
        let statuses: Vec<u16> = join_all(joins).await.iter().map(|it| it.status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 5, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 200 | 409)), "{statuses:?}");
        let info = server.get(&alice, &format!("/api/v1/group/info?group_id={group_id}")).await;
        assert_eq!(info.data()["member_count"], 6);
    });
}

#[test]
fn a_user_can_join_only_for_itself_f12() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let eve = server.user().await;
        let group_id = server.group(&alice, &[]).await;
        let body = json!({
            "group_id": group_id, "user_id": bob.user_id(), "inviter_user_id": bob.user_id(),
            "inviter_id": bob.user_id(),
        });
        server.post(&eve, "/api/v1/group/join", body).await.data();
        let members = format!("/api/v1/group/members?group_id={group_id}");
        let members = server.get(&alice, &members).await.data()["members"].clone();
        let members = members.as_array().unwrap();
        assert_eq!(members.len(), 2, "{members:?}");
        let joined = members.iter().find(|member| member["user_id"] == json!(eve.user_id()));
        assert_eq!(joined.unwrap()["inviter_user_id"], "");
    });
}

#[test]
fn a_dismissed_group_stays_readable_and_a_former_owner_can_quit_f20() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let group_id = server.group(&alice, &[&bob]).await;
        server.send_to_group(&alice, &group_id, "m1").await.data();
        let body = json!({ "group_id": group_id, "user_id": bob.user_id() });
        let post = |user, path| server.post(user, path, body.clone());
        post(&alice, "/api/v1/group/transfer").await.data();
        post(&alice, "/api/v1/group/quit").await.data();
        post(&bob, "/api/v1/group/quit").await.refuses(400, 10001, "owner cannot quit the group");
        post(&bob, "/api/v1/group/dismiss").await.data();
        server.send_to_group(&bob, &group_id, "m2").await.refuses(409, 10302, "");
        post(&alice, "/api/v1/group/join").await.refuses(409, 10302, "");
        assert_eq!(server.visible(&bob, &group_id).await, [1]);
        post(&bob, "/api/v1/group/quit").await.data();
        assert_eq!(server.visible(&bob, &group_id).await, [1], "earlier messages stay readable");
    });
}
