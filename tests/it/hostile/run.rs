//! Sends one row, and checks the response.

use super::program::Program;
use super::row::{Row, Then};
use super::silent_source::SilentSource;
use super::soon;
use super::text::Bytes;
use crate::support::http::{Connection, Response, request};
use socket2::{Domain, Socket, Type};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A timeout longer than any correct response takes.
const LONGEST: Duration = Duration::from_secs(60);

/// Sends a row and checks the response; the error describes the difference.
pub fn check(row: &Row, program: &Program, silent: &SilentSource) -> Result<(), String> {
    let done = match row.then {
        Then::Read | Then::Finish => read(row, program),
        Then::Reset => reset(row, program, silent),
        Then::Crawl => crawl(row, program),
    };
    done.and_then(|()| healthy(program)).and_then(|()| logged(row, program))
}

fn read(row: &Row, program: &Program) -> Result<(), String> {
    let requests = row.requests(program.place);
    let begin = Instant::now();
    let mut connection = Connection::open(program.address);
    let expected = row.status.list();
    let mut answers = Vec::new();
    let last = requests.len() - 1;
    for (at, (head, body)) in requests.into_iter().enumerate() {
        send(&mut connection, head, body, row.drip_ms.map(Duration::from_millis));
        if at < last {
            answers.extend(connection.next());
        }
    }
    if row.then == Then::Finish {
        connection.finish();
    }
    while answers.len() < expected.len() {
        match connection.next() {
            Some(answer) => answers.push(answer),
            None => break,
        }
    }
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    let last = answers.last();
    same("status", &statuses, &expected).map_err(|why| format!("{why} {}", last.map_or("", |last| words(last))))?;
    if let Some(last) = last {
        answered(row, last)?;
    }
    for answer in &answers {
        if let Some(name) = row.lacks_header.iter().find(|name| answer.header(name).is_some()) {
            return Err(format!("there is a header {name}"));
        }
    }
    if expected.is_empty() || row.closed {
        let more = connection.rest();
        same("what comes instead of the end", &String::from_utf8_lossy(&more).into_owned(), &String::new())?;
    } else if row.then == Then::Read {
        let next = connection.send(request("GET", "/healthz", &[], "")).next();
        same("status of a further request", &next.map(|answer| answer.status), &Some(200))?;
    }
    in_time(row, begin)
}

/// Sends the head at once, and the body at once or byte by byte.
fn send(connection: &mut Connection, head: Bytes, body: Bytes, pause: Option<Duration>) {
    let Some(pause) = pause else {
        connection.send([head, body].concat());
        return;
    };
    connection.send(head);
    for byte in body {
        std::thread::sleep(pause);
        connection.send([byte]);
    }
}

fn answered(row: &Row, answer: &Response) -> Result<(), String> {
    same("fault", &answer.fault(), &row.fault.as_str()).map_err(|why| format!("{why} {}", words(answer)))?;
    for (name, value) in &row.header {
        same(name, &answer.header(name), &Some(value.as_str()))?;
    }
    for text in &row.contains {
        let found = answer.body.windows(text.len()).any(|window| window == text.as_bytes());
        found.then_some(()).ok_or_else(|| format!("{text:?} is not in {}", words(answer)))?;
    }
    if let Some(most) = row.at_most_bytes.filter(|&most| answer.body.len() > most) {
        return Err(format!("{} bytes, more than {most}", answer.body.len()));
    }
    if answer.header("content-type") == Some("image/png") {
        let whole = answer.body.starts_with(b"\x89PNG\r\n\x1a\n") && answer.body.ends_with(b"IEND\xaeB`\x82");
        whole.then_some(()).ok_or("no whole picture")?;
        let side = |at: usize| u32::from_be_bytes(answer.body[at..at + 4].try_into().expect("four bytes"));
        let size = [side(16), side(20)];
        same("size", &size, &row.size.unwrap_or(size))
    } else {
        same("size", &row.size, &None)
    }
}

fn in_time(row: &Row, begin: Instant) -> Result<(), String> {
    let (took, least) = (begin.elapsed(), Duration::from_millis(row.at_least_ms));
    (least..LONGEST).contains(&took).then_some(()).ok_or_else(|| format!("took {took:?}, not {least:?} to {LONGEST:?}"))
}

/// Resets the connection while the program waits for its source.
fn reset(row: &Row, program: &Program, silent: &SilentSource) -> Result<(), String> {
    let asked = silent.requests();
    let (head, body) = row.requests(program.place).remove(0);
    let stream = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    stream.connect(&program.address.into()).expect("the program accepts");
    (&stream).write_all(&[head, body].concat()).expect("the program reads");
    soon(|| silent.requests() > asked).then_some(()).ok_or("the source gets no request")?;
    stream.set_linger(Some(Duration::ZERO)).expect("it can be reset");
    drop(stream);
    soon(|| silent.is_left()).then_some(()).ok_or_else(|| "the source keeps getting requests".to_owned())
}

/// Reads single bytes of the response with pauses, until the connection ends.
fn crawl(row: &Row, program: &Program) -> Result<(), String> {
    let (head, body) = row.requests(program.place).remove(0);
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    socket.connect(&program.address.into()).expect("the program accepts");
    let mut stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(LONGEST)).expect("a time-out");
    stream.write_all(&[head, body].concat()).expect("the program reads");
    let begin = Instant::now();
    let mut byte = [0];
    // Bytes received before a reset can still be read, so the error of the socket is checked first.
    while begin.elapsed() < LONGEST {
        match stream.take_error().expect("the state of the socket") {
            Some(error) if error.kind() == ErrorKind::ConnectionReset => return in_time(row, begin),
            Some(error) => return Err(error.to_string()),
            None => {}
        }
        match stream.read(&mut byte) {
            Ok(1) => std::thread::sleep(Duration::from_millis(50)),
            other => return Err(format!("instead of a reset {other:?}")),
        }
    }
    Err("the service lets a client read the response too slowly".to_owned())
}

fn healthy(program: &Program) -> Result<(), String> {
    if !program.lives() {
        return Err("the program is gone".to_owned());
    }
    // A busy machine may delay a client beyond header_read of the hurried program; then the client connects again.
    let health = || Connection::open(program.address).send(request("GET", "/healthz", &[], "")).next();
    let answer = std::iter::repeat_with(health).take(100).flatten().next();
    same("health", &answer.map(|answer| answer.status), &Some(200))?;
    let wrong = ["ERROR", "panicked"].into_iter().find_map(|word| program.lines_with(word).pop());
    wrong.map_or(Ok(()), |line| Err(format!("the log says {line}")))
}

fn logged(row: &Row, program: &Program) -> Result<(), String> {
    let Some(text) = &row.logged else { return Ok(()) };
    soon(|| !program.lines_with(text).is_empty())
        .then_some(())
        .ok_or_else(|| format!("no line of the log has {text:?}"))
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, is: &T, should_be: &T) -> Result<(), String> {
    if is == should_be { Ok(()) } else { Err(format!("{what} is {is:?}, not {should_be:?}")) }
}

/// Returns the body of an error as text.
fn words(answer: &Response) -> &str {
    std::str::from_utf8(&answer.body).unwrap_or("a picture")
}
