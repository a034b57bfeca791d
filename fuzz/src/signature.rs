//! `signature`: a request that was signed, and one that is sent with its signature → accepted only if both are the same request.
//!
//! ```text
//! signed POST /v1/metrics 1792540800000 key-1 - Openapi -
//! sent POST /v1/metrics 1792540800000 key-1 - Openapi -    method, target, time, access key, account, client type, digest
//! was {}                                                     the body when it was signed
//! body {}                                                    the body that is sent
//! secret other                                               a secret that no key has
//! flip 3                                                     this byte of the signature is another
//! raw AAAA                                                   instead of any signature
//! now 1792540800000
//! rules strict                                               or: account
//! ```
//!
//! `-` is an empty value. The digest `own` is that of the body. Values missing in `sent` are those of `signed`. Targets are those of the
//! operations, because other requests are rejected earlier.

use crate::words::{Words, text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use metricshot::auth::{Account, Authenticator, BodyProof, Claim, Headers, Key, KeyText, Now, Replay, Rules};
use metricshot::limits::Limits;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

const URL: &str = "http://127.0.0.1:8080";
const TARGETS: [&str; 6] = [
    "/v1/metrics",
    "//v1/metrics",
    "/v1/metrics/data",
    "//v1/metrics/data",
    "/v1/metrics/data/download/image",
    "//v1/metrics/data/download/image",
];
/// Access keys, secrets, and rules for the body. One access key is a prefix of another, and one has digits only.
const KEYS: [(&str, &str, BodyProof); 4] = [
    ("key-1", "b1946ac92492d2347c6235b4d2611184", BodyProof::Optional),
    ("key-11", "591785b794601e212b260e25925636fd", BodyProof::Optional),
    ("12", "0cc175b9c0f1b6a831c399e269772661", BodyProof::Optional),
    ("key-s", "92eb5ffee6ae2fec3ad71c777531578f", BodyProof::Signed),
];
const OTHER: &str = "4a8a08f09d37b73795649038408b5f33";
const CLIENTS: [&str; 2] = ["Openapi", "Console"];

/// The inputs of a signature, except the URL before the target.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Request {
    method: String,
    target: &'static str,
    timestamp: String,
    access_key: String,
    account: String,
    client_type: String,
    digest: String,
    body: String,
}

impl Request {
    fn mac(&self, secret: &str, account: &str) -> [u8; 32] {
        let (method, target, time) = (&*self.method, self.target, &*self.timestamp);
        let parts = [method, URL, target, time, &self.access_key, account, &self.client_type, &self.digest];
        let keyed = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
        parts.into_iter().fold(keyed, |mac, part| mac.chain_update(part)).finalize().into_bytes().into()
    }

    /// Reports whether the request is accepted with this signature.
    fn is_accepted(&self, signature: &str, identity: &Authenticator, now_ms: i64) -> bool {
        let headers = Headers {
            access_key: &self.access_key,
            timestamp: &self.timestamp,
            client_type: &self.client_type,
            account_id: &self.account,
            signature,
            body: &self.digest,
        };
        let claim = Claim::of(&self.method, self.target, headers);
        let signed = claim.and_then(|claim| {
            identity.signer(&claim, &[URL.to_owned()], Now { unix_ms: now_ms, uptime: Duration::ZERO })
        });
        signed.and_then(|signed| signed.with_body(self.body.as_bytes())).is_ok()
    }

    /// Reports whether a client may send the request.
    fn is_valid(&self, now_ms: i64) -> bool {
        let is_time = self.timestamp.len() == 13 && self.timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let skew = i64::try_from(Limits::default().signature_skew.as_millis()).expect("minutes");
        let time = self.timestamp.parse().ok().filter(|_| is_time);
        let is_now = time.is_some_and(|time: i64| time.abs_diff(now_ms) <= skew.unsigned_abs());
        let key = KEYS.iter().find(|key| key.0 == self.access_key);
        let has_proof = key.is_some_and(|key| key.2 == BodyProof::Optional || !self.digest.is_empty());
        let is_of_body = self.digest.is_empty() || self.digest == sha256(&self.body);
        is_now && has_proof && is_of_body && CLIENTS.contains(&&*self.client_type)
    }
}

/// A parsed input.
struct Case {
    signed: Request,
    sent: Request,
    secret: Option<&'static str>,
    flip: Option<usize>,
    raw: Option<String>,
    now_ms: i64,
    rules: Rules,
}

