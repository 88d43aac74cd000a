//! Outbound HTTP, limited to `allowed_outbound_hosts`.

use crate::host::Component;
use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use http::Uri;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use std::ops::Range;
use std::sync::Arc;
use wasmtime_wasi::TrappableError;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p3::{RequestOptions, WasiHttpHooks, default_send_request};

/// A component's `allowed_outbound_hosts`.
#[derive(Debug, Default)]
pub struct AllowedHosts(Vec<AllowedHost>);

/// `<scheme>://<host>[:<port>]`: `*` for any scheme or port, `*` or `*.domain` for any host, `first..end` for ports.
#[derive(Debug, PartialEq, Eq)]
struct AllowedHost {
    /// `None`: any scheme.
    scheme: Option<String>,
    host: Host,
    ports: Ports,
}

#[derive(Debug, PartialEq, Eq)]
enum Host {
    Any,
    Exactly(String),
    Below(String),
}

#[derive(Debug, PartialEq, Eq)]
enum Ports {
    Any,
    One(u16),
    /// Excludes the end, as in Spin.
    Range(Range<u16>),
}

impl AllowedHosts {
    /// Parses the list of a manifest.
    ///
    /// # Errors
    /// The invalid entry, and why.
    pub fn parse(entries: &[String]) -> Result<Self> {
        let parse = |entry: &String| {
            AllowedHost::parse(entry).with_context(|| format!("allowed_outbound_hosts: '{entry}'"))
        };
        entries.iter().map(parse).collect::<Result<_>>().map(Self)
    }

    fn allow(&self, uri: &Uri) -> bool {
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else { return false };
        let port = uri.port_u16().or_else(|| default_port(scheme));
        self.0.iter().any(|allowed| allowed.covers(scheme, host, port))
    }
}

