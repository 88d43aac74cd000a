//! The configuration: Spin variables, whose defaults are in `spin.toml` (design, "Variables").

use longwave_core::token::Secret;
use longwave_core::{Code, Error, Result};
use longwave_store::schema::Synchronous;
use std::cell::OnceCell;
use std::ops::RangeInclusive;
use std::rc::Rc;

async fn variable(name: &str, failure: Code) -> Result<String> {
    let value = spin_sdk::variables::get(name).await;
    value.map_err(|error| Error::failed(failure, format!("variable {name}: {error}")))
}

async fn number(name: &str, range: RangeInclusive<i64>) -> Result<i64> {
    let text = variable(name, Code::Internal).await?;
    text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
        let (first, last) = range.into_inner();
        let told = format!("{name} is '{text}'; it must be {first} to {last}");
        Error::failed(Code::Internal, told)
    })
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
    Ok(number("token_ttl_hours", 1..=87_600).await? * 3_600_000)
}

/// `group_max_members`: most members of a group.
///
/// # Errors
/// `20001` when it is no number from 1 to 100,000.
pub async fn group_max_members() -> Result<i64> {
    number("group_max_members", 1..=100_000).await
}

/// `sqlite_synchronous`: what an acknowledgement is worth.
///
/// # Errors
/// `20002` when it is neither `FULL` nor `NORMAL`.
pub async fn sqlite_synchronous() -> Result<Synchronous> {
    let text = variable("sqlite_synchronous", Code::StoreFailed).await?;
    Synchronous::parse(&text).map_err(|error| Error::failed(Code::StoreFailed, error))
}
