//! The bodies of requests and answers, which report their progress to the connection.

use super::connection::Activity;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tokio_util::sync::DropGuard;
use wasmtime_wasi_http::handler::ErrorCode;
use wasmtime_wasi_http::p3::bindings::http::types;

/// Maximum bytes, and time, for reading a body that the component does not want: a client that still sends when the
/// connection is closed may never see its answer.
const UNWANTED_MAX: usize = 32 << 20;
const UNWANTED_TIME: Duration = Duration::from_secs(5);

/// Limits on a component's reading of a request's body.
pub struct Bounds {
    /// Maximum bytes; beyond them the component gets an error.
    pub bytes: usize,
    /// Time for the body to arrive, from the head on; after it the component gets an error.
    pub time: Duration,
}

/// The body of a request. The part that the component leaves unread is read and dropped.
pub struct RequestBody {
    /// `None` once there is nothing more to read.
    incoming: Option<Incoming>,
    /// Whether the client sends the body: with `Expect` it waits to be asked, which the first read does.
    asked: bool,
    bytes_left: usize,
    deadline: Instant,
    timer: Option<Pin<Box<Sleep>>>,
    late: Option<oneshot::Sender<()>>,
    received: Received,
}

/// Reports the progress of a request's body to its connection.
#[derive(Clone)]
struct Received {
    activity: Arc<Activity>,
    request: u64,
}

impl Received {
    fn awaited(&self, awaited: bool) {
        self.activity.body_awaited(self.request, awaited);
    }

    fn whole(&self) {
        self.activity.body_received(self.request);
    }
}

impl RequestBody {
    /// The body of the connection's request number `request`, and a channel that receives a value if the body is
    /// late, and is closed otherwise.
    pub fn new(
        incoming: Incoming,
        expects_to_be_asked: bool,
        bounds: &Bounds,
        activity: &Arc<Activity>,
        request: u64,
    ) -> (Self, oneshot::Receiver<()>) {
        let (late, is_late) = oneshot::channel();
        let body = Self {
            asked: !expects_to_be_asked,
            incoming: (!incoming.is_end_stream()).then_some(incoming),
            bytes_left: bounds.bytes,
            deadline: Instant::now() + bounds.time,
            timer: None,
            late: Some(late),
            received: Received { activity: Arc::clone(activity), request },
        };
        (body, is_late)
    }

    /// Reads and drops the rest of the body, within `UNWANTED_MAX` and `UNWANTED_TIME`.
    fn drop_unwanted(&mut self) {
        let Some(mut incoming) = self.incoming.take() else { return };
        let (true, Ok(runtime)) = (self.asked, Handle::try_current()) else { return };
        let received = self.received.clone();
        let read = async move {
            let mut left = UNWANTED_MAX;
            // hyper reports the end of a body with a length only here, and that of a chunked one only as `None`.
            while !incoming.is_end_stream()
                && let Some(frame) = incoming.frame().await
            {
                let Ok(frame) = frame else { return };
                let length = frame.data_ref().map_or(0, Bytes::len);
                let Some(rest) = left.checked_sub(length) else { return };
                left = rest;
            }
            received.whole();
        };
        runtime.spawn(timeout(UNWANTED_TIME, read));
    }

    fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        ready!(timer.as_mut().poll(context));
        self.incoming = None;
        // The request may already have its answer.
        let _sent = self.late.take().is_some_and(|late| late.send(()).is_ok());
        Poll::Ready(())
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        let this = self.get_mut();
        let Some(incoming) = &mut this.incoming else { return Poll::Ready(None) };
        this.asked = true;
        match Pin::new(&mut *incoming).poll_frame(context) {
            Poll::Pending => {
                this.received.awaited(true);
                ready!(this.poll_late(context));
                Poll::Ready(Some(Err(ErrorCode::P3(types::ErrorCode::ConnectionReadTimeout))))
            }
            Poll::Ready(None) => {
                this.incoming = None;
                this.received.whole();
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(_))) => {
                this.incoming = None;
                Poll::Ready(Some(Err(ErrorCode::P3(types::ErrorCode::HttpProtocolError))))
            }
            Poll::Ready(Some(Ok(frame))) => {
                this.received.awaited(false);
                let length = frame.data_ref().map_or(0, Bytes::len);
                let Some(left) = this.bytes_left.checked_sub(length) else {
                    this.drop_unwanted();
                    let code = types::ErrorCode::HttpRequestBodySize(None);
                    return Poll::Ready(Some(Err(ErrorCode::P3(code))));
                };
                this.bytes_left = left;
                if incoming.is_end_stream() {
                    this.incoming = None;
                    this.received.whole();
                }
                Poll::Ready(Some(Ok(frame)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.drop_unwanted();
    }
}

/// The body of an answer.
pub struct ResponseBody {
    body: UnsyncBoxBody<Bytes, wasmtime::Error>,
    /// Bytes still to be sent, if the length is known.
    left: Option<u64>,
    /// Ends the guest's waits on drop; disarmed once the whole answer was taken.
    unwanted: Option<DropGuard>,
    activity: Arc<Activity>,
}

impl ResponseBody {
    /// The body of an answer on a connection; `length` is its length in bytes, if known.
    pub fn new(
        body: UnsyncBoxBody<Bytes, wasmtime::Error>,
        length: Option<u64>,
        unwanted: Option<DropGuard>,
        activity: &Arc<Activity>,
    ) -> Self {
        let mut body = Self { body, left: length, unwanted, activity: Arc::clone(activity) };
        if body.body.is_end_stream() || length == Some(0) {
            body.taken();
        }
        body
    }

    /// The client has the whole answer, so the guest can finish its other work undisturbed.
    fn taken(&mut self) {
        self.unwanted.take().map(DropGuard::disarm);
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = wasmtime::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, wasmtime::Error>>> {
        let this = self.get_mut();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(context));
        let whole = match &frame {
            None => true,
            Some(Err(_)) => false,
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                let length = u64::try_from(length).unwrap_or(u64::MAX);
                this.left = this.left.map(|left| left.saturating_sub(length));
                this.left == Some(0) || this.body.is_end_stream()
            }
        };
        if whole {
            this.taken();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        self.activity.answer_given();
    }
}
