//! `POST /api/v1/internal/user/upsert`: makes or changes a user of the platform, and answers the
//! profile.
//!
//! Signed by a service. Body: `id` (`u___<int64>` or `ag__<int64>`), `nickname` (at most 255 bytes),
//! `avatar` (1,024), `extra` (64,000); an absent or null field stays. The same again changes nothing;
//! a change is told to the user's sessions with a frame 2008.

use longwave_core::Result;
use longwave_core::internal::UpsertRequest;
use longwave_core::user::Profile;
use longwave_edge::{Call, IntoResponse, Method, Request, clock, database::database, serve};
use longwave_store::service;
use spin_sdk::http_service;

#[http_service]
async fn internal_user_upsert(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, upsert).await
}

async fn upsert(call: &mut Call) -> Result<Profile> {
    call.authenticate_service().await?;
    let upsert = call.json::<UpsertRequest>().await?.validate()?;
    service::upsert_user(&*database().await?, upsert, clock::now()).await
}
