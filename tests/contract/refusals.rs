//! Invalid input, one row per case: the refusals of each route.

use crate::support::server::{Ask, run};
use http::Method;
use longwave_client::Draft;
use serde_json::{Value, json};

/// A valid group id that does not exist.
const GROUP: &str = "abcdefghijklmno2";

/// A request, and the status, code and message of its refusal.
type Case = (Ask<'static>, u16, u32, &'static str);

fn get(path: &'static str) -> Ask<'static> {
    Ask::get(path)
}

fn users() -> Vec<Case> {
    vec![
        (get("/api/v1/user/info"), 400, 10001, "user_ids: 1-100 comma separated ids"),
        (get("/api/v1/user/info?user_ids="), 400, 10001, "user_ids: 1-100"),
        (get("/api/v1/user/info?user_ids=bob"), 400, 10001, "invalid user id: bob"),
        (get("/api/v1/user/info?user_ids=u___1,"), 400, 10001, "invalid user id: "),
        (get("/api/v1/user/info?user_ids=u___1&user_ids=u___2"), 400, 10001, "more than once"),
        (get("/api/v1/user/online_status"), 400, 10001, "user_ids: 1-100 comma separated ids"),
        (get("/api/v1/user/online_status?user_ids=bob"), 400, 10001, "invalid user id: bob"),
        (
            get("/api/v1/user/online_status?user_ids=u___1&user_ids=u___2"),
            400,
            10001,
            "more than once",
        ),
        (get("/api/v1/user/profile/bob"), 400, 10001, "invalid user id: bob"),
        (get("/api/v1/user/profile/u___404"), 404, 10201, "user not found"),
    ]
}

fn group_creation() -> Vec<Case> {
    let create = |change: Value| {
        let mut body = json!({ "name": "g" });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        Ask::post("/api/v1/group/create").json(&body)
    };
    let long = "x".repeat(1025);
    vec![
        (create(json!({"name": null})), 400, 10001, "name is required"),
        (create(json!({"name": ""})), 400, 10001, "name is required"),
        (create(json!({"name": 1})), 400, 10001, "name: expected a string"),
        (create(json!({"name": "a\u{0}"})), 400, 10001, "name contains a NUL"),
        (create(json!({"avatar": long})), 400, 10001, "avatar is 1025 bytes long"),
        (create(json!({"introduction": long})), 400, 10001, "introduction is 1025 bytes long"),
        (create(json!({"member_ids": "bob"})), 400, 10001, "member_ids: expected a sequence"),
        (create(json!({"member_ids": ["' OR 1=1 --"]})), 400, 10001, "member_ids: invalid user id"),
        (create(json!({"member_ids": ["u___404"]})), 404, 10201, "user not found"),
    ]
}

fn groups() -> Vec<Case> {
    let mut cases = vec![
        (get("/api/v1/group/info"), 400, 10001, "group_id is required"),
        (get("/api/v1/group/info?group_id=x"), 404, 10301, "group not found"),
        (get("/api/v1/group/info?group_id=abcdefghijklmno2"), 404, 10301, "group not found"),
        (get("/api/v1/group/members"), 400, 10001, "group_id is required"),
        (get("/api/v1/group/members?group_id=x"), 404, 10301, "group not found"),
        (get("/api/v1/group/members?group_id=abcdefghijklmno2"), 404, 10301, "group not found"),
        (
            get("/api/v1/group/members?group_id=abcdefghijklmno2&limit=501"),
            400,
            10001,
            "limit is 501; 0 to 500 are allowed",
        ),
        (
            get("/api/v1/group/members?group_id=abcdefghijklmno2&limit=x"),
            400,
            10001,
            "limit is not a number",
        ),
        (get("/api/v1/group/members?group_id=abcdefghijklmno2&cursor=!"), 400, 10001, "bad cursor"),
    ];
    for path in [
        "/api/v1/group/join",
        "/api/v1/group/quit",
        "/api/v1/group/kick",
        "/api/v1/group/dismiss",
        "/api/v1/group/transfer",
    ] {
        let with = |group_id: Value| {
            Ask::post(path).json(&json!({ "group_id": group_id, "user_id": "u___1" }))
        };
        cases.extend([
            (with(Value::Null), 400, 10001, "group_id is required"),
            (with(json!(1)), 400, 10001, "group_id: expected a string"),
            (with(json!("../x")), 404, 10301, "group not found"),
            (with(json!(GROUP)), 404, 10301, "group not found"),
        ]);
    }
    for path in ["/api/v1/group/kick", "/api/v1/group/transfer"] {
        let with = |user_id: Value| {
            Ask::post(path).json(&json!({ "group_id": GROUP, "user_id": user_id }))
        };
        cases.extend([
            (with(Value::Null), 400, 10001, "user_id is required"),
            (with(json!("x")), 400, 10001, "user_id: invalid user id: x"),
        ]);
    }
    cases
}

/// Cases for the conversation `id`, to which the caller does not belong.
fn conversations(id: &str) -> Vec<Case> {
    let read = |id: &str, read_seq: Value| {
        let body = json!({ "conversation_id": id, "read_seq": read_seq });
        Ask::post("/api/v1/conversation/read").json(&body)
    };
    let opt = |id: Value, recv_msg_opt: Value, is_pinned: Value| {
        let body =
            json!({ "conversation_id": id, "recv_msg_opt": recv_msg_opt, "is_pinned": is_pinned });
        Ask::new(Method::PUT, "/api/v1/conversation/opt").json(&body)
    };
    let null = Value::Null;
    let both = "conversation_id and read_seq are required";
    vec![
        (get("/api/v1/conversation/list?limit=101"), 400, 10001, "limit is 101"),
        (get("/api/v1/conversation/list?limit=-1"), 400, 10001, "limit is -1"),
        (get("/api/v1/conversation/list?with_last_message=1"), 400, 10001, "with_last_message"),
        (get("/api/v1/conversation/list?with_last_message="), 400, 10001, "with_last_message"),
        (get("/api/v1/conversation/list?with_last_message=TRUE"), 400, 10001, "with_last_message"),
        (get("/api/v1/conversation/list?cursor=!"), 400, 10001, "bad cursor"),
        (get("/api/v1/conversation/list?cursor=eA"), 400, 10001, "bad cursor"),
        (get("/api/v1/message/max_seqs?limit=201"), 400, 10001, "limit is 201"),
        (get("/api/v1/message/max_seqs?cursor=!"), 400, 10001, "bad cursor"),
        (read(id, null.clone()), 400, 10001, both),
        (read("c", json!(1)), 400, 10001, "invalid conversation id: c"),
        (read(id, json!(0)), 400, 10001, "read_seq is 0"),
        (read(id, json!(1e30)), 400, 10001, "read_seq: expected i64"),
        (read(id, json!(1)), 403, 10006, "no permission"),
        (opt(null.clone(), json!(1), null.clone()), 400, 10001, "conversation_id is required"),
        (opt(json!(id), json!(2), null.clone()), 400, 10001, "recv_msg_opt is 2"),
        (opt(json!(id), null.clone(), json!(1)), 400, 10001, "is_pinned: expected a boolean"),
        (opt(json!(id), null.clone(), json!(true)), 403, 10006, "no permission"),
    ]
}

/// Cases of changes of messages in the conversation `id`, to which the caller does not belong.
fn message_changes(id: &str) -> Vec<Case> {
    let revoke = |id: &str, seqs: Value, trace: Value| {
        let body = json!({ "conversation_id": id, "seqs": seqs, "trace": trace });
        Ask::post("/api/v1/message/revoke").json(&body)
    };
    let edit = |id: &str, seq: Value, content: Value, base: Value| {
        let body = json!({
            "conversation_id": id, "seq": seq, "content": content, "base_version": base,
        });
        Ask::post("/api/v1/message/edit").json(&body)
    };
    let null = Value::Null;
    vec![
        (revoke("c", json!([1]), null.clone()), 400, 10001, "invalid conversation id: c"),
        (revoke(id, null.clone(), null.clone()), 400, 10001, "seqs is required"),
        (revoke(id, json!([]), null.clone()), 400, 10001, "seqs has 0 items; 1 to 100"),
        (revoke(id, json!(vec![1; 101]), null.clone()), 400, 10001, "seqs has 101 items"),
        (revoke(id, json!([1, 0]), null.clone()), 400, 10001, "seqs has 0; a seq is at least 1"),
        (revoke(id, json!([1.5]), null.clone()), 400, 10001, "seqs[0]: expected i64"),
        (revoke(id, json!(1), null.clone()), 400, 10001, "seqs: expected a sequence"),
        (revoke(id, json!([1]), json!("no")), 400, 10001, "trace: expected a boolean"),
        (revoke(id, json!([1]), null.clone()), 403, 10006, "no permission"),
        (edit("c", json!(1), json!("1"), null.clone()), 400, 10001, "invalid conversation id: c"),
        (edit(id, null.clone(), json!("1"), null.clone()), 400, 10001, "seq is required"),
        (edit(id, json!(0), json!("1"), null.clone()), 400, 10001, "seq is 0; a seq is at least 1"),
        (edit(id, json!(1), null.clone(), null.clone()), 400, 10001, "content is required"),
        (edit(id, json!(1), json!("{"), null.clone()), 400, 10001, "content must be a JSON value"),
        (
            edit(id, json!(1), json!(format!("\"{}\"", "x".repeat(8_192))), null.clone()),
            413,
            10403,
            "content is 8194 bytes long",
        ),
        (edit(id, json!(1), json!("1"), json!(0)), 400, 10001, "base_version is 0"),
        (edit(id, json!(1), json!("1"), null.clone()), 403, 10006, "no permission"),
    ]
}

fn versions_and_readers() -> Vec<Case> {
    vec![
        (
            get("/api/v1/message/versions?conversation_id=c&seq=1"),
            400,
            10001,
            "invalid conversation id: c",
        ),
        (
            get("/api/v1/message/versions?conversation_id=sg_abcdefghijklmno2"),
            400,
            10001,
            "seq is required",
        ),
        (
            get("/api/v1/message/versions?conversation_id=sg_abcdefghijklmno2&seq=0"),
            400,
            10001,
            "seq is 0",
        ),
        (
            get("/api/v1/message/versions?conversation_id=sg_abcdefghijklmno2&seq=1"),
            403,
            10006,
            "no permission",
        ),
        (get("/api/v1/message/readers?seq=1"), 400, 10001, "conversation_id is required"),
        (
            get("/api/v1/message/readers?conversation_id=sg_abcdefghijklmno2"),
            400,
            10001,
            "seq is required",
        ),
        (
            get("/api/v1/message/readers?conversation_id=sg_abcdefghijklmno2&seq=0"),
            400,
            10001,
            "seq is 0",
        ),
        (
            get("/api/v1/message/readers?conversation_id=sg_abcdefghijklmno2&seq=1&state=seen"),
            400,
            10001,
            "state is 'seen'",
        ),
        (
            get("/api/v1/message/readers?conversation_id=sg_abcdefghijklmno2&seq=1&cursor=!"),
            400,
            10001,
            "bad cursor",
        ),
        (
            get("/api/v1/message/readers?conversation_id=sg_abcdefghijklmno2&seq=1&limit=101"),
            400,
            10001,
            "limit is 101",
        ),
        (
            get("/api/v1/message/readers?conversation_id=sg_abcdefghijklmno2&seq=1"),
            403,
            10006,
            "no permission",
        ),
        (get("/api/v1/message/replies?seq=1"), 400, 10001, "conversation_id is required"),
        (
            get("/api/v1/message/replies?conversation_id=sg_abcdefghijklmno2"),
            400,
            10001,
            "seq is required",
        ),
        (
            get("/api/v1/message/replies?conversation_id=sg_abcdefghijklmno2&seq=0"),
            400,
            10001,
            "seq is 0",
        ),
        (
            get("/api/v1/message/replies?conversation_id=sg_abcdefghijklmno2&seq=1&cursor=!"),
            400,
            10001,
            "bad cursor",
        ),
        (
            get("/api/v1/message/replies?conversation_id=sg_abcdefghijklmno2&seq=1&limit=101"),
            400,
            10001,
            "limit is 101",
        ),
        (
            get("/api/v1/message/replies?conversation_id=sg_abcdefghijklmno2&seq=1"),
            403,
            10006,
            "no permission",
        ),
    ]
}

fn changes() -> Vec<Case> {
    vec![
        (get("/api/v1/message/changes"), 400, 10001, "conversation_id is required"),
        (
            get("/api/v1/message/changes?conversation_id=c"),
            400,
            10001,
            "invalid conversation id: c",
        ),
        (
            get("/api/v1/message/changes?conversation_id=sg_abcdefghijklmno2&since=!"),
            400,
            10001,
            "bad since",
        ),
        (
            get("/api/v1/message/changes?conversation_id=sg_abcdefghijklmno2&limit=101"),
            400,
            10001,
            "limit is 101",
        ),
        (
            get("/api/v1/message/changes?conversation_id=sg_abcdefghijklmno2"),
            403,
            10006,
            "no permission",
        ),
    ]
}

fn reading() -> Vec<Case> {
    let one = "exactly one is required: begin_seq with end_seq (and order), around, or at";
    let form = "exactly one is required: conversation_id with seqs, or server_msg_id";
    let count = "conversation_ids: 1-20 comma separated ids";
    vec![
        (get("/api/v1/message/pull"), 400, 10001, "conversation_id is required"),
        (get("/api/v1/message/pull?conversation_id=sg_abcdefghijklmno2"), 400, 10001, one),
        (
            get("/api/v1/message/pull?conversation_id=sg_abcdefghijklmno2&around=1"),
            403,
            10006,
            "no permission",
        ),
        (get("/api/v1/message/get"), 400, 10001, form),
        (get("/api/v1/message/get?seqs=1"), 400, 10001, form),
        (get("/api/v1/message/get?conversation_id=sg_abcdefghijklmno2"), 400, 10001, form),
        (get("/api/v1/message/get?conversation_id=&seqs=1"), 400, 10001, "conversation_id is"),
        (get("/api/v1/message/get?conversation_id=c&seqs=1"), 400, 10001, "conversation id: c"),
        (
            get("/api/v1/message/get?conversation_id=sg_abcdefghijklmno2&seqs="),
            400,
            10001,
            "seqs has 0 items; 1 to 100 are allowed",
        ),
        (
            get("/api/v1/message/get?conversation_id=sg_abcdefghijklmno2&seqs=1,x"),
            400,
            10001,
            "seqs: numbers separated by commas",
        ),
        (
            get("/api/v1/message/get?conversation_id=sg_abcdefghijklmno2&seqs=1,0"),
            400,
            10001,
            "seqs has 0; a seq is at least 1",
        ),
        (
            get("/api/v1/message/get?conversation_id=sg_abcdefghijklmno2&seqs=1"),
            403,
            10006,
            "no permission",
        ),
        (get("/api/v1/message/get?server_msg_id=x"), 404, 10401, "message not found"),
        (get("/api/v1/message/latest"), 400, 10001, count),
        (get("/api/v1/message/latest?conversation_ids="), 400, 10001, count),
        (
            get("/api/v1/message/latest?conversation_ids=c"),
            400,
            10001,
            "conversation_ids: invalid conversation id: c",
        ),
        (
            get("/api/v1/message/latest?conversation_ids=sg_abcdefghijklmno2,"),
            400,
            10001,
            "conversation_ids: invalid conversation id: ",
        ),
        (
            get("/api/v1/message/latest?conversation_ids=sg_abcdefghijklmno2&limit=21"),
            400,
            10001,
            "limit is 21; 0 to 20 are allowed",
        ),
    ]
}

#[test]
fn invalid_input_has_its_code_and_a_missing_token_is_refused_first() {
    run(async |server| {
        let (alice, bob) = server.two_users().await;
        let eve = server.user().await;
        let ack = alice.send(&Draft::text(bob.user_id(), "m1", "hi")).await.unwrap();
        let conversations = conversations(&ack.conversation_id);
        let of_messages = message_changes(&ack.conversation_id);
        let others =
            [users(), group_creation(), groups(), reading(), versions_and_readers(), changes()];
        for (ask, status, code, message) in
            others.into_iter().chain([conversations, of_messages]).flatten()
        {
            server.ask(ask.clone()).await.refuses(401, 10103, "token missing");
            let shown = format!("{ask:?}");
            let answer = server.ask(ask.token(eve.token())).await;
            assert_eq!(answer.status, status, "{shown}: {answer:?}");
            answer.refuses(status, code, message);
        }
        let lists = server.ask(Ask::get("/api/v1/conversation/list").token(eve.token())).await;
        assert_eq!(lists.data()["conversations"], json!([]), "nothing of it left a trace");
    });
}
