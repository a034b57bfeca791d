//! Keys of a running program: removal, change of secrets, replays after a restart, and secrecy.

use crate::support::http::{Connection, Response, request};
use crate::support::running;
use crate::support::signing;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use running::{Program, bytes, free, put, until};
use signing::{fresh_ms, now_ms};
use std::net::SocketAddr;
use std::process::Command;

const INFOS: &str = "/v1/metrics";
const IMAGE: &str = "/v1/metrics/data/download/image";
const SECRETS: [&str; 5] = [
    "planted-secret-0b1946ac9",
    "planted-former-5091785b7",
    "planted-token-00cc175b9c",
    "planted-bearer-92eb5ffee",
    "planted-word-4a8a08f09d3",
];

const OTHER_SECRET: &str = "planted-second-1d3f0c7a2";

fn key(name: &str, lines: &str) -> String {
    format!("[keys.{name}]\naccess_key = \"{name}\"\n{lines}\n")
}

/// Returns headers that are signed for a target of this service.
fn signed(access_key: &str, secret: &str, target: &str, timestamp_ms: i64) -> Vec<(String, String)> {
    running::signed(access_key, secret, &format!("http://localhost:8080{target}"), timestamp_ms)
}

/// Sends a request that is signed with the current time; returns the status.
fn status_of(program: &Program, access_key: &str, secret: &str) -> u16 {
    program.post(INFOS, &signed(access_key, secret, INFOS, fresh_ms()), "{}").status
}

/// Checks A-18.
#[test]
fn a_request_completes_after_its_key_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.toml");
    let staying = key("staying", &format!("secret = \"{OTHER_SECRET}\""));
    let leaving = key("leaving", &format!("secret = \"{}\"", SECRETS[0]));
    put(&file, &format!("{staying}{leaving}"));
    let program = Program::start(&file);
    let mut headers = signed("leaving", SECRETS[0], INFOS, fresh_ms());
    headers.push(("Expect".to_owned(), "100-continue".to_owned()));
    let bytes = bytes(INFOS, &headers, "{}");
    let (head, body) = bytes.split_at(bytes.len() - 2);
    let mut under_way = Connection::open(program.address);
    assert_eq!(under_way.send(head).response().status, 100, "the key is believed, the body is waited for");
    put(&file, &staying);
    program.signal("HUP");
    until("the key is not believed any more", || status_of(&program, "leaving", SECRETS[0]) == 401);
    assert_eq!(under_way.send(body).response().status, 200);
    assert_eq!(status_of(&program, "staying", OTHER_SECRET), 200);
}

/// Checks A-18.
#[test]
fn a_former_secret_is_accepted_until_it_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.toml");
    let [old, new] = [SECRETS[1], SECRETS[0]];
    put(&file, &key("k", &format!("secret = \"{old}\"")));
    let program = Program::start(&file);
    assert_eq!((status_of(&program, "k", old), status_of(&program, "k", new)), (200, 401));
    put(&file, &key("k", &format!("secret = \"{new}\"\nformer_secret = \"{old}\"")));
    program.signal("HUP");
    until("the new secret is believed", || status_of(&program, "k", new) == 200);
    assert_eq!(status_of(&program, "k", old), 200);
    put(&file, &key("k", &format!("secret = \"{new}\"")));
    program.signal("HUP");
    until("the old secret is not believed any more", || status_of(&program, "k", old) == 401);
    assert_eq!(status_of(&program, "k", new), 200);
}

/// Checks A-10 over SIGHUP, and A-22.
#[test]
fn a_strict_signature_is_not_accepted_again_after_a_reload_or_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.toml");
    let with =
        |more: &str| format!("{}{more}[auth]\nstrict = true\n", key("k", &format!("secret = \"{}\"", SECRETS[0])));
    put(&file, &with(""));
    let program = Program::start(&file);
    // The program accepts signatures that are at most five seconds older than its start.
    let at = now_ms() - 4_900;
    let headers = signed("k", SECRETS[0], INFOS, at);
    assert_eq!(program.post(INFOS, &headers, "{}").status, 200);
    assert_eq!(program.post(INFOS, &headers, "{}").verdict(), (401, "replayed"));
    put(&file, &with(&key("another", &format!("secret = \"{OTHER_SECRET}\""))));
    program.signal("HUP");
    until("the file was read again", || status_of(&program, "another", OTHER_SECRET) == 200);
    assert_eq!(program.post(INFOS, &headers, "{}").verdict(), (401, "replayed"));
    drop(program);
    until("a new program is more than five seconds younger", || now_ms() > at + 5_000);
    let program = Program::start(&file);
    assert_eq!(program.post(INFOS, &headers, "{}").verdict(), (401, "stale_timestamp"));
    assert_eq!(status_of(&program, "k", SECRETS[0]), 200);
}

