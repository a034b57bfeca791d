//! What else callers do while others ask for usual pictures. LOAD-05 to LOAD-17 of the load figures.

use crate::phase::{Phase, What};
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Connections that send half a head.
const HALF_HEADS: usize = 1000;

/// See the module.
#[derive(Debug, Clone, Copy)]
pub enum Beside {
    Nothing,
    /// One in a hundred of what it can do is a large picture of many lines.
    Dear,
    /// Fifty a second ask a source that takes 5 s.
    SlowSource,
    /// As many again leave before their picture is drawn.
    LeftAlone,
    HalfHeads,
}

/// Waits for the end.
pub struct Begun(Option<JoinHandle<()>>);

impl Drop for Begun {
    fn drop(&mut self) {
        if self.0.take().is_some_and(|thread| thread.join().is_err()) {
            eprintln!("overload: what was beside it failed");
        }
    }
}

impl Beside {
    pub const ALL: [Self; 5] = [Self::Nothing, Self::Dear, Self::SlowSource, Self::LeftAlone, Self::HalfHeads];

    /// In a table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Dear => "large pictures",
            Self::SlowSource => "a slow source",
            Self::LeftAlone => "callers who leave",
            Self::HalfHeads => "1,000 half heads",
        }
    }

    /// Begins, for a service that can do `capacity` a second.
    pub fn begin(self, address: SocketAddr, capacity: f64, time: Duration) -> Begun {
        let phase = |rate, what| {
            let phase = Phase { address, rate, time, first: 1 << 32, what };
            thread::spawn(move || phase.run().map(drop).unwrap_or_else(|error| panic!("{error}")))
        };
        Begun(match self {
            Self::Nothing => None,
            Self::Dear => Some(phase(capacity / 100.0, What::Dear)),
            Self::SlowSource => Some(phase(50.0, What::Slow)),
            Self::LeftAlone => Some(phase(capacity / 2.0, What::LeftAlone)),
            Self::HalfHeads => Some(thread::spawn(move || half_heads(address, time))),
        })
    }
}

/// As many as may be, opened again once the service has closed them.
fn half_heads(address: SocketAddr, time: Duration) {
    let begin = Instant::now();
    while begin.elapsed() < time {
        let open = || -> Option<TcpStream> {
            let mut stream = TcpStream::connect(address).ok()?;
            stream.write_all(b"POST /v1/metrics/data/download/image HTTP/1.1\r\nHost: a\r\n").ok()?;
            Some(stream)
        };
        let held: Vec<TcpStream> = (0..HALF_HEADS).filter_map(|_| open()).collect();
        // Longer than the service waits for a head.
        thread::sleep(Duration::from_secs(6).min(time.saturating_sub(begin.elapsed())));
        drop(held);
    }
}
