//! `GET /openapi.yaml`: returns the `OpenAPI` 3.1 document of this API. Public.

use longwave_edge::{IntoResponse, Request, serve_document};
use spin_sdk::http_service;

#[http_service]
async fn openapi(request: Request) -> impl IntoResponse {
    let document = include_bytes!("../../../../openapi.yaml");
    serve_document(env!("CARGO_PKG_NAME"), request, "application/yaml", document).await
}
