//! `GET /api/v1/message/max_seqs`: lists the caller's positions in all conversations.
//!
//! Query: `cursor`, `limit` (at most 200; 200 if 0 or absent). Ordered by conversation id, so that
//! a change during paging hides none.

use longwave_core::Result;
use longwave_core::conversation::{MaxSeqs, MaxSeqsQuery};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::conversation;
use spin_sdk::http_service;

#[http_service]
async fn message_max_seqs(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, max_seqs).await
}

async fn max_seqs(call: &mut Call) -> Result<MaxSeqs> {
    let caller = call.authenticate().await?;
    let page = MaxSeqsQuery { cursor: call.query("cursor")?, limit: call.query_number("limit")? }
        .validate()?;
    conversation::max_seqs(&*database().await?, caller.id(), &page).await
}
