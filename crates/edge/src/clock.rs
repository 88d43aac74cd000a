//! Time, randomness and tasks: the only place they come from.

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

/// A fresh id whose order is about that of time.
#[must_use]
pub fn uuid() -> Uuid {
    Uuid::now_v7()
}

/// 122 fresh random bits, in a version 4 uuid.
#[must_use]
pub fn random() -> Uuid {
    Uuid::new_v4()
}

/// How a sleep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slept {
    /// After its time.
    Enough,
    /// Before its time: the server stops, or nobody takes the answer any more.
    CutShort,
}

impl Slept {
    /// How a sleep of `asked` ended that took `slept`. Hosts measure a little differently from guests.
    fn of(asked: Duration, slept: Duration) -> Self {
        const SLACK: Duration = Duration::from_millis(1);
        if slept + SLACK.min(asked / 2) < asked { Self::CutShort } else { Self::Enough }
    }
}

/// What a request runs on. There is one for an instance, and one for tests, which hold time.
pub trait Runtime: Clone + 'static {
    /// The time of day, which may be set forward and back.
    fn now(&self) -> Millis;

    /// Time that only goes forward, since some moment.
    fn elapsed(&self) -> Duration;

    /// Sleeps for `duration`, or until the host wants the request to end.
    fn sleep(&self, duration: Duration) -> impl Future<Output = Slept>;

    /// Has the host give this instance no further request, and drop it once it has answered all. One that is on its way
    /// in at that moment waits until the instance opens.
    fn close(&self) -> impl Future<Output = ()>;

    /// Undoes one [`close`](Self::close).
    fn open(&self);

    /// Runs `task` to its end beside the request, whose answer does not wait for it.
    fn spawn(&self, task: impl Future<Output = ()> + 'static);
}

/// Lets the others of the instance go on.
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

/// How often a task yields for its host to see it once: the executor of a component sees it first.
const YIELDS: u32 = 6;

/// The machine.
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
        // The host runs who yields when nothing else is to be run, no request that has come in either.
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
    fn a_sleep_that_ends_early_is_told_from_one_that_ends_a_rounding_early() {
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
