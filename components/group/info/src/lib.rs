//! `GET /api/v1/group/info`: returns a group to one of its members.
//!
//! Query: `group_id`. `10301` if the group does not exist; `10303` if the caller is not a member.

use longwave_core::Result;
use longwave_core::group::{Group, GroupQuery};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::group;
use spin_sdk::http_service;

#[http_service]
async fn group_info(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, info).await
}

async fn info(call: &mut Call) -> Result<Group> {
    let caller = call.authenticate().await?;
    let group_id = GroupQuery { group_id: call.query("group_id")? }.validate()?;
    group::info(&*database().await?, caller.id(), &group_id).await
}
