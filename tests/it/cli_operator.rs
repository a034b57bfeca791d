//! Mistakes of operators in files, variables and sources: the built program names the key and the expected value.

use metricshot::source::AnySourceConfig;
use std::fs;
use std::fs::File;
use std::path::Path;
use std::process::Command;

/// Runs `check-config` on a configuration with data files beside it; returns exit code, standard output and standard error.
fn checked(configuration: &str, data: &[(&str, &str)], variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("m.toml"), configuration).unwrap();
    for (name, text) in data {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let output = program(folder.path(), &["--config", "m.toml", "check-config"], variables).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn program(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_metricshot"));
    command.args(arguments).current_dir(folder).env_clear().envs(variables.iter().copied());
    command
}

/// Runs the program without a configuration file; returns exit code and output.
fn said(arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let output = program(tempfile::tempdir().unwrap().path(), arguments, variables).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[test]
fn faults_of_a_source_name_the_key() {
    let server = "[sources.a]\ntype = \"prometheus\"\n";
    for (rest, wanted) in [
        ("", "sources.a: the key 'url' is missing"),
        ("url = \"localhost:9090\"", "sources.a: url: the url should begin with http:// or https://"),
        ("url = \"http://h\"\nauth = { bearer = 5 }", "sources.a: auth.bearer: should be text in quotes, not a number"),
        (
            "url = \"http://h\"\nauth = { token = \"x\" }",
            "auth.token: unknown key 'token'; known keys: basic, bearer, bearer_file",
        ),
        ("url = \"http://h/api/v1/\"", "sources.a.url: should end before /api/v1"),
    ] {
        let (code, _, err) = checked(&format!("{server}{rest}\n"), &[], &[]);
        assert_eq!(code, Some(2), "{rest}");
        assert!(err.starts_with("error: m.toml: ") && err.contains(wanted), "{rest}: {err}");
    }
    let server = "[sources.a]\nurl = \"http://h\"\ntype = ";
    for (rest, wanted) in [
        ("\"opentsdb\"", "sources.a: the key 'dialect' is missing"),
        ("\"opentsdb\"\ndialect = \"tsdb\"", "sources.a: dialect: should be one of opentsdb, erlenmeyer"),
        (
            "\"opentsdb\"\ndialect = \"erlenmeyer\"\nunknown = \"failure\"",
            "sources.a.unknown: should be empty: erlenmeyer",
        ),
        ("\"opentsdb\"\ndialect = \"opentsdb\"\nraw_seconds = -1", "sources.a: raw_seconds: should be "),
        ("\"paasta\"\ninterval = \"15\"", "sources.a: interval: should be a number and s, m, h, d or w"),
        ("\"paasta\"\nlogin = { username = \"u\" }", "sources.a.login: should have either password or password_file"),
        (
            "\"paasta\"\nlogin = { username = \"u\", password = \"p\" }\nauth = { bearer = \"b\" }",
            "sources.a.login: stands in the place of auth",
        ),
        ("\"warp10\"\nunit = \"s\"", "sources.a: unit: should be one of us, ms, ns"),
        ("\"warp10\"\ntoken = \"x\"", "sources.a: token: unknown key 'token'; known keys: url, auth, "),
        ("\"warp10\"\nauth = { bearer = \"\" }", "sources.a.auth.bearer: should not be empty"),
        ("\"warp10\"\nauth = { bearer_file = \"none\" }", "/none: cannot be read: "),
    ] {
        let (code, _, err) = checked(&format!("{server}{rest}\n"), &[], &[]);
        assert_eq!(code, Some(2), "{rest}");
        assert!(err.starts_with("error: ") && err.contains(wanted), "{rest}: {err}");
    }
    let (_, _, err) = checked("[sources.a]\ntype = \"prom\"\n", &[], &[]);
    assert_eq!(
        err,
        format!("error: m.toml: sources.a: type: should be one of {}\n", AnySourceConfig::KINDS.join(", "))
    );
}

#[test]
fn faults_of_a_rule_name_the_key() {
    let rule = "[[metric]]\nnamespace = \"N\"\n";
    for (rest, wanted) in [
        ("source = \"demo\"", "('N'): the key 'name' is missing"),
        ("name = \"a\"\nsource = \"demo\"\nscale = \"x\"", "('N', 'a'): scale: should be a number, not text"),
        ("name = \"a\"\nsource = \"demo\"\nselect = { nme = \"x\" }", "select.nme: unknown key 'nme'"),
        ("name = \"a\"\nsource = \"demo\"\nexpression = \"up\"", "the source 'demo' cannot evaluate expressions"),
    ] {
        let (code, _, err) = checked(&format!("{rule}{rest}\n"), &[], &[]);
        assert_eq!((code, err.lines().count()), (Some(2), 1), "{rest}: {err}");
        assert!(err.contains(wanted), "{rest}: {err}");
    }
}

#[test]
fn a_source_without_a_rule_is_noted() {
    let source = "[sources.idle]\ntype = \"prometheus\"\nurl = \"http://h\"\n";
    let (code, _, err) = checked(source, &[], &[]);
    assert_eq!(code, Some(0));
    assert!(err.starts_with("note: no rule uses the source 'idle'"), "{err}");
    let rule = "[[default]]\nnamespaces = [\"N\"]\nsource = \"idle\"\n";
    let (_, out, err) = checked(&format!("{source}{rule}"), &[], &[]);
    assert_eq!(err, "");
    assert!(out.contains("0 metrics by name in 1 namespaces"), "{out}");
}

#[test]
fn each_fault_of_a_data_file_is_one_line() {
    let configuration =
        "[sources.f]\ntype = \"file\"\npath = \"data.csv\"\n[[default]]\nnamespaces = [\"N\"]\nsource = \"f\"\n";
    let data = "timestamp,name,value\n1,a,x\n2,a\n";
    let (code, _, err) = checked(configuration, &[("data.csv", data)], &[]);
    let wanted = [
        "error: m.toml: sources.f: data.csv:2: value 'x' should be a number, NaN, +Inf or -Inf",
        "error: m.toml: sources.f: data.csv:3: has 2 cells; it should have 3 as the header has",
    ];
    assert_eq!((code, err.lines().collect::<Vec<_>>()), (Some(2), wanted.to_vec()));
}

#[test]
fn check_config_notes_a_possibly_truncated_data_file() {
    let configuration =
        "[sources.f]\ntype = \"file\"\npath = \"data.om\"\n[[default]]\nnamespaces = [\"N\"]\nsource = \"f\"\n";
    let (code, _, err) = checked(configuration, &[("data.om", "a 1 1\n")], &[]);
    assert_eq!(code, Some(0));
    assert!(err.contains("the file may be cut off"), "{err}");
    let (_, _, err) = checked(configuration, &[("data.om", "a 1 1\n# EOF\n")], &[]);
    assert_eq!(err, "");
}

#[test]
fn an_empty_metricshot_config_names_no_file() {
    let (code, text) = said(&["check-config"], &[("METRICSHOT_CONFIG", "")]);
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn an_invalid_address_is_reported_with_an_example() {
    let wanted = "should be an IP address with its port, such as 127.0.0.1:8080";
    for (arguments, variables) in [
        (&["--listen", "8080", "check-config"][..], &[][..]),
        (&["check-config"], &[("METRICSHOT_LISTEN", "localhost")]),
    ] {
        let (code, text) = said(arguments, variables);
        assert_eq!(code, Some(2));
        assert!(text.contains(wanted), "{text}");
    }
    let (_, text) = said(&["check-config"], &[("METRICSHOT_LIMITS__PIXELS", "many")]);
    assert_eq!(text, "error: METRICSHOT_LIMITS__PIXELS: should be a whole number, not text\n");
}

#[test]
fn underscores_of_a_header_name_in_a_variable_become_hyphens() {
    let variables = [
        ("METRICSHOT_SOURCES__A__TYPE", "prometheus"),
        ("METRICSHOT_SOURCES__A__URL", "http://h"),
        ("METRICSHOT_SOURCES__A__HEADERS__X_SCOPE_ORGID", "planted"),
    ];
    let (code, text) = said(&["print-config"], &variables);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("x-scope-orgid = \"********\""), "{text}");
}

#[test]
fn print_config_shows_opentelemetry_variables_as_keys_with_masked_headers() {
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=planted"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "1500"),
        ("OTEL_SERVICE_NAME", "charts"),
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
    ];
    let (code, text) = said(&["print-config"], &variables);
    assert_eq!(code, Some(0), "{text}");
    let collector = ["url = \"http://collector:4318\"", "service_name = \"charts\"", "share = 0.25"];
    for line in collector.into_iter().chain(["api-key = \"********\"", "traces_send = \"1500ms\""]) {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(!text.contains("planted"), "{text}");
    let own = [&variables[..], &[("METRICSHOT_TRACES__URL", "http://own")]].concat();
    let (_, text) = said(&["print-config"], &own);
    assert!(text.contains("url = \"http://own\"") && !text.contains("api-key") && !text.contains("charts"), "{text}");
}

#[test]
fn a_fault_of_an_opentelemetry_variable_names_the_variable() {
    let endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    for (name, wrong, text) in [
        (endpoint, "localhost:4318", "the url should begin with http:// or https://"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "planted", "should be name=value,name=value"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "should be http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon", "should be a number of seconds"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote", "should be always_on, always_off"),
    ] {
        let (code, said) = said(&["check-config"], &[(endpoint, "http://collector:4318"), (name, wrong)]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.starts_with(&format!("error: {name}: ")) && said.contains(text), "{said}");
        assert!(!said.contains("planted"), "{said}");
    }
}

#[test]
fn print_config_masks_the_secrets_of_sources() {
    for kind in ["prometheus", "opentsdb", "paasta", "warp10"] {
        let variables = [
            ("METRICSHOT_SOURCES__A__TYPE", kind),
            ("METRICSHOT_SOURCES__A__URL", "http://h"),
            ("METRICSHOT_SOURCES__A__AUTH__BEARER", "0123"),
            ("METRICSHOT_SOURCES__A__HEADERS__X_KEY", "planted"),
            ("METRICSHOT_SOURCES__A__DIALECT", "opentsdb"),
        ];
        let variables = if kind == "opentsdb" { &variables[..] } else { &variables[..4] };
        let (code, text) = said(&["print-config"], variables);
        assert_eq!(code, Some(0), "{text}");
        assert!(
            text.contains("bearer = \"********\"") && !text.contains("0123") && !text.contains("planted"),
            "{text}"
        );
    }
}

#[test]
fn a_failed_write_to_standard_output_is_reported() {
    let request = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/requests/documented.json");
    let arguments = ["render", request.to_str().unwrap(), "-o", "-"];
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = program(Path::new("."), &arguments, &[]).stdout(full).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("error: standard output: cannot be written: "), "{text}");
}

#[test]
fn without_keys_the_service_rejects_other_listen_addresses() {
    for arguments in
        [&["--listen", "0.0.0.0:0"][..], &["--listen", "[::]:0", "check-config"], &["--listen", "10.1.2.3:80"]]
    {
        let (code, text) = said(arguments, &[]);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains("listen: should be a loopback address"), "{text}");
    }
    let keys = [("METRICSHOT_KEYS__A__ACCESS_KEY", "AK"), ("METRICSHOT_KEYS__A__SECRET", "6f1c0a9be2d47358")];
    let (code, text) = said(&["--listen", "0.0.0.0:0", "check-config"], &keys);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("keys:        a\n"), "{text}");
}

