//! Texts of the client are drawn literally (T-03 to T-06, T-14 and T-15), and messages are in the client's language (V-04).
//!
//! The tests check by `strace` which files and connections the program opens, so it must be installed.

use crate::support::demo as pipeline;
use crate::support::http::request;
use crate::support::in_process as service;
use metricshot::cancel::Stop;
use metricshot::chart::{LIGHT, Scene, Shape, compose};
use metricshot::http::Settings;
use metricshot::limits::Limits;
use metricshot::render::{Format, Output, paint};
use metricshot::request::{ImageRequest, Language};
use serde_json::{Value, json};
use service::{IMAGE, JSON, Service, demo_app};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const WORDS: [&str; 20] = [
    "<script>alert(1)</script>",
    "&amp;",
    "]]>",
    "<!--",
    "<![CDATA[",
    "<?xml",
    "&#0;",
    "&xxe;",
    r#""/><image href="/etc/hostname" width="999"/>"#,
    "</text><script>alert(1)</script>",
    "url(#x)",
    r#"style="fill:red""#,
    "javascript:alert(1)",
    "${PROP('x')}",
    "{{7*7}}",
    "%s%n",
    "$(id) `id`",
    "' OR 1=1 --",
    "; rm ../../x",
    "http://169.254.169.254/",
];

/// Returns a request for an image wide enough for all of its texts, with two lines: one with a display name, and one named by a dimension.
fn body(words: &str) -> Value {
    let metric = |name: &str, value: &str| json!({"namespace_name": "Demo", "name": name, "dimensions": [{"key": "host", "value": value}]});
    let mut named = metric("a", "b");
    named["display_name"] = json!(format!("{words} named"));
    json!({"start": 1640995200, "end": 1640998800, "period": 300, "statistic_type": "AVG", "title": format!("{words} above"),
        "width": 2000, "height": 400, "metrics": [named, metric("c", words)]})
}

fn scene(request: &ImageRequest) -> Scene {
    let frame = pipeline::block_on(pipeline::app().data(request.query.clone())).expect("the demo answers");
    compose(request, &frame, &LIGHT.into())
}

