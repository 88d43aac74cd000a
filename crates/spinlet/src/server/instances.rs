//! A component's instances, reused as in Spin.

use super::Stopping;
use crate::cli::{Range, Seconds};
use crate::host::{Component, Host};
use crate::terminal::say;
use std::num::NonZero;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{self, Poll};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use wasmtime::component::GuestTaskId;
use wasmtime::{Engine, Store, StoreContextMut};
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, Proxy, ProxyHandler, ShouldAccept, ViewFn, WorkerExpiration,
    WorkerState, WorkerStatus,
};
use wasmtime_wasi_http::p3::WasiHttpView;
use wasmtime_wasi_http::p3::bindings::ServicePre;

/// How instances are reused, from the flags of the same names.
#[derive(Clone, Copy)]
pub struct Reuse {
    /// Requests an instance serves before it is dropped.
    pub max_instance_reuse_count: Range<usize>,
    /// Requests an instance serves at a time.
    pub max_instance_concurrent_reuse_count: Range<usize>,
    /// How long an idle instance is kept.
    pub idle_instance_timeout: Range<Seconds>,
    /// How long a request may take; `None`: without limit.
    pub request_timeout: Option<Range<Seconds>>,
}

/// A component's handler, which creates its instances.
pub struct Handler {
    engine: Engine,
    component: Arc<Component>,
    service: ServicePre<Host>,
    reuse: Reuse,
    stopping: Stopping,
    /// Places for requests that begin to run in a guest: one per processor, or, as in Spin, unlimited. If unlimited,
    /// each request of a burst that finds all instances running opens one more: hundreds, which no processor can run
    /// at once and which stay.
    pub(super) beginning: Arc<Semaphore>,
}

/// The requests of an instance that begin to run. Each holds a place of [`Handler::beginning`] until the guest waits
/// for something and the instance can take another request, or until the instance ends.
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

    /// Records that the guest waits. If it already did and has taken no other request since, a host call keeps it
    /// busy, and the places are released: other requests must not wait for that call.
    fn guest_waits(&self) {
        if self.guest_waits.swap(true, Ordering::Relaxed) {
            self.release();
        }
    }

    /// Releases the places if the guest waits, so that the instance can take another request. Released any sooner,
    /// the next request would find the instance still running and open another one.
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

impl Handler {
    /// The handler of a loaded component.
    #[must_use]
    pub fn new(
        engine: &Engine,
        component: Component,
        service: ServicePre<Host>,
        reuse: Reuse,
        stopping: Stopping,
        as_spin: bool,
    ) -> ProxyHandler<Self> {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        let places = if as_spin { Semaphore::MAX_PERMITS } else { processors };
        ProxyHandler::new(Self {
            engine: engine.clone(),
            component: Arc::new(component),
            service,
            reuse,
            stopping,
            beginning: Arc::new(Semaphore::new(places)),
        })
    }
}

/// The data that a request hands to the instance that runs it.
pub struct Begins {
    /// The request's place of `Handler::beginning`.
    pub place: OwnedSemaphorePermit,
    /// Ends its guest's waits when the client no longer wants the answer, or the server stops.
    pub ended: CancellationToken,
}

impl HandlerState for Handler {
    type StoreData = Host;
    type WorkerExpiration = Expiration;
    type WorkerState = Worker;

    async fn instantiate(&self) -> wasmtime::Result<Instance<Host, Expiration, Worker>> {
        let host = Host::new(Arc::clone(&self.component), self.stopping.asked.clone());
        let mut store = Store::new(&self.engine, host);
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

/// When an instance is dropped: idle for too long, or busy with a request for too long.
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
        // An instance polls its expiration only while its guest waits for something.
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

/// The reuse rules of one instance.
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
    type RequestId = Begins;

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
        mut store: StoreContextMut<'_, Host>,
        Begins { place, ended }: Begins,
        task: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        store.data_mut().waits.begin(task, ended);
        self.begun.add(place);
        match self.request_timeout {
            Duration::MAX => Box::pin(std::future::pending()),
            timeout => Box::pin(tokio::time::sleep(timeout)),
        }
    }

    fn drop(&self, _: Store<Host>, result: wasmtime::Result<()>) {
        self.begun.release();
        if let Err(error) = result
            && !self.stopping.cut_off.load(Ordering::Relaxed)
        {
            say(format_args!("component '{}': an instance failed: {error:?}", self.component.id));
        }
    }
}
