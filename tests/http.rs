//! What holds for every route: the envelope, methods, bodies, ids of requests, health.

use crate::server::{Ask, run};
use http::Method;
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;

const REGISTER: &str = "/api/v1/auth/register";
const SEND: &str = "/api/v1/message/send";

#[test]
fn a_server_that_can_serve_is_healthy() {
    run(async |server| {
        let answer = server.ask(Ask::get("/healthz")).await;
        assert_eq!((answer.status, answer.json()), (200, json!({ "status": "ok" })));
        assert_eq!(server.ask(Ask::get("/.well-known/spin/health")).await.status, 200);
    });
}

#[test]
fn what_is_not_there_is_not_found_in_the_envelope() {
    run(async |server| {
        for path in ["/", "/api", "/api/v1", "/api/v1/user/me/x", "/%00", "/..%2f.."] {
            for method in [Method::GET, Method::POST, Method::DELETE] {
                server.ask(Ask::new(method, path)).await.refuses(404, 10004, "not found");
            }
        }
    });
}

#[test]
fn another_method_is_refused_and_told_which_there_are() {
    run(async |server| {
        for (path, allowed) in [
            (REGISTER, "POST"),
            ("/api/v1/auth/login", "POST"),
            ("/api/v1/user/me", "GET, PUT"),
            (SEND, "POST"),
            ("/api/v1/message/pull", "GET"),
            ("/api/v1/realtime/poll", "GET"),
        ] {
            let answer = server.ask(Ask::new(Method::DELETE, path)).await;
            answer.refuses(405, 10007, "method not allowed");
            assert_eq!(answer.headers["allow"], allowed);
        }
    });
}

#[test]
fn an_answer_is_json_and_carries_the_id_of_its_request() {
    run(async |server| {
        let answer = server.ask(Ask::get("/healthz").header("x-operation-id", "op-17")).await;
        assert_eq!(answer.headers["x-request-id"], "op-17");
        assert_eq!(answer.headers["content-type"], "application/json");
        let first = server.ask(Ask::get("/nowhere")).await.headers["x-request-id"].clone();
        assert_ne!(first, server.ask(Ask::get("/nowhere")).await.headers["x-request-id"]);
    });
}

#[test]
fn a_body_that_is_no_json_object_of_the_right_kind_is_refused_and_nothing_falls_over() {
    run(async |server| {
        let alice = server.user().await;
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        let bodies: Vec<Vec<u8>> = vec![
            b"".to_vec(),
            b"{".to_vec(),
            b"null".to_vec(),
            b"[]".to_vec(),
            b"[\"a name\",\"a password\",\"a nickname\"]".to_vec(),
            b"\"x\"".to_vec(),
            b"17".to_vec(),
            b"{} {}".to_vec(),
            b"{\"username\":\"a\",}".to_vec(),
            b"{\"username\":\"\\ud800\",\"client_msg_id\":\"\\ud800\"}".to_vec(),
            b"{\"username\":\"\xff\xfe\",\"client_msg_id\":\"\xff\"}".to_vec(),
            b"{\"username\":1e999,\"client_msg_id\":1e999}".to_vec(),
            b"{\"session_type\":99999999999999999999999999,\"username\":\"x\"}".to_vec(),
            b"{\"username\":\"a\",\"username\":\"b\",\"client_msg_id\":\"a\",\"client_msg_id\":\"b\"}".to_vec(),
            b"username=alice&password=123456".to_vec(),
            deep.clone().into_bytes(),
            format!("{{\"username\":{deep},\"client_msg_id\":{deep}}}").into_bytes(),
        ];
        for body in bodies {
            let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            for path in [REGISTER, "/api/v1/auth/login", SEND] {
                let ask = Ask::post(path).token(alice.token()).body(body.clone());
                let answer = server.ask(ask).await;
                assert_eq!(
                    (answer.status, &answer.json()["code"]),
                    (400, &json!(10001)),
                    "{path}: {shown}"
                );
            }
        }
        assert!(alice.me().await.is_ok());
    });
}

