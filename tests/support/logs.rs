//! The logs: one line per request, with known fields, and without secrets or the text of users.

use crate::api::internal::Call;
use crate::support::manifest::{component, routes};
use crate::support::server::{
    Ask, EXTERNAL_SECRETS, INTERNAL_SECRETS, SECRET, Server, run_alone, unique,
};
use futures::future::join_all;
use http::Method;
use longwave_client::{Draft, Session, UserId};
use longwave_core::Code;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

const LOGIN: &str = "/api/v1/auth/login";

/// Text that must not appear in any log: the beginnings of tokens, password hashes and message contents, the password
/// of the tests' users, and the secrets that sign tokens and calls.
fn forbidden() -> impl Iterator<Item = &'static str> {
    let shapes = ["eyJ", "$argon2", r#"\"text\""#, "correct horse", *SECRET];
    shapes
        .into_iter()
        .chain(EXTERNAL_SECRETS.iter().copied())
        .chain(INTERNAL_SECRETS.iter().copied())
}

/// Checks everything that a server has logged against the rules. Every server of every test ends with this.
pub fn check(logs: &Path) {
    let Ok(files) = logs.read_dir() else { return };
    for file in files {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        for part in forbidden() {
            assert!(!text.contains(part), "{name} holds '{part}': {text}");
        }
        if let Some(component) = name.strip_suffix("_stdout.txt") {
            // The end of the server may have cut the last line.
            let whole = text.rfind('\n').map_or("", |end| &text[..end]);
            whole.lines().for_each(|line| check_line(component, line));
        }
    }
}

fn check_line(name: &str, line: &str) {
    let fields: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{name}: {line}"));
    let text = |field: &str| fields[field].as_str();
    if let Some(left_out) = fields.get("left_out") {
        assert!(["info", "error"].map(Some).contains(&text("level")), "{line}");
        let level = &fields["level"];
        let expected = json!({ "level": level, "component": name, "left_out": left_out });
        assert!(left_out.as_u64().is_some_and(|count| count > 0) && fields == expected, "{line}");
        return;
    }
    let route = text("route").unwrap();
    assert_eq!((text("component"), component(route)), (Some(name), name), "{line}");
    let id = text("request_id").unwrap();
    assert!((1..=128).contains(&id.len()) && id.bytes().all(|it| it.is_ascii_graphic()), "{line}");
    assert!(text("method").unwrap().parse::<Method>().is_ok(), "{line}");
    assert!(text("user_id").is_none_or(|id| UserId::parse(id).is_some()), "{line}");
    assert!(text("service").is_none_or(|service| ["app", "billing"].contains(&service)), "{line}");
    assert!(fields["duration_us"].is_u64(), "{line}");
    let code = fields["code"].as_u64().unwrap();
    let known = Code::from_number(code.try_into().unwrap());
    assert!(known.is_some() || code == 0, "{line}");
    let ours = known.is_some_and(Code::is_ours);
    // The one route without codes answers 503 for every problem.
    let status = known.map_or(200, Code::status);
    let status = if ours && route == "/healthz" { 503 } else { status };
    // 204 for a preflight, 302 for a browser in a folder below the page, 304 for a cached file, 308 for a path that is
    // not in normal form.
    let bare = code == 0 && [204, 302, 304, 308].map(Value::from).contains(&fields["status"]);
    assert!(bare || fields["status"] == status, "{line}");
    assert_eq!(text("level"), Some(if ours { "error" } else { "info" }), "{line}");
    assert!(ours || text("cause").is_none(), "{line}");
    let is_anonymous = text("user_id").is_none() && text("service").is_none();
    assert!(fields.get("last").is_none_or(|last| is_anonymous && *last == json!(true)), "{line}");
    let all = [
        "level",
        "component",
        "request_id",
        "method",
        "route",
        "user_id",
        "service",
        "status",
        "code",
        "duration_us",
        "cause",
        "last",
    ];
    assert!(
        fields.as_object().unwrap().keys().all(|field| all.contains(&field.as_str())),
        "{line}"
    );
}

