//! `GET /api/v1/message/pull`: returns messages of a conversation.
//!
//! Query: `conversation_id`, `limit` (at most 100; 100 if 0 or absent), and exactly one of
//! - `begin_seq` and `end_seq` (1 <= begin <= end): the range of seqs, ascending; with `order=desc`, newest first;
//! - `around`: the message with this seq, `limit / 2` before it and the rest of `limit` after it, ascending;
//! - `at` (milliseconds): the first messages sent at this time or later, ascending.
//!
//! Only messages visible to the caller are returned; for an invisible `around`, the nearest visible one stands. `10001`
//! for none or several of the three. `10006` if the conversation is not visible to the caller, whether or not it exists.

use longwave_core::Result;
use longwave_core::message::{PullQuery, PullResponse};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::message;
use spin_sdk::http_service;

#[http_service]
async fn message_pull(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, pull).await
}

async fn pull(call: &mut Call) -> Result<PullResponse> {
    let caller = call.authenticate().await?;
    let pull = PullQuery {
        conversation_id: call.query("conversation_id")?,
        begin_seq: call.query_number("begin_seq")?,
        end_seq: call.query_number("end_seq")?,
        order: call.query("order")?,
        around: call.query_number("around")?,
        at: call.query_number("at")?,
        limit: call.query_number("limit")?,
    }
    .validate()?;
    message::pull(&*database().await?, caller.id(), &pull).await
}
