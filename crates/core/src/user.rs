//! Registration, login and profiles.

use crate::id::UserId;
use crate::text::normal_form;
use crate::{Error, Millis, Result, text};
use serde::{Deserialize, Serialize};

/// A user's profile, as all users see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Profile {
    /// The id of the user.
    pub user_id: UserId,
    /// The name to show; may be empty.
    pub nickname: String,
    /// The URL of a picture; may be empty.
    pub avatar: String,
    /// Data of the application; may be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(required))]
    pub extra: Option<String>,
    /// When the user was created.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis"))]
    pub created_at: Millis,
    /// When the profile last changed.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis"))]
    pub updated_at: Millis,
}

/// An account to register.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegisterRequest {
    /// Unique. 1 to 64 bytes in Unicode normal form C, in which it is stored.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "crate::schema::Line<1, { text::USERNAME_MAX }>", example = &"alice")
    )]
    username: Option<String>,
    /// 6 to 72 bytes in Unicode normal form C, in which it is hashed.
    #[cfg_attr(
        feature = "schema",
        schemars(
            with = "crate::schema::Text<{ *text::PASSWORD.start() }, { *text::PASSWORD.end() }>",
            example = &"correct horse"
        )
    )]
    password: Option<String>,
    /// The name to show, at most 255 bytes.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Line<0, { text::NICKNAME_MAX }>>")
    )]
    nickname: Option<String>,
}

/// A valid registration.
#[derive(Debug)]
pub struct Register {
    /// The username, 1-64 bytes in normal form.
    pub username: String,
    /// The password, 6-72 bytes in normal form.
    pub password: String,
    /// The name to show, at most 255 bytes.
    pub nickname: String,
}

impl RegisterRequest {
    /// Checks the fields.
    ///
    /// # Errors
    /// `10001` naming the first field that breaks its limit.
    pub fn validate(self) -> Result<Register> {
        let username = self.username.as_deref().map(normal_form);
        let username = text::required("username", username, text::USERNAME_MAX)?;
        let username = text::line("username", username, text::USERNAME_MAX)?;
        let password = self.password.as_deref().map(normal_form);
        let password = text::required("password", password, *text::PASSWORD.end())?;
        if password.len() < *text::PASSWORD.start() {
            return Err(Error::invalid(format!(
                "password is {} bytes long; at least {} are required",
                password.len(),
                text::PASSWORD.start()
            )));
        }
        let nickname =
            text::line("nickname", self.nickname.unwrap_or_default(), text::NICKNAME_MAX)?;
        Ok(Register { username, password, nickname })
    }
}

/// The kind of device a token is for: 1 iOS, 2 Android, 3 Windows, 4 macOS, 5 Web, 6 `MiniWeb`,
/// 7 Linux, 8 `AndroidPad`, 9 iPad, 10 Admin. A user has one live native token per platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Platform(u8);

impl Platform {
    /// Web: the default platform of an external token.
    pub const WEB: Self = Self(5);

    /// All platforms.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=10).map(Self)
    }
}

impl From<Platform> for i64 {
    fn from(platform: Platform) -> Self {
        Self::from(platform.0)
    }
}

impl TryFrom<i64> for Platform {
    type Error = &'static str;
    fn try_from(number: i64) -> Result<Self, Self::Error> {
        match u8::try_from(number) {
            Ok(number @ 1..=10) => Ok(Self(number)),
            _ => Err("platform_id must be 1..10"),
        }
    }
}

/// The credentials of a login, and its platform.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoginRequest {
    /// 1 to 64 bytes, in any Unicode normal form.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "crate::schema::Text<1, { text::USERNAME_MAX }>", example = &"alice")
    )]
    username: Option<String>,
    /// 1 to 72 bytes, as typed or in normal form C.
    #[cfg_attr(
        feature = "schema",
        schemars(
            with = "crate::schema::Text<1, { *text::PASSWORD.end() }>",
            example = &"correct horse"
        )
    )]
    password: Option<String>,
    /// The platform of the token.
    #[cfg_attr(feature = "schema", schemars(with = "Platform"))]
    platform_id: Option<i64>,
}

/// A valid login request, to be checked against the store.
#[derive(Debug)]
pub struct Login {
    /// The username in normal form.
    pub username: String,
    /// The username as typed: old accounts have usernames that are not normalised.
    pub typed_username: String,
    /// The password as typed.
    pub password: String,
    /// The platform of the token.
    pub platform: Platform,
}

