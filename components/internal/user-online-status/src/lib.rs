//! `GET /api/v1/internal/user/online_status`: `GET /api/v1/user/online_status` for a service.
//!
//! Signed by a service. Query: `user_ids`.

use longwave_core::Result;
use longwave_core::presence::OnlineStatuses;
use longwave_core::user::UserIdsQuery;
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::presence;
use spin_sdk::http_service;

#[http_service]
async fn internal_user_online_status(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, online_status).await
}

async fn online_status(call: &mut Call) -> Result<OnlineStatuses> {
    call.authenticate_service().await?;
    let ids = UserIdsQuery { user_ids: call.query("user_ids")? }.validate()?;
    presence::online_status(&*database().await?, &ids, call.now()).await
}