#[test]
fn faults_of_a_key_are_reported_without_its_secret() {
    for (key, wanted) in [
        ("", "keys.a: should have access_key and secret, or token, or both"),
        ("access_key = \"AK\"", "keys.a: access_key and secret should come together"),
        ("access_key = \"AK\"\nsecret = \"changeme\"", "keys.a: secret: is an example or easily guessed"),
        ("access_key = \"AK\"\nsecret = \"-\"", "keys.a: secret: should have at least 16 bytes"),
        ("access_key = \"AK\"\nsecret = \"MY_SECURE_KEY\"", "keys.a: secret: is an example or easily guessed"),
        ("token = \"0123456789abcde\"", "keys.a: token: should have at least 16 bytes"),
        (
            "token = \"0123456789abcdef\"\ntoken_file = \"t\"",
            "keys.a.token: should be set as token or as token_file, not both",
        ),
        ("token_file = \"absent\"", "absent: cannot be read"),
        ("tokens = \"planted\"", "keys.a.tokens: unknown key 'tokens'"),
    ] {
        let (code, _, err) = checked(&format!("[keys.a]\n{key}\n"), &[], &[]);
        assert_eq!(code, Some(2), "{key}");
        assert!(err.contains(wanted), "{key}: {err}");
        assert!(!err.contains("0123456789abcde") && !err.contains("planted"), "{err}");
    }
    let twins = "[keys.a]\naccess_key = \"AK\"\nsecret = \"6f1c0a9be2d47358\"\n[keys.b]\naccess_key = \"AK\"\nsecret = \"a1f04c7d9e3b6285\"\n";
    assert!(checked(twins, &[], &[]).2.contains("keys.b.access_key: is also used by keys.a"));
}

