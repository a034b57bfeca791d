//! Credentials that are more than a setting: a session that is opened first and ends, a token that is renewed, a signature of each call.
//!
//! Implemented by the sources that need them, and asked by the client before each call and after each refusal.

use super::Reply;
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
pub struct Outgoing<'a> {
    /// As in `GET`.
    pub method: &'a str,
    /// Whole, with its query.
    pub url: &'a str,
    /// Exactly the bytes; empty where there is no body.
    pub body: &'a str,
}

/// How we prove to a server who we are.
#[async_trait]
pub trait Credentials: fmt::Debug + Send + Sync {
    /// The headers that `call` needs. Whatever has to be asked first is asked by `deadline`.
    async fn headers(&self, call: Outgoing<'_>, deadline: Deadline) -> Result<HeaderMap, SourceError>;

    /// Whether `reply` says that our proof was not taken; 401, where the server knows its own protocol.
    fn is_refusal(&self, reply: &Reply) -> bool {
        reply.status == 401
    }

    /// A server did not take what was `sent`. What was kept is given up, unless it has been renewed since; whether another try makes
    /// sense.
    async fn refused(&self, sent: &HeaderMap) -> bool;

    /// The same token in the header `name` of the server's own; `None` where it is no token.
    fn in_header(&self, _name: &HeaderName) -> Option<Arc<dyn Credentials>> {
        None
    }
}

/// After a refusal nobody tries again for so long: Keystone locks a user who fails five times, and a wrong password stays wrong.
const REFUSED_FOR: Duration = Duration::from_secs(30);

/// What is fetched once, shared by all calls, and fetched again when it has ended or was refused.
#[derive(Debug)]
pub struct Kept<T>(Mutex<State<T>>);

#[derive(Debug)]
enum State<T> {
    Nothing,
    Good(T),
    /// Who asked was refused, then.
    Refused(SourceError, Stopwatch),
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::new(State::Nothing))
    }
}

impl<T: Clone> Kept<T> {
    /// What is kept while it `holds`, else what `fetch` gets. Of many callers at once one fetches. Where that fails the next one tries; but
    /// where it was refused everybody hears of it, for a while.
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
        let (kept, fetched) = (Kept::default(), AtomicU32::new(0));
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
        let kept = Kept::default();
        let failure = SourceError::new(Reason::Down, "no");
        assert_eq!(kept.get(|_| true, async || Err(failure.clone())).await, Err(failure));
        assert_eq!(kept.get(|_| true, async || Ok(1)).await, Ok(1));
        assert_eq!(kept.get(|_| false, async || Ok(2)).await, Ok(2));
    }

    #[tokio::test]
    async fn a_wrong_password_is_tried_once_and_not_for_each_metric() {
        let kept = Kept::<u32>::default();
        let refusal = SourceError::new(Reason::Refused, "no");
        assert_eq!(kept.get(|_| true, async || Err(refusal.clone())).await, Err(refusal.clone()));
        assert_eq!(kept.get(|_| true, async || panic!("asked again")).await, Err(refusal));
    }
}