fn written(scene: &Scene) -> Vec<&str> {
    let texts = scene.shapes.iter().filter_map(|shape| match shape {
        Shape::Text { text, .. } => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

#[test]
fn markup_commands_and_urls_of_a_client_are_drawn_as_text() {
    for words in WORDS {
        let scene = scene(&pipeline::request(body(words).to_string().as_bytes()));
        let title = format!("{words} above");
        assert_eq!(scene.title.as_ref(), Some(&title));
        let texts = written(&scene);
        for wanted in [title, format!("{words} named"), format!("Demo | c | {words}")] {
            assert!(texts.contains(&wanted.as_str()), "{wanted} is not in {texts:?}");
        }
    }
}

#[test]
fn texts_of_a_client_are_escaped_in_an_svg() {
    for words in WORDS {
        let scene = scene(&pipeline::request(body(words).to_string().as_bytes()));
        let svg = paint(&scene, &Output { format: Format::Svg, record: None }, &Stop::default()).unwrap().bytes;
        let svg = String::from_utf8(svg).unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let elements = document.descendants().filter(|node| node.is_element());
        for element in elements.clone() {
            let name = element.tag_name().name();
            assert!(!["script", "image", "style", "a", "use", "foreignObject"].contains(&name), "{name} in {svg}");
            let mut names = element.attributes().map(|attribute| attribute.name().to_owned());
            assert!(!names.any(|name| name == "href" || name.starts_with("on")), "{element:?}");
        }
        let texts: Vec<&str> = elements.filter_map(|element| element.text()).collect();
        assert!(texts.contains(&format!("{words} named").as_str()), "{texts:?}");
    }
}

/// Returns the system calls that open a file or a connection and contain one of `marks`, during a render with `words`.
fn calls(words: &str, format: &str, marks: &[&str], folder: &Path) -> Vec<String> {
    let (question, picture, calls) = (folder.join("q.json"), folder.join("p"), folder.join("calls"));
    fs::write(&question, body(words).to_string()).unwrap();
    let mut traced = Command::new("strace");
    traced.args(["-f", "-qq", "-s", "4096", "-e", "trace=%file,%network", "-o"]).arg(&calls);
    traced
        .arg(env!("CARGO_BIN_EXE_metricshot"))
        .args(["render", "--format", format, "-o"])
        .arg(&picture)
        .arg(&question);
    let traced = traced
        .env_clear()
        .env("METRICSHOT_LIMITS__RENDER", "60s")
        .stdout(Stdio::null())
        .output()
        .expect("strace is installed");
    assert!(traced.status.success(), "{}", String::from_utf8_lossy(&traced.stderr));
    let calls = fs::read_to_string(calls).unwrap();
    assert!(calls.contains("q.json"), "what it opens is seen");
    calls.lines().filter(|call| marks.iter().any(|mark| call.contains(mark))).map(str::to_owned).collect()
}

/// Checks T-04 and T-15.
#[test]
fn texts_of_a_client_open_no_file_and_no_connection() {
    let folder = tempfile::tempdir().unwrap();
    let decoy = folder.path().join("decoy.svg");
    fs::write(&decoy, "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>").unwrap();
    let decoy = decoy.to_str().unwrap();
    let words = [
        format!(r#""/><image href="{decoy}" width="9" height="9"/>"#),
        format!("url({decoy})"),
        format!("file://{decoy} http://127.0.0.1:9/decoy.svg"),
    ];
    for words in words {
        for format in ["png", "svg", "webp"] {
            let marks = ["decoy", "connect(", "sendto("];
            assert_eq!(calls(&words, format, &marks, folder.path()), Vec::<String>::new(), "{words} as {format}");
        }
    }
}

/// Checks V-04.
#[test]
fn messages_are_korean_on_request_and_english_otherwise() {
    let metric = json!({"namespace_name": "Demo", "name": "no data", "dimensions": []});
    let body = json!({"start": 1640995200, "end": 1640998800, "period": 300, "statistic_type": "AVG", "title": "T",
        "width": 600, "height": 400, "metrics": [metric]});
    let english = pipeline::request(body.to_string().as_bytes());
    let korean = ImageRequest { language: Language::Korean, ..english.clone() };
    for (request, ours, theirs) in [(&english, "No data", "데이터 없음"), (&korean, "데이터 없음", "No data")]
    {
        let scene = scene(request);
        assert!(written(&scene).contains(&ours) && !written(&scene).contains(&theirs), "{scene}");
    }
    let app = demo_app(Limits::default());
    let drawn =
        |request: &ImageRequest| pipeline::block_on(app.picture(request.clone())).unwrap().picture.bytes.clone();
    let (english, korean) = (drawn(&english), drawn(&korean));
    assert_ne!(english, korean);
    let service = Service::with(Limits::default(), Settings::default());
    let long = format!("{}ko", "xx-YY;q=0.5,".repeat(400));
    for (language, wanted) in [
        ("ko-KR", &korean),
        ("ko", &korean),
        ("KO-kr", &korean),
        ("en;q=0.5, ko;q=0.6", &korean),
        (&long, &korean),
        ("", &english),
        ("xx", &english),
        ("ko;q=abc", &english),
        ("ko;q=0", &english),
        ("en, ko", &english),
        ("korean", &english),
    ] {
        let answer = service.send(request("POST", IMAGE, &[JSON, ("Accept-Language", language)], body.to_string()));
        assert_eq!(answer.status, 200, "{language}");
        assert!(answer.body == *wanted, "{language}");
    }
    assert!(service.send(request("POST", IMAGE, &[JSON], body.to_string())).body == english);
}
