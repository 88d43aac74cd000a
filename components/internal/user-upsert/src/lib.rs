//! `POST /api/v1/internal/user/upsert`: creates or changes a user of the platform, and returns the profile.
//!
//! Signed by a service. Body: `id` (`u___<int64>` or `ag__<int64>`), `nickname` (at most 255 bytes), `avatar` (at most
//! 1,024), `extra` (at most 64,000); an absent or null field is unchanged. Repeating a call changes nothing. The user's
//! sessions receive a frame 2008 if a field changed.

use longwave_core::Result;
use longwave_core::internal::UpsertRequest;
use longwave_core::user::Profile;
use longwave_edge::{Call, IntoResponse, Method, Request, database::database, serve};
use longwave_store::service;
use spin_sdk::http_service;

#[http_service]
async fn internal_user_upsert(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, upsert).await
}

async fn upsert(call: &mut Call) -> Result<Profile> {
    call.authenticate_service().await?;
    let upsert = call.json::<UpsertRequest>().await?.validate()?;
    service::upsert_user(&*database().await?, upsert, call.now()).await
}
