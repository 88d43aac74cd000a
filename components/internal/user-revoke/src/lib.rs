//! `POST /api/v1/internal/user/revoke`: revokes the tokens of a user, native and external.
//!
//! Signed by a service. Body: `user_id`, `platform_id` (1-10; all platforms if absent). Tokens issued until now are
//! refused with `data.reason` `revoked`; tokens issued later are valid.

use longwave_core::Result;
use longwave_core::internal::RevokeRequest;
use longwave_edge::{Call, Empty, IntoResponse, Method, Request, auth, serve};
use spin_sdk::http_service;

#[http_service]
async fn internal_user_revoke(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, revoke).await
}

async fn revoke(call: &mut Call) -> Result<Empty> {
    call.authenticate_service().await?;
    auth::revoke(&call.json::<RevokeRequest>().await?.validate()?, call.now()).await?;
    Ok(Empty {})
}
