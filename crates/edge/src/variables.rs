//! The configuration: Spin variables, whose defaults are in `spin.toml` (design, "Variables").

use longwave_core::token::Secret;
use longwave_core::{Code, Error, Result};
use longwave_store::schema::Synchronous;
use std::cell::OnceCell;
use std::rc::Rc;

async fn variable(name: &str, failure: Code) -> Result<String> {
    let value = spin_sdk::variables::get(name).await;
    value.map_err(|error| Error::failed(failure, format!("variable {name}: {error}")))
}

/// `auth_native_secret`: the secret of native tokens. Read once an instance.
///
/// # Errors
/// `20101` when it is missing or no secret at all.
pub async fn auth_native_secret() -> Result<Rc<Secret>> {
    thread_local!(static SECRET: OnceCell<Rc<Secret>> = const { OnceCell::new() });
    if let Some(secret) = SECRET.with(|secret| secret.get().cloned()) {
        return Ok(secret);
    }
    let text = variable("auth_native_secret", Code::AuthUnavailable).await?;
    let secret = Secret::new(&text).map_err(|error| {
        Error::failed(Code::AuthUnavailable, format!("auth_native_secret: {error}"))
    })?;
    Ok(SECRET.with(|cached| Rc::clone(cached.get_or_init(|| Rc::new(secret)))))
}

/// `token_ttl_hours`: how long a login lasts, in milliseconds.
///
/// # Errors
/// `20001` when it is no number of hours from 1 to 87,600 (ten years).
pub async fn token_ttl() -> Result<i64> {
    let text = variable("token_ttl_hours", Code::Internal).await?;
    match text.parse::<i64>() {
        Ok(hours @ 1..=87_600) => Ok(hours * 3_600_000),
        _ => Err(Error::failed(
            Code::Internal,
            format!("token_ttl_hours is '{text}'; it must be 1 to 87600"),
        )),
    }
}

/// `sqlite_synchronous`: what an acknowledgement is worth.
///
/// # Errors
/// `20002` when it is neither `FULL` nor `NORMAL`.
pub async fn sqlite_synchronous() -> Result<Synchronous> {
    let text = variable("sqlite_synchronous", Code::StoreFailed).await?;
    Synchronous::parse(&text).map_err(|error| Error::failed(Code::StoreFailed, error))
}
