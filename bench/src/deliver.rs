//! How fast a message reaches somebody who waits for it.

use crate::people;
use crate::report::Row;
use crate::server::Server;
use anyhow::{Context, Result};
use futures::future::{join_all, try_join, try_join_all};
use longwave_client::{Draft, Session};
use std::time::{Duration, Instant};

/// How long each poll waits.
const POLL: Duration = Duration::from_secs(25);
/// How long after the last send a message may still be on its way.
const LATE: Duration = Duration::from_secs(10);

/// Sends `rate` messages a second, one after the other to each of those who poll, at set times
/// however long a send takes; latency is from the start of the send to the receipt.
///
/// # Errors
/// When a send or a poll is refused.
pub async fn measure(
    server: &Server,
    pollers: &[Session],
    rate: u32,
    duration: Duration,
) -> Result<Row> {
    let senders = people::make(server, 1, "who send").await?;
    let sender = senders.first().context("no users")?;
    let count = usize::try_from(u64::from(rate) * duration.as_secs())?;
    let cursors = try_join_all(pollers.iter().map(|user| user.poll(None, POLL))).await?;

    let watch = server.watch();
    let started = Instant::now() + Duration::from_millis(500);
    let interval = Duration::from_secs(1) / rate;
    // `count` is the seconds times the rate, both far below what a u32 holds.
    let sent_at = |number: usize| started + interval * u32::try_from(number).unwrap_or(u32::MAX);
    let send = async {
        let sends = (0..count).map(|number| async move {
            let to = pollers[number % pollers.len()].user_id();
            let draft = Draft::text(to, number.to_string(), "hello there");
            tokio::time::sleep_until(sent_at(number).into()).await;
            sender.send(&draft).await
        });
        try_join_all(sends).await
    };
    let receive = pollers.iter().zip(&cursors).enumerate().map(|(place, (user, start))| {
        let expected = (place..count).step_by(pollers.len()).count();
        let deadline = sent_at(count) + LATE;
        follow(user, start.cursor.clone(), expected, deadline)
    });
    let receive = async { anyhow::Ok(join_all(receive).await) };
    let (_, received) = try_join(async { Ok(send.await?) }, receive).await?;
    let elapsed = started.elapsed();
    let used = watch.and_then(|watch| watch.used());

    let mut wrong = Vec::new();
    let mut times = Vec::new();
    for (place, received) in received.into_iter().enumerate() {
        let received = received?;
        let numbers: Vec<usize> = received.iter().map(|(number, _)| *number).collect();
        if !numbers.iter().copied().eq((place..count).step_by(pollers.len())) {
            wrong.push(format!("{} received {numbers:?}", pollers[place].user_id()));
        }
        times.extend(
            received.iter().map(|(number, at)| at.saturating_duration_since(sent_at(*number))),
        );
    }
    let what = format!("delivery at {rate}/s");
    Row::new(what, pollers.len(), times, elapsed, used, wrong)
}

/// Polls until `expected` messages have come or the deadline has; gives their numbers, in the order
/// of arrival, and when each came. Then looks once more for what must not be there.
async fn follow(
    user: &Session,
    mut cursor: String,
    expected: usize,
    deadline: Instant,
) -> Result<Vec<(usize, Instant)>> {
    let mut received = Vec::new();
    loop {
        let complete = received.len() >= expected;
        let timeout = if complete { Duration::ZERO } else { POLL };
        let poll = tokio::time::timeout_at(deadline.into(), user.poll(Some(&cursor), timeout));
        let Ok(answer) = poll.await else { return Ok(received) };
        let polled = answer?;
        let now = Instant::now();
        for message in polled.messages() {
            received.push((message.client_msg_id.parse()?, now));
        }
        if complete {
            return Ok(received);
        }
        cursor = polled.cursor;
    }
}
