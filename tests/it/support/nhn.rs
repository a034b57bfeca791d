//! A fake of NHN Cloud System Monitoring: a gateway that requires an app key in front of a real Prometheus, and an API of workspaces,
//! targets and servers with state.
//!
//! The gateway forwards only the ten calls of the guide. The API rejects with HTTP status 200 and a code in the body.

use super::fake::{Fake, Seen};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

pub const KEY: &str = "appkey";
pub const PROJECT: &str = "aOpreudC";
/// The id of a host of the service.
pub const HOST: &str = "0c4b2f5e-1a63-4b36-a9a3-6a5b5d0cbb11";

/// The data and settings of the fake.
#[derive(Debug, Clone, Default)]
pub struct Nhn {
    /// The base URL of a Prometheus with its prefix `/prometheus`.
    pub prometheus: Option<String>,
    pub state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
pub struct State {
    pub jobs: Vec<Value>,
    /// Targets with the id of their job.
    pub targets: Vec<(String, Value)>,
    /// The number of issued ids.
    issued: usize,
}

type Answer = (StatusCode, HeaderMap, String);

impl Nhn {
    /// Starts the fake.
    pub async fn start(&self) -> Fake {
        let nhn = self.clone();
        Fake::start(move |seen| nhn.answer(seen)).await
    }

    /// Returns status, headers and body.
    pub fn answer(&self, seen: &Seen) -> Answer {
        if seen.header("x-tc-app-key") != Some(KEY) {
            return enveloped(401, -1, "Unauthorized", &Value::Null);
        }
        let path: Vec<&str> = seen.path.trim_start_matches('/').split('/').collect();
        match path[..] {
            ["prometheus", "api", "v1", ref rest @ ..] => self.pass(rest, seen),
            [generation @ ("openmetric" | "v1.0"), "projects", project, ref rest @ ..] => {
                let region =
                    seen.header("x-sysmon-region").is_some_and(|region| matches!(region, "kr" | "kr2" | "jp" | "us"));
                let wants_region = matches!(
                    (generation, seen.method.as_str(), rest),
                    ("v1.0", ..) | (_, "POST", ["jobs"]) | (_, _, ["servers"])
                );
                match () {
                    () if project != PROJECT => enveloped(403, -1, "Forbidden", &Value::Null),
                    () if wants_region && !region => refused(-40002, "X-Sysmon-Region"),
                    () => self.manage(rest, seen),
                }
            }
            _ => not_found(),
        }
    }

    fn pass(&self, rest: &[&str], seen: &Seen) -> Answer {
        let passes = matches!(
            (seen.method.as_str(), rest),
            ("GET" | "POST", ["query" | "query_range" | "series" | "labels"])
                | ("GET", ["label", _, "values"] | ["metadata"])
        );
        match &self.prometheus {
            Some(prometheus) if passes => forwarded(prometheus, &rest.join("/"), seen),
            _ => not_found(),
        }
    }

