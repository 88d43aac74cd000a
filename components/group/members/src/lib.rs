//! `GET /api/v1/group/members`: a group's members, for its members.
//!
//! Query: `group_id`, `cursor`, `limit` (at most 500; 0 or none means 500). By user id. `10301`;
//! `10303` for somebody who is no member.

use longwave_core::Result;
use longwave_core::group::{Members, MembersPage};
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::group;
use spin_sdk::http_service;

#[http_service]
async fn group_members(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, members).await
}

async fn members(call: &mut Call) -> Result<Members> {
    let caller = call.authenticate().await?;
    let (group, cursor) = (call.query("group_id")?, call.query("cursor")?);
    let limit = call.query_number("limit")?;
    let page = MembersPage::validate(group.as_deref(), cursor.as_deref(), limit)?;
    group::members(&*database().await?, caller.id(), &page).await
}
