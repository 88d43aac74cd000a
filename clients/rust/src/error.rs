use longwave_core::Reason;
use std::time::Duration;

/// Statuses by which a program other than Longwave says that the server is down or busy.
const AWAY: [u16; 4] = [429, 502, 503, 504];

/// Whether repeating a failed call can help; `clients/failures.json` lists the cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// The server, or the network to it, will recover, however long that takes.
    Temporary,
    /// Another program answers instead of the server. This may pass, as during a rolling
    /// deployment, or be the permanent answer to this request: retry a few times.
    Bounded,
    /// The same call gets the same answer until something changes.
    Final,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server refused the call.
    #[error("{message} (code {code}, status {status})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The server's error code, five digits.
        code: u32,
        /// A description for people.
        message: String,
        /// Why a formerly valid token is invalid, in the server's word; [`Error::reason`] is its
        /// parsed form.
        reason: Option<String>,
        /// The wait before a retry, if the server gives one.
        retry_after: Option<Duration>,
    },
    /// The request cannot be sent as HTTP, such as with a token that has a line break.
    #[error("cannot send this request: {0}")]
    Request(Box<dyn std::error::Error + Send + Sync>),
    /// There was no answer: the server may or may not have acted.
    #[error(transparent)]
    Transport(Box<dyn std::error::Error + Send + Sync>),
    /// A program other than Longwave answered, such as a proxy or a captive portal.
    #[error("status {status}, but not an answer of Longwave: {what}")]
    Protocol {
        /// The HTTP status.
        status: u16,
        /// The problem with the answer.
        what: String,
        /// The wait before a retry, if the answer gives one.
        retry_after: Option<Duration>,
    },
    /// The server carried out the call, but this client cannot read the answer.
    #[error("this client cannot read the answer: {0}")]
    Unreadable(String),
    /// This client cannot use the address.
    #[error("'{0}' is not an address of the form http://<host>[:<port>][/<path>]")]
    Url(String),
}

impl Error {
    /// The server's error code, if the server refused the call.
    #[must_use]
    pub fn code(&self) -> Option<u32> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Whether repeating the same call can help: the only place that classifies failures.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        match self {
            Self::Transport(_) => Recovery::Temporary,
            Self::Refused { status: 429, .. } | Self::Refused { code: 20_000..30_000, .. } => {
                Recovery::Temporary
            }
            Self::Protocol { status, .. } if AWAY.contains(status) => Recovery::Temporary,
            Self::Protocol { .. } => Recovery::Bounded,
            Self::Refused { .. } | Self::Request(_) | Self::Unreadable(_) | Self::Url(_) => {
                Recovery::Final
            }
        }
    }

    /// Whether the call is worth retrying without a limit: [`Recovery::Temporary`].
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.recovery() == Recovery::Temporary
    }

    /// Whether the token is invalid or missing: log in again.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        // The other codes with status 401 are about a password and a signature.
        matches!(self.code(), Some(10_101..=10_103))
    }

    /// Why a formerly valid token is invalid, if that is the failure.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Refused { reason, .. } => Reason::from_word(reason.as_deref()?),
            _ => None,
        }
    }

    /// The wait before a retry that the server, or a proxy in front of it, asks for.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } | Self::Protocol { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
