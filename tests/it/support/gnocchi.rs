//! A real Gnocchi 4.7 with a PostgreSQL, both in a folder of the test and without fixed ports.
//!
//! `tests/run` installs them. PostgreSQL listens on a socket in that folder and refuses to run as root, so root starts it as the account
//! that its package creates. Both end when the value is dropped.

use super::fixture::Series;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A program that creates the tables, and serves on a free port that it prints. It does both because loading Gnocchi takes most of the time.
const SERVE: &str = r#"
import sys
import waitress
from gnocchi import service
from gnocchi.cli import manage
from gnocchi.rest import app
manage.upgrade()
server = waitress.create_server(app.load_app(service.prepare_service(sys.argv[1:])), host="127.0.0.1", port=0)
print("http://127.0.0.1:%s" % server.effective_port, flush=True)
server.run()
"#;

/// A running Gnocchi without data.
pub struct Gnocchi {
    /// The base URL. Any user with an empty password has all rights.
    pub url: String,
    api: Child,
    client: reqwest::Client,
    _postgres: Postgres,
}

/// An archive policy that retains everything for a hundred years.
pub struct Policy<'a> {
    pub name: &'a str,
    pub granularities: &'a [u32],
    pub aggregations: &'a [&'a str],
}

impl Gnocchi {
    /// Starts PostgreSQL and Gnocchi, and waits until Gnocchi prints its address.
    pub fn start() -> Self {
        let postgres = Postgres::start();
        let folder = postgres.folder.path();
        for name in ["store", "coordination"] {
            fs::create_dir(folder.join(name)).unwrap();
        }
        let shown = folder.display();
        let configuration = format!(
            "[DEFAULT]\ncoordination_url = file://{shown}/coordination\n[api]\nauth_mode = basic\n[indexer]\nurl = postgresql+psycopg2://gnocchi@/postgres?host={shown}/postgres\n[storage]\ndriver = file\nfile_basepath = {shown}/store\n"
        );
        fs::write(folder.join("gnocchi.conf"), configuration).unwrap();
        fs::write(folder.join("serve.py"), SERVE).unwrap();
        let mut python = Command::new(installed().join("python"));
        python.arg(folder.join("serve.py")).arg("--config-file").arg(folder.join("gnocchi.conf"));
        let mut api = python.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(api.stdout.take().unwrap()).lines();
        let url = lines.by_ref().map_while(Result::ok).find(|line| line.starts_with("http://"));
        std::thread::spawn(move || lines.for_each(drop));
        let client = super::fake::client();
        Self { url: url.expect("Gnocchi prints its address"), api, client, _postgres: postgres }
    }

    /// Creates an archive policy.
    pub async fn add_policy(&self, policy: &Policy<'_>) {
        let definition = |seconds: &u32| json!({"granularity": format!("{seconds}s"), "timespan": "36500d"});
        let definition: Vec<Value> = policy.granularities.iter().map(definition).collect();
        let document =
            json!({"name": policy.name, "definition": definition, "aggregation_methods": policy.aggregations});
        self.post("v1/archive_policy", &document).await;
    }

    /// Creates a resource type with an attribute `instance`.
    pub async fn add_type(&self, name: &str) {
        let attribute = json!({"type": "string", "required": false});
        self.post("v1/resource_type", &json!({"name": name, "attributes": {"instance": attribute}})).await;
    }

    /// Creates a resource for each instance, with metrics of this policy, and posts their measures. Returns the id of each metric.
    pub async fn add_series(&self, resource_type: &str, policy: &str, series: &[Series]) -> Vec<String> {
        let mut instances = BTreeMap::<String, Vec<&Series>>::new();
        for one in series {
            let instance = one.labels.iter().find(|(label, _)| label == "instance").map(|(_, value)| value.clone());
            instances.entry(instance.expect("an instance")).or_default().push(one);
        }
        let mut ids = Vec::new();
        for (instance, series) in instances {
            let metric = |one: &&Series| (one.name.clone(), json!({"archive_policy_name": policy, "unit": "%"}));
            let metrics: serde_json::Map<String, Value> = series.iter().map(metric).collect();
            let id = uuid::Uuid::new_v4().to_string();
            let resource = json!({"id": id, "instance": instance, "metrics": metrics});
            let made = self.post(&format!("v1/resource/{resource_type}"), &resource).await;
            for one in series {
                let id = made["metrics"][&one.name].as_str().expect("an id").to_owned();
                // Values that are not finite are sent as text.
                let value = |value: f64| if value.is_finite() { json!(value) } else { json!(value.to_string()) };
                let point =
                    |&(time, number): &(i64, f64)| json!({"timestamp": time as f64 / 1000.0, "value": value(number)});
                let measures: Vec<Value> = one.points.iter().map(point).collect();
                self.post(&format!("v1/metric/{id}/measures"), &Value::from(measures)).await;
                self.refresh(&id).await;
                ids.push(id);
            }
        }
        ids
    }

