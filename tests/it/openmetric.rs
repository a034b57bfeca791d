//! `metricshot openmetric` of the built program with a fake of NHN's service: calls of the guide, output, rejections and exit codes.

use crate::support::fake::{Fake, RawFake, Seen, Then};
use crate::support::nhn::{HOST, KEY, Nhn, PROJECT};
use axum::http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};
use std::fs;
use std::process::Command;

const MEMBER: &str = "45fbde15-cdd2-4891-be31-4a9de75fccda";

/// Runs the program; returns exit code, standard output and standard error.
type Ended = (Option<i32>, String, String);

fn configuration(url: &str) -> String {
    format!(
        "[sources.nhn]\ntype = \"prometheus\"\nurl = \"{url}/prometheus\"\nheaders = {{ X-TC-APP-KEY = \"{KEY}\" }}\n"
    )
}

fn with(configuration: &str, arguments: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("metricshot.toml");
    fs::write(&file, configuration).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_metricshot"));
    command.arg("--config").arg(&file).arg("openmetric").args(arguments).env_clear();
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Runs an operation with the project and region of the fake.
fn run(fake: &Fake, arguments: &[&str]) -> Ended {
    with(&configuration(&fake.url), &[arguments, &["--project", PROJECT, "--region", "kr"]].concat())
}

/// Returns method, path, query, region and document of the only call.
fn only_call(fake: &Fake) -> (String, String, Vec<(String, String)>, Option<String>, Value) {
    let seen = fake.seen();
    let [seen] = &seen[..] else { panic!("{} calls", seen.len()) };
    assert_eq!(seen.header("x-tc-app-key"), Some(KEY));
    let document = serde_json::from_slice(&seen.body).unwrap_or_default();
    assert_eq!(seen.header("content-type"), (!seen.body.is_empty()).then_some("application/json"));
    let region = seen.header("x-sysmon-region").map(str::to_owned);
    (seen.method.to_string(), seen.path.clone(), seen.parameters.clone(), region, document)
}

fn job() -> [&'static str; 2] {
    ["--job", "job-1"]
}

/// All operations in an order that the fake can perform: the arguments, and the call of the guide.
fn operations() -> Vec<(Vec<&'static str>, &'static str, &'static str, Value)> {
    let by = ["--member", MEMBER];
    vec![
        (
            vec!["jobs", "create", "--name", "jobName", "--path", "/url", "--description", "description"],
            "POST",
            "jobs",
            json!({"jobName": "jobName", "metricsPath": "/url", "description": "description"}),
        ),
        (vec!["jobs", "list"], "GET", "jobs", Value::Null),
        (
            vec!["jobs", "change", "job-1", "--path", "/url", "--description", "description"],
            "PUT",
            "jobs/job-1",
            json!({"metricsPath": "/url", "description": "description"}),
        ),
        (vec!["servers", "list"], "GET", "servers", Value::Null),
        (
            [&["targets", "create"][..], &job(), &["--host", HOST, "--port", "9100", "--description", "description"]]
                .concat(),
            "POST",
            "jobs/job-1/targets",
            json!({"description": "description", "hostId": HOST, "port": "9100"}),
        ),
        ([&["targets", "list"][..], &job()].concat(), "GET", "jobs/job-1/targets", Value::Null),
        (
            [&["targets", "delete", "target-2"][..], &job(), &by].concat(),
            "DELETE",
            "jobs/job-1/targets/target-2",
            Value::Null,
        ),
        ([&["jobs", "delete", "job-1"][..], &by].concat(), "DELETE", "jobs/job-1", Value::Null),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_operation_sends_the_call_of_the_guide_by_both_path_versions() {
    for (api, root) in [("unversioned", "openmetric"), ("v1.0", "v1.0")] {
        let nhn = Nhn::default();
        for (arguments, method, path, document) in operations() {
            let fake = nhn.start().await;
            let (code, out, err) = run(&fake, &[&arguments[..], &["--api", api, "--source", "nhn"]].concat());
            assert_eq!((code, err.as_str()), (Some(0), ""), "{arguments:?}: {out}");
            let region = (api == "v1.0" || matches!((method, path), ("POST", "jobs") | (_, "servers"))).then_some("kr");
            let query = if method == "DELETE" { vec![("memberId".to_owned(), MEMBER.to_owned())] } else { vec![] };
            let wanted = (
                method.to_owned(),
                format!("/{root}/projects/{PROJECT}/{path}"),
                query,
                region.map(str::to_owned),
                document,
            );
            assert_eq!(only_call(&fake), wanted, "{arguments:?}");
        }
        let state = nhn.state.lock().unwrap();
        assert!(state.jobs.is_empty() && state.targets.is_empty(), "what was made was removed");
    }
}

#[test]
fn the_fake_accepts_every_call_of_the_guide() {
    let nhn = Nhn::default();
    for (method, path, body) in [
        (
            "POST",
            "jobs",
            "{\"jobName\": \"jobName\",\n \"metricsPath\": \"/url\", \n \"description\": \"description\"\n} ",
        ),
        ("GET", "jobs", ""),
        ("PUT", "jobs/job-1", "{\n \"metricsPath\": \"/url\", \n \"description\": \"description\"\n} "),
        ("GET", "servers", ""),
        (
            "POST",
            "jobs/job-1",
            "{\"description\": \"description\",\n\"hostId\": \"host id\",\n\"port\": \"post number\"\n} ",
        ),
        ("GET", "jobs/job-1/targets", ""),
        ("DELETE", "jobs/job-1/targets/target-2", ""),
        ("DELETE", "jobs/job-1", ""),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert("x-tc-app-key", KEY.parse().unwrap());
        headers.insert("X-Sysmon-Region", "kr".parse().unwrap());
        let parameters = vec![("memberId".to_owned(), MEMBER.to_owned())];
        let (method, path): (Method, _) = (method.parse().unwrap(), format!("/openmetric/projects/{PROJECT}/{path}"));
        let seen = Seen { method, path, headers, parameters, body: body.into() };
        let (status, _, answer) = nhn.answer(&seen);
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let header = json!({"isSuccessful": true, "resultCode": 0, "resultMessage": "SUCCESS"});
        assert_eq!((status, &answer["header"]), (StatusCode::OK, &header), "{seen:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_tables_for_people_and_json_for_programs() {
    let fake = Nhn::default().start().await;
    assert_eq!(run(&fake, &["jobs", "list"]), (Some(0), "None found.\n".to_owned(), String::new()));
    assert_eq!(run(&fake, &["jobs", "list", "--json"]).1, "[]\n");
    for (name, path) in [("web", "/metrics"), ("database", "/m")] {
        let (_, out, _) = run(&fake, &["jobs", "create", "--name", name, "--path", path, "--description", "of all"]);
        assert!(out.starts_with("Done.\njobId  jobName"), "{out}");
    }
    let table = "\
jobId  jobName   metricsPath  description
job-1  web       /metrics     of all
job-2  database  /m           of all\n";
    assert_eq!(run(&fake, &["jobs", "list"]).1, table);
    let (_, out, _) = run(&fake, &["jobs", "list", "--json"]);
    let jobs: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((jobs[1]["jobName"].as_str(), out.lines().count()), (Some("database"), 1));
    assert_eq!(run(&fake, &["jobs", "delete", "job-1", "--member", MEMBER]).1, "Done.\n");
    assert_eq!(run(&fake, &["jobs", "list"]).1.lines().count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_exits_with_1_and_a_remedy() {
    let fake = Nhn::default().start().await;
    run(&fake, &["jobs", "create", "--name", "web", "--path", "/metrics"]);
    let create = |name| vec!["jobs", "create", "--name", name, "--path", "/metrics"];
    let delete = ["targets", "delete", "target-9", "--job", "job-1", "--member", MEMBER].to_vec();
    for (arguments, wanted) in [
        (create("web"), "already (code -40001); choose another name"),
        (create("openmetrics"), "(code -40012: reserved); choose another name"),
        (create("fails"), "(code -50000: internal error); look at the list"),
        (vec!["targets", "list", "--job", "none"], "no such job (code -40006)"),
        (delete, "refused it (code -40004: target not found)"),
    ] {
        let (code, out, err) = run(&fake, &arguments);
        assert_eq!((code, out.as_str(), err.lines().count()), (Some(1), "", 1), "{err}");
        assert!(err.starts_with("error: ") && err.contains(wanted), "{err}");
    }
    let key = configuration(&fake.url).replace(KEY, "planted");
    let (code, _, err) = with(&key, &["jobs", "list", "--project", PROJECT]);
    assert_eq!(code, Some(1));
    assert!(err.contains("the app key is missing or wrong (HTTP status 401)") && !err.contains("planted"), "{err}");
    let (code, _, err) = with(&configuration(&fake.url), &["jobs", "list", "--project", "other"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("not one of this project (HTTP status 403)"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_sent_once_and_queries_are_retried() {
    for (arguments, calls) in [
        (vec!["jobs", "create", "--name", "a", "--path", "/"], 1),
        (vec!["jobs", "delete", "1", "--member", MEMBER], 1),
        (vec!["jobs", "list"], 2),
    ] {
        let fake = Fake::start(|_| StatusCode::SERVICE_UNAVAILABLE).await;
        let (code, _, err) = run(&fake, &arguments);
        assert_eq!(code, Some(1));
        assert!(err.contains("HTTP status 503"), "{err}");
        assert_eq!(fake.seen().len(), calls);
    }
    let gone = RawFake::start("", Then::Close).await;
    let create = ["jobs", "create", "--name", "a", "--path", "/", "--project", PROJECT, "--region", "kr"];
    let (code, _, err) = with(&configuration(&gone.url), &create);
    assert_eq!(code, Some(1));
    assert!(err.contains("it may have been done all the same"), "{err}");
    let (_, _, err) = with(&configuration(&gone.url), &["jobs", "list", "--project", PROJECT]);
    assert!(
        err.starts_with("error: the service did not answer (down: ") && !err.contains("may have been done"),
        "{err}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_arguments_and_settings_exit_with_2_without_a_request() {
    let fake = Nhn::default().start().await;
    let right = configuration(&fake.url);
    let list = ["jobs", "list", "--project", PROJECT];
    for (arguments, wanted) in [
        (&["jobs", "list"][..], "--project <ID>"),
        (&["jobs", "list", "--project", "../x"], "should be 1 to 64 letters, digits, hyphens and underscores"),
        (&["jobs", "delete", "a/b", "--project", "p", "--member", MEMBER], "should be 1 to 64 letters"),
        (&["jobs", "delete", "1", "--project", "p"], "--member <UUID>"),
        (&["jobs", "delete", "1", "--project", "p", "--member", "me"], "should be a UUID"),
        (&["jobs", "create", "--project", "p", "--name", "a", "--path", "metrics"], "should begin with /"),
        (&["targets", "create", "--project", "p", "--job", "1", "--host", "h", "--port", "0"], "--port"),
        (&["jobs", "list", "--project", "p", "--api", "v2"], "[possible values: unversioned, v1.0]"),
        (&["jobs", "list", "--project", "p", "--source", "other"], "unknown source 'other'; the configuration has nhn"),
        (&["servers", "list", "--project", "p"], "sources.nhn: its url tells no region; add --region"),
    ] {
        let (code, out, err) = with(&right, arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {err}");
        assert!(err.contains(wanted), "{wanted} is not in {err}");
    }
    for (configuration, wanted) in [
        (
            "[sources.a]\ntype = \"demo\"\n".to_owned(),
            "no source has the header X-TC-APP-KEY; add one as in examples/nhn.toml",
        ),
        (
            right.clone() + &right.replace("nhn", "two"),
            "several sources have the header X-TC-APP-KEY; choose one with --source",
        ),
        (right.replace("/prometheus\"", "\""), "sources.nhn: url: should end with /prometheus"),
    ] {
        let (code, _, err) = with(&configuration, &list);
        assert_eq!(code, Some(2), "{err}");
        assert!(err.contains(wanted), "{wanted} is not in {err}");
    }
    let other = "[sources.a]\ntype = \"warp10\"\nurl = \"http://h\"\n".to_owned() + &right;
    let (code, _, err) = with(&other, &[&list[..], &["--source", "a"]].concat());
    assert_eq!(
        (code, err.as_str()),
        (Some(2), "error: sources.a: its type is warp10; the one of NHN's service is prometheus\n")
    );
    assert!(fake.seen().is_empty());
}

#[test]
fn the_help_has_examples_and_no_argument_takes_a_key() {
    let (code, out, _) = with("", &["--help"]);
    assert_eq!(code, Some(0));
    for part in ["openmetric jobs list --project PROJECT", "Exit codes:", "examples/nhn.toml", "targets", "servers"] {
        assert!(out.contains(part), "{part} is not in {out}");
    }
    let (_, out, _) = with("", &["jobs", "create", "--help"]);
    assert!(out.contains("/v1.0/projects/") && !out.to_lowercase().contains("--key"), "{out}");
}
