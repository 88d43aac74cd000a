//! Where the output of components goes: to log files named after them, and to the terminal.

use anyhow::{Context, Result};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{self, Poll};
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

/// The two streams of one component.
pub struct ComponentLog {
    stdout: Output,
    stderr: Output,
}

impl ComponentLog {
    /// Appends to `<folder>/<component>_stdout.txt` and `_stderr.txt`; unless `quiet`, also prints
    /// to the terminal.
    ///
    /// # Errors
    /// When a file cannot be opened.
    pub fn open(folder: &Path, component: &str, quiet: bool) -> Result<Self> {
        let open = |suffix: &str, terminal: Terminal| {
            let path = folder.join(format!("{component}_{suffix}.txt"));
            let file = File::options().create(true).append(true).open(&path);
            let file =
                file.with_context(|| format!("cannot open the log file {}", path.display()))?;
            let terminal = if quiet { Terminal::None } else { terminal };
            Ok::<_, anyhow::Error>(Output(Arc::new(Sink { file: Mutex::new(file), terminal })))
        };
        Ok(Self {
            stdout: open("stdout", Terminal::Stdout)?,
            stderr: open("stderr", Terminal::Stderr)?,
        })
    }

    /// The component's standard output.
    #[must_use]
    pub fn stdout(&self) -> Output {
        self.stdout.clone()
    }

    /// The component's standard error.
    #[must_use]
    pub fn stderr(&self) -> Output {
        self.stderr.clone()
    }
}

enum Terminal {
    None,
    Stdout,
    Stderr,
}

struct Sink {
    file: Mutex<File>,
    terminal: Terminal,
}

impl Sink {
    fn write(&self, bytes: &[u8]) -> std::io::Result<()> {
        match self.terminal {
            Terminal::None => {}
            Terminal::Stdout => std::io::stdout().lock().write_all(bytes)?,
            Terminal::Stderr => std::io::stderr().lock().write_all(bytes)?,
        }
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(bytes)
    }
}

/// One stream of a component, shared by its instances.
#[derive(Clone)]
pub struct Output(Arc<Sink>);

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

/// Written at once: a line costs less than a task that would write it later, and is there even
/// when the guest traps right after it.
impl wasmtime_wasi::p2::OutputStream for Output {
    fn write(&mut self, bytes: bytes::Bytes) -> wasmtime_wasi::p2::StreamResult<()> {
        self.0
            .write(&bytes)
            .map_err(|error| wasmtime_wasi::p2::StreamError::LastOperationFailed(error.into()))
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
        Poll::Ready(self.0.write(bytes).map(|()| bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
