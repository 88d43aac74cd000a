//! Waiting for the log to move: many wait, one looks (design, idea 4).
//!
//! All polls that wait in an instance share one hub. One of them, the reader, looks at the log
//! every tick, hands what it finds to the waiters it concerns and wakes them. When the reader's own
//! poll ends, the next waiter takes over; when nobody waits, nothing is read.
//!
//! Nothing can be lost: a poll's answer is what the log holds behind its cursor, read by the poll
//! itself or handed over by the reader, and the hub knows up to which event everybody was served.

use self::leases::Leases;
use crate::clock::{Clock, System};
use futures::future::{Either, select};
use longwave_core::Result;
use longwave_core::cursor::Cursor;
use longwave_core::frame::{FRAMES_MAX, Frame, Polled, pack};
use longwave_core::id::peers;
use longwave_core::presence::Present;
use longwave_store::Sql;
use longwave_store::event::{self, Audience, Event, GroupAudience, Position};
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

/// How long a poll waits when it does not say.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(25);
/// How long a poll may wait; longer ones are cut to this (design, "Settled details").
pub const TIMEOUT_MAX: Duration = Duration::from_secs(50);

/// The tick while the log is moving.
const TICK_MOVING: Duration = Duration::from_millis(2);
/// The tick when the log is quiet.
const TICK_QUIET: Duration = Duration::from_millis(15);
/// How many ticks without news make a quiet log.
const QUIET_AFTER: u32 = 100;
/// Most events of one read.
const READ_MAX: i64 = 500;
/// Most groups whose audience an instance keeps.
const GROUPS_MAX: usize = 256;

/// Answers a poll of somebody: at once with what lies behind the cursor, else as soon as something
/// does, else empty after `timeout`. Without a cursor, at once with one to start from; with one
/// that is of no use here, the same and `reset`. Whoever polls is online.
///
/// # Errors
/// `20002` when the database does not answer.
pub async fn poll(
    sql: &impl Sql,
    present: &Present,
    cursor: Option<&str>,
    timeout: Duration,
) -> Result<Polled> {
    thread_local!(static HUB: Rc<RefCell<Hub>> = Rc::default());
    poll_in(&HUB.with(Rc::clone), &System, sql, present, cursor, timeout).await
}

async fn poll_in(
    hub: &Rc<RefCell<Hub>>,
    clock: &impl Clock,
    sql: &impl Sql,
    present: &Present,
    cursor: Option<&str>,
    timeout: Duration,
) -> Result<Polled> {
    hub.borrow_mut().leases.arrive(present.clone(), clock.now());
    let polled = read_or_wait(hub, clock, sql, present, cursor, timeout).await;
    // The reader has done it for those who waited.
    leases::renew(hub, sql, clock.now()).await;
    polled
}

async fn read_or_wait(
    hub: &Rc<RefCell<Hub>>,
    clock: &impl Clock,
    sql: &impl Sql,
    present: &Present,
    cursor: Option<&str>,
    timeout: Duration,
) -> Result<Polled> {
    // The position first, then what lies before it: in the other order, an event that was committed
    // in between would be skipped.
    let position = event::position(sql).await?;
    let Position { database_id, mut head, .. } = position.clone();
    let answer = |frames, covered, reset| {
        let (frames, event_id) = pack(frames, covered);
        Polled {
            cursor: Cursor { database_id: database_id.clone(), event_id }.encode(),
            frames,
            reset,
        }
    };
    let Some(cursor) = cursor else { return Ok(answer(vec![], head, false)) };
    let Some(mut after) = place(cursor, &position) else { return Ok(answer(vec![], head, true)) };

    let mut deadline = pin!(clock.sleep(timeout));
    loop {
        let frames = event::for_user(sql, &present.user_id, after, head).await?;
        if !frames.is_empty() || timeout.is_zero() {
            return Ok(answer(frames, head, false));
        }
        if let Some(mut seat) = Seat::take(hub, present, head) {
            let (frames, covered) = seat.wait(clock, sql, deadline.as_mut()).await?;
            return Ok(answer(frames, covered, false));
        }
        // The reader is past the position this poll has read up to: registering now would miss what
        // lies between. Look once more from there.
        after = head;
        head = event::position(sql).await?.head;
    }
}

