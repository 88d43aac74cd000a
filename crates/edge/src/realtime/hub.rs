//! The waiting polls of one instance, and which of them reads the log.

use super::leases::Leases;
use super::pruning::Pruning;
use longwave_core::Millis;
use longwave_core::cursor::{Cursor, Place};
use longwave_core::frame::{FRAMES_MAX, Frame};
use longwave_core::id::peers;
use longwave_core::presence::OpenPoll;
use longwave_core::user::Platform;
use longwave_store::event::{Audience, Event, GroupAudience};
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

/// The tick while the log is moving.
pub(super) const TICK_MOVING: Duration = Duration::from_millis(1);
/// The tick when the log is quiet.
pub(super) const TICK_QUIET: Duration = Duration::from_millis(10);
/// The minimum tick per instance that holds polls: with `n` instances, each ticks at most every `n`
/// times this long, so that the number of reads per second does not grow with their number.
const TICK_MOVING_SHARE: Duration = Duration::from_micros(500);
/// The same when the log is quiet.
const TICK_QUIET_SHARE: Duration = Duration::from_millis(2);
/// Number of ticks without a new event after which the log is quiet.
pub(super) const QUIET_AFTER: u32 = 100;
/// How long a known head of the log is trusted. It expires because a restored backup may replace
/// the history.
pub(super) const KNOWN_FOR: Duration = Duration::from_secs(5);
/// Maximum number of groups whose audience an instance caches.
pub(super) const GROUPS_MAX: usize = 256;

/// The waiting polls of one instance.
pub(super) struct Hub {
    pub(super) leases: Leases,
    pub(super) pruning: Pruning,
    pub(super) work: Work,
    /// The position up to which every waiting poll has been served. Without waiters, it does not advance.
    served: Place,
    /// The head of the log when it was last read.
    known: Option<Known>,
    waiters: HashMap<u64, Waiter>,
    /// The waiters of each user.
    by_user: HashMap<String, Vec<u64>>,
    /// The audiences of groups, as of `served`.
    groups: HashMap<String, CachedAudience>,
    last_id: u64,
    last_arrival: u64,
    /// Whether the instance is ending: it answers all polls at once.
    retires: bool,
    /// Whether one of the waiters is the reader.
    has_reader: bool,
    ticks_without_news: u32,
}

/// The cause of the end of a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The poll has events to return, or has timed out.
    Done,
    /// A later poll of the same login replaced it.
    Replaced,
    /// The host ended the request, or the instance ends.
    CutShort,
}

/// The state of the instance's background work.
#[derive(Default)]
pub(super) struct Work {
    pub(super) is_under_way: bool,
    /// A poll ended without waiting: its lease is due at once.
    pub(super) lease_at_once: bool,
}

/// The head of the log when it was last read.
struct Known {
    database_id: String,
    place: Place,
    /// When it was read.
    at: Duration,
}

/// The audience of a group.
struct CachedAudience {
    audience: GroupAudience,
    /// The group's last event.
    used: i64,
}

struct Waiter {
    poll: OpenPoll,
    /// Its number among the polls and streams of this instance, in order of arrival.
    arrival: u64,
    /// Whether the login may have ended and must be checked.
    must_recheck: bool,
    /// The reason to end the poll or stream now, if any: a later one of the same login, or the end
    /// of the instance.
    end: Option<End>,
    /// Events were pruned that the waiter had not received.
    forgotten: bool,
    /// The position up to which the waiter has received everything.
    after: Place,
    frames: Vec<Frame>,
    /// The position before the first event that did not fit into the answer, from which the next
    /// poll reads on.
    left: Option<Place>,
    waker: Option<Waker>,
}

impl Waiter {
    /// Hands over an event to a user who sees the messages from `min_seq` on. `served` is the position before it.
    fn hand(&mut self, event: &Event, min_seq: i64, served: Place) {
        if event.place.event_id <= self.after.event_id || self.forgotten {
            return;
        }
        if self.frames.len() >= FRAMES_MAX {
            self.left.get_or_insert(served);
            return;
        }
        self.frames.extend(event.frames_for(self.poll.present.user_id.as_str(), min_seq));
        if !self.frames.is_empty() {
            self.wake();
        }
    }

    fn wake(&mut self) {
        self.waker.take().inspect(Waker::wake_by_ref);
    }
}

