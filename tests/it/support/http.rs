//! An HTTP client that sends exactly the given bytes and parses responses strictly, for tests of the wire format.

#![allow(dead_code)]

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// The read timeout, longer than any wait of a passing test.
const READ_TIMEOUT: Duration = Duration::from_secs(240);

/// One connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// Bytes read, but not yet returned as a response.
    buffer: Vec<u8>,
}

/// A response with a `Content-Length`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// The headers in their order, with names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Returns the bytes of a request with a `Host`, these headers, and a `Content-Length` for a body or a POST.
pub fn request(method: &str, target: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: localhost:8080\r\n");
    headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
    if !body.is_empty() || method == "POST" {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

impl Connection {
    /// Opens a connection.
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(READ_TIMEOUT)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::new() }
    }

    /// Reduces the receive buffer to the minimum of the system.
    pub fn take_little(&self) {
        socket2::SockRef::from(&self.stream).set_recv_buffer_size(1).unwrap();
    }

    /// Limits the receive buffer to 32 KiB, less than an image, so that the system does not enlarge it.
    pub fn take_a_part(&self) {
        socket2::SockRef::from(&self.stream).set_recv_buffer_size(32 * 1024).unwrap();
    }

    /// Returns the client's address of the connection.
    pub fn local(&self) -> SocketAddr {
        self.stream.local_addr().unwrap()
    }

    /// Sends bytes. A closed connection is reported by the next read.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        let _ = self.stream.write_all(bytes.as_ref());
        self
    }

    /// Shuts down the sending side.
    pub fn finish(&mut self) -> &mut Self {
        self.stream.shutdown(Shutdown::Write).unwrap();
        self
    }

    /// Returns the next response. Panics if the connection ends before it is complete.
    pub fn response(&mut self) -> Response {
        self.next().expect("a response")
    }

    /// Returns the next response; `None` if the connection ends first.
    pub fn next(&mut self) -> Option<Response> {
        loop {
            if let Some(response) = self.parsed() {
                return Some(response);
            }
            if !self.fill() {
                return None;
            }
        }
    }

    /// Reads to the end of the connection, and returns all bytes before it.
    pub fn rest(mut self) -> Vec<u8> {
        while self.fill() {}
        self.buffer
    }

    /// Reads more bytes; returns false at the end of the connection.
    fn fill(&mut self) -> bool {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes) {
            Ok(count) => {
                self.buffer.extend_from_slice(&bytes[..count]);
                count > 0
            }
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => false,
            Err(error) => panic!("cannot read: {error}; so far {:?}", String::from_utf8_lossy(&self.buffer)),
        }
    }

    fn parsed(&mut self) -> Option<Response> {
        let head_end = self.buffer.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8(self.buffer[..head_end].to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .map(|line| line.split_once(':').unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let length = headers.iter().find(|(name, _)| name == "content-length").map_or(0, |h| h.1.parse().unwrap());
        let (begin, end) = (head_end + 4, head_end + 4 + length);
        let body = self.buffer.get(begin..end)?.to_vec();
        self.buffer.drain(..end);
        Some(Response { status, headers, body })
    }
}

impl Response {
    /// Returns the value of a header that occurs at most once; `name` is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = values.next();
        assert_eq!(values.next(), None, "{name} occurs twice");
        value
    }

    /// Returns the value of `Metricshot-Fault`, or an empty text.
    pub fn fault(&self) -> &str {
        self.header("metricshot-fault").unwrap_or("")
    }

    /// Returns status and fault, which most tests check.
    pub fn verdict(&self) -> (u16, &str) {
        (self.status, self.fault())
    }

    /// Returns the body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Returns the body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Returns the details of the error envelope.
    pub fn detail(&self) -> Vec<String> {
        serde_json::from_value(self.json()["errors"][0]["detail"].clone()).unwrap()
    }
}
