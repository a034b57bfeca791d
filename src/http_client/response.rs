//! Responses: read whole and decompressed, within limits on the bytes before and after decompression.
//!
//! The client decompresses by itself, because the library below would hide how much was sent. The body is charged to the memory of its call
//! before it grows, and what is parsed of it before it is parsed.

use super::error_text::{causes, error_text};
use crate::clock::now_ms;
use crate::error::{Reason, SourceError};
use crate::limits::Limits;
use crate::memory::{CallMemory, Charge, Exhausted};
use flate2::write::MultiGzDecoder;
use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, HeaderMap, RETRY_AFTER};
use std::error::Error;
use std::io::{self, Write};
use std::time::{Duration, UNIX_EPOCH};

/// Pause of calls to an overloaded server that requests no length.
const OVERLOAD_PAUSE: Duration = Duration::from_secs(5);

/// An answer up to this is parsed where it came in: a thread of its own would take as long.
const SHORT_BYTES: usize = 64 * 1024;

/// An answer of any status that is not a redirect.
#[derive(Debug)]
pub struct HttpResponse {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Unpacked, at most [`Limits::source_reply_bytes`].
    pub body: Vec<u8>,
    /// Memory charge of the body.
    charge: Charge,
}

impl HttpResponse {
    /// Returns a reply whose memory is not limited.
    #[cfg(test)]
    pub fn for_tests(status: u16, headers: HeaderMap, body: &[u8]) -> Self {
        Self { status, headers, body: body.to_vec(), charge: Charge::default() }
    }

    /// Returns the pause that the server requests of all clients: with 429, and with 503 where it has a length.
    pub(super) fn pause(&self) -> Option<Duration> {
        match self.status {
            429 => Some(self.retry_after().unwrap_or(OVERLOAD_PAUSE)),
            503 => self.retry_after(),
            _ => None,
        }
    }

    /// Returns the pause of the `Retry-After` header.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        pause_until(self.headers.get(RETRY_AFTER)?.to_str().ok()?, now_ms())
    }

    /// Returns what `parse` makes of status and body; its memory is charged to `memory` until the call ends. What takes more than about a
    /// millisecond has a thread of its own.
    pub async fn read<T: Send + 'static>(
        self,
        memory: &CallMemory,
        parse: impl FnOnce(u16, &[u8]) -> Result<T, SourceError> + Send + 'static,
    ) -> Result<T, SourceError> {
        let _slot = memory.parse_slot().await;
        let mut charge = memory.charge();
        charge.grow(parsed_bytes(&self.body)).map_err(exhausted)?;
        let Self { status, body, charge: of_body, .. } = self;
        let parse = move |body: &[u8]| parse(status, body).map_err(|error| error.with_status(status));
        if body.len() <= SHORT_BYTES {
            let parsed = parse(&body)?;
            memory.keep(charge);
            return Ok(parsed);
        }
        let read = tokio::task::spawn_blocking(move || {
            let parsed = parse(&body)?;
            // Here, so that a call that is given up holds them as long as they are read.
            drop((body, of_body));
            Ok((parsed, charge))
        });
        let given_up = |_| Err(SourceError::new(Reason::Malformed, "reading the answer was given up"));
        let (parsed, charge) = read.await.unwrap_or_else(given_up)?;
        memory.keep(charge);
        Ok(parsed)
    }
}

/// Returns the maximum number of bytes that a body takes while it is parsed, by its content: a node of a map of labels for each object; a
/// pair of numbers for each list, key and line, which is how servers write points, in a vector that is copied to one of twice its size
/// (3 × 16 bytes); a string for each element of a list of strings.
fn parsed_bytes(body: &[u8]) -> u64 {
    const OBJECT: u64 = 700;
    const POINT: u64 = 48;
    const STRING: u64 = 64;
    let objects = body.iter().filter(|byte| **byte == b'{').count() as u64;
    let points = body.iter().filter(|byte| matches!(byte, b'[' | b'\n')).count() as u64;
    let keys = body.windows(2).filter(|bytes| *bytes == b"\":").count() as u64;
    let strings = body.windows(3).filter(|bytes| *bytes == b"\",\"").count() as u64;
    objects * OBJECT + (points + keys) * POINT + strings * STRING
}

/// Most bytes of one answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct BodyLimits {
    /// Limit of the compressed body.
    packed: usize,
    /// Unpacked.
    unpacked: usize,
}

impl BodyLimits {
    pub fn new(limits: &Limits) -> Self {
        Self { packed: limits.source_packed_bytes, unpacked: limits.source_reply_bytes }
    }