/// The event a cursor stands at; `None` for one that is garbled, of another database, from after
/// the head (the database was restored) or from before what is kept.
fn place(cursor: &str, position: &Position) -> Option<i64> {
    let cursor = Cursor::decode(cursor)?;
    let here = cursor.database_id == position.database_id;
    (here && cursor.event_id <= position.head && cursor.event_id >= position.oldest - 1)
        .then_some(cursor.event_id)
}

/// The polls of one instance that wait.
#[derive(Default)]
struct Hub {
    /// Up to this event everybody who waits was served; without waiters it means nothing.
    served: i64,
    waiters: HashMap<u64, Waiter>,
    /// Which waiters are a user's.
    by_user: HashMap<String, Vec<u64>>,
    /// Whom the events of a group concern, as of `served`.
    groups: HashMap<String, GroupAudience>,
    last_id: u64,
    /// Whether one of the waiters is the reader.
    has_reader: bool,
    ticks_without_news: u32,
    leases: Leases,
}

struct Waiter {
    present: Present,
    /// The waiter has seen everything up to here.
    after: i64,
    frames: Vec<Frame>,
    waker: Option<Waker>,
}

impl Hub {
    /// Hands an event to the waiters it concerns.
    fn serve(&mut self, event: &Event) {
        match &event.audience {
            Audience::User(user_id) => self.hand(user_id, event),
            Audience::Conversation(conversation_id) => match peers(conversation_id) {
                Some((one, other)) => {
                    self.hand(one, event);
                    self.hand(other, event);
                }
                None => self.hand_to_group(conversation_id, event),
            },
        }
        self.served = event.id();
    }

    fn hand_to_group(&mut self, conversation_id: &str, event: &Event) {
        if let Some(audience) = self.groups.get(conversation_id) {
            let waiting = self.by_user.keys();
            let concerned = waiting.filter(|user_id| audience.includes(user_id, event.id()));
            for user_id in concerned.cloned().collect::<Vec<_>>() {
                self.hand(&user_id, event);
            }
        }
    }

    fn know_group(&mut self, conversation_id: &str, audience: GroupAudience) {
        if self.groups.len() >= GROUPS_MAX {
            self.groups.clear();
        }
        self.groups.insert(conversation_id.to_owned(), audience);
    }

    /// The group whose audience has to be read before an event can be served: it is not known, or
    /// changes with the event.
    fn unknown_group<'a>(&self, event: &'a Event) -> Option<&'a str> {
        match &event.audience {
            Audience::Conversation(id) if peers(id).is_none() => {
                (event.changes_members || !self.groups.contains_key(id)).then_some(id)
            }
            _ => None,
        }
    }

    fn hand(&mut self, user_id: &str, event: &Event) {
        for id in self.by_user.get(user_id).into_iter().flatten() {
            if let Some(waiter) = self.waiters.get_mut(id) {
                // One frame more than fits tells `pack` that something was left behind.
                if event.id() > waiter.after && waiter.frames.len() <= FRAMES_MAX {
                    waiter.frames.extend(event.frames_for(user_id));
                    waiter.waker.take().inspect(Waker::wake_by_ref);
                }
            }
        }
    }

    fn tick(&self) -> Duration {
        if self.ticks_without_news < QUIET_AFTER { TICK_MOVING } else { TICK_QUIET }
    }
}

/// A waiter's place in the hub; leaving it, however that happens, hands the reading on.
struct Seat {
    hub: Rc<RefCell<Hub>>,
    id: u64,
    user_id: String,
    reads: bool,
}

