//! OVH's APIv6: signed calls, the token of the metrics servers, live values. The tests make every example call of the vScope guides of
//! 2019-11-25 and 2020-11-18.

use crate::support::erlenmeyer::{Erlenmeyer, Milliseconds};
use crate::support::fake::{Fake, Seen};
use crate::support::ovh::{APPLICATION_KEY, APPLICATION_SECRET, CONSUMER_KEY, FILER, HOST, Ovh, VM, error, signature};
use crate::support::service::Service;
use crate::support::warp10::Warp10;
use crate::support::{configured, demo, recorded};
use axum::http::StatusCode;
use metricshot::app::App;
use metricshot::call::Call;
use metricshot::clock::{Deadline, now_ms};
use metricshot::config;
use metricshot::config::ConfigInputs;
use metricshot::error::{Reason, SourceError};
use metricshot::series::{Frame, Outcome};
use metricshot::source::Source;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The calls for a token in the guides of 2020 and 2019.
const CALLS: [&str; 2] = [
    "POST /dedicatedCloud/pcc-37-187-228-180/user/123/metricsToken",
    "POST /dedicatedCloud/pcc-37-187-228-180/user/123/getVscopeMetricsToken",
];

const LIVE: [(&str, &str); 3] = [
    ("GET /dedicatedCloud/pcc-37-187-228-180/datacenter/869/filer/443", FILER),
    ("GET /dedicatedCloud/pcc-37-187-228-180/datacenter/869/host/51", HOST),
    ("GET /dedicatedCloud/pcc-37-187-228-180/datacenter/869/vm/1254", VM),
];

/// The response in both guides.
fn granted(token: &str) -> String {
    json!({
        "warpEndpoint": "https://warp10.gra1-ovh.metrics.ovh.net",
        "token": token,
        "opentsdbEndpoint": "https://opentsdb.gra1-ovh.metrics.ovh.net"
    })
    .to_string()
}

/// Returns an API with the token and the resources of the guides.
fn ovh() -> Ovh {
    let ovh = Ovh::default();
    ovh.answers(CALLS[0], 200, &granted(recorded::TOKEN));
    for (call, answer) in LIVE {
        ovh.answers(call, 200, answer);
    }
    let list = |kind: &str| format!("GET /dedicatedCloud/pcc-37-187-228-180/datacenter/869/{kind}");
    ovh.answers(&list("filer"), 200, "[443]");
    ovh.answers(&list("host"), 200, "[51]");
    ovh
}

fn erlenmeyer(token: &str) -> Erlenmeyer {
    let series = recorded::series();
    Erlenmeyer { series, token: token.to_owned(), now: recorded::NOW, milliseconds: Milliseconds::Lost }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns `examples/ovh-live.toml` with the addresses of fakes and the keys of the fake.
fn example(folder: &Path, api: &Fake, metrics: &str) -> String {
    for catalogue in ["vscope.toml", "vscope-live.toml"] {
        fs::copy(root().join("examples").join(catalogue), folder.join(catalogue)).unwrap();
    }
    fs::write(folder.join("ovh-secret"), format!("{APPLICATION_SECRET}\n")).unwrap();
    fs::write(folder.join("ovh-consumer"), format!("{CONSUMER_KEY}\n")).unwrap();
    let example = fs::read_to_string(root().join("examples/ovh-live.toml")).unwrap();
    example
        .replace("https://opentsdb.gra1-ovh.metrics.ovh.net", metrics)
        .replace("region = \"ovh-eu\"", &format!("url = \"{}/1.0\"", api.url))
        .replace("application_key = \"key\"", &format!("application_key = \"{APPLICATION_KEY}\""))
        .replace("/run/secrets/", "")
}

/// Opens the source `name`.
fn source(folder: &Path, configuration: &str, name: &str) -> Arc<dyn Source> {
    let file = folder.join("metricshot.toml");
    fs::write(&file, configuration).unwrap();
    let loaded = config::load(&ConfigInputs { file: Some(file), ..ConfigInputs::default() }).unwrap();
    let mut sources = config::open_sources(&loaded.config, &loaded.limits).unwrap();
    sources.remove(name).unwrap()
}

fn call() -> Call<'static> {
    Call::unlimited(Deadline::after(Duration::from_secs(60)), now_ms())
}

