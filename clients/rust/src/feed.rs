//! The poll loop that keeps a client in sync, by the rules of `docs/api.md`, "Staying in sync".

use crate::backoff::{Backoff, PATIENCE, answered, short_wait};
use crate::{Error, Frame, MaxSeq, Message, ResetReason, Session};
use longwave_core::Code;
use longwave_core::message::PULL_MAX;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::mem::take;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// The time that a poll asks the server to wait for events.
const POLL: Duration = Duration::from_secs(25);

/// An event of a [`Feed`].
#[derive(Debug)]
pub enum Event {
    /// A message, the user's own ones included.
    Message(Box<Message>),
    /// Any other change, as the poll delivered it.
    Change(Frame),
    /// The server cannot continue from the feed's position.
    Reset {
        /// [`ResetReason::TooOld`]: the log no longer reaches back to the position. The
        /// application's data is still valid. The missed messages follow; other missed changes do
        /// not, so read lists, read positions, groups and options again.
        ///
        /// [`ResetReason::OtherHistory`]: the server was replaced, or restored from a backup.
        /// Delivered messages may be gone, and their seqs may belong to other messages. Drop all
        /// data from the server and read it again, as at the start: [`Feed::local_max`] is already
        /// the new position, and later events follow. Keep messages that the user wrote and the
        /// server did not acknowledge, and send them.
        reason: ResetReason,
    },
}

/// All events of a user from a moment on, as they happen.
///
/// The feed delivers each message exactly once, and those of a conversation in the order of their
/// seqs without a gap, as far as the user may see them. While the server does not answer, fails or
/// asks to wait, the feed retries at growing intervals. It also retries, without a limit, while
/// another program such as a router or a captive portal answers instead of the server.
///
/// A message is new if its seq is above [`Feed::local_max`], which for a conversation that existed
/// at the start is its newest message at that time. Earlier messages are history: use
/// [`Session::pull`].
#[derive(Debug)]
pub struct Feed {
    session: Session,
    /// The delivered events. It advances only when an event is delivered, not when it is read.
    state: FeedState,
    /// The answer of the last poll, with the frames that are not delivered yet.
    answer: Option<Answer>,
    /// Messages to pull before the next frame, the first gap first.
    gaps: VecDeque<Gap>,
    /// Messages of the first gap that are not delivered yet.
    pulled: VecDeque<Message>,
    /// The positions that are being read before the next frame.
    survey: Option<Survey>,
    /// The positions in another history, which replace all known ones.
    anew: Option<BTreeMap<String, i64>>,
    backoff: Backoff,
    /// The wait before the next request after a failure.
    pause: Option<Pin<Box<Sleep>>>,
}

/// The position of a [`Feed`]: save it, and continue there with [`Feed::resume`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedState {
    /// All events up to this cursor were delivered, and of those after it the messages up to
    /// `local_max`.
    cursor: String,
    /// By conversation, the highest seq up to which all messages were delivered or existed at the
    /// start.
    local_max: BTreeMap<String, i64>,
    /// The server ids of delivered messages from after the cursor, by conversation and seq. The
    /// poll returns these messages again; other ids show that a restored backup has replaced this
    /// part of the history.
    #[serde(default)]
    given: BTreeMap<String, BTreeMap<i64, String>>,
}

#[derive(Debug)]
struct Answer {
    cursor: String,
    frames: VecDeque<Frame>,
    /// The reason why the cursor does not continue the one before, until it is handled.
    reset: Option<ResetReason>,
}

/// Messages after the local max and up to `end` that have to be pulled.
#[derive(Debug)]
struct Gap {
    conversation_id: String,
    end: i64,
    /// Whether the pulled messages are all visible ones of the gap.
    complete: bool,
}

/// A pass over the pages of `max_seqs`.
#[derive(Debug)]
struct Survey {
    purpose: Purpose,
    items: Vec<MaxSeq>,
    cursor: Option<String>,
}

/// The purpose of reading the positions.
#[derive(Clone, Copy, Debug)]
enum Purpose {
    /// To start: existing messages are history.
    Start,
    /// To pull missed messages.
    Missed,
    /// To place the first frame, whose conversation is unknown.
    Frame,
}

impl FeedState {
    /// The highest seq of a conversation up to which all messages were delivered or existed at the
    /// start; `None` for a conversation that the feed does not know yet.
    #[must_use]
    pub fn local_max(&self, conversation_id: &str) -> Option<i64> {
        self.local_max.get(conversation_id).copied()
    }

    /// Counts a message as delivered; returns whether it is new.
    fn give(&mut self, message: &Message) -> bool {
        let new = self.advance(&message.conversation_id, message.seq);
        if new {
            let given = self.given.entry(message.conversation_id.clone()).or_default();
            given.insert(message.seq, message.server_msg_id.clone());
        }
        new
    }

