//! Waiting for the log to move: many wait, one looks (design, idea 4).
//!
//! All polls that wait in an instance share one hub. One of them, the reader, looks at the log
//! every tick, hands what it finds to the waiters it concerns and wakes them. When the reader's own
//! poll ends, the next waiter takes over; when nobody waits, nothing is read.
//!
//! Nothing can be lost: a poll's answer is what the log holds behind its cursor, read by the poll
//! itself or handed over by the reader, and the hub knows up to which event everybody was served.

mod hub;
mod leases;
mod pruning;
mod stream;
#[cfg(test)]
mod tests;

pub use stream::{STREAM_MAX, stream};

use self::hub::{Hub, Seat, Woken};
use crate::clock::{self, Clock, System};
use futures::future::{Either, select};
use longwave_core::cursor::Cursor;
use longwave_core::frame::{Polled, pack};
use longwave_core::id::peers;
use longwave_core::presence::{OpenPoll, Present};
use longwave_core::retention::Retention;
use longwave_core::{Millis, Result};
use longwave_store::event::{self, Audience, Event, Position};
use longwave_store::{Sql, presence};
use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::Duration;

/// How long a poll waits when it does not say.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(25);
/// How long a poll may wait; longer ones are cut to this (design, "Settled details").
pub const TIMEOUT_MAX: Duration = Duration::from_secs(50);

/// Most events of one read.
const READ_MAX: i64 = 500;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// Behind which place in the log; without one, for a place to start from.
    pub cursor: Option<&'a str>,
    /// How long to wait.
    pub timeout: Duration,
    /// How much of the log to keep; who waits also tidies up.
    pub retention: Retention,
}

/// Who polls: a login, which may end meanwhile.
pub trait Login {
    /// What tells it from others of the same user.
    fn login_id(&self) -> &str;

    /// Who it is, and where.
    fn present(&self) -> &Present;

    /// When it ends by itself.
    fn expires_at(&self) -> Millis;

    /// Checks that it is not over.
    ///
    /// # Errors
    /// `10101` and `10102` with the reason when it is; `20101` when that cannot be found out.
    fn check(&self) -> impl Future<Output = Result<()>>;
}

/// Answers a poll of somebody: at once with what lies behind the cursor, else as soon as something
/// does, else empty after the timeout. Without a cursor, at once with one to start from; with one
/// that is of no use here, the same and `reset`. Whoever polls is online.
///
/// What the instance does beside, for all who wait, goes through `background`, so that none of them has
/// to wait for that.
///
/// A login has one poll: a second one answers the first, at once in the same instance, in another as
/// soon as the leases tell of it, which takes a renewal at most.
///
/// # Errors
/// `10101` and `10102` when the login ends while the poll waits; `20002` when the database does not
/// answer.
pub async fn poll(
    sql: &impl Sql,
    background: &impl Sql,
    login: &impl Login,
    ask: Ask<'_>,
) -> Result<Polled> {
    let poller = Poller { hub: &hub_of_instance(), clock: &System, sql, background, login, ask };
    Ok(poller.answer().await?.polled)
}

fn hub_of_instance() -> Rc<RefCell<Hub>> {
    thread_local!(static HUB: Rc<RefCell<Hub>> = Hub::new(clock::random().to_string()));
    HUB.with(Rc::clone)
}

/// How a poll ended.
struct Answered {
    polled: Polled,
    /// By a later poll of the same login.
    replaced: bool,
}

/// A poll under way.
struct Poller<'a, C, S, B, L> {
    hub: &'a Rc<RefCell<Hub>>,
    clock: &'a C,
    sql: &'a S,
    background: &'a B,
    login: &'a L,
    ask: Ask<'a>,
}

