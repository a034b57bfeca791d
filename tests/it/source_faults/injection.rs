//! M-08 to M-14: whatever a caller writes, the query that leaves us asks for exactly that, and never for more.

use super::{Behind, IMAGE, Running, START, body, matrix, metric};
use crate::support::fake::Fake;
use serde_json::{Value, json};

/// As PromQL quotes: what a backslash means is read here by its rules, apart from the code that wrote it.
fn unquoted(text: &str) -> (String, &str) {
    let mut characters = text.strip_prefix('"').expect("a quoted string").char_indices();
    let mut value = String::new();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &text[at + 2..]),
            '\\' => match characters.next().expect("something escaped").1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                plain @ ('"' | '\\') => value.push(plain),
                other => panic!("\\{other}"),
            },
            plain => value.push(plain),
        }
    }
    panic!("the string does not end: {text}");
}

/// The matchers of the selector with which a query begins, and what follows it. A name before the braces is a matcher, too.
fn matchers(query: &str) -> (Vec<(String, String, String)>, &str) {
    let (name, mut rest) = query.split_once('{').expect("a selector");
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    assert!(name.chars().all(is_word), "{name} is no name");
    let named = (!name.is_empty()).then(|| ("__name__".to_owned(), "=".to_owned(), name.to_owned()));
    let mut matchers: Vec<_> = named.into_iter().collect();
    loop {
        let end = rest.find(['=', '!']).expect("an operator");
        let (label, after) = rest.split_at(end);
        let operator = if after.starts_with("=~") { "=~" } else { "=" };
        let (value, after) = unquoted(&after[operator.len()..]);
        matchers.push((label.to_owned(), operator.to_owned(), value));
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None => return (matchers, after.strip_prefix('}').expect("the end of the selector")),
        }
    }
}

