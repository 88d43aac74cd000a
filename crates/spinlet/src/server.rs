//! The HTTP trigger: connections, routing, and instances that are reused as in Spin.

mod body;
mod connection;
mod connections;
mod handlers;
mod instances;

pub use connection::Timeouts;
pub use connections::raise_file_limit;
pub use handlers::{Compiled, Handlers};
pub use instances::{Handler, Reuse};

use crate::manifest::Application;
use crate::routes::Routes;
use crate::terminal::say;
use anyhow::{Context, Result, bail, ensure};
use body::{Bounds, RequestBody, ResponseBody};
use bytes::Bytes;
use connection::{Activity, Socket, end_of_input};
use connections::{Listener, Place};
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, TRANSFER_ENCODING};
use http::uri::Scheme;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri, Version};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use instances::Begins;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_util::sync::{CancellationToken, DropGuard};
use wasmtime_wasi_http::handler;

/// Time that running requests have to end once the server is asked to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Maximum bytes of a request's head, and of an answer that is read from a component ahead of its client.
const BUFFER_MAX: usize = 64 << 10;

/// The route of an application's health check.
const HEALTH: &str = "/healthz";

/// Timeout of the health check at the start, which may have to upgrade a database.
const HEALTH_LIMIT: Duration = Duration::from_mins(10);

/// The two stages of a stop.
#[derive(Clone, Default)]
pub struct Stopping {
    /// Cancelled when the server is asked to stop: guests' waits end.
    asked: CancellationToken,
    /// Set when running requests are cut off: an instance that ends from now on has not failed.
    cut_off: Arc<AtomicBool>,
}

/// The limits of all requests.
#[derive(Clone, Copy)]
pub struct Limits {
    /// Maximum bytes of a request's body that a component can read.
    pub request_body: usize,
    /// Timeouts of a connection.
    pub timeouts: Timeouts,
    /// Whether the end of an answer waits until the client has acknowledged its beginning, as in Spin.
    pub delays_answers: bool,
}

/// A server of an application, bound to its address.
pub struct Server {
    listener: Listener,
    app: Arc<App>,
}

/// State that all connections share.
struct App {
    /// The answer of `/.well-known/spin/info`, JSON.
    info: Bytes,
    routes: Routes,
    handlers: Arc<Handlers>,
    limits: Limits,
    stopping: Stopping,
}

