//! `GET /...`: the chat page and its assets, as `web/dist` had them when this was built, or a page that says
//! how to build it. A browser that is led to another path gets the page, everybody else `10004`.

use longwave_edge::{Asset, IntoResponse, Request, serve_asset};
use spin_sdk::http_service;

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

#[http_service]
async fn web(request: Request) -> impl IntoResponse {
    serve_asset(env!("CARGO_PKG_NAME"), request, ASSETS).await
}
