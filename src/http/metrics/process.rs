//! The state of the process under the names that Prometheus' client libraries share, from Linux' `/proc`.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt;

/// Reads `/proc` at each scrape. Exports nothing where it is absent or unreadable.
#[derive(Debug)]
pub(crate) struct ProcessCollector;

/// One reading.
#[derive(Debug, Clone, Copy)]
struct Process {
    cpu_seconds: f64,
    start_seconds: f64,
    resident_bytes: u64,
    virtual_bytes: u64,
    threads: i64,
    open_fds: u64,
    /// `None` is unlimited.
    max_fds: Option<u64>,
}

impl Collector for ProcessCollector {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let Some(process) = Process::read() else { return Ok(()) };
        let cpu = ConstCounter::new(process.cpu_seconds);
        let name = "process_cpu_seconds";
        cpu.encode(encoder.encode_descriptor(name, "User and system CPU time.", None, cpu.metric_type())?)?;
        let mut gauge = |name, help, value: f64| {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
        };
        gauge("process_start_time_seconds", "Start of the process since the Unix epoch.", process.start_seconds)?;
        gauge("process_resident_memory_bytes", "Resident memory.", process.resident_bytes as f64)?;
        gauge("process_virtual_memory_bytes", "Virtual memory.", process.virtual_bytes as f64)?;
        gauge("process_threads", "Threads.", process.threads as f64)?;
        gauge("process_open_fds", "Open file descriptors.", process.open_fds as f64)?;
        let max_fds = process.max_fds.map_or(f64::INFINITY, |max| max as f64);
        gauge("process_max_fds", "Limit of open file descriptors.", max_fds)
    }
}

impl Process {
    #[cfg(target_os = "linux")]
    fn read() -> Option<Self> {
        use procfs::process::LimitValue;
        let process = procfs::process::Process::myself().ok()?;
        let stat = process.stat().ok()?;
        let seconds = |ticks: u64| ticks as f64 / procfs::ticks_per_second() as f64;
        Some(Self {
            cpu_seconds: seconds(stat.utime + stat.stime),
            start_seconds: procfs::boot_time_secs().ok()? as f64 + seconds(stat.starttime),
            resident_bytes: stat.rss * procfs::page_size(),
            virtual_bytes: stat.vsize,
            threads: stat.num_threads,
            open_fds: u64::try_from(process.fd_count().ok()?).ok()?,
            max_fds: match process.limits().ok()?.max_open_files.soft_limit {
                LimitValue::Unlimited => None,
                LimitValue::Value(max) => Some(max),
            },
        })
    }

    #[cfg(not(target_os = "linux"))]
    fn read() -> Option<Self> {
        None
    }
}
