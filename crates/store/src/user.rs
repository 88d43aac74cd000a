//! Users: registration, credentials and profiles.

use crate::command::command;
use crate::sql::{Row, Sql, ids_as_json, run};
use longwave_core::id::UserId;
use longwave_core::user::{Login, Profile, ProfileUpdate, Profiles, Register};
use longwave_core::{Code, Error, Millis, Result};
use uuid::Uuid;

/// A profile's columns, in the order of [`profile_from_row`].
const PROFILE: &str = "id, nickname, avatar, extra, created_at, updated_at";

/// The same columns as subqueries for the `RETURNING` of `command`, whose column `id` has the
/// user's id: no other write can come between the command and the read.
pub(crate) fn profile_after(command: &str, id: &str) -> String {
    let left = |column| format!("(SELECT {column} FROM users WHERE users.id = {command}.{id})");
    PROFILE.split(", ").map(left).collect::<Vec<_>>().join(", ")
}

pub(crate) fn profile_from_row(mut row: Row) -> Result<Profile> {
    Ok(Profile {
        user_id: user_id(row.text()?)?,
        nickname: row.text()?,
        avatar: row.text()?,
        extra: row.optional_text()?,
        created_at: row.integer()?,
        updated_at: row.integer()?,
    })
}

fn user_id(text: String) -> Result<UserId> {
    UserId::try_from(text).map_err(|error| Error::failed(Code::StoreFailed, error))
}

/// Registers a user under the id `nx__<uuid>`, and returns the profile.
///
/// # Errors
/// `10202` if the username is taken.
pub async fn register(
    sql: &impl Sql,
    register: Register,
    password_hash: String,
    uuid: Uuid,
    now: Millis,
) -> Result<Profile> {
    let user_id = UserId::native(uuid);
    command("register_user")
        .set("id", &user_id)
        .set("username", register.username)
        .set("password_hash", password_hash)
        .set("nickname", register.nickname.as_str())
        .set("now", now)
        .run(sql, Code::StoreFailed)
        .await?;
    Ok(Profile {
        user_id,
        nickname: register.nickname,
        avatar: String::new(),
        extra: Some(String::new()),
        created_at: now,
        updated_at: now,
    })
}

/// The credentials that a login is checked against.
#[derive(Debug)]
pub struct Credentials {
    /// The id of the user.
    pub user_id: UserId,
    /// The stored argon2id hash.
    pub password_hash: String,
}

/// The credentials for a login, if the user exists. The username as typed is tried first, because
/// old accounts have usernames that are not normalised.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn credentials(sql: &impl Sql, login: &Login) -> Result<Option<Credentials>> {
    let statement = "SELECT id, password_hash FROM users WHERE username <> '' AND username = \
         coalesce((SELECT username FROM users WHERE username <> '' AND username = ?1), ?2)";
    let parameters = vec![login.typed_username.as_str().into(), login.username.as_str().into()];
    let rows = run(sql, Code::StoreFailed, statement, parameters).await?;
    let credentials = |mut row: Row| {
        Ok(Credentials { user_id: user_id(row.text()?)?, password_hash: row.text()? })
    };
    rows.into_iter().next().map(credentials).transpose()
}

/// A user's profile.
///
/// # Errors
/// `10201` if the user does not exist.
pub async fn profile(sql: &impl Sql, user_id: &UserId) -> Result<Profile> {
    let statement = format!("SELECT {PROFILE} FROM users WHERE id = ?1");
    let rows = run(sql, Code::StoreFailed, &statement, vec![user_id.as_str().into()]).await?;
    profile_from_row(rows.into_iter().next().ok_or(Code::UserNotFound)?)
}

/// The profiles of the users that exist, ordered by id. They lack `extra`, of which a hundred could
/// be megabytes.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn profiles(sql: &impl Sql, user_ids: &[UserId]) -> Result<Profiles> {
    let statement = "SELECT id, nickname, avatar, NULL, created_at, updated_at FROM users \
         WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id";
    let parameters = vec![ids_as_json(user_ids)];
    let rows = run(sql, Code::StoreFailed, statement, parameters).await?;
    let users = rows.into_iter().map(profile_from_row).collect::<Result<_>>()?;
    Ok(Profiles { users })
}

/// The profiles for a service: as [`profiles`], but with `extra` if `user_ids` has a single id.
///
/// # Errors
/// `20002` if the database does not answer.
pub async fn profiles_for_service(sql: &impl Sql, user_ids: &[UserId]) -> Result<Profiles> {
    let [user_id] = user_ids else { return profiles(sql, user_ids).await };
    match profile(sql, user_id).await {
        Ok(profile) => Ok(Profiles { users: vec![profile] }),
        Err(error) if error.code() == Code::UserNotFound => Ok(Profiles { users: Vec::new() }),
        Err(error) => Err(error),
    }
}

/// Changes the given fields of a user's profile, notifies the user's sessions, and returns the resulting profile.
///
/// # Errors
/// `10201` if the user does not exist.
pub async fn update_profile(
    sql: &impl Sql,
    user_id: &UserId,
    update: ProfileUpdate,
    now: Millis,
) -> Result<Profile> {
    let row = command("update_profile")
        .set("user_id", user_id)
        .set("nickname", update.nickname)
        .set("avatar", update.avatar)
        .set("extra", update.extra)
        .set("now", now)
        .returning(sql, Code::StoreFailed, &profile_after("update_profile", "user_id"))
        .await?;
    profile_from_row(row.ok_or(Code::UserNotFound)?)
}
