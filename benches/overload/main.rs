//! More requests than the service can answer: `benches/overload/run`.
//!
//! An open loop: requests begin when they are planned, whatever became of those before, and a time counts from the plan. The service, a
//! fake source that answers after 20 ms, and the callers are three processes. Every picture is 600 x 400 with ten metrics of 300 points,
//! and no two requests are equal.

mod caller;
mod phase;
mod source;

use phase::{Phase, Report};
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;
use std::{env, fs};

/// Above it a rate is more than the capacity (LOAD-02).
const PROMPT: Duration = Duration::from_millis(250);
/// The search for the capacity begins here, in requests a second.
const LOWEST: f64 = 20.0;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).filter(|word| word != "--bench").collect();
    let done = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["source"] => source::serve(),
        [seconds] => seconds.parse().map_err(Into::into).and_then(|seconds| measure(Duration::from_secs(seconds))),
        _ => Err("give the seconds of a phase".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("overload: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Ends with this program.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a program and reads where it listens from its first line.
fn start(command: &mut Command) -> Result<(Running, String), Box<dyn Error>> {
    let mut running = Running(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?);
    let mut lines = BufReader::new(running.0.stdout.take().ok_or("a pipe")?).lines();
    let line = lines.next().ok_or("it ends without a word")??;
    let address = line.split_once("http://").ok_or("it does not say where it listens")?.1;
    let address = address.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ':')).collect();
    std::thread::spawn(move || lines.for_each(drop));
    Ok((running, address))
}

fn measure(seconds: Duration) -> Result<(), Box<dyn Error>> {
    let (_source, source) = start(Command::new(env::current_exe()?).arg("source"))?;
    let folder = env::temp_dir().join(format!("metricshot-overload-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let outcome = against(&folder, &source, seconds);
    fs::remove_dir_all(&folder)?;
    outcome
}

fn against(folder: &Path, source: &str, seconds: Duration) -> Result<(), Box<dyn Error>> {
    let file = folder.join("metricshot.toml");
    let limits = "connections = 20000\nconnections_per_address = 20000\ncalls_per_source = 1024\n";
    let source = format!("[sources.s]\ntype = \"prometheus\"\nurl = \"http://{source}\"\n");
    let rule = "[[default]]\nsource = \"s\"\nnamespaces = [\"S\"]\nunit = \"PERCENT\"\n";
    fs::write(&file, format!("log_filter = \"error\"\n[limits]\n{limits}{source}{rule}"))?;
    let program = env!("CARGO_BIN_EXE_metricshot");
    let (service, address) = start(Command::new(program).arg("--config").arg(&file).args(["--listen", "127.0.0.1:0"]))?;
    let phases = Phases { address, service: service.0.id(), next: 0.into() };
    println!(
        "| requests a second | answered | p50 ms | p99 ms | refused | p99 ms | others | resets | processor ms | MiB |"
    );
    println!("| --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |");
    phases.run(LOWEST, Duration::from_secs(2))?;
    let capacity = phases.capacity()?;
    println!("\nThe capacity is {capacity:.0} a second; five times as much, then little again:\n");
    let over = phases.run(5.0 * capacity, seconds)?;
    phases.run(LOWEST, Duration::from_secs(5))?;
    println!("\nGoodput was {:.2} of the capacity.", over.goodput / capacity);
    Ok(())
}

struct Phases {
    address: String,
    service: u32,
    /// Requests so far, so that no two are equal.
    next: std::cell::Cell<u64>,
}

impl Phases {
    fn run(&self, rate: f64, time: Duration) -> Result<Report, Box<dyn Error>> {
        let phase = Phase { address: self.address.parse()?, rate, time, first: self.next.get() };
        self.next.set(self.next.get() + phase.count());
        let before = processor_ms(self.service);
        let report = phase.run()?;
        let taken = before.zip(processor_ms(self.service)).map_or(0, |(before, after)| after - before);
        println!("{report} {taken} | {} |", resident_mib(self.service));
        Ok(report)
    }

    /// The highest rate that is answered in full and promptly, to a tenth.
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

/// Resident memory of a process now and at its peak; a dash where the system does not tell.
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

/// What a process took of the processors so far, to 10 ms; `None` where the system does not tell.
fn processor_ms(process: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // After the program's name: its state, then ten numbers, then time of its own and of the kernel for it, in hundredths of a second.
    let mut times = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut next = || times.next()?.parse::<u64>().ok();
    Some((next()? + next()?) * 10)
}
