//! The server under test, and the one way to run a test against it.

use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as Http;
use hyper_util::rt::TokioExecutor;
use longwave_client::{Client, Session};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, Weak, mpsc};
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

/// How long a server may take to start: compiling every component on a busy machine.
const START: Duration = Duration::from_mins(2);
/// How long a test may take, whatever it waits for.
const TEST: Duration = Duration::from_mins(2);

/// Signs the tokens of the servers started here.
pub const SECRET: &str = "the tests' own secret, 32 bytes and more";

/// A server; the child is ended on drop.
pub struct Server {
    pub url: String,
    own: Option<Own>,
}

struct Own {
    child: Child,
    state: Arc<TempDir>,
    output: Arc<Mutex<String>>,
}

/// Runs a test against the server that all tests share.
pub fn run(test: impl AsyncFnOnce(&Server)) {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let server = {
        let mut shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let server = match std::env::var("LONGWAVE_URL") {
                Ok(url) => Server { url, own: None },
                Err(_) => Server::start(&state()),
            };
            let server = Arc::new(server);
            *shared = Arc::downgrade(&server);
            server
        })
    };
    run_on(&server, test);
}

/// Runs a test against a server that it has for itself, on a state folder that outlives the server.
pub fn run_alone(test: impl AsyncFnOnce(Server, &Arc<TempDir>)) {
    let state = state();
    let server = Server::start(&state);
    let output = server.own.as_ref().map(|own| Arc::clone(&own.output));
    finish(async { test(server, &state).await }, || {
        output.map(|output| output.lock().unwrap().clone()).unwrap_or_default()
    });
}

fn run_on(server: &Server, test: impl AsyncFnOnce(&Server)) {
    finish(test(server), || server.output());
}

/// Ends a test within its deadline, and shows what the server wrote if it fails.
fn finish(test: impl Future<Output = ()>, output: impl FnOnce() -> String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let guarded = std::panic::AssertUnwindSafe(|| {
        let ended = runtime.block_on(async { tokio::time::timeout(TEST, test).await });
        ended.unwrap_or_else(|_| panic!("the test was not done after {TEST:?}"));
    });
    if let Err(panic) = std::panic::catch_unwind(guarded) {
        eprintln!("---- the server's output, its end ----\n{}", output());
        std::panic::resume_unwind(panic);
    }
}

fn state() -> Arc<TempDir> {
    Arc::new(tempfile::tempdir().unwrap())
}

/// The root of the project.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The folder that cargo builds programs into: two above this test binary.
fn programs() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().and_then(Path::parent).unwrap().to_owned()
}

impl Server {
    /// Starts a server on a state folder and a free port.
    pub fn start(state: &Arc<TempDir>) -> Self {
        let program = programs().join("spinlet");
        assert!(program.exists(), "{} is missing: 'make build' makes it", program.display());
        let mut child = Command::new(program)
            .args(["up", "--listen", "127.0.0.1:0", "--from"])
            .arg(project().join("spin.toml"))
            .arg("--state-dir")
            .arg(state.path())
            .arg("--cache-dir")
            .arg(programs().join("spinlet-cache"))
            .args(["--max-instance-reuse-count", "1000000"])
            .args(["--max-instance-concurrent-reuse-count", "4096"])
            .env("SPIN_VARIABLE_AUTH_NATIVE_SECRET", SECRET)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = Arc::new(Mutex::new(String::new()));
        let (found, url) = mpsc::channel();
        collect(child.stdout.take().unwrap(), &output, Some(found));
        collect(child.stderr.take().unwrap(), &output, None);
        let mut server =
            Self { url: String::new(), own: Some(Own { child, state: Arc::clone(state), output }) };
        server.url = url.recv_timeout(START).unwrap_or_else(|error| {
            panic!("the server did not start ({error}); it wrote:\n{}", server.output())
        });
        server
    }

    /// Ends the server the hard way, as a power cut or the kernel would, and waits until it is gone.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(own) = &mut self.own {
            // An error means that it has ended by itself.
            drop(own.child.kill());
            drop(own.child.wait());
        }
    }

    /// What it has written to both streams, as far as its end.
    fn output(&self) -> String {
        let Some(own) = &self.own else { return format!("(at {})", self.url) };
        let output = own.output.lock().unwrap();
        let start = output.ceil_char_boundary(output.len().saturating_sub(20_000));
        output[start..].to_owned()
    }

    /// What a component has logged; `None` for a server that was not started here.
    pub fn log(&self, component: &str) -> Option<String> {
        let logs = self.own.as_ref()?.state.path().join("logs");
        let read = |stream| std::fs::read_to_string(logs.join(format!("{component}_{stream}.txt")));
        Some(read("stdout").unwrap() + &read("stderr").unwrap())
    }

    pub fn client(&self) -> Client {
        Client::new(&self.url).unwrap()
    }

    /// A fresh user, logged in.
    pub async fn user(&self) -> Session {
        self.user_with_password(&unique("user"), "correct horse").await
    }

    pub async fn user_with_password(&self, username: &str, password: &str) -> Session {
        let client = self.client();
        client.register(username, password, "").await.unwrap();
        client.login(username, password).await.unwrap()
    }

    /// Two fresh users, logged in.
    pub async fn two_users(&self) -> (Session, Session) {
        futures::future::join(self.user(), self.user()).await
    }

    /// Sends a request as it is, well formed or not, and takes the answer as it comes.
    pub async fn ask(&self, ask: Ask<'_>) -> Answer {
        let mut request =
            Request::builder().method(ask.method.clone()).uri(format!("{}{}", self.url, ask.path));
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        let request = request.body(Full::new(ask.body.clone())).unwrap();
        let http = Http::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let response = http.request(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

fn collect(
    stream: impl Read + Send + 'static,
    output: &Arc<Mutex<String>>,
    found: Option<mpsc::Sender<String>>,
) {
    let output = Arc::clone(output);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if let (Some(found), Some(url)) = (&found, line.strip_prefix("Serving ")) {
                // Nobody listens any more once the deadline has passed.
                drop(found.send(url.to_owned()));
            }
            let mut output = output.lock().unwrap();
            output.push_str(&line);
            output.push('\n');
        }
    });
}

/// A name that nobody else has.
pub fn unique(stem: &str) -> String {
    format!("{stem}-{}", Uuid::new_v4())
}

/// A request as it is.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    method: Method,
    path: &'a str,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl<'a> Ask<'a> {
    pub fn new(method: Method, path: &'a str) -> Self {
        Self { method, path, headers: Vec::new(), body: Bytes::new() }
    }

    pub fn get(path: &'a str) -> Self {
        Self::new(Method::GET, path)
    }

    pub fn post(path: &'a str) -> Self {
        Self::new(Method::POST, path)
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn token(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub fn json(self, body: &Value) -> Self {
        self.body(body.to_string())
    }

    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }
}

/// An answer as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The answer is this refusal, in the envelope, and its message tells `told`.
    #[track_caller]
    pub fn refuses(&self, status: u16, code: u32, told: &str) {
        let json = self.json();
        assert_eq!((self.status, &json["code"]), (status, &json!(code)), "{self:?}");
        assert!(json["data"].is_object(), "{self:?}");
        let message = json["message"].as_str().unwrap();
        assert!(message.contains(told), "'{message}' does not tell '{told}'");
    }

    /// The answer is a success; gives its data.
    #[track_caller]
    pub fn data(&self) -> Value {
        let json = self.json();
        assert_eq!((self.status, &json["code"]), (200, &json!(0)), "{self:?}");
        json["data"].clone()
    }
}
