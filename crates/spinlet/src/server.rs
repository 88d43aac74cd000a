//! The HTTP trigger: connections, routing, and instances that are reused as in Spin.

use crate::cli::{Range, Seconds};
use crate::host::{Component, Host};
use crate::routes::Routes;
use crate::terminal::say;
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::header::{CONNECTION, HOST};
use http::uri::{Authority, Scheme};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::num::NonZero;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{self, Poll};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::component::GuestTaskId;
use wasmtime::{Engine, Store, StoreContextMut};
use wasmtime_wasi_http::handler::{
    self, ErrorCode, HandlerState, Instance, Proxy, ProxyHandler, ShouldAccept, ViewFn,
    WorkerExpiration, WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::p3::WasiHttpView;
use wasmtime_wasi_http::p3::bindings::ServicePre;
use wasmtime_wasi_http::p3::bindings::http::types;

/// How long running requests have once the server is asked to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Where an application says how it is.
const HEALTH: &str = "/healthz";

/// How long that may take at the start, when a database may have to be brought up to date.
const HEALTH_LIMIT: Duration = Duration::from_mins(10);

/// How instances are reused; the flags of the same names.
#[derive(Clone, Copy)]
pub struct Reuse {
    /// Requests an instance serves before it is dropped.
    pub max_instance_reuse_count: Range<usize>,
    /// Requests an instance serves at a time.
    pub max_instance_concurrent_reuse_count: Range<usize>,
    /// How long an idle one is kept.
    pub idle_instance_timeout: Range<Seconds>,
    /// How long a request may take.
    pub request_timeout: Option<Range<Seconds>>,
}

/// A component's handler: makes its instances.
pub struct Handler {
    engine: Engine,
    component: Arc<Component>,
    service: ServicePre<Host>,
    reuse: Reuse,
    stopping: Stopping,
    /// A place for each request that begins to run in a guest, as many as there are processors. Without
    /// it, each request of a burst that finds all instances running opens one more, hundreds at once,
    /// which no processor would run and which stay.
    beginning: Arc<Semaphore>,
}

/// The requests of an instance that begin to run: each has a place of [`Handler::beginning`] until the
/// guest waits for something and can take another request, or is done.
#[derive(Clone)]
struct Begun {
    places: Arc<Semaphore>,
    count: Arc<AtomicUsize>,
    guest_waits: Arc<AtomicBool>,
}

impl Begun {
    fn add(&self, place: OwnedSemaphorePermit) {
        place.forget();
        self.count.fetch_add(1, Ordering::Relaxed);
        self.guest_waits.store(false, Ordering::Relaxed);
    }

    /// The guest waits for something. If it did before and took no other request, a call of the host
    /// keeps it: others are not to wait for that.
    fn guest_waits(&self) {
        if self.guest_waits.swap(true, Ordering::Relaxed) {
            self.release();
        }
    }

    /// The instance can take another request, if its guest waits: given up any sooner, the next one would
    /// find it running still, and open another.
    fn can_take_another(&self) {
        if self.guest_waits.load(Ordering::Relaxed) {
            self.release();
        }
    }

    fn release(&self) {
        match self.count.swap(0, Ordering::Relaxed) {
            0 => {}
            count => self.places.add_permits(count),
        }
    }
}

/// Set once the server stops: instances that end from then on were not ended by a fault.
#[derive(Clone, Default)]
pub struct Stopping(Arc<AtomicBool>);

impl Handler {
    /// The handler of a loaded component.
    #[must_use]
    pub fn new(
        engine: &Engine,
        component: Component,
        service: ServicePre<Host>,
        reuse: Reuse,
        stopping: Stopping,
    ) -> ProxyHandler<Self> {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        ProxyHandler::new(Self {
            engine: engine.clone(),
            component: Arc::new(component),
            service,
            reuse,
            stopping,
            beginning: Arc::new(Semaphore::new(processors)),
        })
    }
}

impl HandlerState for Handler {
    type StoreData = Host;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<Instance<Host, Expiration, Worker>> {
        let mut store = Store::new(&self.engine, Host::new(Arc::clone(&self.component)));
        let service = self.service.instantiate_async(&mut store).await?;
        let (count, guest_waits) = Default::default();
        let begun = Begun { places: Arc::clone(&self.beginning), count, guest_waits };
        let request_timeout =
            self.reuse.request_timeout.map_or(Duration::MAX, Range::<Seconds>::sample);
        Ok(Instance {
            store,
            proxy: Proxy::P3(service),
            view: ViewFn::P3(Host::http),
            expiration: Expiration {
                idle_timeout: self.reuse.idle_instance_timeout.sample(),
                request_timeout,
                sleep: Box::pin(tokio::time::sleep(Duration::ZERO)),
                begun: begun.clone(),
            },
            state: Worker {
                component: Arc::clone(&self.component),
                stopping: self.stopping.clone(),
                request_timeout,
                max_reuse: self.reuse.max_instance_reuse_count.sample(),
                max_concurrent: self.reuse.max_instance_concurrent_reuse_count.sample(),
                begun,
            },
        })
    }
}

/// When an instance is given up: idle for too long, or busy with a request for too long.
pub struct Expiration {
    idle_timeout: Duration,
    request_timeout: Duration,
    sleep: Pin<Box<tokio::time::Sleep>>,
    begun: Begun,
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut task::Context<'_>,
        status: WorkerStatus,
        start: Instant,
    ) -> Poll<()> {
        // The instance only looks for its end when its guest waits for something.
        self.begun.guest_waits();
        let timeout = match status {
            WorkerStatus::Idle => self.idle_timeout,
            WorkerStatus::Requests | WorkerStatus::PostReturn => self.request_timeout,
        };
        let Some(deadline) = start.checked_add(timeout) else { return Poll::Pending };
        let deadline = deadline.into();
        if self.sleep.deadline() != deadline {
            self.sleep.as_mut().reset(deadline);
        }
        self.sleep.as_mut().poll(context)
    }
}

