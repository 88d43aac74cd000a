//! Clients that leave before their answer is complete.

use crate::app::Server;
use std::io::Read;

#[test]
fn a_client_that_leaves_ends_the_waits_of_its_request_and_of_no_other() {
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
