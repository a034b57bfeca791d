//! The rows of the tables.

use super::sign::{Signature, put_in};
use super::text::{self, Bytes};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

pub const IMAGE: &str = "/v1/metrics/data/download/image";

/// The documented example, field by field: the default body of a row.
const EXAMPLE: [(&str, &str); 8] = [
    ("end", "1640995440"),
    ("height", "400"),
    ("period", "300"),
    ("start", "1640995200"),
    ("statistic_type", "\"AVG\""),
    ("timezone", "\"UTC\""),
    ("title", "\"Virtual Server Metric Chart\""),
    ("width", "600"),
];

/// The one metric of the example.
const METRIC: [(&str, &str); 7] = [
    ("color", "\"#0000ff\""),
    ("dimensions", r#"[{"key":"VolumeID","value":"45fbde15-cdd2-4891-be31-4a9de75fccda"}]"#),
    ("display_name", "\"Virtual Server | VirtualServer001 | CPU Usage/Core[Basic]\""),
    ("name", "\"CPU Usage/Core[Basic]\""),
    ("namespace_name", "\"Virtual Server\""),
    ("period", "300"),
    ("statistic_type", "\"AVG\""),
];

/// One row: a request, and the expected response.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The id in the catalogue of hostile inputs.
    pub id: String,
    /// The description of the row.
    pub what: String,
    /// Values for `<<each>>`: the row is sent once for each of them.
    #[serde(default)]
    each: Vec<String>,
    #[serde(default)]
    pub program: Where,
    /// The rule for a second, signed request.
    #[serde(default)]
    pub sign: Sign,
    /// Changes of a valid signature.
    #[serde(default)]
    signature: Signature,
    /// Further bodies, each sent with the same headers after the response to the previous one.
    #[serde(default)]
    again: Vec<String>,
    #[serde(default = "post")]
    method: String,
    #[serde(default = "image")]
    target: String,
    /// Header lines after the default ones.
    #[serde(default)]
    headers: Vec<String>,
    /// Names of default headers to leave out: `Host`, `Content-Type`, `Content-Length`.
    #[serde(default)]
    without: Vec<String>,
    /// The body instead of the example.
    body: Option<String>,
    /// Replaced or further fields of the example, as JSON.
    #[serde(default)]
    set: BTreeMap<String, String>,
    /// Replaced or further fields of the metric of the example, as JSON.
    #[serde(default)]
    metric: BTreeMap<String, String>,
    /// Fields of the example to leave out.
    #[serde(default)]
    remove: Vec<String>,
    /// Fields appended as JSON with their names, which may be duplicates.
    #[serde(default)]
    add: Vec<String>,
    /// The bytes to send instead of the request made of the fields above.
    raw: Option<String>,
    /// The pause between two bytes of the body, in milliseconds.
    pub drip_ms: Option<u64>,
    /// The behaviour of the client after the request.
    #[serde(default)]
    pub then: Then,
    /// The status of each response, in order; none if the connection is closed without a response.
    #[serde(default)]
    pub status: Statuses,
    /// The fault's word of the last response; empty if it has no such header.
    #[serde(default)]
    pub fault: String,
    /// Expected headers of the last response.
    #[serde(default)]
    pub header: BTreeMap<String, String>,
    /// Headers that no response has.
    #[serde(default)]
    pub lacks_header: Vec<String>,
    /// Texts in the body of the last response.
    #[serde(default)]
    pub contains: Vec<String>,
    /// The maximum number of bytes of the body of the last response.
    pub at_most_bytes: Option<usize>,
    /// Width and height of the image.
    pub size: Option<[u32; 2]>,
    /// Expects the connection to be closed after the last response; otherwise it must accept another request.
    #[serde(default)]
    pub closed: bool,
    /// The minimum time until the last response, or the end of the connection, in milliseconds.
    #[serde(default)]
    pub at_least_ms: u64,
    /// A text of a log line.
    pub logged: Option<String>,
}

/// A program that rows are sent to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Where {
    /// The default configuration.
    #[default]
    Usual,
    /// Short time limits.
    Hurried,
    /// A source that never answers.
    Silent,
    /// Keys.
    Signed,
    /// Keys, and no setting of `[auth]` at its default.
    Strict,
}

/// A rule for sending a row of the usual program also to the program with keys, with a valid signature and the same response.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sign {
    #[default]
    Also,
    /// Never: the lines of a signature, or its `Host`, would change the meaning of the row.
    Never,
}

/// The behaviour of a client after its request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Then {
    /// Reads the responses.
    #[default]
    Read,
    /// Half-closes the connection, then reads the responses.
    Finish,
    /// Resets the connection once the silent source has a request.
    Reset,
    /// Reads single bytes with pauses.
    Crawl,
}

/// One status or several.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Statuses {
    #[default]
    None,
    One(u16),
    Many(Vec<u16>),
}

impl Statuses {
    pub fn list(&self) -> Vec<u16> {
        match self {
            Self::None => Vec::new(),
            Self::One(status) => vec![*status],
            Self::Many(statuses) => statuses.clone(),
        }
    }
}

fn post() -> String {
    "POST".to_owned()
}

fn image() -> String {
    IMAGE.to_owned()
}

/// A file of rows.
#[derive(Debug, Deserialize)]
struct Table {
    row: Vec<Row>,
}

