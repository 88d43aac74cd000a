//! How instances are reused.

use crate::app::{App, MANIFEST, Server};
use spinlet_process::Process;

#[test]
fn an_instance_is_reused_unless_a_flag_forbids_it() {
    let (_app, server) = Server::usual(&["--idle-instance-timeout", "60s"]);
    assert_eq!([server.text("/served"), server.text("/served")], ["1", "2"]);
    let (_app, server) = Server::usual(&["--max-instance-reuse-count", "1"]);
    assert_eq!([server.text("/served"), server.text("/served")], ["1", "1"]);
}

#[test]
fn an_instance_that_is_idle_for_too_long_is_dropped() {
    let (_app, server) = Server::usual(&["--idle-instance-timeout", "1ms"]);
    server.text("/set?store=default&key=k&value=1");
    let started = std::time::Instant::now();
    while server.text("/served") != "1" {
        assert!(started.elapsed().as_secs() < 30, "the instance is never dropped");
    }
}

#[test]
fn concurrent_requests_share_an_instance_and_wake_one_another() {
    let (_app, server) = Server::usual(&["--idle-instance-timeout", "60s"]);
    // This request starts an instance, which both requests can use.
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
fn an_instance_takes_no_more_concurrent_requests_than_the_flag_allows() {
    let flags = ["--max-instance-concurrent-reuse-count", "1", "--idle-instance-timeout", "60s"];
    let (_app, server) = Server::usual(&flags);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| server.text("/sleep?ms=2000"));
        let second = scope.spawn(|| server.text("/sleep?ms=2000"));
        assert_eq!([first.join().unwrap(), second.join().unwrap()], ["1", "1"]);
    });
}

/// Observed in Spin 4.1: 500, and the same words on its standard error.
#[test]
fn as_in_spin_the_pool_limits_the_number_of_instances() {
    let app = App::new(MANIFEST);
    let flags = ["--as-spin", "--max-instance-concurrent-reuse-count", "1"];
    let mut command = app.command(&flags);
    command.env("SPIN_MAX_INSTANCE_COUNT", "4");
    let server = Server { process: Process::start(&mut command).unwrap() };
    let mut statuses = std::thread::scope(|scope| {
        let asks: Vec<_> =
            (0..6).map(|_| scope.spawn(|| server.get("/sleep?ms=3000").status)).collect();
        asks.into_iter().map(|ask| ask.join().unwrap()).collect::<Vec<_>>()
    });
    statuses.sort_unstable();
    assert_eq!((statuses[0], statuses[5]), (200, 500), "{statuses:?}");
    assert!(server.process.output().contains("maximum concurrent"), "{}", server.process.output());
    // Places are free again.
    server.text("/served");

    let mut command = app.command(&flags);
    command.env("SPIN_MAX_INSTANCE_COUNT", "many");
    let refused = Process::start(&mut command).err().unwrap().output;
    assert!(refused.contains("SPIN_MAX_INSTANCE_COUNT=many: not a number"), "{refused}");
}

#[test]
fn a_request_that_takes_too_long_ends() {
    let (_app, server) = Server::usual(&["--request-timeout", "300ms"]);
    let answer = server.get("/sleep?ms=60000");
    assert!(answer.status >= 500, "{answer:?}");
    assert_eq!(server.text("/sleep?ms=1"), "1");
}
