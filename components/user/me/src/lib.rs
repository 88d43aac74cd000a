//! `GET /api/v1/user/me`: the caller's own profile. `PUT` changes it and answers it as it then is.
//!
//! Body of a PUT: `nickname` (at most 255 bytes), `avatar` (1,024), `extra` (64,000); an absent or
//! null field stays, `""` clears it. The user's sessions get a frame 2008 when something changed.
//! `10201` for a caller who has a token but no profile; a PUT beyond `change_per_minute` is `10005`.

use longwave_core::Result;
use longwave_core::user::{Profile, ProfileUpdate};
use longwave_edge::{
    Call, IntoResponse, Method, Request, clock, database::database, serve, throttle::count_change,
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
    count_change(&database, caller.id()).await?;
    user::update_profile(&*database, caller.id(), update, clock::now()).await
}
