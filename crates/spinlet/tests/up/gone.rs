//! Clients that leave before their answer is complete.

use crate::app::{Server, next_answer, rest};
use nix::sys::socket::{setsockopt, sockopt};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

#[test]
fn a_client_that_leaves_ends_only_the_waits_of_its_request() {
    let (_app, server) = Server::usual(&["--idle-instance-timeout", "60s"]);
    assert_eq!(server.text("/served"), "1");
    let leaves = server.send("GET /sleep?ms=600000&name=leaves HTTP/1.1");
    server.wait_for_output("sleeps: leaves");
    let stays = server.send("GET /sleep?ms=600000&name=stays HTTP/1.1");
    server.wait_for_output("sleeps: stays");
    drop(leaves);
    server.wait_for_output("slept: leaves");
    assert_eq!(server.text("/served"), "4", "all of them are in one instance");
    assert!(!server.process.output().contains("slept: stays"), "{}", server.process.output());
    drop(stays);
    server.wait_for_output("slept: stays");
}

#[test]
fn a_client_that_leaves_a_stream_ends_the_waits_of_its_request() {
    let (_app, server) = Server::usual(&["--idle-instance-timeout", "60s"]);
    let mut stream = server.send("GET /stream?ms=600000&name=stream HTTP/1.1");
    server.wait_for_output("sleeps: stream");
    let mut head = [0; 16];
    stream.read_exact(&mut head).unwrap();
    drop(stream);
    server.wait_for_output("slept: stream");
    server.wait_for_output("dropped: stream");
}

/// Closes a connection with a reset.
fn reset(stream: TcpStream) {
    let at_once = nix::libc::linger { l_onoff: 1, l_linger: 0 };
    setsockopt(&stream, sockopt::Linger, &at_once).unwrap();
    drop(stream);
}

#[test]
fn a_client_that_leaves_while_its_bytes_are_unread_ends_the_waits_of_its_request() {
    let (_app, server) = Server::usual(&["--idle-instance-timeout", "60s"]);
    for (number, (headers, bytes)) in [
        ("", "\r\n"),
        ("", "GET /served HT"),
        ("\r\nexpect: 100-continue\r\ncontent-length: 5", ""),
        ("\r\ncontent-length: 10", "part"),
        ("\r\ntransfer-encoding: chunked", "4\r\npart\r\n"),
        ("\r\ncontent-length: 100000", &*"x".repeat(100_000)),
    ]
    .into_iter()
    .enumerate()
    {
        for (end, leave) in [("closed", drop as fn(TcpStream)), ("reset", reset)] {
            let name = format!("{number}-{end}");
            let path = format!("/sleep?ms=600000&name={name}");
            let mut stream = server.send(&format!("GET {path} HTTP/1.1{headers}"));
            stream.write_all(bytes.as_bytes()).unwrap();
            server.wait_for_output(&format!("sleeps: {name}"));
            leave(stream);
            server.wait_for_output(&format!("slept: {name}"));
        }
    }
}

#[test]
fn a_client_that_closes_its_sending_side_receives_all_its_answers() {
    let (_app, server) = Server::usual(&[]);
    let mut stream = server.send("POST /echo HTTP/1.1\r\ncontent-length: 4");
    stream.write_all(b"bodyGET /served HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert!(next_answer(&mut stream).1.contains("\"body\":4"));
    let (head, body) = next_answer(&mut stream);
    assert!(head.starts_with("HTTP/1.1 200 ") && !body.is_empty(), "{head}{body}");
    assert_eq!(rest(&mut stream), b"");
}

#[test]
fn a_client_that_closes_its_sending_side_receives_the_answer_to_a_waiting_request_at_once() {
    let (_app, server) = Server::usual(&[]);
    let mut poll = server.send("GET /sleep?ms=600000&name=poll HTTP/1.1");
    let mut stream = server.send("GET /stream?ms=600000&name=stream HTTP/1.1");
    for (name, stream) in [("poll", &mut poll), ("stream", &mut stream)] {
        server.wait_for_output(&format!("sleeps: {name}"));
        stream.shutdown(Shutdown::Write).unwrap();
    }
    assert_eq!(next_answer(&mut poll).1, "1");
    assert_eq!(next_answer(&mut stream).1, "first\nlast\n");
    assert_eq!((rest(&mut poll), rest(&mut stream)), (vec![], vec![]));
}
