//! The background work of an instance: it renews leases, prunes the log, and ends itself if there are too many
//! instances. One task does it all, one statement after the other, so no answer and no reader waits for it.

use super::hub::Hub;
use super::retiring;
use crate::clock::Runtime;
use crate::log;
use longwave_core::Millis;
use longwave_core::retention::Retention;
use longwave_store::{Sql, event, presence};
use std::cell::RefCell;
use std::rc::Rc;

/// Begins the work that is due, unless it is under way. `lease_at_once`: a poll ended without
/// waiting, and its lease is due now or, if work is under way, right after it.
pub(super) fn begin<R: Runtime, B: Sql + 'static>(
    hub: &Rc<RefCell<Hub>>,
    runtime: &R,
    background: &Rc<B>,
    retention: Retention,
    lease_at_once: bool,
) {
    let now = runtime.now();
    let is_due = {
        let hub = &mut *hub.borrow_mut();
        hub.work.lease_at_once |= lease_at_once;
        !hub.work.is_under_way
            && !hub.retires()
            && (hub.work.lease_at_once || hub.leases.is_time(now) || hub.pruning.is_time(now))
    };
    if is_due {
        let task = run(UnderWay::begin(hub), runtime.clone(), Rc::clone(background), retention);
        runtime.spawn(task);
    }
}

async fn run(hub: UnderWay, runtime: impl Runtime, background: Rc<impl Sql>, retention: Retention) {
    let UnderWay(hub) = &hub;
    loop {
        let at_once = std::mem::take(&mut hub.borrow_mut().work.lease_at_once);
        renew_leases(hub, &*background, runtime.now(), at_once).await;
        if hub.borrow().leases.is_surplus() {
            return retiring::retire(hub, &runtime, &*background).await;
        }
        // Only instances in which polls wait prune.
        if hub.borrow().is_waited_in() {
            prune(hub, &*background, retention, runtime.now()).await;
        }
        if !hub.borrow().work.lease_at_once {
            return;
        }
    }
}

/// Marks the background work as under way until it is dropped.
struct UnderWay(Rc<RefCell<Hub>>);

impl UnderWay {
    fn begin(hub: &Rc<RefCell<Hub>>) -> Self {
        hub.borrow_mut().work.is_under_way = true;
        Self(Rc::clone(hub))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.borrow_mut().work.is_under_way = false;
    }
}

/// Renews the leases that are due. After a renewal of all of them, ends the polls whose login has a later poll in
/// another instance. A failure is logged and ends no poll: a user may seem offline, and no message is late.
async fn renew_leases(hub: &RefCell<Hub>, sql: &impl Sql, now: Millis, at_once: bool) {
    let all = hub.borrow().leases.all_are_due(now);
    let counts = hub.borrow().leases.counts(now);
    let due = hub.borrow_mut().due(now, at_once);
    let instance_id = hub.borrow().leases.instance_id().to_owned();
    if counts || !due.is_empty() {
        let standing = if due.is_empty() {
            presence::standing(sql, &instance_id, now).await
        } else {
            presence::renew(sql, &instance_id, &due, now).await
        };
        match standing {
            Ok(standing) => hub.borrow_mut().leases.counted(standing, now),
            Err(error) => return log::failure("leases", &error),
        }
    }
    if !all {
        return;
    }
    let (waiters, polls) = hub.borrow().waiting_polls();
    match presence::elsewhere(sql, &instance_id, &polls, now).await {
        Ok(numbers) => {
            let mut hub = hub.borrow_mut();
            numbers
                .iter()
                .filter_map(|number| waiters.get(*number))
                .for_each(|id| hub.replace(*id));
        }
        Err(error) => log::failure("leases", &error),
    }
}

/// Prunes a part of the log, if it is time to. A failure is logged and ends no poll: the log only
/// stays larger until the next attempt.
async fn prune(hub: &RefCell<Hub>, sql: &impl Sql, retention: Retention, now: Millis) {
    if !hub.borrow().pruning.is_time(now) {
        return;
    }
    let pruned = event::prune(sql, retention, now).await;
    let pruned = pruned.inspect_err(|error| log::failure("prune", error));
    hub.borrow_mut().pruning.pruned(pruned.ok(), now);
}
