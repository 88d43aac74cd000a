//! Limits that keep clients from exhausting files, time and memory.

use crate::app::{App, MANIFEST, Server, next_answer, rest};
use spinlet_process::Process;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

/// `spinlet up` in a shell that has set a limit first.
fn limited(app: &App, limit: &str) -> Server {
    let spinlet = app.command(&[]);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{limit}; exec \"$0\" \"$@\"")]);
    shell.arg(spinlet.get_program()).args(spinlet.get_args());
    shell.current_dir(spinlet.get_current_dir().unwrap());
    Server { process: Process::start(&mut shell).unwrap() }
}

#[test]
fn a_server_full_of_idle_connections_keeps_answering() {
    let app = App::new(MANIFEST);
    let server = limited(&app, "ulimit -n 256");
    let mut running = server.send("GET /sleep?ms=5000&name=running HTTP/1.1");
    server.wait_for_output("sleeps: running");
    let idle: Vec<TcpStream> = (0..300).map(|_| server.connect()).collect();
    for _ in 0..20 {
        server.text("/served");
    }
    server.text("/sqlite?database=default&sql=SELECT+1");
    assert_eq!(next_answer(&mut running).1, "1", "no request was given up");
    let output = server.process.output();
    assert_eq!(output.matches("no room for another connection").count(), 1, "{output}");
    drop(idle);
    server.text("/served");
}

#[test]
fn idle_connections_whose_chunked_bodies_nobody_read_make_room() {
    let app = App::new(MANIFEST);
    let server = limited(&app, "ulimit -n 256");
    let unread = || {
        let mut stream = server.send("POST /served HTTP/1.1\r\ntransfer-encoding: chunked");
        stream.write_all(b"4\r\nbody\r\n0\r\n\r\n").unwrap();
        assert!(next_answer(&mut stream).0.starts_with("HTTP/1.1 200 "));
        stream
    };
    // As many connections as there are places: three quarters of the files.
    let _idle: Vec<TcpStream> = (0..192).map(|_| unread()).collect();
    server.text("/served");
}

#[test]
fn a_connection_is_idle_once_a_body_that_nobody_read_has_arrived() {
    let (_app, server) = Server::usual(&["--keep-alive-timeout", "1s"]);
    for (framing, body) in
        [("content-length: 4", "body"), ("transfer-encoding: chunked", "4\r\nbody\r\n0\r\n\r\n")]
    {
        let mut stream = server.send(&format!("POST /served HTTP/1.1\r\n{framing}"));
        next_answer(&mut stream);
        stream.write_all(body.as_bytes()).unwrap();
        assert_eq!(rest(&mut stream), b"", "{framing}");
    }
}

#[test]
fn a_server_full_of_partial_heads_keeps_answering() {
    let app = App::new(MANIFEST);
    let server = limited(&app, "ulimit -n 256");
    let half = || {
        let mut stream = server.connect();
        // The server may have closed it already, to make room for the next one.
        drop(stream.write_all(b"GET /served HTTP/1.1\r\nhost:"));
        stream
    };
    let _half: Vec<TcpStream> = (0..300).map(|_| half()).collect();
    for _ in 0..20 {
        server.text("/served");
    }
}

#[test]
fn the_limit_on_open_files_is_raised_to_the_maximum() {
    let app = App::new(MANIFEST);
    let server = limited(&app, "ulimit -Sn 100; ulimit -Hn 1000");
    server.wait_for_output("the limit of 100 was raised to 1000");
    let mut idle: Vec<TcpStream> = (0..200).map(|_| server.connect()).collect();
    for stream in &mut idle {
        stream.write_all(b"GET /.well-known/spin/health HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
        assert_eq!(next_answer(stream).1, "OK");
    }
}

#[test]
fn a_client_that_reads_nothing_is_cut_off_and_its_answer_is_dropped() {
    let flags = ["--write-timeout", "1s", "--idle-instance-timeout", "60s"];
    let (_app, server) = Server::usual(&flags);
    for (name, length) in [("sized", "1"), ("chunked", "")] {
        let request = format!("GET /large?chunks=2000&name={name}&length={length} HTTP/1.1");
        let mut stream = server.send(&request);
        server.wait_for_output(&format!("dropped: {name}"));
        let read = rest(&mut stream).len();
        assert!(read < 2000 << 16, "{name}: {read}");
    }
    assert_eq!(server.text("/served"), "1", "the instance goes on");
}

#[test]
fn a_client_that_reads_slowly_receives_its_whole_answer() {
    let (_app, server) = Server::usual(&["--write-timeout", "5s"]);
    let mut stream = server.send("GET /large?chunks=320&length=1 HTTP/1.1\r\nconnection: close");
    let mut part = vec![0; 2 << 20];
    for _ in 0..9 {
        stream.read_exact(&mut part).unwrap();
        std::thread::sleep(Duration::from_millis(700));
    }
    let left = rest(&mut stream).len();
    assert!((320 << 16..321 << 16).contains(&(left + 9 * part.len())), "{left}");
}

/// Sends the same bytes every 200 ms until the server closes the connection; returns the server's answer.
fn drip(stream: &mut TcpStream, bytes: &[u8]) -> String {
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut answer = Vec::new();
    for _ in 0..100 {
        drop(stream.write_all(bytes));
        match stream.read_to_end(&mut answer) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            _ => return String::from_utf8(answer).unwrap(),
        }
    }
    panic!("it is not ended: {}", String::from_utf8_lossy(&answer));
}

