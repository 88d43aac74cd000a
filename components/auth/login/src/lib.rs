//! `POST /api/v1/auth/login`: issues a token for a username and a password.
//!
//! Public. Body: `username`, `password`, `platform_id` (1-10). The token replaces the previous one of the user on the
//! platform. `10105` for an unknown username and for a wrong password, after the same work; `10005` if
//! `login_per_minute` is exceeded for an address, or 10 attempts per minute for an account, successful or not; `10107`
//! if native accounts are disabled.

use longwave_core::throttle::Quota;
use longwave_core::user::{LoggedIn, LoginRequest};
use longwave_core::{Code, Result, password};
use longwave_edge::{
    Call, IntoResponse, Method, Request, auth, database::database, serve, variables,
};
use longwave_store::{throttle, user};
use spin_sdk::http_service;

#[http_service]
async fn auth_login(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, login).await
}

async fn login(call: &mut Call) -> Result<LoggedIn> {
    variables::check_native().await?;
    let login = call.json::<LoginRequest>().await?.validate()?;
    let (database, per_minute) = (database().await?, variables::login_per_minute().await?);
    let quotas = Quota::login(&call.client_address().await?, &login.username, per_minute);
    throttle::spend(&*database, &quotas, call.now()).await?;
    let known = user::credentials(&*database, &login).await?;
    let hash = known.as_ref().map(|known| known.password_hash.as_str());
    if !password::verify(&login.password, hash)? {
        return Err(Code::LoginFailed.into());
    }
    let known = known.ok_or(Code::LoginFailed)?;
    auth::log_in(known.user_id, login.platform, call.now()).await
}
