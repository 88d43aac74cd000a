//! One connection: its state, its timeouts and its end.

use nix::sys::socket::{Shutdown, shutdown};
use std::io::{self, ErrorKind, IoSlice};
use std::os::fd::AsRawFd;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

/// Maximum time, and bytes, for reading what a client still sends after its last answer: closing a connection with
/// unread bytes makes the system discard the answer.
const LINGER: Duration = Duration::from_secs(5);
const LINGER_MAX: usize = 1 << 20;

/// Time for a body to arrive, from its head on; after it, a connection whose component waits for the body may be
/// closed to make room for others.
const BODY_SPARED: Duration = Duration::from_secs(5);

/// Interval between checks for the end of input on systems that report unread bytes with it.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Timeouts of a connection, from the flags of the same names.
#[derive(Clone, Copy)]
pub struct Timeouts {
    /// Time for the client to begin the next request.
    pub keep_alive: Duration,
    /// Time for the client to send the head of a request, from its first byte.
    pub head: Duration,
    /// Time for the client to send the body of a request, from its head.
    pub body: Duration,
    /// Time for the client to take the next bytes of an answer.
    pub write: Duration,
}

/// The state of a connection, shared with its bodies and with the listener.
pub struct Activity {
    now: Mutex<Now>,
    /// Notified when the connection should end, to make room or because the server stops.
    pub ending: Notify,
}

struct Now {
    doing: Doing,
    since: Instant,
    /// Number of requests so far.
    requests: u64,
    /// Whether the body of the last request is still arriving.
    body_is_coming: bool,
    /// Whether the component has read everything that has arrived of that body, and waits for more.
    body_is_awaited: bool,
    /// Wakes the connection, which begins to be idle only once that body has arrived.
    waits_for_body: Option<Waker>,
}

/// The activity of a connection, in the order in which connections are closed to make room.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doing {
    /// Idle: no request has begun.
    Idle,
    /// The head of a request is arriving.
    Head,
    /// The sending side is closed: there will be no more answers.
    Shut,
    /// The answer is complete, but not all of it is sent.
    Answered,
    /// A request runs, or its answer is being produced.
    Request,
}

impl Activity {
    /// The state of a new connection.
    #[must_use]
    pub fn new() -> Self {
        let now = Now {
            doing: Doing::Idle,
            since: Instant::now(),
            requests: 0,
            body_is_coming: false,
            body_is_awaited: false,
            waits_for_body: None,
        };
        Self { now: Mutex::new(now), ending: Notify::new() }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The current activity and its start, if the connection can be closed without losing the answer to a complete
    /// request: it has no request, or only part of a head, or a component waits for its slow body.
    pub fn spare(&self) -> Option<(Doing, Instant)> {
        let now = self.now();
        let is_spare = match now.doing {
            Doing::Idle => !now.body_is_coming,
            Doing::Head | Doing::Shut => true,
            Doing::Answered => false,
            Doing::Request => now.body_is_awaited && now.since.elapsed() >= BODY_SPARED,
        };
        is_spare.then_some((now.doing, now.since))
    }

    /// Whether the connection can be closed without losing any part of a request.
    pub fn is_idle(&self) -> bool {
        self.spare().is_some_and(|(doing, _)| matches!(doing, Doing::Idle | Doing::Shut))
    }

    /// Records that the head of a request has arrived; returns the request's number on this connection, from 1.
    pub fn request_begun(&self, has_body: bool) -> u64 {
        let mut now = self.now();
        now.doing = Doing::Request;
        now.since = Instant::now();
        now.requests += 1;
        (now.body_is_coming, now.body_is_awaited) = (has_body, false);
        now.requests
    }

    /// Records whether the component waits for more of the body of the request with this number.
    pub fn body_awaited(&self, request: u64, awaited: bool) {
        let mut now = self.now();
        if now.requests == request {
            now.body_is_awaited = awaited;
        }
    }

    /// Records that the body of the request with this number has arrived completely.
    pub fn body_received(&self, request: u64) {
        let mut now = self.now();
        if now.requests == request {
            (now.body_is_coming, now.body_is_awaited) = (false, false);
            if let Some(connection) = now.waits_for_body.take() {
                connection.wake();
            }
        }
    }

    /// Records that the connection has the whole answer.
    pub fn answer_given(&self) {
        let mut now = self.now();
        if now.doing == Doing::Request {
            now.doing = Doing::Answered;
        }
    }

    fn read(&self) {
        let mut now = self.now();
        if now.doing == Doing::Idle && !now.body_is_coming {
            now.doing = Doing::Head;
            now.since = Instant::now();
        }
    }

    fn written(&self) {
        let mut now = self.now();
        if now.doing == Doing::Answered {
            now.doing = Doing::Idle;
            now.since = Instant::now();
        }
    }

    /// Records that there will be no more answers; returns whether the client may still be sending a request, which
    /// nothing will read.
    fn shut(&self) -> bool {
        let mut now = self.now();
        let unread = now.body_is_coming || now.doing == Doing::Head;
        now.doing = Doing::Shut;
        unread
    }
}

/// Waits until the client has closed its sending side, even while earlier bytes are unread. The client may be gone,
/// or still read its answers.
pub async fn end_of_input(stream: &TcpStream) {
    // In tokio this interest includes the end of input, and does not include unread bytes.
    #[cfg(target_os = "linux")]
    let end = Interest::PRIORITY;
    // This interest includes both.
    #[cfg(not(target_os = "linux"))]
    let end = Interest::READABLE;
    while stream.ready(end).await.is_ok_and(|ready| !ready.is_read_closed()) {
        sleep(LOOK_AGAIN).await;
    }
}

/// A connection's socket, which enforces the timeouts.
pub struct Socket<'a> {
    stream: &'a TcpStream,
    activity: Arc<Activity>,
    timeouts: Timeouts,
    reading: Timer,
    writing: Timer,
    /// Bytes that may still be read after the last answer; `None` until that is sent.
    lingers: Option<usize>,
}

