//! Standard output and standard error. Each has a bounded queue and a thread that writes it, so that no caller waits
//! for a reader that has stopped. Lines that find the queue full are dropped and counted.

use nix::sys::signal::{SigSet, Signal};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::fd::AsFd;
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Maximum bytes in the queue of a stream.
const QUEUED_MAX: usize = 1 << 20;

/// Pause before another write to a non-blocking stream that is full.
const FULL: Duration = Duration::from_millis(20);

static STDOUT: LazyLock<&Stream> = LazyLock::new(|| Stream::start("stdout", std::io::stdout()));
static STDERR: LazyLock<&Stream> = LazyLock::new(|| Stream::start("stderr", std::io::stderr()));

/// Standard output.
#[must_use]
pub fn stdout() -> &'static Stream {
    *STDOUT
}

/// Standard error.
#[must_use]
pub fn stderr() -> &'static Stream {
    *STDERR
}

/// The number of lines that end in these bytes.
#[must_use]
pub fn count(lines: &[u8]) -> u64 {
    lines.split(|byte| *byte == b'\n').skip(1).map(|_| 1).sum()
}

/// Queues a line for standard output.
pub fn print(line: impl std::fmt::Display) {
    stdout().write(format!("{line}\n").into_bytes());
}

/// Queues a line for standard error.
pub fn say(line: impl std::fmt::Display) {
    stderr().write(format!("{line}\n").into_bytes());
}

/// Waits until both queues are written, for at most `limit`.
pub fn flush(limit: Duration) {
    let deadline = Instant::now() + limit;
    for stream in [stdout(), stderr()] {
        stream.flush(deadline);
    }
}

/// One of the two streams.
#[derive(Default)]
pub struct Stream {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    lines: VecDeque<Vec<u8>>,
    /// Bytes that are queued or being written.
    bytes: usize,
    /// Lines that were dropped because the queue was full.
    lost: u64,
}

impl Stream {
    fn start(name: &str, stream: impl AsFd) -> &'static Self {
        let this: &'static Self = Box::leak(Box::default());
        // Without a stream or a thread the queue fills up and everything is dropped: there is nowhere to report that.
        if let Ok(descriptor) = stream.as_fd().try_clone_to_owned() {
            let thread = std::thread::Builder::new().name(name.to_owned());
            drop(thread.spawn(move || this.write_queued(File::from(descriptor))));
        }
        this
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues whole lines.
    pub fn write(&self, lines: Vec<u8>) {
        let mut queue = self.queue();
        if queue.bytes + lines.len() > QUEUED_MAX {
            queue.lost += count(&lines);
        } else {
            queue.bytes += lines.len();
            queue.lines.push_back(lines);
        }
        self.changed.notify_all();
    }

    fn write_queued(&self, mut file: File) {
        // Otherwise a terminal with `tostop` stops the whole process when it writes in the background.
        let mut stop = SigSet::empty();
        stop.add(Signal::SIGTTOU);
        stop.thread_block().ok();
        loop {
            let (lines, lost) = {
                let idle = |queue: &mut Queue| queue.bytes == 0 && queue.lost == 0;
                let queue = self.changed.wait_while(self.queue(), idle);
                let mut queue = queue.unwrap_or_else(PoisonError::into_inner);
                (std::mem::take(&mut queue.lines), std::mem::take(&mut queue.lost))
            };
            let mut bytes: Vec<u8> = lines.into_iter().flatten().collect();
            let written = bytes.len();
            if lost > 0 {
                let notice = format!(
                    "spinlet: {lost} lines of output were lost, because nobody read them\n"
                );
                bytes.extend(notice.into_bytes());
            }
            write_patiently(&mut file, &bytes);
            self.queue().bytes -= written;
            self.changed.notify_all();
        }
    }

    fn flush(&self, deadline: Instant) {
        let left = deadline.saturating_duration_since(Instant::now());
        let busy = |queue: &mut Queue| queue.bytes > 0 || queue.lost > 0;
        drop(self.changed.wait_timeout_while(self.queue(), left, busy));
    }
}

/// Writes to a stream that may be non-blocking. When its reader is gone, the rest is dropped without an error.
fn write_patiently(file: &mut File, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return,
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(FULL),
            Err(_) => return,
        }
    }
}
