//! Load beyond the capacity of the service, and load beside other traffic: `benches/overload/run`.
//!
//! The load is an open loop: requests are sent at planned times, independent of earlier responses, and latency counts from the planned time.
//! The service, a fake source that answers after 20 ms, and the clients are three processes. Every image is 600 x 400 with ten metrics of
//! 300 points, and no two requests are equal.

mod beside;
mod caller;
mod phase;
mod source;

use beside::Beside;
use phase::{Kind, Phase, Report};
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;
use std::{env, fs};

/// The maximum p99 latency of a rate within the capacity (LOAD-02).
const PROMPT: Duration = Duration::from_millis(250);
/// The lowest rate of the search for the capacity, in requests per second.
const LOWEST: f64 = 20.0;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).filter(|word| word != "--bench").collect();
    let done = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["source"] => source::serve(),
        [seconds] => measure(seconds, &[QUICK], Phases::overload),
        ["beside", seconds] => measure(seconds, &[QUICK, SLOW], Phases::beside),
        _ => Err("give the seconds of a phase; 'beside' before them adds other traffic".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("overload: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A child process, killed when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a program, and reads its address from its first line.
fn start(command: &mut Command) -> Result<(Running, String), Box<dyn Error>> {
    let mut running = Running(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?);
    let mut lines = BufReader::new(running.0.stdout.take().ok_or("a pipe")?).lines();
    let line = lines.next().ok_or("the program ended without output")??;
    let address = line.split_once("http://").ok_or("the program printed no address")?.1;
    let address = address.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ':')).collect();
    std::thread::spawn(move || lines.for_each(drop));
    Ok((running, address))
}

type Measured = Result<(), Box<dyn Error>>;

/// Name, namespace and path of the quick source.
const QUICK: [&str; 3] = ["quick", "S", ""];
/// Name, namespace and path of the slow source.
const SLOW: [&str; 3] = ["slow", "Slow", "/slow"];

fn measure(seconds: &str, sources: &[[&str; 3]], how: fn(&Phases, Duration) -> Measured) -> Measured {
    let seconds = Duration::from_secs(seconds.parse()?);
    let (_source, source) = start(Command::new(env::current_exe()?).arg("source"))?;
    let folder = env::temp_dir().join(format!("metricshot-overload-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let outcome = against(&folder, &source, sources).and_then(|(_service, phases)| how(&phases, seconds));
    fs::remove_dir_all(&folder)?;
    outcome
}

/// Starts a service with these sources at this address.
fn against(folder: &Path, address: &str, sources: &[[&str; 3]]) -> Result<(Running, Phases), Box<dyn Error>> {
    let file = folder.join("metricshot.toml");
    let limits = "connections = 20000\nconnections_per_address = 20000\ncalls_per_source = 1024\n";
    let table = |[name, namespace, path]: &[&str; 3]| {
        format!(
            "[sources.{name}]\ntype = \"prometheus\"\nurl = \"http://{address}{path}\"\n[[default]]\nsource = \"{name}\"\nnamespaces = [\"{namespace}\"]\nunit = \"PERCENT\"\n"
        )
    };
    let sources: String = sources.iter().map(table).collect();
    fs::write(&file, format!("log_filter = \"error\"\n[limits]\n{limits}{sources}"))?;
    let program = env!("CARGO_BIN_EXE_metricshot");
    let (service, address) = start(Command::new(program).arg("--config").arg(&file).args(["--listen", "127.0.0.1:0"]))?;
    let phases = Phases { address, service: service.0.id(), next: 0.into() };
    Ok((service, phases))
}

struct Phases {
    address: String,
    service: u32,
    /// The number of requests so far, so that no two are equal.
    next: std::cell::Cell<u64>,
}

const COLUMNS: &str =
    "requests a second | answered | p50 ms | p99 ms | rejected | p99 ms | others | resets | processor ms | MiB";
const RULE: &str = "--: | --: | --: | --: | --: | --: | --: | --: | --: | --:";

impl Phases {
    /// Measures the service at five times its capacity.
    fn overload(&self, seconds: Duration) -> Measured {
        println!("| {COLUMNS} |\n| {RULE} |");
        self.run(LOWEST, Duration::from_secs(2))?;
        let capacity = self.capacity()?;
        println!("\nThe capacity is {capacity:.0} a second; five times as much, then the lowest rate:\n");
        let over = self.run(5.0 * capacity, seconds)?;
        self.run(LOWEST, Duration::from_secs(5))?;
        println!("\nGoodput was {:.2} of the capacity.", over.goodput / capacity);
        Ok(())
    }

    /// Measures the service at half its capacity, with other traffic beside it.
    fn beside(&self, seconds: Duration) -> Measured {
        println!("| {COLUMNS} |\n| {RULE} |");
        self.run(LOWEST, Duration::from_secs(2))?;
        let capacity = self.capacity()?;
        println!(
            "\nThe capacity is {capacity:.0} a second; half as much, and beside it:\n\n| | {COLUMNS} |\n| --- | {RULE} |"
        );
        for beside in Beside::ALL {
            print!("| {} ", beside.name());
            let _ends_with_the_phase = beside.begin(self.address.parse()?, capacity, seconds);
            self.run(capacity / 2.0, seconds)?;
        }
        for burst in 1..=10 {
            print!("| burst {burst} ");
            self.run(10.0 * capacity, Duration::from_secs(1))?;
        }
        print!("| nothing ");
        self.run(capacity / 2.0, seconds)?;
        Ok(())
    }

    fn run(&self, rate: f64, time: Duration) -> Result<Report, Box<dyn Error>> {
        let phase = Phase { address: self.address.parse()?, rate, time, first: self.next.get(), kind: Kind::Usual };
        self.next.set(self.next.get() + phase.count());
        let before = processor_ms(self.service);
        let report = phase.run()?;
        let taken = before.zip(processor_ms(self.service)).map_or(0, |(before, after)| after - before);
        println!("{report} {taken} | {} |", resident_mib(self.service));
        Ok(report)
    }

    /// Returns the highest rate that is answered completely and within [`PROMPT`], to 10 %.
    fn capacity(&self) -> Result<f64, Box<dyn Error>> {
        let is_answered = |rate| -> Result<bool, Box<dyn Error>> {
            let report = self.run(rate, Duration::from_secs(4))?;
            Ok(report.is_clean() && report.p99 <= PROMPT)
        };
        let (mut good, mut bad) = (LOWEST, 2.0 * LOWEST);
        while is_answered(bad)? {
            (good, bad) = (bad, 2.0 * bad);
        }
        while bad / good > 1.1 {
            let between = (good * bad).sqrt();
            if is_answered(between)? { good = between } else { bad = between }
        }
        Ok(good)
    }
}

/// Returns the current and peak resident memory of a process; a dash if the system does not report it.
fn resident_mib(process: u32) -> String {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let kib = |name: &str| -> Option<u64> {
        status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
    };
    match (kib("VmRSS:"), kib("VmHWM:")) {
        (Some(now), Some(peak)) => format!("{} (peak {})", now / 1024, peak / 1024),
        _ => "–".to_owned(),
    }
}

/// Returns the CPU time of a process in milliseconds, to 10 ms; `None` if the system does not report it.
fn processor_ms(process: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // After the name: the state, ten numbers, then user and system time in hundredths of a second.
    let mut times = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut next = || times.next()?.parse::<u64>().ok();
    Some((next()? + next()?) * 10)
}
