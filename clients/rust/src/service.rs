use crate::http::{Http, unsendable};
use crate::{Error, Profile, UserId};
use ::http::{HeaderName, Method};
use longwave_core::internal::SignedCall;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// A service of the platform, which calls the internal routes.
#[derive(Clone)]
pub struct Service {
    http: Http,
    name: String,
    secret: String,
}

impl Service {
    /// The service `name` on the server at `base`, which signs with `secret`. Sends no request.
    ///
    /// # Errors
    /// [`Error::Url`] unless it is `http://<host>[:<port>][/<path>]`: TLS is not built in.
    pub fn new(base: &str, name: &str, secret: &str) -> Result<Self, Error> {
        Ok(Self { http: Http::new(base)?, name: name.to_owned(), secret: secret.to_owned() })
    }

    /// Creates a user of the platform, or changes the nickname.
    ///
    /// # Errors
    /// [`Error::Refused`] with `10001` for a user who is not of the platform, `10002` if the server
    /// rejects the signature.
    pub async fn upsert_user(&self, user_id: &UserId, nickname: &str) -> Result<Profile, Error> {
        let body = json!({ "id": user_id, "nickname": nickname });
        self.post("/api/v1/internal/user/upsert", None, &body).await
    }

    /// Makes a user of the platform a member of a group.
    ///
    /// # Errors
    /// [`Error::Refused`] as `POST /group/join`, and with `10002`.
    pub async fn join_group(&self, user_id: &UserId, group_id: &str) -> Result<(), Error> {
        let body = json!({ "group_id": group_id });
        let path = "/api/v1/internal/group/join";
        self.post::<Value>(path, Some(user_id), &body).await.map(drop)
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        user_id: Option<&UserId>,
        body: &Value,
    ) -> Result<T, Error> {
        let body = serde_json::to_vec(body).map_err(unsendable)?;
        let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(unsendable)?;
        let (timestamp, nonce) = (since.as_secs().to_string(), Uuid::new_v4().to_string());
        let call = SignedCall {
            service: &self.name,
            timestamp: &timestamp,
            nonce: &nonce,
            method: "POST",
            path,
            user_id: user_id.map_or("", UserId::as_str),
            body: &body,
            ..SignedCall::default()
        };
        let headers = [
            ("x-service-name", self.name.clone()),
            ("x-signature", call.sign(&self.secret)),
            ("x-user-id", call.user_id.to_owned()),
            ("x-timestamp", timestamp.clone()),
            ("x-nonce", nonce.clone()),
        ];
        let headers = headers.map(|(name, value)| (HeaderName::from_static(name), value));
        self.http.call_with(Method::POST, path, headers, body.clone()).await
    }
}
