//! `zoneinfo`: the folder of a time zone database that replaces the bundled one.
//!
//! The folder is read as a whole at the start and at each SIGHUP. As in `/usr/share/zoneinfo`, each file in the TZif format is a zone, named
//! by its path below the folder; other files are ignored.

use super::ConfigFault;
use crate::limits::Limits;
use crate::request::{ZoneFile, Zones};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Entries of the folder that are skipped: the host's own zone, its default rules, and copies of all zones, in `right` with leap seconds.
const NO_ZONES: [&str; 4] = ["localtime", "posixrules", "posix", "right"];

/// The maximum depth of nested folders; zone names such as `America/Argentina/Ushuaia` need 2.
const MAX_DEPTH: usize = 4;

/// The maximum length of an edition's name, in characters.
const MAX_EDITION_CHARS: usize = 32;

/// Reads the zones of `folder`, or returns all its faults; without a folder returns the bundled zones.
pub(super) fn zones(folder: Option<&Path>, limits: &Limits) -> Result<Zones, Vec<ConfigFault>> {
    let Some(folder) = folder else { return Ok(Zones::bundled()) };
    let mut found = ZoneFolder { folder, limits, files: Vec::new(), faults: Vec::new() };
    found.add_folder(folder, 0);
    let ZoneFolder { files, mut faults, .. } = found;
    if files.is_empty() && faults.is_empty() {
        faults.push(wrong(format!(
            "{} has no time zone file (TZif); it should be like /usr/share/zoneinfo",
            folder.display()
        )));
    }
    if files.len() > limits.zone_files {
        let text =
            format!("{} has more than {} zones, which is limits.zone_files", folder.display(), limits.zone_files);
        return Err(vec![wrong(text)]);
    }
    let edition = edition(folder).unwrap_or_else(|| digest(&files));
    let zones = Zones::from_files(&edition, files).map_err(|broken| {
        let fault = |(name, fault)| wrong(format!("{} {fault}", folder.join(name).display()));
        faults.extend(broken.into_iter().map(fault));
    });
    zones.ok().filter(|_| faults.is_empty()).ok_or(faults)
}

fn wrong(text: String) -> ConfigFault {
    ConfigFault::wrong("zoneinfo", text)
}

struct ZoneFolder<'a> {
    folder: &'a Path,
    limits: &'a Limits,
    files: Vec<ZoneFile>,
    faults: Vec<ConfigFault>,
}

impl ZoneFolder<'_> {
    /// Adds the files of `folder` and its subfolders, sorted by name. Symbolic links to files are followed, those to folders are not.
    fn add_folder(&mut self, folder: &Path, depth: usize) {
        let mut paths = match entries(folder) {
            Ok(paths) => paths,
            Err(cause) => return self.unreadable(folder, &cause),
        };
        paths.sort_unstable();
        for path in paths {
            let Some(name) = path.strip_prefix(self.folder).ok().and_then(Path::to_str) else { continue };
            if self.files.len() > self.limits.zone_files {
                return;
            }
            if NO_ZONES.contains(&name) {
                continue;
            }
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() && depth < MAX_DEPTH && !path.is_symlink() => {
                    self.add_folder(&path, depth + 1);
                }
                Ok(metadata) if metadata.is_file() => self.add_file(name.to_owned(), &path),
                Ok(_) => {}
                Err(cause) => self.unreadable(&path, &cause),
            }
        }
    }

    fn add_file(&mut self, name: String, path: &Path) {
        let max = self.limits.zone_file_bytes;
        match head(path, max + 1) {
            Ok(bytes) if !bytes.starts_with(b"TZif") => {}
            Ok(bytes) if bytes.len() > max => {
                self.faults.push(wrong(format!(
                    "{} is larger than {max} bytes, which is limits.zone_file_bytes",
                    path.display()
                )));
            }
            Ok(bytes) => self.files.push(ZoneFile { name, bytes }),
            Err(cause) => self.unreadable(path, &cause),
        }
    }

    fn unreadable(&mut self, path: &Path, cause: &io::Error) {
        self.faults.push(wrong(format!("{} cannot be read: {cause}", path.display())));
    }
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

/// Reads at most the first `max` bytes of a file.
fn head(path: &Path, max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(u64::try_from(max).unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Returns the edition that the folder names, such as `2026a`: from `tzdata.zi`, whose first line is `# version 2026a`, or from the file
/// `+VERSION` (macOS, BSD) or `version` (a source release).
fn edition(folder: &Path) -> Option<String> {
    let line = |file: &str| {
        let bytes = head(&folder.join(file), 256).ok()?;
        String::from_utf8_lossy(&bytes).lines().next().map(|line| line.trim().to_owned())
    };
    let compiled = || line("tzdata.zi")?.strip_prefix("# version ").map(str::to_owned);
    let plain = |file: &'static str| move || line(file);
    let is_edition = |text: &String| {
        (1..=MAX_EDITION_CHARS).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    compiled()
        .filter(is_edition)
        .or_else(|| plain("+VERSION")().filter(is_edition))
        .or_else(|| plain("version")().filter(is_edition))
}

/// Returns the edition of a folder that names none: `unknown-` and the first 6 bytes of a SHA-256 digest of its zones.
fn digest(files: &[ZoneFile]) -> String {
    let mut digest = Sha256::new();
    for ZoneFile { name, bytes } in files {
        digest.update(format!("{name} {}\n", bytes.len()));
        digest.update(bytes);
    }
    let hexadecimal: String = digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("unknown-{hexadecimal}")
}
