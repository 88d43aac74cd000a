//! The interface to SQLite: it takes one statement, and returns its rows or the text of an error.
//!
//! A limit is written `LIMIT ?1 + 0`. With a bare `LIMIT ?1`, SQLite plans for the bound value, and
//! plans the statement again each time a value is bound, which takes longer than the read of a
//! poll.

use longwave_core::conversation::NotifyLevel;
use longwave_core::id::{ConversationId, GroupId, UserId};
use longwave_core::message::{ContentType, MessageStatus};
use longwave_core::user::Platform;
use longwave_core::{Code, Error, Result};
use std::fmt::Display;
use std::future::Future;

/// The value of a parameter or a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `NULL`
    Null,
    /// `INTEGER`
    Integer(i64),
    /// `TEXT`
    Text(String),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&UserId> for Value {
    fn from(id: &UserId) -> Self {
        id.as_str().into()
    }
}

impl From<&GroupId> for Value {
    fn from(id: &GroupId) -> Self {
        id.as_str().into()
    }
}

impl From<&ConversationId> for Value {
    fn from(id: &ConversationId) -> Self {
        id.as_str().into()
    }
}

impl From<NotifyLevel> for Value {
    fn from(level: NotifyLevel) -> Self {
        Self::Integer(level.into())
    }
}

impl From<ContentType> for Value {
    fn from(content_type: ContentType) -> Self {
        Self::Integer(content_type.into())
    }
}

impl From<MessageStatus> for Value {
    fn from(status: MessageStatus) -> Self {
        Self::Integer(status.into())
    }
}

impl From<Platform> for Value {
    fn from(platform: Platform) -> Self {
        i64::from(platform).into()
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Ids of users or conversations as one parameter, for `json_each`.
pub(crate) fn ids_as_json<T: Display>(ids: &[T]) -> Value {
    // Ids contain no character that JSON escapes.
    let ids: Vec<String> = ids.iter().map(|id| format!("\"{id}\"")).collect();
    format!("[{}]", ids.join(",")).into()
}

/// Numbers as one parameter, for `json_each`.
pub(crate) fn numbers_as_json(numbers: &[i64]) -> Value {
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    format!("[{}]", numbers.join(",")).into()
}

/// A connection to one SQLite database.
pub trait Sql {
    /// Runs one statement to its end and returns its rows.
    ///
    /// # Errors
    /// The message of SQLite or of a `RAISE(ABORT, ..)`, with nothing added.
    fn execute(
        &self,
        statement: &str,
        parameters: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<Row>, String>>;
}

/// One row, read from left to right: each column once, in the order of the `SELECT`.
#[derive(Debug)]
pub struct Row(std::vec::IntoIter<Value>);

impl Row {
    /// A row of these columns.
    #[must_use]
    pub fn new(columns: Vec<Value>) -> Self {
        Self(columns.into_iter())
    }

    /// The next column, a text.
    ///
    /// # Errors
    /// `20002` if it is anything else: query and schema disagree.
    pub fn text(&mut self) -> Result<String> {
        match self.0.next() {
            Some(Value::Text(text)) => Ok(text),
            other => Err(mismatch("text", other.as_ref())),
        }
    }

    /// The next column, a text or `NULL`.
    ///
    /// # Errors
    /// `20002` if it is anything else.
    pub fn optional_text(&mut self) -> Result<Option<String>> {
        match self.0.next() {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            other => Err(mismatch("text or null", other.as_ref())),
        }
    }

    /// The next column, an integer.
    ///
    /// # Errors
    /// `20002` if it is anything else.
    pub fn integer(&mut self) -> Result<i64> {
        match self.0.next() {
            Some(Value::Integer(integer)) => Ok(integer),
            other => Err(mismatch("integer", other.as_ref())),
        }
    }

    /// The next column, an integer or `NULL`.
    ///
    /// # Errors
    /// `20002` if it is anything else.
    pub fn optional_integer(&mut self) -> Result<Option<i64>> {
        match self.0.next() {
            Some(Value::Integer(integer)) => Ok(Some(integer)),
            Some(Value::Null) => Ok(None),
            other => Err(mismatch("integer or null", other.as_ref())),
        }
    }
}

fn mismatch(expected: &str, found: Option<&Value>) -> Error {
    let found = match found {
        None => "no column",
        Some(Value::Null) => "null",
        Some(Value::Integer(_)) => "an integer",
        Some(Value::Text(_)) => "a text",
    };
    Error::failed(Code::StoreFailed, format!("expected {expected} in a row, found {found}"))
}

/// Converts the error text of a driver: to the refusal that a command raised, as `longwave:<name>`
/// or `longwave:<name>:<message>` with the name of a [`Code`]; otherwise to `failure`, with the
/// text as its cause.
pub(crate) fn refusal(text: &str, failure: Code) -> Error {
    let raised = || {
        let raised = text.strip_prefix("longwave:")?;
        let (name, message) = raised.split_once(':').unwrap_or((raised, ""));
        let code = Code::from_name(name)?;
        Some(match message {
            "" => code.into(),
            message => Error::new(code, message.to_owned()),
        })
    };
    raised().unwrap_or_else(|| Error::failed(failure, text))
}

/// Runs one statement. `failure` is the code of an error that no command raised.
pub(crate) async fn run(
    sql: &impl Sql,
    failure: Code,
    statement: &str,
    parameters: Vec<Value>,
) -> Result<Vec<Row>> {
    sql.execute(statement, parameters).await.map_err(|text| refusal(&text, failure))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_known_code_after_the_prefix_is_a_refusal_f27() {
        assert_eq!(
            refusal("longwave:user_not_found", Code::StoreFailed).code(),
            Code::UserNotFound
        );
        let refused =
            refusal("longwave:invalid_param:owner cannot quit the group", Code::StoreFailed);
        assert_eq!(
            (refused.code(), refused.message()),
            (Code::InvalidParam, "owner cannot quit the group")
        );
        for other in [
            "longwave:10201",
            "longwave:",
            "longwave:no_such_name",
            "UNIQUE constraint failed: longwave:user_not_found",
            "user_not_found",
        ] {
            let error = refusal(other, Code::MessageSendFailed);
            assert_eq!((error.code(), error.cause()), (Code::MessageSendFailed, Some(other)));
        }
    }

    #[test]
    fn a_column_of_another_type_is_an_error_not_a_default() {
        let text = || Value::from("a");
        let mut row = Row::new(vec![Value::Null, Value::from(1), text(), text()]);
        let causes = [
            row.text().unwrap_err(),
            row.optional_text().unwrap_err(),
            row.integer().unwrap_err(),
            row.optional_integer().unwrap_err(),
            row.integer().unwrap_err(),
        ]
        .map(|error| error.cause().unwrap().to_owned());
        assert_eq!(
            causes,
            [
                "expected text in a row, found null",
                "expected text or null in a row, found an integer",
                "expected integer in a row, found a text",
                "expected integer or null in a row, found a text",
                "expected integer in a row, found no column",
            ]
        );
    }
}
