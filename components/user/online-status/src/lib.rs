//! `GET /api/v1/user/online_status`: who is online, and on which platforms.
//!
//! Query: `user_ids`, 1 to 100 separated by commas; anybody may ask about anybody. Somebody is
//! online while polling and 60 s after (70 at most); who does not exist is offline.

use longwave_core::Result;
use longwave_core::presence::OnlineStatuses;
use longwave_core::user::user_ids;
use longwave_edge::{Call, IntoResponse, Method, Request, clock, database::database, serve};
use longwave_store::presence;
use spin_sdk::http_service;

#[http_service]
async fn user_online_status(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, online_status).await
}

async fn online_status(call: &mut Call) -> Result<OnlineStatuses> {
    call.authenticate().await?;
    let ids = user_ids(call.query("user_ids")?.as_deref())?;
    presence::online_status(&*database().await?, &ids, clock::now()).await
}