/// Checks A-23 for all failing requests: responses, log lines and metrics.
#[test]
fn no_secret_is_in_responses_log_metrics_or_print_config() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.toml");
    let numbers = free();
    let [secret, former, token, bearer, word] = SECRETS;
    let keys = key(
        "k",
        &format!(
            "secret = \"{secret}\"\nformer_secret = \"{former}\"\ntoken = \"{token}\"\nnamespaces = [\"Virtual Server\", \"Bearer\", \"Basic\"]"
        ),
    );
    // No program listens on port 1.
    let server = |name: &str, auth: &str| {
        format!("[sources.{name}]\ntype = \"prometheus\"\nurl = \"http://127.0.0.1:1\"\nauth = {{ {auth} }}\n")
    };
    let rule = |namespace: &str, source: &str| {
        format!("[[metric]]\nnamespace = \"{namespace}\"\nname = \"m\"\nsource = \"{source}\"\nunit = \"NONE\"\n")
    };
    put(
        &folder.path().join("c.toml"),
        &[rule("Bearer", "one"), rule("Basic", "two"), rule("Virtual Server", "demo")].concat(),
    );
    let sources = [
        "[sources.demo]\ntype = \"demo\"\n".to_owned(),
        server("one", &format!("bearer = \"{bearer}\"")),
        server("two", &format!("basic = {{ username = \"u\", password = \"{word}\" }}")),
    ];
    put(
        &file,
        &format!(
            "metrics_listen = \"{numbers}\"\nlog_filter = \"trace\"\ncatalog = \"c.toml\"\n{keys}{}",
            sources.concat()
        ),
    );
    let program = Program::start(&file);
    let body = |namespace: &str| {
        let metric = format!(r#"{{"namespace_name":"{namespace}","name":"m","dimensions":[]}}"#);
        format!(r#"{{"start":1640995200,"end":1640998800,"period":300,"statistic_type":"AVG","metrics":[{metric}]}}"#)
    };
    let good = |target: &str| signed("k", secret, target, fresh_ms());
    let mut stale = signed("k", secret, IMAGE, fresh_ms() - 3_600_000);
    stale.push(("X-Request-Id".to_owned(), "a".to_owned()));
    let answers = [
        ((200, ""), program.post(IMAGE, &good(IMAGE), &body("Virtual Server"))),
        ((502, "source_down"), program.post(IMAGE, &good(IMAGE), &body("Bearer"))),
        ((502, "source_down"), program.post(IMAGE, &good(IMAGE), &body("Basic"))),
        ((403, "forbidden"), program.post(IMAGE, &good(IMAGE), &body("Other"))),
        ((400, "missing_field"), program.post(IMAGE, &good(IMAGE), "{}")),
        ((400, "invalid_json"), program.post(IMAGE, &good(IMAGE), "{")),
        ((401, "stale_timestamp"), program.post(IMAGE, &stale, "{}")),
        ((401, "invalid_signature"), program.post(IMAGE, &signed("k", bearer, IMAGE, fresh_ms()), "{}")),
        ((401, "invalid_signature"), program.post(IMAGE, &signed("nobody", secret, IMAGE, fresh_ms()), "{}")),
        ((401, "missing_credentials"), program.post(IMAGE, &good(IMAGE)[..1], "{}")),
        ((401, "missing_credentials"), get(program.address, "/info", &[])),
        ((401, "invalid_token"), get(program.address, "/info", &[("Authorization", &format!("Bearer {former}x"))])),
        ((200, ""), get(program.address, "/info", &[("Authorization", &format!("Bearer {token}"))])),
        ((200, ""), get(program.address, "/", &[])),
        ((404, "not_found"), get(program.address, "/nowhere", &[])),
        ((200, ""), get(numbers, "/metrics", &[])),
    ];
    let mut texts = Vec::new();
    for (wanted, answer) in &answers {
        assert_eq!(answer.verdict(), *wanted, "{}", String::from_utf8_lossy(&answer.body));
        texts.push(format!("{:?}{}", answer.headers, String::from_utf8_lossy(&answer.body)));
    }
    // A faulty configuration is logged as well.
    put(&file, &format!("nonsense = 1\n{keys}{}", sources.concat()));
    program.signal("HUP");
    until("that is logged", || program.log().contains("the old one stays in force"));
    put(&file, &format!("catalog = \"c.toml\"\n{keys}{}", sources.concat()));
    for command in ["print-config", "check-config"] {
        let mut said = Command::new(env!("CARGO_BIN_EXE_metricshot"));
        let said = said.arg("--config").arg(&file).arg(command).env_clear().output().unwrap();
        assert_eq!(said.status.code(), Some(0), "{}", String::from_utf8_lossy(&said.stderr));
        texts.push(String::from_utf8([said.stdout, said.stderr].concat()).unwrap());
    }
    texts.push(program.log());
    assert!(texts.last().unwrap().contains("source_down"), "the log is at hand");
    let written = SECRETS.iter().flat_map(|secret| [(*secret).to_owned(), STANDARD.encode(secret)]);
    for secret in written.chain([STANDARD.encode(format!("u:{word}")), signing::hex(word.as_bytes())]) {
        let found = texts.iter().find(|text| text.contains(&secret));
        assert!(found.is_none(), "{secret} is in {}", found.unwrap());
    }
}

#[test]
fn the_log_has_the_reason_of_a_rejected_signature_and_the_accepted_urls() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.toml");
    put(&file, &key("k", &format!("secret = \"{}\"", SECRETS[0])));
    let program = Program::start(&file);
    let now = fresh_ms();
    let other_url = running::signed("k", SECRETS[0], &format!("https://elsewhere.example{INFOS}"), now);
    let other_client = |(name, value): (String, String)| {
        let value = if name.eq_ignore_ascii_case("scp-clienttype") { "Console".to_owned() } else { value };
        (name, value)
    };
    let requests = [
        (signed("nobody", SECRETS[0], INFOS, now), "nobody", "unknown access key"),
        (signed("k", SECRETS[1], INFOS, now), "k", "wrong secret, or another URL"),
        (other_url, "k", "wrong secret, or another URL"),
        (signed("k", SECRETS[0], INFOS, now).into_iter().map(other_client).collect(), "k", "client type"),
        (signed("k", SECRETS[0], INFOS, now - 3_600_000), "k", "timestamp differs from the service's clock by -36"),
    ];
    let mut answers = Vec::new();
    for (headers, claimed, reason) in requests {
        let before = program.log().len();
        let answer = program.post(INFOS, &headers, "{}");
        assert_eq!(answer.status, 401, "{reason}");
        until("the reason is logged", || program.log()[before..].contains("signature rejected"));
        let log = program.log()[before..].to_owned();
        let line = log.lines().find(|line| line.contains("signature rejected")).unwrap();
        assert!(line.contains(reason) && line.contains(claimed), "{line}");
        assert!(line.contains(&format!("http://localhost:8080{INFOS}")) && line.contains("the Host header"), "{line}");
        answers.push(answer);
    }
    let detail =
        |answer: &Response| String::from_utf8_lossy(&answer.body).split("global_request_id").next().unwrap().to_owned();
    let [unknown, wrong, ..] = &answers[..] else { panic!("five answers") };
    assert_eq!(detail(unknown), detail(wrong), "the client learns nothing of it");
    assert!(detail(wrong).contains("of the Host header"), "{}", detail(wrong));
}

fn get(address: SocketAddr, target: &str, headers: &[(&str, &str)]) -> Response {
    Connection::open(address).send(request("GET", target, headers, "")).response()
}
