//! CORS: pages of configured origins may send requests and read errors.

use crate::support::http::{Response, request};
use crate::support::in_process::{IMAGE, INFOS, JSON, Service};
use metricshot::http::Settings;
use metricshot::limits::Limits;

const WIKI: &str = "https://wiki.example.com";

fn service() -> Service {
    Service::with(Limits::default(), Settings { allowed_origins: vec![WIKI.to_owned()], ..Settings::default() })
}

fn preflight(service: &Service, origin: &str) -> Response {
    let asks = [
        ("Origin", origin),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "content-type,scp-signature"),
    ];
    service.send(request("OPTIONS", IMAGE, &asks, ""))
}

#[test]
fn pages_of_an_allowed_origin_may_send_requests() {
    let service = service();
    let allowed = preflight(&service, WIKI);
    assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (200, Some(WIKI)));
    assert!(allowed.header("access-control-allow-headers").unwrap().contains("scp-signature"));
    let answer = service.post_with(INFOS, &[("Origin", WIKI)], "{}");
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some(WIKI)));
}

#[test]
fn pages_of_an_allowed_origin_may_read_errors() {
    let answer = service().post_with(IMAGE, &[("Origin", WIKI)], "{}");
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (400, Some(WIKI)));
    assert!(answer.header("access-control-expose-headers").unwrap().contains("metricshot-fault"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[test]
fn pages_of_other_origins_get_no_access() {
    for origin in ["https://evil.example", "https://wiki.example.com.evil.example", "null", "http://wiki.example.com"] {
        let service = service();
        assert_eq!(preflight(&service, origin).header("access-control-allow-origin"), None, "{origin}");
        let answer = service.post_with(INFOS, &[("Origin", origin)], "{}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
    }
    let closed = Service::start();
    assert_eq!(preflight(&closed, WIKI).status, 405);
    let answer = closed.send(request("POST", INFOS, &[JSON, ("Origin", WIKI)], "{}"));
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None));
}
