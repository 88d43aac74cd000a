//! Routes, a component's headers, bodies, and faults.

use crate::app::{App, MANIFEST, Server, ask, next_answer, rest};
use http::Request;
use http_body_util::Full;
use serde_json::Value;
use std::io::{Read, Write};
use std::time::Duration;

const ROUTES: &str = r#"
spin_manifest_version = 2
[application]
name = "tests"
[[trigger.http]]
route = "/exact/echo"
component = "exact"
[[trigger.http]]
route = "/exact/:name"
component = "param"
[[trigger.http]]
route = "/files/..."
component = "files"
[[trigger.http]]
route = { private = true }
component = "private"
[component.exact]
source = "probe.wasm"
[component.param]
source = "probe.wasm"
[component.files]
source = "probe.wasm"
[component.private]
source = "probe.wasm"
"#;

/// The values of a header, as the component received them.
fn seen(echo: &str, name: &str) -> Vec<String> {
    let echo: Value = serde_json::from_str(echo).unwrap();
    let headers = echo["headers"].as_array().unwrap().iter();
    headers
        .filter(|header| header[0] == name)
        .map(|header| header[1].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_most_specific_route_wins_and_its_component_receives_it_in_headers() {
    let app = App::new(ROUTES);
    let server = app.start(&[]);
    let url = server.process.url();
    for (path, route, component_route, path_info) in [
        ("/exact/echo", "/exact/echo", "/exact/echo", ""),
        ("/files/a/echo", "/files/...", "/files", "/a/echo"),
        ("/files/a/echo?q=1", "/files/...", "/files", "/a/echo"),
    ] {
        let echo = server.text(path);
        for (name, expected) in [
            ("spin-matched-route", route),
            ("spin-raw-component-route", route),
            ("spin-component-route", component_route),
            ("spin-path-info", path_info),
            ("spin-base-path", "/"),
            ("spin-full-url", &format!("{url}{path}")),
        ] {
            assert_eq!(seen(&echo, name), [expected], "{path}: {name}");
        }
        assert!(seen(&echo, "spin-client-addr")[0].starts_with("127.0.0.1:"));
    }
    assert_eq!(server.text("/exact/served"), "1", "the route with a parameter");
}

/// Observed in Spin 4.1.
#[test]
fn components_receive_routes_as_written_and_the_last_of_identical_ones_wins() {
    let routes = ROUTES
        .replace("\"/exact/echo\"", "\"exact/echo/\"")
        .replace("\"/files/...\"", "\"files/...\"")
        .replace("{ private = true }", "\"files/...\"");
    let app = App::new(&routes);
    let server = app.start(&[]);
    for (path, matched, written, component_route) in [
        ("/exact/echo", "/exact/echo", "exact/echo/", "exact/echo/"),
        ("/files/echo", "/files/...", "files/...", "files"),
    ] {
        let echo = server.text(path);
        for (name, expected) in [
            ("spin-matched-route", matched),
            ("spin-raw-component-route", written),
            ("spin-component-route", component_route),
        ] {
            assert_eq!(seen(&echo, name), [expected], "{path}: {name}");
        }
    }
    server.wait_for_output("the route 'files/...' of 'files' is never used: 'private'");
    server.text("/files/print?text=hello");
    server.wait_for_output("out: hello\n");
    let printed = std::fs::read_to_string(app.path(".spin/logs/private_stdout.txt")).unwrap();
    assert_eq!(printed, "out: hello\n");
}

#[test]
fn a_route_parameter_is_passed_in_a_header() {
    let app = App::new(&ROUTES.replace("/exact/:name", "/:name/echo"));
    let echo = app.start(&[]).text("/anything/echo");
    assert_eq!(seen(&echo, "spin-path-match-name"), ["anything"]);
    assert_eq!(seen(&echo, "spin-matched-route"), ["/:name/echo"]);
}

#[test]
fn paths_without_a_route_are_404_and_private_components_have_no_route() {
    let app = App::new(ROUTES);
    let server = app.start(&[]);
    for path in ["/", "/private", "/exact", "/exact/a/b", "/filesystem"] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
}

#[test]
fn the_well_known_path_reports_the_health_of_the_server() {
    let (_app, server) = Server::usual(&[]);
    assert_eq!(server.text("/.well-known/spin/health"), "OK");
    assert_eq!(server.get("/.well-known/spin/other").status, 404);
}

/// Observed in Spin 4.1 (`spin-http`, `AppInfo`): pretty JSON, without fields that the manifest lacks.
#[test]
fn the_well_known_path_reports_the_name_and_version_of_the_application() {
    let info = "/.well-known/spin/info";
    let (_app, server) = Server::usual(&[]);
    assert_eq!(server.text(info), "{\n  \"name\": \"tests\"\n}");
    let manifest = MANIFEST.replace("name = \"tests\"", "name = \"tests\"\nversion = \"0.1\"");
    let app = App::new(&manifest);
    let server = app.start(&[]);
    assert_eq!(server.text(info), "{\n  \"name\": \"tests\",\n  \"version\": \"0.1\"\n}");
}

#[test]
fn a_clients_own_spin_header_stays_before_ours() {
    let (_app, server) = Server::usual(&[]);
    let request = Request::get(format!("{}/echo", server.process.url()))
        .header("spin-matched-route", "/forged");
    let echo = ask(request.body(Full::default()).unwrap()).text;
    assert_eq!(seen(&echo, "spin-matched-route"), ["/forged", "/..."]);
}

#[test]
fn a_body_within_the_limit_arrives_and_a_larger_one_is_an_error_for_the_component() {
    let (_app, server) = Server::usual(&["--max-request-body", "1000"]);
    let send = |length: usize| {
        let request = Request::post(format!("{}/echo", server.process.url()));
        ask(request.body(Full::from(vec![b'x'; length])).unwrap())
    };
    let echo: Value = serde_json::from_str(&send(1000).text).unwrap();
    assert_eq!(echo["body"], 1000);
    for length in [1001, 100_000, 12_000_000] {
        let answer = send(length);
        assert_eq!(answer.status, 400, "{length}");
        assert!(answer.text.contains("BodySize"), "{length}: {}", answer.text);
    }

    // The same without a `Content-Length`.
    let mut stream =
        server.send("POST /echo HTTP/1.1\r\nconnection: close\r\ntransfer-encoding: chunked");
    let chunk = format!("3e8\r\n{}\r\n", "x".repeat(1000));
    write!(stream, "{chunk}{chunk}0\r\n\r\n").unwrap();
    let answer = String::from_utf8(rest(&mut stream)).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("BodySize"), "{answer}");
    assert_eq!(server.text("/served"), "1");
}

#[test]
fn a_client_that_sends_everything_before_it_reads_receives_the_refusal() {
    let (_app, server) = Server::usual(&["--max-request-body", "1000"]);
    let body = vec![b'x'; 4 << 20];
    for (path, status) in [
        // A component that ignores the body, and one that stops reading it.
        ("/refuse", "413"),
        ("/echo", "400"),
        // The server itself.
        ("/.well-known/spin/nothing", "404"),
    ] {
        let length = body.len();
        let mut stream = server.send(&format!("POST {path} HTTP/1.1\r\ncontent-length: {length}"));
        stream.write_all(&body).unwrap_or_else(|error| panic!("{path}: {error}"));
        let (head, _) = next_answer(&mut stream);
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {head}");
        // The connection can still be used for another request.
        write!(stream, "GET /echo HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
        assert!(next_answer(&mut stream).0.starts_with("HTTP/1.1 200 "), "{path}");

        let mut stream = server.send(&format!(
            "POST {path} HTTP/1.1\r\nconnection: close\r\ntransfer-encoding: chunked"
        ));
        for _ in 0..64 {
            let chunk = "x".repeat(65_536);
            write!(stream, "10000\r\n{chunk}\r\n")
                .unwrap_or_else(|error| panic!("{path}: {error}"));
        }
        write!(stream, "0\r\n\r\n").unwrap();
        let answer = String::from_utf8(rest(&mut stream)).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
    }
}

#[test]
fn a_client_that_keeps_sending_after_an_invalid_request_receives_the_answer() {
    let (_app, server) = Server::usual(&[]);
    let long = format!("GET / HTTP/1.1\r\nh: {}\r\n", "x".repeat(500_000));
    let wrong = format!("no request\r\n{}", "x".repeat(500_000));
    let without_host =
        format!("POST / HTTP/1.1\r\ncontent-length: 500000\r\n\r\n{}", "x".repeat(500_000));
    for (bytes, status) in [(long, "431"), (wrong, "400"), (without_host, "400")] {
        let mut stream = server.connect();
        // The answer is sent before the whole request has arrived.
        for part in bytes.as_bytes().chunks(65_536) {
            stream.write_all(part).unwrap_or_else(|error| panic!("{status}: {error}"));
            std::thread::sleep(Duration::from_millis(30));
        }
        let (head, _) = next_answer(&mut stream);
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
    }
}

#[test]
fn ambiguous_body_framing_closes_the_connection() {
    let (_app, server) = Server::usual(&[]);
    for (version, headers, status) in [
        ("1.1", "transfer-encoding: gzip, chunked", "501 Not Implemented"),
        ("1.1", "transfer-encoding: gzip\r\ntransfer-encoding: chunked", "501 Not Implemented"),
        ("1.1", "transfer-encoding: identity, chunked", "501 Not Implemented"),
        ("1.1", "transfer-encoding: chunked, Chunked", "400 Bad Request"),
        ("1.1", "transfer-encoding: chunked, gzip", "400 Bad Request"),
        ("1.1", "transfer-encoding: gzip", "400 Bad Request"),
        ("1.1", "transfer-encoding: identity", "400 Bad Request"),
        ("1.1", "transfer-encoding:", "400 Bad Request"),
        ("1.0", "transfer-encoding: chunked", "400 Bad Request"),
        ("1.1", "content-length: 5\r\ncontent-length: 6", "400 Bad Request"),
        ("1.1", "content-length: 5, 5", "400 Bad Request"),
        ("1.1", "content-length: +5", "400 Bad Request"),
        // The length is ignored, as RFC 9112 permits.
        ("1.1", "transfer-encoding: chunked\r\ncontent-length: 3", "200 OK"),
        ("1.1", "content-length: 3\r\ntransfer-encoding: chunked", "200 OK"),
    ] {
        let mut stream = server.send(&format!("POST /echo HTTP/{version}\r\n{headers}"));
        let next = "GET /served HTTP/1.1\r\nhost: h\r\n\r\n";
        write!(stream, "5\r\nhello\r\n0\r\n\r\n{next}").unwrap();
        let answer = String::from_utf8(rest(&mut stream)).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert_eq!(head.lines().next().unwrap()[9..], *status, "{headers}: {answer}");
        assert!(head.contains("connection: close"), "{headers}: {answer}");
        assert!(!body.contains("HTTP/1"), "{headers}: {answer}");
    }
}

#[test]
fn an_empty_host_becomes_the_servers_address_and_an_invalid_one_is_refused() {
    let (_app, server) = Server::usual(&[]);
    let here = format!("{}/echo", server.process.url());
    let ask = |request: &str| {
        let mut stream = server.connect();
        write!(stream, "{request}\r\n\r\n").unwrap();
        if request.contains("HTTP/1.1") {
            let (head, body) = next_answer(&mut stream);
            return (head[9..12].to_owned(), body);
        }
        let answer = String::from_utf8(rest(&mut stream)).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].to_owned(), body.to_owned())
    };
    let full = |host: &str| format!("http://{host}/echo");
    for (request, url, full_url) in [
        ("GET /echo HTTP/1.0", &*here, full("localhost")),
        ("GET /echo HTTP/1.0\r\nHost: named", &full("named"), full("named")),
        ("GET /echo HTTP/1.0\r\nHost:", &here, here.clone()),
        ("GET /echo HTTP/1.1\r\nHost:", &here, here.clone()),
        ("GET /echo HTTP/1.1\r\nHost: \t ", &here, here.clone()),
        ("GET http://named/echo HTTP/1.0", &full("named"), full("localhost")),
        ("GET http://Named/echo HTTP/1.1\r\nHost: named", &full("Named"), full("named")),
        ("GET http://named/echo HTTP/1.1\r\nHost:", &full("named"), full("named")),
        ("GET http://named/echo HTTP/1.1\r\nHost: other", &full("named"), full("named")),
        (
            "GET /echo HTTP/1.1\r\nHost: a.spin.internal",
            &full("a.spin.internal"),
            full("a.spin.internal"),
        ),
    ] {
        let (status, echo) = ask(request);
        assert_eq!(status, "200", "{request}: {echo}");
        assert_eq!(seen(&echo, "spin-full-url"), [full_url], "{request}");
        let echo: Value = serde_json::from_str(&echo).unwrap();
        assert_eq!(echo["url"], *url, "{request}");
    }
    for refused in [
        "GET /echo HTTP/1.1",
        "GET http://h/echo HTTP/1.1",
        "GET /echo HTTP/1.1\r\nHost: one\r\nHost: two",
        "GET /echo HTTP/1.1\r\nHost: a b",
        "GET /echo HTTP/1.1\r\nHost:\r\nHost: two",
        "GET /echo HTTP/1.1\r\nHost: :80",
        "GET /echo HTTP/1.1\r\nHost: user@named",
        "GET http://user@named/echo HTTP/1.1\r\nHost: named",
        "CONNECT named:80 HTTP/1.1\r\nHost: named:80",
        "GET echo HTTP/1.1\r\nHost: named",
    ] {
        assert_eq!(ask(refused).0, "400", "{refused}");
    }
}

