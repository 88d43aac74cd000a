//! `GET /api/v1/realtime/stream`: what a poll answers, as server-sent events.
//!
//! - The cursor is that of polls, in the header `Last-Event-ID` or the query's `cursor`; each event's id is
//!   the cursor to come again with. Without one, or with one that is of no use here, the first event is
//!   `sync` with `{"cursor","reset","reset_reason"}`, the last where `reset` is true.
//! - An event without a name is a frame. A comment comes at once, and one with an id after 15 s of silence.
//! - `end` comes last when the login ends, with the envelope that a poll would have answered; a second
//!   stream of the same token ends the first.
//! - It ends by itself after `timeout` seconds (0-300, cut to that; 300 unless said otherwise): come again
//!   with the last id.

use bytes::Bytes;
use futures::Stream;
use longwave_core::Result;
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
    let cursor = call.query("cursor")?.filter(|cursor| !cursor.is_empty());
    let last_id = call.header("last-event-id").filter(|id| !id.is_empty()).map(str::to_owned);
    let cursor = last_id.or(cursor);
    let timeout = call.query_seconds("timeout", realtime::STREAM_MAX, realtime::STREAM_MAX)?;
    let retention = variables::event_retention().await?;
    let database = database().await?;
    Ok(realtime::stream(Rc::clone(&database), database, caller, cursor, timeout, retention))
}
