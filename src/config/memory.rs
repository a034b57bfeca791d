//! How much memory the process may use: the least of what its control groups allow and what the machine has.
//!
//! Read when the service begins and with each reload; the memory budget of the process is a share of it.

use std::path::{Path, PathBuf};

/// The memory that the process may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// By a control group or the machine, in bytes.
    Limited(u64),
    /// Neither can be read, as below systemd's `ProcSubset=pid` without `MemoryMax`.
    Unknown,
}

/// Bytes that the process may use where the system does not say: the `MemoryMax` of the shipped unit.
const ASSUMED_BYTES: u64 = 512 << 20;

impl Memory {
    /// Returns its bytes, or a fixed bound where it is unknown.
    pub fn bytes(self) -> u64 {
        match self {
            Self::Limited(bytes) => bytes,
            Self::Unknown => ASSUMED_BYTES,
        }
    }
}

/// Returns what the system allows now.
pub fn memory() -> Memory {
    memory_as_told(|path| std::fs::read_to_string(path).ok())
}

fn memory_as_told(read: impl Fn(&Path) -> Option<String>) -> Memory {
    let groups = read(Path::new("/proc/self/cgroup")).unwrap_or_default();
    let limits = groups.lines().flat_map(files_of_group).filter_map(|file| read(&file)?.trim().parse::<u64>().ok());
    // Bytes without a limit are "max" in version 2 and a number that no machine has in version 1.
    let machine = read(Path::new("/proc/meminfo")).and_then(|text| total_of(&text));
    limits.chain(machine).min().map_or(Memory::Unknown, Memory::Limited)
}

/// Where the limits of a line such as `0::/a/b` or `4:memory:/a/b` are: its own, those of the groups above, and the root's, which is
/// where a container that sees the host's path has its own.
fn files_of_group(line: &str) -> Vec<PathBuf> {
    let mut fields = line.splitn(3, ':').skip(1);
    let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { return Vec::new() };
    let (root, file) = match controllers {
        "" => ("/sys/fs/cgroup", "memory.max"),
        _ if controllers.split(',').any(|name| name == "memory") => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
        _ => return Vec::new(),
    };
    let own = Path::new(root).join(path.trim_start_matches('/'));
    own.ancestors().take_while(|group| group.starts_with(root)).map(|group| group.join(file)).collect()
}

/// `MemTotal` of `/proc/meminfo`.
fn total_of(text: &str) -> Option<u64> {
    let kib: u64 = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))?
        .trim()
        .strip_suffix(" kB")?
        .trim()
        .parse()
        .ok()?;
    kib.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: (&str, &str) = ("/proc/meminfo", "MemTotal:       24576000 kB\nMemFree:  1 kB\n");

    fn told(files: &[(&str, &str)]) -> Memory {
        memory_as_told(|path| {
            files.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| (*text).to_owned())
        })
    }

    #[test]
    fn the_strictest_group_counts_in_version_2() {
        let group = ("/proc/self/cgroup", "0::/system.slice/metricshot.service\n");
        let own = ("/sys/fs/cgroup/system.slice/metricshot.service/memory.max", "max\n");
        let above = ("/sys/fs/cgroup/system.slice/memory.max", "536870912\n");
        assert_eq!(told(&[MACHINE, group, own, above]), Memory::Limited(512 << 20));
        assert_eq!(told(&[MACHINE, group, own]), Memory::Limited(24_576_000 * 1024));
        let root = [MACHINE, ("/proc/self/cgroup", "0::/\n"), ("/sys/fs/cgroup/memory.max", "1000\n")];
        assert_eq!(told(&root), Memory::Limited(1000));
    }

    #[test]
    fn version_1_has_other_names_and_a_container_its_own_root() {
        let group = ("/proc/self/cgroup", "12:cpu,cpuacct:/docker/1\n4:memory:/docker/1\n");
        let root = ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "67108864\n");
        assert_eq!(told(&[MACHINE, group, root]), Memory::Limited(64 << 20));
        let unlimited = ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        assert_eq!(told(&[MACHINE, group, unlimited]), Memory::Limited(24_576_000 * 1024));
    }

    #[test]
    fn where_nothing_can_be_read_the_bound_is_that_of_the_shipped_unit() {
        assert_eq!(told(&[]), Memory::Unknown);
        let nonsense = [("/proc/meminfo", "MemTotal: much\n"), ("/proc/self/cgroup", "nonsense")];
        assert_eq!((told(&nonsense), Memory::Unknown.bytes()), (Memory::Unknown, 512 << 20));
    }

    #[test]
    fn this_machine_has_some() {
        assert!(matches!(memory(), Memory::Limited(bytes) if bytes > 1 << 20));
    }
}