impl AllowedHost {
    fn parse(entry: &str) -> Result<Self> {
        let (scheme, rest) = entry
            .split_once("://")
            .context("it must start with a scheme, as in https://example.com")?;
        ensure!(!scheme.is_empty(), "the scheme is empty");
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        ensure!(!rest.contains('/'), "a path is not possible");
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !rest.ends_with(']') => (host, Some(port)),
            _ => (rest, None),
        };
        let host = match host {
            "" => bail!("the host is empty"),
            "*" => Host::Any,
            "self" | "self.alt" => {
                bail!("requests to the application itself are not possible in spinlet")
            }
            host if host.ends_with(".spin.internal") => {
                bail!("service chaining is not possible in spinlet")
            }
            host if host.contains('{') => bail!("templates are not possible here in spinlet"),
            host => match host.strip_prefix("*.") {
                Some(domain) => Host::Below(format!(".{}", domain.to_ascii_lowercase())),
                None => Host::Exactly(host.to_ascii_lowercase()),
            },
        };
        let number =
            |text: &str| text.parse::<u16>().with_context(|| format!("'{text}' is not a port"));
        let ports = match port {
            Some("*") => Ports::Any,
            None | Some("") => {
                Ports::One(default_port(scheme).context("this scheme needs a port")?)
            }
            Some(port) => match port.split_once("..") {
                Some((first, end)) => Ports::Range(number(first)?..number(end)?),
                None => Ports::One(number(port)?),
            },
        };
        let scheme = (scheme != "*").then(|| scheme.to_owned());
        Ok(Self { scheme, host, ports })
    }

    fn covers(&self, scheme: &str, host: &str, port: Option<u16>) -> bool {
        let host = host.to_ascii_lowercase();
        self.scheme.as_ref().is_none_or(|allowed| allowed == scheme)
            && match &self.host {
                Host::Any => true,
                Host::Exactly(allowed) => *allowed == host,
                Host::Below(domain) => host.ends_with(domain),
            }
            && match &self.ports {
                Ports::Any => true,
                Ports::One(allowed) => port == Some(*allowed),
                Ports::Range(allowed) => port.is_some_and(|port| allowed.contains(&port)),
            }
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

/// Sends a component's requests, or refuses them.
pub struct Outbound {
    component: String,
    allowed: Arc<AllowedHosts>,
}

impl Outbound {
    /// The hooks for the instances of a component.
    #[must_use]
    pub fn new(component: &Component) -> Self {
        Self {
            component: component.id.clone(),
            allowed: Arc::clone(&component.allowed_outbound_hosts),
        }
    }
}

/// Maximum bytes that are taken at a time from a body that a component produces.
const CHUNK_MAX: usize = 64 << 10;

type Body = UnsyncBoxBody<Bytes, ErrorCode>;
type Sent = (http::Response<Body>, Box<dyn Future<Output = Result<(), ErrorCode>> + Send>);

impl WasiHttpHooks for Outbound {
    /// Applies to answers too: the bytes that are read of a component's body before earlier ones are sent.
    fn p3_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK_MAX
    }

    fn send_request(
        &mut self,
        request: http::Request<Body>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), ErrorCode>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, TrappableError<ErrorCode>>> + Send> {
        let allowed = self.allowed.allow(request.uri());
        if !allowed {
            crate::terminal::say(format_args!(
                "{}: a request to {} was refused: it is not among the component's allowed_outbound_hosts",
                self.component,
                request.uri().authority().map_or("nowhere", http::uri::Authority::as_str)
            ));
        }
        Box::new(async move {
            if !allowed {
                return Err(ErrorCode::HttpRequestDenied.into());
            }
            let (response, io) = default_send_request(request, options).await?;
            Ok((
                response.map(BodyExt::boxed_unsync),
                Box::new(io) as Box<dyn Future<Output = _> + Send>,
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(entry: &str, uri: &str) -> bool {
        AllowedHosts::parse(&[entry.to_owned()]).unwrap().allow(&uri.parse().unwrap())
    }

    #[test]
    fn an_entry_allows_only_its_scheme_host_and_port() {
        assert!(allows("https://example.com", "https://example.com/path"));
        assert!(!allows("https://example.com", "http://example.com/"));
        assert!(!allows("https://example.com", "https://example.com:8443/"));
        assert!(!allows("https://example.com", "https://www.example.com/"));
        assert!(allows("http://127.0.0.1:8080", "http://127.0.0.1:8080/"));
        assert!(allows("*://*:*", "http://anything:1/"));
        assert!(allows("https://*.example.com", "https://www.example.com/"));
        assert!(!allows("https://*.example.com", "https://example.com/"));
        assert!(allows("https://*.Example.com", "https://www.example.com/"));
        assert!(!allows("HTTP://example.com:80", "http://example.com/"));
    }

    #[test]
    fn a_port_range_excludes_its_end() {
        for (entry, port, allowed) in [
            ("http://h:8000..8010", 7999, false),
            ("http://h:8000..8010", 8000, true),
            ("http://h:8000..8010", 8009, true),
            ("http://h:8000..8010", 8010, false),
            ("*://h:8000..8001", 8000, true),
            ("http://h:8000..8000", 8000, false),
            ("http://h:8010..8000", 8005, false),
            ("http://h:0..65535", 65535, false),
            ("http://h:65535", 65535, true),
            ("http://h:", 80, true),
        ] {
            assert_eq!(allows(entry, &format!("http://h:{port}/")), allowed, "{entry}: {port}");
        }
        assert!(allows("http://h:79..81", "http://h/"));
    }

    #[test]
    fn an_invalid_entry_is_refused() {
        for bad in [
            "example.com",
            "://x",
            "https://",
            "https://x/path",
            "https://x:y",
            "https://x:1..",
            "redis://x",
            "*://x",
            "*://*",
            "http://self",
            "http://self.alt",
            "http://a.spin.internal",
            "https://{{ host }}",
        ] {
            assert!(AllowedHosts::parse(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }
}
