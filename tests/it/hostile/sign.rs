//! Signatures of rows, made when a row is sent, and the changes that a row makes to a valid one.

use super::text::{self, Bytes};
use crate::support::signing::{fresh_ms, hex, mac, sha256};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The keys: name, access key, secret, and further lines of the configuration.
const KEYS: [(&str, &str, &str, &str); 4] = [
    ("reports", "2sd2gg=2agbdSD26svcD", "b1946ac92492d2347c6235b4d2611184", ""),
    ("demo", "demo-1", "591785b794601e212b260e25925636fd", "namespaces = [\"Demo\"]"),
    ("bodies", "bodies-1", "0cc175b9c0f1b6a831c399e269772661", "signed_body = true"),
    (
        "changing",
        "changing-1",
        "92eb5ffee6ae2fec3ad71c777531578f",
        "former_secret = \"4a8a08f09d37b73795649038408b5f33\"",
    ),
];

/// The former secret of the key `changing`.
const FORMER: &str = "4a8a08f09d37b73795649038408b5f33";

/// Returns the configuration of a program with these keys.
pub fn configuration(identity: &str) -> String {
    let key = |(name, access_key, secret, more): &(&str, &str, &str, &str)| {
        format!("[keys.{name}]\naccess_key = \"{access_key}\"\nsecret = \"{secret}\"\n{more}\n")
    };
    let keys: String = KEYS.iter().map(key).collect();
    format!("{keys}[auth]\n{identity}\n")
}

/// Returns all secrets, which must appear nowhere but in the configuration.
pub fn secrets() -> impl Iterator<Item = &'static str> {
    KEYS.iter().map(|key| key.2).chain([FORMER])
}

