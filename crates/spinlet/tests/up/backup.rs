//! `spinlet backup` and `spinlet restore`, and incomplete databases.

use crate::app::{App, MANIFEST, Server, encode};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const BUSY: [&str; 2] = ["--idle-instance-timeout", "60s"];

fn sql(statements: &str) -> String {
    format!("/sqlite?database=default&sql={}", encode(statements))
}

/// Runs one of the two commands in the application's folder.
fn spinlet(app: &App, arguments: &[&str]) -> Output {
    let command = &mut Command::new(env!("CARGO_BIN_EXE_spinlet"));
    command.args(arguments).current_dir(app.path("")).output().unwrap()
}

#[track_caller]
fn done(app: &App, arguments: &[&str]) -> String {
    let output = spinlet(app, arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn refused(app: &App, arguments: &[&str], expected: &str) {
    let output = spinlet(app, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
    assert!(error.contains(expected), "{arguments:?}: '{error}' does not contain '{expected}'");
}

/// An application with a table in its database, which has a write-ahead log.
fn with_table() -> (App, Server) {
    let (app, server) = Server::usual(&BUSY);
    server.text(&sql("PRAGMA journal_mode = WAL; CREATE TABLE t (x)"));
    (app, server)
}

fn query(path: &Path, sql: &str) -> String {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.query_row(sql, [], |row| row.get::<_, rusqlite::types::Value>(0)).map_or_else(
        |error| error.to_string(),
        |value| match value {
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            rusqlite::types::Value::Blob(bytes) => String::from_utf8(bytes).unwrap(),
            other => format!("{other:?}"),
        },
    )
}

#[test]
fn every_backup_during_writes_is_whole_and_of_one_moment() {
    let (app, server) = with_table();
    let (ended, acknowledged) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        // One thread writes to both, first to the database; the others keep the database busy.
        scope.spawn(|| {
            for number in 1.. {
                server.text(&sql(&format!("INSERT INTO t VALUES ({number})")));
                server.text(&format!("/set?store=default&key=k&value={number}"));
                acknowledged.store(number, Ordering::SeqCst);
                if ended.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        for _ in 0..3 {
            scope.spawn(|| {
                server.text(&sql("CREATE TABLE IF NOT EXISTS other (x)"));
                while !ended.load(Ordering::SeqCst) {
                    server.text(&sql("INSERT INTO other VALUES (randomblob(20000))"));
                }
            });
        }
        while acknowledged.load(Ordering::SeqCst) < 5 {
            std::thread::yield_now();
        }
        for round in 0..40 {
            let before = acknowledged.load(Ordering::SeqCst);
            let name = format!("backup{round}");
            done(&app, &["backup", &name]);
            let database = app.path(&name).join("sqlite_db.db");
            assert_eq!(query(&database, "PRAGMA integrity_check"), "ok", "{round}");
            let written: u64 = query(&database, "SELECT max(x) FROM t").parse().unwrap();
            let store = app.path(&name).join("sqlite_key_value.db");
            assert_eq!(query(&store, "PRAGMA integrity_check"), "ok", "{round}");
            let set: u64 = query(&store, "SELECT value FROM spin_key_value").parse().unwrap();
            assert!(written >= before, "{round}: {written} of {before} acknowledged");
            assert!(written == set || written == set + 1, "{round}: {written} and {set}");
        }
        ended.store(true, Ordering::SeqCst);
    });
}

#[test]
fn a_restore_has_all_writes_acknowledged_before_the_backup_and_keeps_the_replaced_database() {
    let (app, server) = with_table();
    server.text(&sql("INSERT INTO t VALUES (1)"));
    server.text("/set?store=default&key=k&value=before");
    done(&app, &["backup", "backup"]);
    server.text(&sql("INSERT INTO t VALUES (2)"));
    server.text("/set?store=default&key=k&value=after");
    refused(&app, &["restore", "backup", "--replace"], "a server or a backup is using it");
    assert_eq!(server.text(&sql("SELECT count(*) FROM t")), "[[Integer(2)]]");
    // The drop kills the server, so that its databases have logs, which must not be taken for the restored ones'.
    drop(server);
    assert!(app.path(".spin/sqlite_db.db-wal").exists());
    refused(&app, &["restore", "backup"], "--replace");
    let printed = done(&app, &["restore", "backup", "--replace"]);
    let kept = printed.lines().find_map(|line| line.strip_prefix(".spin/sqlite_db.db is kept as "));
    assert_eq!(query(&app.path(kept.unwrap()), "SELECT count(*) FROM t"), "2", "{printed}");
    let server = app.start(&BUSY);
    assert_eq!(server.text(&sql("SELECT x FROM t")), "[[Integer(1)]]");
    assert_eq!(server.text("/get?store=default&key=k"), "Some(\"before\")");
    // The backup can also be restored to an empty folder.
    done(&app, &["restore", "backup", "--state-dir", "elsewhere"]);
    let server = app.start(&["--state-dir", "elsewhere"]);
    assert_eq!(server.text(&sql("SELECT x FROM t")), "[[Integer(1)]]");
}

#[test]
fn damaged_and_unfinished_backups_are_not_restored() {
    let (app, server) = with_table();
    for _ in 0..20 {
        server.text(&sql("INSERT INTO t VALUES (randomblob(2000))"));
    }
    let restore = ["restore", "backup", "--state-dir", "elsewhere"];
    std::fs::create_dir(app.path("backup")).unwrap();
    refused(&app, &restore, "not a finished backup");
    done(&app, &["backup", "backup"]);
    refused(&app, &["backup", "backup"], "exists already");
    let database = app.path("backup/sqlite_db.db");
    let whole = std::fs::read(&database).unwrap();
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    for damaged in [&changed, &whole[..whole.len() - 4096], b"" as &[u8]] {
        std::fs::write(&database, damaged).unwrap();
        refused(&app, &restore, "damaged");
    }
    std::fs::write(&database, &whole).unwrap();
    let manifest = std::fs::read_to_string(app.path("backup/backup.toml")).unwrap();
    std::fs::write(
        app.path("backup/backup.toml"),
        manifest.replace("sqlite_db.db", "../backup/sqlite_db.db"),
    )
    .unwrap();
    refused(&app, &restore, "not a file name");
    std::fs::remove_file(app.path("backup/backup.toml")).unwrap();
    refused(&app, &restore, "not a finished backup");
    assert!(!app.path("elsewhere/sqlite_db.db").exists());
}

#[test]
fn a_killed_backup_leaves_nothing_that_a_restore_accepts() {
    let (app, server) = with_table();
    server.text(&sql("INSERT INTO t VALUES (randomblob(60000000))"));
    // Each round kills the backup at another point, from its first file to its last rename.
    let mut unfinished = 0;
    for round in 0..20 {
        let name = format!("backup{round}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_spinlet"));
        command.args(["backup", &name]).current_dir(app.path("")).stdout(Stdio::null());
        let mut backup = command.spawn().unwrap();
        let left = app.path(&format!("{name}.unfinished"));
        while !left.exists() && backup.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        std::thread::sleep(std::time::Duration::from_millis(round * 20));
        backup.kill().unwrap();
        backup.wait().unwrap();
        if left.exists() {
            unfinished += 1;
            assert!(!app.path(&name).exists());
            let left = left.to_str().unwrap();
            refused(&app, &["restore", left, "--state-dir", "elsewhere"], "");
            // The next backup of that name succeeds.
            done(&app, &["backup", &name]);
        }
        let state = format!("restored{round}");
        done(&app, &["restore", &name, "--state-dir", &state]);
    }
    assert!(unfinished > 0, "none was killed in time");
}

#[test]
fn an_interrupted_restore_prevents_the_start() {
    let (app, server) = with_table();
    done(&app, &["backup", "backup"]);
    drop(server);
    std::fs::write(app.path(".spin/restore-unfinished"), "").unwrap();
    let refusal = app.refusal(&[]);
    assert!(refusal.contains("a restore was interrupted"), "{refusal}");
    done(&app, &["restore", "backup", "--replace"]);
    app.start(&[]).text(&sql("SELECT * FROM t"));
}

#[test]
fn a_backup_names_stores_on_other_servers_and_a_restore_follows_the_runtime_config() {
    let app = App::new(MANIFEST);
    let config = "[sqlite_database.default]\ntype = \"spin\"\npath = \"data/main.db\"\n\
                  [key_value_store.default]\ntype = \"redis\"\nurl = \"redis://127.0.0.1:1\"\n";
    std::fs::write(app.path("runtime.toml"), config).unwrap();
    let flags = ["--runtime-config-file", "runtime.toml"];
    let server = app.start(&flags);
    server.text(&sql("CREATE TABLE t (x)"));
    let printed = done(&app, &[&["backup", "backup"], &flags[..]].concat());
    assert!(printed.contains("another server: key_value_store.default"), "{printed}");
    // The lock is in the folder of the database, whatever the state folder.
    let elsewhere = [&["restore", "backup", "--replace", "--state-dir", "x"], &flags[..]].concat();
    refused(&app, &elsewhere, "is using it");
    drop(server);
    std::fs::remove_dir_all(app.path("data")).unwrap();
    done(&app, &[&["restore", "backup"], &flags[..]].concat());
    assert_eq!(query(&app.path("data/main.db"), "SELECT count(*) FROM t"), "0");
    assert!(!app.path(".spin/sqlite_db.db").exists());
}

#[test]
fn a_database_that_another_program_has_open_is_not_replaced() {
    let (app, mut server) = with_table();
    done(&app, &["backup", "backup"]);
    server.signal("TERM");
    server.process.wait().unwrap();
    let other = rusqlite::Connection::open(app.path(".spin/sqlite_db.db")).unwrap();
    other.query_row("SELECT count(*) FROM t", [], |_| Ok(())).unwrap();
    refused(&app, &["restore", "backup", "--replace"], "is in use");
    drop(other);
    done(&app, &["restore", "backup", "--replace"]);
}

#[test]
fn a_backup_is_readable_only_by_its_owner() {
    let (app, _server) = with_table();
    done(&app, &["backup", "backup"]);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&app.path("backup")), 0o700);
    for file in app.path("backup").read_dir().unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

/// Copies a database file alone to a new state folder.
fn copy_alone(app: &App, to: &str) {
    std::fs::create_dir(app.path(to)).unwrap();
    let to = app.path(to).join("sqlite_db.db");
    std::fs::copy(app.path(".spin/sqlite_db.db"), to).unwrap();
}

#[test]
fn a_database_copied_without_its_log_is_not_served() {
    let (app, server) = with_table();
    // Copies taken right after the schema, after a row, and after some megabytes and checkpoints.
    for round in 0..3 {
        let name = format!("copy{round}");
        copy_alone(&app, &name);
        let refusal = app.refusal(&["--state-dir", &name]);
        assert!(refusal.contains("copy without its write-ahead log"), "{refusal}");
        assert!(refusal.contains("spinlet restore"), "{refusal}");
        if round == 0 {
            server.text(&sql("INSERT INTO t VALUES (1)"));
        } else {
            for _ in 0..60 {
                server.text(&sql("INSERT INTO t VALUES (randomblob(200000))"));
            }
        }
    }
    let pages = std::fs::metadata(app.path(".spin/sqlite_db.db-wal")).unwrap().len() / 4096;
    assert!(pages < 3_000, "the log is brought into the database: {pages} pages");
    // A database made by Spin has no mark, but a copy that is empty must have lost its content.
    std::fs::create_dir(app.path("spin")).unwrap();
    let spin = rusqlite::Connection::open(app.path("made-by-spin.db")).unwrap();
    spin.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x)").unwrap();
    std::fs::copy(app.path("made-by-spin.db"), app.path("spin/sqlite_db.db")).unwrap();
    let refusal = app.refusal(&["--state-dir", "spin"]);
    assert!(refusal.contains("copy without its write-ahead log"), "{refusal}");
    // A log without its database is refused too: SQLite would delete it.
    std::fs::create_dir(app.path("log")).unwrap();
    std::fs::copy(app.path(".spin/sqlite_db.db-wal"), app.path("log/sqlite_db.db-wal")).unwrap();
    let refusal = app.refusal(&["--state-dir", "log"]);
    assert!(refusal.contains("is missing or empty"), "{refusal}");
    assert!(app.path("log/sqlite_db.db-wal").metadata().unwrap().len() > 0);
}

#[test]
fn a_database_is_served_after_a_kill_or_a_stop_and_after_spin() {
    let (app, mut server) = with_table();
    for round in 0..10 {
        server.text(&sql("INSERT INTO t VALUES (randomblob(500000))"));
        if round % 2 == 0 {
            server.process.kill();
        } else {
            server.signal("TERM");
            server.process.wait().unwrap();
            assert!(!app.path(".spin/sqlite_db.db-wal").exists());
            copy_alone(&app, &format!("whole{round}"));
            let copy = app.start(&["--state-dir", &format!("whole{round}")]);
            copy.text(&sql("SELECT count(*) FROM t"));
        }
        if round % 3 == 0 {
            // Opens, writes and closes in order, as Spin does.
            let spin = rusqlite::Connection::open(app.path(".spin/sqlite_db.db")).unwrap();
            spin.execute("INSERT INTO t VALUES (1)", []).unwrap();
            spin.close().unwrap();
            assert!(!app.path(".spin/sqlite_db.db-wal").exists());
        }
        server = app.start(&BUSY);
    }
    assert_eq!(server.text(&sql("SELECT count(*) FROM t")), "[[Integer(14)]]");
}

#[test]
fn a_backup_accepts_a_trailing_slash_and_refuses_a_symlink() {
    let (app, _server) = with_table();
    done(&app, &["backup", "backup/"]);
    assert!(app.path("backup/backup.toml").exists() && !app.path("backup/.unfinished").exists());
    std::fs::create_dir(app.path("elsewhere")).unwrap();
    for (link, to) in [("link", "elsewhere"), ("dangling", "nowhere")] {
        std::os::unix::fs::symlink(to, app.path(link)).unwrap();
        for destination in [link, &format!("{link}/")] {
            refused(&app, &["backup", destination], "is a symbolic link");
        }
        assert!(!app.path(&format!("{link}.unfinished")).exists());
    }
}

/// Runs one of the two commands with files limited to about 100 KB, as on a full disk.
#[track_caller]
fn fails_for_want_of_space(app: &App, arguments: &str) {
    let script = format!("trap '' XFSZ; ulimit -f 200; exec \"$0\" {arguments}");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script, env!("CARGO_BIN_EXE_spinlet")]).current_dir(app.path(""));
    let output = shell.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{arguments}: {output:?}");
}

