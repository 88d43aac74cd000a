//! `GET /api/v1/message/max_seqs`: where the caller stands in each conversation.
//!
//! Query: `cursor`, `limit` (at most 200; 0 or none means 200). By conversation id: complete, whatever
//! moves meanwhile (field F2).

use longwave_core::Result;
use longwave_core::conversation::{MaxSeqs, MaxSeqsPage};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::conversation;
use spin_sdk::http_service;

#[http_service]
async fn message_max_seqs(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, max_seqs).await
}

async fn max_seqs(call: &mut Call) -> Result<MaxSeqs> {
    let caller = call.authenticate().await?;
    let page =
        MaxSeqsPage::validate(call.query("cursor")?.as_deref(), call.query_number("limit")?)?;
    conversation::max_seqs(&*database().await?, caller.id(), &page).await
}