#[test]
fn a_body_that_is_not_complete_in_time_is_answered_408() {
    let (_app, server) = Server::usual(&["--body-timeout", "2s"]);
    for (framing, bytes) in
        [("content-length: 1000", "x"), ("transfer-encoding: chunked", "1\r\nx\r\n")]
    {
        let mut stream = server.send(&format!("POST /echo HTTP/1.1\r\n{framing}"));
        let answer = drip(&mut stream, bytes.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 408 "), "{framing}: {answer}");
        assert!(answer.contains("connection: close"), "{framing}: {answer}");
    }
    // A body in time is accepted.
    let mut stream = server.send("POST /echo HTTP/1.1\r\ncontent-length: 1");
    stream.write_all(b"x").unwrap();
    assert!(next_answer(&mut stream).1.contains("\"body\":1"));
}

#[test]
fn a_head_that_is_not_complete_in_time_closes_the_connection() {
    let (_app, server) = Server::usual(&["--head-timeout", "1s"]);
    let mut fresh = server.connect();
    fresh.write_all(b"GET / HTTP/1.1\r\nh: ").unwrap();
    let mut used = server.send("GET /served HTTP/1.1");
    assert_eq!(next_answer(&mut used).1, "1");
    used.write_all(b"GET / HTTP/1.1\r\nh: ").unwrap();
    for stream in [&mut fresh, &mut used] {
        assert_eq!(drip(stream, b"x"), "");
    }
}

#[test]
fn an_idle_connection_is_kept_for_the_keep_alive_timeout() {
    let (app, server) = Server::usual(&["--keep-alive-timeout", "60s", "--head-timeout", "1s"]);
    let mut kept = server.send("GET /served HTTP/1.1");
    next_answer(&mut kept);
    let short = app.start(&["--keep-alive-timeout", "3s", "--state-dir", "short"]);
    let (mut fresh, mut used) = (short.connect(), short.send("GET /served HTTP/1.1"));
    next_answer(&mut used);
    assert_eq!((rest(&mut fresh), rest(&mut used)), (vec![], vec![]));
    // By now the connection has been idle for longer than a head may take.
    kept.write_all(b"GET /served HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
    assert_eq!(next_answer(&mut kept).0.lines().next(), Some("HTTP/1.1 200 OK"));
}

#[test]
fn the_help_shows_the_default_timeouts_of_a_connection() {
    let help = App::new(MANIFEST).command(&["--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for (flag, default) in [
        ("--keep-alive-timeout", "75s"),
        ("--head-timeout", "30s"),
        ("--body-timeout", "60s"),
        ("--write-timeout", "30s"),
    ] {
        let (_, after) = help.split_once(flag).unwrap();
        let after = after.split("\n  -").next().unwrap();
        assert!(after.contains(&format!("[default: {default}]")), "{flag}: {after}");
    }
}

#[test]
fn a_server_full_of_partial_bodies_keeps_answering() {
    let app = App::new(MANIFEST);
    let server = limited(&app, "ulimit -n 256");
    let half = || {
        let mut stream = server.send("POST /echo HTTP/1.1\r\ncontent-length: 100");
        stream.write_all(b"x").unwrap();
        stream
    };
    let _half: Vec<TcpStream> = (0..230).map(|_| half()).collect();
    let asked = Instant::now();
    server.text("/served");
    assert!(asked.elapsed() < Duration::from_secs(30), "{:?}", asked.elapsed());
}

#[test]
fn a_waiting_request_with_an_unread_body_is_not_closed_to_make_room() {
    let app = App::new(MANIFEST);
    let server = limited(&app, "ulimit -n 256");
    let unread = || {
        let mut stream = server.send("POST /sleep?ms=7000 HTTP/1.1\r\ncontent-length: 4");
        stream.write_all(b"body").unwrap();
        stream
    };
    // As many connections as there are places: three quarters of the files.
    let mut unread: Vec<TcpStream> = (0..192).map(|_| unread()).collect();
    server.text("/served");
    server.wait_for_output("no room for another connection");
    for stream in &mut unread {
        assert!(next_answer(stream).0.starts_with("HTTP/1.1 200 "));
    }
}

#[test]
fn connections_are_closed_to_make_room_only_for_a_client_that_waits() {
    let app = App::new(MANIFEST);
    let server = limited(&app, "ulimit -n 256");
    let ask = |stream: &mut TcpStream| {
        stream.write_all(b"GET /served HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
        assert!(next_answer(stream).0.starts_with("HTTP/1.1 200 "));
    };
    // As many connections as there are places: three quarters of the files.
    let mut all: Vec<TcpStream> = (0..192).map(|_| server.connect()).collect();
    all.iter_mut().for_each(ask);
    // Meanwhile the others are idle for long enough to be closed.
    all[0].write_all(b"GET /sleep?ms=2000 HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
    next_answer(&mut all[0]);
    let output = server.process.output();
    assert!(!output.contains("no room for another connection"), "{output}");
    all.iter_mut().for_each(ask);
}

#[test]
fn a_timeout_may_exceed_the_systems_maximum() {
    for time in ["2147484s", "18446744073709551615s"] {
        let (_app, server) = Server::usual(&["--write-timeout", time]);
        assert_eq!(server.text("/served"), "1");
    }
}
