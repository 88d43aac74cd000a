//! `POST /api/v1/message/revoke`: erases the content of messages for everybody.
//!
//! Body: `conversation_id`, `seqs` (1 to 100), `trace` (true by default; false if clients are to show nothing in their
//! place). All messages are revoked, or none if one is refused; those that were revoked before stay as they are. The
//! caller may revoke own messages within `revoke_seconds` of sending (`10404` later); in a group, the owner may revoke
//! any message, and an admin those of plain and former members. `10006` for other messages, and if the conversation is
//! not visible to the caller; `10303` for a former member; `10401` for a seq that is not visible; `10302` for somebody
//! else's message in a dismissed group; `10005` if `change_per_minute` is exceeded. Everybody who may see a message
//! receives a frame 2010.

use longwave_core::Result;
use longwave_core::message::RevokeMessagesRequest;
use longwave_edge::{
    Call, Empty, IntoResponse, Method, Request, database::database, serve, throttle::count_change,
    variables,
};
use longwave_store::message;
use spin_sdk::http_service;

#[http_service]
async fn message_revoke(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, revoke).await
}

async fn revoke(call: &mut Call) -> Result<Empty> {
    let caller = call.authenticate().await?;
    let revoke = call.json::<RevokeMessagesRequest>().await?.validate()?;
    let rules = variables::revoke_rules().await?;
    let database = database().await?;
    count_change(&database, caller.id(), call.now()).await?;
    message::revoke(&*database, caller.id(), &revoke, rules, call.now()).await?;
    Ok(Empty {})
}