#[test]
fn a_secret_may_be_in_a_file_and_is_never_printed() {
    let configuration =
        "[keys.a]\naccess_key = \"AK\"\nsecret_file = \"data.csv\"\nformer_secret = \"planted-0123456789\"\n";
    assert_eq!(checked(configuration, &[("data.csv", "planted-9876543210\n")], &[]).0, Some(0));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("m.toml"), configuration).unwrap();
    let printed = program(folder.path(), &["--config", "m.toml", "print-config"], &[]).output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(printed.contains("[keys.a]") && printed.contains("********") && !printed.contains("planted"), "{printed}");
}

#[test]
fn faults_of_certificate_and_private_key_name_their_settings() {
    let made = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (first, second) = (made(), made());
    let (chain, key, other) = (first.cert.pem(), first.signing_key.serialize_pem(), second.signing_key.serialize_pem());
    let files = [("chain.pem", chain.as_str()), ("key.pem", key.as_str()), ("other.pem", other.as_str())];
    let checked = |certificate: &str, key: &str| {
        checked(&format!("[tls]\ncertificate = \"{certificate}\"\nkey = \"{key}\"\n"), &files, &[])
    };
    assert_eq!(checked("chain.pem", "key.pem").0, Some(0));
    for (certificate, key, wanted) in [
        ("key.pem", "key.pem", "m.toml: tls.certificate: should be a PEM file with a certificate"),
        ("chain.pem", "chain.pem", "m.toml: tls.key: should be a PEM file with an unencrypted private key"),
        ("chain.pem", "other.pem", "m.toml: tls.key: should be the private key of the first certificate"),
        ("none.pem", "key.pem", "none.pem: cannot be read"),
    ] {
        let (code, _, err) = checked(certificate, key);
        assert!(code == Some(2) && err.contains(wanted), "{certificate}, {key}: {err}");
    }
}

