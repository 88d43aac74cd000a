//! Any value in any field or parameter of any route gets a documented answer, never a failure of
//! the server, and changes nothing for other users.

use crate::api::internal::Call;
use crate::support::document::{operations, resolved};
use crate::support::server::{Answer, Ask, Server, run};
use http::Method;
use longwave_client::{Draft, Session};
use serde_json::{Map, Value, json};

/// Malicious or mistaken texts for a field.
const TEXTS: [&str; 19] = [
    "",
    " ",
    "' OR 1=1; DROP TABLE users; --",
    "\"); DELETE FROM messages; --",
    "longwave:10001",
    "a\u{0}b",
    "\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467} \u{1F600}",
    "\u{202E}\u{FEFF}\u{E000}",
    "%00",
    "%",
    "../../etc/passwd",
    "${jndi:ldap://x}",
    "<script>alert(1)</script>",
    "-1",
    "9223372036854775808",
    "1e999",
    "NaN",
    "null",
    "u___1,u___1,,",
];

/// The texts, and values of other types.
fn values() -> Vec<Value> {
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    let others = json!([null, true, -1, 0, i64::MAX, u64::MAX, 1.5, 1e308, [], {}, [null], [[1]]]);
    let texts = TEXTS.iter().map(|text| json!(text));
    let long = ["x", "\u{1F600}"].map(|text| json!(text.repeat(10_000)));
    texts.chain(others.as_array().unwrap().clone()).chain(long).chain([deep]).collect()
}

/// A user, and values that are valid for this user.
struct Known {
    user: Session,
    peer: Session,
    group_id: String,
    conversation_id: String,
}

impl Known {
    async fn new(server: &Server) -> Self {
        let (user, peer) = server.two_users().await;
        let group_id = user.create_group("a group", &[]).await.unwrap().group_id;
        let ack = user.send(&Draft::text(peer.user_id(), "m1", "hi")).await.unwrap();
        Self { user, peer, group_id, conversation_id: ack.conversation_id }
    }

    /// A body of valid fields; fields that may be absent are null.
    fn body(&self, operation: &'static Value) -> Option<Map<String, Value>> {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let fields = resolved(schema)["properties"].as_object()?;
        let value = |name: &str| match name {
            "username" => json!(crate::support::server::unique("user")),
            "password" => json!("correct horse"),
            "platform_id" => json!(5),
            "group_id" => json!(self.group_id),
            "user_id" | "recv_id" => json!(self.peer.user_id()),
            "id" => json!("u___7"),
            "conversation_id" => json!(self.conversation_id),
            "client_msg_id" => json!(crate::support::server::unique("m")),
            "user_ids" => json!([self.peer.user_id()]),
            "session_type" | "content_type" | "read_seq" | "seq" => json!(1),
            "seqs" => json!([1]),
            "content" => json!("{}"),
            "name" => json!("a group"),
            _ => Value::Null,
        };
        Some(fields.keys().map(|name| (name.clone(), value(name))).collect())
    }

    fn query(&self, operation: &'static Value) -> Vec<(&'static str, String)> {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let named = parameters.map(resolved).filter(|it| it["in"] == "query");
        let value = |name| match name {
            "user_ids" => self.peer.user_id().to_string(),
            "group_id" => self.group_id.clone(),
            "conversation_id" | "conversation_ids" => self.conversation_id.clone(),
            "begin_seq" | "end_seq" | "seq" | "seqs" | "limit" => "1".to_owned(),
            "order" => "desc".to_owned(),
            "timeout" => "0".to_owned(),
            _ => String::new(),
        };
        named.map(|it| it["name"].as_str().unwrap()).map(|name| (name, value(name))).collect()
    }

    /// Sends a request with the credentials that the operation requires.
    async fn ask(&self, server: &Server, operation: &Value, ask: Request<'_>) -> Answer {
        let Request { method, target, body } = ask;
        let scheme = operation["security"][0].as_object().and_then(|it| it.keys().next());
        let answer = match scheme.map(String::as_str) {
            Some("service") => {
                let call = Call::new(method.clone(), target).by("u___7").body(body.to_owned());
                server.ask(call.sign()).await
            }
            Some(_) => {
                let ask = Ask::new(method.clone(), target).token(self.user.token());
                server.ask(ask.body(body.to_owned())).await
            }
            None => server.ask(Ask::new(method.clone(), target).body(body.to_owned())).await,
        };
        let shown: String = body.chars().take(200).collect();
        assert!(answer.status < 500, "{method} {target} {shown}: {answer:?}");
        answer
    }
}

/// Parameters that replace others, and these.
const INSTEAD: [(&str, &[&str]); 3] = [
    ("around", &["begin_seq", "end_seq", "order"]),
    ("at", &["begin_seq", "end_seq", "order"]),
    ("server_msg_id", &["conversation_id", "seqs"]),
];

