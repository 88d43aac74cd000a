//! Waiting for new events: many polls wait, and one of them reads the log.
//!
//! All waiting polls of an instance share one hub. One of them, the reader, reads the log every tick, distributes the
//! new events to the waiters in their audience, and wakes them. When the reader's own poll ends, another waiter becomes
//! the reader. While no poll waits, the log is not read.
//!
//! No event can be lost: a poll's answer is what the log has after its cursor, read by the poll itself or by the
//! reader, and the hub knows the event up to which all waiters have been served.

mod background;
mod hub;
mod leases;
mod pruning;
mod retiring;
mod stream;
#[cfg(test)]
mod tests;

pub use stream::{STREAM_MAX, stream};

use self::hub::{End, Hub, Seat, Woken};
use crate::clock::{self, Runtime, Slept, System, give_way};
use crate::log;
use crate::login::Login;
use futures::future::{Either, select};
use longwave_core::cursor::{Cursor, Place};
use longwave_core::frame::{Frame, PollResponse, ResetReason, pack};
use longwave_core::id::peers;
use longwave_core::presence::OpenPoll;
use longwave_core::retention::Retention;
use longwave_core::{Millis, Result};
use longwave_store::event::{self, Audience, Event, Position};
use longwave_store::{Sql, presence};
use std::cell::{OnceCell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

/// Default timeout of a poll.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(25);
/// Maximum timeout of a poll.
pub const TIMEOUT_MAX: Duration = Duration::from_secs(50);

/// Maximum number of events in one read.
const READ_MAX: i64 = 500;

/// A poll's parameters.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The position after which events are wanted; `None` for a cursor to start from.
    pub cursor: Option<&'a str>,
    /// How long to wait.
    pub timeout: Duration,
    /// How much of the log to keep: waiting polls also prune it.
    pub retention: Retention,
}

/// Awaited by polls and streams before anything else. The host opens another instance for a request that finds all
/// instances busy. After the first yield it sees that this request waits, and after the second it gives the next
/// request to this instance.
pub async fn make_room() {
    for _ in 0..2 {
        give_way().await;
    }
}

/// Answers a poll: at once if there are events after the cursor, otherwise when there are, otherwise empty after the
/// timeout. A poll without a cursor gets one to start from at once. An invalid or expired cursor returns a fresh one
/// with `reset: true`. Polling marks the user online.
///
/// `background` is the connection for the leases and the pruning of the instance. It may be slow;
/// no answer waits for it.
///
/// A login has one poll or stream. A second one ends the first with an empty answer: at once in the same instance, and
/// within a renewal of the leases (10 s) in another one.
///
/// A poll also ends early if the host stops, its client is gone, or its instance ends because there are too many.
///
/// # Errors
/// `10101` and `10102` if the login ends while the poll waits; `20002` if the database does not answer.
pub async fn poll<B: Sql + 'static>(
    sql: &impl Sql,
    background: &Rc<B>,
    login: &impl Login,
    ask: Ask<'_>,
) -> Result<PollResponse> {
    let (hub, runtime) = (&hub_of_instance("poll"), &System);
    let turn = Turn::begin(hub, runtime.now());
    let poller = Poller { hub, runtime, sql, background, login, ask, turn };
    Ok(poller.answer().await?.polled)
}

/// The hub of this instance, which holds either polls or streams: its id says which.
fn hub_of_instance(kind: &str) -> Rc<RefCell<Hub>> {
    thread_local!(static HUB: OnceCell<Rc<RefCell<Hub>>> = const { OnceCell::new() });
    let new = || Hub::new(format!("{}-{kind}", clock::uuid()));
    HUB.with(|hub| Rc::clone(hub.get_or_init(new)))
}

/// The answer of a poll, and the cause of its end.
struct Answered {
    polled: PollResponse,
    end: End,
}

/// The arrival of a poll, or of the stream that it belongs to.
#[derive(Clone, Copy)]
struct Turn {
    /// The time of the arrival.
    since: Millis,
    /// The number of the arrival among the polls and streams of the instance. It orders them even
    /// if the clock is set back.
    arrival: u64,
}

impl Turn {
    fn begin(hub: &RefCell<Hub>, now: Millis) -> Self {
        Self { since: now, arrival: hub.borrow_mut().arrive() }
    }
}

/// A poll under way.
struct Poller<'a, R, S, B, L> {
    hub: &'a Rc<RefCell<Hub>>,
    runtime: &'a R,
    sql: &'a S,
    background: &'a Rc<B>,
    login: &'a L,
    ask: Ask<'a>,
    turn: Turn,
}

