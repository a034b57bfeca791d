//! How many connections there may be: over all, and from one address.
//!
//! Asked by the accept loop before a connection costs anything. A [`Seat`] is given back when it is dropped, with its connection, so
//! none is ever lost. Counted once here: a limit that each connection had to itself would bound nothing.

use crate::http::conn::client_address::TrustedProxies;
use crate::limits::Limits;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// All seats of a service.
#[derive(Debug)]
pub(crate) struct Gate {
    seats: Arc<Semaphore>,
    per_address: usize,
    exempt: TrustedProxies,
    taken: Arc<Taken>,
}

/// Connections by address; who has none is not in it.
type Taken = Mutex<HashMap<IpAddr, usize>>;

/// One connection's; free again once it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    _seat: OwnedSemaphorePermit,
    _place: Option<Place>,
}

/// Which limit a connection would exceed, as its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// `connections`
    All,
    /// `connections_per_address`
    Address,
}

impl Gate {
    /// With every seat free.
    pub fn new(limits: &Limits, exempt: TrustedProxies) -> Self {
        let seats = Arc::new(Semaphore::new(limits.connections));
        Self { seats, per_address: limits.connections_per_address, exempt, taken: Arc::default() }
    }

    /// A seat for a connection from `address`.
    pub fn enter(&self, address: IpAddr) -> Result<Seat, Full> {
        let _seat = Arc::clone(&self.seats).try_acquire_owned().map_err(|_| Full::All)?;
        let _place = match self.exempt.contain(address) {
            true => None,
            false => Some(Place::take(&self.taken, counted_as(address), self.per_address).ok_or(Full::Address)?),
        };
        Ok(Seat { _seat, _place })
    }
}

/// One of the connections of an address.
#[derive(Debug)]
struct Place {
    taken: Arc<Taken>,
    address: IpAddr,
}

impl Place {
    fn take(taken: &Arc<Taken>, address: IpAddr, most: usize) -> Option<Self> {
        let mut counts = taken.lock();
        let count = counts.entry(address).or_default();
        (*count < most).then(|| *count += 1)?;
        Some(Self { taken: Arc::clone(taken), address })
    }
}

impl Drop for Place {
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

    fn gate(connections: usize, per_address: usize) -> Gate {
        let limits = Limits { connections, connections_per_address: per_address, ..Limits::default() };
        Gate::new(&limits, TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]))
    }

    fn refused(gate: &Gate, address: &str) -> Option<Full> {
        gate.enter(address.parse().unwrap()).err()
    }

    #[test]
    fn one_address_has_so_many_seats_and_a_proxy_as_many_as_there_are() {
        let gate = gate(5, 2);
        let enter = |address: &str| gate.enter(address.parse().unwrap()).unwrap();
        let seats = [enter("192.0.2.1"), enter("192.0.2.1")];
        assert_eq!(refused(&gate, "192.0.2.1"), Some(Full::Address));
        assert_eq!(refused(&gate, "::ffff:192.0.2.1"), Some(Full::Address));
        let others = [enter("10.0.0.1"), enter("10.0.0.1"), enter("10.0.0.1")];
        assert_eq!(refused(&gate, "192.0.2.2"), Some(Full::All));
        drop(others);
        assert_eq!(refused(&gate, "192.0.2.2"), None);
        drop(seats);
        assert!(gate.taken.lock().is_empty());
        assert_eq!(gate.seats.available_permits(), 5);
    }

    #[test]
    fn addresses_of_one_network_of_version_6_count_as_one() {
        let gate = gate(5, 1);
        let _seat = gate.enter("2001:db8::1".parse().unwrap()).unwrap();
        assert_eq!(refused(&gate, "2001:db8::2"), Some(Full::Address));
        assert_eq!(refused(&gate, "2001:db8:0:1::1"), None);
    }
}
