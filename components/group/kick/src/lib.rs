//! `POST /api/v1/group/kick`: removes a member.
//!
//! Body: `group_id`, `user_id`. The owner may remove everybody else, an admin may remove members.
//! `10301`, `10302`; `10303` when either is no member; `10307`, `10308`, `10006` by role; `10001`
//! for oneself; `10005` beyond `change_per_minute`. The members, the removed one included, get a frame
//! 2006.

use longwave_core::Result;
use longwave_core::group::GroupRequest;
use longwave_edge::{
    Call, Empty, IntoResponse, Method, Request, clock, database::database, serve,
    throttle::count_change,
};
use longwave_store::group;
use spin_sdk::http_service;

#[http_service]
async fn group_kick(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, kick).await
}

async fn kick(call: &mut Call) -> Result<Empty> {
    let caller = call.authenticate().await?;
    let (group_id, user_id) = call.json::<GroupRequest>().await?.member()?;
    let database = database().await?;
    count_change(&database, caller.id()).await?;
    group::kick(&*database, caller.id(), (&group_id, &user_id), clock::now()).await?;
    Ok(Empty {})
}
