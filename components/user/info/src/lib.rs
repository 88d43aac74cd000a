//! `GET /api/v1/user/info`: returns profiles by id.
//!
//! Query: `user_ids`, 1 to 100 ids separated by commas. Users that do not exist are omitted, and so is the `extra` of
//! each profile.

use longwave_core::Result;
use longwave_core::user::{Profiles, UserIdsQuery};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::user;
use spin_sdk::http_service;

#[http_service]
async fn user_info(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, info).await
}

async fn info(call: &mut Call) -> Result<Profiles> {
    call.authenticate().await?;
    let ids = UserIdsQuery { user_ids: call.query("user_ids")? }.validate()?;
    user::profiles(&*database().await?, &ids).await
}
