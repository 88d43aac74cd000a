//! The configuration: Spin variables, whose defaults are in `spin.toml`.
//!
//! Each variable is defined once, with its allowed values. The functions that return its value and [`check`], which
//! checks all variables, use that definition.

use crate::log;
use http::HeaderName;
use longwave_core::internal::Services;
use longwave_core::message::{EditHistory, EditRules, RevokeRules};
use longwave_core::origin::Origins;
use longwave_core::retention::{BYTES_MAX, Retention};
use longwave_core::secret::{self, commas};
use longwave_core::token::{self, Providers};
use longwave_core::{Code, Error, Result};
use longwave_store::schema::Synchronous;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::rc::Rc;

/// A variable: its name, its allowed values, and the code of a request that fails because of it.
struct Variable {
    name: &'static str,
    allowed: Allowed,
    failure: Code,
}

/// The allowed values of a variable.
enum Allowed {
    /// A whole number in a range.
    Number(RangeInclusive<i64>),
    /// A text: a description of the allowed ones, and a function that checks it.
    Text(&'static str, fn(&str) -> Result<(), String>),
    /// As `Text`, but for secrets, which are never quoted.
    Secrets(&'static str, fn(&str) -> Result<(), String>),
}

const fn number_of(name: &'static str, range: RangeInclusive<i64>) -> Variable {
    Variable { name, allowed: Allowed::Number(range), failure: Code::Internal }
}

const fn text_of(
    name: &'static str,
    allowed: &'static str,
    check: fn(&str) -> Result<(), String>,
) -> Variable {
    Variable { name, allowed: Allowed::Text(allowed, check), failure: Code::Internal }
}

const fn secrets_of(
    name: &'static str,
    allowed: &'static str,
    check: fn(&str) -> Result<(), String>,
) -> Variable {
    Variable { name, allowed: Allowed::Secrets(allowed, check), failure: Code::AuthUnavailable }
}

const PER_MINUTE: RangeInclusive<i64> = 0..=1_000_000;
const TEN_YEARS: RangeInclusive<i64> = 1..=87_600;

static AUTH_PROVIDERS: Variable = Variable {
    failure: Code::AuthUnavailable,
    ..text_of("auth_providers", "native, external or both, comma-separated", |text| {
        match token::check_native(text) {
            _ if commas(text).next().is_none() => Err("it names none".to_owned()),
            Err(error) if error.code().is_ours() => Err("one of them is not a provider".to_owned()),
            _ => Ok(()),
        }
    })
};
static AUTH_NATIVE_SECRET: Variable =
    secrets_of("auth_native_secret", "a secret of 32 bytes or more", secret::check);
static AUTH_EXTERNAL_SECRETS: Variable = secrets_of(
    "auth_external_secrets",
    "secrets of 32 bytes or more, comma-separated",
    each_secret,
);
static TOKEN_TTL_HOURS: Variable = number_of("token_ttl_hours", TEN_YEARS);
static INTERNAL_AUTH_SERVICES: Variable = Variable {
    failure: Code::AuthUnavailable,
    ..text_of(
        "internal_auth_services",
        "names of services, of ASCII letters, digits, '.', '_' and '-', comma-separated",
        Services::check_names,
    )
};
static INTERNAL_AUTH_SECRETS: Variable = secrets_of(
    "internal_auth_secrets",
    "secrets of 32 bytes or more, comma-separated",
    each_secret,
);
static INTERNAL_AUTH_MAX_SKEW_SECONDS: Variable =
    number_of("internal_auth_max_skew_seconds", 1..=3600);
static REGISTER_PER_MINUTE: Variable = number_of("register_per_minute", PER_MINUTE);
static LOGIN_PER_MINUTE: Variable = number_of("login_per_minute", PER_MINUTE);
static MESSAGE_SEND_PER_MINUTE: Variable = number_of("message_send_per_minute", PER_MINUTE);
static CHANGE_PER_MINUTE: Variable = number_of("change_per_minute", PER_MINUTE);
static CLIENT_ADDRESS_HEADER: Variable =
    text_of("client_address_header", "the name of a header, or empty", |text| {
        let is_name = text.is_empty() || text.parse::<HeaderName>().is_ok();
        if is_name { Ok(()) } else { Err("no header has such a name".to_owned()) }
    });
static CORS_ORIGINS: Variable =
    text_of("cors_origins", "origins such as https://chat.example.com, comma-separated", |text| {
        Origins::parse(text).map(drop)
    });
static REVOKE_SECONDS: Variable = number_of("revoke_seconds", -1..=315_360_000);
static REVOKE_UNREAD_MAX: Variable = number_of("revoke_unread_max", 0..=100_000);
static EDIT_SECONDS: Variable = number_of("edit_seconds", -1..=315_360_000);
static EDIT_HISTORY: Variable =
    text_of("edit_history", "all, operator or none", |text| EditHistory::parse(text).map(drop));
static EDIT_PER_MINUTE: Variable = number_of("edit_per_minute", PER_MINUTE);
static RECEIPTS_LIVE_MAX: Variable = number_of("receipts_live_max", 0..=1_000);
static GROUP_MAX_MEMBERS: Variable = number_of("group_max_members", 1..=100_000);
static EVENT_RETENTION_HOURS: Variable = number_of("event_retention_hours", TEN_YEARS);
static EVENT_RETENTION_COUNT: Variable = number_of("event_retention_count", 1_000..=1_000_000_000);
static SQLITE_SYNCHRONOUS: Variable = Variable {
    failure: Code::StoreFailed,
    ..text_of("sqlite_synchronous", "FULL or NORMAL", |text| Synchronous::parse(text).map(drop))
};

/// All variables.
static ALL: [&Variable; 23] = [
    &AUTH_PROVIDERS,
    &AUTH_NATIVE_SECRET,
    &AUTH_EXTERNAL_SECRETS,
    &TOKEN_TTL_HOURS,
    &INTERNAL_AUTH_SERVICES,
    &INTERNAL_AUTH_SECRETS,
    &INTERNAL_AUTH_MAX_SKEW_SECONDS,
    &REGISTER_PER_MINUTE,
    &LOGIN_PER_MINUTE,
    &MESSAGE_SEND_PER_MINUTE,
    &CHANGE_PER_MINUTE,
    &REVOKE_SECONDS,
    &REVOKE_UNREAD_MAX,
    &EDIT_SECONDS,
    &EDIT_HISTORY,
    &EDIT_PER_MINUTE,
    &RECEIPTS_LIVE_MAX,
    &CLIENT_ADDRESS_HEADER,
    &CORS_ORIGINS,
    &GROUP_MAX_MEMBERS,
    &EVENT_RETENTION_HOURS,
    &EVENT_RETENTION_COUNT,
    &SQLITE_SYNCHRONOUS,
];

fn each_secret(text: &str) -> Result<(), String> {
    commas(text).try_for_each(secret::check)
}

impl Variable {
    /// An error message about an invalid value: the name, the value unless it is secret, and the allowed values.
    fn problem(&self, value: &str) -> Option<String> {
        let name = self.name;
        let shown = &value[..value.floor_char_boundary(SHOWN_MAX)];
        match &self.allowed {
            Allowed::Number(range) => {
                let (first, last) = (range.start(), range.end());
                let message = || format!("{name} is '{shown}'; it must be {first} to {last}");
                self.number(value).is_none().then(message)
            }
            Allowed::Text(allowed, check) => check(value)
                .err()
                .map(|why| format!("{name} is '{shown}'; it must be {allowed}: {why}")),
            Allowed::Secrets(allowed, check) => {
                check(value).err().map(|why| format!("{name} must be {allowed}: {why}"))
            }
        }
    }

    /// The value as a number in its range.
    fn number(&self, value: &str) -> Option<i64> {
        let Allowed::Number(range) = &self.allowed else { return None };
        value.parse().ok().filter(|number| range.contains(number))
    }

    /// The text, read once per instance, because each read calls the host. A changed value reaches
    /// new instances only.
    async fn text(&self) -> Result<Rc<str>> {
        thread_local!(static KNOWN: RefCell<HashMap<&'static str, Rc<str>>> = RefCell::default());
        let name = self.name;
        if let Some(known) = KNOWN.with_borrow(|known| known.get(name).cloned()) {
            return Ok(known);
        }
        let value = spin_sdk::variables::get(name).await;
        let failed = |error| Error::failed(self.failure, format!("variable {name}: {error}"));
        let value: Rc<str> = value.map_err(failed)?.into();
        KNOWN.with_borrow_mut(|known| known.insert(name, Rc::clone(&value)));
        Ok(value)
    }

    async fn as_number(&self) -> Result<i64> {
        let text = self.text().await?;
        let message = || self.problem(&text).unwrap_or_default();
        self.number(&text).ok_or_else(|| Error::failed(self.failure, message()))
    }
}

/// Maximum number of bytes of a value that the log quotes.
const SHOWN_MAX: usize = 100;

/// Checks every variable, once per instance, and logs a line for each problem.
///
/// # Errors
/// `20001` with all problems if variables are invalid; the code of the variable if one is missing.
pub async fn check() -> Result<()> {
    thread_local!(static CHECKED: OnceCell<Result<()>> = const { OnceCell::new() });
    if let Some(checked) = CHECKED.with(|checked| checked.get().cloned()) {
        return checked;
    }
    let mut values = HashMap::new();
    for variable in ALL {
        values.insert(variable.name, variable.text().await?);
    }
    let problems = problems(|variable| values.get(variable.name).map_or("", |value| &**value));
    for problem in &problems {
        log::error(problem);
    }
    let checked = if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::failed(Code::Internal, problems.join("; ")))
    };
    CHECKED.with(|cached| cached.get_or_init(|| checked).clone())
}

/// The problems of each variable or, if there are none, those of variables that depend on each other.
fn problems<'a>(value: impl Fn(&Variable) -> &'a str) -> Vec<String> {
    let alone: Vec<_> = ALL.iter().filter_map(|it| it.problem(value(it))).collect();
    if !alone.is_empty() {
        return alone;
    }
    let providers = Providers::new(
        value(&AUTH_PROVIDERS),
        value(&AUTH_NATIVE_SECRET),
        value(&AUTH_EXTERNAL_SECRETS),
    );
    let services = Services::new(value(&INTERNAL_AUTH_SERVICES), value(&INTERNAL_AUTH_SECRETS), 0);
    let services = services.err().map(|error| format!("internal_auth_secrets: {error}"));
    providers.err().into_iter().chain(services).collect()
}

