//! Series with known samples, and their encodings for servers.

use std::fmt::Write;

/// The start of the fixtures: 2026-03-28T00:00:00Z, the day before a clock change in Europe.
pub const START: i64 = 1_774_656_000;

/// One series with its samples; times are Unix milliseconds.
#[derive(Debug, Clone)]
pub struct Series {
    pub name: String,
    pub labels: Vec<(String, String)>,
    pub points: Vec<(i64, f64)>,
}

impl Series {
    pub fn new(name: &str, labels: &[(&str, &str)], points: Vec<(i64, f64)>) -> Self {
        let labels = labels.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect();
        Self { name: name.to_owned(), labels, points }
    }
}

/// Returns two series with a sample every 15 s for two hours. The values cycle through 0 to 39; those of the second are 100 higher, with a
/// gap of 20 minutes.
pub fn cpu() -> Vec<Series> {
    let values = |more: f64| (0..=480).map(move |k| ((START + 15 * k) * 1000, (k % 40) as f64 + more));
    let gap = (START + 1800) * 1000..(START + 3000) * 1000;
    vec![
        Series::new("cpu_usage_percent", &[("instance", "i-1")], values(0.0).collect()),
        Series::new(
            "cpu_usage_percent",
            &[("instance", "i-2")],
            values(100.0).filter(|p| !gap.contains(&p.0)).collect(),
        ),
    ]
}

/// Returns a counter that grows by 7 every 15 s and resets after every 100 samples; it begins 20 minutes before the other series.
pub fn counter() -> Vec<Series> {
    let points = (0..=560).map(|k| ((START - 1200 + 15 * k) * 1000, (k % 100 * 7) as f64)).collect();
    vec![Series::new("requests_total", &[("instance", "i-1")], points)]
}

/// Returns a sample per minute for four hours with values that are not finite: a NaN, one infinity, both infinities, and a bucket of NaN only.
pub fn not_finite() -> Vec<Series> {
    let value = |k: i64| match k {
        7 | 50..60 => f64::NAN,
        83 => f64::INFINITY,
        121 => f64::INFINITY,
        122 => f64::NEG_INFINITY,
        _ => (k * k % 17) as f64 - 8.0,
    };
    let points = (0..240).map(|k| ((START + 60 * k) * 1000, value(k))).collect();
    let finite = (0..240).map(|k| ((START + 60 * k) * 1000, k as f64)).collect();
    vec![
        Series::new("not_finite", &[("instance", "a")], points),
        Series::new("not_finite", &[("instance", "b")], finite),
    ]
}

/// Returns samples 1 to 38 s apart, at times with milliseconds.
pub fn irregular() -> Vec<Series> {
    let mut state: i64 = 12345;
    let mut time = START * 1000 + 17;
    let point = |_| {
        state = (state * 1_103_515_245 + 12345) % (1 << 31);
        // Never the last millisecond of a second.
        let step = 1000 + state % 37_000;
        time += if (time + step) % 1000 == 999 { step + 1 } else { step };
        (time, (state % 1000) as f64 / 8.0)
    };
    vec![Series::new("irregular", &[("instance", "i-1")], (0..400).map(point).collect())]
}

/// Returns a sample every half hour for five days around the clock change.
pub fn days() -> Vec<Series> {
    let points = (-48..192).map(|k| ((START + 1800 * k + 7) * 1000, (k * 31 % 101) as f64)).collect();
    vec![Series::new("temperature", &[("instance", "i-1")], points)]
}

/// Returns one sample in the last millisecond before a minute, and one in the middle of that minute.
pub fn last_millisecond() -> Vec<Series> {
    let points = vec![((START + 60) * 1000 - 1, 1.0), ((START + 90) * 1000, 2.0)];
    vec![Series::new("last_millisecond", &[], points)]
}

/// Encodes series as the OpenMetrics text that `promtool` makes blocks of. Names and labels need no escapes.
pub fn openmetrics(series: &[Series]) -> String {
    let mut text = String::new();
    for Series { name, labels, points } in series {
        let labels: Vec<_> = labels.iter().map(|(label, value)| format!("{label}=\"{value}\"")).collect();
        for (time, value) in points {
            let value =
                if value.is_infinite() { format!("{value:+}").replace("inf", "Inf") } else { value.to_string() };
            let (second, millis) = (time.div_euclid(1000), time.rem_euclid(1000));
            writeln!(text, "{name}{{{}}} {value} {second}.{millis:03}", labels.join(",")).unwrap();
        }
    }
    text + "# EOF\n"
}

/// Encodes series as the body of a remote write: protobuf in a snappy block of literals. Names, labels and values may be any text.
pub fn remote_write(series: &[Series]) -> Vec<u8> {
    let mut request = Vec::new();
    for Series { name, labels, points } in series {
        let mut pairs = labels.clone();
        pairs.push(("__name__".to_owned(), name.clone()));
        pairs.sort();
        let mut body = Vec::new();
        for (label, value) in &pairs {
            let mut pair = Vec::new();
            field(&mut pair, 1, label.as_bytes());
            field(&mut pair, 2, value.as_bytes());
            field(&mut body, 1, &pair);
        }
        for (time, value) in points {
            let mut sample = vec![0x09];
            sample.extend(value.to_le_bytes());
            sample.push(0x10);
            varint(&mut sample, time.cast_unsigned());
            field(&mut body, 2, &sample);
        }
        field(&mut request, 1, &body);
    }
    let mut block = Vec::new();
    varint(&mut block, request.len() as u64);
    for literal in request.chunks(60_000) {
        block.push(61 << 2);
        block.extend(u16::try_from(literal.len() - 1).unwrap().to_le_bytes());
        block.extend(literal);
    }
    block
}

fn field(message: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    message.push(number << 3 | 2);
    varint(message, bytes.len() as u64);
    message.extend(bytes);
}

fn varint(message: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        message.push(number as u8 | 0x80);
        number >>= 7;
    }
    message.push(number as u8);
}
