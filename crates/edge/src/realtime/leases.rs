//! Who polls this instance is online: the instance renews the leases of all of them in one statement
//! an interval (design, "Data": presence).

use longwave_core::Millis;
use longwave_core::presence::{Present, RENEWAL};
use longwave_store::{Sql, presence};
use std::cell::RefCell;
use std::collections::HashMap;

/// The leases that this instance keeps.
#[derive(Default)]
pub(super) struct Leases {
    /// When a lease was last due.
    last: HashMap<Present, Millis>,
    /// Those who came and have no fresh lease of this instance yet.
    due: Vec<Present>,
    /// When all who still wait are due again.
    next: Millis,
}

impl Leases {
    /// Somebody polls.
    pub(super) fn arrive(&mut self, present: Present, now: Millis) {
        let last = self.last.get(&present);
        if last.is_none_or(|last| (now - last).abs() >= RENEWAL) {
            self.last.insert(present.clone(), now);
            self.due.push(present);
        }
    }

    /// Those whose leases are to be renewed at `now`, when `waiting` wait.
    fn due<'a>(&mut self, waiting: impl Iterator<Item = &'a Present>, now: Millis) -> Vec<Present> {
        if (self.next - now).abs() > RENEWAL || self.next <= now {
            self.next = now + RENEWAL;
            self.last.retain(|_, last| (now - *last).abs() < RENEWAL);
            waiting.for_each(|present| self.arrive(present.clone(), now));
        }
        std::mem::take(&mut self.due)
    }
}

/// Renews what is due. That it fails is said in the log and stops nobody's poll: somebody may seem
/// to be offline, and no message is late.
pub(super) async fn renew(hub: &RefCell<super::Hub>, sql: &impl Sql, now: Millis) {
    let due = {
        let hub = &mut *hub.borrow_mut();
        hub.leases.due(hub.waiters.values().map(|waiter| &waiter.present), now)
    };
    if due.is_empty() {
        return;
    }
    if let Err(error) = presence::renew(sql, &due, now).await {
        eprintln!("leases: {error} ({})", error.cause().unwrap_or_default());
    }
}
