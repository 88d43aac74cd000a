//! `GET /api/v1/realtime/stream`: sends the frames after a cursor as server-sent events.
//!
//! - The cursor is that of polls, in the header `Last-Event-ID` or the query's `cursor`; the id of each event is the
//!   cursor to reconnect with. Without a cursor, or with one that cannot be continued, the first event is `sync` with
//!   `{"cursor","reset","reset_reason"}`; `reset_reason` only if `reset` is true.
//! - An event without a name is a frame. A comment is sent at once, and one with an id after 15 s of silence.
//! - If the login ends, the last event is `end` with the envelope that a poll would return. A second stream with the
//!   same token ends the first.
//! - The stream ends by itself after `timeout` seconds (clamped to 0-300; 300 by default): reconnect with the last id.

use bytes::Bytes;
use futures::Stream;
use longwave_core::Result;
use longwave_core::frame::StreamQuery;
use longwave_edge::{
    Call, IntoResponse, Request, database::database, realtime, serve_events, variables,
};
use spin_sdk::http_service;
use std::rc::Rc;

#[http_service]
async fn realtime_stream(request: Request) -> impl IntoResponse {
    serve_events(env!("CARGO_PKG_NAME"), request, stream).await
}

async fn stream(call: &mut Call) -> Result<impl Stream<Item = Bytes> + use<>> {
    realtime::make_room().await;
    let caller = call.authenticate().await?;
    let query = StreamQuery {
        cursor: call.query("cursor")?.filter(|cursor| !cursor.is_empty()),
        timeout: call.query_seconds("timeout", realtime::STREAM_MAX, realtime::STREAM_MAX)?,
    };
    let last_id = call.header("last-event-id").map(str::to_owned);
    let cursor = last_id.or(query.cursor);
    let retention = variables::event_retention().await?;
    let database = database().await?;
    Ok(realtime::stream(Rc::clone(&database), database, caller, cursor, query.timeout, retention))
}
