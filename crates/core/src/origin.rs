//! The origins whose pages may use the API, from the configuration.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Maximum bytes of an entry that an error quotes.
const SHOWN_MAX: usize = 100;

/// Origins in the form in which browsers send them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

impl Origins {
    /// Parses a comma-separated list and normalises each entry as a browser does: scheme and host in lower case,
    /// without the default port of the scheme and without a trailing slash.
    ///
    /// # Errors
    /// The first entry that no browser sends as an origin, and the reason.
    pub fn parse(list: &str) -> Result<Self, String> {
        let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let origin = |entry| {
            normalised(entry).map_err(|why| {
                let shown = &entry[..entry.floor_char_boundary(SHOWN_MAX)];
                format!("'{shown}' is not an origin: {why}")
            })
        };
        entries.map(origin).collect::<Result<_, _>>().map(Self)
    }

    /// Whether no page of another origin may use the API.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a browser's `Origin` is listed.
    #[must_use]
    pub fn contains(&self, origin: &[u8]) -> bool {
        self.0.iter().any(|listed| listed.as_bytes() == origin)
    }
}

fn normalised(entry: &str) -> Result<String, &'static str> {
    match entry {
        "*" => return Err("all origins at once cannot be allowed; list them"),
        "null" => return Err("any page can set its origin to null"),
        _ => {}
    }
    if !entry.is_ascii() {
        return Err("its host must be ASCII: xn--...");
    }
    let entry = entry.to_ascii_lowercase();
    let (scheme, rest) =
        entry.split_once("://").ok_or("it must begin with a scheme, such as https://")?;
    let is_scheme = scheme.starts_with(|it: char| it.is_ascii_lowercase())
        && scheme.bytes().all(|it| it.is_ascii_alphanumeric() || b"+-.".contains(&it));
    if !is_scheme {
        return Err("its scheme is not valid");
    }
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    if authority.contains(['/', '?', '#', '\\']) {
        return Err("it has a path; an origin ends with the host or the port");
    }
    if authority.contains('@') {
        return Err("it has a user name");
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_web = matches!(scheme, "http" | "https");
    if !is_web && scheme.bytes().all(|letter| b"htps".contains(&letter)) {
        return Err("its scheme is not valid; did you mean https or http?");
    }
    let host = normal_host(host)?;
    let number = |port: &str| {
        let is_number = port.bytes().all(|digit| digit.is_ascii_digit());
        let port = port.parse::<u16>().ok().filter(|port| is_number && *port > 0);
        port.ok_or("its port is not 1 to 65535")
    };
    Ok(match (scheme, port.map(number).transpose()?) {
        (_, None) | ("http", Some(80)) | ("https", Some(443)) => format!("{scheme}://{host}"),
        (_, Some(port)) => format!("{scheme}://{host}:{port}"),
    })
}

