//! `GET /api/v1/message/pull`: returns the messages of a range of seqs, ascending.
//!
//! Query: `conversation_id`, `begin_seq` and `end_seq` (1 <= begin <= end), `limit` (at most 100; 100 if 0 or absent).
//! The range is limited to the messages visible to the caller. `10006` if the conversation is not visible to the
//! caller, whether or not it exists.

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
        limit: call.query_number("limit")?,
    }
    .validate()?;
    message::pull(&*database().await?, caller.id(), &pull).await
}