fn body() -> Vec<u8> {
    fs::read(root().join("examples/requests/vscope-memory.json")).unwrap()
}

async fn history(app: &App) -> Result<Vec<(i64, f64)>, Reason> {
    match app.data(demo::request(&body()).query).await {
        Ok(frame) => Ok(points(&frame)),
        Err(metricshot::error::Failure::Sources(reasons)) => Err(reasons[0]),
        Err(other) => panic!("{other:?}"),
    }
}

/// Returns start and value of each bucket of the only line.
fn points(frame: &Frame) -> Vec<(i64, f64)> {
    let Outcome::Answered(buckets, _) = &frame.lines[0].outcome else { panic!("no answer") };
    buckets.points().collect()
}

/// Returns the values of the guide, each in the bucket that contains its time.
fn documented() -> Vec<(i64, f64)> {
    recorded::points().into_iter().map(|(time, value)| (time - time % 1200, value)).collect()
}

fn calls(fake: &Fake) -> Vec<String> {
    fake.seen().iter().map(|seen| format!("{} {}", seen.method, seen.path.replace("/1.0", ""))).collect()
}

#[test]
fn the_fake_signs_as_the_known_signatures() {
    let url = "https://eu.api.ovh.com/1.0/auth";
    let signed = |method, body| signature(APPLICATION_SECRET, CONSUMER_KEY, method, url, body, "1457018875");
    assert_eq!(signed("GET", ""), "$1$e9556054b6309771395efa467c22e627407461ad");
    assert_eq!(signed("POST", r#"{"a":"b","c":"d"}"#), "$1$ec2fb5c7a81f64723c77d2e5b609ae6f58a84fc1");
}

#[tokio::test]
async fn the_token_call_of_2020_is_made_once_and_gives_the_same_image() {
    let (api, metrics) = (ovh().start().await, erlenmeyer(recorded::TOKEN).start().await);
    let folder = tempfile::tempdir().unwrap();
    let app = configured::app(folder.path(), &example(folder.path(), &api, &metrics.url));
    assert!(api.seen().is_empty(), "no call is made before it is needed");
    assert_eq!(history(&app).await, Ok(documented()));
    let drawn = app.picture(demo::request(&body())).await.unwrap();
    assert!(fs::read(root().join("snapshots/sources/vscope.png")).unwrap() == drawn.picture.bytes);
    assert_eq!(calls(&api), ["GET /auth/time", CALLS[0]]);
    let [time, token] = &api.seen()[..] else { panic!() };
    assert!(!time.headers.keys().any(|name| name.as_str().starts_with("x-ovh")), "unsigned");
    assert_eq!((token.body.len(), token.header("content-length")), (0, Some("0")));
    assert_eq!(token.header("x-ovh-application"), Some(APPLICATION_KEY));
    assert_eq!(token.header("x-ovh-consumer"), Some(CONSUMER_KEY));
    for Seen { method, path, headers, parameters, .. } in metrics.seen() {
        assert_eq!((method.as_str(), path.as_str(), parameters.len()), ("POST", "/api/query", 0));
        assert_eq!(
            headers["authorization"],
            "Basic cmVhZDpYWFhYWFhYWFhYWFhfWFhYWFhYWFhYWFhaWlpaWlpaWlpaWl9ZWVlZWVlZWVlZWVlZWS1YWFhYWFhYWFg="
        );
    }
}

#[tokio::test]
async fn without_the_call_of_2020_that_of_2019_is_made() {
    let ovh = ovh();
    ovh.answers(CALLS[0], 404, r#"{"message":"Got an invalid (or empty) URL"}"#);
    ovh.answers(CALLS[1], 200, &granted(recorded::TOKEN));
    let (api, metrics) = (ovh.start().await, erlenmeyer(recorded::TOKEN).start().await);
    let folder = tempfile::tempdir().unwrap();
    let app = configured::app(folder.path(), &example(folder.path(), &api, &metrics.url));
    assert_eq!(history(&app).await, Ok(documented()));
    assert_eq!(calls(&api), ["GET /auth/time", CALLS[0], CALLS[1]]);
}

#[tokio::test]
async fn warp_10_gets_the_token_in_x_warp10_token() {
    let series = recorded::series();
    let warp10 = Warp10 { series, token: recorded::TOKEN.to_owned(), per_millisecond: 1000, chunk: 50 };
    let (api, metrics) = (ovh().start().await, warp10.start().await);
    let folder = tempfile::tempdir().unwrap();
    let configuration = example(folder.path(), &api, &metrics.url)
        .replace("type = \"opentsdb\"\ndialect = \"erlenmeyer\"", "type = \"warp10\"");
    let app = configured::app(folder.path(), &configuration);
    assert_eq!(history(&app).await, Ok(documented()));
    for seen in metrics.seen() {
        assert_eq!(seen.header("x-warp10-token"), Some(recorded::TOKEN));
        assert_eq!((seen.header("authorization"), seen.parameter("token")), (None, None));
    }
}

/// A metrics server that rejects a changed token, by different responses.
async fn changing(token: &Arc<Mutex<String>>, status: u16, words: &'static str) -> Fake {
    let token = Arc::clone(token);
    Fake::start(move |seen| match erlenmeyer(&token.lock().unwrap()).answer(seen) {
        (StatusCode::INTERNAL_SERVER_ERROR, _) => (StatusCode::from_u16(status).unwrap(), words.to_owned()),
        answer => answer,
    })
    .await
}

#[tokio::test]
async fn a_rejected_token_is_fetched_again_once() {
    for (status, words) in [(401, "Not authorized"), (403, "<html>"), (500, "Invalid token"), (500, "Token Expired.")] {
        let (ovh, token) = (ovh(), Arc::new(Mutex::new(recorded::TOKEN.to_owned())));
        let (api, metrics) = (ovh.start().await, changing(&token, status, words).await);
        let folder = tempfile::tempdir().unwrap();
        let app = configured::app(folder.path(), &example(folder.path(), &api, &metrics.url));
        assert_eq!(history(&app).await, Ok(documented()));
        *token.lock().unwrap() = "another".to_owned();
        ovh.answers(CALLS[0], 200, &granted("another"));
        assert_eq!(history(&app).await, Ok(documented()), "{status} {words}");
        assert_eq!(calls(&api), ["GET /auth/time", CALLS[0], CALLS[0]]);
        *token.lock().unwrap() = "one that is not granted".to_owned();
        assert_eq!(history(&app).await, Err(Reason::Refused));
        assert_eq!(calls(&api).len(), 4, "once more, and no more than that");
    }
}

#[tokio::test]
async fn other_failures_of_a_metrics_server_keep_the_token() {
    let api = ovh().start().await;
    let metrics = Fake::start(|_| (StatusCode::INTERNAL_SERVER_ERROR, "Bad response from Egress")).await;
    let folder = tempfile::tempdir().unwrap();
    let app = configured::app(folder.path(), &example(folder.path(), &api, &metrics.url));
    for _ in 0..2 {
        assert_eq!(history(&app).await, Err(Reason::Refused));
    }
    assert_eq!(calls(&api), ["GET /auth/time", CALLS[0]]);
}

#[tokio::test]
async fn calls_are_signed_with_the_time_of_the_api_after_a_clock_change() {
    for ahead in [-86_400, 3600] {
        let ovh = ovh();
        ovh.set_clock(ahead);
        let api = ovh.start().await;
        let folder = tempfile::tempdir().unwrap();
        let live = source(folder.path(), &example(folder.path(), &api, "http://127.0.0.1:1"), "vscope-live");
        live.check(call()).await.unwrap();
        assert_eq!(calls(&api).iter().filter(|call| *call == "GET /auth/time").count(), 1);
        ovh.set_clock(2 * ahead);
        live.check(call()).await.unwrap();
        assert_eq!(calls(&api).iter().filter(|call| *call == "GET /auth/time").count(), 2);
    }
}

async fn checked(change: impl Fn(String) -> String, ovh: &Ovh) -> Result<(), SourceError> {
    let api = ovh.start().await;
    let folder = tempfile::tempdir().unwrap();
    let configuration = example(folder.path(), &api, "http://127.0.0.1:1");
    source(folder.path(), &change(configuration), "vscope-live").check(call()).await
}

#[tokio::test]
async fn a_rejection_names_the_setting_without_a_key() {
    let as_it_is = |text: String| text;
    let list = "GET /dedicatedCloud/pcc-37-187-228-180/datacenter/869/filer";
    let mut reported = Vec::new();
    for (status, word) in [(403, "NOT_GRANTED_CALL"), (403, "NOT_CREDENTIAL"), (403, "FORBIDDEN"), (460, "EXPIRED")] {
        let ovh = ovh();
        ovh.answers(list, status, &error(word));
        reported.push(checked(as_it_is, &ovh).await.unwrap_err());
    }
    reported.push(checked(|text| text.replace(APPLICATION_KEY, "unknown"), &ovh()).await.unwrap_err());
    let secret =
        |text: String| text.replace("application_secret_file = \"ovh-secret\"", "application_secret = \"wrong\"");
    reported.push(checked(secret, &ovh()).await.unwrap_err());
    let consumer = |text: String| text.replace("consumer_key_file = \"ovh-consumer\"", "consumer_key = \"gone\"");
    reported.push(checked(consumer, &ovh()).await.unwrap_err());
    let sentences: Vec<&str> = reported
        .iter()
        .map(|error| error.detail.split_once("HTTP status ").unwrap().1.split(": ").nth(1).unwrap())
        .collect();
    let invalid = "the consumer key is not valid";
    for (sentence, begins) in sentences.iter().zip([
        "the consumer key has no right to this call",
        invalid,
        "the account may not do this",
        "the service has expired",
        "the application key is not known in this region",
        "the signature is wrong",
        invalid,
    ]) {
        assert!(sentence.starts_with(begins), "{sentence}");
    }
    for error in reported {
        assert_eq!(error.reason, Reason::Refused);
        assert!(![APPLICATION_SECRET, CONSUMER_KEY].iter().any(|key| error.detail.contains(key)), "{error}");
    }
}

#[tokio::test]
async fn a_token_that_is_not_granted_is_a_missing_metric() {
    let ovh = ovh();
    for (status, reason) in [(403, Reason::Refused), (404, Reason::Refused), (200, Reason::Malformed)] {
        ovh.answers(CALLS[0], status, &error("NOT_GRANTED_CALL"));
        let (api, metrics) = (ovh.start().await, erlenmeyer(recorded::TOKEN).start().await);
        let folder = tempfile::tempdir().unwrap();
        let app = configured::app(folder.path(), &example(folder.path(), &api, &metrics.url));
        assert_eq!(history(&app).await, Err(reason));
        assert!(metrics.seen().is_empty());
    }
}

/// Returns the range of the last two minutes and the next one, which contains the samples of a test.
fn live_body(names: &[&str]) -> Vec<u8> {
    let minute = now_ms() / 60_000 * 60;
    let dimensions = |name: &&str| {
        let (kind, id) = match name.split_once('.').unwrap().0 {
            "filer" => ("filer", "443"),
            "host" => ("host", "51"),
            _ => ("vm", "1254"),
        };
        json!([{"key": "datacenter", "value": "869"}, {"key": kind, "value": id}])
    };
    let metric = |name: &&str| json!({"namespace_name": "vScope Live", "name": name, "dimensions": dimensions(name)});
    let metrics: Vec<Value> = names.iter().map(metric).collect();
    json!({"start": minute - 120, "end": minute + 120, "period": 60, "statistic_type": "MAX", "title": "Live",
        "width": 600, "height": 300, "metrics": metrics})
    .to_string()
    .into_bytes()
}

/// Returns the maximum of each line; `None` for a line without values.
async fn values(app: &App, names: &[&str]) -> Vec<Option<f64>> {
    let frame = app.data(demo::request(&live_body(names)).query).await.unwrap();
    let largest = |outcome: &Outcome| match outcome {
        Outcome::Answered(buckets, _) => buckets.points().map(|(_, value)| value).reduce(f64::max),
        Outcome::Missing(reason) => panic!("{reason:?}"),
    };
    frame.lines.iter().map(|line| largest(&line.outcome)).collect()
}

/// Returns the part of the example for the live source.
fn live_only(configuration: &str) -> String {
    let (_, live) = configuration.split_once("[sources.vscope-live]").unwrap();
    format!("catalog = \"vscope-live.toml\"\n[sources.vscope-live]{live}")
}

#[tokio::test]
async fn live_values_of_the_three_calls_are_sampled_and_listed() {
    let api = ovh().start().await;
    let folder = tempfile::tempdir().unwrap();
    let live = source(folder.path(), &live_only(&example(folder.path(), &api, "http://-")), "vscope-live");
    let offers = live.list(call()).await.unwrap().unwrap();
    let mut asked = calls(&api);
    asked.sort();
    let list = "GET /dedicatedCloud/pcc-37-187-228-180/datacenter/869";
    let wanted = ["GET /auth/time", &format!("{list}/filer"), LIVE[0].0, &format!("{list}/host"), LIVE[1].0, LIVE[2].0];
    assert_eq!(asked, wanted);
    assert!(api.seen().iter().all(|seen| seen.body.is_empty()));
    assert_eq!(offers.len(), 33, "every field of the three answers");
    let lines: Vec<String> = offers
        .iter()
        .filter(|offer| ["filer.spaceUsed", "host.cpuUsed", "vm.netRx"].contains(&offer.name.as_str()))
        .map(|offer| {
            let unit = offer.unit.map_or_else(|| "-".to_owned(), |unit| unit.to_string());
            format!("{} {} {unit}", offer.name, offer.labels.join(","))
        })
        .collect();
    assert_eq!(
        lines,
        [
            "filer.spaceUsed datacenter,filer,name,service GIGABYTES",
            "host.cpuUsed datacenter,host,name,service -",
            "vm.netRx datacenter,name,service,vm KILOBYTES_PER_SECOND",
        ]
    );
}

#[tokio::test]
async fn a_failed_list_is_an_error_and_a_partly_failed_one_is_shorter() {
    let (ovh, folder) = (ovh(), tempfile::tempdir().unwrap());
    let api = ovh.start().await;
    let configuration = live_only(&example(folder.path(), &api, "http://-"));
    ovh.answers(LIVE[1].0, 500, "<html>");
    let some = source(folder.path(), &configuration, "vscope-live").list(call()).await.unwrap().unwrap();
    assert!(!some.is_empty() && some.iter().all(|offer| !offer.name.starts_with("host.")));
    let wrong = configuration.replace("ovh-consumer", "ovh-secret");
    let error = source(folder.path(), &wrong, "vscope-live").list(call()).await.unwrap_err();
    assert!(error.detail.contains("the consumer key is not valid"), "{error}");
}

#[tokio::test]
async fn live_values_of_each_host_are_a_line() {
    let ovh = ovh();
    ovh.answers("GET /dedicatedCloud/pcc-37-187-228-180/datacenter/869/host", 200, "[51,52]");
    let other = HOST.replace("\"hostId\":51", "\"hostId\":52").replace("\"cpuUsed\":4125", "\"cpuUsed\":77");
    ovh.answers("GET /dedicatedCloud/pcc-37-187-228-180/datacenter/869/host/52", 200, &other);
    let api = ovh.start().await;
    let folder = tempfile::tempdir().unwrap();
    let rule =
        "[[metric]]\nnamespace = \"Hosts\"\nname = \"host.cpuUsed\"\nsource = \"vscope-live\"\nsplit_by = [\"host\"]\n";
    let file = folder.path().join("metricshot.toml");
    fs::write(&file, live_only(&example(folder.path(), &api, "http://-")) + rule).unwrap();
    let loaded = config::load(&ConfigInputs { file: Some(file), ..ConfigInputs::default() }).unwrap();
    let sources = config::open_sources(&loaded.config, &loaded.limits).unwrap();
    // A list of what there is samples everything once.
    sources["vscope-live"].list(call()).await.unwrap();
    let app = App::new(loaded.catalog, metricshot::source::SourceSet::new(sources, &loaded.limits), loaded.limits);
    let minute = now_ms() / 60_000 * 60;
    let metric = json!({"namespace_name": "Hosts", "name": "host.cpuUsed", "dimensions": []});
    let body = json!({"start": minute - 120, "end": minute + 120, "period": 60, "statistic_type": "MAX", "title": "",
        "width": 600, "height": 300, "metrics": [metric]});
    let frame = app.data(demo::request(body.to_string().as_bytes()).query).await.unwrap();
    let line = |line: &metricshot::series::Line| match &line.outcome {
        Outcome::Answered(buckets, _) => {
            (line.label.as_str().to_owned(), buckets.points().map(|(_, value)| value).collect())
        }
        Outcome::Missing(reason) => panic!("{reason:?}"),
    };
    let lines: Vec<(String, Vec<f64>)> = frame.lines.iter().map(line).collect();
    assert_eq!(lines, [("51".to_owned(), vec![4125.0]), ("52".to_owned(), vec![77.0])]);
}

/// Waits for what the background does, without a pause.
async fn until(mut done: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !done().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("it happens");
}

#[tokio::test]
async fn live_values_are_charted_and_a_failing_resource_is_a_gap() {
    let ovh = ovh();
    ovh.answers(LIVE[2].0, 404, r#"{"message":"The requested object (vmId = 1254) does not exist"}"#);
    let api = ovh.start().await;
    let folder = tempfile::tempdir().unwrap();
    let configuration = live_only(&example(folder.path(), &api, "http://-"));
    let file = folder.path().join("metricshot.toml");
    fs::write(&file, configuration).unwrap();
    let loaded = config::load(&ConfigInputs { file: Some(file), ..ConfigInputs::default() }).unwrap();
    let sources = config::open_sources(&loaded.config, &loaded.limits).unwrap();
    let live = Arc::clone(&sources["vscope-live"]);
    let app = App::new(loaded.catalog, metricshot::source::SourceSet::new(sources, &loaded.limits), loaded.limits);
    let names = ["filer.spaceUsed", "host.cpuUsed", "host.ram.value", "vm.cpuUsed"];
    assert_eq!(values(&app, &names).await, [None; 4], "nothing was sampled yet");
    assert!(api.seen().is_empty(), "opening a source starts nothing");
    live.begin();
    live.begin();
    until(async || values(&app, &names).await[2].is_some()).await;
    assert_eq!(values(&app, &names).await, [Some(301.5), Some(4125.0), Some(262_144.0), None]);
    let drawn = app.picture(demo::request(&live_body(&names))).await.unwrap();
    assert!(drawn.missing.is_empty());
    assert_eq!(calls(&api).iter().filter(|call| *call == LIVE[1].0).count(), 1, "it began once");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_service_samples_and_check_config_does_not() {
    let api = ovh().start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("metricshot.toml");
    fs::write(&file, live_only(&example(folder.path(), &api, "http://-"))).unwrap();
    let check = std::process::Command::new(env!("CARGO_BIN_EXE_metricshot"))
        .arg("--config")
        .arg(&file)
        .arg("check-config")
        .env_clear()
        .output()
        .unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    assert!(api.seen().is_empty());
    let service = Service::start(Some(&file));
    until(async || calls(&api).iter().any(|call| call == LIVE[2].0)).await;
    drop(service);
}

/// Runs the program with this configuration; returns exit code, standard output and standard error.
fn program(configuration: &str, command: &str) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.toml");
    fs::write(&file, configuration).unwrap();
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_metricshot"));
    let output = program.arg("--config").arg(&file).arg(command).env_clear().output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

const ACCOUNT: &str =
    "{ region = \"ovh-ca\", application_key = \"key\", application_secret = \"planted\", consumer_key = \"planted\" }";

fn live_configuration(account: &str, rest: &str) -> String {
    let place = "service = \"pcc-1\"\ndatacenter = 2\nhosts = \"all\"\nvms = [7, \"8\"]\n";
    format!("[sources.live]\ntype = \"ovh_live\"\naccount = {account}\n{rest}[[sources.live.datacenters]]\n{place}")
}

#[test]
fn print_config_of_an_account_parses_to_the_same_and_masks_secrets() {
    let token = format!("{{ service = \"pcc-1\", user = \"123\", account = {ACCOUNT} }}");
    let warp10 = format!("type = \"warp10\"\nurl = \"http://h\"\nauth = {{ ovh_metrics_token = {token} }}\n");
    let first = program(&format!("{}[sources.history]\n{warp10}", live_configuration(ACCOUNT, "")), "print-config");
    assert_eq!((first.0, first.2.as_str(), first.1.matches("\"********\"").count()), (Some(0), "", 4));
    assert!(!first.1.contains("planted"), "{}", first.1);
    assert_eq!(program(&first.1, "print-config"), first);
}

#[test]
fn faults_of_an_account_and_of_sampled_resources_are_reported() {
    let region = ACCOUNT.replace("ovh-ca", "ovh-moon");
    let both = ACCOUNT.replace("{ region", "{ url = \"http://h\", region");
    let no_secret = ACCOUNT.replace("application_secret = \"planted\", ", "");
    let unsendable = ACCOUNT.replace("consumer_key = \"planted\"", "consumer_key = \"a\\nplanted\"");
    for (configuration, wanted) in [
        (live_configuration(&region, ""), "account.region: should be one of ovh-eu, ovh-ca, ovh-us, kimsufi-eu"),
        (live_configuration(&both, ""), "live.account: should have either region or url"),
        (live_configuration(&no_secret, ""), "should have either application_secret or application_secret_file"),
        (live_configuration(&unsendable, ""), "the value of the header 'x-ovh-consumer' cannot be sent"),
        (live_configuration(ACCOUNT, "interval_seconds = 0\n"), "live.interval_seconds: should be at least 1"),
        (live_configuration(ACCOUNT, "keep_seconds = 5\n"), "live.keep_seconds: should be at least interval_seconds"),
        (live_configuration(ACCOUNT, "").replace("pcc-1", "pcc/1"), "service: should be a name of letters, digits"),
        (live_configuration(ACCOUNT, "").replace("\"all\"", "\"some\""), "hosts: should be \"all\" or a list of ids"),
        (live_configuration(ACCOUNT, "").replace("hosts = \"all\"\nvms = [7, \"8\"]", ""), "should each name filers"),
    ] {
        let (code, _, err) = program(&configuration, "check-config");
        assert_eq!(code, Some(2), "{configuration}");
        assert!(err.contains(wanted) && !err.contains("planted"), "{err}");
    }
}