pub fn check(input: &[u8]) {
    let Some(case) = case(&text(input)) else { return };
    let Case { signed, sent, now_ms, rules, .. } = &case;
    let secret_of = |request: &Request| KEYS.iter().find(|key| key.0 == request.access_key).map(|key| key.1);
    let secret = case.secret.or(secret_of(signed)).unwrap_or(OTHER);
    let mut mac = signed.mac(secret, &signed.account);
    case.flip.into_iter().for_each(|byte| mac[byte] ^= 1);
    let signature = case.raw.clone().unwrap_or_else(|| STANDARD.encode(mac));

    let is_accepted = sent.is_accepted(&signature, &identity(rules), *now_ms);
    let accounts = match rules.account {
        Account::AsSent => vec![sent.account.as_str()],
        Account::AsSentOrNone => vec![sent.account.as_str(), ""],
    };
    let recomputed = secret_of(sent).map(|secret| accounts.iter().map(|account| sent.mac(secret, account)));
    let agrees = recomputed.is_some_and(|mut macs| macs.any(|mac| STANDARD.encode(mac) == signature));
    assert_eq!(is_accepted, agrees && sent.is_valid(*now_ms), "{sent:?} with {signature}");
    if case.raw.is_none() {
        let is_made_by_a_key = secret_of(signed) == Some(secret) && case.flip.is_none();
        assert!(!is_accepted || is_made_by_a_key, "accepted without the key: {sent:?}");
    }
    // A signature of a valid request is good for that request only, except for an unsigned body.
    if is_accepted && case.raw.is_none() && signed.is_valid(*now_ms) {
        let account = if signed.account.is_empty() && rules.account == Account::AsSentOrNone {
            sent.account.clone()
        } else {
            signed.account.clone()
        };
        let body = if signed.digest.is_empty() { sent.body.clone() } else { signed.body.clone() };
        assert_eq!(*sent, Request { account, body, ..signed.clone() });
    }
}

fn identity(rules: &Rules) -> Authenticator {
    let key = |(access_key, secret, body_proof): (&str, &str, BodyProof)| {
        let (access_key, secret) = (Some(access_key.to_owned()), Some(secret.into()));
        Arc::new(Key::new("k", KeyText { access_key, secret, body_proof, ..KeyText::default() }).expect("a valid key"))
    };
    Authenticator::new(KEYS.map(key).to_vec(), rules.clone(), &Limits::default(), 0)
}

/// Parses an input; `None` if it has no request.
fn case(text: &str) -> Option<Case> {
    let line = |word: &str| text.lines().find_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
    let was = line("was").or(line("body")).unwrap_or_default();
    let signed = request(line("signed")?, was)?;
    let body = line("body").unwrap_or(was);
    let sent = match line("sent") {
        Some(words) => request(words, body)?,
        None => Request { body: body.to_owned(), ..signed.clone() },
    };
    let account = if line("rules") == Some("account") { Account::AsSentOrNone } else { Account::AsSent };
    let replay = if line("rules") == Some("strict") { Replay::Strict } else { Replay::Lenient };
    let client_types = CLIENTS.map(str::to_owned).to_vec();
    Some(Case {
        now_ms: line("now").and_then(|now| now.parse().ok()).unwrap_or(1_792_540_800_000),
        secret: line("secret").map(|_| OTHER),
        flip: line("flip").and_then(|byte| byte.parse().ok()).filter(|byte| *byte < 32),
        raw: line("raw").map(str::to_owned),
        rules: Rules { replay, account, client_types },
        signed,
        sent,
    })
}

fn request(words: &str, body: &str) -> Option<Request> {
    let mut words = Words::of(words);
    let mut word = || Some(words.word()).filter(|word| *word != "-").unwrap_or_default();
    let method = if word() == "GET" { "GET" } else { "POST" };
    let path = word();
    let target = TARGETS.into_iter().find(|target| *target == path)?;
    let [timestamp, access_key, account, client_type, digest] = std::array::from_fn(|_| word().to_owned());
    let digest = if digest == "own" { sha256(body) } else { digest };
    let (method, body) = (method.to_owned(), body.to_owned());
    Some(Request { method, target, timestamp, access_key, account, client_type, digest, body })
}

fn sha256(body: &str) -> String {
    Sha256::digest(body).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes it");
        text
    })
}
