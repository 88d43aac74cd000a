//! Routing: the component of a path, and the headers that describe the route to the component.

use crate::terminal::say;
use anyhow::{Result, anyhow};
use http::header::HOST;
use http::{HeaderName, HeaderValue, Request};
use std::net::SocketAddr;

/// The public routes: the most specific wins (exact before `:param` before a trailing `...`).
pub struct Routes {
    router: routefinder::Router<Route>,
}

/// One route of the manifest.
pub struct Route {
    /// The pattern as written in the manifest.
    written: String,
    /// The pattern with a leading slash and without a trailing one: empty for `/`.
    pub pattern: String,
    /// The id of the component.
    pub component: String,
}

/// A path that matches a route.
pub struct Match<'a> {
    /// The matched route.
    pub route: &'a Route,
    /// The part of the path that matches the trailing `...`, with its leading `/`; empty without `...`.
    path_info: String,
    /// Name and value of each `:param`.
    params: Vec<(String, String)>,
}

impl Routes {
    /// The routes of a manifest, each a pattern and its component's id. The last of identical ones wins, as in Spin.
    ///
    /// # Errors
    /// The invalid pattern.
    pub fn new<'a>(patterns: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let mut distinct: Vec<(&str, &str)> = Vec::new();
        for (written, component) in patterns {
            match distinct.iter_mut().find(|(earlier, _)| *earlier == written) {
                Some((_, earlier)) => {
                    say(format_args!(
                        "the route '{written}' of '{earlier}' is never used: '{component}' has the same one"
                    ));
                    *earlier = component;
                }
                None => distinct.push((written, component)),
            }
        }
        let mut router = routefinder::Router::new();
        for (written, component) in distinct {
            let slash = if written.starts_with('/') { "" } else { "/" };
            let slashed = format!("{slash}{written}");
            let pattern = slashed.strip_suffix('/').unwrap_or(&slashed).to_owned();
            let spec = pattern
                .strip_suffix("/...")
                .map_or_else(|| pattern.clone(), |prefix| format!("{prefix}/*"));
            let route =
                Route { written: written.to_owned(), pattern, component: component.to_owned() };
            router
                .add(spec, route)
                .map_err(|error| anyhow!("the route '{written}' of '{component}': {error}"))?;
        }
        Ok(Self { router })
    }

    /// The route of a path.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<Match<'_>> {
        let found = self.router.best_match(path)?;
        let captures = found.captures();
        // routefinder drops a trailing slash from the part that matches `...`; Spin keeps it.
        let slash = if path.ends_with('/') { "/" } else { "" };
        let path_info = match captures.wildcard() {
            None => String::new(),
            Some("") => slash.to_owned(),
            Some(rest) => format!("/{rest}{slash}"),
        };
        let params =
            captures.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Some(Match { route: found.handler(), path_info, params })
    }
}

impl Match<'_> {
    /// Adds Spin's headers to a request. A client's own header of such a name stays before ours, as in Spin: a
    /// component must read the last one.
    pub fn add_headers<B>(&self, request: &mut Request<B>, client: SocketAddr) {
        let Route { written, pattern, .. } = self.route;
        let prefix = written.strip_suffix("/...").unwrap_or(written);
        let mut headers = vec![
            ("spin-path-info".to_owned(), self.path_info.clone()),
            ("spin-full-url".to_owned(), full_url(request)),
            ("spin-matched-route".to_owned(), pattern.clone()),
            ("spin-base-path".to_owned(), "/".to_owned()),
            ("spin-raw-component-route".to_owned(), written.clone()),
            ("spin-component-route".to_owned(), prefix.to_owned()),
            ("spin-client-addr".to_owned(), client.to_string()),
        ];
        let params = self.params.iter();
        headers.extend(params.map(|(name, value)| {
            let name = name.to_ascii_lowercase().replace('_', "-");
            (format!("spin-path-match-{name}"), value.clone())
        }));
        for (name, value) in headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                request.headers_mut().append(name, value);
            }
        }
    }
}

