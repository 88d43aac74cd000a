//! Outbound HTTP, limited to `allowed_outbound_hosts`.

use crate::host::Component;
use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use http::Uri;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use std::sync::Arc;
use wasmtime_wasi::TrappableError;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p3::{RequestOptions, WasiHttpHooks, default_send_request};

/// A component's `allowed_outbound_hosts`.
#[derive(Debug, Default)]
pub struct AllowedHosts(Vec<AllowedHost>);

/// `<scheme>://<host>[:<port>]`: `*` for any scheme or port, `*` or `*.domain` for any host.
#[derive(Debug, PartialEq, Eq)]
struct AllowedHost {
    /// `None` is any.
    scheme: Option<String>,
    host: Host,
    /// `None` is any.
    ports: Option<std::ops::RangeInclusive<u16>>,
}

#[derive(Debug, PartialEq, Eq)]
enum Host {
    Any,
    Exactly(String),
    Below(String),
}

impl AllowedHosts {
    /// Reads the list of a manifest.
    ///
    /// # Errors
    /// The entry that cannot be read, and why.
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
            "self" => bail!("requests to the application itself are not possible in spinlet"),
            host if host.ends_with(".spin.internal") => {
                bail!("service chaining is not possible in spinlet")
            }
            host if host.contains('{') => bail!("templates are not possible here in spinlet"),
            host => match host.strip_prefix("*.") {
                Some(domain) => Host::Below(format!(".{domain}")),
                None => Host::Exactly(host.to_ascii_lowercase()),
            },
        };
        let ports = match port {
            Some("*") => None,
            Some(port) => {
                let (first, last) = port.split_once("..").unwrap_or((port, port));
                let number = |text: &str| {
                    text.parse::<u16>().with_context(|| format!("'{text}' is no port"))
                };
                Some(number(first)?..=number(last)?)
            }
            None if scheme == "*" => None,
            None => Some(
                default_port(scheme).map(|port| port..=port).context("this scheme needs a port")?,
            ),
        };
        let scheme = (scheme != "*").then(|| scheme.to_ascii_lowercase());
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
            && self
                .ports
                .as_ref()
                .is_none_or(|ports| port.is_some_and(|port| ports.contains(&port)))
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
    /// For the instances of a component.
    #[must_use]
    pub fn new(component: &Component) -> Self {
        Self {
            component: component.id.clone(),
            allowed: Arc::clone(&component.allowed_outbound_hosts),
        }
    }
}

/// Most that is taken at a time of a body that a component makes, in bytes.
const CHUNK_MAX: usize = 64 << 10;

type Body = UnsyncBoxBody<Bytes, ErrorCode>;
type Sent = (http::Response<Body>, Box<dyn Future<Output = Result<(), ErrorCode>> + Send>);

impl WasiHttpHooks for Outbound {
    /// Also that of answers: what is read of a component's body before what came before was sent.
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
    fn an_entry_covers_its_scheme_host_and_port_and_no_other() {
        assert!(allows("https://example.com", "https://example.com/path"));
        assert!(!allows("https://example.com", "http://example.com/"));
        assert!(!allows("https://example.com", "https://example.com:8443/"));
        assert!(!allows("https://example.com", "https://www.example.com/"));
        assert!(allows("http://127.0.0.1:8080", "http://127.0.0.1:8080/"));
        assert!(allows("*://*:*", "http://anything:1/"));
        assert!(allows("https://*.example.com", "https://www.example.com/"));
        assert!(!allows("https://*.example.com", "https://example.com/"));
        assert!(allows("http://localhost:8000..8010", "http://localhost:8010/"));
        assert!(!allows("http://localhost:8000..8010", "http://localhost:8011/"));
    }

    #[test]
    fn an_entry_that_cannot_be_read_is_refused() {
        for bad in [
            "example.com",
            "://x",
            "https://",
            "https://x/path",
            "https://x:y",
            "redis://x",
            "http://self",
            "http://a.spin.internal",
            "https://{{ host }}",
        ] {
            assert!(AllowedHosts::parse(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }
}
