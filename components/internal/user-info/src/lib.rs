//! `GET /api/v1/internal/user/info`: as `GET /api/v1/user/info`, for a service.
//!
//! Signed by a service. Query: `user_ids`. With one id, the profile has its `extra`.

use longwave_core::Result;
use longwave_core::user::{Profiles, user_ids};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::user;
use spin_sdk::http_service;

#[http_service]
async fn internal_user_info(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, info).await
}

async fn info(call: &mut Call) -> Result<Profiles> {
    call.authenticate_service().await?;
    let ids = user_ids(call.query("user_ids")?.as_deref())?;
    user::profiles_for_service(&*database().await?, &ids).await
}
