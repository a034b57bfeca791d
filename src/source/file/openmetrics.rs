//! OpenMetrics text and Prometheus text: `name{label="value"} 1.5 1640995200`, comments after `#`.
//!
//! Read as OpenMetrics 1.0 says, with the quoted names of Prometheus 3: `{"CPU Usage/Core[Basic]",VolumeID="x"} 1 1640995200`; a label
//! `__name__` names the metric, too, as `promtool tsdb dump` writes it. Help, exemplars and start times (`st@…`, OpenMetrics 2) are passed
//! over. A native histogram, `{count:5,sum:3,…}` in the place of the value, is a sample that is no number: NaN.

use super::fields::{FIRST_MILLISECONDS, TimeUnit, value};
use super::reading::Reading;
use super::table::Labels;
use crate::error::excerpt;
use std::io::BufRead;

/// Returns what the times of `input` are in. OpenMetrics, which ends with `# EOF`, has seconds. Of any other text the first time decides:
/// the formats are alike, and what a file is called says little (`promtool tsdb dump-openmetrics > dump.prom`).
pub(super) fn unit(mut input: impl BufRead) -> std::io::Result<TimeUnit> {
    let (mut bytes, mut first) = (Vec::new(), None);
    while input.read_until(b'\n', &mut bytes)? > 0 {
        let line = bytes.trim_ascii();
        if line == b"# EOF" {
            return Ok(TimeUnit::Seconds);
        }
        if first.is_none() && !line.starts_with(b"#") {
            let sample = std::str::from_utf8(line).ok().and_then(|line| Sample::parse(line).ok());
            first = sample.and_then(|sample| sample.time.parse::<f64>().ok());
        }
        bytes.clear();
    }
    let is_late = first.is_some_and(|time| time >= FIRST_MILLISECONDS as f64);
    Ok(if is_late { TimeUnit::Milliseconds } else { TimeUnit::Seconds })
}

/// Reads all lines. Where times are in seconds, which is OpenMetrics, the file should end with `# EOF`.
pub(super) fn read(input: impl BufRead, unit: TimeUnit, reading: &mut Reading) {
    let mut ended = false;
    reading.lines(input, |reading, _, line| {
        if ended {
            return Err("comes after '# EOF', which should be the last line".to_owned());
        }
        if let Some(comment) = line.strip_prefix('#') {
            ended = line == "# EOF";
            describe(comment, reading);
            return Ok(());
        }
        let sample = Sample::parse(line)?;
        let time = unit.read(sample.time, reading.limits)?;
        let point = (time, if sample.value.starts_with('{') { f64::NAN } else { value(sample.value)? });
        reading.add(sample.name, sample.labels, [point]);
        Ok(())
    });
    if unit == TimeUnit::Seconds && !ended {
        tracing::warn!(file = reading.file(), "no '# EOF' at the end: the file may be cut off");
    }
}

/// Takes in ` TYPE name word` and ` UNIT name word`; every other comment says nothing about a chart.
fn describe(comment: &str, reading: &mut Reading) {
    let mut rest = Rest(comment);
    let keyword = rest.word();
    if !matches!(keyword, "TYPE" | "UNIT") {
        return;
    }
    let Ok(quoted) = rest.quoted() else { return };
    let family = quoted.unwrap_or_else(|| rest.word().to_owned());
    match keyword {
        "TYPE" => reading.families().set_kind(family, rest.word()),
        _ => reading.families().set_unit(family, rest.word()),
    }
}

/// One line, its numbers still text.
#[derive(Debug, PartialEq)]
struct Sample<'a> {
    name: String,
    labels: Labels,
    value: &'a str,
    time: &'a str,
}

impl<'a> Sample<'a> {
    fn parse(line: &'a str) -> Result<Self, String> {
        let mut rest = Rest(line);
        let (mut name, mut labels) = (None, Labels::new());
        let bare = rest.take_while(|c| c != '{' && !c.is_whitespace());
        if !bare.is_empty() {
            name = Some(bare_name(bare)?);
        }
        if !rest.is_histogram() && rest.take('{') {
            rest.labels(&mut name, &mut labels)?;
        }
        let name = name.ok_or("a name should come first: name{label=\"value\"} value time")?;
        let [value, time] = [rest.value()?, rest.word()];
        if value.is_empty() || time.is_empty() || time.starts_with('#') || time.starts_with("st@") {
            return Err(format!("'{}' should have a value and a time", excerpt(&name)));
        }
        let mut after = rest.word();
        if after.starts_with("st@") {
            after = rest.word();
        }
        match after {
            after if after.is_empty() || after.starts_with('#') => Ok(Self { name, labels, value, time }),
            after => Err(format!("nothing should come after the time, not '{}'", excerpt(after))),
        }
    }
}