/// The URL of a request as Spin writes it, with the host of the `Host` header, or `localhost` without that header.
fn full_url<B>(request: &Request<B>) -> String {
    let uri = request.uri();
    let authority = uri.authority().map_or("", http::uri::Authority::as_str);
    let host = match request.headers().get(HOST).map(HeaderValue::to_str) {
        None => "localhost",
        Some(Ok(host)) if host.eq_ignore_ascii_case(authority) => host,
        // An empty header, or another host than that of an absolute URL: Spin serves neither.
        Some(_) => authority,
    };
    let scheme = uri.scheme_str().unwrap_or("http");
    let path = uri.path_and_query().map_or("", http::uri::PathAndQuery::as_str);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes {
        let routes = [
            ("/...", "rest"),
            ("/user/:user_id", "param"),
            ("/user/me", "exact"),
            ("/files/...", "files"),
        ];
        Routes::new(routes.into_iter()).unwrap()
    }

    #[test]
    fn the_most_specific_route_wins() {
        for (path, component) in [
            ("/user/me", "exact"),
            ("/user/you", "param"),
            ("/user/you/more", "rest"),
            ("/files", "files"),
            ("/files/a/b", "files"),
            ("/", "rest"),
        ] {
            assert_eq!(routes().find(path).unwrap().route.component, component, "{path}");
        }
    }

    #[test]
    fn a_component_receives_its_route_in_headers() {
        let headers = |path: &str| {
            let request = Request::builder().uri(format!("http://h{path}?q=1"));
            let mut request = request.header(HOST, "h").body(()).unwrap();
            let routes = routes();
            routes.find(path).unwrap().add_headers(&mut request, "127.0.0.1:9".parse().unwrap());
            let get =
                |name| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
            [
                get("spin-path-info"),
                get("spin-matched-route"),
                get("spin-component-route"),
                get("spin-path-match-user-id"),
                get("spin-full-url"),
                get("spin-client-addr"),
            ]
            .map(Option::unwrap_or_default)
        };
        assert_eq!(
            headers("/files/a/"),
            ["/a/", "/files/...", "/files", "", "http://h/files/a/?q=1", "127.0.0.1:9"]
        );
        assert_eq!(
            headers("/user/u7"),
            ["", "/user/:user_id", "/user/:user_id", "u7", "http://h/user/u7?q=1", "127.0.0.1:9"]
        );
    }

    #[test]
    fn the_raw_route_is_as_written_and_the_matched_one_has_no_trailing_slash() {
        for (written, path, matched, component_route) in [
            ("/", "/", "", "/"),
            ("/a/", "/a", "/a", "/a/"),
            ("a", "/a", "/a", "a"),
            ("a/...", "/a/b", "/a/...", "a"),
            ("/a/.../", "/a/b", "/a/...", "/a/.../"),
            ("...", "/b", "/...", "..."),
        ] {
            let routes = Routes::new([(written, "c")].into_iter()).unwrap();
            let mut request = Request::new(());
            let found = routes.find(path).unwrap();
            found.add_headers(&mut request, "127.0.0.1:9".parse().unwrap());
            for (name, expected) in [
                ("spin-matched-route", matched),
                ("spin-raw-component-route", written),
                ("spin-component-route", component_route),
            ] {
                assert_eq!(request.headers()[name], expected, "{written}: {name}");
            }
        }
    }

    #[test]
    fn the_full_url_has_the_host_of_the_host_header_or_localhost() {
        let full_url = |uri: &str, host: Option<&str>| {
            let mut request = Request::builder().uri(uri).body(()).unwrap();
            if let Some(host) = host {
                request.headers_mut().insert(HOST, host.parse().unwrap());
            }
            full_url(&request)
        };
        assert_eq!(full_url("http://Named:80/a?b", Some("named:80")), "http://named:80/a?b");
        assert_eq!(full_url("http://named/", None), "http://localhost/");
        assert_eq!(full_url("http://named/", Some("other")), "http://named/");
        assert_eq!(full_url("http://127.0.0.1:3000/", Some("")), "http://127.0.0.1:3000/");
    }

    #[test]
    fn the_last_of_identical_routes_wins() {
        let routes = [("/a", "first"), ("/b", "b"), ("/a", "last"), ("/a/", "slash")];
        let routes = Routes::new(routes.into_iter()).unwrap();
        assert_eq!(routes.find("/a").unwrap().route.component, "last");
        assert_eq!(routes.find("/b").unwrap().route.component, "b");
    }

    #[test]
    fn a_path_without_a_route_has_no_match() {
        assert!(Routes::new([("/a", "a")].into_iter()).unwrap().find("/b").is_none());
    }
}