impl LoginRequest {
    /// Checks that all three fields are present and within the maximum lengths, and that the platform exists.
    ///
    /// # Errors
    /// `10001` if a field is missing, the platform does not exist, or a field is too long.
    pub fn validate(self) -> Result<Login> {
        match (self.username, self.password, self.platform_id) {
            (Some(username), Some(password), Some(platform))
                if !username.is_empty() && !password.is_empty() =>
            {
                let normal = normal_form(&username);
                check_either("username", &username, &normal, text::USERNAME_MAX)?;
                check_either(
                    "password",
                    &password,
                    &normal_form(&password),
                    *text::PASSWORD.end(),
                )?;
                Ok(Login {
                    username: normal,
                    typed_username: username,
                    password,
                    platform: platform.try_into().map_err(Error::invalid)?,
                })
            }
            _ => Err(Error::invalid("username, password and platform_id are required")),
        }
    }
}

/// Checks that a text is within the limit in one of its forms, as typed or normal: the limit
/// applied to one of them when the account was registered.
fn check_either(field: &str, typed: &str, normal: &str, max: usize) -> Result<()> {
    let shorter = if normal.len() < typed.len() { normal } else { typed };
    text::at_most(field, shorter.to_owned(), max).map(drop)
}

/// A token issued to a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoggedIn {
    /// The id of the user.
    pub user_id: UserId,
    /// The token, to send as `Authorization: Bearer <token>`.
    pub token: String,
    /// When the token expires.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis"))]
    pub expires_at: Millis,
}

/// A change of a profile: an absent or null field is unchanged, `""` clears it.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProfileUpdate {
    /// The name to show, at most 255 bytes. Null or absent: unchanged; empty: cleared.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Line<0, { text::NICKNAME_MAX }>>")
    )]
    pub nickname: Option<String>,
    /// The URL of a picture, at most 1,024 bytes. Null or absent: unchanged; empty: cleared.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Line<0, { text::AVATAR_MAX }>>")
    )]
    pub avatar: Option<String>,
    /// Data of the application, at most 64,000 bytes. Null or absent: unchanged; empty: cleared.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::Text<0, { text::EXTRA_MAX }>>")
    )]
    pub extra: Option<String>,
}

impl ProfileUpdate {
    /// Checks the fields.
    ///
    /// # Errors
    /// `10001` naming the first field that breaks its limit.
    pub fn validate(self) -> Result<Self> {
        let line = |field, value: Option<String>, max| {
            value.map(|value| text::line(field, value, max)).transpose()
        };
        let extra = self.extra.map(|extra| text::at_most("extra", extra, text::EXTRA_MAX));
        Ok(Self {
            nickname: line("nickname", self.nickname, text::NICKNAME_MAX)?,
            avatar: line("avatar", self.avatar, text::AVATAR_MAX)?,
            extra: extra.transpose()?,
        })
    }
}

/// Profiles of several users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Profiles {
    /// The profiles of the users that exist, ordered by id.
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Vec<crate::schema::ListedProfile>", length(max = 100))
    )]
    pub users: Vec<Profile>,
}

/// A query about several users.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserIdsQuery {
    /// 1 to 100 ids, separated by commas.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::UserIds"))]
    pub user_ids: Option<String>,
}

impl UserIdsQuery {
    /// The ids, sorted and without duplicates.
    ///
    /// # Errors
    /// `10001` naming `user_ids`, or the first invalid id.
    pub fn validate(&self) -> Result<Vec<UserId>> {
        user_ids(self.user_ids.as_deref())
    }
}

