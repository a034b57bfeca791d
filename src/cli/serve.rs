//! `serve`: runs the service until a shutdown signal.

use super::error::CliError;
use super::log::FlushHandle;
use super::open::{Observed, open};
use super::{log, reload};
use metricshot::clock::{Deadline, Stopwatch, now_ms};
use metricshot::config::{Config, ConfigInputs, Loaded, load, open_collector};
use metricshot::http::{self, Dropped, Listeners, Reloads};
use metricshot::otlp::{self, Traces};
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

/// Serves until SIGTERM or Ctrl-C, and finishes requests in flight. A second signal ends the process at once; SIGHUP reloads the configuration.
pub fn serve(inputs: &ConfigInputs) -> Result<(), CliError> {
    let loaded = load(inputs)?;
    let no_thread = |cause| CliError::failed("no thread could be started", cause);
    let runtimes = threads_for(loaded.limits.render_workers).and_then(|()| Runtimes::new()).map_err(no_thread)?;
    let work = runtimes.work.handle().clone();
    let (log, traces) = log_and_trace(&loaded, &work)?;
    let dropped = Dropped { lines: log.dropped(), spans: traces.as_ref().map(Traces::lost).unwrap_or_default() };
    let limits = loaded.limits.clone();
    let observed = Observed { dropped, reloads: Reloads::default() };
    let (config, first) = open(loaded, observed.clone())?;
    first.start_workers().map_err(no_thread)?;
    runtimes.until_stopped(async {
        let no_signals = |cause| CliError::failed("signals cannot be received", cause);
        let (stop, hangup) =
            (StopSignals::listen().map_err(no_signals)?, signal(SignalKind::hangup()).map_err(no_signals)?);
        ignore_user_signals().map_err(no_signals)?;
        let listener = bind(config.listen).await?;
        let metrics = match config.metrics_listen {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let first = first.begin(&work);
        tracing::info!(limit_bytes = first.app.admission_limit_bytes(), "the memory budget of requests");
        let address = listener.local_addr().map_err(|cause| CliError::failed("the listener has no address", cause))?;
        // A closed standard output does not matter: the line is only a greeting.
        let _ = writeln!(stdout(), "{}", greeting(&config, address, now_ms() / 1000));
        let (updates, later) = mpsc::channel(1);
        tokio::spawn(reload::reload_at(hangup, inputs.clone(), config, Arc::clone(&first.app), observed, updates));
        let stopping = Arc::new(OnceLock::new());
        let stopped = stop.first(Arc::clone(&stopping), log.flush_handle());
        let served = http::accept_loop(Listeners { requests: listener, metrics }, first, later, stopped).await;
        if let Some(traces) = traces {
            let left = stopping.get().map_or(Duration::ZERO, |since| limits.drain.saturating_sub(since.elapsed()));
            traces.end(Deadline::after(limits.traces_flush.min(left))).await;
        }
        served.map_err(|cause| CliError::failed("the listener failed", cause))
    })
}

/// Keeps SIGUSR1 and SIGUSR2, which have no meaning here, from ending the process: once tokio has listened for a signal, its default action
/// is replaced, even after the listener is dropped.
fn ignore_user_signals() -> std::io::Result<()> {
    [SignalKind::user_defined1(), SignalKind::user_defined2()].into_iter().try_for_each(|kind| signal(kind).map(drop))
}

/// Starts the log, and the export of traces if a collector is configured. The exporter runs on `work`.
fn log_and_trace(loaded: &Loaded, work: &Handle) -> Result<(log::Log, Option<Traces>), CliError> {
    let Loaded { config, limits, .. } = loaded;
    let begun = config
        .traces
        .as_ref()
        .zip(open_collector(config, limits)?)
        .map(|(written, collector)| otlp::begin(&written.settings(), limits, Arc::new(collector), work));
    let (layer, traces) = begun.unzip();
    Ok((log::begin_in_thread(config, limits.log_lines, layer)?, traces))
}

/// Fails if the system cannot start the threads of the runtimes, of `workers` render workers, of the log, and one per runtime for blocking
/// work. The check comes first, because a runtime panics, and may hang, if it cannot start a thread.
fn threads_for(workers: usize) -> std::io::Result<()> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let barrier = Mutex::new(());
    thread::scope(|scope| {
        let closed = barrier.lock();
        let wait = || drop(barrier.lock());
        let started =
            (0..2 * cores + workers + 3).try_for_each(|_| thread::Builder::new().spawn_scoped(scope, wait).map(drop));
        drop(closed);
        started
    })
}

