//! The socket: accepts connections, speaks HTTP/1 on each, and in the end lets the requests in flight finish.
//!
//! Called by main with a bound listener. [`ConnectionLimiter`] says how many connections there may be, [`MonitoredStream`] ends those whose other end is silent;
//! those beyond get answers to health checks alone, so that a service with too many connections does not look dead. The TLS handshake runs
//! in the task of its connection, so that a slow client delays no other. `axum::serve` would wait for ever and counts
//! nothing, so the loop is ours and on hyper; the requests it reads go to axum's router.

use crate::app::App;
use crate::clock::Deadline;
use crate::http::Settings;
use crate::http::api::routes;
use crate::http::api::state::Service;
use crate::http::conn::client_address::TrustedProxies;
use crate::http::conn::counters::{CloseReason, ConnectionCounters};
use crate::http::conn::limit::ConnectionLimiter;
use crate::http::conn::rejected_head;
use crate::http::conn::response_body::ResponseTracker;
use crate::http::conn::stream::{MonitoredStream, Reset};
use crate::http::conn::timeouts::{ConnectionTimeouts, SharedState, State};
use crate::http::conn::tls::Tls;
use crate::http::metrics::Metrics;
use crate::limits::Limits;
use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tower::ServiceExt;
use tracing::{debug, info, warn};

/// The pause after a failed accept, as when every file descriptor is in use.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `shutdown` ends, then drains. Err on a fault of the listener.
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    settings: Settings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let listeners = Listeners { requests: listener, metrics: None };
    accept_loop(listeners, ServiceVersion { app, settings }, mpsc::channel(1).1, shutdown).await
}

/// The listening sockets.
#[derive(Debug)]
pub struct Listeners {
    /// The listener of the API.
    pub requests: TcpListener,
    /// The operator's listener: `/metrics`, `/healthz` and `/readyz` over plain HTTP.
    pub metrics: Option<TcpListener>,
}

/// The same, with each of `later` in the place of what was before it: requests in flight end with what they began with. What bounds
/// connections stays as it was at first.
pub async fn accept_loop(
    listeners: Listeners,
    first: ServiceVersion,
    later: mpsc::Receiver<ServiceVersion>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let Listeners { requests: listener, metrics } = listeners;
    info!(address = %listener.local_addr()?, "serving");
    let app = Arc::clone(&first.app);
    let limits = app.limits();
    let mut connections = Connections::new(first, later);
    let _watched = metrics.map(|listener| connections.watched_at(listener));
    tokio::select! {
        () = connections.accept(&listener) => {}
        () = shutdown => {}
    }
    connections.service.drain();
    let drained = Deadline::after(limits.drain);
    info!("draining");
    // Who balances the load needs a moment to see that we are not ready any more; until then it may send requests.
    let _ = timeout(limits.drain_notice, connections.accept(&listener)).await;
    drop(listener);
    connections.finish(drained).await;
    Ok(())
}

/// One version of the service; a reload replaces it.
#[derive(Debug)]
pub struct ServiceVersion {
    /// The way.
    pub app: Arc<App>,
    /// The settings of the server.
    pub settings: Settings,
}

/// Every open connection.
struct Connections {
    limiter: ConnectionLimiter,
    reserve: Reserve,
    handler: ConnectionHandler,
    service: Arc<Service>,
    send_buffer: usize,
    routers: watch::Sender<Router>,
    health: watch::Sender<Router>,
    metrics: watch::Sender<Router>,
    later: mpsc::Receiver<ServiceVersion>,
    tasks: JoinSet<()>,
    /// Changes once, when connections are to close.
    closing: watch::Sender<()>,
}