impl<R: Runtime, S: Sql, B: Sql + 'static, L: Login> Poller<'_, R, S, B, L> {
    async fn answer(&self) -> Result<Answered> {
        let now = self.runtime.now();
        let timeout = Millis::try_from(self.ask.timeout.as_millis()).unwrap_or(0);
        let poll = OpenPoll {
            present: self.login.present().clone(),
            login_id: self.login.login_id().into(),
            since: self.turn.since,
            until: self.login.expires_at().min(now + timeout),
        };
        self.hub.borrow_mut().leases.arrive(&poll, now);
        let answered = self.read_or_wait(&poll, now).await;
        // Leases of waiting polls are renewed together. A poll that did not wait marks its user online as well.
        let due = self.hub.borrow_mut().leases.ended(&poll, self.runtime.now());
        if due {
            self.begin_background_work(true);
        }
        answered
    }

    async fn read_or_wait(&self, poll: &OpenPoll, now: Millis) -> Result<Answered> {
        let left = u64::try_from(poll.until - now).unwrap_or(0);
        let ends_at = self.runtime.elapsed() + Duration::from_millis(left);
        let cursor = self.ask.cursor.map(Cursor::decode);
        if let Some(Some(cursor)) = &cursor
            && let Some(answered) = self.wait_at_known_head(poll, cursor, ends_at).await
        {
            return answered;
        }
        let event_id = cursor.iter().flatten().map(|cursor| cursor.event_id).next().unwrap_or(0);
        // The position is read before the events up to it: in the other order, an event committed in between would be
        // skipped.
        let position = event::position(self.sql, event_id).await?;
        let mut head = position.head;
        self.hub.borrow_mut().know_head(&position.database_id, head, self.runtime.elapsed());
        let answer = |frames, covered, reset| {
            let polled = polled(&position.database_id, frames, covered, reset);
            Answered { polled, end: End::Done }
        };
        let Some(cursor) = cursor else { return Ok(answer(vec![], head, None)) };
        let mut after = match place(cursor.as_ref(), &position) {
            Ok(event_id) => event_id,
            Err(reset) => return Ok(answer(vec![], head, Some(reset))),
        };

        let present = &poll.present;
        // The login was checked before the position was read (for a stream, long before), and may have ended since.
        let mut must_recheck = self.login.expires_at() <= now;
        loop {
            let found =
                event::for_user(self.sql, present, after, head.event_id, self.runtime.now())
                    .await?;
            if found.is_incomplete {
                return Ok(answer(vec![], head, Some(ResetReason::TooOld)));
            }
            log_damaged(&found.events);
            let ends = |event: &Event| matches!(event.audience, Audience::PollHosts(..));
            must_recheck |= found.events.iter().any(ends);
            let frames = found.frames_for(present.user_id.as_str());
            let is_all = found.covered == head.event_id;
            if !frames.is_empty() || (is_all && self.ask.timeout.is_zero()) {
                if must_recheck {
                    self.login.check().await?;
                }
                // A cursor is at an event, because it carries the tag of one.
                let last = found.events.last().filter(|_| !is_all);
                return Ok(answer(frames, last.map_or(head, |last| last.place), None));
            }
            if !is_all {
                after = found.covered;
                give_way().await;
                continue;
            }
            if let Some(seat) = Seat::take(self.hub, poll, self.turn.arrival, head, must_recheck) {
                return self.wait(seat, &position.database_id, ends_at).await;
            }
            // The reader is past the position up to which this poll has read: a seat now would miss the events in
            // between. Read again from there.
            after = head.event_id;
            head = event::position(self.sql, after).await?.head;
        }
    }

    /// Waits without a query if the cursor is at the head of the log as another poll has just seen it; `None` if it is
    /// not. After a message, all its recipients poll again at the same time, with this cursor.
    async fn wait_at_known_head(
        &self,
        poll: &OpenPoll,
        cursor: &Cursor,
        ends_at: Duration,
    ) -> Option<Result<Answered>> {
        // A poll without a timeout asks for all events up to now, and the reader may not have read
        // them yet.
        if ends_at <= self.runtime.elapsed() {
            return None;
        }
        let place = self.hub.borrow().place_known(cursor, self.runtime.elapsed())?;
        let seat = Seat::take(self.hub, poll, self.turn.arrival, place, false)?;
        Some(self.wait(seat, &cursor.database_id, ends_at).await)
    }

    /// Starts the background work of the instance that is due.
    fn begin_background_work(&self, at_once: bool) {
        let retention = self.ask.retention;
        background::begin(self.hub, self.runtime, self.background, retention, at_once);
    }