/// Returns the rows of all tables, expanded by `each`.
pub fn rows() -> Vec<Row> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/hostile");
    let files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> =
        files.filter(|file| file.extension().is_some_and(|extension| extension == "toml")).collect();
    files.sort();
    let read = |file: &std::path::PathBuf| {
        let table: Table = toml::from_str(&fs::read_to_string(file).expect("text"))
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        table.row
    };
    files.iter().flat_map(read).flat_map(Row::for_each).collect()
}

impl Row {
    fn for_each(self) -> Vec<Self> {
        if self.each.is_empty() {
            return vec![self];
        }
        self.each.iter().map(|each| self.with(each)).collect()
    }

    fn with(&self, each: &str) -> Self {
        let put = |text: &String| text.replace("<<each>>", each);
        let puts = |texts: &[String]| texts.iter().map(put).collect();
        let fields =
            |fields: &BTreeMap<String, String>| fields.iter().map(|(name, text)| (name.clone(), put(text))).collect();
        let shown: String = each.chars().take(100).flat_map(char::escape_debug).collect();
        Self {
            what: format!("{}: {shown}", self.what),
            method: put(&self.method),
            target: put(&self.target),
            headers: puts(&self.headers),
            body: self.body.as_ref().map(put),
            set: fields(&self.set),
            remove: puts(&self.remove),
            header: fields(&self.header),
            contains: puts(&self.contains),
            metric: fields(&self.metric),
            add: puts(&self.add),
            raw: self.raw.as_ref().map(put),
            again: puts(&self.again),
            signature: self.signature.map(&put),
            ..self.clone()
        }
    }

    /// Returns the programs that the row is sent to.
    pub fn programs(&self) -> &'static [Where] {
        match (self.program, self.sign) {
            (Where::Usual, Sign::Also) => &[Where::Usual, Where::Signed],
            (Where::Usual, Sign::Never) => &[Where::Usual],
            (Where::Hurried, _) => &[Where::Hurried],
            (Where::Silent, _) => &[Where::Silent],
            (Where::Signed, _) => &[Where::Signed],
            (Where::Strict, _) => &[Where::Strict],
        }
    }

    /// Returns head and body of each request for a program; a program with keys gets all requests with one signature.
    pub fn requests(&self, program: Where) -> Vec<(Bytes, Bytes)> {
        let again = self.again.iter().map(|body| Self { body: Some(body.clone()), ..self.clone() });
        let requests = std::iter::once(self.request()).chain(again.map(|row| row.request()));
        let requests: Vec<_> = requests.collect();
        if matches!(program, Where::Usual | Where::Hurried | Where::Silent) {
            return requests;
        }
        let lines = self.signature.lines(&requests[0].0, &requests[0].1);
        requests.into_iter().map(|(head, body)| (put_in(&head, &lines), body)).collect()
    }

    /// Returns head and body without a signature.
    fn request(&self) -> (Bytes, Bytes) {
        if let Some(raw) = &self.raw {
            let bytes = text::expand(&self.with_example(raw));
            let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4);
            return (bytes[..end].to_vec(), bytes[end..].to_vec());
        }
        let body = match (&self.body, self.method.as_str()) {
            (Some(body), _) => text::expand(&self.with_example(body)),
            (None, "POST") => text::expand(&self.example()),
            (None, _) => Vec::new(),
        };
        let mut head = text::expand(&format!("{} {} HTTP/1.1\r\n", self.method, self.target));
        let usual = [
            ("Host", "localhost:8080".to_owned()),
            ("Content-Type", "application/json".to_owned()),
            ("Content-Length", body.len().to_string()),
        ];
        for (name, value) in usual.iter().filter(|(name, _)| !self.without.iter().any(|left_out| left_out == name)) {
            head.extend(format!("{name}: {value}\r\n").bytes());
        }
        for line in &self.headers {
            head.extend(text::expand(line));
            head.extend(b"\r\n");
        }
        head.extend(b"\r\n");
        (head, body)
    }

    /// Returns the example with the changes of the row.
    fn example(&self) -> String {
        let metric = object(&METRIC, &self.metric, &[], &[]);
        let mut set = self.set.clone();
        set.entry("metrics".to_owned()).or_insert_with(|| format!("[{metric}]"));
        object(&EXAMPLE, &set, &self.remove, &self.add)
    }

    /// Expands `<<example>>`, `<<example.length>>`, `<<example.chunk>>` (one chunk) and `<<image>>`.
    fn with_example(&self, text: &str) -> String {
        let example = self.example();
        let length = example.len();
        text.replace("<<example.length>>", &length.to_string())
            .replace("<<example.chunk>>", &format!("{length:x}\r\n{example}\r\n"))
            .replace("<<example>>", &example)
            .replace("<<image>>", IMAGE)
    }
}

fn object(usual: &[(&str, &str)], set: &BTreeMap<String, String>, remove: &[String], add: &[String]) -> String {
    let kept = usual.iter().filter(|(name, _)| !set.contains_key(*name)).map(|&(name, json)| (name, json));
    let fields = kept.chain(set.iter().map(|(name, json)| (name.as_str(), json.as_str())));
    let fields = fields.filter(|(name, _)| !remove.iter().any(|removed| removed == name));
    let fields: Vec<String> =
        fields.map(|(name, json)| format!("\"{name}\":{json}")).chain(add.iter().cloned()).collect();
    format!("{{{}}}", fields.join(","))
}
