//! `GET /api/v1/message/replies`: returns the messages that quote a message.
//!
//! Query: `conversation_id`, `seq`, `cursor`, `limit` (at most 100; 100 if 0 or absent). Only messages that are visible
//! to the caller, ascending by seq, at most about 256 KiB per page. `10006` if the conversation is not visible to the
//! caller; `10401` for a seq that is not visible.

use longwave_core::Result;
use longwave_core::message::{Replies, RepliesQuery};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::message;
use spin_sdk::http_service;

#[http_service]
async fn message_replies(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, replies).await
}

async fn replies(call: &mut Call) -> Result<Replies> {
    let caller = call.authenticate().await?;
    let asked = RepliesQuery {
        conversation_id: call.query("conversation_id")?,
        seq: call.query_number("seq")?,
        cursor: call.query("cursor")?,
        limit: call.query_number("limit")?,
    }
    .validate()?;
    message::replies(&*database().await?, caller.id(), &asked).await
}