/// The changes that a row makes to its signature.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Signature {
    /// The name of the key in the configuration; default `reports`, which may read everything.
    key: Option<String>,
    /// The secret that signs: the current one, the former one, or another one.
    with: With,
    /// The age of the signature in milliseconds; negative: in the future.
    age_ms: i64,
    /// Signed values that differ from the sent ones: `method`, `url`, `timestamp`, `access_key`, `account_id`, `client_type`, `digest`.
    signed: BTreeMap<String, String>,
    /// Sent values that differ from the signed ones, by header name. They may have `<<timestamp>>`, `<<access_key>>`, `<<signature>>` and
    /// `<<digest>>` (of the body).
    sent: BTreeMap<String, String>,
    /// Headers to leave out.
    without: Vec<String>,
    /// Further header lines, with the same placeholders.
    more: Vec<String>,
    /// The byte of the signature whose lowest bit is flipped.
    flip: Option<String>,
    /// The encoding of the signature.
    written: Written,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum With {
    #[default]
    Secret,
    Former,
    Other,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Written {
    #[default]
    Base64,
    UrlSafe,
    NoPadding,
    /// Base64 with set padding bits in the last digit.
    SpareBits,
    Spaced,
    Hex,
}

impl Written {
    fn text(self, mac: &[u8; 32]) -> String {
        let usual = STANDARD.encode(mac);
        match self {
            Self::Base64 => usual,
            // The text is valid if it has no digit in which the alphabets differ.
            Self::UrlSafe => URL_SAFE.encode(mac),
            Self::NoPadding => STANDARD_NO_PAD.encode(mac),
            Self::SpareBits => {
                let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
                let last = alphabet.iter().position(|&digit| digit == usual.as_bytes()[42]).expect("a digit");
                format!("{}{}=", &usual[..42], char::from(alphabet[last | 1]))
            }
            Self::Spaced => format!("{} {}", &usual[..20], &usual[20..]),
            Self::Hex => hex(mac),
        }
    }

    /// Reports whether the text differs from the default encoding, as it should.
    fn shows(self, mac: &[u8; 32]) -> bool {
        matches!(self, Self::Base64) || self.text(mac) != STANDARD.encode(mac)
    }
}

impl Signature {
    /// Replaces placeholders in all texts.
    pub fn map(&self, put: &dyn Fn(&String) -> String) -> Self {
        let texts =
            |texts: &BTreeMap<String, String>| texts.iter().map(|(name, text)| (put(name), put(text))).collect();
        Self {
            signed: texts(&self.signed),
            sent: texts(&self.sent),
            without: self.without.iter().map(put).collect(),
            more: self.more.iter().map(put).collect(),
            flip: self.flip.as_ref().map(put),
            ..self.clone()
        }
    }

    /// Returns the header lines of the signature for a request, each with its line end.
    pub fn lines(&self, head: &[u8], body: &[u8]) -> Bytes {
        let name = self.key.as_deref().unwrap_or("reports");
        let (_, access_key, secret, _) = KEYS.iter().find(|key| key.0 == name).expect("a key of that name");
        let secret = match self.with {
            With::Secret => secret,
            With::Former => FORMER,
            With::Other => "7d793037a0760186574b0282f2f435e7",
        };
        let head = String::from_utf8_lossy(head);
        let mut first = head.lines().next().unwrap_or_default().split(' ');
        let (method, target) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
        let is_host = |line: &&str| line.get(..5).is_some_and(|name| name.eq_ignore_ascii_case("host:"));
        let host = head.lines().find(is_host).map_or("", |line| line[5..].trim());
        let digest = sha256(body);
        let has_digest = self.signed.contains_key("digest") || self.sent.contains_key("Metricshot-Body-Sha256");
        let usual = [
            ("method", method.to_owned()),
            ("url", format!("http://{host}{target}")),
            ("timestamp", String::new()),
            ("access_key", (*access_key).to_owned()),
            ("account_id", String::new()),
            ("client_type", "Openapi".to_owned()),
            ("digest", if has_digest || name == "bodies" { digest.clone() } else { String::new() }),
        ];
        // The signature of another millisecond differs, and most of them depend on the encoding.
        let (timestamp, mac) = std::iter::repeat_with(|| {
            let timestamp = (fresh_ms() - self.age_ms).to_string();
            let part = |(name, text): &(&str, String)| match self.signed.get(*name) {
                Some(text) => signed(&text.replace("<<timestamp>>", &timestamp).replace("<<digest>>", &digest)),
                None if *name == "timestamp" => timestamp.clone(),
                None => text.clone(),
            };
            let parts: Vec<String> = usual.iter().map(part).collect();
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            (timestamp, mac(secret, &parts))
        })
        .find(|(_, mac)| self.written.shows(mac))
        .expect("it goes on for ever");
        let signature = self.written.text(&self.flipped(mac));
        let put = |text: &str| {
            let text = text.replace("<<timestamp>>", &timestamp).replace("<<access_key>>", access_key);
            text::expand(&text.replace("<<signature>>", &signature).replace("<<digest>>", &digest))
        };
        let mut sent = BTreeMap::from([
            ("Scp-Accesskey", "<<access_key>>"),
            ("Scp-AccountId", ""),
            ("Scp-ClientType", "Openapi"),
            ("Scp-Signature", "<<signature>>"),
            ("Scp-Timestamp", "<<timestamp>>"),
        ]);
        sent.extend((name == "bodies").then_some(("Metricshot-Body-Sha256", "<<digest>>")));
        sent.extend(self.sent.iter().map(|(name, text)| (name.as_str(), text.as_str())));
        let kept = sent.iter().filter(|(name, _)| !self.without.iter().any(|left_out| left_out == *name));
        let lines = kept.map(|(name, text)| [name.as_bytes(), b": ", &put(text), b"\r\n"].concat());
        let more = self.more.iter().map(|line| [&put(line)[..], b"\r\n"].concat());
        lines.chain(more).flatten().collect()
    }

    fn flipped(&self, mut mac: [u8; 32]) -> [u8; 32] {
        if let Some(byte) = &self.flip {
            mac[byte.parse::<usize>().expect("the place of a byte")] ^= 1;
        }
        mac
    }
}

fn signed(text: &str) -> String {
    String::from_utf8(text::expand(text)).expect("what is signed is text")
}

/// Inserts lines after the first line of a head; an incomplete head is returned unchanged.
pub fn put_in(head: &[u8], lines: &[u8]) -> Bytes {
    let end = head.windows(2).position(|two| two == b"\r\n").map(|at| at + 2);
    let complete = head.ends_with(b"\r\n\r\n") && end.is_some_and(|end| end < head.len());
    match end.filter(|_| complete) {
        Some(end) => [&head[..end], lines, &head[end..]].concat(),
        None => head.to_vec(),
    }
}