fn user_ids(value: Option<&str>) -> Result<Vec<UserId>> {
    let texts = text::items(value);
    if !(1..=100).contains(&texts.len()) {
        return Err(Error::invalid("user_ids: 1-100 comma separated ids"));
    }
    let mut ids = texts
        .into_iter()
        .map(|text| UserId::try_from(text.to_owned()).map_err(Error::invalid))
        .collect::<Result<Vec<_>>>()?;
    ids.sort();
    ids.dedup();
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn register(username: &str, password: &str) -> Result<Register> {
        RegisterRequest {
            username: Some(username.into()),
            password: Some(password.into()),
            nickname: None,
        }
        .validate()
    }

    #[test]
    fn a_registration_outside_the_limits_is_refused() {
        assert!(register("u", "secret").is_ok());
        assert!(register(&"u".repeat(64), &"p".repeat(72)).is_ok());
        for (username, password, message) in [
            ("", "secret", "username is required"),
            (&*"u".repeat(65), "secret", "username is 65 bytes long; at most 64 are allowed"),
            ("u", "", "password is required"),
            ("u", "12345", "password is 5 bytes long; at least 6 are required"),
            ("u", &*"p".repeat(73), "password is 73 bytes long; at most 72 are allowed"),
        ] {
            assert_eq!(register(username, password).unwrap_err().message(), message);
        }
    }

    #[test]
    fn the_limits_of_a_password_count_its_normal_form() {
        let decomposed = |letters| "e\u{301}".repeat(letters);
        let set = register("u", &decomposed(36)).unwrap().password;
        assert_eq!((set.len(), &*set), (72, &*"\u{e9}".repeat(36)));
        let refused = register("u", &decomposed(37)).unwrap_err();
        assert_eq!(refused.message(), "password is 74 bytes long; at most 72 are allowed");
        assert!(register("u", &decomposed(2)).is_err(), "6 bytes as typed, 4 in normal form");
        // U+0958 has a longer normal form: the password may have been set before the normal form was counted.
        for (typed, taken) in
            [(decomposed(36), true), ("\u{958}".repeat(24), true), (decomposed(37), false)]
        {
            let login = LoginRequest {
                username: Some("u".into()),
                password: Some(typed.clone()),
                platform_id: Some(5),
            };
            let login = login.validate();
            assert_eq!(login.is_ok(), taken, "{typed}");
            assert!(login.is_err() || login.unwrap().password == typed);
        }
    }

    #[test]
    fn a_username_is_the_same_in_every_unicode_form() {
        let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}");
        for typed in [composed, decomposed] {
            assert_eq!(register(typed, "secret").unwrap().username, composed);
            let login = LoginRequest {
                username: Some(typed.into()),
                password: Some("secret".into()),
                platform_id: Some(5),
            };
            let login = login.validate().unwrap();
            assert_eq!((&*login.username, &*login.typed_username), (composed, typed));
        }
        assert!(register(&"e\u{301}".repeat(32), "secret").is_ok(), "64 bytes composed");
        assert!(register(&"e\u{301}".repeat(33), "secret").is_err());
    }

    #[test]
    fn there_are_ten_platforms() {
        for number in 1..=10 {
            assert_eq!(i64::from(Platform::try_from(number).unwrap()), number);
        }
        for number in [i64::MIN, -1, 0, 11, 261] {
            assert!(Platform::try_from(number).is_err());
        }
    }

    #[test]
    fn a_login_without_one_of_its_fields_is_refused_naming_all_three() {
        let request =
            LoginRequest { username: Some("u".into()), password: None, platform_id: Some(5) };
        assert_eq!(
            request.validate().unwrap_err().message(),
            "username, password and platform_id are required"
        );
        let login = |username: &str, password: &str, platform_id| {
            LoginRequest {
                username: Some(username.into()),
                password: Some(password.into()),
                platform_id: Some(platform_id),
            }
            .validate()
        };
        for (username, password) in [("", "p"), ("u", "")] {
            assert_eq!(
                login(username, password, 5).unwrap_err().message(),
                "username, password and platform_id are required"
            );
        }
        let Login { username, password, platform, .. } = login("u", "p", 5).unwrap();
        assert_eq!((&*username, &*password, platform), ("u", "p", Platform::WEB));
        assert_eq!(login("u", "p", 11).unwrap_err().message(), "platform_id must be 1..10");
        assert!(login(&"u".repeat(65), "p", 5).is_err() && login("u", &"p".repeat(73), 5).is_err());
    }

    #[test]
    fn an_update_keeps_absent_fields_and_refuses_long_ones() {
        let update = ProfileUpdate {
            nickname: Some("n".repeat(255)),
            avatar: None,
            extra: Some(String::new()),
        };
        let update = update.validate().unwrap();
        assert_eq!(update.nickname.map(|nickname| nickname.len()), Some(255));
        assert_eq!((update.avatar, update.extra.as_deref()), (None, Some("")));
        let update = ProfileUpdate { nickname: None, avatar: Some("a".repeat(1025)), extra: None };
        assert_eq!(
            update.validate().unwrap_err().message(),
            "avatar is 1025 bytes long; at most 1024 are allowed"
        );
    }

    #[test]
    fn a_query_takes_one_to_a_hundred_ids_and_drops_duplicates() {
        let ids = user_ids(Some("u___2,u___1,u___2")).unwrap();
        assert_eq!(ids.iter().map(UserId::as_str).collect::<Vec<_>>(), ["u___1", "u___2"]);
        let many = |count| vec!["u___1"; count].join(",");
        assert_eq!(user_ids(Some(&many(100))).unwrap().len(), 1);
        for bad in [None, Some(""), Some(&*many(101))] {
            assert_eq!(user_ids(bad).unwrap_err().message(), "user_ids: 1-100 comma separated ids");
        }
        assert_eq!(user_ids(Some("u___1,")).unwrap_err().message(), "invalid user id: ");
    }
}