    /// Whether another message with this seq was delivered.
    fn contradicts(&self, message: &Message) -> bool {
        let given = self.given.get(&message.conversation_id).and_then(|it| it.get(&message.seq));
        given.is_some_and(|server_msg_id| *server_msg_id != message.server_msg_id)
    }

    /// Counts messages up to a seq as delivered; returns whether `seq` is new.
    fn advance(&mut self, conversation_id: &str, seq: i64) -> bool {
        let new = self.local_max(conversation_id).is_none_or(|local_max| seq > local_max);
        if new {
            self.local_max.insert(conversation_id.to_owned(), seq);
        }
        new
    }
}

impl Feed {
    /// The feed of events from now on. Read lists and history after this: events in between are
    /// delivered too, with seqs above [`Feed::local_max`].
    ///
    /// # Errors
    /// Any error, at once.
    pub async fn start(session: Session) -> Result<Self, Error> {
        // The cursor first: events from before the positions are read come after it again, and
        // their seqs identify them.
        let cursor = session.poll(None, Duration::ZERO).await?.cursor;
        let mut survey = Survey::new(Purpose::Start);
        while !survey.read(&session).await? {}
        Ok(Self::resume(
            session,
            FeedState { cursor, local_max: survey.newest(), given: BTreeMap::new() },
        ))
    }

    /// The feed of events since a state was saved. Changes other than messages may be repeated if
    /// they were delivered shortly before.
    #[must_use]
    pub fn resume(session: Session, state: FeedState) -> Self {
        Self {
            session,
            state,
            answer: None,
            gaps: VecDeque::new(),
            pulled: VecDeque::new(),
            survey: None,
            anew: None,
            backoff: Backoff::default(),
            pause: None,
        }
    }

    /// The feed's position: it covers exactly the events that were delivered.
    #[must_use]
    pub fn state(&self) -> &FeedState {
        &self.state
    }

    /// As [`FeedState::local_max`].
    #[must_use]
    pub fn local_max(&self, conversation_id: &str) -> Option<i64> {
        self.state.local_max(conversation_id)
    }

    /// Waits for the next event, without a limit. Dropping the future loses nothing.
    ///
    /// # Errors
    /// An error that a retry would not change; the feed keeps its position. If
    /// [`Error::is_unauthorized`] is true, this login has ended, for the reason in
    /// [`Error::reason`].
    pub async fn next(&mut self) -> Result<Event, Error> {
        loop {
            if let Some(event) = self.give() {
                return Ok(event);
            }
            if let Some(pause) = &mut self.pause {
                pause.await;
                self.pause = None;
            }
            match self.ask().await {
                Ok(()) => self.backoff = Backoff::default(),
                Err(error) => match self.backoff.failed(&error) {
                    Some(wait) => self.pause = Some(Box::pin(sleep(wait))),
                    None => return Err(error),
                },
            }
        }
    }

    /// The next available event; `None` if a request is needed first.
    fn give(&mut self) -> Option<Event> {
        loop {
            while let Some(message) = self.pulled.pop_front() {
                if self.state.give(&message) {
                    return Some(Event::Message(Box::new(message)));
                }
            }
            if let Some(gap) = self.gaps.front() {
                if gap.complete {
                    self.state.advance(&gap.conversation_id, gap.end);
                }
                if self.state.local_max(&gap.conversation_id) < Some(gap.end) {
                    return None;
                }
                self.gaps.pop_front();
                continue;
            }
            if let Some(local_max) = self.anew.take() {
                self.state.local_max = local_max;
                self.state.given.clear();
                return Some(Event::Reset { reason: ResetReason::OtherHistory });
            }
            if self.survey.is_some() {
                return None;
            }
            let answer = self.answer.as_mut()?;
            match answer.reset.take() {
                Some(reason @ ResetReason::TooOld) => {
                    self.survey = Some(Survey::new(Purpose::Missed));
                    return Some(Event::Reset { reason });
                }
                // Delivered only once the positions are known, so that the application's reads and
                // the feed's later events leave no gap between them.
                Some(ResetReason::OtherHistory) => {
                    self.survey = Some(Survey::new(Purpose::Start));
                    return None;
                }
                None => {}
            }
            match answer.frames.pop_front() {
                Some(Frame::Message { event_id, message }) => {
                    let (id, seq) = (message.conversation_id.as_str(), message.seq);
                    match self.state.local_max(id) {
                        Some(local_max) if seq <= local_max => {
                            if self.state.contradicts(&message) {
                                self.state.given.clear();
                                self.survey = Some(Survey::new(Purpose::Start));
                                return None;
                            }
                            continue;
                        }
                        Some(local_max) if seq > local_max + 1 => {
                            self.gaps.push_back(Gap::new(id.to_owned(), seq - 1));
                        }
                        // No message can precede the first one.
                        None if seq > 1 => self.survey = Some(Survey::new(Purpose::Frame)),
                        _ => {
                            self.state.give(&message);
                            return Some(Event::Message(message));
                        }
                    }
                    answer.frames.push_front(Frame::Message { event_id, message });
                }
                Some(frame) => return Some(Event::Change(frame)),
                None => {
                    self.state.cursor = take(&mut answer.cursor);
                    self.state.given.clear();
                    self.answer = None;
                }
            }
        }
    }

