//! The time until a message reaches a user who polls.

use crate::people;
use crate::report::Row;
use crate::send::history;
use crate::server::Server;
use crate::waiting::{Received, arrival, cursors};
use anyhow::{Context, Result};
use futures::future::{join_all, try_join, try_join_all};
use longwave_client::{Ack, Draft, Session};
use std::time::{Duration, Instant};

/// Maximum time from the last send to the last arrival.
const LATE: Duration = Duration::from_secs(10);

/// Sends `rate` messages a second to the polling users in turn, at set times however long a send takes. Latency is
/// from the set time of the send to the receipt.
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
    let mut waiting = cursors(pollers, "of the pollers").await?;

    let begun = Instant::now();
    let started = arrival(begun, pollers.len()) + Duration::from_secs(1);
    let interval = Duration::from_secs(1) / rate;
    // `count` is the seconds times the rate, both far below what a u32 holds.
    let sent_at = |number: usize| started + interval * u32::try_from(number).unwrap_or(u32::MAX);
    let send = async {
        tokio::time::sleep_until(started.into()).await;
        let watch = server.watch();
        let sends = (0..count).map(|number| async move {
            let to = pollers[number % pollers.len()].user_id();
            let draft = Draft::text(to, number.to_string(), &text(number));
            tokio::time::sleep_until(sent_at(number).into()).await;
            sender.send(&draft).await
        });
        let acks = try_join_all(sends).await?;
        anyhow::Ok((acks, watch.and_then(|watch| watch.used())))
    };
    let receive = waiting.iter_mut().enumerate().map(|(place, waiting)| async move {
        let expected = (place..count).step_by(pollers.len()).count();
        tokio::time::sleep_until(arrival(begun, place).into()).await;
        waiting.follow(expected, sent_at(count) + LATE).await
    });
    let receive = async { join_all(receive).await.into_iter().collect::<Result<Vec<_>>>() };
    let ((acks, used), received) = try_join(send, receive).await?;

    let (mut wrong, mut times) = (Vec::new(), Vec::new());
    for (place, received) in received.iter().enumerate() {
        let numbers: Vec<usize> = (place..count).step_by(pollers.len()).collect();
        let expected: Vec<(&Ack, String)> =
            numbers.iter().map(|number| (&acks[*number], text(*number))).collect();
        wrong.extend(differs(&pollers[place], received, &expected));
        for user in [sender, &pollers[place]] {
            let acks: Vec<&Ack> = expected.iter().map(|(ack, _)| *ack).collect();
            wrong.extend(history(user, &acks).await?);
        }
        let at = received.iter().zip(&numbers);
        times.extend(at.map(|(it, number)| it.at.saturating_duration_since(sent_at(*number))));
    }
    let elapsed = sent_at(count) - started;
    Row::new(format!("delivery at {rate}/s"), pollers.len(), times, elapsed, used, wrong)
}

fn text(number: usize) -> String {
    format!("message {number}")
}

/// Describes how the messages that a user received differ from those acknowledged to the sender; `None` if each
/// arrived exactly once, in order, with its content.
pub fn differs(
    user: &Session,
    received: &[Received],
    expected: &[(&Ack, String)],
) -> Option<String> {
    let received = received.iter().map(|Received { message, .. }| {
        (message.server_msg_id.as_str(), message.seq, message.content.clone())
    });
    let expected = expected.iter().map(|(ack, text)| {
        let content = Draft::text(user.user_id(), "", text).content;
        (ack.server_msg_id.as_str(), ack.seq, content)
    });
    let (found, sent) = (received.len(), expected.len());
    (!received.eq(expected)).then(|| {
        format!(
            "{} received {found} of {sent} messages, or others, or in another order",
            user.user_id()
        )
    })
}
