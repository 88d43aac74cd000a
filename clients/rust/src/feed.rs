//! Staying in sync: the poll loop with the rules of `docs/api.md`, "Staying in sync".

use crate::backoff::{Backoff, PATIENCE, answered, breath};
use crate::{Error, Frame, MaxSeq, Message, ResetReason, Session};
use longwave_core::Code;
use longwave_core::message::PULL_MAX;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::mem::take;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// How long a poll asks to wait.
const POLL: Duration = Duration::from_secs(25);

/// What a [`Feed`] gives.
#[derive(Debug)]
pub enum Event {
    /// A message, own ones included.
    Message(Box<Message>),
    /// Any other change, as the poll told it.
    Change(Frame),
    /// The server cannot go on from where the feed was.
    Reset {
        /// [`ResetReason::TooOld`]: the log no longer goes back to there. What the application holds
        /// is still true. The messages that were missed follow; other changes are gone, so lists,
        /// read positions, groups and options have to be read again.
        ///
        /// [`ResetReason::OtherHistory`]: the server is another one, or was restored from a backup.
        /// Messages that were given may be gone, and their seqs be those of others. Drop everything
        /// that came from the server and read it again, as at a start: [`Feed::local_max`] is
        /// already the new one, and what comes from here on follows. What the user wrote and the
        /// server did not acknowledge stays, and is to be sent.
        reason: ResetReason,
    },
}

/// Everything that happens to a user from a moment on, as it happens.
///
/// Each message is given exactly once, and those of a conversation in the order of their seqs
/// without a gap, as far as the user may see them. While the server does not answer, fails or asks
/// to wait, the feed asks again, at growing intervals; and so it does while something else answers in
/// the server's place, such as a router or a captive portal, however long that lasts.
///
/// A message is new if it stands behind [`Feed::local_max`], which for a conversation that was there
/// at the start is the newest message of then, and history otherwise: [`Session::pull`] has it.
#[derive(Debug)]
pub struct Feed {
    session: Session,
    /// What was given. It only moves when something is given, never when it is merely read.
    state: FeedState,
    /// The answer of the last poll, of which the frames that are left were not given.
    answer: Option<Answer>,
    /// What has to be pulled before the next frame, the first one first.
    gaps: VecDeque<Gap>,
    /// Messages of the first gap, not given.
    pulled: VecDeque<Message>,
    /// Positions that are being read before the next frame.
    survey: Option<Survey>,
    /// The positions in another history, which take the place of all that are known.
    anew: Option<BTreeMap<String, i64>>,
    backoff: Backoff,
    /// The wait before the next request, after a failure.
    pause: Option<Pin<Box<Sleep>>>,
}

/// How far a [`Feed`] has come: keep it, and [`Feed::resume`] goes on from there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedState {
    /// Everything up to here was given, and of what lies behind it the messages up to `local_max`.
    cursor: String,
    /// By conversation, the highest seq up to which everything was given, or was there at the start.
    local_max: BTreeMap<String, i64>,
    /// The messages that were given from behind the cursor, by their server ids: they come again, and are others
    /// where a restored backup has replaced that part of the history.
    #[serde(default)]
    given: BTreeMap<String, BTreeMap<i64, String>>,
}

#[derive(Debug)]
struct Answer {
    cursor: String,
    frames: VecDeque<Frame>,
    /// Why its cursor does not go on from the one before, until that is dealt with.
    reset: Option<ResetReason>,
}

/// Messages behind the local max and up to `end` that have to be pulled.
#[derive(Debug)]
struct Gap {
    conversation_id: String,
    end: i64,
    /// Whether what was pulled is all that can be seen of it.
    complete: bool,
}

/// A run through the pages of `max_seqs`.
#[derive(Debug)]
struct Survey {
    purpose: Purpose,
    items: Vec<MaxSeq>,
    cursor: Option<String>,
}

/// What positions are read for.
#[derive(Clone, Copy, Debug)]
enum Purpose {
    /// To begin: what is there now is history.
    Start,
    /// To pull what was missed.
    Missed,
    /// To place the first frame, whose conversation is not known.
    Frame,
}

impl FeedState {
    /// The highest seq of a conversation up to which everything was given, or was there at the
    /// start; `None` for a conversation of which nothing is known yet.
    #[must_use]
    pub fn local_max(&self, conversation_id: &str) -> Option<i64> {
        self.local_max.get(conversation_id).copied()
    }

    /// Counts a message as given, if it was not before.
    fn give(&mut self, message: &Message) -> bool {
        let new = self.advance(&message.conversation_id, message.seq);
        if new {
            let given = self.given.entry(message.conversation_id.clone()).or_default();
            given.insert(message.seq, message.server_msg_id.clone());
        }
        new
    }

    /// Whether another message was given in the place of this one.
    fn contradicts(&self, message: &Message) -> bool {
        let given = self.given.get(&message.conversation_id).and_then(|it| it.get(&message.seq));
        given.is_some_and(|server_msg_id| *server_msg_id != message.server_msg_id)
    }

