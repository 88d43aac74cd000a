//! Pages of lists: the number of items, the size of a page, and the cursor of the next one.

use crate::cursor::Cursor;
use crate::{Code, Error, Result};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use std::io::{self, Write};

/// The `limit` of a page: `max` if absent or 0.
///
/// # Errors
/// `10001` if it is negative or above `max`.
pub fn limit(value: Option<i64>, max: i64) -> Result<i64> {
    match value.unwrap_or(0) {
        0 => Ok(max),
        limit if (1..=max).contains(&limit) => Ok(limit),
        limit => Err(Error::invalid(format!("limit is {limit}; 0 to {max} are allowed"))),
    }
}

/// A parameter that is `true` or `false`; false if absent.
///
/// # Errors
/// `10001` naming `field` for anything else.
pub fn boolean(field: &str, value: Option<&str>) -> Result<bool> {
    match value {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Error::invalid(format!("{field} is neither true nor false"))),
    }
}

/// The opaque `cursor` of the page that begins after `place`, in unpadded base64url.
#[must_use]
pub fn encode_cursor(place: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(place)
}

/// Decodes a `cursor` to its place; `None` for the first page (absent or empty).
///
/// # Errors
/// `10001` "bad cursor" if it is not base64url of UTF-8.
pub fn decode_cursor(cursor: Option<&str>) -> Result<Option<String>> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(None) };
    let plain = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok();
    plain.and_then(|plain| String::from_utf8(plain).ok()).map(Some).ok_or_else(bad_cursor)
}

/// Decodes a `cursor` to a place that is a number, as [`decode_cursor`].
///
/// # Errors
/// As [`decode_cursor`], and `10001` "bad cursor" if the place is not a number in canonical form.
pub fn decode_number_cursor(cursor: Option<&str>) -> Result<Option<i64>> {
    let number = |place: String| {
        let number = place.parse::<i64>().ok().filter(|number| number.to_string() == place);
        number.ok_or_else(bad_cursor)
    };
    decode_cursor(cursor)?.map(number).transpose()
}

/// Decodes `since`, the version of an incremental list; `None` for the whole list (absent or empty).
///
/// # Errors
/// `10001` "bad since" for anything but a version that the list returned.
pub fn since(since: Option<&str>) -> Result<Option<Cursor>> {
    let decode = |since| Cursor::decode(since).ok_or_else(|| Error::invalid("bad since"));
    since.filter(|since| !since.is_empty()).map(decode).transpose()
}

/// Truncates a list, which was read with up to one item more than `limit`, to a page of at most `limit` items that
/// [`fit`] into one answer. Returns the last item of the page if another page follows.
///
/// # Errors
/// As [`fit`].
pub fn cut<T: Serialize>(items: &mut Vec<T>, limit: i64) -> Result<Option<&T>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_longer = items.len() > limit;
    items.truncate(limit);
    let is_larger = fit(items)?;
    Ok(items.last().filter(|_| is_longer || is_larger))
}

/// Bytes of JSON at which an answer takes no further items. A list exceeds it by at most one item.
pub const BYTES_MAX: usize = 256 * 1024;

/// Truncates a list to the items of one answer, and returns whether any were removed. An item is kept if the items
/// before it have less than [`BYTES_MAX`] bytes of JSON, so at least one always is.
///
/// # Errors
/// `20001` if an item cannot be encoded as JSON.
pub fn fit<T: Serialize>(items: &mut Vec<T>) -> Result<bool> {
    let mut bytes = Bytes(0);
    for (place, item) in items.iter().enumerate() {
        if bytes.0 >= BYTES_MAX {
            items.truncate(place);
            return Ok(true);
        }
        serde_json::to_writer(&mut bytes, item)
            .map_err(|error| Error::failed(Code::Internal, format!("measure an item: {error}")))?;
    }
    Ok(false)
}

/// Counts the written bytes.
struct Bytes(usize);

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn bad_cursor() -> Error {
    Error::invalid("bad cursor")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_absent_or_zero_means_the_maximum_and_one_out_of_range_is_refused() {
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
        assert_eq!(cut(&mut items, 3).unwrap(), None);
        assert_eq!(cut(&mut items, 2).unwrap(), Some(&2));
        assert_eq!(items, [1, 2]);
        assert_eq!(cut(&mut Vec::<i64>::new(), 2).unwrap(), None);
    }

    #[test]
    fn a_page_that_reaches_the_size_limit_ends_early_and_another_follows() {
        let mut items = vec!["a".repeat(100_000); 5];
        assert!(cut(&mut items, 5).unwrap().is_some());
        assert_eq!(items.len(), 3);
    }

    #[test]
    fn an_answer_takes_at_least_one_item_and_stops_at_the_size_limit() {
        let cut = |sizes: &[usize]| {
            // Each item has two bytes of quotes; a backslash is two bytes of JSON.
            let mut items: Vec<String> =
                sizes.iter().map(|size| "\\".repeat((size - 2) / 2)).collect();
            let is_cut = fit(&mut items).unwrap();
            (items.len(), is_cut)
        };
        assert_eq!(cut(&[]), (0, false));
        assert_eq!(cut(&[2 * BYTES_MAX]), (1, false));
        assert_eq!(cut(&[2 * BYTES_MAX, 2]), (1, true));
        assert_eq!(cut(&[BYTES_MAX - 2, 2, 2]), (2, true));
        assert_eq!(cut(&[BYTES_MAX - 4, 2, 2]), (3, false));
        assert_eq!(cut(&[BYTES_MAX - 4, 2, 2 * BYTES_MAX]), (3, false));
    }

    #[test]
    fn a_boolean_is_true_or_false() {
        assert!(boolean("b", Some("true")).unwrap());
        assert!(!boolean("b", Some("false")).unwrap() && !boolean("b", None).unwrap());
        for bad in ["", "1", "0", "yes", "TRUE", " true"] {
            let error = boolean("b", Some(bad)).unwrap_err();
            assert_eq!(error.message(), "b is neither true nor false", "{bad}");
        }
    }

    #[test]
    fn a_cursor_decodes_to_its_place_and_an_invalid_one_is_refused() {
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
