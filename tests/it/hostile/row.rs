//! What a row of the tables may say.

use super::sign::{Signature, put_in};
use super::text::{self, Bytes};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

pub const IMAGE: &str = "/v1/metrics/data/download/image";

/// The documented example, field by field: a body is this unless a row says otherwise.
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

/// One row: a request, and what comes of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// As in the catalogue.
    pub id: String,
    /// For people.
    pub what: String,
    /// The row is sent once for each, which stands where `<<each>>` is.
    #[serde(default)]
    each: Vec<String>,
    #[serde(default)]
    pub program: Where,
    /// See there.
    #[serde(default)]
    pub sign: Sign,
    /// What is changed in a right signature.
    #[serde(default)]
    signature: Signature,
    /// Bodies that follow, each with the very same headers, once the one before is answered.
    #[serde(default)]
    again: Vec<String>,
    #[serde(default = "post")]
    method: String,
    #[serde(default = "image")]
    target: String,
    /// Lines of the head, after those that every request has.
    #[serde(default)]
    headers: Vec<String>,
    /// Names of header lines that every request has and this one has not: `Host`, `Content-Type`, `Content-Length`.
    #[serde(default)]
    without: Vec<String>,
    /// Instead of the example.
    body: Option<String>,
    /// Fields of the example with other JSON texts, or further ones.
    #[serde(default)]
    set: BTreeMap<String, String>,
    /// The same in its metric.
    #[serde(default)]
    metric: BTreeMap<String, String>,
    /// Fields of the example that are left out.
    #[serde(default)]
    remove: Vec<String>,
    /// Fields after the others, as JSON texts with their names: also what is there already.
    #[serde(default)]
    add: Vec<String>,
    /// All bytes that are sent, instead of a request made of the above.
    raw: Option<String>,
    /// Between two bytes of the body.
    pub drip_ms: Option<u64>,
    /// What the caller does once it has sent all.
    #[serde(default)]
    pub then: Then,
    /// Of each answer, in order; none where the connection is closed without any.
    #[serde(default)]
    pub status: Statuses,
    /// The fault's word of the last answer; none where it has no such header.
    #[serde(default)]
    pub fault: String,
    /// Headers of the last answer.
    #[serde(default)]
    pub header: BTreeMap<String, String>,
    /// Headers that no answer has.
    #[serde(default)]
    pub lacks_header: Vec<String>,
    /// Texts in the body of the last answer.
    #[serde(default)]
    pub contains: Vec<String>,
    /// Most bytes of the body of the last answer.
    pub at_most_bytes: Option<usize>,
    /// Width and height of the picture.
    pub size: Option<[u32; 2]>,
    /// The connection is closed after the last answer. Else it takes another request.
    #[serde(default)]
    pub closed: bool,
    /// The least time until the last answer, or the end.
    #[serde(default)]
    pub at_least_ms: u64,
    /// A line of the log has this text in the end.
    pub logged: Option<String>,
}

/// Which program a row is sent to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Where {
    /// As an operator gets it who configures nothing.
    #[default]
    Usual,
    /// With short times.
    Hurried,
    /// One source, which never answers.
    Silent,
    /// With keys.
    Signed,
    /// Keys, and every line of `[auth]` with another value than its default.
    Strict,
}

/// Whether a row for the usual program is also sent to the one with keys, with a right signature, and answered there in the same way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sign {
    #[default]
    Also,
    /// Further lines in its head, or a `Host`, would make it another row.
    Never,
}

/// What a caller does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Then {
    /// Reads the answers.
    #[default]
    Read,
    /// Says that nothing more comes, then reads the answers.
    Finish,
    /// Resets the connection once the silent source is asked.
    Reset,
    /// Reads a byte now and then.
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

/// A table.
#[derive(Debug, Deserialize)]
struct Table {
    row: Vec<Row>,
}

/// The rows of all tables, once for each of what they are for.
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

    /// Which programs it is sent to.
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

    /// Head and body of each request, as they are sent to that program, all of them with one signature where it has keys.
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

    /// Head and body without a signature.
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

    /// The example with what the row changes.
    fn example(&self) -> String {
        let metric = object(&METRIC, &self.metric, &[], &[]);
        let mut set = self.set.clone();
        set.entry("metrics".to_owned()).or_insert_with(|| format!("[{metric}]"));
        object(&EXAMPLE, &set, &self.remove, &self.add)
    }

    /// `<<example>>`, its length, and it as one chunk with its end.
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