#[test]
#[ignore = "starts a server of its own"]
fn every_request_has_one_line_in_the_log_of_its_component() {
    run_alone(async |server, _| {
        let ask = async |(route, method): (String, Method)| {
            let (path, id) = (route.replace("/...", "/nowhere"), unique("op"));
            let ask = Ask::new(method.clone(), &path).header("x-operation-id", &id);
            // A client must not be able to forge the matched route.
            let answer = server.ask(ask.header("spin-matched-route", "/forged")).await;
            let log = server.log(component(&route)).unwrap();
            let lines: Vec<&str> = log.lines().filter(|line| line.contains(&id)).collect();
            let [line] = lines[..] else { panic!("{method} {route}: {lines:?}") };
            let line: Value = serde_json::from_str(line).unwrap();
            let logged = (&line["method"], &line["route"], &line["status"]);
            assert_eq!(logged, (&json!(method.as_str()), &json!(route), &json!(answer.status)));
            if let Ok(Value::Object(envelope)) = serde_json::from_str(&answer.body)
                && let Some(code) = envelope.get("code")
            {
                assert_eq!(line["code"], *code, "{line}");
            }
        };
        let methods = [Method::GET, Method::POST, Method::PUT, Method::DELETE];
        let asked = routes()
            .into_iter()
            .flat_map(|route| methods.clone().map(|method| ask((route.clone(), method))));
        join_all(asked).await;
    });
}

#[test]
#[ignore = "starts a server of its own"]
fn no_log_contains_credentials_or_the_text_of_users() {
    run_alone(async |server, state| {
        let (username, password) = (unique("alice"), unique("password"));
        let alice = server.user_with_password(&username, &password).await;
        let bob = server.user().await;
        let (text, extra) = (unique("text"), unique("extra"));
        let draft = Draft::text(bob.user_id(), unique("client"), &text);
        let ack = alice.send(&draft).await.unwrap();
        // Refused requests as well: a refusal may quote the request, a log must not.
        alice.send(&Draft { content: text.clone(), ..draft.clone() }).await.unwrap_err();
        let wrong = unique("wrong");
        let login = json!({ "username": username, "password": wrong, "platform_id": 5 });
        server.ask(Ask::post(LOGIN).json(&login)).await.refuses(401, 10105, "");
        server.ask(Ask::post(LOGIN).json(&json!({ "password": password }))).await;
        let profile = json!({ "nickname": text, "extra": extra });
        server
            .ask(Ask::new(Method::PUT, "/api/v1/user/me").token(alice.token()).json(&profile))
            .await
            .data();
        server.ask(Ask::get(&format!("/api/v1/user/me?token={}", alice.token()))).await;
        let call = Call::new(Method::POST, "/api/v1/internal/user/upsert");
        let signed = call
            .body(json!({ "id": "u___1", "nickname": text, "extra": extra }).to_string())
            .sign();
        let signature = signed.header_value("x-signature").to_owned();
        server.ask(signed.clone()).await.data();
        server.ask(signed).await.refuses(401, 10002, "nonce");
        server
            .get(
                &bob,
                &format!(
                    "/api/v1/message/pull?conversation_id={}&begin_seq=1&end_seq=1",
                    ack.conversation_id
                ),
            )
            .await
            .data();

        let mut lines = 0;
        for file in state.path().join("logs").read_dir().unwrap() {
            let log = std::fs::read_to_string(file.unwrap().path()).unwrap();
            lines += log.lines().count();
            let written =
                [&password, &wrong, &text, &extra, &signature, &draft.client_msg_id, &username];
            for secret in
                written.into_iter().map(String::as_str).chain([alice.token(), bob.token()])
            {
                assert!(!log.contains(secret), "'{secret}' in {log}");
            }
        }
        assert!(lines >= 12, "there are lines: {lines}");
    });
}