impl Server {
    /// Binds the address.
    ///
    /// # Errors
    /// When the address is in use or does not belong to this machine.
    pub fn bind(
        listen: SocketAddr,
        application: &Application,
        routes: Routes,
        handlers: Arc<Handlers>,
        limits: Limits,
        stopping: Stopping,
    ) -> Result<Self> {
        let bound = Listener::bind(listen, limits.timeouts.write);
        let listener = bound.map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                anyhow::anyhow!("{listen} is already in use; stop what uses it, or give another address with --listen")
            }
            _ => anyhow::anyhow!("cannot listen on {listen}: {error}"),
        })?;
        let info = serde_json::to_vec_pretty(application)?.into();
        Ok(Self { listener, app: Arc::new(App { info, routes, handlers, limits, stopping }) })
    }

    /// The bound address, with its actual port.
    ///
    /// # Errors
    /// I/O errors.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.address()?)
    }

    /// Runs the application's health check, if it has the route `/healthz`, before any client is served.
    ///
    /// # Errors
    /// When the check fails, its answer is not 200, or no answer arrives within `HEALTH_LIMIT`.
    pub async fn check_health(&self) -> Result<()> {
        let address = self.address()?;
        let request =
            Request::get(format!("http://{address}{HEALTH}")).header(HOST, address.to_string());
        let mut request =
            request.body(Empty::new().map_err(|never| match never {}).boxed_unsync())?;
        let found = self.app.routes.find(HEALTH).filter(|found| found.route.pattern == HEALTH);
        let Some(found) = found else { return Ok(()) };
        let Some(handler) = self.app.handlers.get(&found.route.component).await else {
            return Ok(());
        };
        found.add_headers(&mut request, address);
        let place = Arc::clone(&handler.state().beginning).acquire_owned().await?;
        let begins = Begins { place, ended: self.app.stopping.asked.child_token() };
        let answer = async {
            let (parts, body) = handler.handle(begins, request).await?.into_parts();
            let body = body.collect().await.map_err(|error| wasmtime::format_err!("{error:?}"))?;
            wasmtime::error::Ok((parts.status, body.to_bytes()))
        };
        let (status, body) = tokio::time::timeout(HEALTH_LIMIT, answer)
            .await
            .with_context(|| format!("GET {HEALTH} was not answered within {HEALTH_LIMIT:?}"))?
            .map_err(|error| anyhow::anyhow!("GET {HEALTH} failed: {error:#}"))?;
        if status != StatusCode::OK {
            // The instance ends with the process and has not failed.
            self.app.stopping.cut_off.store(true, Ordering::Relaxed);
            let body = String::from_utf8_lossy(&body);
            bail!("GET {HEALTH} is answered {} {}", status.as_u16(), body.trim());
        }
        Ok(())
    }

    /// Serves until `stop` completes; then wakes guests that wait, and gives running requests five seconds.
    ///
    /// # Errors
    /// When connections can no longer be accepted.
    pub async fn serve(self, stop: impl Future<Output = ()>) -> Result<()> {
        let mut stop = pin!(stop);
        loop {
            let (stream, client, place) = tokio::select! {
                accepted = self.listener.accept() => accepted?,
                () = &mut stop => break,
            };
            tokio::spawn(Arc::clone(&self.app).connection(stream, client, place));
        }
        let connections = Arc::clone(&self.listener.connections);
        drop(self.listener);
        self.app.stopping.asked.cancel();
        drop(tokio::time::timeout(GRACE, connections.end()).await);
        self.app.stopping.cut_off.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// The connection that a request comes from.
struct Source {
    client: SocketAddr,
    /// The local address that the client connected to.
    server: SocketAddr,
    connection: Arc<Activity>,
    /// Ends its guests' waits when the client has closed its sending side, and may be gone, or when the server stops.
    ended: CancellationToken,
}

impl App {
    /// Answers the requests of a connection until it ends.
    async fn connection(self: Arc<Self>, stream: TcpStream, client: SocketAddr, place: Place) {
        // A response leaves as two segments; without this, the second one waits for the client's
        // delayed acknowledgement of the first, 40 ms.
        let set = stream.set_nodelay(!self.limits.delays_answers);
        let (Ok(()), Ok(server)) = (set, stream.local_addr()) else { return };
        let activity = &place.activity;
        let ended = self.stopping.asked.child_token();
        let from =
            Source { client, server, connection: Arc::clone(activity), ended: ended.clone() };
        let from = Arc::new(from);
        let app = Arc::clone(&self);
        let service =
            service_fn(move |request| Arc::clone(&app).respond(request, Arc::clone(&from)));
        let socket = Socket::new(&stream, Arc::clone(activity), self.limits.timeouts);
        let connection = http1::Builder::new()
            .header_read_timeout(None)
            // A client that has closed only its sending side still gets its answers; by default hyper would end the
            // connection.
            .half_close(true)
            .max_buf_size(BUFFER_MAX)
            .serve_connection(TokioIo::new(socket), service);
        let mut connection = pin!(connection);
        let mut end_of_input = pin!(end_of_input(&stream));
        loop {
            tokio::select! {
                biased;
                // A client that leaves in the middle is not an error.
                _ = connection.as_mut() => return,
                // The client may be gone or not: its requests are still answered, but no longer wait.
                () = end_of_input.as_mut(), if !ended.is_cancelled() => ended.cancel(),
                () = activity.ending.notified() => {
                    let stops = self.stopping.asked.is_cancelled();
                    let spare = if stops { activity.is_idle() } else { activity.spare().is_some() };
                    if spare {
                        return;
                    }
                    if stops {
                        connection.as_mut().graceful_shutdown();
                    }
                }
            }
        }
    }

    async fn respond(
        self: Arc<Self>,
        request: Request<Incoming>,
        from: Arc<Source>,
    ) -> Result<Response<ResponseBody>, Infallible> {
        let number = from.connection.request_begun(!request.body().is_end_stream());
        let expects_to_be_asked = request.headers().contains_key(EXPECT);
        let timeouts = &self.limits.timeouts;
        let bounds = Bounds { bytes: self.limits.request_body, time: timeouts.body };
        let (parts, body) = request.into_parts();
        let (body, late) =
            RequestBody::new(body, expects_to_be_asked, &bounds, &from.connection, number);
        let request = Request::from_parts(parts, body);
        let (response, unwanted) = tokio::select! {
            biased;
            Ok(()) = late => (closing(empty(StatusCode::REQUEST_TIMEOUT)), None),
            answered = self.answer(request, &from) => answered,
        };
        // The answer may be ready before its connection notices the stop.
        let stops = self.stopping.asked.is_cancelled();
        let response = if stops { closing(response) } else { response };
        let (parts, body) = response.into_parts();
        let length = parts.headers.get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let body = ResponseBody::new(body, length, unwanted, &from.connection);
        Ok(Response::from_parts(parts, body))
    }

    /// The answer, and a guard that ends the waits of its guest on drop.
    async fn answer(
        &self,
        request: Request<RequestBody>,
        from: &Source,
    ) -> (handler::Response, Option<DropGuard>) {
        if let Some(status) = refused_coding(request.headers()) {
            return (closing(empty(status)), None);
        }
        let path = request.uri().path();
        if let Some(well_known) = path.strip_prefix("/.well-known/spin/") {
            return match well_known {
                "health" => (full(Bytes::from_static(b"OK")), None),
                "info" => (json(self.info.clone()), None),
                _ => (empty(StatusCode::NOT_FOUND), None),
            };
        }
        let Some(found) = self.routes.find(path) else {
            return (empty(StatusCode::NOT_FOUND), None);
        };
        let Some(handler) = self.handlers.get(&found.route.component).await else {
            return (empty(StatusCode::NOT_FOUND), None);
        };
        let Ok(mut request) = with_full_uri(request, from.server) else {
            return (empty(StatusCode::BAD_REQUEST), None);
        };
        found.add_headers(&mut request, from.client);
        let ended = from.ended.child_token();
        let unwanted = ended.clone().drop_guard();
        let answered = match Arc::clone(&handler.state().beginning).acquire_owned().await {
            Ok(place) => {
                handler.handle(Begins { place, ended }, request.map(BodyExt::boxed_unsync)).await
            }
            Err(closed) => Err(closed.into()),
        };
        let response = answered.unwrap_or_else(|error| {
            say(format_args!("component '{}': a request failed: {error:?}", found.route.component));
            empty(StatusCode::INTERNAL_SERVER_ERROR)
        });
        (response, Some(unwanted))
    }
}

/// The status that refuses a body with a transfer coding other than `chunked`, which is not decoded here. hyper has
/// already refused bodies whose last coding is not `chunked`, and HTTP/1.0 with any coding.
fn refused_coding(headers: &HeaderMap) -> Option<StatusCode> {
    let lines = headers.get_all(TRANSFER_ENCODING).into_iter();
    let mut codings = lines.flat_map(|line| line.as_bytes().split(|&byte| byte == b','));
    let is_chunked = |coding: &[u8]| coding.trim_ascii().eq_ignore_ascii_case(b"chunked");
    match (codings.next().map(is_chunked), codings.next()) {
        (None | Some(true), None) => None,
        (Some(true), _) => Some(StatusCode::BAD_REQUEST),
        _ => Some(StatusCode::NOT_IMPLEMENTED),
    }
}

/// The request with the scheme and authority that a guest expects in its URI, and without the `Connection` header,
/// which concerns only the client and this server. If the client names no host, by an empty header or in HTTP/1.0 by
/// none, the authority is the address that it connected to.
fn with_full_uri<B>(mut request: Request<B>, server: SocketAddr) -> Result<Request<B>> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = match hosts.next() {
        Some(host) if !host.is_empty() => host.to_str()?.parse()?,
        None if request.version() != Version::HTTP_10 => bail!("no host"),
        _ => server.to_string().parse()?,
    };
    ensure!(hosts.next().is_none(), "more than one host");
    let mut parts = request.uri().clone().into_parts();
    for authority in parts.authority.iter().chain([&host]) {
        ensure!(!authority.host().is_empty(), "a port without a host");
        ensure!(!authority.as_str().contains('@'), "a user's name before the host");
    }
    parts.authority = Some(parts.authority.unwrap_or(host));
    parts.scheme = Some(Scheme::HTTP);
    *request.uri_mut() = Uri::from_parts(parts)?;
    request.headers_mut().remove(CONNECTION);
    Ok(request)
}

/// The answer with `Connection: close`.
fn closing(mut response: handler::Response) -> handler::Response {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

fn empty(status: StatusCode) -> handler::Response {
    let mut response =
        Response::new(Empty::<Bytes>::new().map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = status;
    response
}

fn full(body: Bytes) -> handler::Response {
    Response::new(Full::new(body).map_err(|never| match never {}).boxed_unsync())
}

fn json(body: Bytes) -> handler::Response {
    let mut response = full(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
