//! An application of one component, and the spinlet that serves it.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use spinlet_process::{NotServing, Process};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// A manifest in which `probe` is granted everything and gets every path.
pub const MANIFEST: &str = r#"
spin_manifest_version = 2
[application]
name = "tests"
[variables]
greeting = { default = "from the manifest" }
[[trigger.http]]
route = "/..."
component = "probe"
[component.probe]
source = "probe.wasm"
sqlite_databases = ["default"]
key_value_stores = ["default"]
[component.probe.variables]
greeting = "{{ greeting }}"
"#;

/// Deadline for an answer.
const ANSWER: Duration = Duration::from_mins(1);

/// A folder with a manifest and the component; servers that are started in it share its state.
pub struct App {
    folder: TempDir,
}

impl App {
    pub fn new(manifest: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("spin.toml"), manifest).unwrap();
        let target = Path::new(env!("CARGO_BIN_EXE_spinlet")).parent().unwrap().parent().unwrap();
        let wasm = target.join("wasm32-wasip1/wasm/probe.wasm");
        let copied = std::fs::copy(&wasm, folder.path().join("probe.wasm"));
        copied.unwrap_or_else(|error| panic!("{}: {error}; 'make build' makes it", wasm.display()));
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `spinlet up` in this folder, on a free port.
    pub fn command(&self, flags: &[&str]) -> Command {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("spinlet-cache");
        let mut command = self.command_with_cache(&cache);
        command.args(flags);
        command
    }

    /// `spinlet up` in this folder, on a free port, with a cache of its own for compiled code.
    pub fn command_with_cache(&self, cache: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_spinlet"));
        command.args(["up", "--listen", "127.0.0.1:0", "--cache-dir"]).arg(cache);
        command.current_dir(self.folder.path());
        command
    }

    pub fn start(&self, flags: &[&str]) -> Server {
        match Process::start(&mut self.command(flags)) {
            Ok(process) => Server { process },
            Err(NotServing { status, output }) => panic!("not serving ({status:?}):\n{output}"),
        }
    }

    /// The output of a server that refuses to start.
    pub fn refusal(&self, flags: &[&str]) -> String {
        match Process::start(&mut self.command(flags)) {
            Ok(_) => panic!("it serves"),
            Err(NotServing { status, output }) => {
                assert_eq!(status.and_then(|status| status.code()), Some(1), "{output}");
                output
            }
        }
    }
}

/// A running spinlet.
pub struct Server {
    pub process: Process,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub text: String,
}

impl Server {
    /// Serves `MANIFEST` from a new folder, which lasts as long as the returned `App`.
    pub fn usual(flags: &[&str]) -> (App, Self) {
        let app = App::new(MANIFEST);
        let server = app.start(flags);
        (app, server)
    }

    pub fn get(&self, path: &str) -> Answer {
        let request = Request::get(format!("{}{path}", self.process.url()));
        ask(request.body(Full::default()).unwrap())
    }

    /// The text of an answer that must be 200.
    #[track_caller]
    pub fn text(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}\n{}", self.process.output());
        answer.text
    }

    /// The text of an answer that must be 400: the component's own error.
    #[track_caller]
    pub fn error(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 400, "{path}: {answer:?}\n{}", self.process.output());
        answer.text
    }

    /// A new connection, whose reads time out after 30 s.
    pub fn connect(&self) -> TcpStream {
        let address = self.process.url().strip_prefix("http://").unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// A new connection on which a request was sent: `request` is its first line, and headers besides `host`.
    pub fn send(&self, request: &str) -> TcpStream {
        let mut stream = self.connect();
        write!(stream, "{request}\r\nhost: h\r\n\r\n").unwrap();
        stream
    }

    /// Sends the process a signal, as `kill -<name>` does.
    pub fn signal(&self, name: &str) {
        assert!(self.process.signal(name).unwrap().success());
    }

    /// Waits until the process has written `text`.
    pub fn wait_for_output(&self, text: &str) {
        let started = std::time::Instant::now();
        while !self.process.output().contains(text) {
            assert!(started.elapsed().as_secs() < 30, "'{text}' in {}", self.process.output());
            std::thread::yield_now();
        }
    }
}

/// Sends a request and returns its answer, whatever the status.
pub fn ask(request: Request<Full<Bytes>>) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = async {
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let (parts, body) = client.request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(body.to_vec()).unwrap();
        Answer { status: parts.status.as_u16(), text }
    };
    runtime.block_on(async { tokio::time::timeout(ANSWER, answer).await.expect("an answer") })
}

/// Encodes a text for a query string.
pub fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The next answer of a connection: its head and its body.
pub fn next_answer(stream: &mut TcpStream) -> (String, String) {
    // A larger capacity would take bytes of the next answer from the connection.
    let mut reader = BufReader::with_capacity(1, stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0, "it ends after {head:?}");
    }
    let mut take = |length: usize| {
        let mut part = vec![0; length];
        reader.read_exact(&mut part).unwrap();
        String::from_utf8(part).unwrap()
    };
    if let Some(length) = head.lines().find_map(|line| line.strip_prefix("content-length: ")) {
        let body = take(length.parse().unwrap());
        return (head, body);
    }
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    let mut body = String::new();
    loop {
        let mut length = String::new();
        while !length.ends_with("\r\n") {
            length += &take(1);
        }
        let length = usize::from_str_radix(length.trim(), 16).unwrap();
        body += &take(length);
        assert_eq!(take(2), "\r\n");
        if length == 0 {
            return (head, body);
        }
    }
}

/// The remaining bytes of a connection, which must end within 30 s, by a close or a reset.
pub fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    if let Err(error) = stream.read_to_end(&mut all) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "after {} bytes", all.len());
    }
    all
}
