//! An HTTP client that reuses connections. It is minimal, so that it takes little CPU time: every response must have a `Content-Length`.

use parking_lot::{Mutex, MutexGuard};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The maximum idle time of a reused connection. The service closes idle connections after 15 s; a request sent just then would be lost.
const MAX_IDLE: Duration = Duration::from_secs(10);

/// The client of a phase.
pub struct Callers {
    address: SocketAddr,
    /// Idle connections with the start of their idle time, the longest idle first.
    idle: Mutex<Vec<(Instant, TcpStream)>>,
}

/// The measured parts of a response.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    pub status: u16,
    pub retry_after: Option<u8>,
}

impl Callers {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, idle: Mutex::default() }
    }

    /// Requests an image on an idle connection, or a new one.
    pub async fn ask(&self, body: &[u8]) -> io::Result<Answer> {
        let idle = self.idle().pop().filter(|(since, _)| since.elapsed() < MAX_IDLE).map(|(_, stream)| stream);
        let mut stream = match idle {
            Some(stream) => stream,
            None => TcpStream::connect(self.address).await?,
        };
        stream.set_nodelay(true)?;
        let head = format!(
            "POST /v1/metrics/data/download/image HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).await?;
        let answer = answer(&mut stream).await?;
        self.idle().push((Instant::now(), stream));
        Ok(answer)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(Instant, TcpStream)>> {
        self.idle.lock()
    }
}

async fn answer(stream: &mut TcpStream) -> io::Result<Answer> {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 16 * 1024]);
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        match stream.read(&mut chunk).await? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            read => bytes.extend_from_slice(&chunk[..read]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let broken = || io::Error::from(ErrorKind::InvalidData);
    let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
    let length: usize = header("content-length:").and_then(|length| length.parse().ok()).ok_or_else(broken)?;
    let mut rest = (end + length).saturating_sub(bytes.len());
    while rest > 0 {
        match stream.read(&mut chunk[..rest.min(16 * 1024)]).await? {
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            read => rest -= read,
        }
    }
    Ok(Answer { status, retry_after: header("retry-after:").and_then(|seconds| seconds.parse().ok()) })
}
