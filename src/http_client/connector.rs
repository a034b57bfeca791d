//! Connections to one server: its resolved addresses, checked by the address policy and cached.
//!
//! The client asks for a connection before each call. Every resolved address is checked, and the library below connects to checked
//! addresses only. While resolution fails, the previous addresses stay in use. When a name resolves to other addresses, connections to
//! the previous ones are closed.

use super::{Endpoint, EndpointFault};
use crate::clock::Stopwatch;
use crate::error::{Reason, SourceError};
use crate::limits::Limits;
use async_trait::async_trait;
use parking_lot::RwLock;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// A resolver of host names.
#[async_trait]
pub(super) trait Lookup: fmt::Debug + Send + Sync {
    /// Returns the current addresses of `name`.
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// Resolver of the operating system.
#[derive(Debug)]
pub(super) struct System;

#[async_trait]
impl Lookup for System {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// Connector of one server.
#[derive(Debug)]
pub(super) struct Connector {
    /// Host name; `None` where it is an address, which has been checked.
    name: Option<String>,
    lookup: Arc<dyn Lookup>,
    endpoint: Endpoint,
    limits: Limits,
    resolved_addrs: ResolvedAddrs,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    http: reqwest::Client,
    /// Last resolution, successful or not.
    looked_up: Option<Stopwatch>,
    /// Last successful resolution.
    resolved: Option<Stopwatch>,
}

impl Connector {
    /// Checks `endpoint` but its credentials; resolves nothing yet.
    pub fn new(endpoint: &Endpoint, limits: &Limits, lookup: Arc<dyn Lookup>) -> Result<Self, EndpointFault> {
        let name = match literal(&endpoint.base_url) {
            Some(address) if !endpoint.addresses.allow(address) => return Err(EndpointFault::Address(address)),
            Some(_) => None,
            None => Url::parse(&endpoint.base_url).ok().and_then(|url| url.host_str().map(str::to_owned)),
        };
        let resolved_addrs = ResolvedAddrs::default();
        let http = endpoint.connector(resolved_addrs.clone(), limits)?;
        let state = Mutex::new(State { http, looked_up: None, resolved: None });
        Ok(Self { name, lookup, endpoint: endpoint.clone(), limits: limits.clone(), resolved_addrs, state })
    }

    /// Returns the HTTP client for the next call. Resolves the name where the cached addresses are too old.
    pub async fn http(&self) -> Result<reqwest::Client, SourceError> {
        let mut state = self.state.lock().await;
        if let Some(name) = &self.name
            && state.looked_up.is_none_or(|looked_up| looked_up.elapsed() >= self.limits.source_name_age)
        {
            self.look_up(name, &mut state).await?;
        }
        Ok(state.http.clone())
    }

    async fn look_up(&self, name: &str, state: &mut State) -> Result<(), SourceError> {
        let known = state.resolved.is_some_and(|resolved| resolved.elapsed() < self.limits.source_name_kept);
        // Without previous addresses the call waits as long as it may take.
        let patience = if known { self.limits.source_name_wait } else { Duration::MAX };
        let why = match timeout(patience, self.lookup.addresses(name)).await {
            Ok(Ok(found)) if !found.is_empty() => return self.use_addresses(name, &found, state),
            Ok(Ok(_)) => "it has no addresses".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "nobody answers".to_owned(),
        };
        if !known {
            return Err(SourceError::new(Reason::Down, format!("the name {name} cannot be looked up: {why}")));
        }
        tracing::warn!(name, why, "a name cannot be looked up; its addresses from before are used");
        state.looked_up = Some(Stopwatch::start());
        Ok(())
    }

    /// Uses those of `found` that the address policy allows.
    fn use_addresses(&self, name: &str, found: &[IpAddr], state: &mut State) -> Result<(), SourceError> {
        let (allowed, refused): (Vec<_>, Vec<_>) = found.iter().partition(|&&ip| self.endpoint.addresses.allow(ip));
        if allowed.is_empty() {
            // Not even connections from before are used.
            *state = State { http: self.fresh()?, looked_up: None, resolved: None };
            let detail = format!("the address {} of {name} is not dialled", refused[0]);
            return Err(SourceError::new(Reason::Refused, detail));
        }
        if self.resolved_addrs.replace(allowed) == Previous::Dropped {
            state.http = self.fresh()?;
        }
        (state.looked_up, state.resolved) = (Some(Stopwatch::start()), Some(Stopwatch::start()));
        Ok(())
    }

    /// Makes an HTTP client without connections.
    fn fresh(&self) -> Result<reqwest::Client, SourceError> {
        let unmade = |fault: EndpointFault| SourceError::new(Reason::Down, fault.to_string());
        self.endpoint.connector(self.resolved_addrs.clone(), &self.limits).map_err(unmade)
    }
}

/// Returns the host of `url` where it is an address.
fn literal(url: &str) -> Option<IpAddr> {
    Url::parse(url).ok()?.host_str()?.trim_matches(['[', ']']).parse().ok()
}

/// Resolver of the library: returns the checked addresses for any name.
#[derive(Debug, Clone, Default)]
pub(super) struct ResolvedAddrs(Arc<RwLock<Vec<IpAddr>>>);

/// State of the previous addresses after a new resolution.
#[derive(Debug, PartialEq, Eq)]
enum Previous {
    StillUsed,
    Dropped,
}

impl ResolvedAddrs {
    fn replace(&self, addresses: Vec<IpAddr>) -> Previous {
        let mut current = self.0.write();
        let previous = if current.iter().all(|before| addresses.contains(before)) {
            Previous::StillUsed
        } else {
            Previous::Dropped
        };
        *current = addresses;
        previous
    }
}

impl Resolve for ResolvedAddrs {
    fn resolve(&self, _name: Name) -> Resolving {
        // The library fills in the URL's port.
        let addresses = self.0.read().clone();
        let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
        Box::pin(std::future::ready(Ok(addresses)))
    }
}
