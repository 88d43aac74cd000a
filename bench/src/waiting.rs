//! Polls that wait, and the messages that they return.

use anyhow::{Result, ensure};
use futures::stream::{self, StreamExt};
use longwave_client::{Message, Session};
use std::time::{Duration, Instant};

use crate::progress::each;

/// Timeout of a poll.
pub const POLL: Duration = Duration::from_secs(50);
/// Interval between the first polls of the users: a thousand in ten seconds.
const ARRIVAL: Duration = Duration::from_millis(10);

/// A user who polls from a cursor on.
pub struct Waiting<'a> {
    /// The user's session.
    pub user: &'a Session,
    /// The cursor of the next poll.
    pub cursor: String,
}

/// A message and its arrival.
pub struct Received {
    /// The message as the poll returned it.
    pub message: Message,
    /// The moment at which the poll returned.
    pub at: Instant,
}

/// Gets a cursor for each user.
///
/// # Errors
/// When the server refuses one.
pub async fn cursors<'a>(users: &'a [Session], who: &str) -> Result<Vec<Waiting<'a>>> {
    let start = |user: &'a Session| async move {
        let cursor = user.poll(None, Duration::ZERO).await?.cursor;
        anyhow::Ok(Waiting { user, cursor })
    };
    each(stream::iter(users).map(start).buffered(8), &format!("cursors {who}"), users.len()).await
}

/// The moment at which the user at `place`, counted from 0, begins to poll.
#[must_use]
pub fn arrival(start: Instant, place: usize) -> Instant {
    start + ARRIVAL * u32::try_from(place).unwrap_or(u32::MAX)
}

impl Waiting<'_> {
    /// Polls until `expected` messages have arrived or the deadline has passed, then once more for messages that must
    /// not exist. Advances the cursor.
    ///
    /// # Errors
    /// When a poll is refused, or the log no longer has what follows the cursor.
    pub async fn follow(&mut self, expected: usize, deadline: Instant) -> Result<Vec<Received>> {
        let mut received = self.receive(expected, deadline).await?;
        received.extend(self.look(deadline).await?);
        Ok(received)
    }

    /// Polls until `expected` messages have arrived or the deadline has passed. Advances the cursor.
    ///
    /// # Errors
    /// As for [`follow`](Self::follow).
    pub async fn receive(&mut self, expected: usize, deadline: Instant) -> Result<Vec<Received>> {
        let mut received = Vec::new();
        while received.len() < expected && Instant::now() < deadline {
            received.extend(self.poll(POLL, deadline).await?);
        }
        Ok(received)
    }

    /// Polls once without waiting.
    ///
    /// # Errors
    /// As for [`follow`](Self::follow).
    pub async fn look(&mut self, deadline: Instant) -> Result<Vec<Received>> {
        self.poll(Duration::ZERO, deadline).await
    }

    /// The messages of one poll; none if the deadline passes first.
    async fn poll(&mut self, timeout: Duration, deadline: Instant) -> Result<Vec<Received>> {
        let poll = self.user.poll(Some(&self.cursor), timeout);
        let Ok(polled) = tokio::time::timeout_at(deadline.into(), poll).await else {
            return Ok(Vec::new());
        };
        let polled = polled?;
        ensure!(!polled.reset, "the log no longer has the events after the cursor");
        let at = Instant::now();
        let received = polled.messages().cloned().map(|message| Received { message, at }).collect();
        self.cursor = polled.cursor;
        Ok(received)
    }
}
