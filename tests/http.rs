//! What holds for every route: the envelope, methods, bodies, ids of requests, health.

use crate::server::{Ask, run, run_with};
use http::{HeaderValue, Method};
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
        for path in ["/index.html", "/api", "/api/v1", "/api/v1/user/me/x", "/%00", "/..%2f.."] {
            for method in [Method::GET, Method::POST, Method::DELETE] {
                server.ask(Ask::new(method, path)).await.refuses(404, 10004, "not found");
            }
        }
    });
}

#[test]
fn the_page_may_run_nothing_inline_and_comes_once() {
    run(async |server| {
        let page = server.ask(Ask::get("/")).await;
        assert_eq!((page.status, &page.headers["content-type"]), (200, &html()));
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let tag = page.headers["etag"].to_str().unwrap();
        let again = server.ask(Ask::get("/").header("if-none-match", tag)).await;
        assert_eq!((again.status, again.body.as_str()), (304, ""));
        server.ask(Ask::get("/assets/none.js")).await.refuses(404, 10004, "not found");
        let browser = |method, path| Ask::new(method, path).header("accept", "text/html,*/*;q=0.8");
        let elsewhere = server.ask(browser(Method::GET, "/somewhere")).await;
        assert_eq!((elsewhere.status, elsewhere.body), (200, page.body));
        let below = server.ask(browser(Method::GET, "/somewhere/else/")).await;
        assert_eq!(
            (below.status, &below.headers["location"]),
            (302, &HeaderValue::from_static("../../"))
        );
        for (method, path) in [(Method::POST, "/somewhere"), (Method::GET, "/api/v1/somewhere")] {
            server.ask(browser(method, path)).await.refuses(404, 10004, "not found");
        }
        server.ask(Ask::post("/")).await.refuses(405, 10007, "method not allowed");
    });
}

/// What a browser asks before a page of an origin may send a message.
fn preflight(origin: &str) -> Ask<'_> {
    Ask::new(Method::OPTIONS, SEND)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,x-platform-id")
}

#[test]
fn a_page_of_another_origin_reads_nothing() {
    run(async |server| {
        let answer = server.ask(preflight("https://evil.example")).await;
        answer.refuses(405, 10007, "method not allowed");
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
        let answer = server.ask(Ask::get(SEND).header("origin", "https://evil.example")).await;
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    });
}

#[test]
#[ignore = "starts a server of its own"]
fn pages_of_the_listed_origins_read_every_answer() {
    let listed = "https://chat.example, http://localhost:5173";
    run_with(&[("cors_origins", listed)], async |server| {
        for origin in ["https://chat.example", "http://localhost:5173"] {
            let asked = server.ask(preflight(origin)).await;
            assert_eq!((asked.status, asked.body.as_str()), (204, ""));
            assert_eq!(asked.headers["access-control-allow-origin"], origin);
            assert_eq!(asked.headers["access-control-allow-methods"], "POST");
            let allowed = asked.headers["access-control-allow-headers"].to_str().unwrap();
            for name in ["authorization", "content-type", "x-platform-id"] {
                assert!(allowed.contains(name), "{allowed}");
            }
            // A page must be able to read why it was refused.
            for path in [SEND, "/api/v1/realtime/stream"] {
                let answer = server.ask(Ask::get(path).header("origin", origin)).await;
                assert!(answer.status >= 400);
                assert_eq!(answer.headers["access-control-allow-origin"], origin);
                assert_eq!(answer.headers["vary"], "origin");
            }
        }
        let answer = server.ask(preflight("https://chat.example.org")).await;
        answer.refuses(405, 10007, "method not allowed");
        // Without an origin, as every client that is no page of another one.
        let answer = server.ask(Ask::new(Method::OPTIONS, SEND)).await;
        answer.refuses(405, 10007, "method not allowed");
    });
}

fn html() -> HeaderValue {
    HeaderValue::from_static("text/html; charset=utf-8")
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
fn a_body_larger_than_the_runtime_hands_on_is_refused_in_the_envelope() {
    run(async |server| {
        let alice = server.user().await;
        let body = vec![b' '; 11 << 20];
        for path in [REGISTER, "/api/v1/auth/login", SEND] {
            let ask = Ask::post(path).token(alice.token()).body(body.clone());
            server.ask(ask).await.refuses(413, 10008, "65536");

            let mut stream = connect(&server.url);
            write!(stream, "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", alice.token(), body.len()).unwrap();
            stream.write_all(&body).unwrap();
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

fn connect(url: &str) -> TcpStream {
    TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap()
}
