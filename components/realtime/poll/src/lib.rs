//! `GET /api/v1/realtime/poll`: what happened behind a cursor, as soon as there is something.
//!
//! - Query: `cursor` (from the last answer; none: answers at once with the one to start from),
//!   `timeout` in seconds (0-50, cut to that; 25 unless said otherwise).
//! - Answers at once when the log holds something for the caller behind the cursor, else when it
//!   does, else an empty list after `timeout`; about 100 frames and 256 KB at most.
//! - The answer's cursor acknowledges what came with it: an answer that was lost on the way is read
//!   again with the old one.
//! - A login that ends meanwhile is told so with 401 and the reason; a second poll of the same token
//!   answers the first at once, empty.
//! - A cursor that is of no use here: `reset` is true, the cursor fresh, and `reset_reason` `too_old` or, for one
//!   that is garbled, of another database or of a history that a restored backup replaced, `other_history`.

use longwave_core::Result;
use longwave_core::frame::PollResponse;
use longwave_edge::{
    Call, IntoResponse, Method, Request, database::database, realtime, serve, variables,
};
use spin_sdk::http_service;

#[http_service]
async fn realtime_poll(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, poll).await
}

async fn poll(call: &mut Call) -> Result<PollResponse> {
    realtime::make_room().await;
    let caller = call.authenticate().await?;
    let cursor = call.query("cursor")?.filter(|cursor| !cursor.is_empty());
    let timeout =
        call.query_seconds("timeout", realtime::TIMEOUT_DEFAULT, realtime::TIMEOUT_MAX)?;
    let retention = variables::event_retention().await?;
    let ask = realtime::Ask { cursor: cursor.as_deref(), timeout, retention };
    let database = database().await?;
    realtime::poll(&*database, &database, &caller, ask).await
}
