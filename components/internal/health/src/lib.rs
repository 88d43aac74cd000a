//! `GET /api/v1/internal/health`: lets a service check that its calls are accepted. The answer is in the envelope.
//!
//! Signed by a service. `10002` if the signature does not match; `10004` if the internal channel is off.

use longwave_core::Result;
use longwave_core::internal::Health;
use longwave_edge::{Call, IntoResponse, Method, Request, serve};
use spin_sdk::http_service;

#[http_service]
async fn internal_health(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET], request, health).await
}

async fn health(call: &mut Call) -> Result<Health> {
    call.authenticate_service().await?;
    Ok(Health::OK)
}
