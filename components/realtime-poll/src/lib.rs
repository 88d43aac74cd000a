//! `GET /api/v1/realtime/poll`: what happened behind a cursor, as soon as there is something.
//!
//! - Query: `cursor` (from the last answer; none: answers at once with the one to start from),
//!   `timeout` in seconds (0-50, cut to that; 25 unless said otherwise).
//! - Answers at once when the log holds something for the caller behind the cursor, else when it
//!   does, else an empty list after `timeout`; at most 100 frames and about 256 KB.
//! - The answer's cursor acknowledges what came with it: an answer that was lost on the way is read
//!   again with the old one.
//! - A cursor that is garbled, of another database or too old: `reset` is true and the cursor fresh.

use longwave_core::Result;
use longwave_core::frame::Polled;
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, realtime, serve};
use spin_sdk::http_service;
use std::time::Duration;

#[http_service]
async fn realtime_poll(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, poll).await
}

async fn poll(call: &mut Call) -> Result<Polled> {
    let caller = call.authenticate().await?;
    let cursor = call.query("cursor")?;
    let timeout =
        call.query_number::<i64>("timeout")?.map_or(realtime::TIMEOUT_DEFAULT, |seconds| {
            Duration::from_secs(seconds.try_into().unwrap_or(0)).min(realtime::TIMEOUT_MAX)
        });
    realtime::poll(&*database().await?, &caller.present(), cursor.as_deref(), timeout).await
}
