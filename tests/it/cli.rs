//! The command line of the built program: arguments in, lines and an exit code out. These tests contact no server and render nothing.

use metricshot::source::AnySourceConfig;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

fn metricshot(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_metricshot"));
    command.args(arguments).current_dir(folder).env_clear().envs(variables.iter().copied());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: status.code(), out: text(stdout), err: text(stderr) }
}

/// Runs the program in a folder with these files; the first one is the configuration.
fn with_files(files: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let folder = folder(files);
    let arguments = [&["--config", files[0].0], arguments].concat();
    metricshot(folder.path(), &arguments, &[])
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn without_configuration(arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
    metricshot(folder(&[]).path(), arguments, variables)
}

const PROMETHEUS: &str = r#"
[sources.main]
type = "prometheus"
url = "http://127.0.0.1:9090"
"#;

#[test]
fn the_help_has_examples_and_exit_codes() {
    let help = without_configuration(&["--help"], &[]);
    assert_eq!(help.code, Some(0));
    for part in
        ["Examples:", "metricshot --config metricshot.toml check-config", "Exit codes:", "render request.json -o"]
    {
        assert!(help.out.contains(part), "{part} is not in {}", help.out);
    }
    let render = without_configuration(&["render", "--help"], &[]);
    assert!(render.out.contains("metricshot render examples/requests/documented.json -o chart.png"), "{}", render.out);
}

#[test]
fn invalid_arguments_exit_with_2() {
    for arguments in [&["serv"][..], &["render", "request.json"], &["--listen", "nowhere"], &["--unknown"]] {
        let ended = without_configuration(arguments, &[]);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.err);
        assert!(ended.out.is_empty(), "{}", ended.out);
    }
    let version = ["render", "r.json", "-o", "c.png", "--api-version", "1.4"];
    assert!(without_configuration(&version, &[]).err.contains("should be one of 1.0, 1.1, 1.2, 1.3, 1.5"));
}

#[test]
fn without_a_configuration_the_demo_is_served() {
    let checked = without_configuration(&["check-config"], &[]);
    assert_eq!((checked.code, checked.err.as_str()), (Some(0), ""));
    assert!(checked.out.contains("demo (demo)"), "{}", checked.out);
    assert!(checked.out.contains("in 2 namespaces"), "{}", checked.out);
}

#[test]
fn print_config_parses_to_the_same_configuration_and_masks_secrets() {
    let config = r#"
        log = "json"
        public_url = "https://charts.example.com"
        catalog = "rules.toml"
        limits = { source_total = 2.5, max_side = 2000 }
        [sources.main]
        type = "prometheus"
        url = "http://127.0.0.1:9090/prefix"
        auth = { basic = { username = "reader", password = "planted-secret-1" } }
        headers = { X-Scope-OrgID = "planted-secret-2" }
        parameters = { authKey = "planted-secret-4" }
        ca_file = "ca.pem"
        [sources.other]
        type = "prometheus"
        url = "https://other"
        auth = { bearer = "planted-secret-3" }
        [sources.files]
        type = "file"
        path = "samples.csv"
        [[default]]
        namespaces = ["Prometheus"]
        source = "main"
    "#;
    let first = with_files(&[("metricshot.toml", config)], &["print-config"]);
    assert_eq!((first.code, first.err.as_str()), (Some(0), ""));
    assert!(!first.out.contains("planted"), "{}", first.out);
    assert_eq!(first.out.matches("\"********\"").count(), 4, "{}", first.out);
    assert!(first.out.contains("source_total = \"2500ms\""), "{}", first.out);
    let second = with_files(&[("printed.toml", &first.out)], &["print-config"]);
    assert_eq!((second.out, second.code), (first.out, Some(0)), "{}", second.err);
}

#[test]
fn later_layers_override_earlier_ones() {
    let folder = folder(&[(
        "m.toml",
        "listen = \"127.0.0.1:1\"\nlog_filter = \"warn\"\n[limits]\nmetrics = 7\nmax_side = 99\n",
    )]);
    let variables = [
        ("METRICSHOT_CONFIG", "m.toml"),
        ("METRICSHOT_LISTEN", "127.0.0.1:2"),
        ("METRICSHOT_LIMITS__MAX_SIDE", "100"),
        ("METRICSHOT_LIMITS__RENDER", "2s"),
    ];
    let printed = metricshot(folder.path(), &["print-config", "--listen", "127.0.0.1:3"], &variables);
    for line in
        ["listen = \"127.0.0.1:3\"", "log_filter = \"warn\"", "metrics = 7", "max_side = 100", "render = \"2s\""]
    {
        assert!(printed.out.lines().any(|printed| printed == line), "{line} is not in {}{}", printed.out, printed.err);
    }
}

