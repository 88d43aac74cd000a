//! `POST /api/v1/group/transfer`: makes another member the owner of a group. The caller becomes an ordinary member.
//!
//! Body: `group_id`, `user_id`. `10301` if the group does not exist; `10302` if it is dismissed; `10306` if the caller
//! is not the owner; `10303` if the caller or the user is not a member; `10001` for oneself; `10005` if
//! `change_per_minute` is exceeded. The members receive a frame 2006.

use longwave_core::Result;
use longwave_core::group::GroupMemberRequest;
use longwave_edge::{
    Call, Empty, IntoResponse, Method, Request, database::database, serve, throttle::count_change,
};
use longwave_store::group;
use spin_sdk::http_service;

#[http_service]
async fn group_transfer(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, transfer).await
}

async fn transfer(call: &mut Call) -> Result<Empty> {
    let caller = call.authenticate().await?;
    let member = call.json::<GroupMemberRequest>().await?.validate()?;
    let database = database().await?;
    count_change(&database, caller.id(), call.now()).await?;
    group::transfer(&*database, caller.id(), &member, call.now()).await?;
    Ok(Empty {})
}