const HOSTILE: [&str; 20] = [
    r#"x"} or up{a=""#,
    r#"\"} or vector(1) #"#,
    r"\",
    "`",
    "'",
    ".*",
    "a|b",
    "(?i)x",
    "^$",
    "*",
    "literal_or(*)",
    "regexp(.*)",
    "wildcard(*)",
    "{",
    "&m=sum:sys",
    "%26",
    "#",
    "../../v2/projects",
    "%2e%2e%2f",
    "?x=;",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_value_reaches_prometheus_as_one_matcher_for_equality() {
    let fake = Fake::start(|_| matrix("")).await;
    let running = Running::new("", &[Behind { name: "fake".into(), url: &fake.url, keys: "operations = \"instant\"" }]);
    tokio::task::spawn_blocking(move || {
        for value in HOSTILE {
            let asked = body(vec![metric("fake", value, &[("host", value)])]).to_string();
            let status = running.service.post(IMAGE, &asked).status;
            // A metric's name may not hold everything; its values may.
            assert!(matches!(status, 200 | 400), "{value}: {status}");
            let asked = body(vec![metric("fake", "cpu", &[("host", value)])]).to_string();
            assert_eq!(running.service.post(IMAGE, &asked).status, 200, "{value}");
        }
        for broken in ["a\nb", "a\rb", "a\u{0}b", "a\u{1b}b"] {
            let asked = body(vec![metric("fake", "cpu", &[("host", broken)])]).to_string();
            assert_eq!(running.service.post(IMAGE, &asked).status, 400, "{broken:?}");
        }
    })
    .await
    .unwrap();
    let seen = fake.seen();
    let queries: Vec<_> = seen.iter().map(|seen| matchers(seen.parameter("query").expect("a query"))).collect();
    for (matchers, rest) in &queries {
        assert_eq!(*rest, "[300s]", "nothing else is asked");
        let [(name, is, _), (label, equals, value)] = &matchers[..] else { panic!("{matchers:?}") };
        assert_eq!((name.as_str(), is.as_str(), label.as_str(), equals.as_str()), ("__name__", "=", "host", "="));
        assert!(HOSTILE.contains(&value.as_str()), "{value}");
    }
    let named_cpu = queries.iter().filter(|(matchers, _)| matchers[0].2 == "cpu");
    let values: Vec<&str> = named_cpu.map(|(matchers, _)| matchers[1].2.as_str()).collect();
    assert_eq!(values, HOSTILE, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_reaches_opentsdb_as_one_literal_filter_in_a_document_or_not_at_all() {
    let fake = Fake::start(|_| "[]").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("metricshot.toml");
    let source = format!("[sources.fake]\ntype = \"opentsdb\"\ndialect = \"opentsdb\"\nurl = \"{}\"\n", fake.url);
    std::fs::write(
        &file,
        source + "[[default]]\nsource = \"fake\"\nnamespaces = [\"fake\"]\nkind = \"gauge\"\nunit = \"COUNT\"\n",
    )
    .unwrap();
    let service = crate::support::service::Service::start(Some(&file));
    tokio::task::spawn_blocking(move || {
        for value in HOSTILE {
            let asked = body(vec![metric("fake", "cpu", &[("host", value)])]).to_string();
            let expected = if value == "*" || value.contains('|') { 400 } else { 200 };
            assert_eq!(service.post(IMAGE, &asked).status, expected, "{value}");
        }
    })
    .await
    .unwrap();
    let literal: Vec<&str> = HOSTILE.into_iter().filter(|value| *value != "*" && !value.contains('|')).collect();
    let asked: Vec<Value> = fake
        .seen()
        .iter()
        .map(|seen| {
            assert_eq!((seen.path.as_str(), seen.parameters.len()), ("/api/query", 0), "nothing is in the URL");
            serde_json::from_slice(&seen.body).unwrap()
        })
        .collect();
    let filters: Vec<&Value> = asked.iter().map(|question| &question["queries"][0]["filters"]).collect();
    let expected: Vec<Value> = literal
        .iter()
        .map(|value| json!([{"type": "literal_or", "tagk": "host", "filter": value, "groupBy": false}]))
        .collect();
    assert_eq!(filters, expected.iter().collect::<Vec<_>>());
    assert!(
        asked.iter().all(|question| question["queries"].as_array().unwrap().len() == 1 && question["start"] == START)
    );
}

/// M-13.
#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_every_host_by_a_star_is_told_to_name_one_and_nobody_is_asked() {
    let [opentsdb, erlenmeyer] = [Fake::start(|_| "[]").await, Fake::start(|_| "[]").await];
    let prometheus = Fake::start(|_| matrix("")).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("metricshot.toml");
    let source = |name: &str, keys: &str, url: &str| {
        format!(
            "[sources.{name}]\nurl = \"{url}\"\n{keys}\n[[default]]\nsource = \"{name}\"\nnamespaces = [\"{name}\"]\nkind = \"gauge\"\nunit = \"COUNT\"\n"
        )
    };
    let text = [
        source("opentsdb", "type = \"opentsdb\"\ndialect = \"opentsdb\"", &opentsdb.url),
        source("erlenmeyer", "type = \"opentsdb\"\ndialect = \"erlenmeyer\"", &erlenmeyer.url),
        source("prometheus", "type = \"prometheus\"\noperations = \"instant\"", &prometheus.url),
    ];
    std::fs::write(&file, text.concat()).unwrap();
    let service = crate::support::service::Service::start(Some(&file));
    tokio::task::spawn_blocking(move || {
        let ask = |metrics| service.post(IMAGE, &body(metrics).to_string());
        for name in ["opentsdb", "erlenmeyer"] {
            let (literal, star) = ([("dc", "*x"), ("host", "a")], [("dc", "a"), ("host", "*")]);
            let answer = ask(vec![metric("prometheus", "cpu", &star), metric(name, "cpu", &star)]);
            let detail =
                "String should be one value: '*' is several to the metric's source: metrics[1].dimensions[1].value";
            let error: Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!((answer.status, &error["errors"][0]["code"]), (400, &json!("ValidationError")), "{name}");
            assert_eq!(error["errors"][0]["detail"], json!([detail]), "{name}");
            assert!(answer.head.to_lowercase().contains("metricshot-fault: invalid_name\r\n"), "{}", answer.head);
            assert_eq!(ask(vec![metric(name, "cpu", &literal)]).status, 200, "{name}: a part of a value is literal");
        }
        assert_eq!(ask(vec![metric("prometheus", "cpu", &[("host", "*")])]).status, 200);
    })
    .await
    .unwrap();
    assert_eq!([opentsdb.seen().len(), erlenmeyer.seen().len(), prometheus.seen().len()], [1, 1, 1]);
}