impl<C: Clock, S: Sql, B: Sql, L: Login> Poller<'_, C, S, B, L> {
    async fn answer(&self) -> Result<Answered> {
        let now = self.clock.now();
        let timeout = Millis::try_from(self.ask.timeout.as_millis()).unwrap_or(0);
        let poll = OpenPoll {
            present: self.login.present().clone(),
            login_id: self.login.login_id().into(),
            since: now,
            until: self.login.expires_at().min(now + timeout),
        };
        self.hub.borrow_mut().leases.arrive(&poll, now);
        let answered = self.read_or_wait(&poll).await;
        // The reader renews the leases of those who wait; who did not wait is online all the same.
        let due = self.hub.borrow_mut().leases.ended(&poll, self.clock.now());
        if due {
            leases::renew(self.hub, self.background, self.clock.now(), true).await;
        }
        answered
    }

    async fn read_or_wait(&self, poll: &OpenPoll) -> Result<Answered> {
        // The position first, then what lies before it: in the other order, an event that was
        // committed in between would be skipped.
        let position = event::position(self.sql).await?;
        let Position { database_id, mut head, .. } = position.clone();
        let answer = |frames, covered, reset| {
            let (frames, event_id) = pack(frames, covered);
            let cursor = Cursor { database_id: database_id.clone(), event_id }.encode();
            Answered { polled: Polled { cursor, frames, reset }, replaced: false }
        };
        let Some(cursor) = self.ask.cursor else { return Ok(answer(vec![], head, false)) };
        let Some(mut after) = place(cursor, &position) else {
            return Ok(answer(vec![], head, true));
        };

        let left = u64::try_from(poll.until - poll.since).unwrap_or(0);
        let mut deadline = pin!(self.clock.sleep(Duration::from_millis(left)));
        let present = &poll.present;
        // The login was checked before the position was read, for a stream long before, and may have
        // ended in between.
        let mut doubted = self.login.expires_at() <= poll.since;
        loop {
            let found = event::for_user(self.sql, present, after, head).await?;
            if self.was_forgotten(after, head, &position).await? {
                return Ok(answer(vec![], head, true));
            }
            let ends = |event: &Event| matches!(event.audience, Audience::Holders(..));
            doubted |= found.events.iter().any(ends);
            let frames = found.frames_for(present.user_id.as_str());
            let is_all = found.covered == head;
            if !frames.is_empty() || (is_all && self.ask.timeout.is_zero()) {
                if doubted {
                    self.login.check().await?;
                }
                return Ok(answer(frames, found.covered, false));
            }
            if !is_all {
                after = found.covered;
                continue;
            }
            if let Some(mut seat) = Seat::take(self.hub, poll, head, doubted) {
                self.wait(poll, &mut seat, deadline.as_mut()).await?;
                let found = seat.found();
                let answered = answer(found.frames, found.covered, found.forgotten);
                return Ok(Answered { replaced: found.replaced, ..answered });
            }
            // The reader is past the position this poll has read up to: registering now would miss
            // what lies between. Look once more from there.
            after = head;
            head = event::position(self.sql).await?.head;
        }
    }

    /// Whether the log forgot what lies behind `after` while it was read: `position` is from before. Only
    /// who is nearer to its end than to its head asks again.
    async fn was_forgotten(&self, after: i64, head: i64, position: &Position) -> Result<bool> {
        let near = after - position.oldest < head - after;
        Ok(near && after < event::position(self.sql).await?.oldest - 1)
    }

    /// Waits until there is something to answer, or for the deadline.
    async fn wait(
        &self,
        poll: &OpenPoll,
        seat: &mut Seat,
        deadline: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<()> {
        match select(pin!(self.wait_for_news(poll, seat)), deadline).await {
            Either::Left((result, _)) => result,
            // The login may have ended by itself.
            Either::Right(_) => self.login.check().await,
        }
    }

    /// Waits until there is something to answer: the reader sleeps a tick and looks at the log,
    /// everybody else sleeps until something was handed over or the reader has left.
    async fn wait_for_news(&self, poll: &OpenPoll, seat: &mut Seat) -> Result<()> {
        loop {
            match seat.woken().await {
                Woken::Answer => return Ok(()),
                Woken::Check => {
                    self.login.check().await?;
                    if self.is_elsewhere(poll).await? {
                        seat.replace();
                    }
                }
                Woken::Read => {
                    leases::renew(self.hub, self.background, self.clock.now(), false).await;
                    let (background, retention) = (self.background, self.ask.retention);
                    pruning::prune(self.hub, background, retention, self.clock.now()).await;
                    let tick = self.hub.borrow().tick();
                    self.clock.sleep(tick).await;
                    self.read().await?;
                }
            }
        }
    }

    /// Whether a later poll of the login waits in another instance.
    async fn is_elsewhere(&self, poll: &OpenPoll) -> Result<bool> {
        let here = self.hub.borrow().leases.instance_id().to_owned();
        presence::is_elsewhere(self.sql, &here, poll).await
    }

    /// Reads what the log has gained and hands it round.
    async fn read(&self) -> Result<()> {
        let news = event::head(self.sql).await? > self.hub.borrow().served();
        self.hub.borrow_mut().looked(news);
        if !news {
            return Ok(());
        }
        loop {
            let served = self.hub.borrow().served();
            let events = event::since(self.sql, served, READ_MAX).await?;
            // Ids count without a gap: one is what another instance had the log forget meanwhile.
            if let Some(first) = events.first().filter(|first| first.id > served + 1) {
                self.hub.borrow_mut().forget_before(first.id);
            }
            for event in &events {
                let mut subscribers = Vec::new();
                match &event.audience {
                    Audience::Conversation(id)
                        if peers(id).is_none()
                            && (event.changes_members || !self.hub.borrow().knows_group(id)) =>
                    {
                        let audience = event::group_audience(self.sql, id).await?;
                        self.hub.borrow_mut().know_group(id, audience);
                    }
                    Audience::Subscribers(user_id) => {
                        subscribers = presence::subscribers(self.sql, user_id).await?;
                    }
                    _ => {}
                }
                self.hub.borrow_mut().serve(event, &subscribers);
            }
            if events.len() < usize::try_from(READ_MAX).unwrap_or(usize::MAX) {
                return Ok(());
            }
        }
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