#[test]
fn a_header_of_any_bytes_arrives_and_the_connection_header_does_not() {
    let (_app, server) = Server::usual(&[]);
    let mut stream = server.connect();
    let request = "GET /echo HTTP/1.1\r\nhost: h\r\nconnection: keep-alive\r\nx-latin: ";
    stream.write_all(&[request.as_bytes(), b"\xe4\r\n\r\n"].concat()).unwrap();
    let (_, echo) = next_answer(&mut stream);
    assert_eq!(seen(&echo, "x-latin"), ["\u{fffd}"]);
    assert_eq!(seen(&echo, "connection"), [""; 0]);
}

#[test]
fn a_trap_is_a_500_with_its_backtrace_in_the_log_and_the_next_request_works() {
    let (_app, server) = Server::usual(&[]);
    assert_eq!(server.text("/served"), "1");
    assert_eq!(server.get("/trap").status, 500);
    server.wait_for_output("component 'probe': an instance failed");
    server.wait_for_output("wasm backtrace");
    server.wait_for_output("unreachable");
    assert_eq!(server.text("/served"), "1", "in a fresh instance");
}

#[test]
fn the_output_of_a_component_goes_to_the_terminal_and_to_files_named_after_it() {
    let (app, server) = Server::usual(&[]);
    server.text("/print?text=hello");
    server.wait_for_output("out: hello\n");
    server.wait_for_output("err: hello\n");
    let read = |name: &str| std::fs::read_to_string(app.path(".spin/logs").join(name)).unwrap();
    assert_eq!(read("probe_stdout.txt"), "out: hello\n");
    assert_eq!(read("probe_stderr.txt"), "err: hello\n");
}

#[test]
fn a_request_to_another_host_needs_a_grant() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let here = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 1024];
            assert!(stream.read(&mut head).unwrap() > 0);
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi")
                .unwrap();
        }
    });
    let fetch = format!("/fetch?url={}", crate::app::encode(&format!("http://{here}/")));
    let granted = format!("[component.probe]\nallowed_outbound_hosts = [\"http://{here}\"]");
    let app = App::new(&MANIFEST.replace("[component.probe]", &granted));
    let server = app.start(&[]);
    assert_eq!(server.text(&fetch), "200 hi");
    let elsewhere = server.error("/fetch?url=http://127.0.0.1:1/");
    assert!(elsewhere.contains("Denied"), "{elsewhere}");
    server.wait_for_output("allowed_outbound_hosts");
    let (_app, ungranted) = Server::usual(&[]);
    assert!(ungranted.error(&fetch).contains("Denied"));
}
