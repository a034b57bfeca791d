//! Which addresses a source may be reached at: those that an operator could mean, and never those where a machine keeps its own secrets.
//!
//! Judged for a literal address when the configuration is opened, and for a name each time that it is looked up; what is dialled has
//! been judged. An IPv4 address inside of an IPv6 address is judged as what it is.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// No server of metrics lives there. Loopback and private networks are not among them: that is where most sources are.
const REFUSED: [IpNet; 12] = [
    v4([0, 0, 0, 0], 8),
    // Link-local, with the metadata of AWS, Azure, Google, OpenStack and others.
    v4([169, 254, 0, 0], 16),
    // Metadata of Alibaba, Oracle and Azure's agent.
    v4([100, 100, 100, 200], 32),
    v4([192, 0, 0, 192], 32),
    v4([168, 63, 129, 16], 32),
    v4([224, 0, 0, 0], 4),
    // Reserved; the last one is broadcast.
    v4([240, 0, 0, 0], 4),
    v6([0; 8], 128),
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),
    // Metadata of AWS and Google.
    v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0], 32),
    v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128),
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8),
];

/// RFC 6052: gateways send these on to the IPv4 address at their end.
const TRANSLATED: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

const fn v4([a, b, c, d]: [u8; 4], length: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length))
}

const fn v6([a, b, c, d, e, f, g, h]: [u16; 8], length: u8) -> IpNet {
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), length))
}

/// `addresses = ["10.0.0.0/8", "127.0.0.1"]`: nothing else is dialled. Empty for whatever is not always refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Addresses(Vec<IpNet>);

impl Addresses {
    /// The operator leaves the choice to us.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `address` may be dialled. What is always refused is opened only by a network that lies inside of what is refused, so that
    /// `0.0.0.0/0` opens nothing by the way.
    pub fn allow(&self, address: IpAddr) -> bool {
        let address = IpNet::from(meant(address));
        match REFUSED.iter().find(|refused| refused.contains(&address)) {
            Some(refused) => self.0.iter().any(|network| refused.contains(network) && network.contains(&address)),
            None => self.0.is_empty() || self.0.iter().any(|network| network.contains(&address)),
        }
    }
}

/// The IPv4 address that an IPv6 address stands for, where it does.
fn meant(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if TRANSLATED.contains(&v6) => IpAddr::V4(Ipv4Addr::from_bits(v6.to_bits() as u32)),
        other => other,
    }
}

impl TryFrom<Vec<String>> for Addresses {
    type Error = &'static str;

    fn try_from(written: Vec<String>) -> Result<Self, Self::Error> {
        let network = |text: &String| text.parse().or_else(|_| text.parse().map(|ip| IpNet::from(meant(ip))));
        let networks: Result<_, _> = written.iter().map(network).collect();
        networks.map(Self).map_err(|_| "should be addresses and networks, such as \"127.0.0.1\" or \"10.0.0.0/8\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(written: &[&str]) -> Addresses {
        Addresses::try_from(written.iter().map(|&text| text.to_owned()).collect::<Vec<_>>()).unwrap()
    }

    fn allows(written: &[&str], address: &str) -> bool {
        addresses(written).allow(address.parse().unwrap())
    }

    #[test]
    fn sources_are_ordinary_on_loopback_private_and_public_networks() {
        for address in
            ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "8.8.8.8", "::1", "fd12::1", "2a00::1"]
        {
            assert!(allows(&[], address), "{address}");
        }
    }

    #[test]
    fn metadata_link_local_unspecified_multicast_and_broadcast_are_refused_in_every_writing() {
        for address in [
            "169.254.169.254",
            "169.254.0.1",
            "169.254.170.2",
            "100.100.100.200",
            "192.0.0.192",
            "168.63.129.16",
            "0.0.0.0",
            "0.1.2.3",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "fe80::1",
            "febf::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "ff02::1",
            "::ffff:169.254.169.254",
            "::ffff:0.0.0.0",
            "64:ff9b::169.254.169.254",
        ] {
            assert!(!allows(&[], address), "{address}");
            assert!(!allows(&["0.0.0.0/0", "::/0"], address), "{address} among everything");
        }
    }

    #[test]
    fn only_what_an_operator_writes_is_dialled() {
        let written = ["10.0.0.0/8", "127.0.0.1", "fd12::/16", "::ffff:192.168.0.1"];
        for address in ["10.255.0.1", "127.0.0.1", "::ffff:10.0.0.1", "fd12:3::4", "192.168.0.1"] {
            assert!(allows(&written, address), "{address}");
        }
        for address in ["127.0.0.2", "11.0.0.1", "::1", "8.8.8.8", "fd13::1", "169.254.169.254"] {
            assert!(!allows(&written, address), "{address}");
        }
    }

    #[test]
    fn a_link_local_address_is_dialled_where_an_operator_names_it() {
        assert!(allows(&["169.254.10.0/24"], "169.254.10.1"));
        assert!(allows(&["169.254.10.0/24"], "::ffff:169.254.10.1"));
        assert!(allows(&["fe80::/10"], "fe80::1"));
        assert!(!allows(&["169.254.10.0/24"], "169.254.169.254"));
    }

    #[test]
    fn what_is_no_address_is_told_and_what_is_one_prints_as_it_is() {
        for wrong in ["", "localhost", "10.0.0.0/33", "10.0.0", "10.0.0.0-10.0.0.9", "http://10.0.0.1"] {
            assert!(Addresses::try_from(vec![wrong.to_owned()]).is_err(), "{wrong}");
        }
        let printed = serde_json::to_string(&addresses(&["10.0.0.0/8", "127.0.0.1"])).unwrap();
        assert_eq!(printed, r#"["10.0.0.0/8","127.0.0.1/32"]"#);
    }
}
