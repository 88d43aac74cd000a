//! An instance that is one too many ends.
//!
//! The runtime opens another instance for each request that finds the others busy, hundreds in a burst of polls, and
//! each would stay for as long as a poll waits in it, with its memory, its lease and its share in the tick of all. So
//! the young ones take no further request, and their polls and streams end a little early: their clients come again
//! with their cursors, no longer all at once, into the instances that stay.

use super::hub::Hub;
use crate::clock::{Runtime, Slept};
use crate::log;
use longwave_store::{Sql, presence};
use std::cell::RefCell;
use std::time::Duration;

/// How long it still holds its polls: the burst is to be over before they come again.
const PATIENCE: Duration = Duration::from_secs(1);

/// Over how long the polls of a burst end, one after the other: together they would be a burst again.
const SPREAD: Duration = Duration::from_secs(3);

/// Ends this instance: the runtime may drop it with its last answer.
pub(super) async fn retire(hub: &RefCell<Hub>, runtime: &impl Runtime, sql: &impl Sql) {
    let instance_id = hub.borrow().leases.instance_id().to_owned();
    runtime.close().await;
    let (waiters, _) = hub.borrow().waiting_polls();
    let step = SPREAD / u32::try_from(waiters.len()).unwrap_or(u32::MAX).max(1);
    let mut wait = PATIENCE + part(step, &instance_id);
    for id in waiters {
        // Whose waits the host ends have ended.
        let (Slept::Enough | Slept::CutShort) = runtime.sleep(wait).await;
        hub.borrow_mut().let_go(id);
        wait = step;
    }
    hub.borrow_mut().retire();
    if let Err(error) = presence::retire(sql, &instance_id).await {
        log::failure("leases", &error);
    }
    // A request that came in as the instance closed has waited since, and is answered now.
    runtime.open();
    runtime.close().await;
}

/// A part of a time, another one for each instance: by the last bits of its uuid, which are random.
fn part(of: Duration, instance_id: &str) -> Duration {
    let bits = instance_id.get(32..36).unwrap_or_default();
    of * u32::from_str_radix(bits, 16).unwrap_or_default() / (1 << 16)
}
