//! How long a guest's waits last: until their time, or until the server stops or the client of the
//! request has gone.
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

/// A wait that is to end early lasts at most so long. It is not zero: a guest that waits again and
/// again without a look at its clock would keep its instance from everything else.
const SHORT: Duration = Duration::from_millis(10);

/// What ends the waits in one instance before their time.
pub struct Waits {
    /// The server stops.
    stopping: CancellationToken,
    /// What ends those of a request's task. The entry of a task that has ended stays until its id is
    /// given to another, so there are never more than tasks ran at a time.
    requests: HashMap<GuestTaskId, CancellationToken>,
}

impl Waits {
    /// Waits that end when the server stops.
    #[must_use]
    pub fn new(stopping: CancellationToken) -> Self {
        Self { stopping, requests: HashMap::new() }
    }

    /// From now on the waits of this task also end with `ended`, a child of what ends all waits.
    pub fn begin(&mut self, task: GuestTaskId, ended: CancellationToken) {
        self.requests.insert(task, ended);
    }

    fn ended(&self, task: Option<GuestTaskId>) -> CancellationToken {
        task.and_then(|task| self.requests.get(&task)).unwrap_or(&self.stopping).clone()
    }
}

/// The clock that guests wait by.
struct Clock;

impl HasData for Clock {
    type Data<'a> = &'a mut Host;
}

/// Puts the clock whose waits can end early in place of WASI's.
///
/// # Errors
/// When it does not fit what the linker has.
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
