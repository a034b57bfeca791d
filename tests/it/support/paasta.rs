//! A fake of PaaS-TA's monitoring of OpenStack with the samples of a test, which answers as the program of 2018 does.
//!
//! Charts are InfluxQL over the samples of agents: a window relative to now that excludes both ends, groups that begin at multiples of their
//! length, and the mean or sum of each group. A client gets a session by a ping, logs in, and loses the session after some calls.

use super::fake::{Fake, Seen};
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

/// The data and settings of the fake.
#[derive(Debug, Default)]
pub struct PaasTa {
    pub samples: Vec<Measured>,
    /// Projects as in the summary.
    pub projects: Vec<Value>,
    /// Instances as on a page; `tenant_id` is the project.
    pub instances: Vec<Value>,
    pub now: Now,
    pub names: Names,
    /// The credentials and the number of calls of a session; `None`: no login is required.
    pub login: Option<Login>,
    pub sessions: Mutex<Vec<Session>>,
}

/// Samples of one measurement of an instance; times are Unix milliseconds.
#[derive(Debug, Clone)]
pub struct Measured {
    pub instance: String,
    pub measurement: &'static str,
    pub points: Vec<(i64, f64)>,
}

/// The clock of the fake.
#[derive(Debug, Clone, Copy)]
pub enum Now {
    /// A fixed time in Unix milliseconds.
    Fixed(i64),
    /// The clock of this machine, shifted by a number of seconds.
    Machine(i64),
}

impl Default for Now {
    fn default() -> Self {
        Self::Machine(0)
    }
}

/// The names of series in operations that return a single series.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Names {
    /// The names of the program: `cpu`, `memory`, `read`, `write`.
    #[default]
    Program,
    /// The name of the guide: always `cpu`.
    Guide,
}

#[derive(Debug, Clone)]
pub struct Login {
    pub username: &'static str,
    pub password: &'static str,
    pub calls: usize,
}

#[derive(Debug)]
pub struct Session {
    token: String,
    cookie: String,
    calls_left: usize,
}

type Answer = (StatusCode, HeaderMap, String);

impl PaasTa {
    /// Starts the fake.
    pub async fn start(self) -> Fake {
        Fake::start(move |seen| self.answer(seen)).await
    }

    /// Returns status, headers and body.
    pub fn answer(&self, seen: &Seen) -> Answer {
        match (seen.method.as_str(), seen.path.as_str()) {
            ("GET", "/v1/ping") => self.ping(),
            ("POST", "/v1/login") => self.log_in(seen),
            _ if !self.admits(seen) => problem(401, "UnAuthrized"),
            ("GET", path) => self.get(path, seen),
            _ => text(404, "404 page not found\n"),
        }
    }

    fn ping(&self) -> Answer {
        let mut sessions = self.sessions.lock().unwrap();
        let number = sessions.len();
        let (token, cookie) = (format!("token-{number}"), format!("session=cookie-{number}"));
        let mut headers = HeaderMap::new();
        headers.insert("x-xsrf-token", token.parse().unwrap());
        headers.insert("set-cookie", format!("{cookie}; Path=/; HttpOnly").parse().unwrap());
        sessions.push(Session { token, cookie, calls_left: 0 });
        (StatusCode::OK, headers, String::new())
    }

    fn log_in(&self, seen: &Seen) -> Answer {
        let mut sessions = self.sessions.lock().unwrap();
        let Some(session) = sessions.iter_mut().find(|session| session.is_of(seen)) else {
            return text(403, "\"Forbidden login\"");
        };
        let login = self.login.as_ref().unwrap();
        if serde_json::from_slice::<Value>(&seen.body).unwrap()
            != json!({"username": login.username, "password": login.password})
        {
            return problem(401, "The request you have made requires authentication.");
        }
        session.calls_left = login.calls;
        text(200, "{}")
    }

    fn admits(&self, seen: &Seen) -> bool {
        let mut sessions = self.sessions.lock().unwrap();
        let session = sessions.iter_mut().find(|session| session.is_of(seen) && session.calls_left > 0);
        if let Some(session) = session {
            session.calls_left -= 1;
            return true;
        }
        self.login.is_none()
    }

    fn get(&self, path: &str, seen: &Seen) -> Answer {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match parts[..] {
            ["v1", "openstack", "projects", "summary"] => text(200, &Value::from(self.projects.clone()).to_string()),
            ["v1", "openstack", "projects", project, "instances"] => self.page(project, seen),
            ["v1", "openstack", "projects", instance, operation] => self.chart(instance, operation, seen),
            _ => text(404, "404 page not found\n"),
        }
    }

    fn page(&self, project: &str, seen: &Seen) -> Answer {
        let Some(limit) = seen.parameter("limit") else { return missing("limit") };
        let name = seen.parameter("hostname").unwrap_or_default();
        let of_project =
            |instance: &&Value| instance["tenant_id"] == project && instance["name"].as_str().unwrap().contains(name);
        let all: Vec<&Value> = self.instances.iter().filter(of_project).collect();
        let is_marker = |instance: &&Value| Some(instance["instance_id"].as_str().unwrap()) == seen.parameter("marker");
        let first = all.iter().position(is_marker).map_or(0, |at| at + 1);
        let page: Vec<&Value> = all[first..].iter().take(limit.parse().unwrap()).copied().collect();
        text(200, &json!({"metric": page, "projectId": project, "totalCnt": all.len()}).to_string())
    }

