//! The chart operations of a running program: named charts, access, caching, formats and faults.

use crate::support::http::{Connection, Response, request};
use crate::support::running::{Program, put, until};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const TOKEN: &str = "planted-bearer-92eb5ffee";
const OWN_TOKEN: &str = "planted-chart-5d41402abc";
const VOLUME: &str = "45fbde15-cdd2-4891-be31-4a9de75fccda";

fn chart(access: &str) -> String {
    json!({
        "access": access,
        "variables": {"volume": {"default": VOLUME, "values": [VOLUME]}},
        "chart": {
            "title": "CPU", "start": 1_640_995_200, "end": 1_641_006_000, "width": 300, "height": 150,
            "metrics": [{"namespace_name": "Virtual Server", "name": "CPU Usage/Core[Basic]",
                "dimensions": {"VolumeID": {"variable": "volume"}}}],
        },
    })
    .to_string()
}

/// Starts a program with a key and one chart of each access.
fn start(folder: &Path, more: &str) -> Program {
    let charts = folder.join("charts");
    fs::create_dir(&charts).unwrap();
    put(&charts.join("open.json"), &chart("public"));
    put(&charts.join("closed.json"), &chart("key"));
    let own = chart("token").replacen('{', &format!("{{\"token\": \"{OWN_TOKEN}\","), 1);
    put(&charts.join("own.json"), &own);
    let file = folder.join("m.toml");
    put(&file, &format!("{more}\n[charts]\nfolder = \"charts\"\n[keys.wiki]\ntoken = \"{TOKEN}\"\n"));
    Program::start(&file)
}

fn send(program: &Program, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Response {
    Connection::open(program.address).send(request(method, target, headers, body)).response()
}

fn get(program: &Program, target: &str, headers: &[(&str, &str)]) -> Response {
    send(program, "GET", target, headers, "")
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn bearer() -> (&'static str, String) {
    ("Authorization", format!("Bearer {TOKEN}"))
}

fn post(program: &Program, body: &Value) -> Response {
    let (name, value) = bearer();
    let headers = [(name, value.as_str()), ("Content-Type", "application/json")];
    send(program, "POST", "/v1/charts", &headers, &body.to_string())
}

fn request_body(fields: &Value) -> Value {
    let mut body = json!({
        "start": 1_640_995_200, "end": 1_641_006_000, "width": 300, "height": 150,
        "metrics": [{"namespace_name": "Virtual Server", "name": "CPU Usage/Core[Basic]", "dimensions": {"VolumeID": VOLUME}}],
    });
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

#[test]
fn a_named_chart_is_answered_in_every_format_of_its_extension() {
    let folder = tempfile::tempdir().unwrap();
    let program = start(folder.path(), "");
    for (extension, kind, first) in [
        ("png", "image/png", &b"\x89PNG"[..]),
        ("webp", "image/webp", b"RIFF"),
        ("jpg", "image/jpeg", b"\xff\xd8\xff"),
        ("svg", "image/svg+xml", b"<svg"),
        ("csv", "text/csv; charset=utf-8; header=present", b"time,"),
        ("json", "application/json", b"{\"start\""),
    ] {
        let response = get(&program, &format!("/v1/charts/open.{extension}"), &[]);
        assert_eq!((response.status, header(&response, "content-type")), (200, Some(kind)), "{extension}");
        assert!(response.body.starts_with(first), "{extension}");
        assert_eq!(header(&response, "cache-control"), Some("public, max-age=86400"), "a range in the past");
    }
    let image = get(&program, "/v1/charts/open", &[("Accept", "image/svg+xml")]);
    assert_eq!(header(&image, "content-type"), Some("image/svg+xml"));
    assert_eq!(get(&program, "/v1/charts/open", &[("Accept", "text/html")]).status, 406);
}

#[test]
fn a_head_request_has_the_headers_of_get_and_no_body() {
    let folder = tempfile::tempdir().unwrap();
    let program = start(folder.path(), "");
    for target in ["/v1/charts/open.png", "/", "/healthz"] {
        let whole = get(&program, target, &[]);
        let mut connection = Connection::open(program.address);
        connection.send(request("HEAD", target, &[("Connection", "close")], ""));
        let bytes = connection.rest();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
        assert!(text.ends_with("\r\n\r\n"), "{target} has a body");
        let length = format!("content-length: {}\r\n", whole.body.len());
        assert!(text.to_lowercase().contains(&length), "{target}: {text}");
    }
}

#[test]
fn a_client_that_has_the_chart_gets_304() {
    let folder = tempfile::tempdir().unwrap();
    let program = start(folder.path(), "");
    let first = get(&program, "/v1/charts/open.png", &[]);
    let tag = header(&first, "etag").unwrap();
    let again = get(&program, "/v1/charts/open.png", &[("If-None-Match", tag)]);
    assert_eq!((again.status, again.body.len(), header(&again, "etag")), (304, 0, Some(tag)));
    assert_eq!(header(&again, "cache-control"), Some("public, max-age=86400"));
    for other in ["/v1/charts/open.png?width=301", "/v1/charts/open.svg", "/v1/charts/open.png?lang=ko"] {
        assert_eq!(get(&program, other, &[("If-None-Match", tag)]).status, 200, "{other}");
    }
}

#[test]
fn each_access_lets_its_clients_in_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let program = start(folder.path(), "");
    let (name, value) = bearer();
    let key = [(name, value.as_str())];
    let wrong = [("Authorization", "Bearer planted-bearer-92eb5fffe")];
    let own = format!("/v1/charts/own.png?token={OWN_TOKEN}");
    for (target, headers, status) in [
        ("/v1/charts/open.png", &[][..], 200),
        ("/v1/charts/closed.png", &[], 401),
        ("/v1/charts/closed.png", &wrong, 401),
        ("/v1/charts/closed.png", &key, 200),
        ("/v1/charts/own.png", &[], 401),
        (own.as_str(), &[], 200),
        ("/v1/charts/own.png?token=planted-chart-5d41402abd", &[], 401),
        ("/v1/charts/own.png", &key, 200),
        ("/v1/charts/none.png", &[], 401),
        ("/v1/charts/none.png", &key, 404),
        ("/v1/charts", &[], 401),
        ("/v1/charts", &key, 200),
    ] {
        let response = get(&program, target, headers);
        assert_eq!(response.status, status, "{target} {headers:?}");
        if status != 200 {
            assert_eq!(header(&response, "content-type"), Some("application/problem+json"), "{target}");
        }
    }
    let private = get(&program, &own, &[]);
    assert_eq!(header(&private, "cache-control"), Some("private, max-age=86400"));
    let log = program.log();
    assert!(!log.contains(OWN_TOKEN) && !log.contains(TOKEN), "{log}");
}

#[test]
fn the_list_names_charts_and_variables() {
    let folder = tempfile::tempdir().unwrap();
    let program = start(folder.path(), "");
    let (name, value) = bearer();
    let list: Value = serde_json::from_slice(&get(&program, "/v1/charts", &[(name, &value)]).body).unwrap();
    let entry = |name: &str, access: &str| {
        json!({"name": name, "title": "CPU", "access": access, "url": format!("/v1/charts/{name}.png"),
            "variables": [{"name": "volume", "required": false, "default": VOLUME, "values": [VOLUME]}]})
    };
    let expected = [entry("closed", "key"), entry("open", "public"), entry("own", "token")];
    assert_eq!(list, json!({"charts": expected}));
}

#[test]
fn every_fault_of_a_query_has_a_pointer() {
    let folder = tempfile::tempdir().unwrap();
    let program = start(folder.path(), "");
    let response = get(&program, "/v1/charts/open.png?volume=other&colour=red&start=soon", &[]);
    assert_eq!(response.status, 400);
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    let pointers: Vec<&str> =
        body["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/colour", "/volume"]);
    let response = get(&program, "/v1/charts/open.png?start=soon&width=x", &[]);
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    let pointers: Vec<&str> =
        body["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/start", "/width"]);
    assert_eq!(get(&program, "/v1/charts/open.gif", &[]).status, 400);
    assert_eq!(send(&program, "PUT", "/v1/charts/open.png", &[], "").status, 405);
}

