//! The `Host` header: the check of every request, and the host that responses and signatures repeat.

use crate::http::Hosts;
use crate::http::api::error_response::ErrorResponse;
use crate::http::api::problem::Problem;
use crate::http::api::state::Service;
use crate::http::middleware::request_id::RequestIds;
use axum::extract::FromRequestParts;
use axum::http::Version;
use axum::http::header::{HOST, HeaderMap};
use axum::http::request::Parts;
use std::net::IpAddr;
use std::sync::Arc;

/// Proof that a request has a valid `Host`, or is HTTP/1.0 without any.
pub(crate) struct ValidHost;

impl FromRequestParts<Arc<Service>> for ValidHost {
    type Rejection = ErrorResponse;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, ErrorResponse> {
        let may_lack_one = parts.version == Version::HTTP_10 && !parts.headers.contains_key(HOST);
        let problem = match host(&parts.headers) {
            None if may_lack_one => return Ok(Self),
            None => Problem::BadRequest("The request should have one valid Host."),
            Some(host) if service.hosts() == Hosts::Loopback && !is_loopback(host) => Problem::BadRequest(
                "Host should be localhost or a loopback address: the service has no keys, and serves its own machine alone.",
            ),
            Some(_) => return Ok(Self),
        };
        Err(ErrorResponse::new(problem, RequestIds::of(&parts.extensions), Arc::clone(service)))
    }
}

/// A name or address that no web page elsewhere can have as its own, with or without a port.
fn is_loopback(host: &str) -> bool {
    let bare = match host.rsplit_once(':') {
        Some((bare, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => bare,
        _ => host,
    };
    let address = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(bare);
    address.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
        || bare.eq_ignore_ascii_case("localhost")
}

/// The one `Host` of these headers, if it can be one.
pub(crate) fn host(headers: &HeaderMap) -> Option<&str> {
    let mut hosts = headers.get_all(HOST).iter();
    let (host, more) = (hosts.next()?.to_str().ok()?, hosts.next());
    (more.is_none() && is_host(host)).then_some(host)
}

/// A name or an address, perhaps with a port: enough to know that it may stand in a document of ours.
fn is_host(host: &str) -> bool {
    let may_stand = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    (1..=MOST_HOST_BYTES).contains(&host.len()) && host.bytes().all(may_stand)
}

/// The longest name that DNS has, and a port.
const MOST_HOST_BYTES: usize = 253 + ":65535".len();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_hosts_are_names_and_addresses_of_this_machine() {
        for good in ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:8080", "127.1.2.3:80", "[::1]", "[::1]:80"]
        {
            assert!(is_loopback(good), "{good}");
        }
        let bad =
            ["example.com", "localhost.example.com", "127.0.0.1.example.com", "0.0.0.0:80", "10.0.0.1", "[::]", "1"];
        for bad in bad.into_iter().chain(["localhost:evil", "[::1", "127.1", "2130706433", ""]) {
            assert!(!is_loopback(bad), "{bad}");
        }
    }

    #[test]
    fn only_what_can_be_a_host_is_repeated() {
        for good in ["localhost", "127.0.0.1:8080", "[::1]:80", "a-b.example.com"] {
            assert!(is_host(good), "{good}");
        }
        let long = "a".repeat(300);
        for bad in ["", "a b", "a\"b", "a/b", "a@b", "<a>", "a,b", "é", &long] {
            assert!(!is_host(bad), "{bad}");
        }
    }
}
