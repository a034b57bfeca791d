//! A connection that tells a caller who has said all from one who is gone.
//!
//! Both look the same at first: nothing more will be read. hyper drops a request's work at once when it sees that; a caller that
//! closed only its sending half would lose its answer. So while a request is being answered, the end is passed on only after
//! some time. A reset, which nobody sends who still listens, is passed on as it comes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// The stream of one connection.
#[derive(Debug)]
pub(super) struct Caller<S> {
    stream: S,
    answering: Answering,
    patience: Duration,
    /// Runs once the end was read while a request was being answered.
    leaving: Option<Pin<Box<Sleep>>>,
}

/// Whether a request of the connection is being answered.
#[derive(Debug, Clone, Default)]
pub(super) struct Answering(Arc<AtomicBool>);

/// While it lives, a request is being answered.
#[derive(Debug)]
pub(super) struct Answer(Answering);

impl Answering {
    /// Begins an answer.
    pub fn begin(&self) -> Answer {
        self.0.store(true, Ordering::Relaxed);
        Answer(self.clone())
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Relaxed);
    }
}

impl<S> Caller<S> {
    /// Holds back the end of `stream` for `patience` while `answering`.
    pub fn new(stream: S, answering: Answering, patience: Duration) -> Self {
        Self { stream, answering, patience, leaving: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Caller<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.remaining();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let is_end = before > 0 && buffer.remaining() == before;
        if is_end && self.answering.0.load(Ordering::Relaxed) {
            let patience = self.patience;
            ready!(self.leaving.get_or_insert_with(|| Box::pin(sleep(patience))).as_mut().poll(cx));
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Caller<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::time::Instant;

    const PATIENCE: Duration = Duration::from_millis(50);

    /// How many bytes come, and whether that took the whole patience.
    async fn read(stream: &[u8], answering: &Answering) -> (usize, bool) {
        let begin = Instant::now();
        let mut caller = Caller::new(stream, answering.clone(), PATIENCE);
        let mut bytes = [0; 8];
        let mut buffer = ReadBuf::new(&mut bytes);
        poll_fn(|cx| Pin::new(&mut caller).poll_read(cx, &mut buffer)).await.unwrap();
        (buffer.filled().len(), begin.elapsed() >= PATIENCE)
    }

    #[tokio::test]
    async fn the_end_is_held_back_only_while_a_request_is_being_answered() {
        let answering = Answering::default();
        assert_eq!(read(b"", &answering).await, (0, false));
        let answer = answering.begin();
        assert_eq!(read(b"", &answering).await, (0, true));
        assert_eq!(read(b"next", &answering).await, (4, false));
        drop(answer);
        assert_eq!(read(b"", &answering).await, (0, false));
    }
}
