//! Connection limits: in total and per client address.
//!
//! SignedRequest by the accept loop before a connection costs anything. A [`ConnectionPermit`] is given back when it is dropped, with its connection, so
//! none is ever lost. Counted once here: a limit that each connection had to itself would bound nothing.

use crate::http::conn::client_address::TrustedProxies;
use crate::limits::Limits;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// All permits of a service.
#[derive(Debug)]
pub(crate) struct ConnectionLimiter {
    permits: Arc<Semaphore>,
    per_address: usize,
    exempt: TrustedProxies,
    taken: Arc<Taken>,
}

/// Connections by address; who has none is not in it.
type Taken = Mutex<HashMap<IpAddr, usize>>;

/// One connection's; free again once it is dropped.
#[derive(Debug)]
pub(crate) struct ConnectionPermit {
    _permit: OwnedSemaphorePermit,
    _address: Option<AddressPermit>,
}

/// The exceeded limit, by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// `connections`
    All,
    /// `connections_per_address`
    Address,
}

impl ConnectionLimiter {
    /// Creates a limiter with all permits available.
    pub fn new(limits: &Limits, exempt: TrustedProxies) -> Self {
        let permits = Arc::new(Semaphore::new(limits.connections));
        Self { permits, per_address: limits.connections_per_address, exempt, taken: Arc::default() }
    }

    /// A permit for a connection from `address`.
    pub fn enter(&self, address: IpAddr) -> Result<ConnectionPermit, Full> {
        let _permit = Arc::clone(&self.permits).try_acquire_owned().map_err(|_| Full::All)?;
        let _address = match self.exempt.contain(address) {
            true => None,
            false => {
                Some(AddressPermit::take(&self.taken, counted_as(address), self.per_address).ok_or(Full::Address)?)
            }
        };
        Ok(ConnectionPermit { _permit, _address })
    }
}

/// One of the connections of an address.
#[derive(Debug)]
struct AddressPermit {
    taken: Arc<Taken>,
    address: IpAddr,
}

impl AddressPermit {
    fn take(taken: &Arc<Taken>, address: IpAddr, max: usize) -> Option<Self> {
        let mut counts = taken.lock();
        let count = counts.entry(address).or_default();
        (*count < max).then(|| *count += 1)?;
        Some(Self { taken: Arc::clone(taken), address })
    }
}

impl Drop for AddressPermit {
    fn drop(&mut self) {
        let mut counts = self.taken.lock();
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

/// One host usually has a whole /64 of IPv6 addresses.
fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(connections: usize, per_address: usize) -> ConnectionLimiter {
        let limits = Limits { connections, connections_per_address: per_address, ..Limits::default() };
        ConnectionLimiter::new(&limits, TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]))
    }

    fn refused(limiter: &ConnectionLimiter, address: &str) -> Option<Full> {
        limiter.enter(address.parse().unwrap()).err()
    }

    #[test]
    fn one_address_has_so_many_seats_and_a_proxy_as_many_as_there_are() {
        let limiter = limiter(5, 2);
        let enter = |address: &str| limiter.enter(address.parse().unwrap()).unwrap();
        let permits = [enter("192.0.2.1"), enter("192.0.2.1")];
        assert_eq!(refused(&limiter, "192.0.2.1"), Some(Full::Address));
        assert_eq!(refused(&limiter, "::ffff:192.0.2.1"), Some(Full::Address));
        let others = [enter("10.0.0.1"), enter("10.0.0.1"), enter("10.0.0.1")];
        assert_eq!(refused(&limiter, "192.0.2.2"), Some(Full::All));
        drop(others);
        assert_eq!(refused(&limiter, "192.0.2.2"), None);
        drop(permits);
        assert!(limiter.taken.lock().is_empty());
        assert_eq!(limiter.permits.available_permits(), 5);
    }

    #[test]
    fn addresses_of_one_network_of_version_6_count_as_one() {
        let limiter = limiter(5, 1);
        let _permit = limiter.enter("2001:db8::1".parse().unwrap()).unwrap();
        assert_eq!(refused(&limiter, "2001:db8::2"), Some(Full::Address));
        assert_eq!(refused(&limiter, "2001:db8:0:1::1"), None);
    }
}
