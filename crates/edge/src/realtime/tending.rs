//! What an instance does beside its polls: leases are renewed, and the log forgets. One task of the instance does it
//! all, one statement after the other, so that no answer and no reader waits for it, however long it takes.

use super::hub::Hub;
use super::{leases, pruning, retiring};
use crate::clock::Runtime;
use longwave_core::retention::Retention;
use longwave_store::Sql;
use std::cell::RefCell;
use std::rc::Rc;

/// Whether it is under way.
#[derive(Default)]
pub(super) struct Tending {
    is_under_way: bool,
    /// Somebody polled without waiting: its lease is due at once.
    at_once: bool,
}

/// Begins what is due, unless it is under way; what became due meanwhile is then done after it.
pub(super) fn tend<R: Runtime, B: Sql + 'static>(
    hub: &Rc<RefCell<Hub>>,
    runtime: &R,
    background: &Rc<B>,
    retention: Retention,
    at_once: bool,
) {
    let now = runtime.now();
    let is_due = {
        let hub = &mut *hub.borrow_mut();
        hub.tending.at_once |= at_once;
        !hub.tending.is_under_way
            && !hub.retires()
            && (hub.tending.at_once || hub.leases.is_time(now) || hub.pruning.is_time(now))
    };
    if is_due {
        let task = run(UnderWay::begin(hub), runtime.clone(), Rc::clone(background), retention);
        runtime.spawn(task);
    }
}

async fn run(hub: UnderWay, runtime: impl Runtime, background: Rc<impl Sql>, retention: Retention) {
    let UnderWay(hub) = &hub;
    loop {
        let at_once = std::mem::take(&mut hub.borrow_mut().tending.at_once);
        leases::renew(hub, &*background, runtime.now(), at_once).await;
        if hub.borrow().leases.is_surplus() {
            return retiring::retire(hub, &runtime, &*background).await;
        }
        // Whoever only comes and goes leaves this to those who wait.
        if hub.borrow().is_waited_in() {
            pruning::prune(hub, &*background, retention, runtime.now()).await;
        }
        if !hub.borrow().tending.at_once {
            return;
        }
    }
}

/// Is there as long as the task is.
struct UnderWay(Rc<RefCell<Hub>>);

impl UnderWay {
    fn begin(hub: &Rc<RefCell<Hub>>) -> Self {
        hub.borrow_mut().tending.is_under_way = true;
        Self(Rc::clone(hub))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.borrow_mut().tending.is_under_way = false;
    }
}
