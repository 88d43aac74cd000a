use longwave_core::Reason;
use std::time::Duration;

/// Why a call gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server said no, and why. Unless [`Error::is_temporary`], the same call will be refused
    /// again until something changes.
    #[error("{message} (code {code}, status {status})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The code (contract C).
        code: u32,
        /// For people.
        message: String,
        /// Why a token that once was good is no more, as the server words it; [`Error::reason`] is
        /// what this client knows of it.
        reason: Option<String>,
        /// How long to wait before the same call, where the server says so.
        retry_after: Option<Duration>,
    },
    /// No answer came: whether the server acted is not known.
    #[error(transparent)]
    Transport(Box<dyn std::error::Error + Send + Sync>),
    /// Something answered, but not this protocol.
    #[error("status {status}, and no answer of Longwave: {what}")]
    Protocol {
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        what: String,
    },
    /// The address is none that this client can use.
    #[error("'{0}' is no address of the form http://<host>[:<port>]")]
    Url(String),
}

impl Error {
    /// The server's code, if it was the server that said no.
    #[must_use]
    pub fn code(&self) -> Option<u32> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Whether the same call may do better later: no answer came, the fault is the server's or a
    /// proxy's (5xx), or there were too many calls (429).
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Transport(_) => true,
            Self::Refused { status, .. } | Self::Protocol { status, .. } => {
                *status == 429 || *status >= 500
            }
            Self::Url(_) => false,
        }
    }

    /// Whether the token is good for nothing any more, or never was: log in again.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Refused { status: 401, .. })
    }

    /// Why a token that once was good is no more, if that is what happened.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Refused { reason, .. } => Reason::from_word(reason.as_deref()?),
            _ => None,
        }
    }

    /// How long the server asks to wait before the same call.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
