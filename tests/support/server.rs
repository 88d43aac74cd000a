//! The server under test, and the one way to run a test against it.

use crate::support::{document, logs};
use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as Http;
use hyper_util::rt::TokioExecutor;
use longwave_client::{Client, Session};
use serde_json::{Value, json};
use spinlet_process::{NotServing, Process};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use uuid::Uuid;

/// Maximum duration of a test.
const TEST: Duration = Duration::from_mins(2);

/// Maximum time in which a server compiles its components.
const COMPILING: Duration = Duration::from_mins(5);

/// The secret that signs the native tokens of the servers under test.
pub static SECRET: LazyLock<&str> = LazyLock::new(|| variable("AUTH_NATIVE_SECRET"));

/// The secrets that sign external tokens: an old one and a new one.
pub static EXTERNAL_SECRETS: LazyLock<Vec<&str>> =
    LazyLock::new(|| variable("AUTH_EXTERNAL_SECRETS").split(',').collect());

/// The secrets that sign the calls of services: an old one and a new one.
pub static INTERNAL_SECRETS: LazyLock<Vec<&str>> =
    LazyLock::new(|| variable("INTERNAL_AUTH_SECRETS").split(',').collect());

/// The environment variables of a server under test.
fn variables() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = include_str!("../server.env").lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.split_once('=').unwrap())
        .map(|(name, value)| (name, value.trim_matches('"')))
}

fn variable(name: &str) -> &'static str {
    variables().find(|(known, _)| known.ends_with(name)).unwrap().1
}

/// A server. A child process ends on drop.
pub struct Server {
    pub url: String,
    own: Option<Own>,
}

struct Own {
    process: Process,
    state: Arc<TempDir>,
}

/// Runs a test against the shared server.
pub fn run(test: impl AsyncFnOnce(&Server)) {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let server = {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let server = match std::env::var("LONGWAVE_URL") {
                Ok(url) => Server { url, own: None },
                Err(_) => Server::start(&Arc::new(tempfile::tempdir().unwrap())),
            };
            let server = Arc::new(server);
            *shared = Arc::downgrade(&server);
            server
        })
    };
    let _shown = ShownOnFailure(&server);
    finish(test(&server));
}

/// Runs a test against its own server, on a state folder that outlives the server.
pub fn run_alone(test: impl AsyncFnOnce(Server, &Arc<TempDir>)) {
    let state = Arc::new(tempfile::tempdir().unwrap());
    finish(async { test(Server::start(&state), &state).await });
}

/// Runs a test against its own server, with some variables changed.
pub fn run_with(variables: &[(&str, &str)], test: impl AsyncFnOnce(&Server)) {
    let state = Arc::new(tempfile::tempdir().unwrap());
    let server = Server::start_with(&state, variables);
    finish(test(&server));
}

/// Runs a test against its own server, started by a command that ends by running the program.
pub fn run_by(command: impl FnOnce(&Path) -> Command, test: impl AsyncFnOnce(&Server)) {
    let state = Arc::new(tempfile::tempdir().unwrap());
    let server = Server::start_by(command(state.path()), &state, &[]);
    finish(test(&server));
}

/// Runs a test, and fails it after its maximum duration.
pub fn finish(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ended = runtime.block_on(async { tokio::time::timeout(TEST, test).await });
    ended.unwrap_or_else(|_| panic!("the test was not done after {TEST:?}"));
}

struct ShownOnFailure<'a>(&'a Server);

impl Drop for ShownOnFailure<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.show();
        }
    }
}

/// The root of the project.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The folder of the programs that cargo builds: two above this test binary.
pub fn programs() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().and_then(Path::parent).unwrap().to_owned()
}

impl Server {
    /// Starts a server on a state folder and a free port.
    pub fn start(state: &Arc<TempDir>) -> Self {
        Self::start_with(state, &[])
    }

    /// The same, with some variables changed.
    fn start_with(state: &Arc<TempDir>, variables: &[(&str, &str)]) -> Self {
        Self::start_by(Command::new(programs().join("spinlet")), state, variables)
    }

    /// The same, by a command that may do something first and ends by running the program.
    pub fn start_by(command: Command, state: &Arc<TempDir>, variables: &[(&str, &str)]) -> Self {
        Self::try_start_by(command, state, variables).unwrap_or_else(
            |NotServing { status, output }| panic!("not serving ({status:?}):\n{output}"),
        )
    }

    /// The same, if the server may refuse to serve with these variables.
    pub fn try_start_with(
        state: &Arc<TempDir>,
        variables: &[(&str, &str)],
    ) -> Result<Self, NotServing> {
        Self::try_start_by(Command::new(programs().join("spinlet")), state, variables)
    }

