//! `POST /api/v1/internal/group/kick`: `POST /api/v1/group/kick` on behalf of the user in `X-User-Id`.
//!
//! Signed by a service. No rate limit.

use longwave_core::Result;
use longwave_core::group::GroupMemberRequest;
use longwave_edge::{Call, Empty, IntoResponse, Method, Request, database::database, serve};
use longwave_store::group;
use spin_sdk::http_service;

#[http_service]
async fn internal_group_kick(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, kick).await
}

async fn kick(call: &mut Call) -> Result<Empty> {
    let operator_id = call.authenticate_service().await?.on_behalf()?;
    let member = call.json::<GroupMemberRequest>().await?.validate()?;
    group::kick(&*database().await?, &operator_id, &member, call.now()).await?;
    Ok(Empty {})
}
