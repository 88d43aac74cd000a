//! Standard output and standard error, with and without a reader.

use crate::app::{Answer, App, MANIFEST, ask};
use http::Request;
use http_body_util::Full;
use spinlet_process::free_port;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server whose output is read only if the test does so.
struct Unread {
    child: Child,
    url: String,
}

impl Unread {
    fn start(mut command: Command, port: u16) -> Self {
        let mut child = command.stdin(Stdio::null()).spawn().unwrap();
        let started = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_mins(2), "it does not serve");
            assert_eq!(child.try_wait().unwrap(), None, "it has ended");
            std::thread::yield_now();
        }
        Self { child, url: format!("http://127.0.0.1:{port}") }
    }

    fn get(&self, path: &str) -> Answer {
        ask(Request::get(format!("{}{path}", self.url)).body(Full::default()).unwrap())
    }

    /// Asks the server to stop, waits until it has ended, and returns its exit code.
    fn stop(&mut self) -> Option<i32> {
        let kill = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(kill.success());
        let asked = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(asked.elapsed() < Duration::from_secs(30), "it does not stop");
            std::thread::yield_now();
        }
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn command(app: &App) -> (Command, u16) {
    let port = free_port().unwrap();
    // The same command on a known port: the output that would name the port is not read.
    let mut command = app.command(&[]);
    command.args(["--idle-instance-timeout", "60s"]);
    command.env("SPIN_HTTP_LISTEN_ADDR", "");
    command.env_remove("SPIN_HTTP_LISTEN_ADDR");
    let listen = format!("127.0.0.1:{port}");
    let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let mut again = Command::new(command.get_program());
    again.current_dir(app.path(""));
    for argument in arguments {
        if argument == "127.0.0.1:0" {
            again.arg(&listen)
        } else {
            again.arg(argument)
        };
    }
    (again, port)
}

/// Prints more than a pipe and the server's queue hold, in numbered lines of a kilobyte; returns their number.
fn print_much(server: &Unread) -> usize {
    let filler = "x".repeat(1_000);
    for number in 0..1_500 {
        let answer = server.get(&format!("/print?text={number}-{filler}"));
        assert_eq!(answer.status, 200, "{number}");
    }
    1_500
}

#[test]
fn a_stopped_reader_blocks_neither_requests_nor_the_stop_and_receives_the_number_of_lost_lines() {
    let app = App::new(MANIFEST);
    let (mut command, port) = command(&app);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut server = Unread::start(command, port);
    let printed = print_much(&server);
    // Only now does a thread read standard output.
    let mut stdout = server.child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).unwrap();
        text
    });
    server.get("/print?text=again");
    // Standard error is never read.
    assert_eq!(server.stop(), Some(0));
    let text = reader.join().unwrap();
    let lost: Vec<usize> = text
        .lines()
        .filter_map(|line| line.strip_prefix("spinlet: ")?.split_once(" lines of output were lost"))
        .map(|(count, _)| count.parse().unwrap())
        .collect();
    assert!(!lost.is_empty(), "the number of lost lines is printed");
    let whole = |line: &&str| {
        line.strip_prefix("out: ").is_some_and(|text| text == "again" || text.len() > 1_000)
    };
    let printed_whole = text.lines().filter(whole).count();
    assert_eq!(
        printed_whole + lost.iter().sum::<usize>(),
        printed + 1,
        "each line is there or counted"
    );
    assert!(text.lines().all(|line| {
        whole(&line)
            || ["Serving", "Available", "  probe:", "spinlet:"]
                .iter()
                .any(|it| line.starts_with(it))
    }));
}

#[test]
fn a_reader_that_is_gone_does_not_end_the_server() {
    let app = App::new(MANIFEST);
    let (mut command, port) = command(&app);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut server = Unread::start(command, port);
    drop((server.child.stdout.take(), server.child.stderr.take()));
    for text in ["one", "two", "three"] {
        assert_eq!(server.get(&format!("/print?text={text}")).status, 200);
    }
    assert_eq!(server.get("/trap").status, 500);
    assert_eq!(server.stop(), Some(0), "no panic");
    let log = std::fs::read_to_string(app.path(".spin/logs/probe_stdout.txt")).unwrap();
    assert_eq!(log, "out: one\nout: two\nout: three\n");
}

#[test]
fn a_server_in_the_background_of_a_terminal_with_tostop_keeps_running() {
    let app = App::new(MANIFEST);
    let (spinlet, port) = command(&app);
    let line = [spinlet.get_program()].into_iter().chain(spinlet.get_args());
    let line: Vec<_> = line.map(|part| part.to_str().unwrap()).collect();
    // A shell with job control on its own terminal; the shell stays in the foreground and reads nothing.
    let script = format!("set -m; stty tostop; {} & echo $! > pid; wait", line.join(" "));
    std::fs::write(app.path("background"), script).unwrap();
    let mut terminal = Command::new("script");
    terminal.args(["-qec", "bash background", "/dev/null"]).current_dir(app.path(""));
    terminal.stdout(Stdio::null()).stderr(Stdio::null());
    let server = Unread::start(terminal, port);
    for text in ["one", "two"] {
        assert_eq!(server.get(&format!("/print?text={text}")).status, 200);
    }
    let pid = std::fs::read_to_string(app.path("pid")).unwrap();
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap();
    assert!(!stat.contains(") T "), "it is stopped: {stat}");
    assert!(Command::new("kill").arg(pid.trim()).status().unwrap().success());
}
