//! `GET /api/v1/group/info`: a group, for its members.
//!
//! Query: `group_id`. `10301`; `10303` for somebody who is no member.

use longwave_core::Result;
use longwave_core::group::{Group, group_id};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::group;
use spin_sdk::http_service;

#[http_service]
async fn group_info(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, info).await
}

async fn info(call: &mut Call) -> Result<Group> {
    let caller = call.authenticate().await?;
    let group_id = group_id(call.query("group_id")?.as_deref())?;
    group::info(&*database().await?, caller.id(), &group_id).await
}
