//! What a request line means: which operation, at which host. Paths are compared as they came; nothing is decoded or normalised.
//!
//! The first of the layers that looks at a request; whatever it refuses has cost nothing.

use super::problem::Problem;
use hyper::header::HOST;
use hyper::{Method, Request, Version};

/// An operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// Which versions there are.
    Versions,
    /// The process lives.
    Health,
    /// New requests may be sent here.
    Ready,
    /// DownloadMetricDataImage.
    Image,
    /// ListMetricData.
    Data,
    /// ListMetricInfos.
    Infos,
}

impl Route {
    /// The operation that `request` asks for, by path, then method, then the absence of a query.
    pub fn of<B>(request: &Request<B>) -> Result<Self, Problem> {
        let uri = request.uri();
        if !uri.path().starts_with('/') {
            return Err(Problem::BadRequest("The request should name a path."));
        }
        let route = Self::at(uri.path()).ok_or(Problem::NotFound)?;
        if request.method() != route.method() {
            return Err(Problem::MethodNotAllowed(route.method()));
        }
        // Not even an empty one: a signature covers path and query without a mark between them and what follows.
        match uri.query() {
            Some(_) => Err(Problem::UnexpectedQuery),
            None => Ok(route),
        }
    }

    /// A client whose endpoint ends with a slash writes two of them.
    fn at(path: &str) -> Option<Self> {
        match path {
            "/" | "//" => Some(Self::Versions),
            "/healthz" => Some(Self::Health),
            "/readyz" => Some(Self::Ready),
            "/v1/metrics/data/download/image" | "//v1/metrics/data/download/image" => Some(Self::Image),
            "/v1/metrics/data" | "//v1/metrics/data" => Some(Self::Data),
            "/v1/metrics" | "//v1/metrics" => Some(Self::Infos),
            _ => None,
        }
    }

    fn method(self) -> Method {
        match self {
            Self::Versions | Self::Health | Self::Ready => Method::GET,
            Self::Image | Self::Data | Self::Infos => Method::POST,
        }
    }
}

/// The `Host` of `request`: one that can be a host, or none at all in HTTP/1.0.
pub(super) fn host<B>(request: &Request<B>) -> Result<Option<&str>, Problem> {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) if request.version() == Version::HTTP_10 => Ok(None),
        (Some(host), None) if is_host(host.as_bytes()) => Ok(host.to_str().ok()),
        _ => Err(Problem::BadRequest("The request should have one valid Host.")),
    }
}

/// A name or an address, perhaps with a port: enough to know that it may stand in a document of ours.
fn is_host(host: &[u8]) -> bool {
    let may_stand = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(byte);
    (1..=MOST_HOST_BYTES).contains(&host.len()) && host.iter().all(may_stand)
}

/// The longest name that DNS has, and a port.
const MOST_HOST_BYTES: usize = 253 + ":65535".len();

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: &str, target: &str) -> Result<Route, String> {
        let request = Request::builder().method(method).uri(target).body(()).unwrap();
        Route::of(&request).map_err(|problem| format!("{problem:?}"))
    }

    #[test]
    fn each_operation_has_one_path_and_an_alias_with_two_slashes() {
        for (method, path, expected) in [
            ("GET", "/", Route::Versions),
            ("POST", "/v1/metrics/data/download/image", Route::Image),
            ("POST", "/v1/metrics/data", Route::Data),
            ("POST", "/v1/metrics", Route::Infos),
        ] {
            assert_eq!(route(method, path), Ok(expected));
            assert_eq!(route(method, &format!("/{path}")), Ok(expected));
        }
    }

    #[test]
    fn paths_are_not_normalised() {
        for path in [
            "/v1/metrics/",
            "/v1/../v1/metrics",
            "/v1/%6detrics",
            "/V1/metrics",
            "///v1/metrics",
            "/v1//metrics",
            "//healthz",
            "/v1/metrics/data/download/image/",
            "/%2e%2e",
            "///",
        ] {
            assert_eq!(route("POST", path), Err("NotFound".to_owned()), "{path}");
        }
    }

    #[test]
    fn path_comes_before_method_and_method_before_query() {
        assert_eq!(route("FOO", "/nowhere?x"), Err("NotFound".to_owned()));
        assert_eq!(route("post", "/v1/metrics?x"), Err("MethodNotAllowed(POST)".to_owned()));
        assert_eq!(route("HEAD", "/"), Err("MethodNotAllowed(GET)".to_owned()));
        assert_eq!(route("POST", "/v1/metrics?"), Err("UnexpectedQuery".to_owned()));
        assert_eq!(route("GET", "/?x=1"), Err("UnexpectedQuery".to_owned()));
    }

    #[test]
    fn only_what_can_be_a_host_is_repeated() {
        for good in ["localhost", "127.0.0.1:8080", "[::1]:80", "a-b.example.com"] {
            assert!(is_host(good.as_bytes()), "{good}");
        }
        let long = "a".repeat(300);
        for bad in ["", "a b", "a\"b", "a/b", "a@b", "<a>", "a,b", "é", &long] {
            assert!(!is_host(bad.as_bytes()), "{bad}");
        }
    }
}
