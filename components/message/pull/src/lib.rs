//! `GET /api/v1/message/pull`: the messages of a range of seqs, ascending.
//!
//! Query: `conversation_id`, `begin_seq` and `end_seq` (1 <= begin <= end), `limit` (at most 100; 0
//! or none means 100). Clipped to what the caller may see; `10006` for somebody who has no part in
//! the conversation, whether or not it exists.

use longwave_core::Result;
use longwave_core::message::{Pull, PullResponse};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::message;
use spin_sdk::http_service;

#[http_service]
async fn message_pull(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, pull).await
}

async fn pull(call: &mut Call) -> Result<PullResponse> {
    let caller = call.authenticate().await?;
    let pull = Pull::validate(
        call.query("conversation_id")?.as_deref(),
        call.query_number("begin_seq")?,
        call.query_number("end_seq")?,
        call.query_number("limit")?,
    )?;
    message::pull(&*database().await?, caller.id(), &pull).await
}
