//! SIGINT and SIGTERM.

use crate::app::Server;
use std::net::TcpStream;

#[test]
fn a_server_that_is_asked_to_stop_ends_what_runs_and_closes_its_database() {
    for signal in ["TERM", "INT"] {
        let (app, mut server) = Server::usual(&["--idle-instance-timeout", "60s"]);
        server
            .text("/sqlite?database=default&keep=1&sql=PRAGMA+journal_mode=WAL;CREATE+TABLE+t+(x)");
        assert!(app.path(".spin/sqlite_db.db-wal").exists());
        let address = server.process.url().strip_prefix("http://").unwrap().to_owned();
        std::thread::scope(|scope| {
            let running = scope.spawn(|| server.text("/sleep?ms=1500"));
            let arrived = scope.spawn(|| server.text("/print?text=arrived"));
            arrived.join().unwrap();
            server.signal(signal);
            server.wait_for_output("stopping");
            assert_eq!(running.join().unwrap(), "1", "what ran has its answer");
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
    let mut stream =
        TcpStream::connect(server.process.url().strip_prefix("http://").unwrap()).unwrap();
    std::io::Write::write_all(&mut stream, b"GET /sleep?ms=600000 HTTP/1.1\r\nhost: h\r\n\r\n")
        .unwrap();
    server.text("/print?text=after");
    server.signal("TERM");
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
}
