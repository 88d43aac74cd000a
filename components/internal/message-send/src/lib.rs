//! `POST /api/v1/internal/message/send`: `POST /api/v1/message/send` on behalf of the user in `X-User-Id`.
//!
//! Signed by a service. Body: the same, but `sender_read` is false by default. No rate limit.

use longwave_core::Result;
use longwave_core::message::{Ack, SendRequest};
use longwave_edge::{Call, IntoResponse, Method, Request, clock, database::database, serve};
use longwave_store::message;
use spin_sdk::http_service;

#[http_service]
async fn internal_message_send(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, send).await
}

async fn send(call: &mut Call) -> Result<Ack> {
    let sender_id = call.authenticate_service().await?.on_behalf()?;
    let message = call.json::<SendRequest>().await?.validate(sender_id, false)?;
    message::send(&*database().await?, message, 0, clock::uuid(), call.now()).await
}