    fn chart(&self, instance: &str, operation: &str, seen: &Seen) -> Answer {
        let Some(group) = seen.parameter("groupBy") else { return missing("groupBy") };
        let times = ["defaultTimeRange", "timeRangeFrom", "timeRangeTo"].map(|name| seen.parameter(name));
        let (from, to) = match times {
            [Some(whole), _, _] => (Some("0s"), Some(whole)),
            [None, Some(from), Some(to)] => (Some(from), Some(to)),
            [None, None, _] => return missing("timeRangeFrom"),
            [None, _, None] => return missing("timeRangeTo"),
        };
        let durations = [from, to, Some(group)].map(|text| text.and_then(duration));
        let [Some(from), Some(to), Some(group)] = durations else { return problem(500, "error parsing query") };
        let now = self.now.milliseconds();
        let window = Window { after: now - to, before: now - from, group };
        let means = |measurement| self.groups(instance, measurement, window, |sum, count| sum / count);
        let sums = |measurement| self.groups(instance, measurement, window, |sum, _| sum);
        let kilobytes = |measurement| self.groups(instance, measurement, window, |sum, _| sum / 1024.0);
        let series = match operation {
            "cpuUsage" => vec![("cpu", means("cpu.utilization_norm_perc"))],
            "memUsage" => vec![("memory", memory(&means("mem.free_mb"), &means("mem.total_mb")))],
            "diskRead" => vec![("read", kilobytes("io.read_bytes_sec"))],
            "diskWrite" => vec![("write", kilobytes("io.write_bytes_sec"))],
            "networkIo" => vec![("in", kilobytes("net.in_bytes_sec")), ("out", kilobytes("net.out_bytes_sec"))],
            "networkPackets" => vec![("in", sums("net.in_packets_sec")), ("out", sums("net.out_packets_sec"))],
            _ => return text(404, "404 page not found\n"),
        };
        let named = |name: &'static str| match self.names {
            Names::Guide if !matches!(name, "in" | "out") => "cpu",
            _ => name,
        };
        let element = |(name, points): &(&'static str, Vec<(i64, f64)>)| {
            let point = |(time, value): &(i64, f64)| format!("{{\"time\":{time},\"usage\":{}}}", rounded(*value));
            let points: Vec<String> = points.iter().map(point).collect();
            let points = if points.is_empty() { "null".to_owned() } else { format!("[{}]", points.join(",")) };
            format!("{{\"metric\":{points},\"name\":\"{}\"}}", named(name))
        };
        let elements: Vec<String> = series.iter().map(element).collect();
        text(200, &format!("[{}]", elements.join(",")))
    }

    /// Returns the start of each group in seconds, and the aggregate of its sum and count.
    fn groups(
        &self,
        instance: &str,
        name: &str,
        window: Window,
        aggregate: impl Fn(f64, f64) -> f64,
    ) -> Vec<(i64, f64)> {
        let mut groups = BTreeMap::<i64, (f64, f64)>::new();
        let matches = |measured: &&Measured| measured.instance == instance && measured.measurement == name;
        for (time, value) in self.samples.iter().filter(matches).flat_map(|measured| &measured.points) {
            if *time > window.after && *time < window.before {
                let group = groups.entry(time.div_euclid(window.group) * window.group / 1000).or_default();
                *group = (group.0 + value, group.1 + 1.0);
            }
        }
        groups.into_iter().map(|(time, (sum, count))| (time, aggregate(sum, count))).collect()
    }
}

impl Session {
    fn is_of(&self, seen: &Seen) -> bool {
        seen.header("x-xsrf-token") == Some(&self.token) && seen.header("cookie") == Some(&self.cookie)
    }
}

impl Now {
    fn milliseconds(self) -> i64 {
        match self {
            Self::Fixed(time) => time,
            Self::Machine(more) => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
                i64::try_from(now).unwrap() + more * 1000
            }
        }
    }
}

/// A time window in milliseconds that excludes both ends.
#[derive(Debug, Clone, Copy)]
struct Window {
    after: i64,
    before: i64,
    group: i64,
}

/// Joins two lists by the first 18 characters of the times, without the last digit of the seconds, as the program does.
fn memory(free: &[(i64, f64)], total: &[(i64, f64)]) -> Vec<(i64, f64)> {
    let joined = |(time, free): &(i64, f64)| {
        let (_, total) = total.iter().find(|(other, _)| other / 10 == time / 10)?;
        (free <= total).then_some((*time, 100.0 - free / total * 100.0))
    };
    free.iter().filter_map(joined).collect()
}

/// Rounds to two decimals, as the program does.
pub fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Parses an InfluxQL duration such as `1h36m`; returns milliseconds.
fn duration(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut sum = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];
        let (unit, milliseconds) = units.iter().find(|(unit, _)| rest.starts_with(unit))?;
        sum += number * milliseconds;
        rest = &rest[unit.len()..];
    }
    (!text.is_empty()).then_some(sum)
}

fn text(status: u16, body: &str) -> Answer {
    (StatusCode::from_u16(status).unwrap(), HeaderMap::new(), body.to_owned())
}

fn missing(name: &str) -> Answer {
    text(400, &format!("Required input value does not exist. [{name}]"))
}

fn problem(status: u16, message: &str) -> Answer {
    text(status, &format!("{{\"message\":\"{message}\",\"HttpStatus\":{status}}}"))
}
