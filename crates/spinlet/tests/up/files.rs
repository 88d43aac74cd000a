//! Permissions and sizes of the files that a server writes.

use crate::app::{App, MANIFEST, Server};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// A folder, and everything below it.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let mut next = 0;
    while let Some(path) = found.get(next).cloned() {
        next += 1;
        if path.is_dir() {
            found.extend(path.read_dir().unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    found
}

#[track_caller]
fn are_closed(folder: &Path) {
    for path in below(folder) {
        assert_eq!(mode(&path) & 0o077, 0, "{} is {:o}", path.display(), mode(&path));
    }
}

/// The command of a server that keeps compiled code in its state folder.
fn own_cache(app: &App) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_spinlet"));
    command.args(["up", "--listen", "127.0.0.1:0", "--idle-instance-timeout", "60s"]);
    command.current_dir(app.path(""));
    command
}

#[test]
fn files_of_a_server_are_readable_only_by_its_owner() {
    let app = App::new(MANIFEST);
    let process = spinlet_process::Process::start(&mut own_cache(&app)).unwrap();
    let server = Server { process };
    server.text("/sqlite?database=default&sql=PRAGMA+journal_mode=WAL;CREATE+TABLE+t+(x)");
    server.text("/set?store=default&key=k&value=v");
    server.text("/print?text=hello");
    for name in ["sqlite_db.db", "sqlite_db.db-wal", "sqlite_key_value.db", "logs", "cache"] {
        assert!(app.path(".spin").join(name).exists(), "{name}");
    }
    are_closed(&app.path(".spin"));
}

#[test]
fn files_left_open_by_an_earlier_version_are_closed_at_the_start_and_reported_once() {
    let app = App::new(MANIFEST);
    let server = app.start(&["--idle-instance-timeout", "60s"]);
    server.text("/sqlite?database=default&sql=PRAGMA+journal_mode=WAL;CREATE+TABLE+t+(x)");
    server.text("/set?store=default&key=k&value=v");
    drop(server);
    for path in below(&app.path(".spin")) {
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
    std::fs::set_permissions(app.path(""), Permissions::from_mode(0o755)).unwrap();
    let server = app.start(&[]);
    let message = "were open to other users";
    server.wait_for_output(message);
    for name in ["", "sqlite_db.db", "sqlite_db.db-wal", "sqlite_key_value.db", "logs"] {
        let path = app.path(".spin").join(name);
        assert_eq!(mode(&path) & 0o077, 0, "{}", path.display());
    }
    are_closed(&app.path(".spin/logs"));
    assert_eq!(mode(&app.path("")), 0o755, "a folder outside the state folder is unchanged");
    drop(server);
    let again = app.start(&[]);
    assert!(!again.process.output().contains(message), "{}", again.process.output());
}

fn log(app: &App, name: &str) -> String {
    std::fs::read_to_string(app.path(".spin/logs").join(name)).unwrap_or_default()
}

#[test]
fn a_log_file_has_a_maximum_size_and_one_older_generation() {
    let (app, server) = Server::usual(&["--log-file-max", "2000"]);
    for number in 0..100 {
        server.text(&format!("/print?text={number:03}-{}", "x".repeat(91)));
    }
    let (older, newer) = (log(&app, "probe_stdout.txt.1"), log(&app, "probe_stdout.txt"));
    for text in [&older, &newer] {
        assert!((1..=2_000).contains(&text.len()), "{}", text.len());
        assert!(text.lines().all(|line| line.len() == 100), "whole lines: {text}");
    }
    // The newest lines are there without a gap.
    let numbers = |text: &str| -> Vec<usize> {
        text.lines().map(|line| line[5..8].parse().unwrap()).collect()
    };
    let kept = [numbers(&older), numbers(&newer)].concat();
    assert_eq!(kept, (100 - kept.len()..100).collect::<Vec<_>>());
    assert_eq!(app.path(".spin/logs").read_dir().unwrap().count(), 4, "two files of each stream");
}

#[test]
fn two_servers_of_a_state_folder_share_log_files_of_limited_size() {
    let flags = ["--log-file-max", "2000"];
    let (app, one) = Server::usual(&flags);
    let other = app.start(&flags);
    for number in 0..60 {
        one.text(&format!("/print?text=one-{number}-{}", "x".repeat(91)));
        other.text(&format!("/print?text=other-{number}-{}", "x".repeat(91)));
    }
    let all = log(&app, "probe_stdout.txt.1") + &log(&app, "probe_stdout.txt");
    assert!(all.len() < 8_000, "{}", all.len());
    for newest in ["one-59-", "other-59-"] {
        assert!(all.contains(newest), "{newest} in {all}");
    }
}

#[test]
fn a_hangup_reopens_the_log_files_after_a_rotation() {
    let (app, server) = Server::usual(&[]);
    server.text("/print?text=before");
    let logs = app.path(".spin/logs");
    std::fs::rename(logs.join("probe_stdout.txt"), logs.join("rotated")).unwrap();
    server.text("/print?text=meanwhile");
    server.signal("HUP");
    let started = std::time::Instant::now();
    while !logs.join("probe_stdout.txt").exists() {
        assert!(started.elapsed().as_secs() < 30, "{}", server.process.output());
        std::thread::yield_now();
    }
    server.text("/print?text=after");
    assert_eq!(log(&app, "rotated"), "out: before\nout: meanwhile\n");
    assert_eq!(log(&app, "probe_stdout.txt"), "out: after\n");
    assert_eq!(mode(&logs.join("probe_stdout.txt")), 0o600);
}

#[test]
fn a_log_file_that_cannot_be_written_loses_lines_but_no_requests() {
    let app = App::new(MANIFEST);
    std::fs::create_dir_all(app.path(".spin/logs")).unwrap();
    // Each write fails as on a full disk.
    std::os::unix::fs::symlink("/dev/full", app.path(".spin/logs/probe_stdout.txt")).unwrap();
    let server = app.start(&[]);
    for text in ["one", "two"] {
        server.text(&format!("/print?text={text}"));
    }
    // Standard output and standard error are two pipes: neither line says that the other was read.
    server.wait_for_output("out: two");
    server.wait_for_output("lines are lost");
    assert_eq!(server.process.output().matches("lines are lost").count(), 1, "reported once");
    std::fs::remove_file(app.path(".spin/logs/probe_stdout.txt")).unwrap();
    server.signal("HUP");
    let started = std::time::Instant::now();
    while !log(&app, "probe_stdout.txt").contains("out: three\n") {
        assert!(started.elapsed().as_secs() < 30, "{}", server.process.output());
        server.text("/print?text=three");
    }
    server.wait_for_output("2 lines were lost");
}

#[test]
fn a_deleted_log_folder_is_created_again() {
    let (app, server) = Server::usual(&["--log-file-max", "2000"]);
    let logs = app.path(".spin/logs");
    std::fs::remove_dir_all(&logs).unwrap();
    for number in 0..100 {
        server.text(&format!("/print?text={number:03}-{}", "x".repeat(91)));
    }
    assert!(log(&app, "probe_stdout.txt").contains("099-"), "when a file was full");
    assert_eq!(mode(&logs), 0o700);
    std::fs::remove_dir_all(&logs).unwrap();
    server.signal("HUP");
    let started = std::time::Instant::now();
    while !logs.join("probe_stderr.txt").exists() {
        assert!(started.elapsed().as_secs() < 30, "{}", server.process.output());
        std::thread::yield_now();
    }
    assert_eq!(mode(&logs), 0o700);
    assert!(!server.process.output().contains("cannot"), "{}", server.process.output());
}

#[test]
fn a_log_file_that_cannot_be_rotated_does_not_grow_and_is_reported_once() {
    let (app, server) = Server::usual(&["--log-file-max", "2000"]);
    let older = app.path(".spin/logs/probe_stdout.txt.1");
    std::fs::create_dir_all(older.join("in the way")).unwrap();
    for number in 0..100 {
        server.text(&format!("/print?text={number:03}-{}", "x".repeat(91)));
        assert!(log(&app, "probe_stdout.txt").len() <= 2_000, "{number}");
    }
    server.wait_for_output("099-");
    let output = server.process.output();
    assert_eq!(output.lines().filter(|line| line.contains("logs/")).count(), 1, "{output}");
    std::fs::remove_dir_all(older).unwrap();
    server.text("/print?text=again");
    server.wait_for_output("81 lines were lost");
    assert!(log(&app, "probe_stdout.txt").contains("again"));
}
