//! Surplus instances end themselves.
//!
//! The runtime opens another instance for each request that finds all instances busy: hundreds in a burst of polls.
//! Each would stay as long as a poll waits in it, would take memory and a lease, and would lengthen the tick of all. So
//! young instances take no further requests, and end their polls and streams a little early. The clients poll again
//! with their cursors, spread over time, in the instances that stay.

use super::hub::Hub;
use crate::clock::{Runtime, Slept};
use crate::log;
use longwave_store::{Sql, presence};
use std::cell::RefCell;
use std::time::Duration;

/// How long the instance still holds its polls, so that the burst is over before their clients poll again.
const PATIENCE: Duration = Duration::from_secs(1);

/// Time over which the ends of the polls are spread: all at once would cause another burst.
const SPREAD: Duration = Duration::from_secs(3);

/// Ends this instance: the runtime can drop it after its last answer.
pub(super) async fn retire(hub: &RefCell<Hub>, runtime: &impl Runtime, sql: &impl Sql) {
    let instance_id = hub.borrow().leases.instance_id().to_owned();
    runtime.close().await;
    let (waiters, _) = hub.borrow().waiting_polls();
    let step = SPREAD / u32::try_from(waiters.len()).unwrap_or(u32::MAX).max(1);
    let mut wait = PATIENCE + part(step, &instance_id);
    for id in waiters {
        // If the host cuts the sleep short, it ends the waiting polls itself.
        let (Slept::Enough | Slept::CutShort) = runtime.sleep(wait).await;
        hub.borrow_mut().let_go(id);
        wait = step;
    }
    hub.borrow_mut().retire();
    if let Err(error) = presence::retire(sql, &instance_id).await {
        log::failure("leases", &error);
    }
    // A request that arrived while the instance closed has waited since then. Opening lets it be answered.
    runtime.open();
    runtime.close().await;
}

/// A fraction of a duration that differs per instance: the last bits of its uuid are random.
fn part(of: Duration, instance_id: &str) -> Duration {
    let bits = instance_id.get(32..36).unwrap_or_default();
    of * u32::from_str_radix(bits, 16).unwrap_or_default() / (1 << 16)
}
