//! `health`: whether the service of this configuration serves, for containers and supervisors.

use super::check::print_out;
use super::error::Ended;
use metricshot::config::{self, Given};
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// Who runs this waits for little more.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks `/readyz`.
pub fn health(given: &Given) -> Result<(), Ended> {
    let config = config::read(given)?;
    // What listens there speaks no TLS.
    let address = here(config.metrics_listen.unwrap_or(config.listen));
    if config.tls.is_some() && config.metrics_listen.is_none() {
        return Err(Ended::failed(
            "health speaks no TLS",
            "write metrics_listen = \"127.0.0.1:9464\" to be asked there",
        ));
    }
    let answer = ask(address).map_err(|cause| Ended::failed(format!("no answer at {address}"), cause))?;
    match answer.split(' ').nth(1) {
        Some("200") => print_out("ready"),
        Some(status) => Err(Ended::failed(format!("not ready at {address}"), format!("status {status}"))),
        None => Err(Ended::failed(format!("no answer at {address}"), "what listens there does not speak HTTP")),
    }
}

/// The first line of the answer, or what came of it.
fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut line = [0; "HTTP/1.1 200".len()];
    stream.read_exact(&mut line)?;
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// Where a service that listens everywhere is reached from its own machine.
fn here(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
