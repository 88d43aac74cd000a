//! Time and randomness: the only place they come from.

use longwave_core::Millis;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use uuid::{NoContext, Timestamp, Uuid};

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

/// A fresh id of a moment: 74 random bits behind it, in a version 7 uuid.
#[must_use]
pub fn uuid_at(moment: Millis) -> Uuid {
    let millis = u64::try_from(moment).unwrap_or(0);
    let nanos = u32::try_from(millis % 1000 * 1_000_000).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(NoContext, millis / 1000, nanos))
}

/// 122 fresh random bits, in a version 4 uuid.
#[must_use]
pub fn random() -> Uuid {
    Uuid::new_v4()
}

/// A clock to wait by. There is one for an instance, and one for tests, which hold time.
pub trait Clock {
    /// The time of day.
    fn now(&self) -> Millis;

    /// Ends after `duration`.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()>;
}

/// The machine's clock.
#[derive(Debug)]
pub struct System;

impl Clock for System {
    fn now(&self) -> Millis {
        now()
    }

    async fn sleep(&self, duration: Duration) {
        spin_sdk::time::sleep(duration).await;
    }
}
