//! The limits of text fields. Lengths are in bytes of UTF-8.

use crate::{Error, Result};
use unicode_normalization::UnicodeNormalization;

/// Maximum bytes of a username.
pub const USERNAME_MAX: usize = 64;
/// Minimum and maximum bytes of a password.
pub const PASSWORD: std::ops::RangeInclusive<usize> = 6..=72;
/// Maximum bytes of a nickname.
pub const NICKNAME_MAX: usize = 255;
/// Maximum bytes of the URL of an avatar.
pub const AVATAR_MAX: usize = 1024;
/// Maximum bytes of the `extra` of a profile or a group: it fits into a body of 64 KiB together with the other fields
/// of a profile, if JSON escapes few characters.
pub const EXTRA_MAX: usize = 64_000;
/// Maximum bytes of the name of a group.
pub const GROUP_NAME_MAX: usize = 255;
/// Maximum bytes of the introduction of a group.
pub const INTRODUCTION_MAX: usize = 1024;
/// Maximum bytes of a `client_msg_id`.
pub const CLIENT_MSG_ID_MAX: usize = 64;
/// Maximum bytes of the content of a message.
pub const CONTENT_MAX: usize = 8192;

/// Returns `value` unchanged if it has at most `max` bytes and no NUL.
///
/// # Errors
/// `10001` naming `field`.
pub fn at_most(field: &str, value: String, max: usize) -> Result<String> {
    if value.len() > max {
        return Err(Error::invalid(format!(
            "{field} is {} bytes long; at most {max} are allowed",
            value.len()
        )));
    }
    if value.contains('\0') {
        return Err(Error::invalid(format!("{field} contains a NUL character")));
    }
    Ok(value)
}

/// Returns `value` if it is present, not empty, at most `max` bytes long and without NUL.
///
/// # Errors
/// `10001` naming `field`.
pub fn required(field: &str, value: Option<String>, max: usize) -> Result<String> {
    match value {
        Some(value) if !value.is_empty() => at_most(field, value, max),
        _ => Err(Error::invalid(format!("{field} is required"))),
    }
}

/// The form in which usernames and passwords are compared: NFC (RFC 8265), because systems differ in whether they send
/// an accented letter as one character or as two.
#[must_use]
pub fn normal_form(typed: &str) -> String {
    typed.nfc().collect()
}

/// Returns `value`, a text of one line such as a name, if it has at most `max` bytes and no control characters (U+0000
/// to U+001F, U+007F to U+009F). Other characters, such as bidirectional controls, are for the client to isolate.
///
/// # Errors
/// `10001` naming `field`.
pub fn line(field: &str, value: String, max: usize) -> Result<String> {
    let value = at_most(field, value, max)?;
    if value.contains(|character: char| character.is_control()) {
        return Err(Error::invalid(format!("{field} contains a control character")));
    }
    Ok(value)
}

/// The items of a list in a query, separated by commas; none if it is absent or empty.
#[must_use]
pub fn items(list: Option<&str>) -> Vec<&str> {
    list.filter(|list| !list.is_empty()).map_or_else(Vec::new, |list| list.split(',').collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_in_bytes_not_characters() {
        assert!(at_most("nickname", "é".repeat(4), 8).is_ok());
        let error = at_most("nickname", "é".repeat(5), 8).unwrap_err();
        assert_eq!(error.message(), "nickname is 10 bytes long; at most 8 are allowed");
    }

    #[test]
    fn a_text_with_a_nul_is_refused() {
        assert_eq!(
            at_most("nickname", "a\0b".into(), 8).unwrap_err().message(),
            "nickname contains a NUL character"
        );
    }

    #[test]
    fn a_line_has_no_control_characters() {
        for bad in ["a\nb", "\u{1b}[31mred", "\u{7f}", "tab\t", "\r", "\u{85}", "\u{9b}31mred"] {
            let error = line("nickname", bad.into(), 64).unwrap_err();
            assert_eq!(error.message(), "nickname contains a control character", "{bad:?}");
        }
        for good in ["", "Ann \u{202e}", "\u{a0}", "\u{200d}", "O'Neill"] {
            assert_eq!(line("nickname", good.into(), 64).unwrap(), good);
        }
        assert!(line("nickname", "a".repeat(65), 64).is_err());
    }

    #[test]
    fn an_empty_value_counts_as_missing() {
        assert_eq!(required("username", None, 8).unwrap_err().message(), "username is required");
        assert_eq!(
            required("username", Some(String::new()), 8).unwrap_err().message(),
            "username is required"
        );
    }
}
