//! `serve`: the service on its socket until it is told to stop.

use super::error::Ended;
use super::log::LastLines;
use super::{log, reload, rlimit};
use metricshot::app::App;
use metricshot::clock::{Deadline, Stopwatch, now_ms};
use metricshot::config::{Config, Errors, Given, Loaded, Memory, load, memory, open_collector, open_sources};
use metricshot::http::{self, Hosts, Listeners, Lost, Reloads, Served, Settings, Tls, TrustedProxies};
use metricshot::otlp::{self, Traces};
use metricshot::source::{Source, Sources};
use parking_lot::Mutex;
use std::io::{Write, stdout};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

/// Serves until SIGTERM or Ctrl-C; requests in flight are answered first. A second signal ends at once; SIGHUP reads everything again.
pub fn serve(given: &Given) -> Result<(), Ended> {
    let loaded = load(given)?;
    let no_thread = |cause| Ended::failed("no thread could be started", cause);
    let runtimes = threads_for(loaded.limits.render_workers).and_then(|()| Runtimes::new()).map_err(no_thread)?;
    let work = runtimes.work.handle().clone();
    let (log, traces) = log_and_trace(&loaded, &work)?;
    let lost = Lost { lines: log.lost(), spans: traces.as_ref().map(Traces::lost).unwrap_or_default() };
    let limits = loaded.limits.clone();
    let observed = Observed { lost, reloads: Reloads::default() };
    let (config, first) = opened(loaded, observed.clone())?;
    first.app.start_workers().map_err(no_thread)?;
    runtimes.until_stopped(async {
        let unheard = |cause| Ended::failed("signals cannot be received", cause);
        let (stop, hangup) = (Stop::listen().map_err(unheard)?, signal(SignalKind::hangup()).map_err(unheard)?);
        ignore_user_signals().map_err(unheard)?;
        let listener = bind(config.listen).await?;
        let numbers = match config.metrics_listen {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let first = first.begin(&work);
        tracing::info!(limit_bytes = first.app.admission_limit_bytes(), "the memory budget of requests");
        let address = listener.local_addr().map_err(|cause| Ended::failed("the listener has no address", cause))?;
        // Whoever closed standard output does not want to read it.
        let _ = writeln!(stdout(), "{}", greeting(&config, address, now_ms() / 1000));
        let (renewed, later) = mpsc::channel(1);
        tokio::spawn(reload::at_each(hangup, given.clone(), config, Arc::clone(&first.app), observed, renewed));
        let told = Arc::new(OnceLock::new());
        let stopped = stop.told_in(Arc::clone(&told), log.last_lines());
        let served = http::serve_each(Listeners { requests: listener, numbers }, first, later, stopped).await;
        if let Some(traces) = traces {
            let drained = told.get().map_or(Duration::ZERO, |told| limits.drain.saturating_sub(told.elapsed()));
            traces.end(Deadline::after(limits.traces_flush.min(drained))).await;
        }
        served.map_err(|cause| Ended::failed("the listener failed", cause))
    })
}

/// Keeps SIGUSR1 and SIGUSR2, which mean nothing here, from ending the process: once tokio has listened for a signal its default action is
/// gone, even after the listener is dropped.
fn ignore_user_signals() -> std::io::Result<()> {
    [SignalKind::user_defined1(), SignalKind::user_defined2()].into_iter().try_for_each(|kind| signal(kind).map(drop))
}

/// Begins to log, and to send traces where they are wanted; the latter works over there.
fn log_and_trace(loaded: &Loaded, work: &Handle) -> Result<(log::Log, Option<Traces>), Ended> {
    let Loaded { config, limits, .. } = loaded;
    let begun = config
        .traces
        .as_ref()
        .zip(open_collector(config, limits)?)
        .map(|(written, collector)| otlp::begin(&written.settings(), limits, Arc::new(collector), work));
    let (layer, traces) = begun.unzip();
    Ok((log::begin_apart(config, limits.log_lines, layer)?, traces))
}

/// What serves, before anything of it has begun.
pub(super) struct Opened {
    app: App,
    settings: Settings,
    sources: Vec<Arc<dyn Source>>,
}

/// The state of the process that the metrics show; a reload keeps it.
#[derive(Clone)]
pub(super) struct Observed {
    lost: Lost,
    pub reloads: Reloads,
}

/// Everything that a configuration makes.
pub(super) fn opened(loaded: Loaded, observed: Observed) -> Result<(Config, Opened), Ended> {
    let Loaded { config, limits, catalog, zones, identity, templates, certificate, .. } = loaded;
    exposure(&config)?;
    let limits = rlimit::fit(&config, limits);
    let opened = open_sources(&config, &limits)?;
    let sources = opened.values().cloned().collect();
    let app = App::new(catalog, Sources::new(opened, &limits), limits);
    let app = app.with_templates(templates).recording(config.pictures.recording()).within_memory(memory_limit());
    let tls = certificate.map(Tls::new).transpose();
    let settings = Settings {
        percentiles: config.percentiles,
        public_urls: config.public_url.bare().map(str::to_owned).collect(),
        hosts: if config.is_local() { Hosts::Loopback } else { Hosts::Any },
        allowed_origins: config.allowed_origins.0.iter().map(|origin| origin.as_str().to_owned()).collect(),
        zones,
        identity,
        trusted_proxies: TrustedProxies::new(config.trusted_proxies.0.clone()),
        error_images: config.pictures.errors == Errors::Picture,
        lost: observed.lost,
        reloads: observed.reloads,
        tls: tls.map_err(|cause| Ended::failed("TLS cannot be spoken", cause))?,
    };
    Ok((config, Opened { app, settings, sources }))
}

/// Returns the bytes that the process may use; warns where the system does not say.
fn memory_limit() -> u64 {
    let memory = memory();
    let limit_bytes = memory.bytes();
    if memory == Memory::Unknown {
        tracing::warn!(
            limit_bytes,
            "the memory limit is unknown: neither a control group nor /proc/meminfo tells it. A fixed limit is assumed; set MemoryMax"
        );
    }
    limit_bytes
}

/// Rejects a configuration that opens the service by accident; warns where `auth.mode = "none"` opens it.
fn exposure(config: &Config) -> Result<(), Ended> {
    let faults = config.check_exposure();
    if !faults.is_empty() {
        return Err(faults.into());
    }
    if config.is_open() {
        tracing::warn!("auth.mode is \"none\": every client that reaches the service may read every metric");
    }
    Ok(())
}

impl Opened {
    /// Begins what sources do in the background; works over there.
    fn begin(self, work: &Handle) -> Served {
        Self { app: self.app.working_on(work), ..self }.serving()
    }

    /// The same in the place of `before`.
    pub fn begin_in_place_of(self, before: &App) -> Served {
        Self { app: self.app.in_place_of(before), ..self }.serving()
    }

    fn serving(self) -> Served {
        self.sources.into_iter().for_each(|source| source.begin());
        Served { app: Arc::new(self.app), settings: self.settings }
    }
}

/// Fails where the system does not give the threads of the runtimes, `workers` that draw, one for the log and one of each runtime for
/// blocking work. They are tried before, because a runtime panics, and may hang, where it lacks one.
fn threads_for(workers: usize) -> std::io::Result<()> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let gate = Mutex::new(());
    thread::scope(|scope| {
        let closed = gate.lock();
        let wait = || drop(gate.lock());
        let started =
            (0..2 * cores + workers + 3).try_for_each(|_| thread::Builder::new().spawn_scoped(scope, wait).map(drop));
        drop(closed);
        started
    })
}

