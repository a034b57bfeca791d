//! SIGHUP, over a real socket: what is written anew counts from then on, and what is written wrongly does not.

use crate::support::service::Service;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const INFO: &[u8] = b"GET /info HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ";

/// The status of a request with this token.
fn asked(service: &Service, token: &str) -> u16 {
    service.exchange(&[INFO, token.as_bytes(), b"\r\n\r\n"].concat()).status
}

fn configure(file: &Path, token: &str) {
    put(file, &format!("[keys.one]\ntoken = \"{token}\"\n"));
}

/// Never half a file.
fn put(file: &Path, text: &str) {
    let new = file.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(new, file).unwrap();
}

/// Sends SIGHUP until `token` is answered with `status`.
fn hang_up_until(service: &Service, token: &str, status: u16) {
    let begin = Instant::now();
    service.signal("HUP");
    while asked(service, token) != status {
        assert!(begin.elapsed() < Duration::from_secs(60), "{token} is not answered with {status}");
        std::thread::yield_now();
    }
}

#[test]
fn keys_are_read_again_and_a_faulty_file_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.toml");
    let [first, second, third] = ["first-0123456789ab", "second-0123456789a", "third-0123456789ab"];
    configure(&file, first);
    let service = Service::start(Some(&file));
    assert_eq!((asked(&service, first), asked(&service, second)), (200, 401));
    configure(&file, second);
    hang_up_until(&service, second, 200);
    assert_eq!(asked(&service, first), 401, "a key that was taken away is not believed");
    for faulty in ["[keys.one]\ntoken = \"short\"\n", ""] {
        put(&file, faulty);
        service.signal("HUP");
    }
    assert_eq!(asked(&service, second), 200, "the old configuration stays");
    // The next one that is right counts again.
    configure(&file, third);
    hang_up_until(&service, third, 200);
    assert_eq!(asked(&service, second), 401);
}

#[test]
fn a_file_that_is_being_written_opens_the_service_to_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.toml");
    let token = "first-0123456789ab";
    configure(&file, token);
    let service = Service::start(Some(&file));
    put(&file, "");
    service.signal("HUP");
    // A second one is answered for only after the first was read.
    configure(&file, "second-0123456789a");
    let begin = Instant::now();
    while asked(&service, "second-0123456789a") != 200 {
        service.signal("HUP");
        assert_eq!(asked(&service, "anyone-at-all-0123"), 401);
        assert!(begin.elapsed() < Duration::from_secs(60));
    }
}