    /// Makes the request that the next event needs, and takes in its answer all at once.
    async fn ask(&mut self) -> Result<(), Error> {
        if let Some(gap) = self.gaps.front_mut() {
            let begin = self.state.local_max(&gap.conversation_id).unwrap_or_default() + 1;
            let pull = self.session.pull(&gap.conversation_id, begin, gap.end, PULL_MAX);
            let pulled = match answered(PATIENCE, pull).await {
                Ok(pulled) => pulled,
                // A former member who had seen no message since joining sees none of this gap.
                Err(error) if error.code() == Some(Code::NoPermission.number()) => {
                    gap.complete = true;
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            gap.complete = !pulled.has_more || pulled.messages.is_empty();
            self.pulled = pulled.messages.into();
        } else if let Some(survey) = &mut self.survey {
            let last = answered(PATIENCE, survey.read(&self.session)).await?;
            if last && let Some(survey) = self.survey.take() {
                self.know(survey);
            }
        } else {
            let asked = Instant::now();
            let poll = self.session.poll(Some(&self.state.cursor), POLL);
            let polled = answered(POLL + PATIENCE, poll).await?;
            if polled.frames.is_empty() && !polled.reset && asked.elapsed() < POLL / 2 {
                // A later poll of this login replaced this one. An immediate retry would end that
                // poll in turn, and so on, as fast as the server answers.
                self.pause = Some(Box::pin(sleep(short_wait())));
            }
            // Without a known reason, assume the worst and keep no data that may be wrong.
            let reason = || polled.reset_reason.unwrap_or(ResetReason::OtherHistory);
            let (reset, frames) = (polled.reset.then(reason), polled.frames.into());
            self.answer = Some(Answer { cursor: polled.cursor, frames, reset });
        }
        Ok(())
    }

    /// Takes in the current positions of the conversations.
    fn know(&mut self, survey: Survey) {
        match survey.purpose {
            Purpose::Start => self.anew = Some(survey.newest()),
            Purpose::Missed => self.miss(survey),
            Purpose::Frame => self.place(survey),
        }
    }

    /// Queues the missed messages of every conversation to be pulled. Unlisted conversations keep
    /// their position.
    fn miss(&mut self, survey: Survey) {
        let local_max = |it: &MaxSeq| self.state.local_max(&it.conversation_id);
        // A conversation never gets shorter: the server was restored, which its log does not show.
        if survey.items.iter().any(|it| local_max(it) > Some(it.max_seq)) {
            self.anew = Some(survey.newest());
            return;
        }
        for MaxSeq { conversation_id, max_seq, min_seq, .. } in survey.items {
            // A new conversation begins with its first visible message.
            let known = self.state.local_max(&conversation_id);
            let local_max = known.map_or(min_seq - 1, |known| known.max(min_seq - 1));
            if local_max < max_seq {
                self.gaps.push_back(Gap::new(conversation_id.clone(), max_seq));
            }
            self.state.local_max.insert(conversation_id, local_max);
        }
    }

    /// Finds the position of the current message and of all unknown conversations.
    fn place(&mut self, survey: Survey) {
        for MaxSeq { conversation_id, min_seq, .. } in survey.items {
            self.state.local_max.entry(conversation_id).or_insert(min_seq - 1);
        }
        // The current message was visible when it was sent, even if its conversation now begins
        // after it because the user rejoined, or is no longer listed.
        let first = self.answer.as_ref().and_then(|answer| answer.frames.front());
        if let Some(Frame::Message { message, .. }) = first {
            let (id, before) = (message.conversation_id.clone(), message.seq - 1);
            let local_max = self.state.local_max.entry(id).or_insert(before);
            *local_max = before.min(*local_max);
        }
    }
}

impl Gap {
    fn new(conversation_id: String, end: i64) -> Self {
        Self { conversation_id, end, complete: false }
    }
}

impl Survey {
    fn new(purpose: Purpose) -> Self {
        Self { purpose, items: Vec::new(), cursor: None }
    }

    /// The positions of a client to which all existing messages are history.
    fn newest(self) -> BTreeMap<String, i64> {
        self.items.into_iter().map(|it| (it.conversation_id, it.max_seq)).collect()
    }

    /// Reads a page; returns whether it was the last.
    async fn read(&mut self, session: &Session) -> Result<bool, Error> {
        let page = session.max_seqs(self.cursor.as_deref()).await?;
        self.items.extend(page.items);
        self.cursor = Some(page.next_cursor);
        Ok(!page.has_more)
    }
}

#[cfg(test)]
mod tests;