#[test]
fn a_faulty_key_is_reported_with_place_and_expected_value() {
    let kinds = format!("should be one of {}", AnySourceConfig::KINDS.join(", "));
    for (text, wanted) in [
        ("lisen = 1", "m.toml: lisen: unknown key 'lisen'; did you mean 'listen'?"),
        ("[limits]\nwidth = 1", "m.toml: limits.width: unknown key 'width'; known keys: strict_minima,"),
        ("[sources.main]\ntype = \"demo\"\nurl = \"x\"", "m.toml: sources.main: "),
        ("[sources.main]\ntype = \"promtheus\"", kinds.as_str()),
        ("[sources.main]\ntype = \"prometheus\"", "m.toml: sources.main: the key 'url' is missing"),
        ("listen = \"localhost\"", "m.toml: listen: "),
        ("percentiles = \"yes\"", "m.toml: percentiles: should be true or false, not text"),
        ("log = \"xml\"", "m.toml: log: should be one of text, json"),
        ("\n\nlisten = ", "m.toml, line 3: "),
    ] {
        let ended = with_files(&[("m.toml", text)], &["check-config"]);
        assert_eq!(ended.code, Some(2), "{text}");
        assert!(ended.err.contains(wanted), "{wanted} is not in {}", ended.err);
        assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
    }
    let variable = without_configuration(&["check-config"], &[("METRICSHOT_LIMITS__WIDTH", "1")]);
    assert!(variable.err.starts_with("error: METRICSHOT_LIMITS__WIDTH: unknown key 'width'"), "{}", variable.err);
}

#[test]
fn no_fault_contains_a_secret() {
    let main = "[sources.main]\ntype = \"prometheus\"\nurl = \"http://h\"\n";
    for text in [
        "auth = \"planted\"",
        "auth = { basic = { username = \"u\", pasword = \"planted\" } }",
        "auth = { basic = \"planted\" }",
        "auth = { bearer = \"planted\", basic = {} }",
        "auth = { bearer = [\"planted\"] }",
        "auth = { baerer = \"planted\" }",
        "auth = { bearer = \"planted }",
        "headers = { a = 4711 }",
        "headers = \"planted\"",
    ] {
        let ended = with_files(&[("m.toml", &format!("{main}{text}"))], &["check-config"]);
        assert_eq!(ended.code, Some(2), "{text}: {}", ended.out);
        assert!(!ended.err.contains("planted") && !ended.err.contains("4711"), "{text}: {}", ended.err);
    }
    let url = with_files(
        &[("m.toml", "[sources.a]\ntype = \"prometheus\"\nurl = \"http://me:planted@h\"")],
        &["print-config"],
    );
    assert_eq!(url.code, Some(2));
    assert!(url.err.contains("write them under auth") && !url.err.contains("planted"), "{}", url.err);
}

#[test]
fn faults_of_limits_sources_and_rules_are_all_reported_at_once() {
    let config = r#"
        catalog = ["rules.toml", "lost.toml"]
        log_filter = "info"
        [limits]
        metrics = 0
        render = "11m"
        [sources.main]
        type = "prometheus"
        url = "http://127.0.0.1:9090"
        auth = { basic = { username = "u" } }
        client_key = "key.pem"
        [[metric]]
        namespace = "Host"
        name = "CPU"
        source = "mian"
    "#;
    let rules = r#"
        [[metric]]
        namespace = "Host"
        name = "Memory"
        dimensions = ["instance"]
        source = "main"
        unit = "BYTE"
        expression = 'x{instance="${instance}"}'
        [[metric]]
        namespace = "Host"
        name = "Disk"
        sorce = "main"
        [[default]]
        namespaces = []
        source = "main"
    "#;
    let ended = with_files(&[("m.toml", config), ("rules.toml", rules)], &["check-config"]);
    assert_eq!(ended.code, Some(2));
    for line in [
        "m.toml: limits.metrics: should be 1 to 1000",
        "m.toml: limits.render: ",
        "m.toml: sources.main.auth.basic: should have either password or password_file",
        "m.toml: sources.main: client_certificate and client_key need each other",
        "m.toml: [[metric]] 1 ('Host', 'CPU'): there is no source 'mian'; the configuration has 'main'",
        "rules.toml: [[metric]] 1 ('Host', 'Memory'): unit = 'BYTE' is not known",
        "write instance=${instance}, without quotes",
        "rules.toml: [[metric]] 2 ('Host', 'Disk'): sorce: unknown key 'sorce'",
        "rules.toml: [[default]] 1 (namespaces none): a default rule needs at least one namespace",
        "lost.toml: cannot be read: ",
    ] {
        let lines: Vec<&str> = ended.err.lines().filter(|said| said.contains(line)).collect();
        assert_eq!(lines.len(), 1, "{line} is not once in\n{}", ended.err);
    }
    assert!(ended.err.lines().all(|line| line.starts_with("error: ")), "{}", ended.err);
}

