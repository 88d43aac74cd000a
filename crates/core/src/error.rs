//! The code table and the one error type.
//!
//! A code has five digits, `K MM NN`: the kind, the module and a number. Kind 1 is the caller's
//! fault, and a retry fails again, except after the wait that `10005` asks for. Kind 2 is the
//! server's fault, and a retry may succeed. Each code has an HTTP status.

use std::borrow::Cow;

/// `Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! codes {
    ($($variant:ident = $name:literal, $number:literal, $status:literal, $message:literal;)*) => {
        /// The code of a refusal or failure, with its number, HTTP status and public message.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = concat!("`", $number, "`, HTTP ", $status, ": ", $message)] $variant,)*
        }

        impl Code {
            /// All codes.
            pub const ALL: &[Code] = &[$(Code::$variant),*];

            /// The name that the commands of the schema use for a refusal.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// The five-digit number on the wire.
            #[must_use]
            pub const fn number(self) -> u32 {
                match self { $(Code::$variant => $number,)* }
            }

            /// The HTTP status of the code.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Code::$variant => $status,)* }
            }

            /// The default message for a client.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Code::$variant => $message,)* }
            }
        }
    };
}

codes! {
    InvalidParam = "invalid_param", 10001, 400, "invalid parameter";
    Unauthorized = "unauthorized", 10002, 401, "unauthorized";
    Forbidden = "forbidden", 10003, 403, "forbidden";
    NotFound = "not_found", 10004, 404, "not found";
    TooManyRequests = "too_many_requests", 10005, 429, "too many requests";
    NoPermission = "no_permission", 10006, 403, "no permission to access this resource";
    MethodNotAllowed = "method_not_allowed", 10007, 405, "method not allowed";
    BodyTooLarge = "body_too_large", 10008, 413, "request body too large";
    UnsupportedEncoding = "unsupported_encoding", 10009, 415, "unsupported content encoding";
    TokenInvalid = "token_invalid", 10101, 401, "token invalid";
    TokenExpired = "token_expired", 10102, 401, "token expired";
    TokenMissing = "token_missing", 10103, 401, "token missing";
    TokenMismatch = "token_mismatch", 10104, 403, "token user mismatch";
    LoginFailed = "login_failed", 10105, 401, "login failed";
    ProviderDisabled = "provider_disabled", 10107, 403, "auth provider disabled";
    UserNotFound = "user_not_found", 10201, 404, "user not found";
    UserExists = "user_exists", 10202, 409, "user already exists";
    BlockedByPeer = "blocked_by_peer", 10204, 403, "blocked by the recipient";
    GroupNotFound = "group_not_found", 10301, 404, "group not found";
    GroupDismissed = "group_dismissed", 10302, 409, "group has been dismissed";
    NotGroupMember = "not_group_member", 10303, 403, "not a group member";
    MemberNotActive = "member_not_active", 10304, 403, "member not active";
    AlreadyGroupMember = "already_group_member", 10305, 409, "already a group member";
    NotGroupOwner = "not_group_owner", 10306, 403, "not group owner";
    NotGroupAdmin = "not_group_admin", 10307, 403, "not group admin";
    CannotKickOwner = "cannot_kick_owner", 10308, 403, "cannot kick group owner";
    GroupFull = "group_full", 10309, 409, "group member limit reached";
    Muted = "muted", 10310, 403, "muted in this group";
    MessageNotFound = "message_not_found", 10401, 404, "message not found";
    MessageDuplicate = "message_duplicate", 10402, 409, "duplicate message";
    MessageContentTooLong = "message_content_too_long", 10403, 413, "message content too large";
    NotRevocable = "not_revocable", 10404, 409, "message cannot be revoked";
    NotEditable = "not_editable", 10405, 409, "message cannot be edited";
    VersionConflict = "version_conflict", 10406, 409, "another version of the message is stored";
    MessageGone = "message_gone", 10410, 409, "message was revoked or removed";
    ConversationNotFound = "conversation_not_found", 10501, 404, "conversation not found";
    ConnOverLimit = "conn_over_limit", 10601, 429, "connection over max limit";
    NodeDraining = "node_draining", 10604, 503, "node is shutting down";
    Internal = "internal", 20001, 500, "internal server error";
    StoreFailed = "store_failed", 20002, 500, "storage unavailable";
    BusFailed = "bus_failed", 20003, 500, "event bus unavailable";
    Timeout = "timeout", 20004, 504, "request timed out";
    AuthUnavailable = "auth_unavailable", 20101, 503, "authentication temporarily unavailable";
    SeqAllocFailed = "seq_alloc_failed", 20401, 500, "seq allocation failed";
    MessageSendFailed = "message_send_failed", 20402, 500, "message send failed";
    MessagePullFailed = "message_pull_failed", 20403, 500, "message pull failed";
    PushFailed = "push_failed", 20601, 500, "push message failed";
}

