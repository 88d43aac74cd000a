//! Which component a path goes to, and what the component is told about that.

use anyhow::{Result, anyhow};
use http::{HeaderName, HeaderValue, Request};
use std::net::SocketAddr;

/// The public routes: the most specific wins (exact before `:param` before a trailing `...`).
pub struct Routes {
    router: routefinder::Router<Route>,
}

/// One route of the manifest.
pub struct Route {
    /// As written in the manifest.
    pub pattern: String,
    /// The component it leads to.
    pub component: String,
}

/// A path that has a route.
pub struct Match<'a> {
    /// Its route.
    pub route: &'a Route,
    /// What the trailing `...` stands for, with its leading `/`; empty without one.
    path_info: String,
    /// What each `:param` stands for.
    params: Vec<(String, String)>,
}

impl Routes {
    /// The routes of a manifest, each with its component's id.
    ///
    /// # Errors
    /// The pattern that cannot be read.
    pub fn new<'a>(patterns: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let mut router = routefinder::Router::new();
        for (pattern, component) in patterns {
            let slashed =
                if pattern.starts_with('/') { pattern.to_owned() } else { format!("/{pattern}") };
            let spec = slashed
                .strip_suffix("/...")
                .map_or_else(|| slashed.clone(), |prefix| format!("{prefix}/*"));
            let route = Route { pattern: slashed, component: component.to_owned() };
            router
                .add(spec, route)
                .map_err(|error| anyhow!("the route '{pattern}' of '{component}': {error}"))?;
        }
        Ok(Self { router })
    }

    /// The route of a path.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<Match<'_>> {
        let found = self.router.best_match(path)?;
        let captures = found.captures();
        // routefinder drops a slash at the end of what `...` stands for; Spin keeps it.
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
    /// Adds Spin's headers to a request. One that the client sent under such a name stays in front
    /// of ours, as in Spin: a component must read the last one.
    pub fn add_headers<B>(&self, request: &mut Request<B>, client: SocketAddr) {
        let pattern = &self.route.pattern;
        let prefix = pattern.strip_suffix("/...").unwrap_or(pattern);
        let mut headers = vec![
            ("spin-path-info".to_owned(), self.path_info.clone()),
            ("spin-full-url".to_owned(), request.uri().to_string()),
            ("spin-matched-route".to_owned(), pattern.clone()),
            ("spin-base-path".to_owned(), "/".to_owned()),
            ("spin-raw-component-route".to_owned(), pattern.clone()),
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
    fn a_component_is_told_how_it_was_reached() {
        let headers = |path: &str| {
            let mut request =
                Request::builder().uri(format!("http://h{path}?q=1")).body(()).unwrap();
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
    fn no_route_is_no_match() {
        assert!(Routes::new([("/a", "a")].into_iter()).unwrap().find("/b").is_none());
    }
}
