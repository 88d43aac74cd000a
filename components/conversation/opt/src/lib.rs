//! `PUT /api/v1/conversation/opt`: sets the caller's options of a conversation.
//!
//! Body: `conversation_id`, `recv_msg_opt` (0 normal, 1 mute), `is_pinned`; an absent or null option
//! stays. The caller's sessions get a frame 2007 when something changed. `10006` for somebody who
//! has no part in the conversation; `10005` beyond `change_per_minute`.

use longwave_core::Result;
use longwave_core::conversation::OptionsRequest;
use longwave_edge::{
    Call, Empty, IntoResponse, Method, Request, clock, database::database, serve,
    throttle::count_change,
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
    count_change(&database, caller.id()).await?;
    conversation::set_options(&*database, caller.id(), &options, clock::now()).await?;
    Ok(Empty {})
}