fn bare_name(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.');
    if text.chars().all(allowed) && !text.starts_with(|c: char| c.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err(format!("name '{}' should be quoted, as in {{\"{0}\"}}", excerpt(text)))
    }
}

/// Rest of a line.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|c| !belongs(c)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    /// Passes over blanks, then over `c` if it is next.
    fn take(&mut self, c: char) -> bool {
        self.0 = self.0.trim_start();
        self.0.strip_prefix(c).is_some_and(|rest| {
            self.0 = rest;
            true
        })
    }

    fn word(&mut self) -> &'a str {
        self.0 = self.0.trim_start();
        self.take_while(|c| !c.is_whitespace())
    }

    /// Returns whether `{count:…` comes next; no label begins like that.
    fn is_histogram(&self) -> bool {
        let inside = self.0.trim_start().strip_prefix('{').unwrap_or_default().trim_start();
        inside.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').starts_with(':')
    }

    /// Reads a number, or a native histogram in braces.
    fn value(&mut self) -> Result<&'a str, String> {
        if !self.is_histogram() {
            return Ok(self.word());
        }
        self.0 = self.0.trim_start();
        let end = self.0.find('}').ok_or("a histogram should end with '}'")?;
        let (value, rest) = self.0.split_at(end + 1);
        self.0 = rest;
        Ok(value)
    }

    /// Reads labels after `{`, up to and with `}`.
    fn labels(&mut self, name: &mut Option<String>, labels: &mut Labels) -> Result<(), String> {
        while !self.take('}') {
            let quoted = self.quoted()?;
            let is_quoted = quoted.is_some();
            let label =
                quoted.unwrap_or_else(|| self.take_while(|c| !c.is_whitespace() && !"=,}\"".contains(c)).to_owned());
            let fault = |what: &str| Err(format!("{what} label '{}'", excerpt(&label)));
            if self.take('=') {
                let Some(value) = self.quoted()? else { return fault("a quoted value should come after") };
                if label == "__name__" && name.is_none() {
                    *name = Some(value);
                } else if label.is_empty() || label == "__name__" || labels.contains_key(&label) {
                    return fault("each label should have one name and come once, not");
                } else {
                    labels.insert(label, value);
                }
            } else if is_quoted && name.is_none() && !label.is_empty() {
                *name = Some(label);
            } else {
                return fault("'=' should come after");
            }
            if !self.take(',') && !self.0.starts_with('}') {
                return Err("',' or '}' should come after each label".to_owned());
            }
        }
        Ok(())
    }

    /// Reads a text in quotes, if one is next. Its escapes are `\\`, `\"` and `\n`; a `\` before any other character is itself
    /// (OpenMetrics 1.0, "ABNF": `escaped-char = … / BS normal-char`).
    fn quoted(&mut self) -> Result<Option<String>, String> {
        if !self.take('"') {
            return Ok(None);
        }
        let mut text = String::new();
        let mut chars = self.0.chars();
        loop {
            match chars.next() {
                Some('"') => break,
                Some('\\') => match chars.next() {
                    Some('n') => text.push('\n'),
                    Some(c @ ('\\' | '"')) => text.push(c),
                    Some(c) => text.extend(['\\', c]),
                    None => return Err(format!("a quote should end: \"{}", excerpt(self.0))),
                },
                Some(c) => text.push(c),
                None => return Err(format!("a quote should end: \"{}", excerpt(self.0))),
            }
        }
        self.0 = chars.as_str();
        Ok(Some(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_and_labels(line: &str) -> (String, String) {
        let Sample { name, labels, .. } = Sample::parse(line).unwrap();
        (name, labels.iter().map(|(label, value)| format!("{label}={value};")).collect())
    }

    #[test]
    fn names_labels_values_and_times_are_read() {
        for (line, name, labels) in [
            ("up 1 2", "up", ""),
            ("up{} 1 2", "up", ""),
            ("job:up.sum{b=\"2\",a=\"1\",} 1 2", "job:up.sum", "a=1;b=2;"),
            ("up { a = \"1\" , b = \"2\" }\t1 2", "up", "a=1;b=2;"),
            (r#"{"CPU Usage/Core[Basic]",VolumeID="v-1"} 1 2"#, "CPU Usage/Core[Basic]", "VolumeID=v-1;"),
            (r#"{VolumeID="v-1","CPU"} 1 2"#, "CPU", "VolumeID=v-1;"),
            (r#"{__name__="CPU","Volume ID"="x"} 1 2"#, "CPU", "Volume ID=x;"),
            (r#"up{a="} # {\"\\",b=",\n"} 1 2"#, "up", "a=} # {\"\\;b=,\n;"),
            (r#"{"온도"} 1 2"#, "온도", ""),
            (r#"up{a="CORP\Adm",b="\d\\"} 1 2"#, "up", r"a=CORP\Adm;b=\d\;"),
            (r#"{__name__="up", a="1"} {count:5, sum:-3.5, [-1,1]:2, (1,2]:3} 1640995200000"#, "up", "a=1;"),
            (r#"up {count:1,sum:2.5,bucket:[0.1:0,+Inf:1]} 1 st@0.5 # {a="b"} 2 1 # {} 3 1"#, "up", ""),
            ("up 1 2 st@1.5", "up", ""),
        ] {
            assert_eq!(name_and_labels(line), (name.to_owned(), labels.to_owned()), "{line}");
        }
        let exemplar = Sample::parse("up +Inf 1640995200.5 # {trace=\"x\"} 1").unwrap();
        assert_eq!((exemplar.value, exemplar.time), ("+Inf", "1640995200.5"));
    }

    #[test]
    fn what_is_wrong_is_said_with_what_would_be_right() {
        for (line, fault) in [
            ("up 1", "'up' should have a value and a time"),
            ("up", "'up' should have a value and a time"),
            ("up 1 # {a=\"b\"} 2 3", "'up' should have a value and a time"),
            ("up 1 2 3", "nothing should come after the time, not '3'"),
            ("{a=\"b\"} 1 2", "a name should come first: name{label=\"value\"} value time"),
            ("CPU-Usage 1 2", "name 'CPU-Usage' should be quoted, as in {\"CPU-Usage\"}"),
            ("1up 1 2", "name '1up' should be quoted, as in {\"1up\"}"),
            ("up{a=1} 1 2", "a quoted value should come after label 'a'"),
            ("up{a} 1 2", "'=' should come after label 'a'"),
            ("up{\"b\"} 1 2", "'=' should come after label 'b'"),
            ("up{,} 1 2", "'=' should come after label ''"),
            ("up{=\"x\"} 1 2", "each label should have one name and come once, not label ''"),
            ("up{a=\"1\",a=\"2\"} 1 2", "each label should have one name and come once, not label 'a'"),
            ("up{__name__=\"x\"} 1 2", "each label should have one name and come once, not label '__name__'"),
            ("up{a=\"1\" b=\"2\"} 1 2", "',' or '}' should come after each label"),
            ("up{a=\"1\"", "',' or '}' should come after each label"),
            ("up{a=\"1", "a quote should end: \"1"),
            ("up{a=\"1\\", "a quote should end: \"1\\\\"),
            ("up{a=\"1\\\"} 1 2", "a quote should end: \"1\\\\\\\"} 1 2"),
            ("up {count:1 2", "a histogram should end with '}'"),
            ("up 1 st@2", "'up' should have a value and a time"),
            ("up{", "'=' should come after label ''"),
        ] {
            assert_eq!(Sample::parse(line).unwrap_err(), fault, "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(line in "[\\PC\\\\\"{}=,# ]{0,40}") {
            let _ = Sample::parse(&line);
        }

        #[test]
        fn any_label_value_comes_back(value in "\\PC{0,20}\n?\\PC{0,5}") {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let line = format!("up{{a=\"{escaped}\"}} 1 2");
            proptest::prop_assert_eq!(&Sample::parse(&line).unwrap().labels["a"], &value);
        }
    }
}
