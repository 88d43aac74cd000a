//! `POST /api/v1/group/dismiss`: closes a group.
//!
//! Body: `group_id`. Only its owner may. It can be read and left, and nothing else, from then on.
//! `10301`, `10303`, `10306`, `10302`; `10005` beyond `change_per_minute`. The members get a frame 2006.

use longwave_core::Result;
use longwave_core::group::GroupRequest;
use longwave_edge::{
    Call, Empty, IntoResponse, Method, Request, clock, database::database, serve,
    throttle::count_change,
};
use longwave_store::group;
use spin_sdk::http_service;

#[http_service]
async fn group_dismiss(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, dismiss).await
}

async fn dismiss(call: &mut Call) -> Result<Empty> {
    let caller = call.authenticate().await?;
    let group_id = call.json::<GroupRequest>().await?.group()?;
    let database = database().await?;
    count_change(&database, caller.id()).await?;
    group::dismiss(&*database, caller.id(), &group_id, clock::now()).await?;
    Ok(Empty {})
}
