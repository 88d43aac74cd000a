//! `GET /...`: serves the chat page and its assets, as `web/dist` had them at build time, or a page that explains how
//! to build it. For another path a browser gets the page, other clients get `10004`.

use longwave_edge::{Asset, IntoResponse, Request, serve_asset};
use spin_sdk::http_service;

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

#[http_service]
async fn web(request: Request) -> impl IntoResponse {
    serve_asset(env!("CARGO_PKG_NAME"), request, ASSETS).await
}