impl Seat {
    /// Takes a seat for somebody who has seen everything up to `after`; `None` when the reader is
    /// already past that.
    fn take(hub: &Rc<RefCell<Hub>>, present: &Present, after: i64) -> Option<Self> {
        let mut guard = hub.borrow_mut();
        if guard.waiters.is_empty() {
            // Nobody read what lies between, and a group may have changed there.
            guard.groups.clear();
            guard.served = after;
        } else if guard.served > after {
            return None;
        }
        guard.last_id += 1;
        let id = guard.last_id;
        let present = present.clone();
        let user_id = present.user_id.to_string();
        guard.waiters.insert(id, Waiter { present, after, frames: Vec::new(), waker: None });
        guard.by_user.entry(user_id.clone()).or_default().push(id);
        Some(Self { hub: Rc::clone(hub), id, user_id, reads: false })
    }

    /// Waits for frames or the deadline; gives the frames and the event up to which they are all.
    async fn wait(
        &mut self,
        clock: &impl Clock,
        sql: &impl Sql,
        deadline: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<(Vec<Frame>, i64)> {
        match select(pin!(self.wait_for_frames(clock, sql)), deadline).await {
            Either::Left((result, _)) => result?,
            Either::Right(_) => {}
        }
        Ok(self.found())
    }

    /// Waits for frames: the reader sleeps a tick and looks at the log, everybody else sleeps until
    /// something was handed over or the reader has left.
    async fn wait_for_frames(&mut self, clock: &impl Clock, sql: &impl Sql) -> Result<()> {
        poll_fn(|context| self.poll_woken(context.waker())).await;
        while self.reads && self.has_none() {
            leases::renew(&self.hub, sql, clock.now()).await;
            let tick = self.hub.borrow().tick();
            clock.sleep(tick).await;
            self.read(sql).await?;
        }
        Ok(())
    }

    fn has_none(&self) -> bool {
        self.hub.borrow().waiters.get(&self.id).is_some_and(|waiter| waiter.frames.is_empty())
    }

    fn poll_woken(&mut self, waker: &Waker) -> Poll<()> {
        let mut hub = self.hub.borrow_mut();
        if !hub.has_reader {
            hub.has_reader = true;
            self.reads = true;
            return Poll::Ready(());
        }
        match hub.waiters.get_mut(&self.id) {
            Some(waiter) if waiter.frames.is_empty() => {
                waiter.waker = Some(waker.clone());
                Poll::Pending
            }
            _ => Poll::Ready(()),
        }
    }

    /// Reads what the log has gained and hands it round.
    async fn read(&self, sql: &impl Sql) -> Result<()> {
        loop {
            let served = self.hub.borrow().served;
            let events = event::since(sql, served, READ_MAX).await?;
            for event in &events {
                let unknown = self.hub.borrow().unknown_group(event);
                if let Some(conversation_id) = unknown {
                    let audience = event::group_audience(sql, conversation_id).await?;
                    self.hub.borrow_mut().know_group(conversation_id, audience);
                }
                self.hub.borrow_mut().serve(event);
            }
            let mut hub = self.hub.borrow_mut();
            hub.ticks_without_news =
                if events.is_empty() { hub.ticks_without_news.saturating_add(1) } else { 0 };
            if events.len() < usize::try_from(READ_MAX).unwrap_or(usize::MAX) {
                return Ok(());
            }
        }
    }

    /// Takes what was handed to this seat, and the event up to which that is all.
    fn found(&self) -> (Vec<Frame>, i64) {
        let mut hub = self.hub.borrow_mut();
        let served = hub.served;
        match hub.waiters.get_mut(&self.id) {
            Some(waiter) => (std::mem::take(&mut waiter.frames), served.max(waiter.after)),
            None => (Vec::new(), served),
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
        if self.reads {
            hub.has_reader = false;
        }
        if !hub.has_reader {
            // Any waiter that still sleeps takes over. One that was woken already looks for itself
            // when it runs; should it leave instead, this hands on in its place.
            if let Some(waker) = hub.waiters.values_mut().find_map(|waiter| waiter.waker.take()) {
                waker.wake();
            }
        }
    }
}

mod leases;
#[cfg(test)]
mod tests;
