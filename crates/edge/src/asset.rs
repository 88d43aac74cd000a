//! Files that are part of a component, served to browsers compressed and cacheable.

use crate::call::Call;
use crate::cors::Cors;
use crate::response::{Body, respond};
use crate::serve::{not_allowed, not_found};
use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, LOCATION,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, Response};
use spin_sdk::http::Request;

/// A file that is part of a component.
pub struct Asset {
    /// The path of the file.
    pub path: &'static str,
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// The entity tag, which differs for different content.
    pub tag: &'static str,
    /// Whether the content of this path never changes: a browser caches it for a year without revalidation.
    pub is_immutable: bool,
    /// The content.
    pub plain: &'static [u8],
    /// The content compressed with gzip, if that is smaller.
    pub gzip: Option<&'static [u8]>,
    /// The content compressed with brotli, if that is smaller.
    pub brotli: Option<&'static [u8]>,
}

impl Asset {
    /// The best form for an `Accept-Encoding`: its content, the suffix of its tag, and its `Content-Encoding`.
    fn form(&self, accepted: &str) -> (&'static [u8], &'static str, Option<&'static str>) {
        let accepts = |encoding| accepts(accepted, encoding);
        match (self.brotli, self.gzip) {
            (Some(content), _) if accepts("br") => (content, "-br", Some("br")),
            (_, Some(content)) if accepts("gzip") => (content, "-gzip", Some("gzip")),
            _ => (self.plain, "", None),
        }
    }
}

/// The policy of the page: scripts, styles and requests of its own origin only, and pictures of any HTTPS origin,
/// because users choose them. Nothing inline, and no framing.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The headers of every file.
const HEADERS: [(HeaderName, &str); 5] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (VARY, "accept, accept-encoding"),
];

/// Answers `GET` and `HEAD` with one of `assets`, by path: compressed if the client accepts it, and with 304 if the
/// client has it. For a path without an asset, a browser gets the page, `/`; in a folder it is redirected to the page,
/// because the relative URLs of the page would be wrong there. Other clients get `10004`.
pub async fn serve_asset(
    component: &str,
    request: Request,
    assets: &'static [Asset],
) -> Response<Body> {
    let call = Call::new(request);
    let cors = Cors::of(&call).await;
    let response = cors.preflight(component, &call, &[Method::GET]);
    let response = response.unwrap_or_else(|| answer(component, &call, assets));
    cors.may_read(response)
}

fn answer(component: &str, call: &Call, assets: &'static [Asset]) -> Response<Body> {
    let at = |path: &str| assets.iter().find(|asset| asset.path == path);
    let wants_page = || {
        call.method() == Method::GET && joined(&call.parts.headers, ACCEPT).contains("text/html")
    };
    let found = at(call.parts.uri.path()).or_else(|| at("/").filter(|_| wants_page()));
    if found.is_some_and(|asset| asset.path == "/")
        && let Some(location) = way_up(call.parts.uri.path())
    {
        let mut response = respond(component, call, 302, None, Bytes::new());
        let headers = response.headers_mut();
        headers.remove(CONTENT_TYPE);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Ok(location) = HeaderValue::from_str(&location) {
            headers.insert(LOCATION, location);
        }
        for (name, value) in HEADERS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        return response;
    }
    let Some(asset) = found else { return not_found(component, call) };
    if call.method() != Method::GET {
        return not_allowed(component, call, &[Method::GET]);
    }
    let (content, end, encoding) = asset.form(&joined(&call.parts.headers, ACCEPT_ENCODING));
    let tag = format!("\"{}{end}\"", asset.tag);
    let is_known = matches(&joined(&call.parts.headers, IF_NONE_MATCH), &tag);
    let (status, content) = if is_known { (304, &[][..]) } else { (200, content) };

    let mut response = respond(component, call, status, None, Bytes::from_static(content));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    if is_known {
        headers.remove(CONTENT_TYPE);
        headers.remove(CONTENT_LENGTH);
    } else if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    let keep = if asset.is_immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The relative path from a path in a folder up to the root; `None` for a path that is not in a folder. It is relative
/// because a proxy may serve the root under another path.
fn way_up(path: &str) -> Option<String> {
    let folders = path.matches('/').count().saturating_sub(1);
    (folders > 0).then(|| "../".repeat(folders))
}

/// All values of a header, joined to one list.
fn joined(headers: &HeaderMap, name: HeaderName) -> String {
    let values: Vec<&str> = headers.get_all(name).iter().flat_map(HeaderValue::to_str).collect();
    values.join(",")
}

/// Whether an `Accept-Encoding` accepts an encoding: by name, otherwise by `*`, with a weight above 0.
fn accepts(accepted: &str, encoding: &str) -> bool {
    let weight = |wanted: &str| {
        accepted.split(',').find_map(|item| {
            let (name, weight) = item.split_once(';').unwrap_or((item, ""));
            let weight = weight.trim().trim_start_matches("q=").parse::<f32>();
            name.trim().eq_ignore_ascii_case(wanted).then(|| weight.unwrap_or(1.0))
        })
    };
    weight(encoding).or_else(|| weight("*")).is_some_and(|weight| weight > 0.0)
}

/// Whether an `If-None-Match` contains a tag, which a proxy may have made weak.
fn matches(known: &str, tag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    known.split(',').any(|item| item.trim() == "*" || bare(item) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASSET: Asset = Asset {
        path: "/",
        content_type: "text/html",
        tag: "t",
        is_immutable: false,
        plain: b"plain",
        gzip: Some(b"gzip"),
        brotli: Some(b"br"),
    };

    #[track_caller]
    fn gives(accepted: &str, encoding: Option<&str>) {
        assert_eq!(ASSET.form(accepted).2, encoding, "{accepted}");
    }

    #[test]
    fn the_smallest_accepted_form_is_served() {
        gives("gzip, deflate, br, zstd", Some("br"));
        gives("gzip;q=1.0, deflate", Some("gzip"));
        gives("GZIP", Some("gzip"));
        gives("*", Some("br"));
        gives("", None);
        gives("identity", None);
    }

    #[test]
    fn an_encoding_with_weight_zero_is_not_accepted() {
        gives("br;q=0, gzip; q=0.5", Some("gzip"));
        gives("br;q=0, *", Some("gzip"));
        gives("*;q=0", None);
        gives("br; q=0.000, gzip;q=0", None);
    }

    #[test]
    fn a_missing_compressed_form_is_not_served() {
        let small = Asset { brotli: None, gzip: None, ..ASSET };
        assert_eq!(small.form("br, gzip"), (&b"plain"[..], "", None));
    }

    #[test]
    fn a_path_in_a_folder_is_redirected_up_to_the_root() {
        for (path, way) in [
            ("/", None),
            ("/a", None),
            ("/a/", Some("../")),
            ("/a/b", Some("../")),
            ("/a/b/c", Some("../../")),
        ] {
            assert_eq!(way_up(path).as_deref(), way, "{path}");
        }
    }

    #[test]
    fn a_tag_matches_in_a_list_and_as_a_weak_tag() {
        assert!(matches("\"a\", W/\"b-br\"", "\"b-br\""));
        assert!(matches("*", "\"b\""));
        assert!(!matches("", "\"b\""));
        assert!(!matches("\"b\"", "\"b-br\""));
    }
}
