//! The answers of one connection that are on their way. Each is over once all of it is written; where its caller is gone before that, it
//! was not answered.
//!
//! Shared by the outermost layer, which answers, and by the connection's stream, which knows what is written. hyper takes a body as soon
//! as it has room for it, long before the socket does: so an answer is written with the first flush after its body was taken. One that
//! is dropped before, with its connection, says by itself that its caller is gone.

use crate::http::middleware::access_line::Answered;
use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use parking_lot::Mutex;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};

/// The answers of a connection that are not over. Clones are of the same connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct ResponseTracker(Arc<Mutex<Vec<PendingResponse>>>);

#[derive(Debug)]
struct PendingResponse {
    answered: Answered,
    /// Alive until the body is taken.
    body: Weak<()>,
}

impl ResponseTracker {
    /// Tracks the body of `response`; `answered` is reported once all of it is written.
    pub fn begin(&self, response: Response, answered: Answered) -> Response {
        let here = Arc::new(());
        let body = Arc::downgrade(&here);
        self.0.lock().push(PendingResponse { answered, body });
        response.map(|body| Body::new(TrackedBody { body, rest: Bytes::new(), _here: here }))
    }

    /// Records that all bytes taken so far are written.
    pub fn written(&self) {
        let mut on_their_way = self.0.lock();
        let over: Vec<PendingResponse> =
            on_their_way.extract_if(.., |answer| answer.body.strong_count() == 0).collect();
        drop(on_their_way);
        over.into_iter().for_each(|answer| answer.answered.written());
    }
}

/// The connection takes a body in chunks of at most these bytes, so that it never holds much more: the memory of the rest is counted.
const CHUNK_BYTES: usize = 64 * 1024;

/// A body, dropped when all of it is taken.
struct TrackedBody {
    body: Body,
    /// The rest of a frame.
    rest: Bytes,
    _here: Arc<()>,
}

impl HttpBody for TrackedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                ended => return Poll::Ready(ended),
            }
        }
        let bytes = self.rest.len().min(CHUNK_BYTES);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(bytes)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (body, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower().saturating_add(rest));
        if let Some(upper) = body.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint
    }
}
