//! `GET /api/v1/internal/conversation/list`: as `GET /api/v1/conversation/list`, of the user of
//! `X-User-Id`.
//!
//! Signed by a service. Query: `cursor`, `limit`, `with_last_message`.

use longwave_core::Result;
use longwave_core::conversation::{Conversations, ListPage};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::conversation;
use spin_sdk::http_service;

#[http_service]
async fn internal_conversation_list(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, list).await
}

async fn list(call: &mut Call) -> Result<Conversations> {
    let owner_id = call.authenticate_service().await?.on_behalf()?;
    let (cursor, with) = (call.query("cursor")?, call.query("with_last_message")?);
    let page = ListPage::validate(cursor.as_deref(), call.query_number("limit")?, with.as_deref())?;
    conversation::list(&*database().await?, &owner_id, &page).await
}