    /// Counts what is up to a seq as given, if it was not before.
    fn advance(&mut self, conversation_id: &str, seq: i64) -> bool {
        let new = self.local_max(conversation_id).is_none_or(|local_max| seq > local_max);
        if new {
            self.local_max.insert(conversation_id.to_owned(), seq);
        }
        new
    }
}

impl Feed {
    /// The feed of what happens from now on. Read lists and history after this: what happens in
    /// between is given as well, and lies behind [`Feed::local_max`].
    ///
    /// # Errors
    /// Any, at once.
    pub async fn start(session: Session) -> Result<Self, Error> {
        // The cursor first: what happens before the positions are read comes again behind it, and
        // is known by its seq.
        let cursor = session.poll(None, Duration::ZERO).await?.cursor;
        let mut survey = Survey::new(Purpose::Start);
        while !survey.read(&session).await? {}
        Ok(Self::resume(
            session,
            FeedState { cursor, local_max: survey.newest(), given: BTreeMap::new() },
        ))
    }

    /// The feed of what happened since a state was kept. Changes other than messages that were given
    /// shortly before may be given again.
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

    /// How far the feed has come: what it gave until now, and nothing else.
    #[must_use]
    pub fn state(&self) -> &FeedState {
        &self.state
    }

    /// As [`FeedState::local_max`].
    #[must_use]
    pub fn local_max(&self, conversation_id: &str) -> Option<i64> {
        self.state.local_max(conversation_id)
    }

    /// What happens next; waits for it, however long. Nothing is lost when this is dropped half way.
    ///
    /// # Errors
    /// What asking again would not change, and the feed is where it was. When
    /// [`Error::is_unauthorized`], this login is over, and [`Error::reason`] says why.
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

    /// The next of what is there; `None` when something has to be asked first.
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
                // Told only once the positions are known: what the application reads after that
                // and what the feed gives then leave nothing out between them.
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
                        // Nothing can have come before the first message.
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

    /// Asks the server for what the next event needs, and takes in the answer all at once.
    async fn ask(&mut self) -> Result<(), Error> {
        if let Some(gap) = self.gaps.front_mut() {
            let begin = self.state.local_max(&gap.conversation_id).unwrap_or_default() + 1;
            let pull = self.session.pull(&gap.conversation_id, begin, gap.end, PULL_MAX);
            let pulled = match answered(PATIENCE, pull).await {
                Ok(pulled) => pulled,
                // Somebody who has left, and had seen nothing since joining, sees nothing of it.
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
                // A later poll of this login took its place. Asking at once would end that one, and
                // so on, as fast as the server answers.
                self.pause = Some(Box::pin(sleep(breath())));
            }
            // A client that does not know why keeps nothing that may be wrong.
            let reason = || polled.reset_reason.unwrap_or(ResetReason::OtherHistory);
            let (reset, frames) = (polled.reset.then(reason), polled.frames.into());
            self.answer = Some(Answer { cursor: polled.cursor, frames, reset });
        }
        Ok(())
    }

    /// Takes in where the conversations stand now.
    fn know(&mut self, survey: Survey) {
        match survey.purpose {
            Purpose::Start => self.anew = Some(survey.newest()),
            Purpose::Missed => self.miss(survey),
            Purpose::Frame => self.place(survey),
        }
    }

    /// Has what was missed of every conversation pulled. What was given of others stays given.
    fn miss(&mut self, survey: Survey) {
        let local_max = |it: &MaxSeq| self.state.local_max(&it.conversation_id);
        // No conversation becomes shorter: the server was restored, and its log does not tell.
        if survey.items.iter().any(|it| local_max(it) > Some(it.max_seq)) {
            self.anew = Some(survey.newest());
            return;
        }
        for MaxSeq { conversation_id, max_seq, min_seq, .. } in survey.items {
            // A conversation that is new begins with its first visible message.
            let known = self.state.local_max(&conversation_id);
            let local_max = known.map_or(min_seq - 1, |known| known.max(min_seq - 1));
            if local_max < max_seq {
                self.gaps.push_back(Gap::new(conversation_id.clone(), max_seq));
            }
            self.state.local_max.insert(conversation_id, local_max);
        }
    }

    /// Finds the place of the message at hand, and of all conversations that were not known.
    fn place(&mut self, survey: Survey) {
        for MaxSeq { conversation_id, min_seq, .. } in survey.items {
            self.state.local_max.entry(conversation_id).or_insert(min_seq - 1);
        }
        // The message at hand was visible when it was sent, even if by now its conversation begins
        // behind it, after leaving and joining again, or is no longer listed.
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

    /// The positions of a client that takes what is there for history.
    fn newest(self) -> BTreeMap<String, i64> {
        self.items.into_iter().map(|it| (it.conversation_id, it.max_seq)).collect()
    }

    /// Reads a page; whether it was the last.
    async fn read(&mut self, session: &Session) -> Result<bool, Error> {
        let page = session.max_seqs(self.cursor.as_deref()).await?;
        self.items.extend(page.items);
        self.cursor = Some(page.next_cursor);
        Ok(!page.has_more)
    }
}

#[cfg(test)]
mod tests;
