//! `POST /api/v1/auth/login`: a token for a name and a password.
//!
//! Anybody may call it. Body: `username`, `password`, `platform_id` (1-10). The token replaces the
//! one that this user had on this platform. `10105` for a wrong name and a wrong password alike,
//! after the same work (field F19).

use longwave_core::user::{LoggedIn, LoginRequest};
use longwave_core::{Code, Result, password};
use longwave_edge::{Call, IntoResponse, Method, Request, auth, database::database, serve};
use longwave_store::user;
use spin_sdk::http_service;

#[http_service]
async fn auth_login(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, login).await
}

async fn login(call: &mut Call) -> Result<LoggedIn> {
    let login = call.json::<LoginRequest>().await?.validate()?;
    let known = user::credentials(&*database().await?, &login.username).await?;
    let hash = known.as_ref().map(|known| known.password_hash.as_str());
    if !password::verify(&login.password, hash)? {
        return Err(Code::LoginFailed.into());
    }
    let known = known.ok_or(Code::LoginFailed)?;
    auth::log_in(known.user_id, login.platform).await
}
