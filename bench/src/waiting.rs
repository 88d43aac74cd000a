//! Polls that wait, and what they are told.

use anyhow::{Result, ensure};
use futures::stream::{self, StreamExt};
use longwave_client::{Message, Session};
use std::time::{Duration, Instant};

use crate::progress::each;

/// How long each poll waits.
pub const POLL: Duration = Duration::from_secs(50);
/// How far apart those come who are to wait: a thousand in ten seconds.
const ARRIVAL: Duration = Duration::from_millis(10);

/// Somebody who waits from a cursor on.
pub struct Waiting<'a> {
    /// Who.
    pub user: &'a Session,
    /// From where.
    pub cursor: String,
}

/// A message as it came.
pub struct Received {
    /// It.
    pub message: Message,
    /// When.
    pub at: Instant,
}

/// Takes a cursor for each.
///
/// # Errors
/// When one is refused.
pub async fn cursors<'a>(users: &'a [Session], who: &str) -> Result<Vec<Waiting<'a>>> {
    let start = |user: &'a Session| async move {
        let cursor = user.poll(None, Duration::ZERO).await?.cursor;
        anyhow::Ok(Waiting { user, cursor })
    };
    each(stream::iter(users).map(start).buffered(8), &format!("cursors {who}"), users.len()).await
}

/// When the one at `place` of those who come one after the other is to come.
#[must_use]
pub fn arrival(start: Instant, place: usize) -> Instant {
    start + ARRIVAL * u32::try_from(place).unwrap_or(u32::MAX)
}

impl Waiting<'_> {
    /// Polls until `expected` messages have come or the deadline has; then looks once more for what must
    /// not be there. The cursor moves along.
    ///
    /// # Errors
    /// When a poll is refused, or the log has forgotten.
    pub async fn follow(&mut self, expected: usize, deadline: Instant) -> Result<Vec<Received>> {
        let mut received = self.receive(expected, deadline).await?;
        received.extend(self.look(deadline).await?);
        Ok(received)
    }

    /// Polls until `expected` messages have come or the deadline has. The cursor moves along.
    ///
    /// # Errors
    /// As those of [`follow`](Self::follow).
    pub async fn receive(&mut self, expected: usize, deadline: Instant) -> Result<Vec<Received>> {
        let mut received = Vec::new();
        while received.len() < expected && Instant::now() < deadline {
            received.extend(self.poll(POLL, deadline).await?);
        }
        Ok(received)
    }

    /// What there is now.
    ///
    /// # Errors
    /// As those of [`follow`](Self::follow).
    pub async fn look(&mut self, deadline: Instant) -> Result<Vec<Received>> {
        self.poll(Duration::ZERO, deadline).await
    }

    /// What one poll brings; nothing when the deadline comes first.
    async fn poll(&mut self, timeout: Duration, deadline: Instant) -> Result<Vec<Received>> {
        let poll = self.user.poll(Some(&self.cursor), timeout);
        let Ok(polled) = tokio::time::timeout_at(deadline.into(), poll).await else {
            return Ok(Vec::new());
        };
        let polled = polled?;
        ensure!(!polled.reset, "the log has forgotten what was still to be polled");
        let at = Instant::now();
        let received = polled.messages().cloned().map(|message| Received { message, at }).collect();
        self.cursor = polled.cursor;
        Ok(received)
    }
}