/// Threads that listen and refuse, and others that ask sources and read their answers. With one set for both, whoever is refused under
/// load would wait behind the work that there is no room for: a tenth of a second at five times what the machine can do, instead of
/// some milliseconds.
struct Runtimes {
    front: Runtime,
    work: Runtime,
}

impl Runtimes {
    fn new() -> std::io::Result<Self> {
        let runtime = || Builder::new_multi_thread().enable_all().build();
        Ok(Self { front: runtime()?, work: runtime()? })
    }

    /// Runs `serving` to its end. Draining is over then: what still runs, such as a picture that nobody waits for, is not waited for.
    fn until_stopped<T>(self, serving: impl Future<Output = T>) -> T {
        let served = self.front.block_on(serving);
        self.front.shutdown_timeout(Duration::from_millis(50));
        self.work.shutdown_timeout(Duration::from_millis(50));
        served
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Ended> {
    TcpListener::bind(address).await.map_err(|cause| {
        let advice = match cause.kind() {
            std::io::ErrorKind::AddrInUse => "another program uses this port; stop it, or choose one with --listen",
            std::io::ErrorKind::AddrNotAvailable => "this machine has no such address; choose one with --listen",
            std::io::ErrorKind::PermissionDenied => "this port is reserved; choose one above 1023 with --listen",
            _ => return Ended::failed(format!("cannot listen on {address}"), cause),
        };
        Ended::failed(format!("cannot listen on {address}"), advice)
    })
}

/// The signals that end the service.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn listen() -> std::io::Result<Self> {
        let [terminate, interrupt] = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
        Ok(Self { terminate: terminate?, interrupt: interrupt? })
    }