impl Connections {
    fn new(first: ServiceVersion, later: mpsc::Receiver<ServiceVersion>) -> Self {
        let ServiceVersion { app, settings } = first;
        let (proxies, tls) = (settings.trusted_proxies.clone(), settings.tls.clone());
        let counters = Arc::default();
        let service = Arc::new(Service::new(app, settings, Arc::new(Metrics::new(Arc::clone(&counters)))));
        let limits = service.limits();
        let (limiter, send_buffer) = (ConnectionLimiter::new(limits, proxies.clone()), limits.send_buffer_bytes);
        let (http, timeouts, handshake) = (http(limits), ConnectionTimeouts::from(limits), limits.tls_handshake);
        let routers = watch::Sender::new(routes::router(Arc::clone(&service)));
        let health = watch::Sender::new(routes::health(Arc::clone(&service)));
        let metrics_router = watch::Sender::new(routes::metrics(Arc::clone(&service)));
        let permits = Arc::new(Semaphore::new(limits.connections_reserved));
        let reserve = Reserve { permits, tasks: VecDeque::new() };
        let (router, metrics) = (routers.subscribe(), Arc::clone(service.metrics()));
        let handler = ConnectionHandler { http, router, timeouts, proxies, tls, handshake, counters, metrics };
        let (tasks, closing) = (JoinSet::new(), watch::Sender::new(()));
        Self {
            limiter,
            reserve,
            handler,
            service,
            send_buffer,
            routers,
            health,
            metrics: metrics_router,
            later,
            tasks,
            closing,
        }
    }

    /// Answers requests by `next` from now on, also those of open connections.
    fn renew(&mut self, next: ServiceVersion) {
        let ServiceVersion { app, settings } = next;
        self.handler.proxies = settings.trusted_proxies.clone();
        self.handler.tls = settings.tls.clone();
        self.service = Arc::new(self.service.with_updates(app, settings));
        drop(self.health.send_replace(routes::health(Arc::clone(&self.service))));
        drop(self.metrics.send_replace(routes::metrics(Arc::clone(&self.service))));
        drop(self.routers.send_replace(routes::router(Arc::clone(&self.service))));
    }

    /// Accepts for ever.
    async fn accept(&mut self, listener: &TcpListener) {
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.open(stream, peer).await,
                    Err(error) => {
                        warn!(%error, "no connection accepted");
                        sleep(PAUSE).await;
                    }
                },
                Some(_) = self.tasks.join_next() => {}
                Some(next) = self.later.recv() => self.renew(next),
            }
        }
    }

    /// Shows the metrics to who connects there, as long as the result lives. Bounded like the others, and apart from them.
    fn watched_at(&self, listener: TcpListener) -> JoinSet<()> {
        let handler = ConnectionHandler { router: self.metrics.subscribe(), tls: None, ..self.handler.clone() };
        let (limiter, closing) =
            (ConnectionLimiter::new(self.service.limits(), self.handler.proxies.clone()), self.closing.subscribe());
        let mut watched = JoinSet::new();
        watched.spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((stream, peer)) => {
                        if let Ok(permit) = limiter.enter(peer.ip()) {
                            tokio::spawn(handler.clone().begin(stream, peer.ip(), permit, closing.clone()));
                        }
                    }
                    Err(_) => sleep(PAUSE).await,
                }
            }
        });
        watched
    }

    async fn open(&mut self, stream: TcpStream, peer: SocketAddr) {
        // Without it small answers may wait for the acknowledgement of what went before; a connection without it works too.
        let _ = stream.set_nodelay(true);
        // By the listener it would be left out of connections that came before it was set there.
        let _ = SockRef::from(&stream).set_send_buffer_size(self.send_buffer);
        let closing = self.closing.subscribe();
        match self.limiter.enter(peer.ip()) {
            Ok(permit) => {
                self.tasks.spawn(self.handler.clone().begin(stream, peer.ip(), permit, closing));
            }
            Err(full) => {
                self.handler.counters.count(CloseReason::Refused(full));
                let mut handler = ConnectionHandler { router: self.health.subscribe(), ..self.handler.clone() };
                handler.http.keep_alive(false);
                let permit = self.reserve.permit().await;
                self.reserve.tasks.push_back(self.tasks.spawn(handler.begin(stream, peer.ip(), permit, closing)));
            }
        }
    }

    /// Closes idle connections, and the others once their request is answered; what takes too long is cut off.
    async fn finish(mut self, by: Deadline) {
        self.closing.send_replace(());
        let ended = timeout(by.remaining(), async { while self.tasks.join_next().await.is_some() {} }).await;
        if ended.is_err() {
            warn!(connections = self.tasks.len(), "stopped before every request was answered");
            self.tasks.shutdown().await;
        }
        for (why, count) in self.handler.counters.counts().filter(|&(_, count)| count > 0) {
            info!(why, count, "connections were cut off");
        }
    }
}

