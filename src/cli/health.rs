//! `health`: a readiness check of the running service, for containers and supervisors.

use super::check::print_lines;
use super::error::CliError;
use metricshot::config::{self, ConfigInputs};
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// The time limit for connecting, and for each read.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Requests `/readyz` of the service, and prints `ready` or fails.
pub fn health(inputs: &ConfigInputs) -> Result<(), CliError> {
    let config = config::read(inputs)?;
    // The metrics listener always speaks plain HTTP.
    let address = local_address(config.metrics_listen.unwrap_or(config.listen));
    if config.tls.is_some() && config.metrics_listen.is_none() {
        return Err(CliError::failed(
            "health does not support TLS",
            "set metrics_listen = \"127.0.0.1:9464\", a plain HTTP listener that health uses",
        ));
    }
    let status_line =
        status_line(address).map_err(|cause| CliError::failed(format!("no answer at {address}"), cause))?;
    match status_line.split(' ').nth(1) {
        Some("200") => print_lines("ready"),
        Some(status) => Err(CliError::failed(format!("not ready at {address}"), format!("status {status}"))),
        None => Err(CliError::failed(
            format!("no answer at {address}"),
            "the program that listens there does not speak HTTP",
        )),
    }
}

/// Requests `/readyz`, and returns the beginning of the status line.
fn status_line(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut line = [0; "HTTP/1.1 200".len()];
    stream.read_exact(&mut line)?;
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// Replaces an unspecified address by the loopback address, by which the same machine reaches the service.
fn local_address(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