    /// Ends with the first signal, and puts down when that was; from then on the next one ends the process, with its `last_lines`.
    async fn told_in(mut self, when: Arc<OnceLock<Stopwatch>>, last_lines: LastLines) {
        self.next().await;
        when.get_or_init(Stopwatch::start);
        tracing::info!("told to stop: requests in flight are answered first");
        tokio::spawn(async move {
            self.next().await;
            tracing::warn!("told to stop again: ending at once");
            last_lines.wait();
            std::process::exit(1);
        });
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Where the service is, and with a demo the command that gets a first picture: of the last six hours before `now`, in Unix seconds.
fn greeting(config: &Config, address: SocketAddr, now: i64) -> String {
    let host = if address.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { address.ip() };
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let here = format!("{scheme}://{}", SocketAddr::new(host, address.port()));
    let url = config.public_url.bare().next().unwrap_or(&here);
    if !config.keys.is_empty() {
        let (keys, s) = (config.keys.len(), if config.keys.len() == 1 { "" } else { "s" });
        return format!("metricshot listens on {here}; requests are signed with one of {keys} key{s}");
    }
    let alone = if config.is_open() {
        format!("metricshot listens on {here}, without authentication")
    } else {
        format!("metricshot listens on {here}, for this machine alone: there are no keys")
    };
    if config.demo().is_none() {
        return alone;
    }
    let end = now - now % 300;
    let metric = r#"{"namespace_name":"Virtual Server","name":"CPU Usage/Core[Basic]","dimensions":[{"key":"VolumeID","value":"45fbde15-cdd2-4891-be31-4a9de75fccda"}]}"#;
    let body = format!(
        r#"{{"start":{},"end":{end},"period":300,"statistic_type":"AVG","title":"Virtual Server Metric Chart","metrics":[{metric}]}}"#,
        end - 6 * 3600,
    );
    let path = "/v1/metrics/data/download/image";
    let command = format!("curl -fsS '{url}{path}' -H 'Content-Type: application/json' -d '{body}' -o chart.png");
    format!("{alone}. This gets a first picture:\n{command}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use metricshot::chart::Scene;
    use metricshot::config;
    use metricshot::error::Failure;
    use metricshot::limits::Limits;
    use metricshot::render::{Output, Picture};

    fn greeting(variables: &[(&str, &str)]) -> String {
        let variables = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let config = config::read(&Given { variables, ..Given::default() }).unwrap();
        super::greeting(&config, "0.0.0.0:80".parse().unwrap(), 1_640_995_440)
    }

    #[test]
    fn the_command_is_one_line_in_single_quotes() {
        let greeting = greeting(&[]);
        let lines: Vec<&str> = greeting.lines().collect();
        assert_eq!(
            lines[0],
            "metricshot listens on http://127.0.0.1:80, for this machine alone: there are no keys. This gets a first picture:"
        );
        assert!(
            lines[1].starts_with("curl -fsS 'http://127.0.0.1:80/v1/metrics/data/download/image' -H '"),
            "{greeting}"
        );
        assert!(lines[1].ends_with("}]}]}' -o chart.png"), "{greeting}");
        assert_eq!((lines.len(), lines[1].matches('\'').count()), (2, 6));
        assert!(lines[1].contains(r#""start":1640973600,"end":1640995200"#), "{greeting}");
    }

    #[test]
    fn the_command_asks_where_callers_ask() {
        let open = ("METRICSHOT_AUTH__MODE", "none");
        let public = greeting(&[("METRICSHOT_PUBLIC_URL", "https://charts.example.com/"), open]);
        assert!(public.contains("curl -fsS 'https://charts.example.com/v1/metrics"), "{public}");
    }

    #[test]
    fn without_a_demo_there_is_no_command() {
        let prometheus =
            [("METRICSHOT_SOURCES__MAIN__TYPE", "prometheus"), ("METRICSHOT_SOURCES__MAIN__URL", "http://p")];
        assert_eq!(
            greeting(&prometheus),
            "metricshot listens on http://127.0.0.1:80, for this machine alone: there are no keys"
        );
    }

    /// Draws for ever and looks at no flag.
    fn endless(_: &Scene, _: &Output, _: &metricshot::cancel::Stop) -> Result<Picture, Failure> {
        loop {
            std::thread::park();
        }
    }

    #[test]
    fn a_picture_that_never_ends_does_not_keep_the_program_from_ending() {
        let drain = Duration::from_millis(300);
        let limits = Limits { drain, drain_notice: Duration::ZERO, request_total: 100 * drain, ..Limits::default() };
        let loaded = load(&Given::default()).unwrap();
        let sources = Sources::new(open_sources(&loaded.config, &limits).unwrap(), &limits);
        let app = App::new(loaded.catalog, sources, limits).with_painter(endless);
        let body = concat!(
            r#"{"start":1640995200,"end":1640998800,"period":300,"statistic_type":"AVG","metrics":[{"namespace_name":"Virtual Server","#,
            r#""name":"CPU Usage/Core[Basic]","dimensions":[{"key":"VolumeID","value":"45fbde15-cdd2-4891-be31-4a9de75fccda"}]}]}"#
        );
        let request = format!(
            "POST /v1/metrics/data/download/image HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let runtimes = Runtimes::new().unwrap();
        let app = app.working_on(runtimes.work.handle());
        let begin = std::time::Instant::now();
        runtimes.until_stopped(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let mut caller = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            caller.write_all(request.as_bytes()).unwrap();
            let watched = app.clone();
            let it_is_drawn = async move {
                while watched.load().workers.drawing == 0 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            http::serve(listener, Arc::new(app), Settings::default(), it_is_drawn).await.unwrap();
        });
        assert!(begin.elapsed() < 50 * drain);
    }
}