#[test]
fn a_body_over_64_kib_is_refused_whether_its_length_is_told_or_not() {
    run(async |server| {
        let alice = server.user().await;
        let body = vec![b' '; 64 * 1024 + 1];
        for path in [REGISTER, "/api/v1/auth/login", SEND] {
            let ask = Ask::post(path).token(alice.token()).body(body.clone());
            server.ask(ask).await.refuses(413, 10008, "65536");

            let mut stream = connect(&server.url);
            write!(stream, "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n", alice.token()).unwrap();
            for chunk in body.chunks(16 * 1024) {
                write!(stream, "{:x}\r\n", chunk.len()).unwrap();
                stream.write_all(chunk).unwrap();
                write!(stream, "\r\n").unwrap();
            }
            write!(stream, "0\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("10008"), "{answer}");
        }
    });
}

#[test]
fn a_client_that_leaves_in_the_middle_of_its_body_harms_nobody() {
    run(async |server| {
        let alice = server.user().await;
        for _ in 0..10 {
            let mut stream = connect(&server.url);
            write!(stream, "POST {SEND} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 500\r\n\r\n{{\"client_msg_id\":", alice.token()).unwrap();
            drop(stream);
        }
        assert!(alice.me().await.is_ok());
    });
}

#[test]
fn a_parameter_that_is_given_twice_or_is_no_number_is_refused_by_name() {
    run(async |server| {
        let alice = server.user().await;
        let pull = "/api/v1/message/pull?conversation_id=si_u___1:u___2";
        for (query, told) in [
            ("&begin_seq=1&begin_seq=2&end_seq=3", "begin_seq"),
            ("&begin_seq=one&end_seq=3", "begin_seq"),
            ("&begin_seq=1&end_seq=99999999999999999999", "end_seq"),
            ("&begin_seq=1&end_seq=3&limit=1.5", "limit"),
        ] {
            let path = format!("{pull}{query}");
            server.ask(Ask::get(&path).token(alice.token())).await.refuses(400, 10001, told);
        }
    });
}

#[test]
fn a_log_line_names_component_route_status_and_code() {
    crate::server::run_alone(async |server, _| {
        let ask = Ask::post(REGISTER).header("x-operation-id", "find-me").body("{");
        server.ask(ask.header("spin-matched-route", "/forged")).await.refuses(400, 10001, "");
        let log = server.log("auth-register").unwrap();
        let line =
            log.lines().find(|line| line.contains("find-me")).expect("a line of the request");
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["component"], "auth-register");
        assert_eq!(line["route"], REGISTER);
        assert_eq!((&line["status"], &line["code"]), (&json!(400), &json!(10001)));
        assert_eq!(line["method"], "POST");
        assert!(line["duration_us"].is_u64());
    });
}

#[test]
fn requests_that_run_at_a_time_never_share_what_a_log_line_says_f30() {
    crate::server::run_alone(async |server, _| {
        let users = futures::future::join_all((0..8).map(|_| server.user())).await;
        let asks = (0..200).map(|number| {
            let user = &users[number % users.len()];
            let id = format!("op-{number}-{}", user.user_id());
            server.ask(Ask::get("/api/v1/user/me").token(user.token()).header("x-operation-id", id))
        });
        futures::future::join_all(asks).await;
        let log = server.log("user-me").unwrap();
        let lines: Vec<_> = log.lines().filter(|line| line.contains("op-")).collect();
        assert_eq!(lines.len(), 200);
        for line in lines {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let (id, user_id) = (line["request_id"].as_str().unwrap(), line["user_id"].as_str());
            assert!(id.ends_with(user_id.unwrap()), "{line}");
        }
    });
}

#[test]
fn a_failure_of_ours_is_an_error_with_its_cause_in_the_log_only_f27() {
    crate::server::run_with(&[("token_ttl_hours", "soon")], async |server| {
        let body = json!({ "username": "ann", "password": "123456", "platform_id": 5 });
        server.ask(Ask::post(REGISTER).json(&body)).await.data();
        let answer = server.ask(Ask::post("/api/v1/auth/login").json(&body)).await;
        answer.refuses(500, 20001, "internal server error");
        assert!(!answer.body.contains("soon"), "{answer:?}");
        let log = server.log("auth-login").unwrap();
        assert!(log.contains("token_ttl_hours is 'soon'; it must be 1 to 87600"), "{log}");
    });
}

fn connect(url: &str) -> TcpStream {
    TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap()
}
