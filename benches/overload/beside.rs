//! Other traffic beside requests for usual images: LOAD-05 to LOAD-17 of the load figures.

use crate::phase::{Kind, Phase};
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The number of connections that send half a head.
const HALF_HEADS: usize = 1000;

/// A kind of other traffic.
#[derive(Debug, Clone, Copy)]
pub enum Beside {
    /// No other traffic.
    Nothing,
    /// Large images with many lines, at 1 % of the capacity.
    Expensive,
    /// Fifty requests per second of a source that takes 5 s.
    SlowSource,
    /// Clients that disconnect before their image is rendered, at half the capacity.
    Abandoned,
    /// Connections that send half a request head.
    HalfHeads,
}

/// Running traffic; dropping it waits for its end.
pub struct Begun(Option<JoinHandle<()>>);

impl Drop for Begun {
    fn drop(&mut self) {
        if self.0.take().is_some_and(|thread| thread.join().is_err()) {
            eprintln!("overload: the other traffic failed");
        }
    }
}

impl Beside {
    pub const ALL: [Self; 5] = [Self::Nothing, Self::Expensive, Self::SlowSource, Self::Abandoned, Self::HalfHeads];

    /// Returns the name for the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Expensive => "large images",
            Self::SlowSource => "a slow source",
            Self::Abandoned => "clients that disconnect",
            Self::HalfHeads => "1,000 half heads",
        }
    }

    /// Starts the traffic; `capacity` is in requests per second.
    pub fn begin(self, address: SocketAddr, capacity: f64, time: Duration) -> Begun {
        let phase = |rate, kind| {
            let phase = Phase { address, rate, time, first: 1 << 32, kind };
            thread::spawn(move || phase.run().map(drop).unwrap_or_else(|error| panic!("{error}")))
        };
        Begun(match self {
            Self::Nothing => None,
            Self::Expensive => Some(phase(capacity / 100.0, Kind::Expensive)),
            Self::SlowSource => Some(phase(50.0, Kind::Slow)),
            Self::Abandoned => Some(phase(capacity / 2.0, Kind::Abandoned)),
            Self::HalfHeads => Some(thread::spawn(move || half_heads(address, time))),
        })
    }
}

/// Opens [`HALF_HEADS`] connections, and opens them again after the service has closed them.
fn half_heads(address: SocketAddr, time: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < time {
        let open = || -> Option<TcpStream> {
            let mut stream = TcpStream::connect(address).ok()?;
            stream.write_all(b"POST /v1/metrics/data/download/image HTTP/1.1\r\nHost: a\r\n").ok()?;
            Some(stream)
        };
        let held: Vec<TcpStream> = (0..HALF_HEADS).filter_map(|_| open()).collect();
        // Longer than limits.header_read of the service.
        thread::sleep(Duration::from_secs(6).min(time.saturating_sub(begin.elapsed())));
        drop(held);
    }
}