/// `auth_providers`, `auth_native_secret`, `auth_external_secrets`: the accepted tokens.
///
/// # Errors
/// `20101` if one of them is missing or invalid.
pub async fn providers() -> Result<Rc<Providers>> {
    thread_local!(static PROVIDERS: OnceCell<Rc<Providers>> = const { OnceCell::new() });
    if let Some(providers) = PROVIDERS.with(|providers| providers.get().cloned()) {
        return Ok(providers);
    }
    let providers = Providers::new(
        &AUTH_PROVIDERS.text().await?,
        &AUTH_NATIVE_SECRET.text().await?,
        &AUTH_EXTERNAL_SECRETS.text().await?,
    );
    let providers = providers.map_err(|error| Error::failed(Code::AuthUnavailable, error))?;
    Ok(PROVIDERS.with(|cached| Rc::clone(cached.get_or_init(|| Rc::new(providers)))))
}

/// Checks that `auth_providers` enables native accounts: registration and login here.
///
/// # Errors
/// `10107` if it does not; `20101` if the variable is invalid.
pub async fn check_native() -> Result<()> {
    token::check_native(&AUTH_PROVIDERS.text().await?)
}

/// `internal_auth_services`, `internal_auth_secrets`, `internal_auth_max_skew_seconds`: the services that may use the
/// internal channel; `None` if it is off.
///
/// # Errors
/// `20101` if the services or secrets are invalid; `20001` if the skew is.
pub async fn services() -> Result<Option<Rc<Services>>> {
    thread_local!(static SERVICES: OnceCell<Option<Rc<Services>>> = const { OnceCell::new() });
    if let Some(services) = SERVICES.with(|services| services.get().cloned()) {
        return Ok(services);
    }
    let services = Services::new(
        &INTERNAL_AUTH_SERVICES.text().await?,
        &INTERNAL_AUTH_SECRETS.text().await?,
        INTERNAL_AUTH_MAX_SKEW_SECONDS.as_number().await? * 1000,
    );
    let services = services.map_err(|error| {
        Error::failed(Code::AuthUnavailable, format!("internal_auth_secrets: {error}"))
    })?;
    Ok(SERVICES.with(|cached| cached.get_or_init(|| services.map(Rc::new)).clone()))
}

