//! Reload by SIGHUP, over a socket: a valid configuration takes effect, and a faulty one changes nothing.

use crate::support::service::Service;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const INFO: &[u8] = b"GET /info HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ";

/// Sends a request with this token; returns the status.
fn status_of(service: &Service, token: &str) -> u16 {
    service.exchange(&[INFO, token.as_bytes(), b"\r\n\r\n"].concat()).status
}

fn configure(file: &Path, token: &str) {
    put(file, &format!("[keys.one]\ntoken = \"{token}\"\n"));
}

/// Replaces a file atomically.
fn put(file: &Path, text: &str) {
    let new = file.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(new, file).unwrap();
}

/// Sends SIGHUP until `token` is answered with `status`.
fn hang_up_until(service: &Service, token: &str, status: u16) {
    let begin = Instant::now();
    service.signal("HUP");
    while status_of(service, token) != status {
        assert!(begin.elapsed() < Duration::from_secs(60), "{token} is not answered with {status}");
        std::thread::yield_now();
    }
}

#[test]
fn keys_are_reloaded_and_a_faulty_file_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.toml");
    let [first, second, third] = ["first-0123456789ab", "second-0123456789a", "third-0123456789ab"];
    configure(&file, first);
    let service = Service::start(Some(&file));
    assert_eq!((status_of(&service, first), status_of(&service, second)), (200, 401));
    configure(&file, second);
    hang_up_until(&service, second, 200);
    assert_eq!(status_of(&service, first), 401, "a key that was taken away is not believed");
    for faulty in ["[keys.one]\ntoken = \"short\"\n", ""] {
        put(&file, faulty);
        service.signal("HUP");
    }
    assert_eq!(status_of(&service, second), 200, "the old configuration stays");
    // The next valid configuration takes effect.
    configure(&file, third);
    hang_up_until(&service, third, 200);
    assert_eq!(status_of(&service, second), 401);
}

#[test]
fn a_truncated_configuration_does_not_open_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.toml");
    let token = "first-0123456789ab";
    configure(&file, token);
    let service = Service::start(Some(&file));
    put(&file, "");
    service.signal("HUP");
    // The second SIGHUP is handled after the first.
    configure(&file, "second-0123456789a");
    let begin = Instant::now();
    while status_of(&service, "second-0123456789a") != 200 {
        service.signal("HUP");
        assert_eq!(status_of(&service, "anyone-at-all-0123"), 401);
        assert!(begin.elapsed() < Duration::from_secs(60));
    }
}
