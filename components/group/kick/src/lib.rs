//! `POST /api/v1/group/kick`: removes a member from a group.
//!
//! Body: `group_id`, `user_id`. The owner may remove everybody else, an admin may remove ordinary members. `10301` if
//! the group does not exist; `10302` if it is dismissed; `10303` if the caller or the user is not a member; `10307` if
//! the caller is neither owner nor admin; `10308` for the owner and `10006` for another admin as `user_id`; `10001` for
//! oneself; `10005` if `change_per_minute` is exceeded. The members, including the removed one, receive a frame 2006.

use longwave_core::Result;
use longwave_core::group::GroupMemberRequest;
use longwave_edge::{
    Call, Empty, IntoResponse, Method, Request, database::database, serve, throttle::count_change,
};
use longwave_store::group;
use spin_sdk::http_service;

#[http_service]
async fn group_kick(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, kick).await
}

async fn kick(call: &mut Call) -> Result<Empty> {
    let caller = call.authenticate().await?;
    let member = call.json::<GroupMemberRequest>().await?.validate()?;
    let database = database().await?;
    count_change(&database, caller.id(), call.now()).await?;
    group::kick(&*database, caller.id(), &member, call.now()).await?;
    Ok(Empty {})
}
