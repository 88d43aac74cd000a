//! The output of components, which goes to the terminal and to log files of limited size, named after the components.

use crate::state::make_folder;
use crate::terminal::{self, say};
use anyhow::{Context, Result};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{self, Poll};
use std::time::{Duration, Instant};
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

/// Maximum bytes of a line; a longer one is split.
const LINE_MAX: usize = 64 * 1024;

/// Minimum interval between messages that a file loses lines.
const WARN_EVERY: Duration = Duration::from_mins(1);

/// The log files of an application.
pub struct Logs {
    folder: PathBuf,
    file_max: u64,
    quiet: bool,
    sinks: Mutex<Vec<Arc<Sink>>>,
}

impl Logs {
    /// Log files in a folder, each of at most `file_max` bytes (0: no limit), and one older generation of each,
    /// `<name>.1`. Unless `quiet`, output is also printed.
    #[must_use]
    pub fn new(folder: PathBuf, file_max: u64, quiet: bool) -> Self {
        Self { folder, file_max, quiet, sinks: Mutex::default() }
    }

    /// Opens `<folder>/<component>_stdout.txt` and `_stderr.txt` for appending.
    ///
    /// # Errors
    /// When a file cannot be opened.
    pub fn component(&self, component: &str) -> Result<ComponentLog> {
        let open = |suffix: &str, terminal: &'static terminal::Stream| {
            let path = self.folder.join(format!("{component}_{suffix}.txt"));
            let file = LogFile::open(&path);
            let file =
                file.with_context(|| format!("cannot open the log file {}", path.display()))?;
            let terminal = (!self.quiet).then_some(terminal);
            let sink = Sink { path, max: self.file_max, file: Mutex::new(file), terminal };
            let sink = Arc::new(sink);
            self.sinks().push(Arc::clone(&sink));
            Ok::<_, anyhow::Error>(sink)
        };
        Ok(ComponentLog {
            stdout: open("stdout", terminal::stdout())?,
            stderr: open("stderr", terminal::stderr())?,
        })
    }

    /// The folder of the files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Reopens every file by its path, so that nothing more is written to a renamed one.
    pub fn reopen(&self) {
        for sink in self.sinks().iter() {
            if let Err(error) = sink.reopen(&mut sink.file()) {
                say(format!("{}: {error:#}", sink.path.display()));
            }
        }
    }

    fn sinks(&self) -> MutexGuard<'_, Vec<Arc<Sink>>> {
        self.sinks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The two streams of one component.
pub struct ComponentLog {
    stdout: Arc<Sink>,
    stderr: Arc<Sink>,
}

impl ComponentLog {
    /// The standard output of one instance.
    #[must_use]
    pub fn stdout(&self) -> Output {
        Output::new(&self.stdout)
    }

    /// The standard error of one instance.
    #[must_use]
    pub fn stderr(&self) -> Output {
        Output::new(&self.stderr)
    }
}

struct Sink {
    path: PathBuf,
    max: u64,
    file: Mutex<LogFile>,
    terminal: Option<&'static terminal::Stream>,
}

struct LogFile {
    file: File,
    size: u64,
    /// Lines lost since the terminal last reported their number.
    lost: u64,
    /// Time of the last message about lost lines.
    warned: Option<Instant>,
    /// Whether the terminal has reported that these lines are being lost.
    announced: bool,
}

impl LogFile {
    fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::options().create(true).append(true).mode(0o600).open(path)?;
        let size = file.metadata()?.len();
        Ok(Self { file, size, lost: 0, warned: None, announced: false })
    }

    fn append(&mut self, lines: &[u8]) -> std::io::Result<()> {
        let mut written = 0;
        while let Some(rest) = lines.get(written..).filter(|rest| !rest.is_empty()) {
            match self.file.write(rest) {
                Ok(0) => return Err(std::io::ErrorKind::WriteZero.into()),
                Ok(some) => written += some,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    // Removes the part of a line, unless another server has written after it.
                    let end = self.size + written as u64;
                    if written > 0 && self.file.metadata()?.len() == end {
                        self.file.set_len(self.size)?;
                    }
                    return Err(error);
                }
            }
        }
        self.size += written as u64;
        Ok(())
    }

    /// Whether a message about lost lines is due; if so, the next one is due only after an interval.
    fn may_warn(&mut self) -> bool {
        let may = self.warned.is_none_or(|warned| warned.elapsed() >= WARN_EVERY);
        if may {
            self.warned = Some(Instant::now());
        }
        may
    }
}

