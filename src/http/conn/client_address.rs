//! Address of a client: that of its socket, or the one that a trusted proxy reports.
//!
//! Called for every request before anything else is done. From anybody else `X-Forwarded-For` is only text, and the headers like it
//! are never read.

use axum::http::HeaderMap;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The networks of the proxies in front of the service.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

/// The address of the client; an extension of every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CallerAddress(pub IpAddr);

impl TrustedProxies {
    /// Trusts the proxies in `networks`.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks.into())
    }

    /// `address` is one of them.
    pub(crate) fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Returns the client address of a request from `peer`: the last of the addresses in `X-Forwarded-For` that is not a proxy's, as far as each
    /// was written by a proxy.
    pub(crate) fn caller(&self, peer: IpAddr, headers: &HeaderMap) -> CallerAddress {
        let mut caller = peer.to_canonical();
        let values = headers.get_all(X_FORWARDED_FOR).iter().map(|value| value.to_str().unwrap_or_default());
        let mut hops: Vec<&str> = values.flat_map(|value| value.split(',')).collect();
        while self.contain(caller)
            && let Some(before) = hops.pop().and_then(address)
        {
            caller = before;
        }
        CallerAddress(caller)
    }
}

/// Some proxies write the port too.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let address = hop.parse().ok().or_else(|| Some(hop.parse::<SocketAddr>().ok()?.ip()));
    let in_brackets = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    address.or_else(in_brackets).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(peer: &str, forwarded: &[&str]) -> String {
        let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(X_FORWARDED_FOR, value.parse().unwrap());
        }
        proxies.caller(peer.parse().unwrap(), &headers).0.to_string()
    }

    #[test]
    fn nobody_but_a_proxy_is_believed() {
        assert_eq!(caller("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(caller("192.0.2.1", &["10.0.0.1"]), "192.0.2.1");
        assert_eq!(caller("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(caller("::ffff:10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
    }

    #[test]
    fn what_a_caller_wrote_before_the_proxies_is_not_read() {
        assert_eq!(caller("10.0.0.1", &["203.0.113.1, 198.51.100.7, 10.0.0.2"]), "198.51.100.7");
        assert_eq!(caller("10.0.0.1", &["203.0.113.1, 198.51.100.7", "10.0.0.2"]), "198.51.100.7");
        assert_eq!(caller("10.0.0.1", &["203.0.113.1, unknown, 10.0.0.2"]), "10.0.0.2");
    }

    #[test]
    fn who_is_behind_proxies_alone_is_the_first_of_them() {
        assert_eq!(caller("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(caller("10.0.0.1", &["10.0.0.3,10.0.0.2"]), "10.0.0.3");
        assert_eq!(caller("10.0.0.1", &["nonsense"]), "10.0.0.1");
    }

    #[test]
    fn ports_and_brackets_are_no_part_of_an_address() {
        assert_eq!(caller("10.0.0.1", &["198.51.100.7:4711"]), "198.51.100.7");
        assert_eq!(caller("fd00::1", &["[2001:db8::1]:4711"]), "2001:db8::1");
        assert_eq!(caller("fd00::1", &["[2001:db8::1]"]), "2001:db8::1");
    }
}
