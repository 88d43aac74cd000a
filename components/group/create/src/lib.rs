//! `POST /api/v1/group/create`: creates a group with the caller as the owner.
//!
//! Body: `name` (1-255 bytes), `avatar` and `introduction` (at most 1,024), `extra` (at most 64,000), `member_ids`.
//! `10201` if a member does not exist; `10309` for more than `group_max_members` members; `10005` if
//! `change_per_minute` is exceeded. All members receive a frame 2006.

use longwave_core::Result;
use longwave_core::group::{CreateRequest, Group};
use longwave_core::id::GroupId;
use longwave_edge::{
    Call, IntoResponse, Method, Request, clock, database::database, serve, throttle::count_change,
    variables,
};
use longwave_store::group;
use spin_sdk::http_service;

#[http_service]
async fn group_create(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, create).await
}

async fn create(call: &mut Call) -> Result<Group> {
    let caller = call.authenticate().await?;
    let create = call.json::<CreateRequest>().await?.validate(caller.id())?;
    let group_id = GroupId::random(clock::random());
    let max_members = variables::group_max_members().await?;
    let database = database().await?;
    count_change(&database, caller.id(), call.now()).await?;
    group::create(&*database, caller.id(), create, &group_id, max_members, call.now()).await
}
