//! The answer to a call: read whole, unpacked, and never more of it than the caps allow, however it is packed.
//!
//! The client unpacks by itself, because the library below would hide how much was sent.

use super::allowance;
use super::ask::{causes, words};
use crate::clock::now_ms;
use crate::limits::Limits;
use crate::series::Reason;
use crate::source::SourceError;
use flate2::write::MultiGzDecoder;
use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, HeaderMap, RETRY_AFTER};
use std::error::Error;
use std::io::{self, Write};
use std::num::NonZero;
use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};
use tokio::sync::Semaphore;

/// A server that is asked too much is left alone for so long, where it did not say.
const OVERLOAD_PAUSE: Duration = Duration::from_secs(5);

/// An answer up to this is read where it came in: a thread of its own would take as long.
const SHORT_BYTES: usize = 64 * 1024;

/// An answer of any status that is not a redirect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Unpacked, at most [`Limits::source_reply_bytes`].
    pub body: Vec<u8>,
}

impl Reply {
    /// It asks everybody to stay away for so long: 429 does, and 503 where it says how long.
    pub(super) fn pause(&self) -> Option<Duration> {
        match self.status {
            429 => Some(self.retry_after().unwrap_or(OVERLOAD_PAUSE)),
            503 => self.retry_after(),
            _ => None,
        }
    }

    /// What it says about that.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        pause_until(self.headers.get(RETRY_AFTER)?.to_str().ok()?, now_ms())
    }

    /// What `parse` makes of status and body. One a core reads at once, so that many answers together take neither the memory of all
    /// nor the processors from whatever else there is to do; what takes more than about a millisecond has a thread of its own.
    pub async fn read<T: Send + 'static>(
        self,
        parse: impl FnOnce(u16, &[u8]) -> Result<T, SourceError> + Send + 'static,
    ) -> Result<T, SourceError> {
        static TURNS: LazyLock<Semaphore> =
            LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, NonZero::get)));
        let given_up = || SourceError::new(Reason::Malformed, "reading the answer was given up");
        let status = self.status;
        let parse = move |body: &[u8]| parse(status, body).map_err(|error| error.with_status(status));
        let _turn = TURNS.acquire().await.map_err(|_| given_up())?;
        if self.body.len() <= SHORT_BYTES {
            return parse(&self.body);
        }
        let read = tokio::task::spawn_blocking(move || parse(&self.body)).await;
        read.unwrap_or_else(|_| Err(given_up()))
    }
}

/// Most bytes of one answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caps {
    /// As they are sent, where they are packed.
    packed: usize,
    /// Unpacked.
    unpacked: usize,
}

impl Caps {
    pub fn new(limits: &Limits) -> Self {
        Self { packed: limits.source_packed_bytes, unpacked: limits.source_reply_bytes }
    }

    /// Reads all of `response`.
    pub async fn read(self, mut response: Response) -> Result<Reply, SourceError> {
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
        let (mut body, mut sent) = (packing.body(self.unpacked), 0);
        while let Some(chunk) = response.chunk().await.map_err(not_read)? {
            sent += chunk.len();
            if sent > most {
                return Err(too_many());
            }
            body.write_all(&chunk).map_err(unfit)?;
        }
        // What has no body has no packed one either, whatever its headers say.
        let body = if sent == 0 { Vec::new() } else { body.finish().map_err(unfit)? };
        Ok(Reply { status: status.as_u16(), headers, body })
    }
}

/// How an answer is packed.
#[derive(Debug, Clone, Copy)]
enum Packing {
    None,
    Gzip,
}

impl Packing {
    /// Once with gzip, which is what we ask for, or not at all.
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

    fn body(self, most: usize) -> Body {
        let room = Room { bytes: Vec::new(), most };
        match self {
            Self::None => Body::Plain(room),
            Self::Gzip => Body::Gzip(MultiGzDecoder::new(room)),
        }
    }
}

/// What is read so far.
enum Body {
    Plain(Room),
    Gzip(MultiGzDecoder<Room>),
}

impl Body {
    fn write_all(&mut self, chunk: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(room) => room.write_all(chunk),
            Self::Gzip(decoder) => decoder.write_all(chunk),
        }
    }

    /// The whole of it; packed, only where its checksum is right.
    fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Plain(room) => Ok(room.bytes),
            Self::Gzip(decoder) => decoder.finish().map(|room| room.bytes),
        }
    }
}

/// Takes so many bytes, and no more than are left to the whole request.
struct Room {
    bytes: Vec<u8>,
    most: usize,
}

/// There were more.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Full(String);

impl Write for Room {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if chunk.len() > self.most - self.bytes.len() {
            return Err(io::Error::other(Full(format!("the answer has more than {} bytes", self.most))));
        }
        if !allowance::take(chunk.len()) {
            return Err(io::Error::other(Full(
                "the answers to one request have more bytes than it may have".to_owned(),
            )));
        }
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

/// The connection broke, or what came over it is no HTTP.
fn not_read(error: reqwest::Error) -> SourceError {
    let no_http = |cause: &(dyn Error + 'static)| {
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        matches!(kind, Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput))
    };
    let reason = if causes(&error).any(no_http) { Reason::Malformed } else { Reason::Down };
    SourceError::new(reason, words(error))
}

/// RFC 9110, 10.2.3: seconds, or a date.
fn pause_until(words: &str, now_ms: i64) -> Option<Duration> {
    if let Ok(seconds) = words.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let now = UNIX_EPOCH + Duration::from_millis(u64::try_from(now_ms).ok()?);
    Some(httpdate::parse_http_date(words).ok()?.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_said_in_seconds_or_as_a_date() {
        let pause = |words| pause_until(words, 1_640_995_200_000);
        assert_eq!(pause("120"), Some(Duration::from_secs(120)));
        assert_eq!(pause("Sat, 01 Jan 2022 00:00:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(pause("Fri, 31 Dec 2021 23:59:59 GMT"), Some(Duration::ZERO), "it is over");
        assert_eq!((pause("soon"), pause("-1"), pause("")), (None, None, None));
    }
}
