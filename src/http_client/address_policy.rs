//! Address policy (SSRF protection): addresses to which the client may connect. Metadata services and reserved networks are never
//! among them.
//!
//! A literal address is checked when the configuration is opened, a name each time that it is resolved; the client connects to checked
//! addresses only. An IPv4 address inside an IPv6 address is checked as IPv4: gateways of the host or of its network may deliver there.

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

/// IPv4-compatible addresses (RFC 4291, 2.5.5.1): the IPv4 address is at the end.
const COMPATIBLE: Ipv6Net = net6([0; 8], 96);

/// Translated addresses (RFC 6052): the IPv4 address is at the end.
const TRANSLATED: Ipv6Net = net6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);

/// Addresses that a network translates by itself (RFC 8215). The place of the IPv4 address depends on the length of the prefix, which only
/// that network knows (RFC 6052, 2.2).
const TRANSLATED_LOCALLY: Ipv6Net = net6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48);

/// 6to4 (RFC 3056): the IPv4 address follows.
const SIX_TO_FOUR: Ipv6Net = net6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16);

/// Teredo (RFC 4380): the IPv4 address of a server follows; the one of the destination is at the end, its bits inverted.
const TEREDO: Ipv6Net = net6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32);

const fn v4([a, b, c, d]: [u8; 4], length: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length))
}

const fn v6([a, b, c, d, e, f, g, h]: [u16; 8], length: u8) -> IpNet {
    IpNet::V6(net6([a, b, c, d, e, f, g, h], length))
}

const fn net6([a, b, c, d, e, f, g, h]: [u16; 8], length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), length)
}

/// `addresses = ["10.0.0.0/8", "127.0.0.1"]`: the client connects to no others. Empty: all that are not always forbidden.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct AddressPolicy(Vec<IpNet>);

impl AddressPolicy {
    /// Reports whether the operator configured no addresses.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether `address` is allowed: neither it nor an IPv4 address inside of it is always forbidden, and the list, where there
    /// is one, contains it or the IPv4 address that it is delivered to. What is always refused is opened only by a network that lies inside
    /// of what is refused, so that `0.0.0.0/0` opens nothing.
    pub fn allow(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let embedded = match address {
            IpAddr::V4(_) => Vec::new(),
            IpAddr::V6(v6) if self.names_prefix_of(v6) => vec![last_four(v6)],
            IpAddr::V6(v6) => embedded(v6),
        };
        let mut judged = embedded.into_iter().map(IpAddr::V4).chain([address]);
        let is_listed = |address: IpAddr| self.0.iter().any(|network| network.contains(&address));
        judged.all(|address| self.opens(address))
            && (self.0.is_empty() || is_listed(address) || is_listed(destination(address)))
    }

    /// Returns whether `address` is not always refused, or the list names it.
    fn opens(&self, address: IpAddr) -> bool {
        let refused = REFUSED.iter().find(|refused| refused.contains(&address));
        let names = |refused: &IpNet| self.0.iter().any(|net| refused.contains(net) && net.contains(&address));
        refused.is_none_or(names)
    }

    /// Returns whether the list has the prefix of a locally translated address, so that the place of the IPv4 address is known: the end.
    fn names_prefix_of(&self, address: Ipv6Addr) -> bool {
        let names =
            |net: &Ipv6Net| net.prefix_len() >= 96 && TRANSLATED_LOCALLY.contains(net) && net.contains(&address);
        self.0.iter().any(|net| matches!(net, IpNet::V6(net) if names(net)))
    }
}

/// Returns the IPv4 address that a gateway delivers to, where the form of the IPv6 address says which; else the address itself.
fn destination(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if COMPATIBLE.contains(&v6) && v6.to_bits() > 1 => IpAddr::V4(last_four(v6)),
        IpAddr::V6(v6) if TRANSLATED.contains(&v6) => IpAddr::V4(last_four(v6)),
        IpAddr::V6(v6) if SIX_TO_FOUR.contains(&v6) => IpAddr::V4(four_at(v6, 2)),
        IpAddr::V6(v6) if TEREDO.contains(&v6) => IpAddr::V4(!last_four(v6)),
        other => other,
    }
}

/// Returns every IPv4 address that may be inside of an IPv6 address.
fn embedded(address: Ipv6Addr) -> Vec<Ipv4Addr> {
    let mut found = Vec::new();
    if let IpAddr::V4(destination) = destination(IpAddr::V6(address)) {
        found.push(destination);
    }
    if TEREDO.contains(&address) {
        found.push(four_at(address, 4));
    }
    // ISATAP (RFC 5214, 6.1), for a private or a global IPv4 address, behind any prefix.
    if matches!(address.segments(), [_, _, _, _, 0 | 0x200, 0x5efe, _, _]) {
        found.push(last_four(address));
    }
    if TRANSLATED_LOCALLY.contains(&address) {
        let of_each_length = [four_at(address, 6), four_at(address, 7), four_at(address, 8), last_four(address)];
        // An address that begins with 0 is one read at the wrong place.
        found.extend(of_each_length.into_iter().filter(|address| address.octets()[0] != 0));
    }
    found
}

