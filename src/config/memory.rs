//! How much memory the process may use: the least of what its control groups allow and what the machine has.
//!
//! Read once, when the service begins; what is let in at once is a share of it. Where the system tells nothing, there is no bound.

use std::path::{Path, PathBuf};

/// In bytes.
pub fn memory() -> u64 {
    memory_as_told(|path| std::fs::read_to_string(path).ok())
}

fn memory_as_told(read: impl Fn(&Path) -> Option<String>) -> u64 {
    let groups = read(Path::new("/proc/self/cgroup")).unwrap_or_default();
    let limits = groups.lines().flat_map(files_of_group).filter_map(|file| read(&file)?.trim().parse::<u64>().ok());
    // Bytes without a limit are "max" in version 2 and a number that no machine has in version 1.
    let machine = read(Path::new("/proc/meminfo")).and_then(|text| total_of(&text));
    limits.chain(machine).min().unwrap_or(u64::MAX)
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

    fn told(files: &[(&str, &str)]) -> u64 {
        memory_as_told(|path| {
            files.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| (*text).to_owned())
        })
    }

    #[test]
    fn the_strictest_group_counts_in_version_2() {
        let group = ("/proc/self/cgroup", "0::/system.slice/metricshot.service\n");
        let own = ("/sys/fs/cgroup/system.slice/metricshot.service/memory.max", "max\n");
        let above = ("/sys/fs/cgroup/system.slice/memory.max", "536870912\n");
        assert_eq!(told(&[MACHINE, group, own, above]), 512 << 20);
        assert_eq!(told(&[MACHINE, group, own]), 24_576_000 * 1024);
        assert_eq!(told(&[MACHINE, ("/proc/self/cgroup", "0::/\n"), ("/sys/fs/cgroup/memory.max", "1000\n")]), 1000);
    }

    #[test]
    fn version_1_has_other_names_and_a_container_its_own_root() {
        let group = ("/proc/self/cgroup", "12:cpu,cpuacct:/docker/1\n4:memory:/docker/1\n");
        let root = ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "67108864\n");
        assert_eq!(told(&[MACHINE, group, root]), 64 << 20);
        let unlimited = ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        assert_eq!(told(&[MACHINE, group, unlimited]), 24_576_000 * 1024);
    }

    #[test]
    fn where_nothing_is_told_there_is_no_bound() {
        assert_eq!(told(&[]), u64::MAX);
        assert_eq!(told(&[("/proc/meminfo", "MemTotal: much\n"), ("/proc/self/cgroup", "nonsense")]), u64::MAX);
    }

    #[test]
    fn this_machine_has_some() {
        assert!(memory() > 1 << 20);
    }
}
