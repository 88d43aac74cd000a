//! `POST /api/v1/internal/group/kick`: as `POST /api/v1/group/kick`, by the user of `X-User-Id`.
//!
//! Signed by a service.

use longwave_core::Result;
use longwave_core::group::GroupRequest;
use longwave_edge::{Call, Empty, IntoResponse, Method, Request, clock, database::database, serve};
use longwave_store::group;
use spin_sdk::http_service;

#[http_service]
async fn internal_group_kick(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, kick).await
}

async fn kick(call: &mut Call) -> Result<Empty> {
    let operator_id = call.authenticate_service().await?.on_behalf()?;
    let (group_id, user_id) = call.json::<GroupRequest>().await?.member()?;
    group::kick(&*database().await?, &operator_id, (&group_id, &user_id), clock::now()).await?;
    Ok(Empty {})
}
