//! `GET /api/v1/internal/conversation/list`: `GET /api/v1/conversation/list` on behalf of the user in `X-User-Id`.
//!
//! Signed by a service. Query: `cursor`, `limit`, `with_last_message`.

use longwave_core::Result;
use longwave_core::conversation::{Conversations, ListQuery};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::conversation;
use spin_sdk::http_service;

#[http_service]
async fn internal_conversation_list(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, list).await
}

async fn list(call: &mut Call) -> Result<Conversations> {
    let owner_id = call.authenticate_service().await?.on_behalf()?;
    let page = ListQuery {
        cursor: call.query("cursor")?,
        with_last_message: call.query("with_last_message")?,
        limit: call.query_number("limit")?,
    }
    .validate()?;
    conversation::list(&*database().await?, &owner_id, &page).await
}
