//! `http_smuggle`: raw bytes over a loopback socket → no more answers than an independent parser finds requests, and no fewer unless
//! the connection is closed after the last.

use httparse::{EMPTY_HEADER, Request, Response, Status};
use metricshot::app::App;
use metricshot::config::{ConfigInputs, load, open_sources};
use metricshot::http::{Settings, serve};
use metricshot::source::SourceSet;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// A timeout longer than any of the service.
const PATIENCE: Duration = Duration::from_secs(8);

/// The demo service, in a thread that lives as long as the process.
static SERVICE: LazyLock<SocketAddr> = LazyLock::new(|| {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            listener.set_nonblocking(true).expect("a listener");
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            serve(listener, demo(), Settings::default(), std::future::pending()).await
        })
    });
    address
});

pub fn check(input: &[u8]) {
    let mut stream = TcpStream::connect(*SERVICE).expect("the service listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    // The service may close the connection before it has read the whole input.
    let _ = stream.write_all(input);
    let asked = requests(input);
    let mut answered = Vec::new();
    if !asked.goes_on {
        let mut part = [0; 65_536];
        while answers(&answered, &asked.methods).0 < asked.methods.len() {
            match stream.read(&mut part) {
                Ok(0) => break,
                Ok(length) => answered.extend_from_slice(&part[..length]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
                Err(error) => panic!("{error}: an answer to {asked:?} is missing, and the connection is open"),
            }
        }
    }
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.read_to_end(&mut answered);
    let (count, rest) = answers(&answered, &asked.methods);
    assert_eq!(rest, 0, "an answer is cut off");
    // An invalid or truncated request may get one error response.
    assert!(count <= asked.methods.len() + usize::from(asked.goes_on), "{count} answers for {asked:?}");
}

#[derive(Debug)]
struct Asked {
    /// The methods of the complete requests, in order.
    methods: Vec<String>,
    /// Is `true` if further bytes follow that are no complete request.
    goes_on: bool,
}

/// Parses requests strictly: one unambiguous length, or chunks.
fn requests(mut input: &[u8]) -> Asked {
    let mut methods = Vec::new();
    while !input.is_empty() {
        let mut headers = [EMPTY_HEADER; 64];
        let mut request = Request::new(&mut headers);
        let Ok(Status::Complete(head)) = request.parse(input) else { return Asked { methods, goes_on: true } };
        let named = |name: &str| -> Vec<&[u8]> {
            request
                .headers
                .iter()
                .filter(|header| header.name.eq_ignore_ascii_case(name))
                .map(|header| header.value)
                .collect()
        };
        let (lengths, codings) = (named("content-length"), named("transfer-encoding"));
        let body = match (&lengths[..], &codings[..]) {
            ([], []) => Some(0),
            ([length, same @ ..], []) if same.iter().all(|other| other == length) => number(length, 10),
            // The last transfer coding delimits the body.
            (_, [.., codings]) if last(codings).eq_ignore_ascii_case(b"chunked") => chunks(&input[head..]),
            _ => None,
        };
        let end = body.and_then(|body| head.checked_add(body)).filter(|end| *end <= input.len());
        let Some(end) = end else { return Asked { methods, goes_on: true } };
        methods.push(request.method.unwrap_or_default().to_owned());
        input = &input[end..];
    }
    Asked { methods, goes_on: false }
}

/// Returns the last element of a comma-separated list.
fn last(codings: &[u8]) -> &[u8] {
    codings.rsplit(|byte| *byte == b',').next().unwrap_or_default().trim_ascii()
}

/// Returns the length of a chunked body with its trailer.
fn chunks(body: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let line = body[at..].windows(2).position(|two| two == b"\r\n")?;
        let size = body[at..at + line].split(|byte| *byte == b';').next()?;
        let size = number(size.trim_ascii(), 16)?;
        at = at.checked_add(line + 2)?.checked_add(size)?;
        if size == 0 {
            break;
        }
        at += body.get(at..at.checked_add(2)?).filter(|end| *end == b"\r\n")?.len();
    }
    loop {
        let line = body.get(at..)?.windows(2).position(|two| two == b"\r\n")?;
        at += line + 2;
        if line == 0 {
            return Some(at);
        }
    }
}

fn number(digits: &[u8], base: u32) -> Option<usize> {
    let text = std::str::from_utf8(digits).ok().filter(|text| !text.starts_with('+'))?;
    usize::from_str_radix(text, base).ok()
}

/// Returns the number of complete responses, and the number of bytes after them.
fn answers(mut bytes: &[u8], methods: &[String]) -> (usize, usize) {
    let mut count = 0;
    while !bytes.is_empty() {
        let mut headers = [EMPTY_HEADER; 64];
        let mut response = Response::new(&mut headers);
        let Ok(Status::Complete(head)) = response.parse(bytes) else { break };
        let status = response.code.unwrap_or_default();
        let is_head = methods.get(count).is_some_and(|method| method == "HEAD");
        let length = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
        let length = length.filter(|_| !is_head).and_then(|header| number(header.value, 10)).unwrap_or(0);
        let Some(rest) = bytes.get(head + length..) else { break };
        bytes = rest;
        count += usize::from(status >= 200);
    }
    (count, bytes.len())
}

fn demo() -> Arc<App> {
    let loaded = load(&ConfigInputs::default()).expect("the demo is right");
    let opened = open_sources(&loaded.config, &loaded.limits).expect("the demo opens");
    Arc::new(App::new(loaded.catalog, SourceSet::new(opened, &loaded.limits), loaded.limits))
}
