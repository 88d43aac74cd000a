//! `GET /healthz`: whether the database answers and has the schema of this version; the one route
//! without the envelope. 200 `{"status":"ok"}` or 503 `{"status":"unavailable"}`.

use longwave_edge::{IntoResponse, Request, database::database, serve_health};
use longwave_store::schema;
use spin_sdk::http_service;

#[http_service]
async fn healthz(request: Request) -> impl IntoResponse {
    serve_health(env!("CARGO_PKG_NAME"), request, async || schema::check(&*database().await?).await)
        .await
}
