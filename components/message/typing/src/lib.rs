//! `POST /api/v1/message/typing`: notifies the others in a conversation that the caller is typing.
//!
//! Body: `conversation_id`. The other members who poll or stream now, or within 4 s, receive a
//! frame 2009; later polls do not. `10006` if the conversation is not visible to the caller;
//! `10303` for a former member of its group; `10302` if the group is dismissed; `10005` after 60
//! calls in a minute.

use longwave_core::Result;
use longwave_core::conversation::TypingRequest;
use longwave_edge::{Call, Empty, IntoResponse, Method, Request, database::database, serve};
use longwave_store::conversation;
use spin_sdk::http_service;

#[http_service]
async fn message_typing(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, typing).await
}

async fn typing(call: &mut Call) -> Result<Empty> {
    let caller = call.authenticate().await?;
    let id = call.json::<TypingRequest>().await?.validate()?;
    conversation::announce_typing(&*database().await?, caller.id(), &id, call.now()).await?;
    Ok(Empty {})
}