#[test]
#[ignore = "starts a server of its own"]
fn concurrent_requests_never_mix_their_log_lines_f30() {
    run_alone(async |server, _| {
        let users: Vec<Session> = join_all((0..8).map(|_| server.user())).await;
        let asks = (0..200).map(|number| {
            let user = &users[number % users.len()];
            let id = format!("op-{number}-{}", user.user_id());
            server.ask(Ask::get("/api/v1/user/me").token(user.token()).header("x-operation-id", id))
        });
        join_all(asks).await;
        let log = server.log("user-me").unwrap();
        let lines: Vec<_> = log.lines().filter(|line| line.contains("op-")).collect();
        assert_eq!(lines.len(), 200);
        for line in lines {
            let line: Value = serde_json::from_str(line).unwrap();
            let (id, user_id) = (line["request_id"].as_str().unwrap(), line["user_id"].as_str());
            assert!(id.ends_with(user_id.unwrap()), "{line}");
        }
    });
}

/// Overwrites the database of a server.
fn damage(state: &Path) {
    for file in state.read_dir().unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.starts_with("sqlite_db.db") && !name.ends_with("-shm") {
            let length = path.metadata().unwrap().len().try_into().unwrap();
            std::fs::OpenOptions::new()
                .write(true)
                .open(&path)
                .and_then(|mut file| file.write_all(&vec![0x55; length]))
                .unwrap();
        }
    }
}

#[test]
#[ignore = "starts a server of its own"]
fn a_server_error_has_its_cause_in_the_log_only_f27() {
    run_alone(async |server, state| {
        let alice = server.user().await;
        damage(state.path());
        let answer = server.ask(Ask::get("/api/v1/user/me").token(alice.token())).await;
        answer.refuses(500, 20002, "storage unavailable");
        let log = server.log("user-me").unwrap();
        let line: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
        assert_eq!((&line["level"], &line["code"]), (&json!("error"), &json!(20002)), "{line}");
        let cause = line["cause"].as_str().unwrap();
        assert!(!cause.is_empty() && !answer.body.contains(cause), "{line} {answer:?}");
        // Those of anonymous requests are all logged or counted.
        let asks = (0..50).map(|_| server.ask(Ask::get("/healthz")));
        assert!(join_all(asks).await.iter().all(|answer| answer.status == 503));
        every_request_is_logged_or_counted(&server, "healthz", "error", 50).await;
    });
}

/// The number of lines of this level in the log of a component, and the sum of the counts of lines left out.
fn logged(server: &Server, component: &str, level: &str) -> (usize, usize) {
    let log = server.log(component).unwrap();
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let (sums, lines): (Vec<_>, Vec<_>) = lines
        .filter(|line| line["level"] == level)
        .partition(|line| line.get("left_out").is_some());
    let sum: u64 = sums.iter().map(|sum| sum["left_out"].as_u64().unwrap()).sum();
    (lines.len(), usize::try_from(sum).unwrap())
}

/// Waits until the last second's lines are counted, at its end.
async fn every_request_is_logged_or_counted(
    server: &Server,
    component: &str,
    level: &str,
    asked: usize,
) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let (lines, left_out) = logged(server, component, level);
        if lines + left_out == asked {
            break;
        }
        assert!(Instant::now() < deadline, "{lines} + {left_out} of {asked}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[test]
#[ignore = "starts a server of its own"]
fn a_flood_of_refusals_fills_no_disk_and_omitted_lines_are_counted() {
    run_alone(async |server, _| {
        let started = Instant::now();
        let nowhere = "/api/v1/nowhere";
        let asked = 3_000;
        for _ in 0..asked / 10 {
            join_all((0..10).map(|_| server.ask(Ask::get(nowhere)))).await;
        }
        let seconds = usize::try_from(started.elapsed().as_secs()).unwrap();
        // The limit is per instance; Spin has about as many instances as concurrent requests.
        let (lines, _) = logged(&server, "not-found", "info");
        assert!(lines <= 16 * 20 * (seconds + 2), "{lines} lines in {seconds} s");
        every_request_is_logged_or_counted(&server, "not-found", "info", asked).await;
        // Refusals of authenticated users are always logged.
        let alice = server.user().await;
        let asks = (0..60).map(|_| server.get(&alice, "/api/v1/user/profile/u___404"));
        assert!(join_all(asks).await.iter().all(|answer| answer.status == 404));
        let log = server.log("user-profile").unwrap();
        assert_eq!(log.lines().filter(|line| line.contains("10201")).count(), 60, "{log}");
    });
}
