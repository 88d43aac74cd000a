//! `POST /api/v1/group/quit`: ends the caller's membership in a group.
//!
//! Body: `group_id`. Messages up to now stay visible to the caller. `10301` if the group does not exist; `10303` if the
//! caller is not a member; `10001` for the owner, unless the group is dismissed; `10005` if `change_per_minute` is
//! exceeded. The members receive a frame 2006.

use longwave_core::Result;
use longwave_core::group::GroupRequest;
use longwave_edge::{
    Call, Empty, IntoResponse, Method, Request, database::database, serve, throttle::count_change,
};
use longwave_store::group;
use spin_sdk::http_service;

#[http_service]
async fn group_quit(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, quit).await
}

async fn quit(call: &mut Call) -> Result<Empty> {
    let caller = call.authenticate().await?;
    let group_id = call.json::<GroupRequest>().await?.validate()?;
    let database = database().await?;
    count_change(&database, caller.id(), call.now()).await?;
    group::quit(&*database, caller.id(), &group_id, call.now()).await?;
    Ok(Empty {})
}