/// One instance's rules of reuse.
pub struct Worker {
    component: Arc<Component>,
    stopping: Stopping,
    request_timeout: Duration,
    max_reuse: usize,
    max_concurrent: usize,
    begun: Begun,
}

impl WorkerState for Worker {
    type StoreData = Host;
    type RequestId = OwnedSemaphorePermit;

    fn should_accept_request(&self, concurrent_count: usize, total_count: usize) -> ShouldAccept {
        self.begun.can_take_another();
        if total_count >= self.max_reuse {
            ShouldAccept::Never
        } else if concurrent_count >= self.max_concurrent {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, Host>,
        place: OwnedSemaphorePermit,
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        self.begun.add(place);
        match self.request_timeout {
            Duration::MAX => Box::pin(std::future::pending()),
            timeout => Box::pin(tokio::time::sleep(timeout)),
        }
    }

    fn drop(&self, _: Store<Host>, result: wasmtime::Result<()>) {
        self.begun.release();
        if let Err(error) = result
            && !self.stopping.0.load(Ordering::Relaxed)
        {
            say(format_args!("component '{}': an instance failed: {error:?}", self.component.id));
        }
    }
}

/// A bound server of an application.
pub struct Server {
    listener: TcpListener,
    app: Arc<App>,
}

/// What every connection shares.
struct App {
    routes: Routes,
    handlers: HashMap<String, ProxyHandler<Handler>>,
    max_request_body: usize,
}

impl Server {
    /// Takes the address.
    ///
    /// # Errors
    /// When it is in use or not ours.
    pub async fn bind(
        listen: SocketAddr,
        routes: Routes,
        handlers: HashMap<String, ProxyHandler<Handler>>,
        max_request_body: usize,
    ) -> Result<Self> {
        let listener = TcpListener::bind(listen).await.map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                anyhow::anyhow!("{listen} is already in use; stop what uses it, or give another address with --listen")
            }
            _ => anyhow::anyhow!("cannot listen on {listen}: {error}"),
        })?;
        Ok(Self { listener, app: Arc::new(App { routes, handlers, max_request_body }) })
    }

    /// The address taken, with its real port.
    ///
    /// # Errors
    /// The system's.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Asks the application how it is, where it has the route `/healthz`, before anybody else asks it for anything.
    ///
    /// # Errors
    /// What it answered, unless it is 200.
    pub async fn check_health(&self) -> Result<()> {
        let address = self.address()?;
        let request =
            Request::get(format!("http://{address}{HEALTH}")).header(HOST, address.to_string());
        let mut request =
            request.body(Empty::new().map_err(|never| match never {}).boxed_unsync())?;
        let found = self.app.routes.find(HEALTH).filter(|found| found.route.pattern == HEALTH);
        let Some(found) = found else { return Ok(()) };
        let Some(handler) = self.app.handlers.get(&found.route.component) else { return Ok(()) };
        found.add_headers(&mut request, address);
        let place = Arc::clone(&handler.state().beginning).acquire_owned().await?;
        let answer = async {
            let (parts, body) = handler.handle(place, request).await?.into_parts();
            let body = body.collect().await.map_err(|error| wasmtime::format_err!("{error:?}"))?;
            wasmtime::error::Ok((parts.status, body.to_bytes()))
        };
        let (status, body) = tokio::time::timeout(HEALTH_LIMIT, answer)
            .await
            .with_context(|| format!("GET {HEALTH} was not answered within {HEALTH_LIMIT:?}"))?
            .map_err(|error| anyhow::anyhow!("GET {HEALTH} failed: {error:#}"))?;
        if status != StatusCode::OK {
            let body = String::from_utf8_lossy(&body);
            bail!("GET {HEALTH} is answered {} {}", status.as_u16(), body.trim());
        }
        Ok(())
    }

    /// Serves until `stop` ends; running requests then have five seconds.
    ///
    /// # Errors
    /// When connections can no longer be accepted.
    pub async fn serve(self, stop: impl Future<Output = ()>, stopping: &Stopping) -> Result<()> {
        let graceful = GracefulShutdown::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let (stream, client) = tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) if is_of_one_connection(&error) => continue,
                    Err(error) => return Err(error).context("cannot accept connections any more"),
                },
                () = &mut stop => break,
            };
            // A response leaves as two segments; without this, the second one waits for the
            // client's delayed acknowledgement of the first, 40 ms.
            if stream.set_nodelay(true).is_err() {
                continue;
            }
            let app = Arc::clone(&self.app);
            let service = service_fn(move |request| Arc::clone(&app).respond(request, client));
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service);
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                // A client that goes away in the middle is no news.
                drop(connection.await);
            });
        }
        drop(self.listener);
        drop(tokio::time::timeout(GRACE, graceful.shutdown()).await);
        stopping.0.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// Whether an error of `accept` says nothing about the next connection.
fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

impl App {
    async fn respond(
        self: Arc<Self>,
        request: Request<Incoming>,
        client: SocketAddr,
    ) -> Result<handler::Response, Infallible> {
        let path = request.uri().path();
        if let Some(well_known) = path.strip_prefix("/.well-known/spin/") {
            return Ok(match well_known {
                "health" => plain(StatusCode::OK, "OK"),
                _ => empty(StatusCode::NOT_FOUND),
            });
        }
        let Some(found) = self.routes.find(path) else { return Ok(empty(StatusCode::NOT_FOUND)) };
        let Some(handler) = self.handlers.get(&found.route.component) else {
            return Ok(empty(StatusCode::NOT_FOUND));
        };
        let declared = request.headers().get(http::header::CONTENT_LENGTH);
        let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if declared.is_some_and(|length| length > self.max_request_body) {
            return Ok(empty(StatusCode::PAYLOAD_TOO_LARGE));
        }
        let Ok(mut request) = with_full_uri(request) else {
            return Ok(empty(StatusCode::BAD_REQUEST));
        };
        found.add_headers(&mut request, client);
        let request = request.map(|body| {
            Limited::new(body, self.max_request_body)
                .map_err(|_| ErrorCode::P3(types::ErrorCode::HttpRequestBodySize(None)))
                .boxed_unsync()
        });
        let answered = match Arc::clone(&handler.state().beginning).acquire_owned().await {
            Ok(place) => handler.handle(place, request).await,
            Err(closed) => Err(closed.into()),
        };
        Ok(answered.unwrap_or_else(|error| {
            say(format_args!("component '{}': a request failed: {error:?}", found.route.component));
            empty(StatusCode::INTERNAL_SERVER_ERROR)
        }))
    }
}

/// The request with the scheme and authority that a guest expects in its URI, and without the
/// header that is only between the client and this server.
fn with_full_uri(mut request: Request<Incoming>) -> Result<Request<Incoming>> {
    let mut parts = request.uri().clone().into_parts();
    let host = request
        .headers()
        .get(HOST)
        .map(|host| anyhow::Ok(host.to_str()?.parse::<Authority>()?))
        .transpose()?;
    parts.authority = Some(parts.authority.or(host).context("no host")?);
    parts.scheme = Some(Scheme::HTTP);
    *request.uri_mut() = Uri::from_parts(parts)?;
    request.headers_mut().remove(CONNECTION);
    Ok(request)
}

fn empty(status: StatusCode) -> handler::Response {
    let mut response =
        Response::new(Empty::<Bytes>::new().map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = status;
    response
}

fn plain(status: StatusCode, text: &'static str) -> handler::Response {
    let mut response = Response::new(
        Full::new(Bytes::from_static(text.as_bytes()))
            .map_err(|never| match never {})
            .boxed_unsync(),
    );
    *response.status_mut() = status;
    response
}
