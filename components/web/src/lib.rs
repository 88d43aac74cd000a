//! `GET /`, `GET /assets/...`: the chat page, as `web/dist` had it when this was built, or a page that says
//! how to build it. What is shown is behind the `#` of the address, so every other path stays `10004`.

use longwave_edge::{Asset, IntoResponse, Request, serve_asset};
use spin_sdk::http_service;

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

#[http_service]
async fn web(request: Request) -> impl IntoResponse {
    serve_asset(env!("CARGO_PKG_NAME"), request, ASSETS)
}
