//! `POST /api/v1/message/edit`: replaces the content of an own message.
//!
//! Body: `conversation_id`, `seq`, `content` (as in `message/send`), `base_version` (the version that the user edited; any
//! if absent). Returns the `version` that is stored now. The same content again changes nothing, so a repeat is safe.
//! `10006` if the conversation is not visible to the caller; `10303` for a former member; `10401` for a seq that is not
//! visible; `10410` if the message was revoked or removed; `10302` in a dismissed group; `10405` for a message of somebody
//! else, of a type other than 1, 9 and 100, or older than `edit_seconds`; `10406` if `base_version` is not the stored
//! version; `10403` if the content is too large; `10005` if `edit_per_minute` is exceeded. Everybody who may see the
//! message receives a frame 2010; unread counts and the order of lists stay.

use longwave_core::Result;
use longwave_core::message::{EditMessageRequest, Edited};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve, variables};
use longwave_store::message;
use spin_sdk::http_service;

#[http_service]
async fn message_edit(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, edit).await
}

async fn edit(call: &mut Call) -> Result<Edited> {
    let caller = call.authenticate().await?;
    let edit = call.json::<EditMessageRequest>().await?.validate()?;
    let rules = variables::edit_rules().await?;
    message::edit(&*database().await?, caller.id(), edit, rules, call.now()).await
}
