//! A fake server that reads requests and never answers them.

use std::io::{Read, Result};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A source that holds each connection until the program closes it.
pub struct SilentSource {
    address: SocketAddr,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    asked: AtomicUsize,
    left: AtomicUsize,
}

impl SilentSource {
    /// Starts the server on a free port, until the test ends.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let counts = Arc::new(Counts::default());
        let shared = Arc::clone(&counts);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let counts = Arc::clone(&shared);
                std::thread::spawn(move || hold(stream, &counts));
            }
        });
        Self { address, counts }
    }

    /// Returns a configuration that asks this source, and no other, for the namespace `Silent`.
    pub fn configuration(&self) -> String {
        format!(
            "[limits]\nsource_total = \"100s\"\n[sources.s]\ntype = \"prometheus\"\nurl = \"http://{}\"\n\
             [[default]]\nsource = \"s\"\nnamespaces = [\"Silent\"]\n",
            self.address
        )
    }

    /// Returns the number of requests that arrived so far.
    pub fn requests(&self) -> usize {
        self.counts.asked.load(Ordering::SeqCst)
    }

    /// Returns whether the program has closed the connection of each request.
    pub fn is_left(&self) -> bool {
        self.counts.left.load(Ordering::SeqCst) == self.requests()
    }
}

fn hold(mut stream: TcpStream, counts: &Counts) -> Result<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    counts.asked.fetch_add(1, Ordering::SeqCst);
    // The client may close the connection or reset it.
    let _ = stream.read_to_end(&mut Vec::new());
    counts.left.fetch_add(1, Ordering::SeqCst);
    Ok(())
}
