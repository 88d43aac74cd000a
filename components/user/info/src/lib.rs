//! `GET /api/v1/user/info`: profiles by id.
//!
//! Query: `user_ids`, 1 to 100 separated by commas. Those that do not exist are left out, and so is the
//! `extra` of each.

use longwave_core::Result;
use longwave_core::user::{Profiles, user_ids};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::user;
use spin_sdk::http_service;

#[http_service]
async fn user_info(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, info).await
}

async fn info(call: &mut Call) -> Result<Profiles> {
    call.authenticate().await?;
    let ids = user_ids(call.query("user_ids")?.as_deref())?;
    user::profiles(&*database().await?, &ids).await
}
