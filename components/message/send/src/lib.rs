//! `POST /api/v1/message/send`: stores a message and returns its seq and time.
//!
//! Body: `client_msg_id` (1-64 bytes), `session_type` 1 with `recv_id` or 2 with `group_id`, `content_type` (1 to 11,
//! 100), `content` (a JSON value as text, at most 8,192 bytes), `quote_seq` (a message of the conversation;
//! optional), `sender_read` (true by default). A repeat with the same `client_msg_id` gets the answer of the first
//! message; with other content it is `10402`. `10201` if the recipient does not exist; for a group, `10301` if it does
//! not exist, `10302` if it is dismissed, `10303` if the caller is not a member; `10401` if the quoted message is not
//! visible to the caller, `10410` if it is erased; `10005` if `message_send_per_minute` is exceeded.

use longwave_core::Result;
use longwave_core::message::{Ack, SendRequest};
use longwave_edge::{
    Call, IntoResponse, Method, Request, clock, database::database, serve, variables,
};
use longwave_store::message;
use spin_sdk::http_service;

#[http_service]
async fn message_send(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, send).await
}

async fn send(call: &mut Call) -> Result<Ack> {
    let caller = call.authenticate().await?;
    let message = call.json::<SendRequest>().await?.validate(caller.id().clone(), true)?;
    let per_minute = variables::message_send_per_minute().await?;
    message::send(&*database().await?, message, per_minute, clock::uuid(), call.now()).await
}
