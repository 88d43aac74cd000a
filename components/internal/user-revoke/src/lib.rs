//! `POST /api/v1/internal/user/revoke`: ends the tokens that a user has, native and external.
//!
//! Signed by a service. Body: `user_id`, `platform_id` (1-10; all of them unless one is named). What
//! was issued until now is refused from now on with `data.reason` `revoked` (field F17); what is
//! issued later is good.

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
    auth::revoke(&call.json::<RevokeRequest>().await?.validate()?).await?;
    Ok(Empty {})
}