/// `client_address_header`: the header in which the operator's proxy names the client's address; empty without a proxy.
///
/// # Errors
/// `20001` if it is missing.
pub async fn client_address_header() -> Result<Rc<str>> {
    CLIENT_ADDRESS_HEADER.text().await
}

/// `cors_origins`: the other origins whose pages may use this API; empty for none.
///
/// # Errors
/// `20001` if it is missing or contains an invalid origin.
pub async fn cors_origins() -> Result<Rc<Origins>> {
    thread_local!(static ORIGINS: OnceCell<Rc<Origins>> = const { OnceCell::new() });
    if let Some(origins) = ORIGINS.with(|origins| origins.get().cloned()) {
        return Ok(origins);
    }
    let origins = Origins::parse(&CORS_ORIGINS.text().await?);
    let origins = origins.map_err(|error| Error::failed(Code::Internal, error))?;
    Ok(ORIGINS.with(|cached| Rc::clone(cached.get_or_init(|| Rc::new(origins)))))
}

/// `register_per_minute`: registrations per address; 0 disables the limit.
///
/// # Errors
/// `20001` if it is not a number from 0 to 1,000,000.
pub async fn register_per_minute() -> Result<i64> {
    REGISTER_PER_MINUTE.as_number().await
}

/// `login_per_minute`: logins per address; 0 disables both the per-address and the per-account limit.
///
/// # Errors
/// `20001` if it is not a number from 0 to 1,000,000.
pub async fn login_per_minute() -> Result<i64> {
    LOGIN_PER_MINUTE.as_number().await
}

