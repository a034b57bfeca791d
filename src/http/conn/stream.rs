//! The stream of one connection, which ends it when its caller is gone, silent, or does not take its answer.
//!
//! A caller who has said all looks at first like one who is gone: nothing more will be read. hyper drops a request's work at once when
//! it sees that, and a caller that closed only its sending half would lose its answer. So while a request is being answered, the
//! end is passed on only after some time. A reset, which nobody sends who still listens, is passed on as it comes. What takes too long
//! fails with [`ErrorKind::TimedOut`], which hyper passes on as it is.

use crate::http::conn::counters::{CloseReason, ConnectionCounters};
use crate::http::conn::response_body::ResponseTracker;
use crate::http::conn::timeouts::{ConnectionTimeouts, SharedState, State, Timer};
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// The stream of one connection.
#[derive(Debug)]
pub(crate) struct MonitoredStream<S> {
    stream: S,
    state: SharedState,
    tracker: ResponseTracker,
    timeouts: ConnectionTimeouts,
    /// Runs while nothing is read that should be.
    silence: Timer,
    /// The state that `silence` measures.
    waiting: State,
    /// Runs once the end was read while a request was being answered.
    leaving: Timer,
    /// Runs while an answer is not taken.
    stall: Timer,
    /// Bytes taken since `stall` began.
    taken: usize,
    /// Bytes came that nobody wanted any more.
    talks_on: bool,
    counters: Arc<ConnectionCounters>,
}

impl<S: AsyncRead + Unpin> MonitoredStream<S> {
    /// Reads and drops what a caller goes on sending after its request was refused. The system resets a connection that is closed with
    /// bytes unread, and the caller would lose the refusal with it.
    fn poll_rest(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut bytes = [0; 4096];
        loop {
            let mut buffer = ReadBuf::new(&mut bytes);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => self.talks_on = true,
                Poll::Pending if self.talks_on => return self.leaving.poll(cx, self.timeouts.half_closed).map(Ok),
                Poll::Ready(_) | Poll::Pending => return Poll::Ready(Ok(())),
            }
        }
    }
}

/// A stream that can be ended without sending what it still holds: the system would keep that for a caller who does not take it.
pub(crate) trait Reset {
    /// Once the stream is dropped, nothing more is sent.
    fn reset(&self);
}

impl Reset for TcpStream {
    fn reset(&self) {
        // Where it cannot be, the system gives up some time later.
        let _ = self.set_zero_linger();
    }
}

impl Reset for TlsStream<TcpStream> {
    fn reset(&self) {
        self.get_ref().0.reset();
    }
}

impl<S> MonitoredStream<S> {
    /// A connection that just began, on `stream`.
    pub fn new(
        stream: S,
        state: SharedState,
        tracker: ResponseTracker,
        timeouts: ConnectionTimeouts,
        counters: Arc<ConnectionCounters>,
    ) -> Self {
        let (silence, leaving, stall) = (Timer::default(), Timer::default(), Timer::default());
        let (waiting, taken, talks_on) = (State::Head, 0, false);
        Self { stream, state, tracker, timeouts, silence, waiting, leaving, stall, taken, talks_on, counters }
    }