#[test]
fn a_backup_or_restore_that_fills_the_disk_frees_its_space() {
    let (app, server) = with_table();
    server.text(&sql("INSERT INTO t VALUES (randomblob(1000000))"));
    fails_for_want_of_space(&app, "backup backup");
    assert!(!app.path("backup").exists() && !app.path("backup.unfinished").exists());
    done(&app, &["backup", "backup"]);
    fails_for_want_of_space(&app, "restore backup --state-dir elsewhere");
    let left = app.path("elsewhere").read_dir().unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(left.collect::<Vec<_>>(), ["spinlet.lock"]);
}

#[test]
fn a_symlinked_database_is_backed_up_closed_to_others_and_served_after_a_kill() {
    let app = App::new(MANIFEST);
    for folder in [".spin", "real"] {
        std::fs::create_dir(app.path(folder)).unwrap();
    }
    std::fs::write(app.path("real/main.db"), "").unwrap();
    let readable = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(app.path("real/main.db"), readable).unwrap();
    std::os::unix::fs::symlink("../real/main.db", app.path(".spin/sqlite_db.db")).unwrap();
    let server = app.start(&BUSY);
    let mode = app.path("real/main.db").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    server.text(&sql("PRAGMA journal_mode = WAL; CREATE TABLE t (x)"));
    server.text(&sql("INSERT INTO t VALUES (1)"));
    assert!(app.path("real/main.db-wal").exists());
    done(&app, &["backup", "backup"]);
    assert_eq!(query(&app.path("backup/sqlite_db.db"), "SELECT x FROM t"), "1");
    drop(server);
    let server = app.start(&BUSY);
    assert_eq!(server.text(&sql("SELECT x FROM t")), "[[Integer(1)]]");
}

