//! Who reads the log also has it forget what is too old, a little at a time.

use crate::log;
use longwave_core::Millis;
use longwave_core::retention::Retention;
use longwave_store::{Sql, event};
use std::cell::RefCell;

/// How often to look for what is too old, once there is no more of it.
const INTERVAL: Millis = 10_000;

/// How far this instance is with forgetting.
#[derive(Default)]
pub(super) struct Pruning {
    next: Millis,
    /// The oldest event that was kept the last time.
    oldest: i64,
}

impl Pruning {
    /// Whether it is time to look; also when the clock was set back.
    pub(super) const fn is_time(&self, now: Millis) -> bool {
        self.next <= now || self.next - now > INTERVAL
    }
}

/// Forgets some of what is too old, if it is time to. That it fails is said in the log and stops
/// nobody's poll: the log is longer than it need be.
pub(super) async fn prune(
    hub: &RefCell<super::Hub>,
    sql: &impl Sql,
    retention: Retention,
    now: Millis,
) {
    if !hub.borrow().pruning.is_time(now) {
        return;
    }
    let pruned = event::prune(sql, retention, now).await;
    let pruning = &mut hub.borrow_mut().pruning;
    match pruned {
        // There may be more: go on at the next tick.
        Ok(oldest) if oldest != pruning.oldest => {
            *pruning = Pruning { next: now, oldest };
            return;
        }
        Ok(_) => {}
        Err(error) => {
            log::trouble(&format!("prune: {error} ({})", error.cause().unwrap_or_default()));
        }
    }
    pruning.next = now + INTERVAL;
}