#[test]
fn trusted_proxies_are_networks_or_addresses() {
    let open = [("METRICSHOT_AUTH__MODE", "none")];
    assert_eq!(checked("trusted_proxies = [\"10.0.0.0/8\", \"fd00::1\"]\n", &[], &open).0, Some(0));
    let (code, _, err) = checked("trusted_proxies = [\"proxy.example\"]\n", &[], &[]);
    assert_eq!(code, Some(2), "{err}");
    assert!(
        err.starts_with("error: m.toml: trusted_proxies: should be a list of networks such as \"10.0.0.0/8\""),
        "{err}"
    );
}

#[test]
fn settings_that_expose_the_service_need_keys_or_auth_mode_none() {
    let exposing = [
        ("listen = \"0.0.0.0:8080\"\n", "m.toml: listen: "),
        ("public_url = \"https://charts.example.com\"\n", "m.toml: public_url: "),
        ("trusted_proxies = [\"127.0.0.0/8\"]\n", "m.toml: trusted_proxies: "),
    ];
    for (line, place) in exposing {
        let (code, _, err) = checked(line, &[], &[]);
        assert_eq!((code, err.lines().count()), (Some(2), 1), "{line}: {err}");
        assert!(err.starts_with(&format!("error: {place}")) && err.contains("auth.mode = \"none\""), "{line}: {err}");
        let (code, out, err) = checked(&format!("{line}[auth]\nmode = \"none\"\n"), &[], &[]);
        assert_eq!(code, Some(0), "{line}: {err}");
        assert!(out.contains("every client that reaches the service may read everything"), "{out}");
        assert_eq!(checked(line, &[], &[("METRICSHOT_AUTH__MODE", "none")]).0, Some(0), "{line}");
        let key = "[keys.a]\naccess_key = \"AK\"\nsecret = \"6f1c0a9be2d47358\"\n";
        assert_eq!(checked(&format!("{line}{key}"), &[], &[]).0, Some(0), "{line}");
    }
    let all: String = exposing.iter().map(|(line, _)| *line).collect();
    assert_eq!(checked(&all, &[], &[]).2.lines().count(), 3);
    let both = "[auth]\nmode = \"none\"\n[keys.a]\naccess_key = \"AK\"\nsecret = \"6f1c0a9be2d47358\"\n";
    assert!(checked(both, &[], &[]).2.contains("auth.mode: should be \"keys\", or remove [keys]"));
}

