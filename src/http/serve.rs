//! The socket: accepts connections, speaks HTTP/1 on each, and in the end lets the requests in flight finish.
//!
//! Called by main with a bound listener. A connection that sends half a head, or none, is closed after [`Limits::header_read`];
//! so is one that stays idle between two requests. `axum::serve` would wait for ever, so the loop is ours and on hyper; the
//! requests it reads go to axum's router.

use super::Settings;
use super::caller::{Answering, Caller};
use super::route;
use super::service::Service;
use crate::app::App;
use crate::clock::Deadline;
use crate::limits::Limits;
use axum::Router;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower::ServiceExt;
use tracing::{debug, info, warn};

/// How long to wait when no connection can be accepted, as when every file descriptor is in use.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `shutdown` ends, then drains. Err on a fault of the listener.
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    settings: Settings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    info!(address = %listener.local_addr()?, "serving");
    let service = Arc::new(Service::new(app, settings));
    let mut connections = Connections::new(Arc::clone(&service));
    tokio::select! {
        () = connections.accept(&listener) => {}
        () = shutdown => {}
    }
    service.drain();
    let drained = Deadline::after(service.limits().drain);
    info!("draining");
    // Who balances the load needs a moment to see that we are not ready any more; until then it may send requests.
    let _ = timeout(service.limits().drain_notice, connections.accept(&listener)).await;
    drop(listener);
    connections.finish(drained).await;
    Ok(())
}

/// Every open connection.
struct Connections {
    router: Router,
    http: http1::Builder,
    half_closed: Duration,
    tasks: JoinSet<()>,
    /// Changes once, when connections are to close.
    closing: watch::Sender<()>,
}

impl Connections {
    fn new(service: Arc<Service>) -> Self {
        let (http, half_closed) = (http(service.limits()), service.limits().half_closed);
        let router = route::router(service);
        Self { router, http, half_closed, tasks: JoinSet::new(), closing: watch::Sender::new(()) }
    }

    /// Accepts for ever.
    async fn accept(&mut self, listener: &TcpListener) {
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => self.open(stream),
                    Err(error) => {
                        warn!(%error, "no connection accepted");
                        sleep(PAUSE).await;
                    }
                },
                Some(_) = self.tasks.join_next() => {}
            }
        }
    }

    fn open(&mut self, stream: TcpStream) {
        // Without it small answers may wait for the acknowledgement of what went before; a connection without it works too.
        let _ = stream.set_nodelay(true);
        let (http, router, closing) = (self.http.clone(), self.router.clone(), self.closing.subscribe());
        self.tasks.spawn(speak(http, stream, self.half_closed, closing, router));
    }

    /// Closes idle connections, and the others once their request is answered; what takes too long is cut off.
    async fn finish(mut self, by: Deadline) {
        self.closing.send_replace(());
        let ended = timeout(by.remaining(), async { while self.tasks.join_next().await.is_some() {} }).await;
        if ended.is_err() {
            warn!(connections = self.tasks.len(), "stopped before every request was answered");
            self.tasks.shutdown().await;
        }
    }
}

/// Answers every request of one connection, until it ends or `closing` changes. Work for a caller who is gone is dropped.
async fn speak(
    http: http1::Builder,
    stream: TcpStream,
    half_closed: Duration,
    mut closing: watch::Receiver<()>,
    router: Router,
) {
    let answering = Answering::default();
    let caller = Caller::new(stream, answering.clone(), half_closed);
    let answer = service_fn(|request| {
        let (begun, response) = (answering.begin(), router.clone().oneshot(request));
        async move {
            let _until_the_answer_is_there = begun;
            response.await
        }
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(caller), answer));
    let result = tokio::select! {
        result = connection.as_mut() => result,
        _ = closing.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        debug!(%error, "connection ended");
    }
}

fn http(limits: &Limits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        // As documentation writes them: some callers compare names to the letter.
        .title_case_headers(true)
        .header_read_timeout(limits.header_read)
        .max_headers(limits.headers)
        .max_header_size(limits.header_bytes)
        .max_buf_size(limits.header_bytes.max(LEAST_BUFFER));
    http
}

/// The smallest buffer that hyper takes; it panics on less.
const LEAST_BUFFER: usize = 8192;

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc;

    const NEVER: Duration = Duration::from_secs(3600);

    /// Sends a request whose answer never comes, lets `leave` end the connection, and waits until the work is dropped.
    async fn dropped_after(half_closed: Duration, leave: impl Fn(TcpStream)) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let caller = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let (begin, mut begun) = mpsc::channel(1);
        let answer = async move || {
            let (alive, dropped) = mpsc::channel::<()>(1);
            begin.send(dropped).await.unwrap();
            alive.closed().await;
        };
        let router = Router::new().fallback(answer);
        let closing = watch::Sender::new(());
        let http = http(&Limits::default());
        let speaking = tokio::spawn(speak(http, stream, half_closed, closing.subscribe(), router));
        caller.writable().await.unwrap();
        caller.try_write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let mut work = begun.recv().await.unwrap();
        leave(caller);
        assert_eq!(timeout(Duration::from_secs(10), work.recv()).await, Ok(None));
        speaking.await.unwrap();
    }

    #[tokio::test]
    async fn a_reset_ends_the_work_at_once() {
        dropped_after(NEVER, |caller| caller.set_zero_linger().unwrap()).await;
    }

    #[tokio::test]
    async fn work_goes_on_for_a_while_after_a_caller_has_said_all() {
        let patience = Duration::from_millis(50);
        let begin = std::time::Instant::now();
        dropped_after(patience, drop).await;
        assert!(begin.elapsed() >= patience);
    }
}