#[test]
fn a_database_that_is_moved_away_is_not_replaced_by_an_empty_one() {
    let (app, server) = Server::usual(&["--max-instance-reuse-count", "1"]);
    server.text(&sql("CREATE TABLE t (x)"));
    std::fs::rename(app.path(".spin/sqlite_db.db"), app.path("moved.db")).unwrap();
    let error = server.error(&sql("CREATE TABLE t (x)"));
    assert!(error.contains("unable to open"), "{error}");
    assert!(!app.path(".spin/sqlite_db.db").exists());
    std::fs::rename(app.path("moved.db"), app.path(".spin/sqlite_db.db")).unwrap();
    server.text(&sql("SELECT * FROM t"));
}

/// As root, also gives the state folder to another user, as of a server that a service manager runs.
#[test]
fn a_backup_and_a_restore_follow_no_links_in_the_state_folder() {
    let (app, server) = with_table();
    done(&app, &["backup", "backup"]);
    drop(server);
    let state = app.path(".spin");
    let is_root = state.metadata().unwrap().uid() == 0;
    let owner = if is_root { 65_534 } else { state.metadata().unwrap().uid() };
    std::os::unix::fs::chown(&state, Some(owner), None).unwrap();
    let target = app.path("target");
    std::fs::write(&target, "unchanged").unwrap();
    let before = target.metadata().unwrap();
    let link = |name: &str| {
        let link = state.join(name);
        drop(std::fs::remove_file(&link));
        std::os::unix::fs::symlink(&target, &link).unwrap();
        link
    };
    let restore = ["restore", "backup", "--replace"];

    let lock = link("spinlet.lock");
    refused(&app, &["backup", "other"], "spinlet.lock");
    refused(&app, &restore, "spinlet.lock");
    std::fs::remove_file(lock).unwrap();

    let mark = link("restore-unfinished");
    refused(&app, &restore, "restore-unfinished");
    std::fs::remove_file(mark).unwrap();

    link("sqlite_db.db.restoring");
    done(&app, &restore);
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "unchanged");
    let after = target.metadata().unwrap();
    assert_eq!((after.uid(), after.mode()), (before.uid(), before.mode()));
    for created in ["spinlet.lock", "sqlite_db.db"] {
        let created = state.join(created).symlink_metadata().unwrap();
        assert!(created.is_file());
        assert_eq!(created.uid(), owner);
    }
}

