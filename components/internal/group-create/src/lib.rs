//! `POST /api/v1/internal/group/create`: `POST /api/v1/group/create` on behalf of the user in `X-User-Id`.
//!
//! Signed by a service. No rate limit.

use longwave_core::Result;
use longwave_core::group::{CreateRequest, Group};
use longwave_core::id::GroupId;
use longwave_edge::{
    Call, IntoResponse, Method, Request, clock, database::database, serve, variables,
};
use longwave_store::group;
use spin_sdk::http_service;

#[http_service]
async fn internal_group_create(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, create).await
}

async fn create(call: &mut Call) -> Result<Group> {
    let owner_id = call.authenticate_service().await?.on_behalf()?;
    let create = call.json::<CreateRequest>().await?.validate(&owner_id)?;
    let group_id = GroupId::random(clock::random());
    let max_members = variables::group_max_members().await?;
    group::create(&*database().await?, &owner_id, create, &group_id, max_members, call.now()).await
}