/// Whether a request for `name` can also have the parameter `other`.
fn go_together(other: &str, name: &str) -> bool {
    let replaces = |by: &str| INSTEAD.iter().find(|(it, _)| *it == by).map(|(_, others)| others);
    let is_replaced = replaces(name).is_some_and(|others| others.contains(&other));
    other != name && replaces(other).is_none() && !is_replaced
}

struct Request<'a> {
    method: &'a Method,
    target: &'a str,
    body: &'a str,
}

fn target(path: &str, query: &[(&str, String)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    format!("{path}?{query}")
}

/// The data of a user whom the requests do not concern.
async fn state(bystander: &Session, conversation_id: &str) -> Value {
    json!({
        "profile": bystander.me().await.unwrap(),
        "conversations": bystander.conversations(None).await.unwrap(),
        "messages": bystander.pull(conversation_id, 1, 100, 100).await.unwrap().messages,
    })
}

#[test]
fn hostile_field_values_get_an_answer_and_change_nothing_for_other_users() {
    run(async |server| {
        let known = Known::new(server).await;
        let (alice, bob) = server.two_users().await;
        let ack = alice.send(&Draft::text(bob.user_id(), "m1", "hi")).await.unwrap();
        let before = state(&bob, &ack.conversation_id).await;
        let values = values();
        for (path, method, operation) in operations() {
            if path.ends_with("/auth/logout") {
                continue;
            }
            let body = known.body(operation).unwrap_or_default();
            let query = known.query(operation);
            let path = path.replace("{user_id}", "u___7");
            let ask = async |query: &[(&str, String)], body: &Map<String, Value>| {
                let body = if body.is_empty() { String::new() } else { json!(body).to_string() };
                let target = target(&path, query);
                let request = Request { method: &method, target: &target, body: &body };
                known.ask(server, operation, request).await
            };
            for name in body.keys() {
                for value in &values {
                    let mut body = body.clone();
                    body.insert(name.clone(), value.clone());
                    ask(&query, &body).await;
                }
                let mut without = body.clone();
                without.remove(name);
                ask(&query, &without).await;
            }
            for (name, value) in &query {
                let others = query.iter().filter(|(other, _)| go_together(other, name)).cloned();
                let others: Vec<_> = others.collect();
                let with = |value: &str| [&others[..], &[(*name, value.to_owned())]].concat();
                for text in TEXTS {
                    ask(&with(text), &body).await;
                }
                let twice = [with(value), vec![(*name, value.clone())]].concat();
                ask(&twice, &body).await.refuses(400, 10001, "is given more than once");
            }
        }
        assert_eq!(state(&bob, &ack.conversation_id).await, before);
    });
}

#[test]
fn malformed_bodies_are_rejected_on_every_route() {
    run(async |server| {
        let known = Known::new(server).await;
        for (path, method, operation) in operations() {
            let Some(body) = known.body(operation) else { continue };
            let name = body.keys().next().unwrap();
            let brackets = format!("{{\"{name}\":{}", "[".repeat(1 << 20));
            let deep = format!("{{\"{name}\":{}1{}}}", "[".repeat(30_000), "]".repeat(30_000));
            let half = format!("{{\"{name}\":\"a");
            let surrogate = format!("{{\"{name}\":\"\\ud800\"}}");
            let twice = format!("{{\"{name}\":\"a\",\"{name}\":\"a\"}}");
            for (body, status) in [
                (brackets.as_str(), 413),
                (&deep, 400),
                (&half, 400),
                (&surrogate, 400),
                (&twice, 400),
                ("[]", 400),
                ("", 400),
                ("\u{FEFF}{}", 400),
            ] {
                let request = Request { method: &method, target: path, body };
                let answer = known.ask(server, operation, request).await;
                let shown: String = body.chars().take(20).collect();
                assert_eq!(answer.status, status, "{path} {shown}: {answer:?}");
            }
        }
    });
}

#[test]
fn every_field_accepts_its_documented_maximum_length() {
    run(async |server| {
        let known = Known::new(server).await;
        let mut reached = 0;
        for (path, method, operation) in operations() {
            let Some(body) = known.body(operation) else { continue };
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            for (name, field) in resolved(schema)["properties"].as_object().unwrap() {
                // A conversation id has a fixed length.
                let longest = resolved(field)["maxLength"].as_u64();
                let Some(longest) = longest.filter(|_| name != "conversation_id") else { continue };
                let longest = usize::try_from(longest).unwrap();
                let text = match name.as_str() {
                    "content" => json!("x".repeat(longest - 2)).to_string(),
                    _ => "x".repeat(longest),
                };
                let mut body = body.clone();
                body.insert(name.clone(), json!(text));
                let body = json!(body).to_string();
                let request = Request { method: &method, target: path, body: &body };
                let answer = known.ask(server, operation, request).await;
                // The length is accepted, even if the login is unknown or the name taken.
                let is_too_long = [400, 413].contains(&answer.status);
                assert!(!is_too_long, "{path} {name} {longest}: {answer:?}");
                reached += 1;
            }
        }
        assert!(reached >= 15, "{reached}");
    });
}
