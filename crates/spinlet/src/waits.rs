//! A guest's waits, which end at their time, or early when the server stops or the client of the request is gone.
//!
//! wasmtime cannot cancel a guest's task from outside, so the guest is woken instead: a wait of
//! `wasi:clocks/monotonic-clock` ends early, and the guest can tell that from its clock.

use crate::host::Host;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use wasmtime::AsContextMut;
use wasmtime::component::{Accessor, GuestTaskId, HasData, Linker};
use wasmtime_wasi::clocks::WasiClocksView;
use wasmtime_wasi::p3::bindings::clocks::monotonic_clock::{self, Duration as Nanoseconds, Mark};

/// Longest wait after a guest's waits have ended early. It is not zero: a guest that waits again
/// and again without checking its clock would block its instance.
const SHORT: Duration = Duration::from_millis(10);

/// The tokens that end an instance's waits early.
pub struct Waits {
    /// Cancelled when the server stops.
    stopping: CancellationToken,
    /// The tokens of the requests' tasks. The entry of an ended task stays until its id is reused, so there are never
    /// more entries than tasks ran at a time.
    requests: HashMap<GuestTaskId, CancellationToken>,
}

impl Waits {
    /// Waits that end when the server stops.
    #[must_use]
    pub fn new(stopping: CancellationToken) -> Self {
        Self { stopping, requests: HashMap::new() }
    }

    /// Makes the waits of a task end with `ended` too, a child of the token that ends all waits.
    pub fn begin(&mut self, task: GuestTaskId, ended: CancellationToken) {
        self.requests.insert(task, ended);
    }

    fn ended(&self, task: Option<GuestTaskId>) -> CancellationToken {
        task.and_then(|task| self.requests.get(&task)).unwrap_or(&self.stopping).clone()
    }
}

/// The clock for guests' waits.
struct Clock;

impl HasData for Clock {
    type Data<'a> = &'a mut Host;
}

/// Replaces WASI's clock by the one whose waits can end early.
///
/// # Errors
/// When the clock does not fit the linker.
pub fn add_to_linker(linker: &mut Linker<Host>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    monotonic_clock::add_to_linker::<Host, Clock>(linker, |host| host)?;
    linker.allow_shadowing(false);
    Ok(())
}

impl monotonic_clock::Host for Host {
    fn now(&mut self) -> wasmtime::Result<Mark> {
        monotonic_clock::Host::now(&mut self.clocks())
    }

    fn get_resolution(&mut self) -> wasmtime::Result<Nanoseconds> {
        monotonic_clock::Host::get_resolution(&mut self.clocks())
    }
}

impl<T> monotonic_clock::HostWithStore<T> for Clock {
    async fn wait_until(store: &Accessor<T, Self>, when: Mark) -> wasmtime::Result<()> {
        let now = store.with(|mut access| monotonic_clock::Host::now(access.get()))?;
        wait(store, when.saturating_sub(now)).await
    }

    async fn wait_for(store: &Accessor<T, Self>, how_long: Nanoseconds) -> wasmtime::Result<()> {
        wait(store, how_long).await
    }
}

async fn wait<T>(store: &Accessor<T, Clock>, how_long: Nanoseconds) -> wasmtime::Result<()> {
    let how_long = Duration::from_nanos(how_long);
    if how_long.is_zero() {
        return Ok(());
    }
    if how_long <= SHORT {
        sleep(how_long).await;
        return Ok(());
    }
    let ended = store.with(|mut access| -> wasmtime::Result<_> {
        let task = access.as_context_mut().async_call_stack()?.last();
        Ok(access.get().waits.ended(task))
    })?;
    if ended.is_cancelled() {
        sleep(SHORT).await;
        return Ok(());
    }
    tokio::select! {
        () = sleep(how_long) => {}
        () = ended.cancelled() => {}
    }
    Ok(())
}
