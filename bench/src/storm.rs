//! All polls lose their connections and are repeated at once.

use crate::deliver::differs;
use crate::people;
use crate::report::Row;
use crate::server::Server;
use crate::waiting::{POLL, Received, arrival, cursors};
use anyhow::{Context, Result};
use futures::future::{join_all, try_join, try_join_all};
use longwave_client::{Ack, Draft, Session};
use std::time::{Duration, Instant};

/// Longest time until a user who polls again has the message.
const LATE: Duration = Duration::from_mins(1);

/// Has all users poll, drops their connections in the middle, sends each a message, and has all poll again at once
/// from their old cursors. Returns the time from then until each had the message.
///
/// # Errors
/// When the server refuses something.
pub async fn measure(server: &Server, users: &[Session]) -> Result<Row> {
    let senders = people::make(server, 1, "who send").await?;
    let sender = senders.first().context("no users")?;
    let mut waiting = cursors(users, "of the users").await?;
    let begun = Instant::now();
    let cut = arrival(begun, users.len()) + Duration::from_secs(1);
    join_all(waiting.iter().enumerate().map(|(place, it)| async move {
        tokio::time::sleep_until(arrival(begun, place).into()).await;
        let poll = it.user.poll(Some(&it.cursor), POLL);
        drop(tokio::time::timeout_at(cut.into(), poll).await);
    }))
    .await;

    let watch = server.watch();
    let started = Instant::now();
    let text = |place: usize| format!("message {place}");
    let send = async {
        let mut acks: Vec<Ack> = Vec::new();
        for (place, user) in users.iter().enumerate() {
            let draft = Draft::text(user.user_id(), place.to_string(), &text(place));
            acks.push(sender.send(&draft).await?);
        }
        anyhow::Ok(acks)
    };
    let receive = try_join_all(waiting.iter_mut().map(|it| it.follow(1, started + LATE)));
    let (acks, received): (Vec<Ack>, Vec<Vec<Received>>) = try_join(send, receive).await?;
    let used = watch.and_then(|watch| watch.used());
    let elapsed = started.elapsed();
    let each = users.iter().zip(&received).zip(&acks).enumerate();
    let wrong = each.filter_map(|(place, ((user, received), ack))| {
        differs(user, received, &[(ack, text(place))])
    });
    let wrong = wrong.collect();
    let times = received.iter().flatten().map(|it| it.at - started).collect();
    Row::new("reconnect storm".to_owned(), users.len(), times, elapsed, used, wrong)
}