    /// Reads all of `response` into `memory`.
    pub async fn read(self, mut response: Response, memory: &CallMemory) -> Result<HttpResponse, SourceError> {
        let status = response.status();
        if status.is_redirection() {
            return Err(SourceError::new(Reason::Refused, format!("{status}: redirects are not followed")));
        }
        let headers = response.headers().clone();
        let packing = Packing::of(&headers)?;
        let (most, kind) = match packing {
            Packing::None => (self.unpacked, "bytes"),
            Packing::Gzip => (self.packed, "packed bytes"),
        };
        let too_many = || SourceError::new(Reason::TooBig, format!("the answer has more than {most} {kind}"));
        if response.content_length().is_some_and(|length| length > most as u64) {
            return Err(too_many());
        }
        let expected = match packing {
            Packing::None => response.content_length().and_then(|length| usize::try_from(length).ok()),
            Packing::Gzip => None,
        };
        let (mut body, mut sent) = (packing.body(BodyBuffer::new(self.unpacked, expected, memory)), 0);
        while let Some(chunk) = response.chunk().await.map_err(not_read)? {
            sent += chunk.len();
            if sent > most {
                return Err(too_many());
            }
            for piece in chunk.chunks(packing.piece_bytes()) {
                body.write_all(piece).map_err(unfit)?;
                packing.pause().await;
            }
        }
        // What has no body has no packed one either, whatever its headers say.
        let (body, charge) = if sent == 0 { Default::default() } else { body.finish().map_err(unfit)? };
        Ok(HttpResponse { status: status.as_u16(), headers, body, charge })
    }
}

/// Content coding of a response.
#[derive(Debug, Clone, Copy)]
enum Packing {
    None,
    Gzip,
}

impl Packing {
    /// Accepts gzip, once, or no coding.
    fn of(headers: &HeaderMap) -> Result<Self, SourceError> {
        let mut codings = headers.get_all(CONTENT_ENCODING).iter();
        let coding = codings.next().map_or("identity", |coding| coding.to_str().unwrap_or_default().trim());
        match coding.to_ascii_lowercase().as_str() {
            _ if codings.next().is_some() => Err(SourceError::new(Reason::Malformed, "the answer is packed twice")),
            "identity" => Ok(Self::None),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            _ => Err(SourceError::new(Reason::Malformed, "the answer is packed otherwise than was asked for")),
        }
    }

    fn body(self, room: BodyBuffer<'_>) -> Body<'_> {
        match self {
            Self::None => Body::Plain(room),
            Self::Gzip => Body::Gzip(MultiGzDecoder::new(room)),
        }
    }

    /// Returns the bytes that are taken between two pauses. 1 KiB of gzip is at most 1 MiB, or 50 empty members, each of which costs as much
    /// as 100 KiB: about a millisecond.
    fn piece_bytes(self) -> usize {
        match self {
            Self::None => usize::MAX,
            Self::Gzip => 1024,
        }
    }

    /// Lets other work on, and the deadline end this.
    async fn pause(self) {
        match self {
            Self::None => {}
            Self::Gzip => tokio::task::yield_now().await,
        }
    }
}

/// The body received so far.
enum Body<'a> {
    Plain(BodyBuffer<'a>),
    Gzip(MultiGzDecoder<BodyBuffer<'a>>),
}

impl Body<'_> {
    fn write_all(&mut self, chunk: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(room) => room.write_all(chunk),
            Self::Gzip(decoder) => decoder.write_all(chunk),
        }
    }

    /// Returns the whole body; a compressed one only where its checksum is right.
    fn finish(self) -> io::Result<(Vec<u8>, Charge)> {
        let room = match self {
            Self::Plain(room) => room,
            Self::Gzip(decoder) => decoder.finish()?,
        };
        Ok((room.bytes, room.charge))
    }
}

/// The steps in which a body is charged.
const STEP_BYTES: usize = 64 * 1024;

/// A body that is longer, and does not say its length, gets the address space of the longest at once, so that it is never moved; the system
/// gives it memory as it is filled.
const SHORT_GROWTH_BYTES: usize = 256 * 1024;

/// A body in the memory of its call, of a limited size.
struct BodyBuffer<'a> {
    bytes: Vec<u8>,
    most: usize,
    /// Length of the response's header.
    expected: Option<usize>,
    charge: Charge,
    memory: &'a CallMemory,
}

/// There were more.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Full(String);

impl<'a> BodyBuffer<'a> {
    fn new(most: usize, expected: Option<usize>, memory: &'a CallMemory) -> Self {
        Self { bytes: Vec::new(), most, expected, charge: memory.charge(), memory }
    }

