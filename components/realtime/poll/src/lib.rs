//! `GET /api/v1/realtime/poll`: returns the frames after a cursor, as soon as there are any.
//!
//! - Query: `cursor` (of the previous answer; if absent, the answer comes at once with a cursor to start from),
//!   `timeout` in seconds (clamped to 0-50; 25 by default).
//! - Answers at once if the log has frames for the caller after the cursor, otherwise when it has, otherwise with an
//!   empty list after `timeout`. An answer has at most about 100 frames and 256 KB.
//! - The next poll with the returned cursor acknowledges the frames. After a lost answer, a poll with the old cursor
//!   reads them again.
//! - If the login ends during the wait, the answer is 401 with the reason. A second poll with the
//!   same token ends the first with an empty answer.
//! - For a cursor that cannot be continued, `reset` is true, the cursor is fresh, and `reset_reason` is `too_old`, or
//!   `other_history` if the cursor is invalid, of another database, or of a history that a restored backup replaced.

use longwave_core::Result;
use longwave_core::frame::{PollQuery, PollResponse};
use longwave_edge::realtime::{Ask, TIMEOUT_DEFAULT, TIMEOUT_MAX};
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
    let query = PollQuery {
        cursor: call.query("cursor")?.filter(|cursor| !cursor.is_empty()),
        timeout: call.query_seconds("timeout", TIMEOUT_DEFAULT, TIMEOUT_MAX)?,
    };
    let retention = variables::event_retention().await?;
    let ask = Ask { cursor: query.cursor.as_deref(), timeout: query.timeout, retention };
    let database = database().await?;
    realtime::poll(&*database, &database, &caller, ask).await
}
