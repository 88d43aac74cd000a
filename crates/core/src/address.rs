//! The client's address, in every form in which proxies write it.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// Maximum bytes of an unreadable address that are kept to distinguish it from others.
const TEXT_MAX: usize = 64;

/// The client's address, from a header of a proxy or of the runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// An IP address. An IPv4-mapped IPv6 address is stored as IPv4.
    Ip(IpAddr),
    /// Text that is not an IP address, at most 64 bytes.
    Text(String),
}

impl Address {
    /// The last address of a header: proxies append theirs, and earlier ones may be forged.
    ///
    /// Reads `X-Forwarded-For` and similar headers, `Forwarded` (RFC 7239), and the header of the runtime: IPv4 and
    /// IPv6, with or without a port, brackets, quotes and a zone.
    #[must_use]
    pub fn last_of(header: &str) -> Self {
        let element = last_element(header);
        let node = unquoted(forwarded_for(element).unwrap_or(element).trim());
        ip(&node)
            .map_or_else(|| Self::Text(bounded(portless(&node))), |ip| Self::Ip(ip.to_canonical()))
    }

    /// Whether the address is an IP address.
    #[must_use]
    pub fn is_ip(&self) -> bool {
        matches!(self, Self::Ip(_))
    }
}

/// Writes what a provider assigns to one subscriber: an IPv4 address, or the /64 network of an IPv6
/// address. Other text is quoted.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(IpAddr::V4(ip)) => ip.fmt(f),
            Self::Ip(IpAddr::V6(ip)) => {
                Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).fmt(f)
            }
            // The quotes distinguish the text from an IP address.
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}

/// The last non-empty element of a list. A comma within quotes is not a separator. The list is read from its end, so
/// that an unclosed quote of a client cannot hide elements that a proxy appends.
fn last_element(header: &str) -> &str {
    let mut end = header.len();
    loop {
        let list = &header[..end];
        let comma = last_unquoted(list, b',');
        let element = list[comma.map_or(0, |place| place + 1)..].trim();
        match comma {
            Some(place) if element.is_empty() => end = place,
            _ => return element,
        }
    }
}

/// The `for` parameter of an element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<&str> {
    let mut end = element.len();
    loop {
        let pairs = &element[..end];
        let semicolon = last_unquoted(pairs, b';');
        let pair = &pairs[semicolon.map_or(0, |place| place + 1)..];
        let (name, value) = pair.split_once('=').unwrap_or_default();
        if name.trim().eq_ignore_ascii_case("for") {
            return Some(value);
        }
        end = semicolon?;
    }
}

/// The position of the last separator that is not within quotes.
fn last_unquoted(text: &str, separator: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_escaped =
        |place| bytes[..place].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
    let mut is_quoted = false;
    (0..bytes.len()).rev().find(|&place| {
        is_quoted ^= bytes[place] == b'"' && !is_escaped(place);
        bytes[place] == separator && !is_quoted
    })
}

fn unquoted(text: &str) -> String {
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let Some(inner) = inner else { return text.to_owned() };
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        let character = if character == '\\' { characters.next() } else { Some(character) };
        plain.extend(character);
    }
    plain.trim().to_owned()
}

/// The IP address of a node. Its port is ignored even if it is invalid: otherwise every connection would count as
/// another client.
fn ip(node: &str) -> Option<IpAddr> {
    if let Some(inner) = node.strip_prefix('[') {
        let (inner, rest) = inner.split_once(']')?;
        let is_port = rest.is_empty() || rest.starts_with(':');
        return unzoned(inner).parse().ok().filter(|_| is_port);
    }
    if let Ok(ip) = unzoned(node).parse() {
        return Some(ip);
    }
    let (ip, _port) = node.split_once(':')?;
    ip.parse().ok().map(IpAddr::V4)
}

/// An address without its zone, which names a network interface of the proxy.
fn unzoned(text: &str) -> &str {
    text.split_once('%').map_or(text, |(address, _)| address)
}

/// A node without its port, which differs per connection.
fn portless(node: &str) -> &str {
    match node.rsplit_once(':') {
        Some((name, port))
            if port.bytes().all(|it| it.is_ascii_digit())
                && (!name.contains(':') || name.ends_with(']')) =>
        {
            name
        }
        _ => node,
    }
}

