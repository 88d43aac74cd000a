//! `GET /api/v1/group/members`: lists the members of a group, ordered by user id, for one of them.
//!
//! Query: `group_id`, `cursor`, `limit` (at most 500; 500 if 0 or absent). `10301` if the group does not exist; `10303`
//! if the caller is not a member.

use longwave_core::Result;
use longwave_core::group::{Members, MembersQuery};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::group;
use spin_sdk::http_service;

#[http_service]
async fn group_members(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, members).await
}

async fn members(call: &mut Call) -> Result<Members> {
    let caller = call.authenticate().await?;
    let page = MembersQuery {
        group_id: call.query("group_id")?,
        cursor: call.query("cursor")?,
        limit: call.query_number("limit")?,
    }
    .validate()?;
    group::members(&*database().await?, caller.id(), &page).await
}