impl Code {
    /// The code with this number, if it exists.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.number() == number)
    }

    /// The code with this name, if it exists.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }

    /// Whether the server is at fault: the cause is logged, and the caller may retry.
    #[must_use]
    pub const fn is_ours(self) -> bool {
        self.number() >= 20_000
    }
}

/// The reason why a once valid token is refused; `data.reason` of a 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A later login of the same user on the same platform replaced it.
    NewLogin,
    /// The login was logged out.
    Logout,
    /// The token expired.
    TokenExpired,
    /// A service revoked the tokens of the user.
    Revoked,
    /// The server does not know the login, because its store of logins was lost.
    Unknown,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 5] =
        [Self::NewLogin, Self::Logout, Self::TokenExpired, Self::Revoked, Self::Unknown];

    /// The reason with this word on the wire, if it exists.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewLogin => "new_login",
            Self::Logout => "logout",
            Self::TokenExpired => "token_expired",
            Self::Revoked => "revoked",
            Self::Unknown => "unknown",
        }
    }
}

/// A refusal or a failure: a code, a message for the caller, and a cause for the log only.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{} {message}", code.number())]
pub struct Error {
    code: Code,
    message: Cow<'static, str>,
    reason: Option<Reason>,
    retry_after: Option<i64>,
    cause: Option<String>,
}

impl Error {
    /// A refusal with a specific message.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), reason: None, retry_after: None, cause: None }
    }

    /// `10001` with a message that names the invalid field.
    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidParam, message)
    }

    /// A failure of the server. `cause` is logged and never sent to the caller.
    pub fn failed(code: Code, cause: impl Into<String>) -> Self {
        Self { cause: Some(cause.into()), ..Self::from(code) }
    }

    /// `10005`, with the seconds after which to retry.
    #[must_use]
    pub fn too_many(retry_after: i64) -> Self {
        Self { retry_after: Some(retry_after), ..Self::from(Code::TooManyRequests) }
    }

    /// Sets `data.reason`.
    #[must_use]
    pub fn because(mut self, reason: Reason) -> Self {
        self.reason = Some(reason);
        self
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// The message for the caller.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// `data.reason`, if any.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        self.reason
    }

    /// The seconds to wait before a retry, if known.
    #[must_use]
    pub fn retry_after(&self) -> Option<i64> {
        self.retry_after
    }

    /// The cause, for the log only.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::new(code, code.message())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_number_is_unique_and_finds_its_code() {
        let numbers: HashSet<u32> = Code::ALL.iter().map(|code| code.number()).collect();
        assert_eq!(numbers.len(), Code::ALL.len());
        for &code in Code::ALL {
            assert_eq!(Code::from_number(code.number()), Some(code));
        }
        assert_eq!(Code::from_number(0), None, "0 is success, not a code");
    }

    #[test]
    fn the_name_of_a_code_is_its_variant_in_snake_case() {
        for &code in Code::ALL {
            assert_eq!(Code::from_name(code.name()), Some(code));
            let words = code.name().split('_');
            let camel = |word: &str| word[..1].to_uppercase() + &word[1..];
            assert_eq!(words.map(camel).collect::<String>(), format!("{code:?}"));
        }
        assert_eq!(Code::from_name("10301"), None);
    }

    #[test]
    fn server_errors_have_a_5xx_status_and_refusals_a_4xx_status() {
        for &code in Code::ALL {
            let class = code.status() / 100;
            let draining = code == Code::NodeDraining; // a refusal with a 5xx status: the client tries another node
            assert_eq!(
                class == 5,
                code.is_ours() || draining,
                "{code:?} has status {}",
                code.status()
            );
            assert!(matches!(class, 4 | 5), "{code:?} has status {}", code.status());
        }
    }

    #[test]
    fn every_reason_is_found_by_its_word() {
        let words = Reason::ALL.map(Reason::as_str);
        assert_eq!(words, ["new_login", "logout", "token_expired", "revoked", "unknown"]);
        assert_eq!(words.map(Reason::from_word), Reason::ALL.map(Some));
        assert_eq!(Reason::from_word("hunger"), None);
    }

    #[test]
    fn an_error_has_a_reason_and_a_retry_time_only_if_they_were_set() {
        let error = Error::too_many(7).because(Reason::Logout);
        assert_eq!((error.code(), error.message()), (Code::TooManyRequests, "too many requests"));
        assert_eq!((error.retry_after(), error.reason()), (Some(7), Some(Reason::Logout)));
        let plain = Error::from(Code::NotFound);
        assert_eq!((plain.retry_after(), plain.reason(), plain.cause()), (None, None, None));
    }

    #[test]
    fn the_cause_is_not_in_the_message_for_the_caller() {
        let error = Error::failed(Code::StoreFailed, "disk I/O error on /var/db");
        assert_eq!(error.to_string(), "20002 storage unavailable");
        assert_eq!(error.cause(), Some("disk I/O error on /var/db"));
    }
}