fn bounded(text: &str) -> String {
    text[..text.floor_char_boundary(TEXT_MAX)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(header: &str, counted: &str) {
        let address = Address::last_of(header);
        assert!(address.is_ip(), "{header}: {address:?}");
        assert_eq!(address.to_string(), counted, "{header}");
    }

    #[test]
    fn every_form_of_an_ipv4_address_is_read() {
        for header in [
            "203.0.113.9",
            " 203.0.113.9 ",
            "203.0.113.9:80",
            "203.0.113.9:_port",
            "203.0.113.9:",
            "\"203.0.113.9\"",
            "\"203.0.113.9:80\"",
            "::ffff:203.0.113.9",
            "::FFFF:cb00:7109",
            "[::ffff:203.0.113.9]",
            "[::ffff:203.0.113.9]:80",
            "for=203.0.113.9",
            "For=\"203.0.113.9:47011\"",
            "for=\"[::ffff:203.0.113.9]:80\"",
            "by=10.0.0.1;for=203.0.113.9;proto=https",
            "for=10.0.0.7;host=\"a,b;for=1.2.3.4\", for=203.0.113.9;proto=http",
            "10.0.0.7, 203.0.113.9",
            "203.0.113.9,",
            "203.0.113.9, ,",
            // The client's part comes before the proxy's, and its quote is not closed.
            "\"forged, 203.0.113.9",
            "for=\"forged, for=203.0.113.9",
            "for=203.0.113.9;host=\"x, for=1.2.3.4\"",
            "for=203.0.113.9;host=\"x;for=1.2.3.4\"",
            "for=203.0.113.9;host=\"\\\", for=1.2.3.4\"",
            "for=203.0.113.9 ; proto = https",
        ] {
            reads(header, "203.0.113.9");
        }
    }

    #[test]
    fn every_form_of_an_ipv6_address_is_read_as_its_network() {
        for header in [
            "2001:db8:1:2::1",
            "2001:DB8:1:2:0:0:0:1",
            "2001:0db8:0001:0002:ffff::",
            "[2001:db8:1:2::1]",
            "[2001:db8:1:2:bbbb::7]:443",
            "\"[2001:db8:1:2::1]\"",
            "\"[2001:db8:1:2::1]:443\"",
            "for=\"[2001:db8:1:2::1]\"",
            "for=\"[2001:db8:1:2::1]:4711\";proto=https",
            "FOR=\"[2001:db8:1:2::1]\"",
            "for=[2001:db8:1:2::1]:4711",
            "for=\"\\[2001:db8:1:2::1\\]:4711\"",
            "2001:db8:1:2::1%eth0",
            "[2001:db8:1:2::1%25eth0]:443",
            "203.0.113.9, [2001:db8:1:2::1]:443",
        ] {
            reads(header, "2001:db8:1:2::");
        }
        reads("[2001:db8::1]", "2001:db8::");
        reads("::1", "::");
        reads("fe80::1%eth0", "fe80::");
    }

    #[test]
    fn text_that_is_not_an_address_is_counted_by_itself() {
        for (header, counted) in [
            ("", "\"\""),
            (",", "\"\""),
            ("unknown", "\"unknown\""),
            ("for=_hidden, for=\"_gazonk\"", "\"_gazonk\""),
            ("for=unknown;proto=https", "\"unknown\""),
            ("somewhere:80", "\"somewhere\""),
            ("for=\"unknown:47011\"", "\"unknown\""),
            ("203.000.113.009:47011", "\"203.000.113.009\""),
            ("[2001:db8::g]:47011", "\"[2001:db8::g]\""),
            ("unix:/run/a.sock", "\"unix:/run/a.sock\""),
            ("[203.0.113.9", "\"[203.0.113.9\""),
            ("[2001:db8::1]x", "\"[2001:db8::1]x\""),
            ("2001:db8::g:80", "\"2001:db8::g:80\""),
            ("999.0.0.1", "\"999.0.0.1\""),
            ("1.2.3.4, a\nb", "\"a\\nb\""),
        ] {
            let address = Address::last_of(header);
            assert!(!address.is_ip(), "{header}");
            assert_eq!(address.to_string(), counted, "{header}");
        }
        let long = Address::last_of(&"\u{e9}".repeat(1_000));
        assert_eq!(long, Address::Text("\u{e9}".repeat(32)));
        assert_ne!(Address::last_of("a").to_string(), Address::last_of("b").to_string());
    }
}