impl Sink {
    fn file(&self) -> MutexGuard<'_, LogFile> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes whole lines. Lines that the file does not take are lost; no request fails because of them.
    fn write(&self, lines: Vec<u8>) {
        let mut file = self.file();
        let is_full = self.max > 0 && file.size > 0 && file.size + lines.len() as u64 > self.max;
        // A full file that cannot be rotated takes nothing, so that it does not grow.
        let rotated = if is_full { self.rotate(&mut file) } else { Ok(()) };
        match rotated.and_then(|()| Ok(file.append(&lines)?)) {
            Ok(()) if file.lost > 0 && (file.announced || file.may_warn()) => {
                say(format!("{}: {} lines were lost", self.path.display(), file.lost));
                (file.lost, file.announced) = (0, false);
            }
            Ok(()) => {}
            Err(error) => {
                if file.may_warn() {
                    say(format!("{}: lines are lost: {error:#}", self.path.display()));
                    file.announced = true;
                }
                file.lost += terminal::count(&lines);
            }
        }
        drop(file);
        if let Some(terminal) = self.terminal {
            terminal.write(lines);
        }
    }

    fn rotate(&self, file: &mut LogFile) -> Result<()> {
        // Another server of this state folder may have rotated it already.
        let is_current = std::fs::metadata(&self.path).is_ok_and(|there| {
            file.file
                .metadata()
                .is_ok_and(|here| (here.dev(), here.ino()) == (there.dev(), there.ino()))
        });
        if is_current {
            let older = older(&self.path);
            let renamed = std::fs::rename(&self.path, &older);
            renamed.with_context(|| format!("cannot rename it to {}", older.display()))?;
        }
        self.reopen(file)
    }

    fn reopen(&self, file: &mut LogFile) -> Result<()> {
        if let Some(folder) = self.path.parent() {
            make_folder(folder)?;
        }
        let opened = LogFile::open(&self.path).context("cannot open it")?;
        (file.file, file.size) = (opened.file, opened.size);
        Ok(())
    }
}

/// The path of the older generation of a log file.
#[must_use]
pub fn older(path: &Path) -> PathBuf {
    path.with_added_extension("1")
}

/// One stream of one instance. Several instances share a file, and each line is whole.
#[derive(Clone)]
pub struct Output(Arc<Lines>);

struct Lines {
    sink: Arc<Sink>,
    /// The line that is not complete yet.
    begun: Mutex<Vec<u8>>,
}

impl Output {
    fn new(sink: &Arc<Sink>) -> Self {
        Self(Arc::new(Lines { sink: Arc::clone(sink), begun: Mutex::default() }))
    }
}

impl Lines {
    fn write(&self, bytes: &[u8]) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.extend_from_slice(bytes);
        if let Some(end) = begun.iter().rposition(|byte| *byte == b'\n') {
            let rest = begun.split_off(end + 1);
            self.sink.write(std::mem::replace(&mut *begun, rest));
        }
        if begun.len() >= LINE_MAX {
            begun.push(b'\n');
            self.sink.write(std::mem::take(&mut *begun));
        }
    }
}

/// Writes the last line of an instance, even if it ended or trapped in the middle of that line.
impl Drop for Lines {
    fn drop(&mut self) {
        let begun = self.begun.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !begun.is_empty() {
            begun.push(b'\n');
            self.sink.write(std::mem::take(begun));
        }
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn wasmtime_wasi::p2::OutputStream> {
        Box::new(self.clone())
    }
}

/// Writes at once: that costs less than a task that writes later, and keeps the line even when the guest traps right
/// after it.
impl wasmtime_wasi::p2::OutputStream for Output {
    fn write(&mut self, bytes: bytes::Bytes) -> wasmtime_wasi::p2::StreamResult<()> {
        self.0.write(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> wasmtime_wasi::p2::StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> wasmtime_wasi::p2::StreamResult<usize> {
        Ok(64 * 1024)
    }
}

#[wasmtime_wasi::async_trait]
impl wasmtime_wasi::p2::Pollable for Output {
    async fn ready(&mut self) {}
}

impl AsyncWrite for Output {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut task::Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.0.write(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