#[test]
fn a_posted_chart_takes_relative_times_options_and_formats() {
    let folder = tempfile::tempdir().unwrap();
    let program = start(folder.path(), "");
    let response =
        post(&program, &request_body(&json!({"start": "-3h", "end": "now", "format": "json", "kind": "area"})));
    assert_eq!((response.status, header(&response, "cache-control")), (200, Some("no-store")));
    let chart: Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(chart["end"].as_i64().unwrap() - chart["start"].as_i64().unwrap(), 3 * 3600);
    assert!(chart["alt"].as_str().unwrap().contains("CPU"));
    let image = post(&program, &request_body(&json!({"scale": 2, "theme": "dark"})));
    assert!(image.body.starts_with(b"\x89PNG"));
    assert_eq!(image.body[16..24], [0, 0, 2, 88, 0, 0, 1, 44], "600 x 300 device pixels");
    let unsigned = send(&program, "POST", "/v1/charts", &[("Content-Type", "application/json")], "{}");
    assert_eq!(unsigned.status, 401);
    let faulty = post(&program, &request_body(&json!({"tittle": "x", "theme": "drak"})));
    let body: Value = serde_json::from_slice(&faulty.body).unwrap();
    assert_eq!(body["errors"][0]["hint"], "did you mean 'title'?", "{body}");
}

#[test]
fn a_key_reads_only_its_namespaces_by_any_operation() {
    let folder = tempfile::tempdir().unwrap();
    let program = start(folder.path(), "");
    let file = folder.path().join("m.toml");
    let configuration = fs::read_to_string(&file).unwrap();
    put(&file, &format!("{configuration}namespaces = [\"Other\"]\n"));
    program.signal("HUP");
    let (name, value) = bearer();
    until("the key has lost the namespace", || get(&program, "/v1/charts/closed.png", &[(name, &value)]).status == 403);
    assert_eq!(post(&program, &request_body(&json!({}))).status, 403);
    assert_eq!(get(&program, "/v1/charts/open.png", &[]).status, 200, "the operator made it public");
}

#[test]
fn a_reload_reads_the_folder_again() {
    let folder = tempfile::tempdir().unwrap();
    let program = start(folder.path(), "");
    assert_eq!(get(&program, "/v1/charts/new.png", &[]).status, 401);
    put(&folder.path().join("charts/new.json"), &chart("public"));
    program.signal("HUP");
    until("the new chart is there", || get(&program, "/v1/charts/new.png", &[]).status == 200);
}
