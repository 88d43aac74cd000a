//! Runs spinlet, a Redis for it or an nginx in front of it as a child process, for tests. Dropping
//! it ends the child.

use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Maximum time of a start, which compiles every component on a busy machine.
const START: Duration = Duration::from_mins(2);

/// A running server.
#[derive(Debug)]
pub struct Process {
    url: String,
    child: Child,
    output: Arc<Output>,
    readers: Vec<JoinHandle<()>>,
}

/// A server that failed to start.
#[derive(Debug)]
pub struct NotServing {
    /// Its exit status; `None` if it was killed at the deadline.
    pub status: Option<ExitStatus>,
    /// Its output on both streams.
    pub output: String,
}

#[derive(Debug, Default)]
struct Output {
    written: Mutex<Written>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Written {
    text: String,
    url: Option<String>,
    streams_ended: u8,
}

impl Output {
    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Collects one stream of the child until it ends.
    fn read(&self, stream: impl Read, serving: impl Fn(&str) -> Option<String>) {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut written = self.written();
            if let Some(url) = serving(&line) {
                written.url = Some(url);
                self.changed.notify_all();
            }
            written.text.push_str(&line);
            written.text.push('\n');
        }
        self.written().streams_ended += 1;
        self.changed.notify_all();
    }
}

impl Process {
    /// Starts `command`, a `spinlet up` with its flags, and waits until it serves.
    ///
    /// # Errors
    /// The output, if the process ends or does not serve within two minutes.
    ///
    /// # Panics
    /// If the program cannot be started.
    pub fn start(command: &mut Command) -> Result<Self, NotServing> {
        Self::start_until(command, |line| line.strip_prefix("Serving ").map(str::to_owned))
    }

    /// Starts a Redis on a loopback port, with its data in a folder, and waits until it serves.
    /// Installs it if necessary, as `scripts/redis` does.
    ///
    /// # Errors
    /// The output, if the process ends or does not serve within two minutes.
    ///
    /// # Panics
    /// If the script cannot be started.
    pub fn start_redis(port: u16, folder: &Path) -> Result<Self, NotServing> {
        let mut command = script("redis");
        command.arg(port.to_string()).arg(folder);
        Self::start_service(&mut command, "Ready to accept connections", port, "redis")
    }

    /// Starts an nginx with the `site.conf` of a folder, which listens on a loopback port, and
    /// waits until it serves. Installs it if necessary, as `scripts/nginx` does.
    ///
    /// # Errors
    /// The output, if the process ends or does not serve within two minutes.
    ///
    /// # Panics
    /// If the script cannot be started.
    pub fn start_nginx(port: u16, folder: &Path) -> Result<Self, NotServing> {
        // nginx logs its event method once it accepts connections.
        Self::start_service(script("nginx").arg(folder), "event method", port, "http")
    }

    /// Starts a script that becomes a service and prints `ready` when it serves.
    fn start_service(
        command: &mut Command,
        ready: &'static str,
        port: u16,
        scheme: &'static str,
    ) -> Result<Self, NotServing> {
        // One start at a time, so that a missing program is installed once.
        static STARTING: Mutex<()> = Mutex::new(());
        let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        Self::start_until(command, move |line| {
            line.contains(ready).then(|| format!("{scheme}://127.0.0.1:{port}"))
        })
    }

    /// Starts `command` and waits for the line with its URL.
    #[expect(clippy::panic, reason = "the test cannot go on, and says why")]
    fn start_until(
        command: &mut Command,
        serving: impl Fn(&str) -> Option<String> + Clone + Send + 'static,
    ) -> Result<Self, NotServing> {
        let spawned =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.unwrap_or_else(|error| {
            panic!("{}: {error}; 'make build' makes it", command.get_program().display())
        });
        let output = Arc::new(Output::default());
        let streams: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|stream| Box::new(stream) as _),
            child.stderr.take().map(|stream| Box::new(stream) as _),
        ];
        let readers = streams.into_iter().flatten().map(|stream| {
            let (output, serving) = (Arc::clone(&output), serving.clone());
            std::thread::spawn(move || output.read(stream, serving))
        });
        let mut process = Self { url: String::new(), child, readers: readers.collect(), output };
        match process.wait_for_url() {
            Some(url) => {
                process.url = url;
                Ok(process)
            }
            None => Err(process.not_serving()),
        }
    }

    fn wait_for_url(&self) -> Option<String> {
        let starting = |written: &mut Written| written.url.is_none() && written.streams_ended < 2;
        let waited = self.output.changed.wait_timeout_while(self.output.written(), START, starting);
        waited.unwrap_or_else(PoisonError::into_inner).0.url.clone()
    }

    fn not_serving(mut self) -> NotServing {
        let ended = self.output.written().streams_ended == 2;
        if !ended {
            self.kill();
        }
        let status = self.wait().ok().filter(|_| ended);
        NotServing { status, output: self.output() }
    }

    /// The base URL, such as `http://127.0.0.1:41234`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The output on both streams so far.
    #[must_use]
    pub fn output(&self) -> String {
        self.output.written().text.clone()
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends the process a signal, as `kill -<name>` does.
    ///
    /// # Errors
    /// If `kill` cannot be started.
    pub fn signal(&self, name: &str) -> std::io::Result<ExitStatus> {
        Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]).status()
    }

    /// Kills the process with SIGKILL and waits until it has ended.
    pub fn kill(&mut self) {
        // An error means that the process has already ended.
        drop(self.child.kill());
        drop(self.wait());
    }

    /// Waits for the end of the process, and for all its output.
    ///
    /// # Errors
    /// If the system cannot wait for it.
    pub fn wait(&mut self) -> std::io::Result<ExitStatus> {
        let status = self.child.wait()?;
        for reader in self.readers.drain(..) {
            // A reader fails only if the test has failed already.
            drop(reader.join());
        }
        Ok(status)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A script of the project.
fn script(name: &str) -> Command {
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../scripts").join(name))
}

/// A loopback port on which nothing listens.
///
/// # Errors
/// If the system has no free port.
pub fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
