//! `GET /api/v1/conversation/list`: the caller's conversations.
//!
//! Query: `cursor`, `limit` (at most 100; 0 or none means 100), `with_last_message` (`true`
//! or `false`). The one with the latest event comes first.

use longwave_core::Result;
use longwave_core::conversation::{Conversations, ListPage};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::conversation;
use spin_sdk::http_service;

#[http_service]
async fn conversation_list(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, list).await
}

async fn list(call: &mut Call) -> Result<Conversations> {
    let caller = call.authenticate().await?;
    let (cursor, with) = (call.query("cursor")?, call.query("with_last_message")?);
    let page = ListPage::validate(cursor.as_deref(), call.query_number("limit")?, with.as_deref())?;
    conversation::list(&*database().await?, caller.id(), &page).await
}
