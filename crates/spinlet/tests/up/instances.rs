//! How instances are reused.

use crate::app::Server;

#[test]
fn an_instance_is_reused_unless_told_otherwise() {
    let (_app, server) = Server::usual(&["--idle-instance-timeout", "60s"]);
    assert_eq!([server.text("/served"), server.text("/served")], ["1", "2"]);
    let (_app, server) = Server::usual(&["--max-instance-reuse-count", "1"]);
    assert_eq!([server.text("/served"), server.text("/served")], ["1", "1"]);
}

#[test]
fn an_instance_that_has_idled_too_long_is_dropped() {
    let (_app, server) = Server::usual(&["--idle-instance-timeout", "1ms"]);
    server.text("/set?store=default&key=k&value=1");
    let started = std::time::Instant::now();
    while server.text("/served") != "1" {
        assert!(started.elapsed().as_secs() < 30, "the instance is never dropped");
    }
}

#[test]
fn requests_at_a_time_share_an_instance_and_wake_one_another() {
    let (_app, server) = Server::usual(&["--idle-instance-timeout", "60s"]);
    // So that there is an instance that both requests can be given to.
    server.text("/served");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| server.text("/wait"));
        let started = std::time::Instant::now();
        while server.text("/wake?text=hello") == "0" {
            assert!(started.elapsed().as_secs() < 30, "nobody waits in this instance");
        }
        assert_eq!(waiting.join().unwrap(), "hello");
    });
}

#[test]
fn an_instance_takes_no_more_requests_at_a_time_than_told() {
    let flags = ["--max-instance-concurrent-reuse-count", "1", "--idle-instance-timeout", "60s"];
    let (_app, server) = Server::usual(&flags);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| server.text("/sleep?ms=2000"));
        let second = scope.spawn(|| server.text("/sleep?ms=2000"));
        assert_eq!([first.join().unwrap(), second.join().unwrap()], ["1", "1"]);
    });
}

#[test]
fn a_request_that_takes_too_long_is_ended() {
    let (_app, server) = Server::usual(&["--request-timeout", "300ms"]);
    let answer = server.get("/sleep?ms=60000");
    assert!(answer.status >= 500, "{answer:?}");
    assert_eq!(server.text("/sleep?ms=1"), "1");
}
