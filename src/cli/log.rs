//! The log, on standard error.
//!
//! A service writes it from a thread of its own, so that a slow reader of the log, or none, delays no request. Lines that do not fit into
//! the queue, or that standard error does not take (`EPIPE`, `ENOSPC`), are dropped and counted. A command that ends by itself writes
//! each line at once.

use super::error::Ended;
use metricshot::config::{Config, ConfigFault, LogFormat};
use metricshot::otlp::TraceLayer;
use std::io::{self, IsTerminal, Write, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;
use tracing::warn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// How long the end of the program waits for the last lines.
const LAST_LINES: Duration = Duration::from_secs(1);

/// How long it does where it was told to end at once.
const LAST_LINES_AT_ONCE: Duration = Duration::from_millis(200);

/// Checks what is to be logged.
pub fn filter(config: &Config) -> Result<EnvFilter, ConfigFault> {
    EnvFilter::try_new(&config.log_filter).map_err(|_| {
        let text = "should be a level (error, warn, info, debug, trace), or levels such as warn,metricshot=debug";
        ConfigFault::wrong("log_filter", text)
    })
}

/// Begins to log.
pub fn begin(config: &Config) -> Result<(), ConfigFault> {
    begin_on(config, None, stderr)
}

/// Begins to log from a thread of its own, for which up to `most` lines wait; beside it a layer for traces may see spans that the log
/// leaves out.
pub fn begin_apart(config: &Config, most: usize, traces: Option<TraceLayer>) -> Result<Log, Ended> {
    let (queue, waiting) = sync_channel(most);
    let lines = Lines { queue, lost: Arc::default() };
    let lost = Arc::clone(&lines.lost);
    let write = thread::Builder::new().name("log".to_owned()).spawn(move || write(&waiting, &lost, stderr()));
    write.map_err(|cause| Ended::failed("no thread could be started", cause))?;
    let kept = lines.clone();
    begin_on(config, traces, move || lines.clone())?;
    Ok(Log(kept))
}

fn begin_on<W>(config: &Config, traces: Option<TraceLayer>, writer: W) -> Result<(), ConfigFault>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let (log, filter) = (fmt::layer().with_writer(writer), filter(config)?);
    let registry = tracing_subscriber::registry().with(traces);
    match config.log {
        LogFormat::Text => registry.with(log.with_ansi(stderr().is_terminal()).with_filter(filter)).init(),
        LogFormat::Json => registry.with(log.json().with_filter(filter)).init(),
    }
    Ok(())
}

/// A log that is written apart. Dropped, it waits a moment for its last lines.
pub struct Log(Lines);

impl Log {
    /// Returns the number of lines dropped so far.
    pub fn lost(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.0.lost)
    }

    /// To be waited for where the program ends before the log is dropped.
    pub fn last_lines(&self) -> LastLines {
        LastLines(self.0.clone())
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.0.wait(LAST_LINES);
    }
}

/// What waits to be written.
pub struct LastLines(Lines);

impl LastLines {
    /// Waits a short moment until it is.
    pub fn wait(&self) {
        self.0.wait(LAST_LINES_AT_ONCE);
    }
}

/// What is in the queue.
enum Entry {
    Line(Vec<u8>),
    /// All before it is written once this is told.
    End(SyncSender<()>),
}

/// Takes lines, each in one call, as the subscriber gives them, and never waits.
#[derive(Clone)]
struct Lines {
    queue: SyncSender<Entry>,
    lost: Arc<AtomicU64>,
}

impl Lines {
    /// Until all before is written, or so long.
    fn wait(&self, most: Duration) {
        let (written, all) = sync_channel(1);
        // Where the queue is full nobody reads it.
        if self.queue.try_send(Entry::End(written)).is_ok() {
            let _ = all.recv_timeout(most);
        }
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.queue.try_send(Entry::Line(line.to_vec())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes the lines of the queue until its last sender is gone. Reports losses with the first line that can be written after them: a
/// report that is lost itself would cause the next one.
fn write(waiting: &Receiver<Entry>, lost: &AtomicU64, mut to: impl Write) {
    let mut reported = 0;
    for entry in waiting {
        match entry {
            Entry::Line(line) if to.write_all(&line).is_err() => {
                lost.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            Entry::Line(_) => {}
            Entry::End(written) => {
                let _ = written.send(());
            }
        }
        let now = lost.load(Ordering::Relaxed);
        if now != reported {
            reported = now;
            warn!(lines = now, "lines of the log were lost: they were not read as fast as they came, or not written");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_dropped_and_counted_and_what_fits_is_written() {
        let (queue, waiting) = sync_channel(2);
        let mut lines = Lines { queue, lost: Arc::default() };
        for line in ["a\n", "b\n", "c\n", "d\n"] {
            lines.write_all(line.as_bytes()).unwrap();
        }
        assert_eq!(lines.lost.load(Ordering::Relaxed), 2);
        let (mut written, lost) = (Vec::new(), Arc::clone(&lines.lost));
        drop(lines);
        write(&waiting, &lost, &mut written);
        assert_eq!(written, b"a\nb\n");
    }

    /// Fails on lines that begin with `-`, as a full disk or a closed pipe does.
    struct Failing(Vec<u8>);

    impl Write for Failing {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            if line.starts_with(b"-") { Err(io::ErrorKind::BrokenPipe.into()) } else { self.0.write(line) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_cannot_be_written_are_counted_and_the_next_ones_are_tried() {
        let (queue, waiting) = sync_channel(9);
        let mut lines = Lines { queue, lost: Arc::default() };
        for line in ["a\n", "-\n", "-\n", "b\n"] {
            lines.write_all(line.as_bytes()).unwrap();
        }
        let (mut written, lost) = (Failing(Vec::new()), Arc::clone(&lines.lost));
        drop(lines);
        write(&waiting, &lost, &mut written);
        assert_eq!((written.0.as_slice(), lost.load(Ordering::Relaxed)), (&b"a\nb\n"[..], 2));
    }
}
