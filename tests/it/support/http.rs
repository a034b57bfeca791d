//! A client that sends exactly the bytes it is told to, and reads answers like a careful one: for tests of what is on the wire.

#![allow(dead_code)]

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than anything that a test waits for; reached only when the service is wrong.
const PATIENCE: Duration = Duration::from_secs(240);

/// One connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// Read, but not yet taken as an answer.
    buffer: Vec<u8>,
}

/// One answer with a `Content-Length`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// As they came, names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// The bytes of a request with a `Host`, these headers, and the length of its body where it has one.
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
    /// Connects.
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::new() }
    }

    /// From now on the system takes as little as it can of what is not read.
    pub fn take_little(&self) {
        socket2::SockRef::from(&self.stream).set_recv_buffer_size(1).unwrap();
    }

    /// From now on the system takes no more than a part of a picture of what is not read, however fast it was read before.
    pub fn take_a_part(&self) {
        socket2::SockRef::from(&self.stream).set_recv_buffer_size(32 * 1024).unwrap();
    }

    /// This end of it.
    pub fn local(&self) -> SocketAddr {
        self.stream.local_addr().unwrap()
    }

    /// Sends bytes; that the service has closed is seen when reading.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        let _ = self.stream.write_all(bytes.as_ref());
        self
    }

    /// Says that nothing more will be sent.
    pub fn finish(&mut self) -> &mut Self {
        self.stream.shutdown(Shutdown::Write).unwrap();
        self
    }

    /// The next answer. Panics where the connection ends before it is complete.
    pub fn response(&mut self) -> Response {
        self.next().expect("an answer")
    }

    /// The next answer; `None` where the connection ends instead.
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

    /// Waits for the end of the connection and gives what came before it.
    pub fn rest(mut self) -> Vec<u8> {
        while self.fill() {}
        self.buffer
    }

    /// False at the end of the connection.
    fn fill(&mut self) -> bool {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes) {
            Ok(count) => {
                self.buffer.extend_from_slice(&bytes[..count]);
                count > 0
            }
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => false,
            Err(error) => panic!("nothing came: {error}; so far {:?}", String::from_utf8_lossy(&self.buffer)),
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
    /// The value of a header that comes at most once; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = values.next();
        assert_eq!(values.next(), None, "{name} comes twice");
        value
    }

    /// The fault's word; empty where there is none.
    pub fn fault(&self) -> &str {
        self.header("metricshot-fault").unwrap_or("")
    }

    /// Status and fault, which is what most tests ask for.
    pub fn verdict(&self) -> (u16, &str) {
        (self.status, self.fault())
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// What the error envelope says is wrong.
    pub fn detail(&self) -> Vec<String> {
        serde_json::from_value(self.json()["errors"][0]["detail"].clone()).unwrap()
    }
}
