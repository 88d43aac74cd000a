//! `POST /api/v1/auth/login`: a token for a name and a password.
//!
//! Anybody may call it. Body: `username`, `password`, `platform_id` (1-10). The token replaces the
//! one that this user had on this platform. `10105` for a wrong name and a wrong password alike,
//! after the same work; `10005` beyond `login_per_minute` of an address or 10 of an account, right
//! or wrong (field F19); `10107` where native accounts are switched off.

use longwave_core::throttle::Quota;
use longwave_core::user::{LoggedIn, LoginRequest};
use longwave_core::{Code, Result, password};
use longwave_edge::{
    Call, IntoResponse, Method, Request, auth, clock, database::database, serve, variables,
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
    throttle::spend(&*database, &quotas, clock::now()).await?;
    let known = user::credentials(&*database, &login).await?;
    let hash = known.as_ref().map(|known| known.password_hash.as_str());
    if !password::verify(&login.password, hash)? {
        return Err(Code::LoginFailed.into());
    }
    let known = known.ok_or(Code::LoginFailed)?;
    auth::log_in(known.user_id, login.platform).await
}
