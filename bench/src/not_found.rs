//! The floor of the runtime: a component that only refuses.

use crate::report::Row;
use crate::server::Server;
use anyhow::{Result, ensure};
use futures::future::try_join_all;
use std::time::{Duration, Instant};

/// Requests a route that nothing serves, in a closed loop on `connections` connections.
///
/// # Errors
/// When an answer is not 404.
pub async fn measure(server: &Server, connections: usize, duration: Duration) -> Result<Row> {
    let client = &server.client;
    let watch = server.watch();
    let end = Instant::now() + duration;
    let ask = |_| async move {
        let mut times = Vec::new();
        while Instant::now() < end {
            let asked = Instant::now();
            let status = client.status_of("/nowhere").await?;
            ensure!(status == 404, "GET /nowhere was answered {status}");
            times.push(asked.elapsed());
        }
        anyhow::Ok(times)
    };
    let times = try_join_all((0..connections).map(ask)).await?.concat();
    let what = "empty handler".to_owned();
    let used = watch.and_then(|watch| watch.used());
    Row::new(what, connections, times, duration, used, Vec::new())
}
