//! A fake of OVH's APIv6 with one application and consumer, its own clock, and responses of the test.
//!
//! Signatures are checked by the documented formula, `"$1$" + SHA1_HEX(AS+"+"+CK+"+"+METHOD+"+"+QUERY+"+"+BODY+"+"+TSTAMP)`, where the
//! query is the full URL. Only requests of the clock are unsigned.

use super::fake::{Fake, Seen};
use axum::http::StatusCode;
use sha1::{Digest, Sha1};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

pub const APPLICATION_KEY: &str = "7kbG7Bk7S9Nt7ZSV";
pub const APPLICATION_SECRET: &str = "9ufkBmLaTQ9nz5yMUlg79taH0GNnzDjk";
pub const CONSUMER_KEY: &str = "5mBuy6SUQcRw2ZUxg0cG68BoDKpED4KY";

/// Responses by method, space and path below the version: status and body.
type Answers = BTreeMap<String, (u16, String)>;

/// The API; clones share their state.
#[derive(Debug, Clone, Default)]
pub struct Ovh {
    answers: Arc<Mutex<Answers>>,
    /// The offset of its clock from that of the machine, in seconds.
    ahead: Arc<AtomicI64>,
}

impl Ovh {
    /// Starts the fake; the base URL of the API is that of the fake and `/1.0`.
    pub async fn start(&self) -> Fake {
        let ovh = self.clone();
        Fake::start(move |seen| ovh.answer(seen)).await
    }

    /// Sets the response of `call`, a method and a path.
    pub fn answers(&self, call: &str, status: u16, body: &str) {
        self.answers.lock().unwrap().insert(call.to_owned(), (status, body.to_owned()));
    }

    /// Sets the offset of the clock, in seconds.
    pub fn set_clock(&self, ahead: i64) {
        self.ahead.store(ahead, Ordering::SeqCst);
    }

    fn answer(&self, seen: &Seen) -> (StatusCode, String) {
        let (status, body) = self.status_and_body(seen);
        (StatusCode::from_u16(status).unwrap(), body)
    }

    fn status_and_body(&self, seen: &Seen) -> (u16, String) {
        let Some(path) = seen.path.strip_prefix("/1.0") else { return (404, "<html>".to_owned()) };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
        let now = now + self.ahead.load(Ordering::SeqCst);
        if path == "/auth/time" {
            return (200, now.to_string());
        }
        if let Some((status, word)) = refused(seen, now) {
            return (status, error(word));
        }
        let answer = self.answers.lock().unwrap().get(&format!("{} {path}", seen.method)).cloned();
        answer.unwrap_or((404, r#"{"class":"Client::NotFound","message":"Got an invalid (or empty) URL"}"#.to_owned()))
    }
}

/// Returns status and error code of a call without a valid signature.
fn refused(seen: &Seen, now: i64) -> Option<(u16, &'static str)> {
    if seen.header("x-ovh-application") != Some(APPLICATION_KEY) {
        return Some((403, "INVALID_KEY"));
    }
    if seen.header("x-ovh-consumer") != Some(CONSUMER_KEY) {
        return Some((403, "INVALID_CREDENTIAL"));
    }
    let timestamp = seen.header("x-ovh-timestamp").unwrap_or_default();
    if !timestamp.parse::<i64>().is_ok_and(|second| (second - now).abs() <= 30) {
        return Some((400, "QUERY_TIME_OUT"));
    }
    assert!(seen.parameters.is_empty(), "the URL below is the whole one");
    let url = format!("http://{}{}", seen.header("host").unwrap(), seen.path);
    let body = std::str::from_utf8(&seen.body).unwrap();
    let signature = signature(APPLICATION_SECRET, CONSUMER_KEY, seen.method.as_str(), &url, body, timestamp);
    (seen.header("x-ovh-signature") != Some(&signature)).then_some((400, "INVALID_SIGNATURE"))
}

/// Returns the signature by the documented formula.
pub fn signature(secret: &str, consumer: &str, method: &str, url: &str, body: &str, timestamp: &str) -> String {
    let text = [secret, consumer, method, url, body, timestamp].join("+");
    let digits = Sha1::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("$1${digits}")
}

/// Returns an error body with a key in its message, which logs must not repeat.
pub fn error(word: &str) -> String {
    format!(r#"{{"errorCode":"{word}","httpCode":"403 Forbidden","message":"{CONSUMER_KEY} is not right"}}"#)
}

/// A filer with the fields of the API's model.
pub const FILER: &str = r#"{"filerId":443,"name":"pcc-000443","profile":"NFS-1200","fullProfile":"1200GB","billingType":"monthly",
"state":"delivered","connectionState":"online","activeNode":"master","master":"10.0.0.1","slave":null,"isManagedByOvh":true,
"size":{"unit":"GB","value":1200},"spaceFree":898.5,"spaceUsed":301.5,"spaceProvisionned":512.25,"vmTotal":12}"#;
/// A host with the fields of the API's model.
pub const HOST: &str = r#"{"hostId":51,"name":"172.17.86.51","profile":"M","rack":"T08B12","state":"delivered","connectionState":"connected",
"inMaintenance":false,"clusterName":"Cluster1","cpu":{"unit":"MHz","value":38400},"cpuMax":38400,"cpuMaxCore":2400,"cpuNum":16,
"cpuUsed":4125,"memoryUsed":11452.5,"ram":{"unit":"GB","value":256},"uptime":8640000,"vmTotal":12,"vmVcpuTotal":30,"parentHostId":null}"#;
/// A virtual machine with the fields of the API's model.
pub const VM: &str = r#"{"vmId":1254,"name":"web-1","hostName":"172.17.86.51","moRef":"vm-01254","powerState":"poweredOn","cpuUsed":215,
"cpuMax":4800,"cpuNum":2,"cpuReady":34.5,"cpuReadyPercent":0.25,"memoryUsed":1024,"memoryMax":4096,"memoryTps":"128","netRx":12.5,"netTx":7.25,
"netPacketRx":91,"netPacketTx":64,"readLatency":1.5,"writeLatency":2.5,"readPerSecond":4,"writePerSecond":16,"readRate":48,"writeRate":256,
"snapshotNum":0}"#;
