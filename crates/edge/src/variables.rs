//! The configuration: Spin variables, whose defaults are in `spin.toml` (design, "Variables").

use longwave_core::internal::Services;
use longwave_core::retention::{BYTES_MAX, Retention};
use longwave_core::token::{self, Providers};
use longwave_core::{Code, Error, Result};
use longwave_store::schema::Synchronous;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::rc::Rc;

/// A variable's text. Read once an instance: each is a call of the host, and a secret that is
/// replaced reaches new instances.
async fn variable(name: &'static str, failure: Code) -> Result<Rc<str>> {
    thread_local!(static KNOWN: RefCell<HashMap<&'static str, Rc<str>>> = RefCell::default());
    if let Some(known) = KNOWN.with_borrow(|known| known.get(name).cloned()) {
        return Ok(known);
    }
    let value = spin_sdk::variables::get(name).await;
    let value: Rc<str> =
        value.map_err(|error| Error::failed(failure, format!("variable {name}: {error}")))?.into();
    KNOWN.with_borrow_mut(|known| known.insert(name, Rc::clone(&value)));
    Ok(value)
}

async fn number(name: &'static str, range: RangeInclusive<i64>) -> Result<i64> {
    let text = variable(name, Code::Internal).await?;
    text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
        let (first, last) = range.into_inner();
        let told = format!("{name} is '{text}'; it must be {first} to {last}");
        Error::failed(Code::Internal, told)
    })
}

/// `auth_providers`, `auth_native_secret`, `auth_external_secrets`: whose tokens are taken.
///
/// # Errors
/// `20101` when one of them is missing or makes no sense.
pub async fn providers() -> Result<Rc<Providers>> {
    thread_local!(static PROVIDERS: OnceCell<Rc<Providers>> = const { OnceCell::new() });
    if let Some(providers) = PROVIDERS.with(|providers| providers.get().cloned()) {
        return Ok(providers);
    }
    let providers = Providers::new(
        &variable("auth_providers", Code::AuthUnavailable).await?,
        &variable("auth_native_secret", Code::AuthUnavailable).await?,
        &variable("auth_external_secrets", Code::AuthUnavailable).await?,
    );
    let providers = providers.map_err(|error| Error::failed(Code::AuthUnavailable, error))?;
    Ok(PROVIDERS.with(|cached| Rc::clone(cached.get_or_init(|| Rc::new(providers)))))
}

/// Checks, by `auth_providers`, that people may register and log in here.
///
/// # Errors
/// `10107` when they may not; `20101` when the variable makes no sense.
pub async fn check_native() -> Result<()> {
    token::check_native(&variable("auth_providers", Code::AuthUnavailable).await?)
}

/// `internal_auth_services`, `internal_auth_secrets`, `internal_auth_max_skew_seconds`: who may use
/// the internal channel; `None` when it is off.
///
/// # Errors
/// `20101` when one of them makes no sense.
pub async fn services() -> Result<Option<Rc<Services>>> {
    thread_local!(static SERVICES: OnceCell<Option<Rc<Services>>> = const { OnceCell::new() });
    if let Some(services) = SERVICES.with(|services| services.get().cloned()) {
        return Ok(services);
    }
    let services = Services::new(
        &variable("internal_auth_services", Code::AuthUnavailable).await?,
        &variable("internal_auth_secrets", Code::AuthUnavailable).await?,
        number("internal_auth_max_skew_seconds", 1..=3600).await? * 1000,
    );
    let services = services.map_err(|error| {
        Error::failed(Code::AuthUnavailable, format!("internal_auth_secrets: {error}"))
    })?;
    Ok(SERVICES.with(|cached| cached.get_or_init(|| services.map(Rc::new)).clone()))
}

/// `client_address_header`: the header in which a proxy of ours says where a call comes from; empty
/// when callers come without one.
///
/// # Errors
/// `20001` when it is missing.
pub async fn client_address_header() -> Result<Rc<str>> {
    variable("client_address_header", Code::Internal).await
}

/// `cors_origins`: the origins whose pages may use this API, comma-separated; empty for none but ours.
///
/// # Errors
/// `20001` when it is missing.
pub async fn cors_origins() -> Result<Rc<str>> {
    variable("cors_origins", Code::Internal).await
}

/// `register_per_minute`: registrations of one address; 0 is no limit.
///
/// # Errors
/// `20001` when it is no number from 0 to 1,000,000.
pub async fn register_per_minute() -> Result<i64> {
    number("register_per_minute", 0..=1_000_000).await
}

/// `login_per_minute`: logins of one address; 0 is no limit, for an account neither.
///
/// # Errors
/// `20001` when it is no number from 0 to 1,000,000.
pub async fn login_per_minute() -> Result<i64> {
    number("login_per_minute", 0..=1_000_000).await
}

/// `message_send_per_minute`: messages of one sender; 0 is no limit.
///
/// # Errors
/// `20001` when it is no number from 0 to 1,000,000.
pub async fn message_send_per_minute() -> Result<i64> {
    number("message_send_per_minute", 0..=1_000_000).await
}

/// `change_per_minute`: calls of one user that change something but messages and what was read; 0 is
/// no limit.
///
/// # Errors
/// `20001` when it is no number from 0 to 1,000,000.
pub async fn change_per_minute() -> Result<i64> {
    number("change_per_minute", 0..=1_000_000).await
}

/// `token_ttl_hours`: how long a login lasts, in milliseconds.
///
/// # Errors
/// `20001` when it is no number of hours from 1 to 87,600 (ten years).
pub async fn token_ttl() -> Result<i64> {
    Ok(number("token_ttl_hours", 1..=87_600).await? * 3_600_000)
}

/// `event_retention_hours`, `event_retention_count`: how much the log of events keeps.
///
/// # Errors
/// `20001` when they are no numbers from 1 to 87,600 (ten years), and from 1,000 to 1,000,000,000.
pub async fn event_retention() -> Result<Retention> {
    Ok(Retention {
        age: number("event_retention_hours", 1..=87_600).await? * 3_600_000,
        count: number("event_retention_count", 1_000..=1_000_000_000).await?,
        bytes: BYTES_MAX,
    })
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