    fn manage(&self, rest: &[&str], seen: &Seen) -> Answer {
        let mut state = self.state.lock().unwrap();
        let document: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
        let fields = |names: &[&str]| names.iter().all(|name| document[name].is_string());
        let member = seen.parameter("memberId").is_some_and(|member| member.len() == 36);
        let found = |state: &State, job: &str| state.jobs.iter().position(|known| known["jobId"] == job);
        match (seen.method.as_str(), rest) {
            ("GET", ["jobs"]) => success(&json!(state.jobs)),
            ("POST", ["jobs"]) if fields(&["jobName", "metricsPath", "description"]) => state.create_job(&document),
            ("GET", ["servers"]) => success(&json!([{"hostId": HOST, "hostName": "web-1", "ip": "192.168.0.10"}])),
            (_, ["jobs", job, ..]) if found(&state, job).is_none() => refused(-40006, "job not found"),
            ("PUT", ["jobs", job]) if fields(&["metricsPath", "description"]) => {
                let at = found(&state, job).unwrap();
                state.jobs[at]["metricsPath"] = document["metricsPath"].clone();
                state.jobs[at]["description"] = document["description"].clone();
                success(&state.jobs[at].clone())
            }
            ("DELETE", ["jobs", job]) if member => {
                let at = found(&state, job).unwrap();
                state.jobs.remove(at);
                state.targets.retain(|(of, _)| of != job);
                success(&Value::Null)
            }
            ("GET", ["jobs", job, "targets"]) => {
                let of_job = state.targets.iter().filter(|(of, _)| of == job).map(|(_, target)| target);
                success(&of_job.cloned().collect())
            }
            // The guide's example posts to the job itself.
            ("POST", ["jobs", job] | ["jobs", job, "targets"]) if fields(&["hostId", "port", "description"]) => {
                state.create_target(job, document)
            }
            ("DELETE", ["jobs", job, "targets", target]) if member => state.delete_target(job, target),
            _ => refused(-40002, "bad request"),
        }
    }
}

impl State {
    fn create_job(&mut self, document: &Value) -> Answer {
        let name = document["jobName"].as_str().unwrap();
        match name {
            _ if self.jobs.iter().any(|job| job["jobName"] == name) => refused(-40001, "already exists"),
            "openmetrics" => refused(-40012, "reserved"),
            "fails" => refused(-50000, "internal error"),
            _ => {
                let mut job = document.clone();
                job["jobId"] = json!(self.id("job"));
                self.jobs.push(job.clone());
                success(&job)
            }
        }
    }

    fn create_target(&mut self, job: &str, mut target: Value) -> Answer {
        let same = |known: &Value| known["hostId"] == target["hostId"] && known["port"] == target["port"];
        if self.targets.iter().any(|(of, known)| of == job && same(known)) {
            return refused(-40001, "already exists");
        }
        target["targetId"] = json!(self.id("target"));
        self.targets.push((job.to_owned(), target.clone()));
        success(&target)
    }

    fn delete_target(&mut self, job: &str, target: &str) -> Answer {
        let before = self.targets.len();
        self.targets.retain(|(of, known)| of != job || known["targetId"] != target);
        if self.targets.len() == before { refused(-40004, "target not found") } else { success(&Value::Null) }
    }

    fn id(&mut self, of: &str) -> String {
        self.issued += 1;
        format!("{of}-{}", self.issued)
    }
}

fn success(body: &Value) -> Answer {
    enveloped(200, 0, "SUCCESS", body)
}

fn refused(code: i64, message: &str) -> Answer {
    enveloped(200, code, message, &Value::Null)
}

fn enveloped(status: u16, code: i64, message: &str, body: &Value) -> Answer {
    let header = json!({"isSuccessful": code == 0, "resultCode": code, "resultMessage": message});
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, "application/json".parse().unwrap())]);
    (StatusCode::from_u16(status).unwrap(), headers, json!({"header": header, "body": body}).to_string())
}

fn not_found() -> Answer {
    (StatusCode::NOT_FOUND, HeaderMap::new(), "404".to_owned())
}

/// Forwards a request to a Prometheus, without the app key.
fn forwarded(prometheus: &str, path: &str, seen: &Seen) -> Answer {
    let mut url = reqwest::Url::parse(&format!("{prometheus}/api/v1/{path}")).unwrap();
    let is_form = seen.method == "POST";
    if !is_form && !seen.parameters.is_empty() {
        url.query_pairs_mut().extend_pairs(&seen.parameters);
    }
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let target = format!("{}{query}", url.path());
    let (kind, length) = (seen.header("content-type").unwrap_or_default(), seen.body.len());
    // HTTP 1.0, so that the response has no chunks.
    let head = format!("{} {target} HTTP/1.0\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n", seen.method);
    let address = (url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(&[head.as_bytes(), &seen.body].concat()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (StatusCode::from_u16(status).unwrap(), HeaderMap::new(), body.to_owned())
}