/// The connections beyond the limits. A newer one takes the place of the oldest, so that silent ones cannot fill it: a health check sends its
/// request at once.
struct Reserve {
    /// [`Limits::connections_reserved`]; each connection holds one to its end.
    permits: Arc<Semaphore>,
    /// Oldest first; some may have ended.
    tasks: VecDeque<AbortHandle>,
}

impl Reserve {
    /// Returns a permit; where all are taken, once the oldest connection is closed. It waits for that, so that there are never more open files.
    async fn permit(&mut self) -> Option<OwnedSemaphorePermit> {
        self.tasks.retain(|task| !task.is_finished());
        if self.permits.available_permits() == 0
            && let Some(oldest) = self.tasks.pop_front()
        {
            oldest.abort();
        }
        Arc::clone(&self.permits).acquire_owned().await.ok()
    }
}

/// The parts that every connection needs.
#[derive(Clone)]
struct ConnectionHandler {
    http: http1::Builder,
    router: watch::Receiver<Router>,
    timeouts: ConnectionTimeouts,
    proxies: TrustedProxies,
    tls: Option<Tls>,
    handshake: Duration,
    counters: Arc<ConnectionCounters>,
    metrics: Arc<Metrics>,
}

impl ConnectionHandler {
    /// Speaks on one connection until it ends; `_permit` is free then.
    async fn begin(
        self,
        stream: TcpStream,
        peer: IpAddr,
        _permit: impl Send + 'static,
        mut closing: watch::Receiver<()>,
    ) {
        let Some(tls) = self.tls.clone() else { return self.speak(stream, peer, closing).await };
        let shaken = tokio::select! {
            shaken = timeout(self.handshake, tls.accept(stream)) => shaken,
            _ = closing.changed() => return,
        };
        match shaken {
            Ok(Ok(stream)) => self.speak(stream, peer, closing).await,
            Ok(Err(_)) | Err(_) => self.counters.count(CloseReason::Handshake),
        }
    }

    /// Answers every request of one connection, until it ends or `closing` changes. Work for a caller who is gone is dropped.
    async fn speak<S>(self, stream: S, peer: IpAddr, mut closing: watch::Receiver<()>)
    where
        S: AsyncRead + AsyncWrite + Reset + Unpin,
    {
        let Self { http, router, timeouts, proxies, counters, metrics, .. } = self;
        let state = SharedState::default();
        let tracker = ResponseTracker::default();
        let caller = MonitoredStream::new(stream, state.clone(), tracker.clone(), timeouts, counters);
        let answer = service_fn(|mut request: Request<Incoming>| {
            let address = proxies.caller(peer, request.headers());
            request.extensions_mut().insert(address);
            request.extensions_mut().insert(tracker.clone());
            let now = router.borrow().clone();
            let (begun, response) = (state.answer(), now.oneshot(request));
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
            // A client that leaves in the middle of a body is gone, and counted as that.
            if error.is_parse() || error.is_incomplete_message() && state.state() == State::Head {
                rejected_head::report(&error, peer, &metrics);
            }
        }
    }
}

fn http(limits: &Limits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        // As documentation writes them: some callers compare names to the letter.
        .title_case_headers(true)
        // It cannot tell a head from the time between two requests.
        .header_read_timeout(None)
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
        let limits = Limits { half_closed, ..Limits::default() };
        let handler = ConnectionHandler {
            http: http(&limits),
            router: watch::Sender::new(router).subscribe(),
            timeouts: ConnectionTimeouts::from(&limits),
            proxies: TrustedProxies::default(),
            tls: None,
            handshake: limits.tls_handshake,
            counters: Arc::default(),
            metrics: Arc::new(Metrics::new(Arc::default())),
        };
        let speaking = tokio::spawn(handler.speak(stream, IpAddr::from([127, 0, 0, 1]), closing.subscribe()));
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
        let timeouts = Duration::from_millis(50);
        let begin = std::time::Instant::now();
        dropped_after(timeouts, drop).await;
        assert!(begin.elapsed() >= timeouts);
    }
}
