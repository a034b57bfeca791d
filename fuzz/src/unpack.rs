//! `gunzip_cap`: a first byte that selects the packing, then a body → unpacked up to the limit, over a loopback socket.

use crate::taken;
use flate2::{Compression, write::GzEncoder};
use metricshot::call::Call;
use metricshot::catalog::{Expression, MetricKind, Piece, QueryTarget, SeriesQuery};
use metricshot::clock::Deadline;
use metricshot::limits::Limits;
use metricshot::request::{Period, Span, Statistic, Zone};
use metricshot::series::Grid;
use metricshot::source::Source;
use metricshot::source::prometheus::{Prometheus, Settings};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// The limit of an unpacked response, in bytes.
const CAP: usize = 1024 * 1024;
/// The memory of the connection in bytes: buffers, and the doubling vector of the body.
const CONNECTION_BYTES: usize = CAP + 1024 * 1024;

pub fn check(input: &[u8]) {
    let Some((&how, rest)) = input.split_first() else { return };
    // Either up to 64 MiB of repeated bytes, packed, or the input itself as gzip.
    let body = if how < 128 { rest.to_vec() } else { packed(rest, 1 << (how % 27)) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (result, bytes) = taken(|| runtime.block_on(fetched(&body)));
    assert!(bytes <= CONNECTION_BYTES + CAP + body.len(), "{bytes} bytes for {} packed", body.len());
    if how >= 128 && !rest.is_empty() && 1 << (how % 27) > CAP {
        assert_eq!(result, Err("too_big"));
    }
}

fn packed(bytes: &[u8], length: usize) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    let block: Vec<u8> =
        bytes.iter().copied().cycle().take(if bytes.is_empty() { 0 } else { 65_536.min(length) }).collect();
    for _ in 0..length.div_ceil(65_536) {
        packer.write_all(&block).expect("memory");
    }
    packer.finish().expect("memory")
}

/// Fetches from a server that responds with `body` as gzip.
async fn fetched(body: &[u8]) -> Result<(), &'static str> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base_url = format!("http://{}", listener.local_addr().expect("an address"));
    let limits = Limits { source_reply_bytes: CAP, ..Limits::default() };
    let source = Prometheus::new(Settings { base_url, ..Settings::default() }, &limits).expect("valid settings");
    // A failed request is retried once.
    let serving = async {
        let mut open = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.expect("a client");
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let head = format!(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(body).await;
            open.push(stream);
        }
    };
    let span = Span::new(1_790_000_000, 1_790_000_600, &limits).expect("a span");
    let period = Period::new(60, &limits).expect("a minute");
    let wanted =
        QueryTarget::Expression(Expression { pieces: vec![Piece::Text("up".to_owned())], resolution_seconds: 15 });
    let grid = Arc::new(Grid::new(span, period, &Zone::utc()));
    let query = SeriesQuery::new(wanted, MetricKind::Gauge, Statistic::Average, grid);
    let call = Call::unlimited(Deadline::after(Duration::from_secs(5)), 1_790_000_600_000);
    tokio::select! {
        answer = source.fetch(&query, call) => answer.map(drop).map_err(|error| error.reason.word()),
        () = serving => Ok(()),
    }
}