    /// Makes space for `more` bytes, which are charged before.
    fn reserve(&mut self, more: usize) -> Result<(), Exhausted> {
        let (capacity, needed) = (self.bytes.capacity(), self.bytes.len() + more);
        let charged = needed.next_multiple_of(STEP_BYTES) as u64;
        self.charge.grow(charged.saturating_sub(self.charge.bytes()))?;
        if needed <= capacity {
            return Ok(());
        }
        let grown = match self.expected {
            Some(expected) => needed.max(expected),
            None if needed <= SHORT_GROWTH_BYTES => needed.max(2 * capacity),
            None => self.most,
        };
        let missing = |to: usize| to - self.bytes.len();
        let (grown, needed) = (missing(grown), missing(needed));
        self.bytes.try_reserve_exact(grown).or_else(|_| self.bytes.try_reserve(needed)).map_err(|_| Exhausted)
    }
}

impl Write for BodyBuffer<'_> {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if chunk.len() > self.most - self.bytes.len() {
            return Err(io::Error::other(Full(format!("the answer has more than {} bytes", self.most))));
        }
        if !self.memory.receive(chunk.len()) {
            return Err(io::Error::other(Full(
                "the answers to one request have more bytes than it may have".to_owned(),
            )));
        }
        self.reserve(chunk.len()).map_err(|exhausted| io::Error::other(Full(exhausted.to_string())))?;
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn unfit(error: io::Error) -> SourceError {
    let full = error.get_ref().is_some_and(|cause| cause.is::<Full>());
    let reason = if full { Reason::TooBig } else { Reason::Malformed };
    SourceError::new(reason, error.to_string())
}

/// Returns the error of the call; the whole request is rejected.
fn exhausted(error: Exhausted) -> SourceError {
    SourceError::new(Reason::TooBig, error.to_string())
}

/// Maps a broken connection, and data that is no HTTP, to an error.
fn not_read(error: reqwest::Error) -> SourceError {
    let no_http = |cause: &(dyn Error + 'static)| {
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        matches!(kind, Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput))
    };
    let reason = if causes(&error).any(no_http) { Reason::Malformed } else { Reason::Down };
    SourceError::new(reason, error_text(error))
}

/// Parses RFC 9110, 10.2.3: seconds, or a date.
fn pause_until(text: &str, now_ms: i64) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let now = UNIX_EPOCH + Duration::from_millis(u64::try_from(now_ms).ok()?);
    Some(httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{MemoryBudget, RequestMemory};
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    async fn read(body: Vec<u8>, memory: &CallMemory) -> Result<HttpResponse, SourceError> {
        let response = axum::http::Response::builder().header(CONTENT_ENCODING, "gzip").body(body).unwrap();
        BodyLimits::new(&Limits::default()).read(response.into(), memory).await
    }

    #[tokio::test]
    async fn unpacking_lets_other_work_on_after_each_kibibyte_however_little_comes_out() {
        let body = [packed(b"text"), packed(b"").repeat(5000)].concat();
        let pieces = body.len() / 1024;
        let (turns, memory) = (AtomicUsize::new(0), CallMemory::unlimited());
        let other = async {
            loop {
                turns.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            reply = read(body, &memory) => assert_eq!(reply.unwrap().body, b"text"),
            () = other => {}
        }
        assert!(turns.load(Ordering::Relaxed) >= pieces, "{turns:?} of {pieces}");
    }

    #[tokio::test]
    async fn a_body_is_in_the_budget_while_it_grows_and_what_is_parsed_of_it_until_the_call_ends() {
        let budget = MemoryBudget::new(1 << 20, 1);
        let permit = budget.try_reserve(0).unwrap();
        let request = RequestMemory::new(budget.clone(), permit, 0, u64::MAX);
        let memory = CallMemory::of(&request);
        let too_long = read(packed(&vec![b' '; (1 << 20) + 1]), &memory).await.unwrap_err();
        assert_eq!(too_long.reason, Reason::TooBig);
        assert_eq!(budget.used(), 0);
        let text = format!("[{}]", "[1,2],".repeat(1000));
        let reply = read(packed(text.as_bytes()), &memory).await.unwrap();
        assert_eq!(budget.used(), 64 * 1024);
        reply.read(&memory, |_, _| Ok(())).await.unwrap();
        assert_eq!(budget.used(), 64 * 1024, "1,001 lists, in steps");
        drop(memory);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_pause_is_said_in_seconds_or_as_a_date() {
        let pause = |text| pause_until(text, 1_640_995_200_000);
        assert_eq!(pause("120"), Some(Duration::from_secs(120)));
        assert_eq!(pause("Sat, 01 Jan 2022 00:00:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(pause("Fri, 31 Dec 2021 23:59:59 GMT"), Some(Duration::ZERO), "it is over");
        assert_eq!((pause("soon"), pause("-1"), pause("")), (None, None, None));
    }
}