#[test]
fn keys_with_a_shared_secret_or_token_are_rejected() {
    let (one, two) = ("6f1c0a9be2d47358", "a1f04c7d9e3b6285");
    let key = |name: &str, lines: &str| format!("[keys.{name}]\n{lines}\n");
    let signing = |name: &str, secret: &str| key(name, &format!("access_key = \"{name}\"\nsecret = \"{secret}\""));
    for (configuration, place) in [
        (signing("a", one) + &signing("b", one), "keys.b.secret"),
        (signing("a", one) + &signing("b", two) + &format!("former_secret = \"{one}\"\n"), "keys.b.secret"),
        (key("a", &format!("token = \"{one}\"")) + &key("b", &format!("token = \"{one}\"")), "keys.b.token"),
    ] {
        let (code, _, err) = checked(&configuration, &[], &[]);
        assert_eq!(code, Some(2), "{configuration}");
        assert_eq!(err, format!("error: m.toml: {place}: is also used by keys.a; every key needs its own\n"));
    }
    assert_eq!(checked(&(signing("a", one) + &signing("b", two)), &[], &[]).0, Some(0));
}

#[test]
fn a_secret_file_must_contain_only_the_secret() {
    let configuration = "[keys.a]\naccess_key = \"AK\"\nsecret_file = \"data.csv\"\n";
    for (text, wanted) in [
        ("\u{feff}6f1c0a9be2d47358\n", "begins with a byte order mark"),
        ("6f1c0a9be2d47358 \n", "has blanks before or after the secret"),
        ("6f1c0a9be2d47358\na1f04c7d9e3b6285\n", "has more than one line"),
    ] {
        let (code, _, err) = checked(configuration, &[("data.csv", text)], &[]);
        assert_eq!(code, Some(2), "{text:?}");
        assert!(err.starts_with("error: m.toml: keys.a.secret: ") && err.contains(wanted), "{err}");
        assert!(!err.contains("6f1c"), "{err}");
    }
    assert_eq!(checked(configuration, &[("data.csv", "6f1c0a9be2d47358\r\n")], &[]).0, Some(0));
}

#[test]
fn check_config_reports_the_faults_of_all_stages_with_suggestions() {
    let configuration = "lisen = \"127.0.0.1:1\"\npercentiles = \"yes\"\nlog = \"jsno\"\npublic_url = \"https://charts.example.com\"\n\
        [limits]\nmax_sid = 5\nrender = \"soon\"\n[sources.a]\ntype = \"prometheus\"\n[sources.f]\ntype = \"file\"\npath = \"none.csv\"\n\
        [keys.k]\naccess_key = \"AK\"\nsecret = \"changeme\"\n[traces]\nurl = \"ftp://h\"\n";
    let (code, _, err) = checked(configuration, &[], &[("METRICSHOT_LIMITS__PIXELS", "many")]);
    assert_eq!(code, Some(2));
    for wanted in [
        "lisen: unknown key 'lisen'; did you mean 'listen'?",
        "percentiles: should be true or false",
        "log: should be one of text, json; did you mean 'json'?",
        "limits.max_sid: unknown key 'max_sid'; did you mean 'max_side'?",
        "limits.render: ",
        "METRICSHOT_LIMITS__PIXELS: should be a whole number",
        "sources.a: the key 'url' is missing",
        "none.csv: cannot be opened",
        "keys.k: secret: ",
        "traces.url: ",
    ] {
        assert_eq!(err.lines().filter(|line| line.contains(wanted)).count(), 1, "{wanted} in:\n{err}");
    }
    let with_rule =
        "lisen = \"127.0.0.1:1\"\n[[metric]]\nnamespace = \"N\"\nname = \"a\"\nsource = \"demo\"\nscale = \"x\"\n";
    assert_eq!(checked(with_rule, &[], &[]).2.lines().count(), 2, "a faulty value hides no faulty rule");
    assert!(!err.contains("m.toml: traces: "), "a key that is there and wrong is not missing as well: {err}");
}
