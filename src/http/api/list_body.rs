//! The body of a list of metrics: its text is made while it is sent, as fast as the client reads.

use crate::http::api::metric_list::MetricList;
use crate::memory::MemoryPermit;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Bytes that are made at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// See the module.
struct ListBody {
    infos: MetricList,
    next: usize,
    bytes_left: u64,
    _permit: MemoryPermit,
}

/// Returns the body with the text of `infos`, of `text_bytes`; `permit` is for `infos`.
pub(crate) fn of(infos: MetricList, text_bytes: u64, permit: MemoryPermit) -> Body {
    Body::new(ListBody { infos, next: 0, bytes_left: text_bytes, _permit: permit })
}

impl HttpBody for ListBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let mut chunk = String::with_capacity(CHUNK_BYTES);
        while chunk.len() < CHUNK_BYTES
            && let Some(piece) = self.infos.piece(self.next)
        {
            chunk.push_str(&piece);
            self.next += 1;
        }
        self.bytes_left = self.bytes_left.saturating_sub(chunk.len() as u64);
        Poll::Ready((!chunk.is_empty()).then(|| Ok(Frame::data(Bytes::from(chunk)))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes_left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes_left)
    }
}
