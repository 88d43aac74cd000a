//! Progress, printed whenever something takes longer than two seconds.

use anyhow::{Context, Result};
use futures::stream::{Stream, TryStreamExt};
use std::time::{Duration, Instant};

/// Interval between lines of progress.
const INTERVAL: Duration = Duration::from_secs(2);

/// Waits for all items of a stream, and returns them in its order.
///
/// # Errors
/// The first error of the stream.
pub async fn each<T, E>(
    done: impl Stream<Item = Result<T, E>>,
    what: &str,
    count: usize,
) -> Result<Vec<T>>
where
    E: Into<anyhow::Error>,
{
    let (mut printed, mut all) = (Instant::now(), Vec::with_capacity(count));
    let mut done = std::pin::pin!(done.map_err(Into::into));
    while let Some(one) = done.try_next().await.with_context(|| what.to_owned())? {
        all.push(one);
        if printed.elapsed() > INTERVAL {
            printed = Instant::now();
            eprintln!("{what}: {} of {count}", all.len());
        }
    }
    Ok(all)
}