    /// Nothing was read.
    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let state = self.state.state();
        if self.waiting != state {
            self.waiting = state;
            self.silence.clear();
        }
        let time = match state {
            State::Head => self.timeouts.head,
            State::Idle => self.timeouts.idle,
            State::Responding => return Poll::Pending,
        };
        ready!(self.silence.poll(cx, time));
        self.counters.count(CloseReason::Silent);
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl<S: Reset> MonitoredStream<S> {
    /// Handles the result of a write.
    fn written(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let Poll::Ready(result) = written else { return self.poll_stall(cx) };
        self.taken += result.as_ref().map_or(0, |&count| count);
        if self.taken >= self.timeouts.progress {
            self.taken_enough();
        }
        // An answer is written once it is there, and hyper does not always try to read after it.
        if self.state.state() == State::Idle {
            self.waiting = State::Idle;
            self.silence.restart(cx, self.timeouts.idle);
        }
        Poll::Ready(result)
    }

    /// Handles the result of a flush.
    fn sent(&mut self, cx: &mut Context<'_>, sent: Poll<io::Result<()>>) -> Poll<io::Result<()>> {
        let Poll::Ready(result) = sent else { return self.poll_stall(cx) };
        self.taken_enough();
        if result.is_ok() {
            self.tracker.written();
        }
        Poll::Ready(result)
    }

    fn taken_enough(&mut self) {
        self.stall.clear();
        self.taken = 0;
    }

    /// Nothing was taken.
    fn poll_stall<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        ready!(self.stall.poll(cx, self.timeouts.stall));
        self.stream.reset();
        self.counters.count(CloseReason::Stalled);
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for MonitoredStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.remaining();
        if Pin::new(&mut self.stream).poll_read(cx, buffer)?.is_pending() {
            return self.poll_silence(cx);
        }
        let is_end = before > 0 && buffer.remaining() == before;
        match self.state.state() {
            State::Responding if is_end => {
                let time = self.timeouts.half_closed;
                ready!(self.leaving.poll(cx, time));
            }
            State::Idle if !is_end => self.state.set(State::Head),
            _ => {}
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Reset + Unpin> AsyncWrite for MonitoredStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.written(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.sent(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(cx);
        ready!(self.sent(cx, shut))?;
        self.poll_rest(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::time::{Duration, Instant};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    const SOON: Duration = Duration::from_millis(50);
    const NEVER: Duration = Duration::from_secs(3600);

    impl Reset for DuplexStream {
        fn reset(&self) {}
    }

    fn endless() -> ConnectionTimeouts {
        ConnectionTimeouts { head: NEVER, idle: NEVER, half_closed: NEVER, stall: NEVER, progress: 40 }
    }

    /// Returns the number of bytes that arrive, and whether the end was held back for the time of a half-closed connection.
    async fn read(stream: &[u8], state: &SharedState) -> (usize, bool) {
        let begin = Instant::now();
        let mut caller = MonitoredStream::new(
            stream,
            state.clone(),
            ResponseTracker::default(),
            ConnectionTimeouts { half_closed: SOON, ..endless() },
            Arc::default(),
        );
        let mut bytes = [0; 8];
        let mut buffer = ReadBuf::new(&mut bytes);
        let mut held_back = false;
        let read = poll_fn(|cx| {
            let read = Pin::new(&mut caller).poll_read(cx, &mut buffer);
            held_back |= read.is_pending();
            read
        });
        read.await.unwrap();
        assert!(!held_back || begin.elapsed() >= SOON);
        (buffer.filled().len(), held_back)
    }

    #[tokio::test]
    async fn the_end_is_held_back_only_while_a_request_is_being_answered() {
        let state = SharedState::default();
        assert_eq!(read(b"", &state).await, (0, false));
        let answer = state.answer();
        assert_eq!(read(b"", &state).await, (0, true));
        assert_eq!(read(b"next", &state).await, (4, false));
        drop(answer);
        assert_eq!(read(b"", &state).await, (0, false));
    }

    #[tokio::test]
    async fn a_head_has_its_time_from_its_first_byte_to_its_last() {
        let (mut far, near) = duplex(64);
        let mut caller = MonitoredStream::new(
            near,
            SharedState::default(),
            ResponseTracker::default(),
            ConnectionTimeouts { head: SOON, ..endless() },
            Arc::default(),
        );
        let mut bytes = [0; 8];
        far.write_all(b"GET").await.unwrap();
        assert_eq!(caller.read(&mut bytes).await.unwrap(), 3);
        assert_eq!(caller.read(&mut bytes).await.unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn between_two_requests_there_is_another_time_and_during_one_there_is_none() {
        let (mut far, near) = duplex(64);
        let state = SharedState::default();
        let mut caller = MonitoredStream::new(
            near,
            state.clone(),
            ResponseTracker::default(),
            ConnectionTimeouts { idle: SOON, ..endless() },
            Arc::default(),
        );
        let mut bytes = [0; 8];
        let answer = state.answer();
        let waited = tokio::time::timeout(2 * SOON, caller.read(&mut bytes)).await;
        assert!(waited.is_err(), "{waited:?}");
        drop(answer);
        far.write_all(b"GET").await.unwrap();
        assert_eq!(caller.read(&mut bytes).await.unwrap(), 3);
        let waited = tokio::time::timeout(2 * SOON, caller.read(&mut bytes)).await;
        assert!(waited.is_err(), "the time for a head has begun: {waited:?}");
        drop(state.answer());
        assert_eq!(caller.read(&mut bytes).await.unwrap_err().kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn who_takes_too_little_of_an_answer_is_cut_off() {
        let (_far, near) = duplex(64);
        let mut caller = MonitoredStream::new(
            near,
            SharedState::default(),
            ResponseTracker::default(),
            ConnectionTimeouts { stall: SOON, ..endless() },
            Arc::default(),
        );
        assert_eq!(caller.write_all(&[0; 65]).await.unwrap_err().kind(), ErrorKind::TimedOut);
    }

    /// 40 bytes every half of the time are enough, however long it takes in all.
    #[tokio::test]
    async fn who_takes_enough_of_it_gets_all_of_it() {
        let (mut far, near) = duplex(16);
        let mut caller = MonitoredStream::new(
            near,
            SharedState::default(),
            ResponseTracker::default(),
            ConnectionTimeouts { stall: 4 * SOON, ..endless() },
            Arc::default(),
        );
        let taking = tokio::spawn(async move {
            let mut bytes = [0; 40];
            for _ in 0..6 {
                tokio::time::sleep(SOON).await;
                far.read_exact(&mut bytes).await.unwrap();
            }
        });
        caller.write_all(&[0; 240]).await.unwrap();
        taking.await.unwrap();
    }
}
