//! `POST /api/v1/auth/logout`: ends the caller's token.
//!
//! A newer token on the same platform stays valid, even one issued at the same moment. `10001` for an external token,
//! which only the platform ends.

use longwave_core::Result;
use longwave_edge::{Call, Empty, IntoResponse, Method, Request, auth, serve};
use spin_sdk::http_service;

#[http_service]
async fn auth_logout(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, logout).await
}

async fn logout(call: &mut Call) -> Result<Empty> {
    let caller = call.authenticate().await?;
    auth::log_out(&caller, call.now()).await?;
    Ok(Empty {})
}