fn last_four(address: Ipv6Addr) -> Ipv4Addr {
    Ipv4Addr::from_bits(address.to_bits() as u32)
}

/// Returns the IPv4 address from this byte on. Byte 8 is never part of it (RFC 6052, 2.2); no other form reaches it.
fn four_at(address: Ipv6Addr, byte: usize) -> Ipv4Addr {
    let octets = address.octets();
    Ipv4Addr::from([0, 1, 2, 3].map(|n| octets[byte + n + usize::from(byte + n >= 8)]))
}

impl TryFrom<Vec<String>> for AddressPolicy {
    type Error = &'static str;

    fn try_from(written: Vec<String>) -> Result<Self, Self::Error> {
        let network = |text: &String| text.parse().or_else(|_| text.parse().map(|ip| IpNet::from(destination(ip))));
        let networks: Result<_, _> = written.iter().map(network).collect();
        networks.map(Self).map_err(|_| "should be addresses and networks, such as \"127.0.0.1\" or \"10.0.0.0/8\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(written: &[&str]) -> AddressPolicy {
        AddressPolicy::try_from(written.iter().map(|&text| text.to_owned()).collect::<Vec<_>>()).unwrap()
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
        ] {
            assert!(!allows(&[], address), "{address}");
            assert!(!allows(&["0.0.0.0/0", "::/0"], address), "{address} among everything");
        }
    }

    /// Every form of an IPv6 address with this IPv4 address inside.
    fn forms_of(inside: &str) -> Vec<String> {
        let [a, b, c, d] = inside.parse::<Ipv4Addr>().unwrap().octets();
        let inverted = !inside.parse::<Ipv4Addr>().unwrap();
        vec![
            format!("::ffff:{inside}"),
            format!("::{inside}"),
            format!("64:ff9b::{inside}"),
            format!("2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1"),
            // Teredo to it, and by a server there.
            format!("2001:0:808:808:8000:63bf:{inverted}"),
            format!("2001:0:{a:02x}{b:02x}:{c:02x}{d:02x}:8000:63bf:f7f7:f7f7"),
            format!("2a00:1:2:3:0:5efe:{inside}"),
            format!("fd00::200:5efe:{inside}"),
            // RFC 6052, 2.4, with prefixes of 48, 56, 64 and 96 bits.
            format!("64:ff9b:1:{a:02x}{b:02x}:{c:02x}:{d:02x}00::"),
            format!("64:ff9b:1:12{a:02x}:{b:02x}:{c:02x}{d:02x}::"),
            format!("64:ff9b:1:1234:{a:02x}:{b:02x}{c:02x}:{d:02x}00::"),
            format!("64:ff9b:1::{inside}"),
            format!("64:ff9b:1:fffe::{inside}"),
        ]
    }

    #[test]
    fn an_address_that_is_refused_is_refused_inside_of_every_form_of_an_ipv6_address() {
        for inside in
            ["169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16", "224.0.0.1"]
        {
            for address in forms_of(inside) {
                assert!(!allows(&[], &address), "{address}");
                assert!(!allows(&["0.0.0.0/0", "::/0"], &address), "{address} among everything");
            }
        }
    }

    #[test]
    fn an_ordinary_address_inside_of_an_ipv6_address_is_dialled() {
        let forms = forms_of("8.8.4.4");
        for address in &forms[..8] {
            assert!(allows(&[], address), "{address}");
        }
        assert!(allows(&[], "64:ff9b:1::8.8.4.4"));
        assert!(!allows(&[], "64:ff9b:1:fffe::8.8.4.4"), "with a prefix of 48 bits it is 255.254.0.0");
        assert!(allows(&["64:ff9b:1:fffe::/96"], "64:ff9b:1:fffe::8.8.4.4"), "the list says that it is not");
        assert!(!allows(&["64:ff9b:1:fffe::/96"], "64:ff9b:1:fffe::169.254.169.254"));
    }

    #[test]
    fn a_list_has_the_address_that_is_delivered_to_or_the_one_that_is_dialled() {
        let forms = forms_of("10.1.2.3");
        for address in &forms[..5] {
            assert!(allows(&["10.0.0.0/8"], address) && !allows(&["11.0.0.0/8"], address), "{address}");
        }
        for address in &forms[5..] {
            assert!(!allows(&["10.0.0.0/8"], address), "{address}: where it is delivered to is not known");
        }
        assert!(allows(&["2002:a01::/32"], &forms[3]) && !allows(&["2002:a02::/32"], &forms[3]));
        assert!(allows(&["2a00:1::/32"], &forms[6]), "the prefix of ISATAP says where it goes");
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
            assert!(AddressPolicy::try_from(vec![wrong.to_owned()]).is_err(), "{wrong}");
        }
        let printed = serde_json::to_string(&addresses(&["10.0.0.0/8", "127.0.0.1"])).unwrap();
        assert_eq!(printed, r#"["10.0.0.0/8","127.0.0.1/32"]"#);
    }
}
