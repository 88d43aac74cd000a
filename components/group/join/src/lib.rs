//! `POST /api/v1/group/join`: makes the caller a member of a group.
//!
//! Body: `group_id`; knowing it is enough to join. Earlier messages stay invisible. `10301` if the group does not
//! exist; `10302` if it is dismissed; `10305` if the caller is a member already; `10309` if the group is full; `10201`
//! if the caller has no profile; `10005` if `change_per_minute` is exceeded. The members receive a frame 2006.

use longwave_core::Result;
use longwave_core::group::GroupRequest;
use longwave_edge::{
    Call, Empty, IntoResponse, Method, Request, database::database, serve, throttle::count_change,
    variables,
};
use longwave_store::group;
use spin_sdk::http_service;

#[http_service]
async fn group_join(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, join).await
}

async fn join(call: &mut Call) -> Result<Empty> {
    let caller = call.authenticate().await?;
    let group_id = call.json::<GroupRequest>().await?.validate()?;
    let max_members = variables::group_max_members().await?;
    let database = database().await?;
    count_change(&database, caller.id(), call.now()).await?;
    group::join(&*database, caller.id(), &group_id, max_members, call.now()).await?;
    Ok(Empty {})
}
