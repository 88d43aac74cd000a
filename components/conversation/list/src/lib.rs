//! `GET /api/v1/conversation/list`: lists the caller's conversations, latest message first.
//!
//! Query: `cursor`, `limit` (at most 100; 100 if 0 or absent), `with_last_message` (`true` or `false`).

use longwave_core::Result;
use longwave_core::conversation::{Conversations, ListQuery};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::conversation;
use spin_sdk::http_service;

#[http_service]
async fn conversation_list(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, list).await
}

async fn list(call: &mut Call) -> Result<Conversations> {
    let caller = call.authenticate().await?;
    let page = ListQuery {
        cursor: call.query("cursor")?,
        with_last_message: call.query("with_last_message")?,
        limit: call.query_number("limit")?,
    }
    .validate()?;
    conversation::list(&*database().await?, caller.id(), &page).await
}
