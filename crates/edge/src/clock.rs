//! The only source of time, randomness and tasks.

use longwave_core::Millis;
use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// The time of day.
#[must_use]
pub fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

/// A new version 7 UUID. Its order is approximately that of time.
#[must_use]
pub fn uuid() -> Uuid {
    Uuid::now_v7()
}

/// A new version 4 UUID: 122 random bits.
#[must_use]
pub fn random() -> Uuid {
    Uuid::new_v4()
}

/// How a sleep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slept {
    /// After its full duration.
    Enough,
    /// Early: the server stops, or the client has disconnected.
    CutShort,
}

impl Slept {
    /// How a sleep of `asked` that took `slept` ended, with a tolerance because hosts measure time slightly
    /// differently.
    fn of(asked: Duration, slept: Duration) -> Self {
        const SLACK: Duration = Duration::from_millis(1);
        if slept + SLACK.min(asked / 2) < asked { Self::CutShort } else { Self::Enough }
    }
}

/// The runtime of a request: [`System`], or one whose time tests control.
pub trait Runtime: Clone + 'static {
    /// The time of day, which can jump forward and back.
    fn now(&self) -> Millis;

    /// Monotonic time since an arbitrary moment.
    fn elapsed(&self) -> Duration;

    /// Sleeps for `duration`, or until the host ends the request.
    fn sleep(&self, duration: Duration) -> impl Future<Output = Slept>;

    /// Makes the host send no further requests to this instance, and drop it after its last answer. A request that
    /// arrives at that moment waits until the instance opens.
    fn close(&self) -> impl Future<Output = ()>;

    /// Undoes one [`close`](Self::close).
    fn open(&self);

    /// Runs `task` to its end. The answer of the request does not wait for it.
    fn spawn(&self, task: impl Future<Output = ()> + 'static);
}

/// Yields to the other requests of the instance.
pub async fn give_way() {
    let mut has_waited = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Number of yields of a task after which the host has seen one. The first ones return to the
/// executor of the component.
const YIELDS: u32 = 6;

/// The runtime of a component in Spin.
#[derive(Clone, Copy, Debug)]
pub struct System;

impl Runtime for System {
    fn now(&self) -> Millis {
        now()
    }

    fn elapsed(&self) -> Duration {
        thread_local!(static START: Instant = Instant::now());
        START.with(Instant::elapsed)
    }

    async fn sleep(&self, duration: Duration) -> Slept {
        let begun = self.elapsed();
        spin_sdk::time::sleep(duration).await;
        Slept::of(duration, self.elapsed().saturating_sub(begun))
    }

    async fn close(&self) {
        // The host resumes a yielded task only when nothing else can run, including requests that have arrived.
        for _ in 0..YIELDS {
            wit_bindgen::yield_async().await;
        }
        wit_bindgen::backpressure_inc();
    }

    fn open(&self) {
        wit_bindgen::backpressure_dec();
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        wit_bindgen::spawn(task);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_that_ends_a_rounding_error_early_is_not_cut_short() {
        let slept =
            |asked, slept| Slept::of(Duration::from_micros(asked), Duration::from_micros(slept));
        for (asked, took) in [(25_000_000, 25_000_000), (1_000, 1_000), (1_000, 600), (0, 0)] {
            assert_eq!(slept(asked, took), Slept::Enough, "{asked} us, {took} us");
        }
        for (asked, took) in [(25_000_000, 0), (25_000_000, 24_000_000), (1_000, 50), (1_000, 0)] {
            assert_eq!(slept(asked, took), Slept::CutShort, "{asked} us, {took} us");
        }
    }
}
