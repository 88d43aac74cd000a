//! `GET /api/v1/user/profile/:user_id`: returns the profile of one user.
//!
//! `10001` for an invalid user id; `10201` if the user does not exist.

use longwave_core::Result;
use longwave_core::id::UserId;
use longwave_core::user::Profile;
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::user;
use spin_sdk::http_service;

#[http_service]
async fn user_profile(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, profile).await
}

async fn profile(call: &mut Call) -> Result<Profile> {
    call.authenticate().await?;
    let user_id = UserId::required("user_id", call.path_parameter("user_id").as_deref())?;
    user::profile(&*database().await?, &user_id).await
}
