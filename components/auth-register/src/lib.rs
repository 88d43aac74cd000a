//! `POST /api/v1/auth/register`: makes an account and answers its profile, not a token.
//!
//! Anybody may call it. Body: `username` (1-64 bytes, unique), `password` (6-72 bytes), `nickname`
//! (at most 255 bytes). `10001` for a field out of its limits, `10202` when the name is taken.

use longwave_core::user::{Profile, RegisterRequest};
use longwave_core::{Result, password};
use longwave_edge::{Call, IntoResponse, Method, Request, clock, database::database, serve};
use longwave_store::user;
use spin_sdk::http_service;

#[http_service]
async fn auth_register(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, register).await
}

async fn register(call: &mut Call) -> Result<Profile> {
    let register = call.json::<RegisterRequest>().await?.validate()?;
    let hash = password::hash(&register.password, &clock::random().into_bytes())?;
    user::register(&*database().await?, register, hash, clock::uuid(), clock::now()).await
}