/// `message_send_per_minute`: messages per sender; 0 disables the limit.
///
/// # Errors
/// `20001` if it is not a number from 0 to 1,000,000.
pub async fn message_send_per_minute() -> Result<i64> {
    MESSAGE_SEND_PER_MINUTE.as_number().await
}

/// `change_per_minute`: calls per user that change anything other than messages and read positions; 0 disables the
/// limit.
///
/// # Errors
/// `20001` if it is not a number from 0 to 1,000,000.
pub async fn change_per_minute() -> Result<i64> {
    CHANGE_PER_MINUTE.as_number().await
}

/// `revoke_seconds`, `revoke_unread_max`: until when users may revoke their messages, and in which groups that changes
/// unread counts.
///
/// # Errors
/// `20001` if the first is not a number from -1 to 315,360,000 (ten years), or the second not one from 0 to 100,000.
pub async fn revoke_rules() -> Result<RevokeRules> {
    let seconds = REVOKE_SECONDS.as_number().await?;
    Ok(RevokeRules { seconds, unread_members_max: REVOKE_UNREAD_MAX.as_number().await? })
}

/// `edit_seconds`, `edit_history`, `edit_per_minute`: until when and how often users may edit their messages, and what
/// becomes of the earlier versions.
///
/// # Errors
/// `20001` if the first is not a number from -1 to 315,360,000 (ten years), the second not `all`, `operator` or `none`,
/// or the third not a number from 0 to 1,000,000.
pub async fn edit_rules() -> Result<EditRules> {
    Ok(EditRules {
        seconds: EDIT_SECONDS.as_number().await?,
        history: edit_history().await?,
        per_minute: EDIT_PER_MINUTE.as_number().await?,
    })
}