impl Hub {
    /// The hub of the instance with this id.
    pub(super) fn new(instance_id: String) -> Rc<RefCell<Self>> {
        Rc::new(RefCell::new(Self {
            leases: Leases::new(instance_id),
            pruning: Pruning::default(),
            work: Work::default(),
            served: Place::START,
            known: None,
            waiters: HashMap::new(),
            by_user: HashMap::new(),
            groups: HashMap::new(),
            last_id: 0,
            last_arrival: 0,
            retires: false,
            has_reader: false,
            ticks_without_news: 0,
        }))
    }

    /// The event up to which every waiting poll has been served.
    pub(super) const fn served(&self) -> i64 {
        self.served.event_id
    }

    /// The number of a poll or stream that arrives.
    pub(super) const fn arrive(&mut self) -> u64 {
        self.last_arrival += 1;
        self.last_arrival
    }

    /// How long the reader sleeps between two reads.
    pub(super) fn tick(&self) -> Duration {
        let (least, share) = if self.ticks_without_news < QUIET_AFTER {
            (TICK_MOVING, TICK_MOVING_SHARE)
        } else {
            (TICK_QUIET, TICK_QUIET_SHARE)
        };
        least.max(share * self.leases.instances())
    }

    /// Notes whether the reader found new events.
    pub(super) fn looked(&mut self, news: bool) {
        self.ticks_without_news = if news { 0 } else { self.ticks_without_news.saturating_add(1) };
    }

    /// Notes that the head of the database's log is at `place`.
    pub(super) fn know_head(&mut self, database_id: &str, place: Place, elapsed: Duration) {
        self.known = Some(Known { database_id: database_id.to_owned(), place, at: elapsed });
    }

    /// Notes that the reader has distributed the events up to `served`.
    pub(super) fn has_read(&mut self, elapsed: Duration) {
        if let Some(known) = &mut self.known {
            (known.place, known.at) = (self.served, elapsed);
        }
    }

    /// The position of a cursor that is at the head of the log as it was within the last [`KNOWN_FOR`], if a reader
    /// continues from there.
    pub(super) fn place_known(&self, cursor: &Cursor, elapsed: Duration) -> Option<Place> {
        let known = self.known.as_ref()?;
        let is_there = *cursor == Cursor::at(&known.database_id, known.place);
        let is_fresh = elapsed.saturating_sub(known.at) < KNOWN_FOR;
        (is_there && is_fresh && self.is_waited_in()).then_some(known.place)
    }

    /// The polls whose leases are due at `now`.
    pub(super) fn due(&mut self, now: Millis, at_once: bool) -> Vec<OpenPoll> {
        let waiting = self.waiters.values().map(|waiter| &waiter.poll);
        self.leases.due(waiting, now, at_once)
    }

    /// Ends a poll or stream early; its client polls again, in another instance.
    pub(super) fn let_go(&mut self, id: u64) {
        if let Some(waiter) = self.waiters.get_mut(&id) {
            waiter.end = Some(End::CutShort);
            waiter.wake();
        }
    }

    /// Ends all polls and streams, and those that still arrive.
    pub(super) fn retire(&mut self) {
        self.retires = true;
        self.waiters.values_mut().for_each(Waiter::wake);
    }

    /// Whether the instance is ending.
    pub(super) const fn retires(&self) -> bool {
        self.retires
    }

    /// Whether any poll waits.
    pub(super) fn is_waited_in(&self) -> bool {
        !self.waiters.is_empty()
    }

    /// The ids of the waiters, and their polls.
    pub(super) fn waiting_polls(&self) -> (Vec<u64>, Vec<OpenPoll>) {
        self.waiters.iter().map(|(id, waiter)| (*id, waiter.poll.clone())).unzip()
    }

    /// Ends the poll of a waiter, because the login has a later one.
    pub(super) fn replace(&mut self, id: u64) {
        if let Some(waiter) = self.waiters.get_mut(&id) {
            waiter.end = Some(End::Replaced);
            waiter.wake();
        }
    }

    /// Whether the audience of a group is cached.
    pub(super) fn knows_group(&self, conversation_id: &str) -> bool {
        self.groups.contains_key(conversation_id)
    }

    /// Caches the audience of a group for the event `used` and later ones, in place of the one that was not used for
    /// longest.
    pub(super) fn know_group(&mut self, conversation_id: &str, audience: GroupAudience, used: i64) {
        self.groups.insert(conversation_id.to_owned(), CachedAudience { audience, used });
        if self.groups.len() > GROUPS_MAX {
            let oldest = self.groups.iter().min_by_key(|(_, cached)| cached.used);
            if let Some(oldest) = oldest.map(|(conversation_id, _)| conversation_id.clone()) {
                self.groups.remove(&oldest);
            }
        }
    }