#[test]
fn a_restore_that_continues_an_interrupted_one_keeps_a_database_and_its_log_together() {
    let (app, server) = with_table();
    done(&app, &["backup", "backup"]);
    server.text(&sql("INSERT INTO t VALUES (1)"));
    // The drop kills the server, so that the row is only in the log.
    drop(server);
    // As a restore leaves it that ends after its first rename.
    let date = "2026-01-02T03-04-05Z";
    std::fs::write(app.path(".spin/restore-unfinished"), date).unwrap();
    let kept = format!(".spin/sqlite_db.db.replaced-{date}");
    std::fs::rename(app.path(".spin/sqlite_db.db"), app.path(&kept)).unwrap();
    let printed = done(&app, &["restore", "backup", "--replace"]);
    assert!(printed.contains(&format!("is kept as {kept}\n")), "{printed}");
    assert_eq!(query(&app.path(&kept), "SELECT count(*) FROM t"), "1");
    // A mark that no restore has written names no files.
    std::fs::write(app.path(".spin/restore-unfinished"), "/../../elsewhere").unwrap();
    let printed = done(&app, &["restore", "backup", "--replace"]);
    assert!(printed.contains("is kept as .spin/sqlite_db.db.replaced-20"), "{printed}");
    assert!(!app.path(".spin/restore-unfinished").exists());
}

#[test]
fn a_backup_removes_only_files_that_an_earlier_backup_left() {
    let (app, _server) = with_table();
    let other = app.path("backup.unfinished");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("thesis.txt"), "nearly done").unwrap();
    refused(&app, &["backup", "backup"], "no backup has made it");
    assert_eq!(std::fs::read_to_string(other.join("thesis.txt")).unwrap(), "nearly done");
    std::fs::rename(&other, app.path("other")).unwrap();
    std::os::unix::fs::symlink("other", &other).unwrap();
    refused(&app, &["backup", "backup"], "backup.unfinished");
    assert!(app.path("other/thesis.txt").exists());
}
