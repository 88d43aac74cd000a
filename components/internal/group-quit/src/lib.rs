//! `POST /api/v1/internal/group/quit`: `POST /api/v1/group/quit` on behalf of the user in `X-User-Id`.
//!
//! Signed by a service. No rate limit.

use longwave_core::Result;
use longwave_core::group::GroupRequest;
use longwave_edge::{Call, Empty, IntoResponse, Method, Request, database::database, serve};
use longwave_store::group;
use spin_sdk::http_service;

#[http_service]
async fn internal_group_quit(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, quit).await
}

async fn quit(call: &mut Call) -> Result<Empty> {
    let user_id = call.authenticate_service().await?.on_behalf()?;
    let group_id = call.json::<GroupRequest>().await?.validate()?;
    group::quit(&*database().await?, &user_id, &group_id, call.now()).await?;
    Ok(Empty {})
}
