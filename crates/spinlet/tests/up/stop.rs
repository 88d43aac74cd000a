//! SIGINT and SIGTERM.

use crate::app::{App, MANIFEST, Server, next_answer, rest};
use spinlet_process::Process;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[test]
fn a_stop_answers_running_requests_and_closes_the_database() {
    for signal in ["TERM", "INT"] {
        let (app, mut server) = Server::usual(&["--idle-instance-timeout", "60s"]);
        server
            .text("/sqlite?database=default&keep=1&sql=PRAGMA+journal_mode=WAL;CREATE+TABLE+t+(x)");
        assert!(app.path(".spin/sqlite_db.db-wal").exists());
        let address = server.process.url().strip_prefix("http://").unwrap().to_owned();
        std::thread::scope(|scope| {
            let running = scope.spawn(|| server.text("/sleep?ms=60000&name=running"));
            server.wait_for_output("sleeps: running");
            server.signal(signal);
            server.wait_for_output("stopping");
            assert_eq!(running.join().unwrap(), "1", "the running request has its answer");
        });
        let status = server.process.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{}", server.process.output());
        assert!(TcpStream::connect(address).is_err());
        assert!(!app.path(".spin/sqlite_db.db-wal").exists(), "SIG{signal}");
        assert!(!server.process.output().contains("failed"), "{}", server.process.output());
    }
}

#[test]
fn a_request_that_does_not_end_is_cut_off_after_the_grace_period() {
    let (_app, mut server) = Server::usual(&[]);
    let _waits = server.send("GET /wait HTTP/1.1");
    server.text("/print?text=after");
    server.signal("TERM");
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
}

#[test]
fn a_stop_wakes_a_waiting_guest_and_its_answer_arrives() {
    let (_app, mut server) = Server::usual(&[]);
    let mut waits = server.send("GET /sleep?ms=600000&name=waits HTTP/1.1");
    server.wait_for_output("sleeps: waits");
    server.signal("TERM");
    let (head, body) = next_answer(&mut waits);
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("connection: close"), "{head}");
    assert_eq!(body, "1");
    assert_eq!(rest(&mut waits), b"");
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
    assert!(!server.process.output().contains("failed"), "{}", server.process.output());
}

#[test]
fn a_stop_lets_a_stream_finish() {
    let (_app, mut server) = Server::usual(&[]);
    let mut stream = server.send("GET /stream?ms=600000&name=stream HTTP/1.1");
    server.wait_for_output("sleeps: stream");
    server.signal("TERM");
    let all = String::from_utf8(rest(&mut stream)).unwrap();
    assert!(all.ends_with("6\r\nfirst\n\r\n5\r\nlast\n\r\n0\r\n\r\n"), "{all}");
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
}

#[test]
fn a_stop_closes_idle_connections_while_requests_still_run() {
    let (_app, mut server) = Server::usual(&[]);
    let mut fresh = server.connect();
    let mut used = server.send("GET /served HTTP/1.1");
    next_answer(&mut used);
    // This request never ends, so the server uses its whole grace period.
    let mut busy = BufReader::new(server.send("GET /wait HTTP/1.1"));
    server.text("/print?text=after");
    server.signal("TERM");
    assert_eq!(rest(&mut fresh), b"");
    assert_eq!(rest(&mut used), b"");
    busy.get_ref().set_nonblocking(true).unwrap();
    let running = busy.fill_buf().unwrap_err();
    assert_eq!(running.kind(), std::io::ErrorKind::WouldBlock, "it runs on");
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
}

#[test]
fn a_guest_that_waits_in_a_loop_after_a_stop_still_pauses() {
    let (_app, mut server) = Server::usual(&[]);
    let mut naps = server.send("GET /naps?name=naps HTTP/1.1");
    server.wait_for_output("sleeps: naps");
    server.signal("TERM");
    let (_, body) = next_answer(&mut naps);
    let (naps, milliseconds) = body.split_once(' ').unwrap();
    let [naps, milliseconds]: [u64; 2] = [naps, milliseconds].map(|text| text.parse().unwrap());
    assert!((1..=milliseconds / 10 + 1).contains(&naps), "{naps} in {milliseconds} ms");
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
}

#[test]
fn a_hangup_during_the_start_does_not_end_the_server() {
    let app = App::new(MANIFEST);
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // The lock is taken before anything is compiled; its holder is the server.
            while !app.path(".spin/spinlet.lock").exists() {
                std::thread::yield_now();
            }
            while !stop.load(Ordering::Relaxed) {
                let pid = std::fs::read_to_string(app.path("pid")).unwrap();
                drop(Command::new("kill").args(["-HUP", pid.trim()]).status());
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        // With a cache of its own, so that the component is compiled.
        let mut shell = Command::new("sh");
        shell.args(["-c", "echo $$ > pid; exec \"$0\" up --listen 127.0.0.1:0"]);
        shell.arg(env!("CARGO_BIN_EXE_spinlet")).current_dir(app.path(""));
        let started = Process::start(&mut shell);
        stop.store(true, Ordering::Relaxed);
        let server = Server { process: started.unwrap() };
        assert_eq!(server.text("/served"), "1");
    });
}
