//! `/api/...`: answers every route of the API that no other component serves with `10004` in the envelope, with and
//! without a token, for any method.

use longwave_edge::{IntoResponse, Request, serve_not_found};
use spin_sdk::http_service;

#[http_service]
async fn not_found(request: Request) -> impl IntoResponse {
    serve_not_found(env!("CARGO_PKG_NAME"), request).await
}