    /// The same by a command, if the server may end before it serves.
    pub fn try_start_by(
        mut command: Command,
        state: &Arc<TempDir>,
        variables: &[(&str, &str)],
    ) -> Result<Self, NotServing> {
        command
            .args(["up", "--listen", "127.0.0.1:0", "--from"])
            .arg(project().join("spin.toml"))
            .arg("--state-dir")
            .arg(state.path())
            .arg("--cache-dir")
            .arg(programs().join("spinlet-cache"))
            .args(["--max-instance-reuse-count", "1000000"])
            .args(["--max-instance-concurrent-reuse-count", "4096"])
            .envs(self::variables());
        for (name, value) in variables {
            command.env(format!("SPIN_VARIABLE_{}", name.to_uppercase()), value);
        }
        let process = Process::start(&mut command)?;
        // Without compiled code in the cache, the server serves while it compiles, which slows every request down.
        if process.output().contains("the address answers already") {
            let started = Instant::now();
            while !process.output().contains("all components are compiled") {
                assert!(started.elapsed() < COMPILING, "{}", process.output());
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        Ok(Self {
            url: process.url().to_owned(),
            own: Some(Own { process, state: Arc::clone(state) }),
        })
    }

    /// Kills the server, as a power cut or the kernel would, and waits until it has ended.
    pub fn kill(mut self) {
        if let Some(own) = &mut self.own {
            own.process.kill();
        }
    }

    /// Prints the end of the server's output on both streams.
    fn show(&self) {
        let Some(own) = &self.own else { return };
        let output = own.process.output();
        let start = output.ceil_char_boundary(output.len().saturating_sub(20_000));
        println!("---- {} wrote, at its end:\n{}", self.url, &output[start..]);
    }

    /// The log of a component; `None` for a server that was not started here.
    pub fn log(&self, component: &str) -> Option<String> {
        let logs = self.own.as_ref()?.state.path().join("logs");
        let read = |stream| std::fs::read_to_string(logs.join(format!("{component}_{stream}.txt")));
        Some(read("stdout").unwrap() + &read("stderr").unwrap())
    }

    pub fn client(&self) -> Client {
        Client::new(&self.url).unwrap()
    }

    /// A new user, logged in.
    pub async fn user(&self) -> Session {
        self.user_with_password(&unique("user"), "correct horse").await
    }

    pub async fn user_with_password(&self, username: &str, password: &str) -> Session {
        let client = self.client();
        client.register(username, password, "").await.unwrap();
        client.login(username, password).await.unwrap()
    }

    /// Two new users, logged in.
    pub async fn two_users(&self) -> (Session, Session) {
        futures::future::join(self.user(), self.user()).await
    }

    /// Sends a `POST` of a user with a JSON body.
    pub async fn post(&self, user: &Session, path: &str, body: Value) -> Answer {
        self.ask(Ask::post(path).token(user.token()).json(&body)).await
    }

    /// Sends a `GET` of a user.
    pub async fn get(&self, user: &Session, path: &str) -> Answer {
        self.ask(Ask::get(path).token(user.token())).await
    }

    /// Creates a group and returns its id.
    pub async fn group(&self, owner: &Session, members: &[&Session]) -> String {
        let ids: Vec<_> = members.iter().map(|member| member.user_id()).collect();
        let body = json!({ "name": "a group", "member_ids": ids });
        let made = self.post(owner, "/api/v1/group/create", body).await.data();
        assert_eq!(made["member_count"], members.len() + 1);
        made["group_id"].as_str().unwrap().to_owned()
    }

    /// Sends a text to a group.
    pub async fn send_to_group(
        &self,
        sender: &Session,
        group_id: &str,
        client_msg_id: &str,
    ) -> Answer {
        let body = json!({
            "client_msg_id": client_msg_id, "session_type": 2, "group_id": group_id,
            "content_type": 1, "content": "{\"text\":\"hi\"}",
        });
        self.post(sender, "/api/v1/message/send", body).await
    }

    /// The first hundred seqs that a user can pull from a conversation.
    pub async fn seqs(&self, user: &Session, conversation_id: &str) -> Vec<i64> {
        let path = format!(
            "/api/v1/message/pull?conversation_id={conversation_id}&begin_seq=1&end_seq=1000"
        );
        let data = self.get(user, &path).await.data();
        let messages = data["messages"].as_array().unwrap();
        messages.iter().map(|message| message["seq"].as_i64().unwrap()).collect()
    }

    /// Sends a request unchanged, valid or not, and checks that the document covers the answer.
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
        let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, body };
        document::covers(&ask.method, ask.path, &answer);
        answer
    }
}

/// A failing test shows the output of its servers: the test runner prints captured output only on failure.
impl Drop for Server {
    fn drop(&mut self) {
        self.show();
        if let Some(own) = self.own.take()
            && !std::thread::panicking()
        {
            drop(own.process);
            logs::check(&own.state.path().join("logs"));
        }
    }
}

/// A unique name.
pub fn unique(stem: &str) -> String {
    format!("{stem}-{}", Uuid::new_v4())
}

/// A request, valid or not.
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

    /// The value of a header of the request.
    pub fn header_value(&self, name: &str) -> &str {
        let header = self.headers.iter().find(|(known, _)| *known == name);
        header.map(|(_, value)| value.as_str()).unwrap()
    }

    pub fn token(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub fn json(self, body: &Value) -> Self {
        self.body(body.to_string())
    }

    /// The same request to another path.
    pub fn redirect(self, path: &'a str) -> Self {
        Self { path, ..self }
    }

    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }
}

/// An answer, unparsed.
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

    /// Asserts that the answer is this refusal in the envelope, and that its message contains
    /// `part`.
    #[track_caller]
    pub fn refuses(&self, status: u16, code: u32, part: &str) {
        let json = self.json();
        assert_eq!((self.status, &json["code"]), (status, &json!(code)), "{self:?}");
        assert!(json["data"].is_object(), "{self:?}");
        let message = json["message"].as_str().unwrap();
        assert!(message.contains(part), "'{message}' does not contain '{part}'");
    }

    /// Asserts that the answer is a success, and returns its data.
    #[track_caller]
    pub fn data(&self) -> Value {
        let json = self.json();
        assert_eq!((self.status, &json["code"]), (200, &json!(0)), "{self:?}");
        json["data"].clone()
    }
}
