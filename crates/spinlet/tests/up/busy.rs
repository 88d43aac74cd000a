//! Databases that other writers keep busy, mostly on one processor.

use crate::app::{App, MANIFEST, Server, encode};
use rusqlite::{Connection, TransactionBehavior};
use spinlet_process::Process;
use std::process::Command;
use std::time::{Duration, Instant};

/// How long a lock is held.
const HELD: Duration = Duration::from_secs(2);

/// A server on one processor, all requests in one instance.
fn on_one_processor(app: &App) -> Server {
    let spinlet = app.command(&["--idle-instance-timeout", "60s"]);
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]).arg(spinlet.get_program()).args(spinlet.get_args());
    command.current_dir(app.path(""));
    Server { process: Process::start(&mut command).unwrap() }
}

fn sql(statements: &str) -> String {
    format!("/sqlite?database=default&sql={}", encode(statements))
}

/// Holds a database's write lock while two requests write, and checks that others are answered meanwhile.
fn others_are_answered(server: &Server, database: &str, write: &str, reads: &[&str]) {
    let mut connection = Connection::open(database).unwrap();
    connection.busy_timeout(Duration::from_secs(30)).unwrap();
    let lock = connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    std::thread::scope(|scope| {
        let held = Instant::now();
        let writes = [0, 1].map(|_| scope.spawn(|| server.text(write)));
        let mut answered = 0;
        while held.elapsed() < HELD {
            for read in reads {
                let asked = Instant::now();
                server.text(read);
                assert!(asked.elapsed() < HELD / 2, "{read} waited {:?}", asked.elapsed());
                answered += 1;
            }
        }
        assert!(writes.iter().all(|write| !write.is_finished()), "the lock is held");
        lock.rollback().unwrap();
        for write in writes {
            write.join().unwrap();
        }
        assert!(answered >= reads.len() * 2, "{answered}");
    });
}

#[test]
fn a_write_that_waits_for_a_lock_does_not_block_other_requests_on_one_processor() {
    let app = App::new(MANIFEST);
    let server = on_one_processor(&app);
    server.text(&sql("PRAGMA journal_mode = WAL; CREATE TABLE t (x)"));
    let database = app.path(".spin/sqlite_db.db").display().to_string();
    // Both writes use one connection of their instance; the one that waits for it must not block the processor.
    let write = format!("/shared?sql={}", encode("INSERT INTO t VALUES (1)"));
    let reads = ["/served", &sql("SELECT count(*) FROM t"), "/get?store=default&key=k"];
    others_are_answered(&server, &database, &write, &reads);
    assert_eq!(server.text(&sql("SELECT count(*) FROM t")), "[[Integer(2)]]");
}

#[test]
fn a_store_that_waits_for_a_lock_does_not_block_other_requests_on_one_processor() {
    let app = App::new(MANIFEST);
    let server = on_one_processor(&app);
    server.text("/set?store=default&key=k&value=1");
    let store = app.path(".spin/sqlite_key_value.db").display().to_string();
    let reads = ["/served", "/get?store=default&key=k", "/keys?store=default"];
    others_are_answered(&server, &store, "/set?store=default&key=k&value=2", &reads);
    assert_eq!(server.text("/get?store=default&key=k"), "Some(\"2\")");
}

#[test]
fn writes_continue_after_a_transaction_ends_on_one_processor() {
    let app = App::new(MANIFEST);
    let server = on_one_processor(&app);
    server.text(&sql("PRAGMA journal_mode = WAL; CREATE TABLE t (x)"));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    server.text(&sql("BEGIN IMMEDIATE; INSERT INTO t VALUES (1); COMMIT"));
                    server.text(&sql("INSERT INTO t VALUES (1)"));
                    server.text(&sql("BEGIN; INSERT INTO t VALUES (1); COMMIT"));
                }
            });
        }
    });
    assert_eq!(server.text(&sql("SELECT count(*) FROM t")), "[[Integer(60)]]");
}

/// A synchronous call suspends the guest's asynchronous statements, so none of them may hold the connection that it
/// needs.
#[test]
fn synchronous_and_asynchronous_statements_of_one_connection_all_end() {
    let command = "CREATE VIEW command AS SELECT x FROM t; \
        CREATE TRIGGER run INSTEAD OF INSERT ON command BEGIN INSERT INTO t VALUES (NEW.x); END";
    for flags in [&["--idle-instance-timeout", "60s"][..], &["--as-spin"]] {
        let (app, server) = Server::usual(flags);
        server.text(&sql("PRAGMA journal_mode = WAL; CREATE TABLE t (x)"));
        let database = Connection::open(app.path(".spin/sqlite_db.db")).unwrap();
        database.execute_batch(command).unwrap();
        for view in ["t", "command"] {
            for beside in ["SELECT 1", "UPDATE t SET x = 1"] {
                let write = format!("INSERT INTO {view} VALUES (1)");
                server.text(&format!("/beside?write={}&beside={}", encode(&write), encode(beside)));
            }
        }
        assert_eq!(server.text(&sql("SELECT count(*) FROM t")), "[[Integer(16)]]");
    }
}
