//! `PUT /api/v1/conversation/opt`: sets the caller's options of a conversation.
//!
//! Body: `conversation_id`, `recv_msg_opt` (0 normal, 1 mute), `is_pinned`; an absent or null option is unchanged. The
//! caller's sessions receive a frame 2007 if an option changed. `10006` if the conversation is not visible to the
//! caller; `10005` if `change_per_minute` is exceeded.

use longwave_core::Result;
use longwave_core::conversation::OptionsRequest;
use longwave_edge::{
    Call, Empty, IntoResponse, Method, Request, database::database, serve, throttle::count_change,
};
use longwave_store::conversation;
use spin_sdk::http_service;

#[http_service]
async fn conversation_opt(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::PUT], request, opt).await
}

async fn opt(call: &mut Call) -> Result<Empty> {
    let caller = call.authenticate().await?;
    let options = call.json::<OptionsRequest>().await?.validate()?;
    let database = database().await?;
    count_change(&database, caller.id(), call.now()).await?;
    conversation::set_options(&*database, caller.id(), &options, call.now()).await?;
    Ok(Empty {})
}
