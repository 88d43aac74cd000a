//! `GET /api/v1/internal/user/info`: `GET /api/v1/user/info` for a service.
//!
//! Signed by a service. Query: `user_ids`. With a single id, the profile includes `extra`.

use longwave_core::Result;
use longwave_core::user::{Profiles, UserIdsQuery};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::user;
use spin_sdk::http_service;

#[http_service]
async fn internal_user_info(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, info).await
}

async fn info(call: &mut Call) -> Result<Profiles> {
    call.authenticate_service().await?;
    let ids = UserIdsQuery { user_ids: call.query("user_ids")? }.validate()?;
    user::profiles_for_service(&*database().await?, &ids).await
}
