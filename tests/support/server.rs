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
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

/// How long a test may take, whatever it waits for.
const TEST: Duration = Duration::from_mins(2);

/// What the servers started here sign their tokens with.
pub static SECRET: LazyLock<&str> = LazyLock::new(|| variable("AUTH_NATIVE_SECRET"));

/// What the platform signs its users' tokens with: an old secret and a new one.
pub static EXTERNAL_SECRETS: LazyLock<Vec<&str>> =
    LazyLock::new(|| variable("AUTH_EXTERNAL_SECRETS").split(',').collect());

/// What services sign their calls with: an old secret and a new one.
pub static INTERNAL_SECRETS: LazyLock<Vec<&str>> =
    LazyLock::new(|| variable("INTERNAL_AUTH_SECRETS").split(',').collect());

/// The variables of a server under test, as its environment has them.
fn variables() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = include_str!("../server.env").lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.split_once('=').unwrap())
        .map(|(name, value)| (name, value.trim_matches('"')))
}

fn variable(name: &str) -> &'static str {
    variables().find(|(known, _)| known.ends_with(name)).unwrap().1
}

/// A server; a child is ended on drop.
pub struct Server {
    pub url: String,
    own: Option<Own>,
}

struct Own {
    process: Process,
    state: Arc<TempDir>,
}

/// Runs a test against the server that all tests share.
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

/// Runs a test against a server that it has for itself, on a state folder that outlives the server.
pub fn run_alone(test: impl AsyncFnOnce(Server, &Arc<TempDir>)) {
    let state = Arc::new(tempfile::tempdir().unwrap());
    finish(async { test(Server::start(&state), &state).await });
}

/// Runs a test against a server of its own that has some variables set otherwise.
pub fn run_with(variables: &[(&str, &str)], test: impl AsyncFnOnce(&Server)) {
    let state = Arc::new(tempfile::tempdir().unwrap());
    let server = Server::start_with(&state, variables);
    finish(test(&server));
}

/// Runs a test against a server of its own that is started by a command that ends in the program.
pub fn run_by(command: impl FnOnce(&Path) -> Command, test: impl AsyncFnOnce(&Server)) {
    let state = Arc::new(tempfile::tempdir().unwrap());
    let server = Server::start_by(command(state.path()), &state, &[]);
    finish(test(&server));
}

/// Ends a test within its deadline.
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

/// The folder that cargo builds programs into: two above this test binary.
pub fn programs() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().and_then(Path::parent).unwrap().to_owned()
}

impl Server {
    /// Starts a server on a state folder and a free port.
    pub fn start(state: &Arc<TempDir>) -> Self {
        Self::start_with(state, &[])
    }

    /// The same, with some variables set otherwise. All tests call from one address.
    fn start_with(state: &Arc<TempDir>, variables: &[(&str, &str)]) -> Self {
        Self::start_by(Command::new(programs().join("spinlet")), state, variables)
    }

    /// The same by a command that ends in the program, and may do something before it.
    pub fn start_by(command: Command, state: &Arc<TempDir>, variables: &[(&str, &str)]) -> Self {
        Self::try_start_by(command, state, variables).unwrap_or_else(
            |NotServing { status, output }| panic!("not serving ({status:?}):\n{output}"),
        )
    }

    /// The same, where it may refuse to serve with such variables.
    pub fn try_start_with(
        state: &Arc<TempDir>,
        variables: &[(&str, &str)],
    ) -> Result<Self, NotServing> {
        Self::try_start_by(Command::new(programs().join("spinlet")), state, variables)
    }

    /// The same by a command, where it may end before it serves.
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
        Process::start(&mut command).map(|process| Self {
            url: process.url().to_owned(),
            own: Some(Own { process, state: Arc::clone(state) }),
        })
    }

    /// Ends the server the hard way, as a power cut or the kernel would, and waits until it is gone.
    pub fn kill(mut self) {
        if let Some(own) = &mut self.own {
            own.process.kill();
        }
    }

    /// Prints the end of what it has written to both streams.
    fn show(&self) {
        let Some(own) = &self.own else { return };
        let output = own.process.output();
        let start = output.ceil_char_boundary(output.len().saturating_sub(20_000));
        println!("---- {} wrote, at its end:\n{}", self.url, &output[start..]);
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

    /// What a user posts, as JSON.
    pub async fn post(&self, user: &Session, path: &str, body: Value) -> Answer {
        self.ask(Ask::post(path).token(user.token()).json(&body)).await
    }

    /// What a user gets.
    pub async fn get(&self, user: &Session, path: &str) -> Answer {
        self.ask(Ask::get(path).token(user.token())).await
    }

    /// Makes a group; gives its id.
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

    /// The seqs of a conversation that a user can pull, the first hundred.
    pub async fn seqs(&self, user: &Session, conversation_id: &str) -> Vec<i64> {
        let path = format!(
            "/api/v1/message/pull?conversation_id={conversation_id}&begin_seq=1&end_seq=1000"
        );
        let data = self.get(user, &path).await.data();
        let messages = data["messages"].as_array().unwrap();
        messages.iter().map(|message| message["seq"].as_i64().unwrap()).collect()
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
        let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, body };
        document::covers(&ask.method, ask.path, &answer);
        answer
    }
}

/// A test that fails shows what its servers wrote: the test runner keeps what is printed until then.
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

    /// The value of a header that was given.
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

    /// The same for another place.
    pub fn redirect(self, path: &'a str) -> Self {
        Self { path, ..self }
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
