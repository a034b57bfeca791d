//! Where the calls to one server go: its name's addresses, judged, and kept for a while.
//!
//! Asked by the client before each call. What is looked up is judged, what is judged is dialled, and nothing else is: the library below
//! is handed the addresses. While names cannot be looked up, what they were known to be goes on. When a name leads elsewhere, connections
//! to where it led before are given up.

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

/// Who knows the addresses of a name.
#[async_trait]
pub(super) trait Lookup: fmt::Debug + Send + Sync {
    /// Those that it has now.
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system.
#[derive(Debug)]
pub(super) struct System;

#[async_trait]
impl Lookup for System {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Reach {
    /// The host; `None` where it is an address, which has been judged.
    name: Option<String>,
    lookup: Arc<dyn Lookup>,
    endpoint: Endpoint,
    limits: Limits,
    dialled: Dialled,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    http: reqwest::Client,
    /// When the name was last looked up, whatever became of it.
    asked: Option<Stopwatch>,
    /// When that was answered.
    answered: Option<Stopwatch>,
}

impl Reach {
    /// Checks all of `endpoint` but its credentials; looks nothing up yet.
    pub fn new(endpoint: &Endpoint, limits: &Limits, lookup: Arc<dyn Lookup>) -> Result<Self, EndpointFault> {
        let name = match literal(&endpoint.base_url) {
            Some(address) if !endpoint.addresses.allow(address) => return Err(EndpointFault::Address(address)),
            Some(_) => None,
            None => Url::parse(&endpoint.base_url).ok().and_then(|url| url.host_str().map(str::to_owned)),
        };
        let dialled = Dialled::default();
        let http = endpoint.connector(dialled.clone(), limits)?;
        let state = Mutex::new(State { http, asked: None, answered: None });
        Ok(Self { name, lookup, endpoint: endpoint.clone(), limits: limits.clone(), dialled, state })
    }

    /// What to call with, now.
    pub async fn http(&self) -> Result<reqwest::Client, SourceError> {
        let mut state = self.state.lock().await;
        if let Some(name) = &self.name
            && state.asked.is_none_or(|asked| asked.elapsed() >= self.limits.source_name_age)
        {
            self.look_up(name, &mut state).await?;
        }
        Ok(state.http.clone())
    }

    async fn look_up(&self, name: &str, state: &mut State) -> Result<(), SourceError> {
        let known = state.answered.is_some_and(|answered| answered.elapsed() < self.limits.source_name_kept);
        // Who knows nothing waits as long as its call may take.
        let patience = if known { self.limits.source_name_wait } else { Duration::MAX };
        let why = match timeout(patience, self.lookup.addresses(name)).await {
            Ok(Ok(found)) if !found.is_empty() => return self.lead(name, &found, state),
            Ok(Ok(_)) => "it has no addresses".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "nobody answers".to_owned(),
        };
        if !known {
            return Err(SourceError::new(Reason::Down, format!("the name {name} cannot be looked up: {why}")));
        }
        tracing::warn!(name, why, "a name cannot be looked up; its addresses from before are used");
        state.asked = Some(Stopwatch::start());
        Ok(())
    }

    /// To those of `found` that may be dialled.
    fn lead(&self, name: &str, found: &[IpAddr], state: &mut State) -> Result<(), SourceError> {
        let (allowed, refused): (Vec<_>, Vec<_>) = found.iter().partition(|&&ip| self.endpoint.addresses.allow(ip));
        if allowed.is_empty() {
            // Not even connections from before are used.
            *state = State { http: self.fresh()?, asked: None, answered: None };
            let detail = format!("the address {} of {name} is not dialled", refused[0]);
            return Err(SourceError::new(Reason::Refused, detail));
        }
        if self.dialled.become_these(allowed) == Left::Some {
            state.http = self.fresh()?;
        }
        (state.asked, state.answered) = (Some(Stopwatch::start()), Some(Stopwatch::start()));
        Ok(())
    }

    /// Without connections.
    fn fresh(&self) -> Result<reqwest::Client, SourceError> {
        let unmade = |fault: EndpointFault| SourceError::new(Reason::Down, fault.to_string());
        self.endpoint.connector(self.dialled.clone(), &self.limits).map_err(unmade)
    }
}

/// The address that `url` names, where it is one.
fn literal(url: &str) -> Option<IpAddr> {
    Url::parse(url).ok()?.host_str()?.trim_matches(['[', ']']).parse().ok()
}

/// The addresses that may be connected to, whatever name the library asks for.
#[derive(Debug, Clone, Default)]
pub(super) struct Dialled(Arc<RwLock<Vec<IpAddr>>>);

/// Whether addresses from before are not among those of now.
#[derive(Debug, PartialEq, Eq)]
enum Left {
    None,
    Some,
}

impl Dialled {
    fn become_these(&self, addresses: Vec<IpAddr>) -> Left {
        let mut dialled = self.0.write();
        let left = if dialled.iter().all(|before| addresses.contains(before)) { Left::None } else { Left::Some };
        *dialled = addresses;
        left
    }
}

impl Resolve for Dialled {
    fn resolve(&self, _name: Name) -> Resolving {
        // The library fills in the URL's port.
        let addresses = self.0.read().clone();
        let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
        Box::pin(std::future::ready(Ok(addresses)))
    }
}
