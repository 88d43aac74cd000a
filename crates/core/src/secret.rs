//! The rules for secrets in the configuration.

/// Minimum length of a secret in bytes.
const SECRET_MIN: usize = 32;

/// Checks a secret.
///
/// # Errors
/// The reason, without quoting the secret: it is shorter than 32 bytes, or a placeholder (fewer than 10 different
/// bytes, or the word "change"). A server must never run with a published example secret.
pub fn check(secret: &str) -> Result<(), String> {
    if secret.len() < SECRET_MIN {
        return Err(format!(
            "the secret is {} bytes long; at least {SECRET_MIN} are required",
            secret.len()
        ));
    }
    let mut seen = [false; 256];
    secret.bytes().for_each(|byte| seen[usize::from(byte)] = true);
    if seen.iter().filter(|&&seen| seen).count() < 10 || secret.to_lowercase().contains("change") {
        return Err(
            "the secret is a placeholder; 'openssl rand -hex 32' makes a real one".to_owned()
        );
    }
    Ok(())
}

/// The non-empty parts of a comma-separated value of the configuration, trimmed.
pub fn commas(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_or_placeholder_secret_is_refused_without_being_quoted_f26() {
        for bad in ["short-secret", &"ab".repeat(32), "please-change-me-0123456789abcdefghij"] {
            let error = check(bad).unwrap_err();
            assert!(!error.contains(bad), "{error}");
        }
        assert!(check("0123456789abcdefghijklmnopqrstuv").is_ok());
        assert!(check(&"0123456789".repeat(4)).is_ok(), "ten different bytes will do");
        assert!(check(&"012345678".repeat(4)).is_err());
    }

    #[test]
    fn parts_are_trimmed_and_empty_parts_omitted() {
        assert_eq!(commas(" a,b ,, c").collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(commas("").count(), 0);
    }
}
