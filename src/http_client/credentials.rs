//! Dynamic credentials: a session that is opened first and expires, a token that is renewed, a signature of each call.
//!
//! The client calls them before each call and after each rejection.

use super::HttpResponse;
use crate::clock::{Deadline, Stopwatch};
use crate::error::{Reason, SourceError};
use async_trait::async_trait;
use reqwest::header::{HeaderMap, HeaderName};
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// A call as it is about to be sent.
#[derive(Debug, Clone, Copy)]
pub struct OutgoingRequest<'a> {
    /// Method, such as `GET`.
    pub method: &'a str,
    /// Whole URL with its query.
    pub url: &'a str,
    /// Exact bytes of the body; empty without a body.
    pub body: &'a str,
}

/// Authentication at a server.
#[async_trait]
pub trait Credentials: fmt::Debug + Send + Sync {
    /// Returns the headers for `call`. Calls that are needed first end by `deadline`.
    async fn headers(&self, call: OutgoingRequest<'_>, deadline: Deadline) -> Result<HeaderMap, SourceError>;

    /// Reports whether `reply` rejects the credentials: status 401, where the server has no other convention.
    fn is_refusal(&self, reply: &HttpResponse) -> bool {
        reply.status == 401
    }

    /// Drops the cached credential after a server rejected `sent`, unless it has been renewed since. Returns `true` where another try
    /// makes sense.
    async fn refused(&self, sent: &HeaderMap) -> bool;

    /// Returns the same token for the header `name` of the server; `None` where it is no token.
    fn in_header(&self, _name: &HeaderName) -> Option<Arc<dyn Credentials>> {
        None
    }
}

/// Pause after a rejection: Keystone locks a user who fails five times, and a wrong password stays wrong.
const REFUSED_FOR: Duration = Duration::from_secs(30);

/// A credential that is fetched once, shared by all calls, and fetched again when it has expired or was rejected.
#[derive(Debug)]
pub struct CachedCredential<T>(Mutex<State<T>>);

#[derive(Debug)]
enum State<T> {
    Nothing,
    Good(T),
    /// The fetch was rejected, at that time.
    Refused(SourceError, Stopwatch),
}

impl<T> Default for CachedCredential<T> {
    fn default() -> Self {
        Self(Mutex::new(State::Nothing))
    }
}

impl<T: Clone> CachedCredential<T> {
    /// Returns the cached value while it `holds`, else the result of `fetch`. Concurrent callers share one fetch. After a failure the
    /// next caller tries again; a rejection is returned to every caller for a while.
    pub async fn get<F>(&self, holds: impl Fn(&T) -> bool, fetch: impl FnOnce() -> F) -> Result<T, SourceError>
    where
        F: Future<Output = Result<T, SourceError>>,
    {
        let mut kept = self.0.lock().await;
        match &*kept {
            State::Good(value) if holds(value) => return Ok(value.clone()),
            State::Refused(error, since) if since.elapsed() < REFUSED_FOR => return Err(error.clone()),
            State::Nothing | State::Good(_) | State::Refused(..) => *kept = State::Nothing,
        }
        let fetched = fetch().await;
        match &fetched {
            Ok(value) => *kept = State::Good(value.clone()),
            Err(error) if error.reason == Reason::Refused => *kept = State::Refused(error.clone(), Stopwatch::start()),
            Err(_) => {}
        }
        fetched
    }

    /// Gives up what is kept if it is the one that `was_refused`.
    pub async fn forget(&self, was_refused: impl Fn(&T) -> bool) {
        let mut kept = self.0.lock().await;
        if matches!(&*kept, State::Good(value) if was_refused(value)) {
            *kept = State::Nothing;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn many_callers_fetch_once_until_it_is_refused() {
        let (kept, fetched) = (CachedCredential::default(), AtomicU32::new(0));
        let get = || {
            kept.get(
                |_| true,
                async || {
                    tokio::task::yield_now().await;
                    Ok(fetched.fetch_add(1, Ordering::SeqCst))
                },
            )
        };
        let (one, two, three) = tokio::join!(get(), get(), get());
        assert_eq!((one, two, three), (Ok(0), Ok(0), Ok(0)));
        kept.forget(|&refused| refused == 0).await;
        assert_eq!(get().await, Ok(1));
        kept.forget(|&refused| refused == 0).await;
        assert_eq!(get().await, Ok(1), "another one was refused");
    }

    #[tokio::test]
    async fn what_has_ended_is_fetched_again_and_a_failure_is_not_kept() {
        let kept = CachedCredential::default();
        let failure = SourceError::new(Reason::Down, "no");
        assert_eq!(kept.get(|_| true, async || Err(failure.clone())).await, Err(failure));
        assert_eq!(kept.get(|_| true, async || Ok(1)).await, Ok(1));
        assert_eq!(kept.get(|_| false, async || Ok(2)).await, Ok(2));
    }

    #[tokio::test]
    async fn a_wrong_password_is_tried_once_and_not_for_each_metric() {
        let kept = CachedCredential::<u32>::default();
        let refusal = SourceError::new(Reason::Refused, "no");
        assert_eq!(kept.get(|_| true, async || Err(refusal.clone())).await, Err(refusal.clone()));
        assert_eq!(kept.get(|_| true, async || panic!("asked again")).await, Err(refusal));
    }
}
