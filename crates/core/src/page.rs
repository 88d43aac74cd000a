//! Lists in pages: how many items a page has, and where the next one begins.

use crate::{Error, Result};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// The `limit` of a page: `max` when absent or 0 (contract A.2).
///
/// # Errors
/// `10001` when it is negative or above `max`.
pub fn limit(value: Option<i64>, max: i64) -> Result<i64> {
    match value.unwrap_or(0) {
        0 => Ok(max),
        limit if (1..=max).contains(&limit) => Ok(limit),
        limit => Err(Error::invalid(format!("limit is {limit}; 0 to {max} are allowed"))),
    }
}

/// The opaque `cursor` of the page that begins behind `place`: unpadded base64url.
#[must_use]
pub fn encode_cursor(place: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(place)
}

/// The place a `cursor` stands for; `None` for the first page (absent or empty).
///
/// # Errors
/// `10001` "bad cursor" for what [`encode_cursor`] never made.
pub fn decode_cursor(cursor: Option<&str>) -> Result<Option<String>> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(None) };
    let plain = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok();
    plain.and_then(|plain| String::from_utf8(plain).ok()).map(Some).ok_or_else(bad_cursor)
}

/// As [`decode_cursor`], for a place that is a number.
///
/// # Errors
/// `10001` "bad cursor".
pub fn decode_number_cursor(cursor: Option<&str>) -> Result<Option<i64>> {
    let number = |place: String| {
        let number = place.parse::<i64>().ok().filter(|number| number.to_string() == place);
        number.ok_or_else(bad_cursor)
    };
    decode_cursor(cursor)?.map(number).transpose()
}

/// Cuts a list that was read with one item more than `limit` to its page, and gives the last item
/// of the page if another page follows.
pub fn cut<T>(items: &mut Vec<T>, limit: i64) -> Option<&T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    items.last().filter(|_| more)
}

fn bad_cursor() -> Error {
    Error::invalid("bad cursor")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_limit_or_zero_means_the_most_and_anything_out_of_range_is_refused() {
        assert_eq!(limit(None, 100).unwrap(), 100);
        assert_eq!(limit(Some(0), 100).unwrap(), 100);
        assert_eq!(limit(Some(7), 100).unwrap(), 7);
        for bad in [-1, 101, i64::MIN, i64::MAX] {
            let message = format!("limit is {bad}; 0 to 100 are allowed");
            assert_eq!(limit(Some(bad), 100).unwrap_err().message(), message);
        }
    }

    #[test]
    fn one_item_more_than_the_limit_means_another_page() {
        let mut items = vec![1, 2, 3];
        assert_eq!(cut(&mut items, 3), None);
        assert_eq!(cut(&mut items, 2), Some(&2));
        assert_eq!(items, [1, 2]);
        assert_eq!(cut(&mut Vec::<i64>::new(), 2), None);
    }

    #[test]
    fn a_cursor_is_read_back_and_garbage_is_refused() {
        assert_eq!(decode_cursor(Some(&encode_cursor("a:b"))).unwrap().as_deref(), Some("a:b"));
        assert_eq!(decode_number_cursor(Some(&encode_cursor("12"))).unwrap(), Some(12));
        assert_eq!(decode_cursor(None).unwrap(), None);
        assert_eq!(decode_cursor(Some("")).unwrap(), None);
        for bad in ["!", "YQ==", "_w"] {
            assert_eq!(decode_cursor(Some(bad)).unwrap_err().message(), "bad cursor", "{bad}");
        }
        for bad in ["x", "+1", "01", "-0", " 1"] {
            assert!(decode_number_cursor(Some(&encode_cursor(bad))).is_err(), "{bad}");
        }
    }
}
