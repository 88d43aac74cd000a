//! `POST /api/v1/auth/register`: creates an account and returns its profile, without a token.
//!
//! Public. Body: `username` (1-64 bytes, unique), `password` (6-72 bytes), `nickname` (at most 255 bytes). `10001` for
//! an invalid field; `10202` if the username is taken; `10005` if `register_per_minute` is exceeded for an address;
//! `10107` if native accounts are disabled.

use longwave_core::throttle::Quota;
use longwave_core::user::{Profile, RegisterRequest};
use longwave_core::{Result, password};
use longwave_edge::{
    Call, IntoResponse, Method, Request, clock, database::database, serve, variables,
};
use longwave_store::{throttle, user};
use spin_sdk::http_service;

#[http_service]
async fn auth_register(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::POST], request, register).await
}

async fn register(call: &mut Call) -> Result<Profile> {
    variables::check_native().await?;
    let register = call.json::<RegisterRequest>().await?.validate()?;
    let (database, per_minute) = (database().await?, variables::register_per_minute().await?);
    let quota = Quota::registration(&call.client_address().await?, per_minute);
    throttle::spend(&*database, &[quota], call.now()).await?;
    let hash = password::hash(&register.password, &clock::random().into_bytes())?;
    user::register(&*database, register, hash, clock::uuid(), call.now()).await
}
