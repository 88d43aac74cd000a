//! The leases of this instance. It renews the presence of all users that poll it, and its own lease, in one statement
//! per interval. Instances know of each other by their leases.

use longwave_core::Millis;
use longwave_core::presence::{INSTANCES_KEPT, OpenPoll, RENEWAL, UserOnPlatform};
use longwave_core::user::Platform;
use longwave_store::presence::Standing;
use std::collections::HashMap;

/// How long new polls are collected before their leases are written.
const GATHER: Millis = 500;

/// How often the instances are counted while there are more than [`INSTANCES_KEPT`]. The count sets the tick, which
/// grows with it.
const RECOUNT: Millis = 1_000;

/// The leases that this instance keeps.
pub(super) struct Leases {
    instance_id: String,
    /// The number of instances that held polls at the last count, including this one.
    instances: u32,
    /// Whether this instance was one too many at the last count.
    is_surplus: bool,
    last: HashMap<UserOnPlatform, Last>,
    /// New polls whose leases are not written yet.
    due: Vec<OpenPoll>,
    /// When the leases of new polls are due.
    next_some: Millis,
    /// When the leases of all waiting polls are due.
    next_all: Millis,
    /// When the instances are counted again.
    next_count: Millis,
}

/// The latest lease of a user on a platform in this instance.
struct Last {
    /// When the lease became due.
    due: Millis,
    /// When the poll of the lease ends at the latest.
    until: Millis,
    /// When the lease was last written; `None` if never.
    written: Option<Millis>,
}

impl Leases {
    pub(super) fn new(instance_id: String) -> Self {
        let (last, due) = Default::default();
        Self {
            instance_id,
            instances: 1,
            is_surplus: false,
            last,
            due,
            next_some: 0,
            next_all: 0,
            next_count: 0,
        }
    }

    /// The number of instances that hold polls, including this one.
    pub(super) const fn instances(&self) -> u32 {
        self.instances
    }

    /// Whether this instance was one too many at the last count.
    pub(super) const fn is_surplus(&self) -> bool {
        self.is_surplus
    }

    /// Notes the number of instances, and whether this one should end.
    pub(super) fn counted(&mut self, standing: Standing, now: Millis) {
        self.instances = standing.instances.try_into().unwrap_or(u32::MAX);
        self.is_surplus = standing.is_surplus;
        self.next_count = now + RECOUNT;
    }

    /// The id of this instance.
    pub(super) fn instance_id(&self) -> &str {
        &self.instance_id
    }

    /// Notes an arriving poll. Its lease becomes due, unless one became due within [`RENEWAL`] for
    /// a poll that has not reached its end.
    pub(super) fn arrive(&mut self, poll: &OpenPoll, now: Millis) {
        // The previous poll has ended, so other instances do not know about this one: write a lease.
        let last = self.last.get(&poll.present);
        if last.is_none_or(|last| (now - last.due).abs() >= RENEWAL || last.until <= now) {
            let written = last.and_then(|last| last.written);
            let last = Last { due: now, until: poll.until, written };
            self.last.insert(poll.present.clone(), last);
            self.due.push(poll.clone());
        }
    }

    /// Forgets the lease of a user whose login on the platform changed: the next poll writes a lease.
    pub(super) fn forget(&mut self, user_id: &str, platform: Platform) {
        self.last.retain(|it, _| it.platform != platform || it.user_id.as_str() != user_id);
    }

    /// Notes the end of a poll, and returns whether its lease must still be written. A lease that
    /// was written within [`RENEWAL`] is enough: repeated polls that do not wait cause few writes.
    pub(super) fn ended(&mut self, poll: &OpenPoll, now: Millis) -> bool {
        let Some(at) = self.due.iter().position(|due| due == poll) else { return false };
        let written = self.last.get(&poll.present).and_then(|last| last.written);
        self.last.insert(poll.present.clone(), Last { due: now, until: now, written });
        let is_fresh = written.is_some_and(|written| (now - written).abs() < RENEWAL);
        if is_fresh {
            self.due.swap_remove(at);
        } else {
            self.due[at].until = now;
        }
        !is_fresh
    }

    /// Whether leases are due at `now`.
    pub(super) fn is_time(&self, now: Millis) -> bool {
        self.counts(now)
            || self.all_are_due(now)
            || (!self.due.is_empty() && is_due(self.next_some, GATHER, now))
    }

    /// Whether it is time to count the instances, because there are too many.
    pub(super) fn counts(&self, now: Millis) -> bool {
        i64::from(self.instances) > INSTANCES_KEPT && is_due(self.next_count, RECOUNT, now)
    }

    /// Whether it is time to renew the leases of all waiting polls.
    pub(super) fn all_are_due(&self, now: Millis) -> bool {
        is_due(self.next_all, RENEWAL, now)
    }

    /// Takes the polls whose leases are due at `now`. `waiting`: all waiting polls. New polls are collected first,
    /// unless `at_once`.
    pub(super) fn due<'a>(
        &mut self,
        waiting: impl Iterator<Item = &'a OpenPoll>,
        now: Millis,
        at_once: bool,
    ) -> Vec<OpenPoll> {
        if self.all_are_due(now) {
            self.next_all = now + RENEWAL;
            self.last.retain(|_, last| (now - last.due).abs() < RENEWAL);
            waiting.for_each(|poll| self.arrive(poll, now));
        } else if !at_once && !is_due(self.next_some, GATHER, now) {
            return Vec::new();
        }
        if !self.due.is_empty() {
            self.next_some = now + GATHER;
        }
        for poll in &self.due {
            if let Some(last) = self.last.get_mut(&poll.present) {
                last.written = Some(now);
            }
        }
        std::mem::take(&mut self.due)
    }
}

/// Whether work that is done every `interval`, next at `next`, is due at `now`. It is due too if
/// the clock was set back.
const fn is_due(next: Millis, interval: Millis, now: Millis) -> bool {
    next <= now || next - now > interval
}
