//! Time and randomness: the only place they come from.

use longwave_core::Millis;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
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

/// Ends after `duration`.
pub async fn sleep(duration: Duration) {
    spin_sdk::time::sleep(duration).await;
}
