//! `POST /api/v1/user/online_subscribe`: whose coming and going the caller's session hears of.
//!
//! Body: `user_ids`, 0 to 100. Replaces what the session (the caller on this platform) asked for before;
//! a new login begins with nobody. Answers where they are online now; when that changes, the session's
//! polls and streams get a frame 2005.

use longwave_core::Result;
use longwave_core::presence::{OnlineStatuses, SubscribeRequest};
use longwave_edge::login::Login;
use longwave_edge::{Call, IntoResponse, Method, Request, clock, database::database, serve};
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
    // In this order: what changes in between comes as a frame as well.
    presence::subscribe(&*database, caller.present(), &ids).await?;
    presence::online_status(&*database, &ids, clock::now()).await
}