    /// Notes that all events before `first` were pruned: waiters that have not received them are reset.
    pub(super) fn forget_before(&mut self, first: i64) {
        self.groups.clear();
        for waiter in self.waiters.values_mut().filter(|waiter| waiter.after.event_id < first - 1) {
            waiter.frames.clear();
            waiter.forgotten = true;
            waiter.wake();
        }
    }

    /// Hands an event to the waiters in its audience. `subscribers`: those of its user, if it is for subscribers.
    pub(super) fn serve(&mut self, event: &Event, subscribers: &[(String, Platform)]) {
        let served = self.served;
        match &event.audience {
            Audience::User(user_id) => {
                self.of_user(user_id, |waiter| waiter.hand(event, 1, served));
            }
            Audience::Conversation(conversation_id) => match peers(conversation_id) {
                Some((one, other)) => {
                    self.of_user(one, |waiter| waiter.hand(event, 1, served));
                    if other != one {
                        self.of_user(other, |waiter| waiter.hand(event, 1, served));
                    }
                }
                None => self.hand_to_group(conversation_id, event),
            },
            Audience::Subscribers(_) => {
                for (user_id, platform) in subscribers {
                    self.on_platform(user_id, *platform, |waiter| waiter.hand(event, 1, served));
                }
            }
            Audience::Nobody => {}
            Audience::PollHosts(user_id, platform) => {
                self.leases.forget(user_id, *platform);
                self.on_platform(user_id, *platform, |waiter| {
                    waiter.must_recheck = true;
                    waiter.wake();
                });
            }
        }
        self.served = event.place;
    }

    fn of_user(&mut self, user_id: &str, mut act: impl FnMut(&mut Waiter)) {
        for id in self.by_user.get(user_id).into_iter().flatten() {
            if let Some(waiter) = self.waiters.get_mut(id) {
                act(waiter);
            }
        }
    }

    fn on_platform(&mut self, user_id: &str, platform: Platform, mut act: impl FnMut(&mut Waiter)) {
        self.of_user(user_id, |waiter| {
            if waiter.poll.present.platform == platform {
                act(waiter);
            }
        });
    }

    fn hand_to_group(&mut self, conversation_id: &str, event: &Event) {
        let served = self.served;
        let Some(CachedAudience { audience, used }) = self.groups.get_mut(conversation_id) else {
            return;
        };
        *used = event.place.event_id;
        // Looks up each member or each user who waits, whichever are fewer.
        let waiting: Vec<(i64, u64)> = if audience.len() < self.by_user.len() {
            let ids = |user_id| {
                let min_seq = audience.min_seq(user_id, event)?;
                Some(self.by_user.get(user_id)?.iter().map(move |id| (min_seq, *id)))
            };
            audience.user_ids().filter_map(ids).flatten().collect()
        } else {
            let ids = |(user_id, ids): (&String, &Vec<u64>)| {
                let min_seq = audience.min_seq(user_id, event)?;
                Some(ids.iter().map(|id| (min_seq, *id)).collect::<Vec<_>>())
            };
            self.by_user.iter().filter_map(ids).flatten().collect()
        };
        for (min_seq, id) in waiting {
            if let Some(waiter) = self.waiters.get_mut(&id) {
                waiter.hand(event, min_seq, served);
            }
        }
    }
}

/// The next step of a woken waiter.
pub(super) enum Woken {
    /// Answer: there are frames, a later poll of the login, or a reset.
    Answer,
    /// Check the login.
    Check,
    /// Read the log.
    Read,
}

/// The frames handed to a waiter.
pub(super) struct Found {
    pub(super) frames: Vec<Frame>,
    /// The position up to which they are complete.
    pub(super) covered: Place,
    /// Why the wait ended.
    pub(super) end: End,
    /// Events were pruned before they were read.
    pub(super) forgotten: bool,
}

/// A waiter's place in the hub. Dropping the reader's seat makes another waiter the reader.
pub(super) struct Seat {
    hub: Rc<RefCell<Hub>>,
    id: u64,
    user_id: String,
    reads: bool,
}

