//! `POST /api/v1/group/join`: makes the caller a member.
//!
//! Body: `group_id`; knowing it is enough. What was said before stays invisible. `10301`, `10302`,
//! `10305`, `10309`; `10201` for a caller without a profile; `10005` beyond `change_per_minute`. The
//! members get a frame 2006.

use longwave_core::Result;
use longwave_core::group::GroupRequest;
use longwave_edge::{
    Call, Empty, IntoResponse, Method, Request, clock, database::database, serve,
    throttle::count_change, variables,
};
use longwave_store::group;
use spin_sdk::http_service;

#[http_service]
async fn group_join(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, join).await
}

async fn join(call: &mut Call) -> Result<Empty> {
    let caller = call.authenticate().await?;
    let group_id = call.json::<GroupRequest>().await?.group()?;
    let most = variables::group_max_members().await?;
    let database = database().await?;
    count_change(&database, caller.id()).await?;
    group::join(&*database, caller.id(), &group_id, most, clock::now()).await?;
    Ok(Empty {})
}