fn normal_host(host: &str) -> Result<String, &'static str> {
    if let Some(inner) = host.strip_prefix('[') {
        let ip = inner.strip_suffix(']').and_then(|ip| ip.parse::<Ipv6Addr>().ok());
        let ip = ip.ok_or("its host is not an IPv6 address")?;
        // Browsers write no part of an IPv6 address in IPv4 notation.
        return Ok(match ip.segments() {
            [0, 0, 0, 0, 0, 0xffff, high, low] => format!("[::ffff:{high:x}:{low:x}]"),
            _ => format!("[{ip}]"),
        });
    }
    if host.contains('*') {
        return Err("wildcards are not supported; list the hosts");
    }
    let is_host = host.bytes().all(|it| it.is_ascii_alphanumeric() || b"-._".contains(&it));
    if host.is_empty() || !is_host {
        return Err("its host is not valid");
    }
    // A host with an empty label does not resolve. Only the last label may be empty: the root.
    let labels = host.strip_suffix('.').unwrap_or(host);
    if labels.split('.').any(str::is_empty) {
        return Err("a part of its host is empty");
    }
    // Browsers take a host that ends in a number for an IPv4 address, and write it in four decimal parts
    // (https://url.spec.whatwg.org/#ends-in-a-number-checker).
    let last = labels.rsplit('.').next().unwrap_or_default();
    let is_hex =
        last.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|it| it.is_ascii_hexdigit()));
    let is_number = is_hex || last.bytes().all(|it| it.is_ascii_digit());
    if is_number && host.parse::<Ipv4Addr>().is_err() {
        return Err("its host is not an IPv4 address as browsers write it, such as 127.0.0.1");
    }
    Ok(host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_normalised_as_a_browser_writes_the_origin() {
        for (entry, origin) in [
            ("https://a.example", "https://a.example"),
            (" https://a.example/ ", "https://a.example"),
            ("HTTPS://A.Example", "https://a.example"),
            ("https://a.example:443", "https://a.example"),
            ("http://a.example:80/", "http://a.example"),
            ("http://a.example:443", "http://a.example:443"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://localhost:08080", "http://localhost:8080"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("http://[2001:DB8:0:0::1]", "http://[2001:db8::1]"),
            ("http://[::ffff:1.2.3.4]", "http://[::ffff:102:304]"),
            ("http://[::1.2.3.4]", "http://[::102:304]"),
            ("https://a.example.", "https://a.example."),
            ("https://1.2.3.4.example", "https://1.2.3.4.example"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("chrome-extension://abcdefgh", "chrome-extension://abcdefgh"),
        ] {
            let origins = Origins::parse(entry).unwrap();
            assert_eq!(origins, Origins(vec![origin.to_owned()]), "{entry}");
            assert!(origins.contains(origin.as_bytes()));
        }
    }

    #[test]
    fn an_entry_that_no_browser_sends_is_refused_with_the_reason() {
        for (entry, why) in [
            ("*", "all origins"),
            ("null", "null"),
            ("a.example", "begin with a scheme"),
            ("localhost:5173", "begin with a scheme"),
            ("//a.example", "begin with a scheme"),
            ("://a.example", "scheme is not valid"),
            ("1http://a.example", "scheme is not valid"),
            ("https://", "host is not valid"),
            ("https:///", "host is not valid"),
            ("https://a.example/chat", "a path"),
            ("https://a.example//", "a path"),
            ("https://a.example?x", "a path"),
            ("https://a.example#x", "a path"),
            ("https://ann@a.example", "a user"),
            ("https://*.a.example", "wildcard"),
            ("https://a example", "host is not valid"),
            ("https://b\u{fc}cher.example", "ASCII"),
            ("https://a.example:", "port"),
            ("https://a.example:0", "port"),
            ("https://a.example:65536", "port"),
            ("https://a.example:x", "port"),
            ("https://a.example:+1", "port"),
            ("http://[::1", "IPv6"),
            ("http://[x]", "IPv6"),
            ("http://::1", "host is not valid"),
            ("http://1.2.3", "IPv4"),
            ("http://1.2.3.400", "IPv4"),
            ("http://1.2.3.04", "IPv4"),
            ("http://1.2.3.4.", "IPv4"),
            ("http://0x7f.1", "IPv4"),
            ("http://127.0.0.0x1", "IPv4"),
            ("http://a.0x", "IPv4"),
            ("http://a.example.1", "IPv4"),
            ("https://.example", "empty"),
            ("https://a..b", "empty"),
            ("https://a.example..", "empty"),
            ("https://.", "empty"),
            ("htps://a.example", "https or http"),
            ("htttp://a.example", "https or http"),
            ("ttps://a.example", "https or http"),
        ] {
            let error = Origins::parse(&format!("https://a.example,{entry}")).unwrap_err();
            assert!(error.starts_with(&format!("'{entry}' is not an origin: ")), "{error}");
            assert!(error.contains(why), "{entry}: {error}");
        }
        let long = Origins::parse(&"\u{e9}".repeat(10_000)).unwrap_err();
        assert!(long.len() < 200, "{long}");
    }

    #[test]
    fn an_origin_must_match_an_entry_exactly() {
        let listed = Origins::parse("https://a.example, http://localhost:5173").unwrap();
        assert!(listed.contains(b"https://a.example") && listed.contains(b"http://localhost:5173"));
        for origin in ["https://a.example.org", "https://a.exampl", "http://a.example", "null", ""]
        {
            assert!(!listed.contains(origin.as_bytes()), "{origin}");
        }
        let nobody = Origins::parse(" , ").unwrap();
        assert!(nobody.is_empty() && !nobody.contains(b""));
    }
}