impl Seat {
    /// Takes a seat for a poll that has received everything up to `after`. `must_recheck`: its
    /// login must be checked. `None` if the reader is already past `after`. Of the polls of one
    /// login, the latest stays and the others end.
    pub(super) fn take(
        hub: &Rc<RefCell<Hub>>,
        poll: &OpenPoll,
        arrival: u64,
        after: Place,
        must_recheck: bool,
    ) -> Option<Self> {
        let hub_of_seat = Rc::clone(hub);
        let hub = &mut *hub.borrow_mut();
        if hub.waiters.is_empty() {
            if hub.served != after {
                // The events in between were not read, and may have changed a group.
                hub.groups.clear();
            }
            hub.served = after;
        } else if hub.served.event_id > after.event_id {
            return None;
        }
        let user_id = poll.present.user_id.to_string();
        let mut end = None;
        hub.of_user(&user_id, |other| {
            if other.poll.login_id != poll.login_id {
                return;
            }
            if other.arrival > arrival {
                end = Some(End::Replaced);
            } else {
                other.end = Some(End::Replaced);
                other.wake();
            }
        });
        hub.last_id += 1;
        let id = hub.last_id;
        let waiter = Waiter {
            poll: poll.clone(),
            arrival,
            must_recheck,
            end,
            forgotten: false,
            after,
            frames: Vec::new(),
            left: None,
            waker: None,
        };
        hub.waiters.insert(id, waiter);
        hub.by_user.entry(user_id.clone()).or_default().push(id);
        Some(Self { hub: hub_of_seat, id, user_id, reads: false })
    }

    /// Sleeps until the waiter has something to do.
    pub(super) async fn woken(&mut self) -> Woken {
        poll_fn(|context| self.poll_woken(context.waker())).await
    }

    /// Leaves the reading to another waiter until the next call of [`woken`](Self::woken).
    pub(super) fn stop_reading(&mut self) {
        let hub = &mut *self.hub.borrow_mut();
        if std::mem::take(&mut self.reads) {
            hub.has_reader = false;
        }
        // This waiter does not sleep, so it must not be chosen.
        if let Some(waiter) = hub.waiters.get_mut(&self.id) {
            waiter.waker = None;
        }
        if !hub.has_reader {
            // Any sleeping waiter becomes the reader. One that is already awake becomes it when it runs; if it leaves
            // or checks its login instead, it wakes another.
            if let Some(waker) = hub.waiters.values_mut().find_map(|waiter| waiter.waker.take()) {
                waker.wake();
            }
        }
    }

    fn poll_woken(&mut self, waker: &Waker) -> Poll<Woken> {
        let mut hub = self.hub.borrow_mut();
        if !hub.has_reader {
            hub.has_reader = true;
            self.reads = true;
        }
        let retires = hub.retires;
        let Some(waiter) = hub.waiters.get_mut(&self.id) else {
            return Poll::Ready(Woken::Answer);
        };
        if std::mem::take(&mut waiter.must_recheck) {
            return Poll::Ready(Woken::Check);
        }
        if retires || waiter.end.is_some() || waiter.forgotten || !waiter.frames.is_empty() {
            return Poll::Ready(Woken::Answer);
        }
        if self.reads {
            return Poll::Ready(Woken::Read);
        }
        waiter.waker = Some(waker.clone());
        Poll::Pending
    }

    /// Takes the frames handed to this seat.
    pub(super) fn found(&self) -> Found {
        let mut hub = self.hub.borrow_mut();
        let served = hub.served;
        let end = if hub.retires { End::CutShort } else { End::Done };
        match hub.waiters.get_mut(&self.id) {
            Some(waiter) => Found {
                frames: std::mem::take(&mut waiter.frames),
                covered: waiter.left.unwrap_or(if served.event_id > waiter.after.event_id {
                    served
                } else {
                    waiter.after
                }),
                end: waiter.end.unwrap_or(end),
                forgotten: waiter.forgotten,
            },
            None => Found { frames: Vec::new(), covered: served, end, forgotten: false },
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut hub = self.hub.borrow_mut();
        hub.waiters.remove(&self.id);
        if let Some(ids) = hub.by_user.get_mut(&self.user_id) {
            ids.retain(|id| *id != self.id);
            if ids.is_empty() {
                hub.by_user.remove(&self.user_id);
            }
        }
        drop(hub);
        self.stop_reading();
    }
}

#[cfg(test)]
impl Hub {
    /// The number of waiting polls.
    pub(super) fn waiting(&self) -> usize {
        self.waiters.len()
    }
}
