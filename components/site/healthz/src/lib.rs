//! `GET /healthz`: checks that all variables are valid, the database answers and has the schema of this version, and
//! the key-value store answers. It is the one route without the envelope: 200 `{"status":"ok"}` or 503
//! `{"status":"unavailable"}`. The log has a line for each problem.

use longwave_core::Result;
use longwave_edge::{
    IntoResponse, Request, database::database, live_tokens, serve_health, variables,
};
use longwave_store::schema;
use spin_sdk::http_service;

#[http_service]
async fn healthz(request: Request) -> impl IntoResponse {
    serve_health(env!("CARGO_PKG_NAME"), request, check).await
}

async fn check() -> Result<()> {
    variables::check().await?;
    schema::check(&*database().await?).await?;
    live_tokens::check_store().await
}
