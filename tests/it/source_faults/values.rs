//! U-10, U-11: values that are none, and series that are hard to draw. Each is a metric of its own of one source.

use super::{Behind, Running, matrix};
use crate::support::fake::{Fake, Seen};

/// What the source has, times as T and their last digits, and what a caller sees: a picture, or the reason why there is none.
const ROWS: [(&str, &str, Result<(), &str>); 16] = [
    ("U-10 gaps", r#"[T5200,"NaN"],[T5260,"+Inf"],[T5320,"-Inf"],[T5380,"1e999"],[T5440,null]"#, Ok(())),
    ("U-10 huge", r#"[T5200,"1e308"],[T5260,"-1e308"]"#, Ok(())),
    ("U-10 largest", r#"[T5200,"1.7976931348623157e308"],[T5260,"-1.7976931348623157e308"]"#, Ok(())),
    ("U-10 tiny", r#"[T5200,"5e-324"],[T5260,"5e-324"]"#, Ok(())),
    ("U-10 minus zero", r#"[T5200,"-0"],[T5260,"0"]"#, Ok(())),
    ("U-10 word", r#"[T5200,"abc"]"#, Err("source_malformed")),
    ("U-10 true", "[T5200,true]", Err("source_malformed")),
    ("U-10 list", "[T5200,[1]]", Err("source_malformed")),
    ("U-10 no value", "[T5200]", Err("source_malformed")),
    ("U-10 time", r#"["soon","1"]"#, Err("source_malformed")),
    ("U-11 equal", r#"[T5200,"7"],[T5260,"7"],[T5320,"7"]"#, Ok(())),
    ("U-11 empty", "", Ok(())),
    ("U-11 single", r#"[T5320,"7"]"#, Ok(())),
    ("U-11 close", r#"[T5200,"1000000000000000"],[T5260,"1000000000000000.125"]"#, Ok(())),
    ("U-11 twice", r#"[T5260,"1"],[T5260,"2"],[T5200,"3"]"#, Ok(())),
    ("U-24 another time", r#"[T4600,"1"],[T6100,"1"],[4000000000,"1"]"#, Ok(())),
];

fn answer(row: usize) -> String {
    let values = ROWS[row].1.replace('T', "164099");
    matrix(&format!(r#"{{"metric":{{}},"values":[{values}]}}"#))
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_are_none_are_gaps_and_whatever_is_left_is_drawn() {
    let mut fakes = Vec::new();
    for row in 0..ROWS.len() {
        fakes.push(Fake::start(move |_: &Seen| answer(row)).await);
    }
    let behind = |(n, fake)| {
        let fake: &Fake = fake;
        Behind { name: format!("row{n}"), url: &fake.url, keys: "operations = \"instant\"" }
    };
    let sources: Vec<_> = fakes.iter().enumerate().map(behind).collect();
    let running = Running::new("", &sources);
    let wrong = tokio::task::spawn_blocking(move || {
        let wrong = |(n, (id, values, expected)): (usize, &(&str, &str, Result<(), &str>))| {
            let verdict = running.verdict(&[&format!("row{n}")]);
            let told = if verdict.status == 200 { Ok(()) } else { Err(verdict.fault.as_str()) };
            (told != *expected).then(|| format!("{id} {values}: {verdict:?}\n"))
        };
        ROWS.iter().enumerate().filter_map(wrong).collect::<String>()
    })
    .await
    .unwrap();
    assert!(wrong.is_empty(), "{wrong}");
}
