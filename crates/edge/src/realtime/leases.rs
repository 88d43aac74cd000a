//! Who polls this instance is online: the instance renews the leases of all of them in one statement an interval, and
//! its own, by which instances know of each other.

use longwave_core::Millis;
use longwave_core::presence::{INSTANCES_KEPT, OpenPoll, RENEWAL, UserOnPlatform};
use longwave_core::user::Platform;
use longwave_store::presence::Standing;
use std::collections::HashMap;

/// For how long those who come are gathered before they get their leases.
const GATHER: Millis = 500;

/// How often the instances are counted while there are more than stay: each looks at the log the less often, the more
/// there are.
const RECOUNT: Millis = 1_000;

/// The leases that this instance keeps.
pub(super) struct Leases {
    instance_id: String,
    /// How many instances held polls at the last renewal, this one included.
    instances: u32,
    /// Whether this is one too many of them.
    is_surplus: bool,
    last: HashMap<UserOnPlatform, Last>,
    /// The polls of those who came and have no fresh lease of this instance yet.
    due: Vec<OpenPoll>,
    /// When those who came are due.
    next_some: Millis,
    /// When all who wait are due again.
    next_all: Millis,
    /// When the instances are counted again.
    next_count: Millis,
}

/// What became of somebody's lease here.
struct Last {
    /// When it was due.
    due: Millis,
    /// Until when its poll was to wait.
    until: Millis,
    /// When it was written.
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

    /// How many instances hold polls, this one included.
    pub(super) const fn instances(&self) -> u32 {
        self.instances
    }

    /// Whether this instance was one too many at the last renewal.
    pub(super) const fn is_surplus(&self) -> bool {
        self.is_surplus
    }

    /// Notes how many instances there are, and whether this one is to end.
    pub(super) fn counted(&mut self, standing: Standing, now: Millis) {
        self.instances = standing.instances.try_into().unwrap_or(u32::MAX);
        self.is_surplus = standing.is_surplus;
        self.next_count = now + RECOUNT;
    }

    /// By which id this instance goes.
    pub(super) fn instance_id(&self) -> &str {
        &self.instance_id
    }

    /// Somebody polls.
    pub(super) fn arrive(&mut self, poll: &OpenPoll, now: Millis) {
        // Where the last one no longer waits, that this one does is news to other instances.
        let last = self.last.get(&poll.present);
        if last.is_none_or(|last| (now - last.due).abs() >= RENEWAL || last.until <= now) {
            let written = last.and_then(|last| last.written);
            let last = Last { due: now, until: poll.until, written };
            self.last.insert(poll.present.clone(), last);
            self.due.push(poll.clone());
        }
    }

    /// Somebody polled another instance: the next poll here is news again.
    pub(super) fn forget(&mut self, user_id: &str, platform: Platform) {
        self.last.retain(|it, _| it.platform != platform || it.user_id.as_str() != user_id);
    }

    /// A poll has ended; gives whether its lease is still to be written. Who polls again and again
    /// without waiting has one that is fresh enough: polls are not to cost the others the disk.
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

    /// Whether it is time to count the instances, because some of them are about to end.
    pub(super) fn counts(&self, now: Millis) -> bool {
        i64::from(self.instances) > INSTANCES_KEPT && is_due(self.next_count, RECOUNT, now)
    }

    /// Whether it is time to renew the leases of all who wait.
    pub(super) fn all_are_due(&self, now: Millis) -> bool {
        is_due(self.next_all, RENEWAL, now)
    }

    /// Those whose leases are to be renewed at `now`, when `waiting` wait; those who came are gathered
    /// first, unless it is to be `at_once`.
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

/// Whether what is done every `interval`, and next at `next`, is due: also when the clock was set back.
const fn is_due(next: Millis, interval: Millis, now: Millis) -> bool {
    next <= now || next - now > interval
}
