//! `POST /api/v1/user/online_subscribe`: subscribes the caller's session to the presence of users.
//!
//! Body: `user_ids`, 0 to 100 ids, which replace the previous subscription of the session (the caller on this
//! platform). A new login begins without a subscription. The answer is the current presence of the users. When it
//! changes, the polls and streams of the session receive a frame 2005.

use longwave_core::Result;
use longwave_core::presence::{OnlineStatuses, SubscribeRequest};
use longwave_edge::login::Login;
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::presence;
use spin_sdk::http_service;

#[http_service]
async fn user_online_subscribe(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, subscribe).await
}

async fn subscribe(call: &mut Call) -> Result<OnlineStatuses> {
    let caller = call.authenticate().await?;
    let ids = call.json::<SubscribeRequest>().await?.validate()?;
    let database = database().await?;
    // Subscribe first: a change in between then arrives as a frame.
    presence::subscribe(&*database, caller.present(), &ids).await?;
    presence::online_status(&*database, &ids, call.now()).await
}
