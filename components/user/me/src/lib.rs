//! `GET /api/v1/user/me`: returns the caller's own profile. `PUT` changes it and returns the result.
//!
//! Body of a `PUT`: `nickname` (at most 255 bytes), `avatar` (at most 1,024), `extra` (at most 64,000); an absent or
//! null field is unchanged, `""` clears it. The user's sessions receive a frame 2008 if a field changed. `10201` if the
//! caller has a token but no profile; `10005` for a `PUT` if `change_per_minute` is exceeded.

use longwave_core::Result;
use longwave_core::user::{Profile, ProfileUpdate};
use longwave_edge::{
    Call, IntoResponse, Method, Request, database::database, serve, throttle::count_change,
};
use longwave_store::user;
use spin_sdk::http_service;

#[http_service]
async fn user_me(request: Request) -> impl IntoResponse {
    serve(env!("CARGO_PKG_NAME"), &[Method::GET, Method::PUT], request, me).await
}

async fn me(call: &mut Call) -> Result<Profile> {
    let caller = call.authenticate().await?;
    if call.method() == Method::GET {
        return user::profile(&*database().await?, caller.id()).await;
    }
    let update = call.json::<ProfileUpdate>().await?.validate()?;
    let database = database().await?;
    count_change(&database, caller.id(), call.now()).await?;
    user::update_profile(&*database, caller.id(), update, call.now()).await
}
