//! `trusted_proxies`: networks or single addresses.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// IP networks, configured as `["10.0.0.0/8", "fd00::1"]`; an address without a prefix length is a network of one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Networks(pub Vec<IpNet>);

impl Networks {
    /// Reports whether no network is configured.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<Vec<String>> for Networks {
    type Error = &'static str;

    fn try_from(texts: Vec<String>) -> Result<Self, Self::Error> {
        let networks: Option<Vec<IpNet>> = texts.iter().map(|text| network(text)).collect();
        networks
            .map(Self)
            .ok_or("should be a list of networks such as \"10.0.0.0/8\" or addresses such as \"192.0.2.1\"")
    }
}

impl From<Networks> for Vec<String> {
    fn from(networks: Networks) -> Self {
        networks.0.iter().map(ToString::to_string).collect()
    }
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str]) -> Option<Vec<String>> {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        Networks::try_from(texts).ok().map(Vec::from)
    }

    #[test]
    fn an_address_parses_as_a_network_of_one() {
        let printed = |texts: &[&str]| Some(texts.iter().map(|&text| text.to_owned()).collect());
        assert_eq!(
            read(&["10.0.0.0/8", "192.0.2.1", "fd00::1"]),
            printed(&["10.0.0.0/8", "192.0.2.1/32", "fd00::1/128"])
        );
        assert_eq!(read(&["10.0.0.0/33"]), None);
        assert_eq!(read(&["proxy.example"]), None);
    }
}
