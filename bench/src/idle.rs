//! The cost of polls during which nothing happens.

use crate::report::Row;
use crate::server::Server;
use crate::waiting::{POLL, arrival, cursors};
use anyhow::{Context, Result, ensure};
use futures::future::{join_all, select};
use longwave_client::Session;
use std::pin::pin;
use std::time::{Duration, Instant};

/// Has all users poll, and once all do, measures for `duration`. A poll that ends is followed by the next, as in a
/// client. Memory is the increase since before the first poll.
///
/// # Errors
/// When a poll is refused, or returns a frame or a reset.
pub async fn measure(server: &Server, users: &[Session], duration: Duration) -> Result<Row> {
    let waiting = cursors(users, "of idle users").await?;
    let before = server.kilobytes();
    let begun = Instant::now();
    let measured_from = arrival(begun, users.len()) + Duration::from_secs(2);
    let hold = waiting.into_iter().enumerate().map(|(place, mut waiting)| async move {
        tokio::time::sleep_until(arrival(begun, place).into()).await;
        loop {
            let polled = waiting.user.poll(Some(&waiting.cursor), POLL).await;
            let polled = polled.with_context(|| format!("poll {place}"))?;
            ensure!(polled.frames.is_empty() && !polled.reset, "poll {place}: {polled:?}");
            waiting.cursor = polled.cursor;
        }
    });
    let never_ends = async {
        let ended: Vec<Result<()>> = join_all(hold).await;
        ended.into_iter().collect::<Result<()>>()
    };
    let watch = async {
        tokio::time::sleep_until(measured_from.into()).await;
        eprintln!("{} polls wait; measuring for {} s", users.len(), duration.as_secs());
        let watch = server.watch();
        tokio::time::sleep(duration).await;
        watch.and_then(|watch| watch.used())
    };
    let used = match select(pin!(watch), pin!(never_ends)).await {
        futures::future::Either::Left((used, _)) => used,
        futures::future::Either::Right((ended, _)) => {
            return Err(ended.err().context("polls ended")?);
        }
    };
    let each = before.zip(used).map(|(before, used)| {
        // A number of polls that any machine can hold is exact as a float.
        let polls = f64::from(u32::try_from(users.len()).unwrap_or(u32::MAX));
        used.megabytes.mul_add(1024.0, -before) / polls
    });
    let row = Row::new("idle polls".to_owned(), users.len(), vec![], duration, used, vec![])?;
    Ok(Row { kilobytes_each: each, ..row })
}
