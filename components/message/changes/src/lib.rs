//! `GET /api/v1/message/changes`: returns the messages of a conversation that changed since a version, as they are now.
//!
//! Query: `conversation_id`, `since` (the `version` of the previous response; all changes if absent), `limit` (at most
//! 100; 100 if 0 or absent). Messages are in the order of their latest changes, and only those visible to the caller. A
//! version of another database returns all changes with `full`. `10006` if the conversation is not visible to the
//! caller, whether or not it exists; `10001` for another `since`.

use longwave_core::Result;
use longwave_core::message::{ChangesQuery, ChangesResponse};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::message;
use spin_sdk::http_service;

#[http_service]
async fn message_changes(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, changes).await
}

async fn changes(call: &mut Call) -> Result<ChangesResponse> {
    let caller = call.authenticate().await?;
    let changes = ChangesQuery {
        conversation_id: call.query("conversation_id")?,
        since: call.query("since")?,
        limit: call.query_number("limit")?,
    }
    .validate()?;
    message::changes(&*database().await?, caller.id(), &changes).await
}
