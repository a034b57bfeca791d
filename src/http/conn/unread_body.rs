//! The rest of a request body that its handler did not read, as when a signature is rejected.
//!
//! The next request on the connection begins behind the body, so either the rest is read or the connection ends; RFC 9112, 9.6, wants the
//! latter announced by `Connection: close`. What has arrived is read without waiting, because closing costs the client a new connection.

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::EXPECT;
use futures_util::FutureExt;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tokio::task::yield_now;

/// The rest of the body of one request, once its handler has dropped it.
#[derive(Debug)]
pub(crate) struct UnreadBody {
    rest: Arc<Mutex<Option<Body>>>,
    /// Reading would request a body from the client that is not needed.
    is_awaited: bool,
}

impl UnreadBody {
    /// Watches the body of `request` from now on.
    pub fn of(request: &mut Request) -> Self {
        let (rest, is_awaited) = (Arc::default(), request.headers().contains_key(EXPECT));
        let body = request.body_mut();
        if !body.is_end_stream() {
            let inner = Some(std::mem::take(body));
            *body = Body::new(WatchedBody { inner, rest: Arc::clone(&rest) });
        }
        Self { rest, is_awaited }
    }

    /// Reads what has arrived of the rest, at most `max_bytes`. Returns whether that was all, so that the connection can go on.
    pub async fn drain(self, max_bytes: usize) -> bool {
        let Some(mut rest) = self.rest.lock().unwrap_or_else(PoisonError::into_inner).take() else { return true };
        if self.is_awaited {
            return false;
        }
        let (mut bytes, mut pauses) = (0, 0);
        loop {
            match rest.frame().now_or_never() {
                None if pauses < MAX_PAUSES => {
                    pauses += 1;
                    yield_now().await;
                }
                Some(Some(Ok(frame))) if bytes <= max_bytes => {
                    bytes += frame.data_ref().map_or(0, Bytes::len);
                    pauses = 0;
                }
                Some(None) => return bytes <= max_bytes,
                None | Some(Some(_)) => return false,
            }
        }
    }
}

/// The number of pauses in which the connection can pass on a piece of the body that is in its buffer or in the socket's.
const MAX_PAUSES: usize = 4;

/// A body that goes to [`UnreadBody`] when it is dropped before its end.
struct WatchedBody {
    inner: Option<Body>,
    rest: Arc<Mutex<Option<Body>>>,
}

impl Drop for WatchedBody {
    fn drop(&mut self) {
        *self.rest.lock().unwrap_or_else(PoisonError::into_inner) = self.inner.take();
    }
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(inner) = &mut self.inner else { return Poll::Ready(None) };
        let polled = Pin::new(inner).poll_frame(cx);
        // After an error there is no rest that could be read; the connection ends by itself.
        if let Poll::Ready(None | Some(Err(_))) = polled {
            self.inner = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use std::convert::Infallible;

    fn request(headers: &[(&str, &str)], chunks: Vec<&'static str>, end: impl Into<Option<()>>) -> Request {
        let chunks = stream::iter(chunks.into_iter().map(Ok::<_, Infallible>));
        let body = match end.into() {
            Some(()) => Body::from_stream(chunks),
            None => Body::from_stream(stream::StreamExt::chain(chunks, stream::pending())),
        };
        let builder = headers.iter().fold(Request::builder(), |builder, (name, value)| builder.header(*name, *value));
        builder.body(body).unwrap()
    }

    async fn drained(mut request: Request) -> bool {
        let unread = UnreadBody::of(&mut request);
        drop(request);
        unread.drain(10).await
    }

    #[tokio::test]
    async fn a_rest_that_has_arrived_is_read_up_to_the_limit() {
        assert!(drained(request(&[], vec!["12345", "67890"], ())).await);
        assert!(!drained(request(&[], vec!["12345", "67890", "1"], ())).await);
    }

    #[tokio::test]
    async fn a_rest_that_has_not_arrived_is_not_waited_for() {
        assert!(!drained(request(&[], vec!["12345"], None)).await);
        assert!(!drained(request(&[("Expect", "100-continue")], vec!["12345"], ())).await);
    }

    #[tokio::test]
    async fn a_body_that_was_read_has_no_rest() {
        let mut whole = request(&[("Expect", "100-continue")], vec!["12345"], ());
        let unread = UnreadBody::of(&mut whole);
        assert_eq!(whole.into_body().collect().await.unwrap().to_bytes(), "12345");
        assert!(unread.drain(0).await);
        assert!(drained(Request::new(Body::empty())).await);
    }
}
