//! `GET /api/v1/user/online_status`: returns whether users are online, and on which platforms.
//!
//! Query: `user_ids`, 1 to 100 ids separated by commas; any user may ask about any other. A user is online while
//! polling and for 60 to 70 s after. A user that does not exist is offline.

use longwave_core::Result;
use longwave_core::presence::OnlineStatuses;
use longwave_core::user::UserIdsQuery;
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::presence;
use spin_sdk::http_service;

#[http_service]
async fn user_online_status(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, online_status).await
}

async fn online_status(call: &mut Call) -> Result<OnlineStatuses> {
    call.authenticate().await?;
    let ids = UserIdsQuery { user_ids: call.query("user_ids")? }.validate()?;
    presence::online_status(&*database().await?, &ids, call.now()).await
}