impl<'a> Socket<'a> {
    /// The socket of a connection.
    #[must_use]
    pub fn new(stream: &'a TcpStream, activity: Arc<Activity>, timeouts: Timeouts) -> Self {
        let (reading, writing) = Default::default();
        Self { stream, activity, timeouts, reading, writing, lingers: None }
    }

    fn poll_read_stream(
        &self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream.poll_read_ready(context))?;
            match self.stream.try_read_buf(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read),
            }
        }
    }

    /// Writes with `write`, a function of the stream that does not wait.
    fn poll_write_stream(
        &mut self,
        context: &mut Context<'_>,
        write: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let written = loop {
            match self.stream.poll_write_ready(context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => break Poll::Ready(Err(error)),
                Poll::Pending => break Poll::Pending,
            }
            match write(self.stream) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                written => break Poll::Ready(written),
            }
        };
        self.poll_stuck(written, context)
    }

    /// Waits until a client that sends nothing has used up its time.
    fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (doing, since) = {
            let mut now = self.activity.now();
            if now.body_is_coming {
                now.waits_for_body = Some(context.waker().clone());
                return Poll::Pending;
            }
            (now.doing, now.since)
        };
        let time = match doing {
            Doing::Idle => self.timeouts.keep_alive,
            Doing::Head => self.timeouts.head,
            _ => return Poll::Pending,
        };
        ready!(self.reading.poll_past(since + time, context));
        // For hyper, an idle connection ends as if the client had closed it.
        Poll::Ready(if doing == Doing::Idle { Ok(()) } else { Err(ErrorKind::TimedOut.into()) })
    }

    /// Fails the write once a client that reads nothing has used up its time.
    fn poll_stuck(
        &mut self,
        written: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.writing.deadline = None;
            return written;
        }
        let time = self.timeouts.write;
        let deadline = *self.writing.deadline.get_or_insert_with(|| Instant::now() + time);
        ready!(self.writing.poll_past(deadline, context));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Socket<'_> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match this.poll_read_stream(context, buffer) {
            Poll::Pending => return this.poll_silence(context),
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Ready(Ok(0)) => {}
            Poll::Ready(Ok(_)) => this.activity.read(),
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket<'_> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().poll_write_stream(context, |stream| stream.try_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().poll_write_stream(context, |stream| stream.try_write_vectored(slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// hyper calls this once everything is written.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.activity.written();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.lingers.is_none() {
            shutdown(this.stream.as_raw_fd(), Shutdown::Write)?;
            this.lingers = Some(if this.activity.shut() { LINGER_MAX } else { 0 });
            this.reading.deadline = Some(Instant::now() + LINGER);
        }
        let mut unread = [0; 4096];
        while let Some(left @ 1..) = this.lingers {
            let mut buffer = ReadBuf::new(&mut unread);
            match this.poll_read_stream(context, &mut buffer) {
                Poll::Ready(Ok(read @ 1..)) => this.lingers = Some(left.saturating_sub(read)),
                Poll::Ready(_) => break,
                Poll::Pending => {
                    let deadline = this.reading.deadline.unwrap_or_else(Instant::now);
                    ready!(this.reading.poll_past(deadline, context));
                    break;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// A timer whose deadline usually moves on before it passes.
#[derive(Default)]
struct Timer {
    deadline: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timer {
    fn poll_past(&mut self, deadline: Instant, context: &mut Context<'_>) -> Poll<()> {
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        // A sleep that ends too early is extended only when it has ended, which saves resets.
        if sleep.deadline() > deadline {
            sleep.as_mut().reset(deadline);
        }
        ready!(sleep.as_mut().poll(context));
        if sleep.deadline() < deadline {
            sleep.as_mut().reset(deadline);
            ready!(sleep.as_mut().poll(context));
        }
        Poll::Ready(())
    }
}
