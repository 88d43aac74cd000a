use longwave_core::Reason;
use std::time::Duration;

/// The statuses of an answer that is not Longwave's which say that the server is away or busy.
const AWAY: [u16; 4] = [429, 502, 503, 504];

/// What becomes of a call that failed when it is made again; `clients/failures.json` has the cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// The server, or the way to it, will be whole again, however long that takes.
    Temporary,
    /// Something between here and the server answers in its place. This may pass, as it does while a
    /// deployment rolls, or be the answer to this one request for ever: repeat it a few times.
    Bounded,
    /// The same call gets the same answer until something changes.
    Final,
}

/// Why a call gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server said no, and why.
    #[error("{message} (code {code}, status {status})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The server's five digits.
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
    /// Something answered that is not Longwave, such as a proxy or a captive portal.
    #[error("status {status}, and no answer of Longwave: {what}")]
    Protocol {
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        what: String,
        /// How long to wait before the same call, where the answer says so.
        retry_after: Option<Duration>,
    },
    /// The server carried the call out, and answered what this client cannot read.
    #[error("an answer that this client cannot read: {0}")]
    Unreadable(String),
    /// The address is none that this client can use.
    #[error("'{0}' is no address of the form http://<host>[:<port>][/<path>]")]
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

    /// What becomes of the same call when it is made again: the one place that tells failures apart.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        match self {
            Self::Transport(_) => Recovery::Temporary,
            Self::Refused { status: 429, .. } | Self::Refused { code: 20_000..30_000, .. } => {
                Recovery::Temporary
            }
            Self::Protocol { status, .. } if AWAY.contains(status) => Recovery::Temporary,
            Self::Protocol { .. } => Recovery::Bounded,
            Self::Refused { .. } | Self::Unreadable(_) | Self::Url(_) => Recovery::Final,
        }
    }

    /// Whether the call is worth repeating for as long as it takes: [`Recovery::Temporary`].
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.recovery() == Recovery::Temporary
    }

    /// Whether the token is good for nothing any more, or never was: log in again.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        // Of the codes with status 401, the others are about a password and a signature.
        matches!(self.code(), Some(10_101..=10_103))
    }

    /// Why a token that once was good is no more, if that is what happened.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Refused { reason, .. } => Reason::from_word(reason.as_deref()?),
            _ => None,
        }
    }

    /// How long the server, or a proxy in front of it, asks to wait before the same call.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } | Self::Protocol { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
