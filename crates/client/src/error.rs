/// Why a call gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server said no, and why. The same call will be refused again unless something changes.
    #[error("{message} (code {code}, status {status})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The code (contract C).
        code: u32,
        /// For people.
        message: String,
        /// Why a token that once was good is no more: `new_login`, `logout`, `token_expired`.
        reason: Option<String>,
    },
    /// No answer came: whether the server acted is not known.
    #[error("{0}")]
    Transport(#[source] Box<dyn std::error::Error + Send + Sync>),
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
}
