//! SIGHUP, over a real socket: what is written anew counts from then on, and what is written wrongly does not.

#[path = "support/service.rs"]
mod service;

use service::Service;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const INFO: &[u8] = b"GET /info HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer ";

/// The status of a request with this token.
fn asked(service: &Service, token: &str) -> u16 {
    service.exchange(&[INFO, token.as_bytes(), b"\r\n\r\n"].concat()).status
}

fn configure(file: &Path, token: &str) {
    fs::write(file, format!("[keys.one]\ntoken = \"{token}\"\n")).unwrap();
}

/// Sends SIGHUP until `token` is answered with `status`.
fn hang_up_until(service: &Service, token: &str, status: u16) {
    let begin = Instant::now();
    service.signal("HUP");
    while asked(service, token) != status {
        assert!(begin.elapsed() < Duration::from_secs(20), "{token} is not answered with {status}");
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
    fs::write(&file, "[keys.one]\ntoken = \"short\"\n").unwrap();
    service.signal("HUP");
    assert_eq!(asked(&service, second), 200, "the old configuration stays");
    // The next one that is right counts again, so the faulty one was read by then.
    configure(&file, third);
    hang_up_until(&service, third, 200);
    assert_eq!(asked(&service, second), 401);
}
