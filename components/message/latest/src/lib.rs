//! `GET /api/v1/message/latest`: returns the newest messages of conversations, each ascending by seq.
//!
//! Query: `conversation_ids` (1 to 20 ids separated by commas), `limit` (of each conversation, at most 20; 20 if 0 or
//! absent). Conversations that are not visible to the caller are left out. All messages together are limited to about
//! 256 KiB: then the oldest of each conversation are missing, and `has_more` is true.

use longwave_core::Result;
use longwave_core::message::{LatestQuery, LatestResponse};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::message;
use spin_sdk::http_service;

#[http_service]
async fn message_latest(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, latest).await
}

async fn latest(call: &mut Call) -> Result<LatestResponse> {
    let caller = call.authenticate().await?;
    let asked = LatestQuery {
        conversation_ids: call.query("conversation_ids")?,
        limit: call.query_number("limit")?,
    }
    .validate()?;
    message::latest(&*database().await?, caller.id(), &asked).await
}