/// `edit_history`: who can read the earlier versions of edited messages.
///
/// # Errors
/// `20001` if it is not `all`, `operator` or `none`.
pub async fn edit_history() -> Result<EditHistory> {
    let text = EDIT_HISTORY.text().await?;
    EditHistory::parse(&text).map_err(|error| Error::failed(Code::Internal, error))
}

/// `receipts_live_max`: the number of members up to which a group's members receive a frame when one of them has read.
///
/// # Errors
/// `20001` if it is not a number from 0 to 1,000.
pub async fn receipts_live_max() -> Result<i64> {
    RECEIPTS_LIVE_MAX.as_number().await
}

/// `token_ttl_hours`: the duration of a login, in milliseconds.
///
/// # Errors
/// `20001` if it is not a number of hours from 1 to 87,600 (ten years).
pub async fn token_ttl() -> Result<i64> {
    Ok(TOKEN_TTL_HOURS.as_number().await? * 3_600_000)
}

/// `event_retention_hours`, `event_retention_count`: how much of the event log is kept.
///
/// # Errors
/// `20001` unless the hours are 1 to 87,600 (ten years) and the count is 1,000 to 1,000,000,000.
pub async fn event_retention() -> Result<Retention> {
    Ok(Retention {
        age: EVENT_RETENTION_HOURS.as_number().await? * 3_600_000,
        count: EVENT_RETENTION_COUNT.as_number().await?,
        bytes: BYTES_MAX,
    })
}

/// `group_max_members`: the maximum number of members of a group.
///
/// # Errors
/// `20001` if it is not a number from 1 to 100,000.
pub async fn group_max_members() -> Result<i64> {
    GROUP_MAX_MEMBERS.as_number().await
}