#[test]
fn a_configuration_with_sources_has_no_demo_unless_it_configures_one() {
    let without = with_files(&[("m.toml", PROMETHEUS)], &["check-config"]);
    assert!(
        without.out.contains("main (prometheus)\n") && without.out.contains(" 0 metrics by name"),
        "{}",
        without.out
    );
    let demo = format!(
        "{PROMETHEUS}\n[sources.show]\ntype = \"demo\"\n[[metric]]\nnamespace = \"Demo\"\nname = \"Gap\"\nsource = \"main\"\n"
    );
    let with = with_files(&[("m.toml", &demo)], &["check-config"]);
    assert!(with.out.contains("main (prometheus), show (demo)"), "{}{}", with.out, with.err);
    assert!(with.out.contains("in 2 namespaces"), "{}", with.out);
}

#[test]
fn check_config_opens_the_files_of_sources() {
    let files = "[sources.main]\ntype = \"file\"\npath = \"lost.csv\"\n";
    let ended = with_files(&[("m.toml", files)], &["check-config"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("lost.csv"), "{}", ended.err);
    let password = format!("{PROMETHEUS}auth = {{ basic = {{ username = \"u\", password_file = \"lost\" }} }}\n");
    let ended = with_files(&[("m.toml", &password)], &["check-config"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("/lost: cannot be read: "), "{}", ended.err);
}

#[test]
fn paths_are_relative_to_the_configuration() {
    let folder = folder(&[]);
    fs::create_dir(folder.path().join("etc")).unwrap();
    fs::write(folder.path().join("etc/m.toml"), format!("catalog = \"rules.toml\"\n{PROMETHEUS}")).unwrap();
    fs::write(folder.path().join("etc/rules.toml"), "[[default]]\nnamespaces = [\"P\"]\nsource = \"main\"\n").unwrap();
    let ended = metricshot(folder.path(), &["check-config", "--config", "etc/m.toml"], &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
}

#[test]
fn a_missing_configuration_file_is_named() {
    let ended = without_configuration(&["--config", "lost.toml", "serve"], &[]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.starts_with("error: lost.toml: cannot be read: "), "{}", ended.err);
}

#[test]
fn a_port_in_use_is_reported_with_a_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = without_configuration(&["--listen", &address], &[]);
    assert_eq!(ended.code, Some(1));
    let wanted = format!(
        "error: cannot listen on {address}: another program uses this port; stop it, or choose another port with --listen\n"
    );
    assert!(ended.err.ends_with(&wanted), "{}", ended.err);
}

#[test]
fn an_unreadable_request_file_is_reported_with_the_reason() {
    let lost = without_configuration(&["render", "lost.json", "-o", "chart.png"], &[]);
    assert_eq!(lost.code, Some(2));
    assert!(lost.err.contains("error: lost.json: cannot be read: "), "{}", lost.err);
    let body = " ".repeat(100 * 1024 + 1);
    let large = folder(&[("large.json", &body)]);
    let large = metricshot(large.path(), &["render", "large.json", "-o", "chart.png"], &[]);
    assert_eq!(large.code, Some(2));
    assert!(large.err.contains("large.json: is larger than 102400 bytes"), "{}", large.err);
}

#[test]
fn faults_of_a_request_are_one_line_each() {
    let folder = folder(&[("empty.json", "{}")]);
    let ended = metricshot(folder.path(), &["render", "empty.json", "-o", "chart.png"], &[]);
    assert_eq!(ended.code, Some(2));
    for line in ["error: Field required: start", "error: Field required: end"] {
        assert!(ended.err.lines().any(|said| said == line), "{line} is not in {}", ended.err);
    }
    assert!(!folder.path().join("chart.png").exists());
}
