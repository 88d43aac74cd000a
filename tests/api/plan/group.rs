use crate::support::server::run;
use serde_json::json;

const CREATE: &str = "/api/v1/group/create";
const JOIN: &str = "/api/v1/group/join";
const QUIT: &str = "/api/v1/group/quit";

#[test]
fn TestGroup_Create() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let body = json!({
            "name": "Group", "introduction": "About", "avatar": "https://example.com/g.png",
            "member_ids": [bob.user_id()],
        });
        let group = server.post(&alice, CREATE, body.clone()).await.data();
        for field in ["name", "introduction", "avatar"] {
            assert_eq!(group[field], body[field]);
        }
        assert_eq!(
            (&group["owner_id"], &group["status"], &group["member_count"]),
            (&json!(alice.user_id()), &json!(0), &json!(2))
        );
        server.post(&alice, CREATE, json!({})).await.refuses(400, 10001, "name");
        let nobody = json!({ "name": "Group", "member_ids": ["u___404"] });
        server.post(&alice, CREATE, nobody).await.refuses(404, 10201, "not found");
    });
}

#[test]
fn TestGroup_JoinAndQuit() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let about = json!({ "group_id": server.group(&alice, &[]).await });
        server.post(&bob, QUIT, about.clone()).await.refuses(403, 10303, "member");
        server.post(&bob, JOIN, about.clone()).await.data();
        server.post(&bob, JOIN, about.clone()).await.refuses(409, 10305, "already");
        server.post(&bob, QUIT, about.clone()).await.data();
        server.post(&bob, QUIT, about.clone()).await.refuses(403, 10303, "member");
        server.post(&alice, QUIT, about).await.refuses(400, 10001, "owner");
        let unknown = json!({ "group_id": "aaaaaaaaaaaaaaaa" });
        server.post(&bob, JOIN, unknown).await.refuses(404, 10301, "not found");
        server.post(&bob, JOIN, json!({})).await.refuses(400, 10001, "group_id is required");
    });
}

#[test]
fn TestGroup_GetInfo() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let group_id = server.group(&alice, &[]).await;
        let path = format!("/api/v1/group/info?group_id={group_id}");
        let info = server.get(&alice, &path).await.data();
        assert_eq!(
            (&info["group_id"], &info["name"], &info["owner_id"], &info["member_count"]),
            (&json!(group_id), &json!("a group"), &json!(alice.user_id()), &json!(1))
        );
        server.get(&bob, &path).await.refuses(403, 10303, "member");
        let unknown = "/api/v1/group/info?group_id=aaaaaaaaaaaaaaaa";
        server.get(&alice, unknown).await.refuses(404, 10301, "not found");
        let missing = server.get(&alice, "/api/v1/group/info").await;
        missing.refuses(400, 10001, "group_id is required");
    });
}

#[test]
fn TestGroup_GetMembers() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let carol = server.user().await;
        let group_id = server.group(&alice, &[&bob]).await;
        server.post(&carol, JOIN, json!({ "group_id": group_id })).await.data();
        let path = format!("/api/v1/group/members?group_id={group_id}");
        let data = server.get(&bob, &path).await.data();
        let mut members: Vec<_> = data["members"].as_array().unwrap().iter().collect();
        assert_eq!(members.len(), 3);
        members.sort_by_key(|member| member["role"].as_i64());
        let owner = members[2];
        assert_eq!((&owner["user_id"], &owner["role"]), (&json!(alice.user_id()), &json!(3)));
        for (member, inviter) in [(&bob, alice.user_id().as_str()), (&carol, "")] {
            let member = members.iter().find(|it| it["user_id"] == json!(member.user_id()));
            let member = member.unwrap();
            assert_eq!((&member["role"], &member["inviter_user_id"]), (&json!(1), &json!(inviter)));
        }
        let outsider = server.user().await;
        server.get(&outsider, &path).await.refuses(403, 10303, "member");
    });
}