/// Two sets of threads: `accept` accepts connections and rejects requests, `work` fetches from sources and renders. With one set for both,
/// rejections under load would wait behind admitted work: 0.1 s at five times the capacity of the machine, instead of some milliseconds.
struct Runtimes {
    accept: Runtime,
    work: Runtime,
}

impl Runtimes {
    fn new() -> std::io::Result<Self> {
        let runtime = || Builder::new_multi_thread().enable_all().build();
        Ok(Self { accept: runtime()?, work: runtime()? })
    }

    /// Runs `serving` to its end, and with it the drain. Each runtime then has 50 ms to end; remaining tasks, such as a
    /// render whose client is gone, are abandoned.
    fn until_stopped<T>(self, serving: impl Future<Output = T>) -> T {
        let served = self.accept.block_on(serving);
        self.accept.shutdown_timeout(Duration::from_millis(50));
        self.work.shutdown_timeout(Duration::from_millis(50));
        served
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, CliError> {
    TcpListener::bind(address).await.map_err(|cause| {
        let advice = match cause.kind() {
            std::io::ErrorKind::AddrInUse => {
                "another program uses this port; stop it, or choose another port with --listen"
            }
            std::io::ErrorKind::AddrNotAvailable => "this machine has no such address; choose another with --listen",
            std::io::ErrorKind::PermissionDenied => "this port needs privileges; choose one above 1023 with --listen",
            _ => return CliError::failed(format!("cannot listen on {address}"), cause),
        };
        CliError::failed(format!("cannot listen on {address}"), advice)
    })
}

/// The signals that stop the service: SIGTERM and SIGINT.
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    fn listen() -> std::io::Result<Self> {
        let [terminate, interrupt] = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
        Ok(Self { terminate: terminate?, interrupt: interrupt? })
    }

    /// Waits for the first signal, and starts `stopping` at it. A second signal then flushes the log and ends the process with exit code 1.
    async fn first(mut self, stopping: Arc<OnceLock<Stopwatch>>, log: FlushHandle) {
        self.next().await;
        stopping.get_or_init(Stopwatch::start);
        tracing::info!("shutdown requested, finishing requests in flight");
        tokio::spawn(async move {
            self.next().await;
            tracing::warn!("second shutdown signal, ending at once");
            log.flush();
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

/// Returns the address of the service, and with a demo a curl command for a first image: the six hours before `now`, in Unix seconds.
fn greeting(config: &Config, address: SocketAddr, now: i64) -> String {
    let host = if address.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { address.ip() };
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let own_url = format!("{scheme}://{}", SocketAddr::new(host, address.port()));
    let url = config.public_url.bare().next().unwrap_or(&own_url);
    if !config.keys.is_empty() {
        let (keys, s) = (config.keys.len(), if config.keys.len() == 1 { "" } else { "s" });
        return format!("metricshot listens on {own_url}; requests must be signed with one of {keys} key{s}");
    }
    let address_line = if config.is_open() {
        format!("metricshot listens on {own_url}, without authentication")
    } else {
        format!("metricshot listens on {own_url}, for this machine only: no keys are configured")
    };
    if config.demo().is_none() {
        return address_line;
    }
    let end = now - now % 300;
    let metric = r#"{"namespace_name":"Virtual Server","name":"CPU Usage/Core[Basic]","dimensions":[{"key":"VolumeID","value":"45fbde15-cdd2-4891-be31-4a9de75fccda"}]}"#;
    let body = format!(
        r#"{{"start":{},"end":{end},"period":300,"statistic_type":"AVG","title":"Virtual Server Metric Chart","metrics":[{metric}]}}"#,
        end - 6 * 3600,
    );
    let path = "/v1/metrics/data/download/image";
    let command = format!("curl -fsS '{url}{path}' -H 'Content-Type: application/json' -d '{body}' -o chart.png");
    format!("{address_line}. Command for a first image:\n{command}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use metricshot::app::App;
    use metricshot::chart::Scene;
    use metricshot::config::{self, open_sources};
    use metricshot::error::Failure;
    use metricshot::http::Settings;
    use metricshot::limits::Limits;
    use metricshot::render::{Image, Output};
    use metricshot::source::SourceSet;

    fn greeting(variables: &[(&str, &str)]) -> String {
        let variables = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let config = config::read(&ConfigInputs { variables, ..ConfigInputs::default() }).unwrap();
        super::greeting(&config, "0.0.0.0:80".parse().unwrap(), 1_640_995_440)
    }

    #[test]
    fn the_greeting_has_a_curl_command_on_one_line_in_single_quotes() {
        let greeting = greeting(&[]);
        let lines: Vec<&str> = greeting.lines().collect();
        assert_eq!(
            lines[0],
            "metricshot listens on http://127.0.0.1:80, for this machine only: no keys are configured. Command for a first image:"
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
    fn the_greeting_uses_the_public_url() {
        let open = ("METRICSHOT_AUTH__MODE", "none");
        let public = greeting(&[("METRICSHOT_PUBLIC_URL", "https://charts.example.com/"), open]);
        assert!(public.contains("curl -fsS 'https://charts.example.com/v1/metrics"), "{public}");
    }

    #[test]
    fn the_greeting_without_a_demo_has_no_command() {
        let prometheus =
            [("METRICSHOT_SOURCES__MAIN__TYPE", "prometheus"), ("METRICSHOT_SOURCES__MAIN__URL", "http://p")];
        assert_eq!(
            greeting(&prometheus),
            "metricshot listens on http://127.0.0.1:80, for this machine only: no keys are configured"
        );
    }

    /// Renders forever, and ignores the stop flag.
    fn endless(_: &Scene, _: &Output, _: &metricshot::cancel::Stop) -> Result<Image, Failure> {
        loop {
            std::thread::park();
        }
    }

    #[test]
    fn a_render_that_never_ends_does_not_delay_the_end_of_the_program() {
        let drain = Duration::from_millis(300);
        let limits = Limits { drain, drain_notice: Duration::ZERO, request_total: 100 * drain, ..Limits::default() };
        let loaded = load(&ConfigInputs::default()).unwrap();
        let sources = SourceSet::new(open_sources(&loaded.config, &limits).unwrap(), &limits);
        let app = App::new(loaded.catalog, sources, limits).with_render_fn(endless);
        let body = concat!(
            r#"{"start":1640995200,"end":1640998800,"period":300,"statistic_type":"AVG","metrics":[{"namespace_name":"Virtual Server","#,
            r#""name":"CPU Usage/Core[Basic]","dimensions":[{"key":"VolumeID","value":"45fbde15-cdd2-4891-be31-4a9de75fccda"}]}]}"#
        );
        let request = format!(
            "POST /v1/metrics/data/download/image HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let runtimes = Runtimes::new().unwrap();
        let app = app.on_runtime(runtimes.work.handle());
        let begin = std::time::Instant::now();
        runtimes.until_stopped(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let mut client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            client.write_all(request.as_bytes()).unwrap();
            let observed_app = app.clone();
            let is_rendered = async move {
                while observed_app.load().workers.drawing == 0 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            http::serve(listener, Arc::new(app), Settings::default(), is_rendered).await.unwrap();
        });
        assert!(begin.elapsed() < 50 * drain);
    }
}