/// `sqlite_synchronous`: the failures that an acknowledged write survives.
///
/// # Errors
/// `20002` if it is neither `FULL` nor `NORMAL`.
pub async fn sqlite_synchronous() -> Result<Synchronous> {
    let text = SQLITE_SYNCHRONOUS.text().await?;
    Synchronous::parse(&text).map_err(|error| Error::failed(Code::StoreFailed, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The defaults of `spin.toml`, and a secret for each variable without one.
    fn defaults() -> HashMap<&'static str, &'static str> {
        let manifest = include_str!("../../../spin.toml");
        let section = manifest.split("\n[variables]\n").nth(1).unwrap();
        let section = section.split("\n[").next().unwrap();
        let lines = section.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let default = |line: &'static str| {
            let (name, rest) = line.split_once(" = ").unwrap();
            let value =
                rest.split_once("default = \"").map(|(_, rest)| rest.split('"').next().unwrap());
            (name, value.unwrap_or("0123456789abcdefghijklmnopqrstuv"))
        };
        lines.map(default).collect()
    }

    fn problems_with(changes: &[(&'static str, &'static str)]) -> Vec<String> {
        let mut values = defaults();
        for (name, value) in changes {
            assert!(values.insert(name, value).is_some(), "{name} is not a variable");
        }
        problems(|variable| values[variable.name])
    }

    #[test]
    fn every_variable_of_the_manifest_is_checked_and_its_default_is_valid() {
        let mut names = ALL.map(|variable| variable.name);
        names.sort_unstable();
        let mut known: Vec<_> = defaults().into_keys().collect();
        known.sort_unstable();
        assert_eq!(names[..], known);
        assert_eq!(problems_with(&[]), [""; 0]);
    }

    #[test]
    fn an_invalid_variable_is_reported_with_its_name_value_and_allowed_values() {
        for (name, value, message) in [
            ("auth_providers", "natve", "auth_providers is 'natve'; it must be native, external"),
            ("auth_providers", "", "auth_providers is ''; it must be native"),
            ("token_ttl_hours", "7d", "token_ttl_hours is '7d'; it must be 1 to 87600"),
            ("token_ttl_hours", "0", "token_ttl_hours is '0'; it must be 1 to 87600"),
            ("token_ttl_hours", " 5", "token_ttl_hours is ' 5'"),
            ("internal_auth_max_skew_seconds", "3601", "it must be 1 to 3600"),
            ("register_per_minute", "-1", "register_per_minute is '-1'; it must be 0 to 1000000"),
            ("login_per_minute", "off", "login_per_minute is 'off'"),
            ("message_send_per_minute", "1e3", "message_send_per_minute is '1e3'"),
            ("change_per_minute", "", "change_per_minute is ''"),
            ("revoke_seconds", "-2", "revoke_seconds is '-2'; it must be -1 to 315360000"),
            ("revoke_unread_max", "", "revoke_unread_max is ''"),
            ("edit_seconds", "1d", "edit_seconds is '1d'"),
            ("edit_history", "some", "edit_history is 'some'; it must be all, operator or none"),
            ("edit_per_minute", "-1", "edit_per_minute is '-1'"),
            ("receipts_live_max", "1001", "receipts_live_max is '1001'"),
            ("internal_auth_services", "app;other", "'app;other' is not a name"),
            ("internal_auth_services", "app, caf\u{e9}", "'caf\u{e9}' is not a name"),
            ("client_address_header", "x forwarded", "client_address_header is 'x forwarded'"),
            ("cors_origins", "chat.example", "cors_origins is 'chat.example'; it must be origins"),
            ("cors_origins", "https://a.example/chat", "it has a path"),
            ("group_max_members", "100001", "group_max_members is '100001'"),
            ("event_retention_hours", "week", "event_retention_hours is 'week'"),
            ("event_retention_count", "999", "it must be 1000 to 1000000000"),
            (
                "sqlite_synchronous",
                "full",
                "sqlite_synchronous is 'full'; it must be FULL or NORMAL",
            ),
        ] {
            let [problem] = &problems_with(&[(name, value)])[..] else { panic!("{name} {value}") };
            assert!(problem.starts_with(name) && problem.contains(message), "{problem}");
        }
    }

    #[test]
    fn all_problems_are_reported_at_once() {
        let problems = problems_with(&[("token_ttl_hours", "7d"), ("group_max_members", "many")]);
        assert_eq!(problems.len(), 2, "{problems:?}");
    }

    #[test]
    fn an_invalid_secret_is_reported_but_not_quoted() {
        for name in ["auth_native_secret", "auth_external_secrets", "internal_auth_secrets"] {
            let [problem] = &problems_with(&[(name, "my short one")])[..] else { panic!("{name}") };
            assert!(problem.starts_with(name) && problem.contains("32 bytes"), "{problem}");
            assert!(!problem.contains("my short one"), "{problem}");
        }
        assert_eq!(problems_with(&[("auth_native_secret", "")]).len(), 1);
    }

    #[test]
    fn inconsistent_variables_are_reported() {
        let secret = "0123456789abcdefghijklmnopqrstuv";
        let native = problems_with(&[("auth_external_secrets", secret)]);
        assert!(native[0].contains("the native secret is among them"), "{native:?}");
        let service = problems_with(&[("internal_auth_secrets", secret)]);
        assert!(service[0].contains("no service is named"), "{service:?}");
        let unsigned = problems_with(&[("internal_auth_services", "app")]);
        assert!(unsigned[0].contains("no secret is set"), "{unsigned:?}");
        let nobodys = problems_with(&[("auth_providers", "external")]);
        assert!(nobodys[0].contains("no secret is set"), "{nobodys:?}");
        let both = [("internal_auth_secrets", secret), ("internal_auth_services", "app")];
        assert_eq!(problems_with(&both), [""; 0]);
    }
}