    /// Waits until there is something to answer, or until the poll's timeout.
    async fn wait(&self, mut seat: Seat, database_id: &str, ends_at: Duration) -> Result<Answered> {
        let left = ends_at.saturating_sub(self.runtime.elapsed());
        let deadline = pin!(self.runtime.sleep(left));
        let news = match select(pin!(self.wait_for_news(&mut seat)), deadline).await {
            Either::Left((slept, _)) => Some(slept?),
            Either::Right((Slept::CutShort, _)) => Some(Slept::CutShort),
            Either::Right((Slept::Enough, _)) => None,
        };
        let slept = if let Some(slept) = news {
            slept
        } else {
            // The login may have ended by itself.
            self.check_login(&mut seat).await?;
            Slept::Enough
        };
        let found = seat.found();
        let reset = found.forgotten.then_some(ResetReason::TooOld);
        let end = match slept {
            Slept::CutShort => End::CutShort,
            Slept::Enough => found.end,
        };
        let polled = polled(database_id, found.frames, found.covered, reset);
        Ok(Answered { polled, end })
    }

    /// Waits until there is something to answer. The reader sleeps for a tick and reads the log; the others sleep until
    /// they are handed events or become the reader. A reader whose sleep ends early leaves.
    async fn wait_for_news(&self, seat: &mut Seat) -> Result<Slept> {
        loop {
            match seat.woken().await {
                Woken::Answer => return Ok(Slept::Enough),
                Woken::Check => self.check_login(seat).await?,
                Woken::Read => {
                    self.begin_background_work(false);
                    let tick = self.hub.borrow().tick();
                    if self.runtime.sleep(tick).await == Slept::CutShort {
                        return Ok(Slept::CutShort);
                    }
                    self.read().await?;
                }
            }
        }
    }

    /// Checks the login. The key-value store may be slow, so another poll reads the log meanwhile.
    async fn check_login(&self, seat: &mut Seat) -> Result<()> {
        seat.stop_reading();
        self.login.check().await
    }

    /// Reads the new events and distributes them.
    async fn read(&self) -> Result<()> {
        let news = event::head(self.sql).await? > self.hub.borrow().served();
        self.hub.borrow_mut().looked(news);
        if !news {
            return Ok(());
        }
        loop {
            let served = self.hub.borrow().served();
            let events = event::since(self.sql, served, READ_MAX).await?;
            // Ids have no gaps, so another instance has pruned the missing events meanwhile.
            let first = events.first().map(|first| first.place.event_id);
            if let Some(first) = first.filter(|first| *first > served + 1) {
                self.hub.borrow_mut().forget_before(first);
            }
            log_damaged(&events);
            for event in &events {
                let mut subscribers = Vec::new();
                match &event.audience {
                    Audience::Conversation(id)
                        if peers(id).is_none()
                            && (event.changes_members || !self.hub.borrow().knows_group(id)) =>
                    {
                        let audience = event::group_audience(self.sql, id).await?;
                        self.hub.borrow_mut().know_group(id, audience, event.place.event_id);
                    }
                    Audience::Subscribers(user_id) => {
                        subscribers = presence::subscribers(self.sql, user_id).await?;
                    }
                    _ => {}
                }
                self.hub.borrow_mut().serve(event, &subscribers);
            }
            self.hub.borrow_mut().has_read(self.runtime.elapsed());
            if events.len() < usize::try_from(READ_MAX).unwrap_or(usize::MAX) {
                return Ok(());
            }
        }
    }
}

/// Writes a log line for each event that cannot be read and is passed over.
fn log_damaged(events: &[Event]) {
    for damage in events.iter().filter_map(|event| event.damage.as_deref()) {
        log::error(&format!("event log: {damage}"));
    }
}

fn polled(
    database_id: &str,
    frames: Vec<Frame>,
    covered: Place,
    reset: Option<ResetReason>,
) -> PollResponse {
    let (frames, place) = pack(frames, covered);
    let cursor = Cursor::at(database_id, place).encode();
    PollResponse { cursor, frames, reset: reset.is_some(), reset_reason: reset }
}

/// The event of a cursor, or the reason why the cursor cannot be continued. `position` is that of
/// the log, with the tag of the cursor's event.
fn place(cursor: Option<&Cursor>, position: &Position) -> Result<i64, ResetReason> {
    let cursor = cursor
        .filter(|it| it.database_id == position.database_id)
        .filter(|it| it.event_id <= position.head.event_id)
        .ok_or(ResetReason::OtherHistory)?;
    let was_forgotten = cursor.event_id < position.oldest - 1;
    match (cursor.tag, position.tag) {
        // A cursor without a tag does not name its history.
        (None, _) => Err(ResetReason::TooOld),
        // If the tag is no longer known, the client may hold data of another history.
        (tag, known) if tag != known => Err(ResetReason::OtherHistory),
        _ if was_forgotten => Err(ResetReason::TooOld),
        _ => Ok(cursor.event_id),
    }
}
