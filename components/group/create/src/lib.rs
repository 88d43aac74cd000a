//! `POST /api/v1/group/create`: makes a group.
//!
//! Body: `name` (1-255 bytes), `avatar` and `introduction` (at most 1,024), `extra` (64,000),
//! `member_ids`; the caller becomes the owner. `10201` when a member does not exist, `10309` when
//! they are more than `group_max_members`; `10005` beyond `change_per_minute`. All of them get a frame
//! 2006.

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
    let (group_id, most) =
        (GroupId::random(clock::random()), variables::group_max_members().await?);
    let database = database().await?;
    count_change(&database, caller.id()).await?;
    group::create(&*database, caller.id(), create, &group_id, most, clock::now()).await
}
