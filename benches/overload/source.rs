//! A fake Prometheus in a process of its own. It answers every query after 20 ms, below `/slow` after 5 s, with a point for each step.

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue, Uri, header::CONTENT_TYPE};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fmt::Write;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::sleep;

const LATENCY: Duration = Duration::from_millis(20);
const SLOW: Duration = Duration::from_secs(5);

/// Prints its address, and serves until it is killed.
pub fn serve() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}", listener.local_addr()?);
        axum::serve(listener, Router::new().fallback(answer)).await?;
        Ok(())
    })
}

async fn answer(uri: Uri, body: Bytes) -> ([(HeaderName, HeaderValue); 1], Bytes) {
    sleep(if uri.path().starts_with("/slow/") { SLOW } else { LATENCY }).await;
    let parameters = parameters(&uri, &body);
    let number = |name: &str| parameters.get(name).and_then(|text| text.parse::<i64>().ok()).unwrap_or_default();
    let (start, end, step) = (number("start"), number("end"), number("step").max(1));
    let mut made = MADE.lock();
    let json = made.entry((start, end, step)).or_insert_with(|| json(start, end, step).into());
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], json.clone())
}

/// Cached responses, so that the source takes little CPU time.
static MADE: Mutex<BTreeMap<(i64, i64, i64), Bytes>> = Mutex::new(BTreeMap::new());

fn json(start: i64, end: i64, step: i64) -> String {
    let mut values = String::new();
    for time in (start..=end).step_by(step.unsigned_abs() as usize) {
        let separator = if values.is_empty() { "" } else { "," };
        let _ = write!(values, "{separator}[{time},\"{}\"]", 40 + time / step % 23);
    }
    let series = format!(r#"{{"metric":{{"column":"value"}},"values":[{values}]}}"#);
    format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}}}}"#)
}

/// Returns the parameters of the URL and of the form in the body.
fn parameters(uri: &Uri, body: &[u8]) -> HashMap<String, String> {
    let texts = [uri.query().unwrap_or_default(), std::str::from_utf8(body).unwrap_or_default()];
    let url = |text: &str| reqwest::Url::parse(&format!("http://fake/?{text}")).ok();
    let pairs = texts.into_iter().filter_map(url);
    let owned = |url: reqwest::Url| url.query_pairs().into_owned().collect::<Vec<_>>();
    pairs.flat_map(owned).collect()
}
