//! The limits of text fields. Lengths are bytes of UTF-8 (contract, first paragraph).

use crate::{Error, Result};
use unicode_normalization::UnicodeNormalization;

/// Most bytes of a username.
pub const USERNAME_MAX: usize = 64;
/// Fewest and most bytes of a password.
pub const PASSWORD: std::ops::RangeInclusive<usize> = 6..=72;
/// Most bytes of a nickname.
pub const NICKNAME_MAX: usize = 255;
/// Most bytes of an avatar's address.
pub const AVATAR_MAX: usize = 1024;
/// Most bytes of the application's own data in a profile or a group: what fits a body of 64 KiB beside the
/// other fields of a profile, if JSON has to escape few of them.
pub const EXTRA_MAX: usize = 64_000;
/// Most bytes of a group's name.
pub const GROUP_NAME_MAX: usize = 255;
/// Most bytes of a group's introduction.
pub const INTRODUCTION_MAX: usize = 1024;
/// Most bytes of a `client_msg_id`.
pub const CLIENT_MSG_ID_MAX: usize = 64;
/// Most bytes of a message's content.
pub const CONTENT_MAX: usize = 8192;

/// `value` itself when it has at most `max` bytes and no NUL.
///
/// Nothing is trimmed or normalised.
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

/// `value` when it is there, not empty, at most `max` bytes and without NUL.
///
/// # Errors
/// `10001` naming `field`.
pub fn required(field: &str, value: Option<String>, max: usize) -> Result<String> {
    match value {
        Some(value) if !value.is_empty() => at_most(field, value, max),
        _ => Err(Error::invalid(format!("{field} is required"))),
    }
}

/// The form in which usernames and passwords are compared: NFC, as RFC 8265 has it, because one system sends an
/// accented letter as one character and another as two.
#[must_use]
pub fn normal_form(typed: &str) -> String {
    typed.nfc().collect()
}

/// A text of one line, such as a name: `value` when it has at most `max` bytes and no control characters
/// (U+0000 to U+001F, U+007F to U+009F). Whatever else it holds is for who shows it to isolate.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_counts_bytes_not_characters() {
        assert!(at_most("nickname", "é".repeat(4), 8).is_ok());
        let error = at_most("nickname", "é".repeat(5), 8).unwrap_err();
        assert_eq!(error.message(), "nickname is 10 bytes long; at most 8 are allowed");
    }

    #[test]
    fn a_nul_is_refused_wherever_it_stands() {
        assert_eq!(
            at_most("nickname", "a\0b".into(), 8).unwrap_err().message(),
            "nickname contains a NUL character"
        );
    }

    #[test]
    fn a_line_is_one_without_control_characters() {
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
    fn an_empty_value_is_a_missing_one() {
        assert_eq!(required("username", None, 8).unwrap_err().message(), "username is required");
        assert_eq!(
            required("username", Some(String::new()), 8).unwrap_err().message(),
            "username is required"
        );
    }
}
