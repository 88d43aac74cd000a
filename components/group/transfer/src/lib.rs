//! `POST /api/v1/group/transfer`: makes another member the owner.
//!
//! Body: `group_id`, `user_id`. Only the owner may, and becomes a member. `10301`, `10302`, `10306`;
//! `10303` when either is no member; `10001` for oneself; `10005` beyond `change_per_minute`. The
//! members get a frame 2006.

use longwave_core::Result;
use longwave_core::group::GroupRequest;
use longwave_edge::{
    Call, Empty, IntoResponse, Method, Request, clock, database::database, serve,
    throttle::count_change,
};
use longwave_store::group;
use spin_sdk::http_service;

#[http_service]
async fn group_transfer(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, transfer).await
}

async fn transfer(call: &mut Call) -> Result<Empty> {
    let caller = call.authenticate().await?;
    let (group_id, user_id) = call.json::<GroupRequest>().await?.member()?;
    let database = database().await?;
    count_change(&database, caller.id()).await?;
    group::transfer(&*database, caller.id(), (&group_id, &user_id), clock::now()).await?;
    Ok(Empty {})
}