    /// Computes the aggregates, which a background program would do later.
    async fn refresh(&self, id: &str) {
        let url = format!("{}/v1/metric/{id}/measures?refresh=true&start=2100-01-01", self.url);
        let reply = self.client.get(url).basic_auth("admin", Some("")).send().await.unwrap();
        assert!(reply.status().is_success(), "{}", reply.text().await.unwrap());
    }

    async fn post(&self, path: &str, document: &Value) -> Value {
        let request = self.client.post(format!("{}/{path}", self.url)).basic_auth("admin", Some(""));
        let reply = request.header("content-type", "application/json").body(document.to_string()).send().await.unwrap();
        let (status, body) = (reply.status(), reply.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {body}");
        serde_json::from_str(&body).unwrap_or_default()
    }
}

impl Drop for Gnocchi {
    fn drop(&mut self) {
        let _ = self.api.kill();
        let _ = self.api.wait();
    }
}

/// A database without a password and without fsync.
struct Postgres {
    server: Child,
    folder: TempDir,
}

impl Postgres {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("postgres");
        fs::create_dir(&data).unwrap();
        if let Some((user, group)) = account(folder.path()) {
            fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
            chown(&data, Some(user), Some(group)).unwrap();
        }
        fs::set_permissions(&data, Permissions::from_mode(0o700)).unwrap();
        finish(postgres("initdb", &data).args([
            "-A",
            "trust",
            "-U",
            "gnocchi",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C",
        ]));
        let socket = format!("-k{}", data.display());
        let mut command = postgres("postgres", &data);
        command.args(["-F", "-c", "listen_addresses=", &socket]).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Self { server: command.spawn().unwrap(), folder };
        let begin = Instant::now();
        while !data.join(".s.PGSQL.5432").exists() || !answers(&data) {
            assert!(begin.elapsed() < Duration::from_secs(90), "PostgreSQL starts");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }
}

impl Drop for Postgres {
    /// Stops the server by `pg_ctl`, because a killed server leaves shared memory behind.
    fn drop(&mut self) {
        let _ = postgres("pg_ctl", &self.folder.path().join("postgres")).args(["stop", "-m", "immediate"]).output();
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn answers(data: &Path) -> bool {
    let mut command = Command::new(postgres_folder().join("pg_isready"));
    command.arg("-h").arg(data).output().is_ok_and(|output| output.status.success())
}

/// Returns a command of PostgreSQL for the folder `data`, as the owner of the folder.
fn postgres(name: &str, data: &Path) -> Command {
    let mut command = Command::new(postgres_folder().join(name));
    command.arg("-D").arg(data).current_dir(data).env("LC_ALL", "C");
    let owner = fs::metadata(data).unwrap();
    if account(data.parent().unwrap()).is_some() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    command
}

/// Returns the folder with the programs of the newest installed version (Debian).
fn postgres_folder() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed: see tests/run");
    let version = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let newest = versions.map(|entry| entry.unwrap().path()).max_by_key(version);
    newest.expect("a version of PostgreSQL").join("bin")
}

/// Returns user and group of the account `postgres` if `folder` belongs to root.
fn account(folder: &Path) -> Option<(u32, u32)> {
    if fs::metadata(folder).unwrap().uid() != 0 {
        return None;
    }
    let accounts = fs::read_to_string("/etc/passwd").unwrap();
    let line = accounts.lines().find(|line| line.starts_with("postgres:")).expect("the account of PostgreSQL");
    let fields: Vec<&str> = line.split(':').collect();
    Some((fields[2].parse().unwrap(), fields[3].parse().unwrap()))
}

/// Returns the folder in which `tests/run` installs Gnocchi.
fn installed() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(target).join("gnocchi-4.7.1/bin");
    assert!(folder.exists(), "Gnocchi is installed by tests/run");
    folder
}

fn finish(command: &mut Command) {
    let output = command.output().unwrap();
    let name = command.get_program().to_string_lossy().into_owned();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
}
