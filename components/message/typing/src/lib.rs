//! `POST /api/v1/message/typing`: tells who waits in a conversation that the caller types there.
//!
//! Body: `conversation_id`. The other members who poll or stream at that moment, or within 4 s, get a
//! frame 2009; it is not kept. `10006` for somebody who has no part in the conversation, `10303` for who has left its
//! group, `10302` when the group is dismissed, `10005` beyond 60 a minute.

use longwave_core::Result;
use longwave_core::conversation::TypingRequest;
use longwave_edge::{Call, Empty, IntoResponse, Method, Request, clock, database::database, serve};
use longwave_store::conversation;
use spin_sdk::http_service;

#[http_service]
async fn message_typing(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, typing).await
}

async fn typing(call: &mut Call) -> Result<Empty> {
    let caller = call.authenticate().await?;
    let id = call.json::<TypingRequest>().await?.validate()?;
    conversation::announce_typing(&*database().await?, caller.id(), &id, clock::now()).await?;
    Ok(Empty {})
}
