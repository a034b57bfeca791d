//! The log, on standard error.
//!
//! The service writes the log from a thread of its own, so that a slow or absent reader of the log delays no request. Lines beyond the
//! capacity of the queue, and lines that cannot be written (`EPIPE`, `ENOSPC`), are dropped and counted. All other commands write each
//! line at once.

use super::error::CliError;
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

/// The time limit for writing queued lines when the program ends.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// The time limit for writing queued lines after a second shutdown signal.
const SHORT_FLUSH_TIMEOUT: Duration = Duration::from_millis(200);

/// Parses the filter of the log.
pub fn filter(config: &Config) -> Result<EnvFilter, ConfigFault> {
    EnvFilter::try_new(&config.log_filter).map_err(|_| {
        let text = "should be a level (error, warn, info, debug, trace), or levels such as warn,metricshot=debug";
        ConfigFault::wrong("log_filter", text)
    })
}

/// Starts a log that writes each line at once.
pub fn begin(config: &Config) -> Result<(), ConfigFault> {
    begin_with_writer(config, None, stderr)
}

/// Starts a log that is written by a thread of its own, with a queue of `max_lines` lines. The trace layer also sees spans that the filter of
/// the log leaves out.
pub fn begin_in_thread(config: &Config, max_lines: usize, traces: Option<TraceLayer>) -> Result<Log, CliError> {
    let (queue, entries) = sync_channel(max_lines);
    let lines = LineQueue { queue, dropped: Arc::default() };
    let dropped = Arc::clone(&lines.dropped);
    let write = thread::Builder::new().name("log".to_owned()).spawn(move || write(&entries, &dropped, stderr()));
    write.map_err(|cause| CliError::failed("no thread could be started", cause))?;
    let log = Log(lines.clone());
    begin_with_writer(config, traces, move || lines.clone())?;
    Ok(log)
}

fn begin_with_writer<W>(config: &Config, traces: Option<TraceLayer>, writer: W) -> Result<(), ConfigFault>
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

/// A log that is written by a thread of its own. When dropped, it waits until queued lines are written, at most [`FLUSH_TIMEOUT`].
pub struct Log(LineQueue);

impl Log {
    /// Returns the number of lines dropped so far.
    pub fn dropped(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.0.dropped)
    }

    /// Returns a handle to flush the log before `std::process::exit`, which drops nothing.
    pub fn flush_handle(&self) -> FlushHandle {
        FlushHandle(self.0.clone())
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.0.wait_until_written(FLUSH_TIMEOUT);
    }
}

/// A handle to flush the log.
pub struct FlushHandle(LineQueue);

impl FlushHandle {
    /// Waits until queued lines are written, at most [`SHORT_FLUSH_TIMEOUT`].
    pub fn flush(&self) {
        self.0.wait_until_written(SHORT_FLUSH_TIMEOUT);
    }
}

/// An entry of the queue.
enum Entry {
    Line(Vec<u8>),
    /// A request to signal that all lines before it are written.
    Flush(SyncSender<()>),
}

/// A writer that queues lines without blocking. The subscriber writes each line in one call.
#[derive(Clone)]
struct LineQueue {
    queue: SyncSender<Entry>,
    dropped: Arc<AtomicU64>,
}

impl LineQueue {
    /// Blocks until all queued lines are written, at most `timeout`.
    fn wait_until_written(&self, timeout: Duration) {
        let (written, is_written) = sync_channel(1);
        // A full queue means that the thread is blocked on standard error.
        if self.queue.try_send(Entry::Flush(written)).is_ok() {
            let _ = is_written.recv_timeout(timeout);
        }
    }
}

impl Write for LineQueue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.queue.try_send(Entry::Line(line.to_vec())).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes the lines of the queue until its last sender is dropped. Reports dropped lines with the first line that can be written after them:
/// a report that is dropped itself would cause the next report.
fn write(entries: &Receiver<Entry>, dropped: &AtomicU64, mut to: impl Write) {
    let mut reported = 0;
    for entry in entries {
        match entry {
            Entry::Line(line) if to.write_all(&line).is_err() => {
                dropped.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            Entry::Line(_) => {}
            Entry::Flush(written) => {
                let _ = written.send(());
            }
        }
        let now = dropped.load(Ordering::Relaxed);
        if now != reported {
            reported = now;
            warn!(
                lines = now,
                "log lines dropped: standard error is read too slowly, or cannot be written (closed pipe, full disk)"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_the_queue_are_dropped_and_counted_and_the_others_are_written() {
        let (queue, entries) = sync_channel(2);
        let mut lines = LineQueue { queue, dropped: Arc::default() };
        for line in ["a\n", "b\n", "c\n", "d\n"] {
            lines.write_all(line.as_bytes()).unwrap();
        }
        assert_eq!(lines.dropped.load(Ordering::Relaxed), 2);
        let (mut written, dropped) = (Vec::new(), Arc::clone(&lines.dropped));
        drop(lines);
        write(&entries, &dropped, &mut written);
        assert_eq!(written, b"a\nb\n");
    }

    /// A writer that fails on lines that begin with `-`, as a full disk or a closed pipe does.
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
    fn lines_that_cannot_be_written_are_counted_and_later_lines_are_written() {
        let (queue, entries) = sync_channel(9);
        let mut lines = LineQueue { queue, dropped: Arc::default() };
        for line in ["a\n", "-\n", "-\n", "b\n"] {
            lines.write_all(line.as_bytes()).unwrap();
        }
        let (mut written, dropped) = (Failing(Vec::new()), Arc::clone(&lines.dropped));
        drop(lines);
        write(&entries, &dropped, &mut written);
        assert_eq!((written.0.as_slice(), dropped.load(Ordering::Relaxed)), (&b"a\nb\n"[..], 2));
    }
}
