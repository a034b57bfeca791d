//! Why a command ended before its time, in lines for a person and one number for a script.

use metricshot::config::ConfigFault;
use metricshot::error::{Failure, Fault};
use metricshot::series::Reason;
use std::fmt::{self, Display};
use std::process::ExitCode;

/// What went wrong.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// What was given is wrong: the configuration or the request. One line each; exit code 2, as for wrong arguments.
    Faulty(Vec<String>),
    /// What was given is right, and yet it could not be done; exit code 1.
    Failed(String),
    /// The compared images differ, and standard output says how; exit code 1.
    Different,
    /// It was done, and what came out has a note that the arguments do not accept; exit code 3.
    Noted(String),
}

impl Ended {
    /// One line of a failure.
    pub fn failed(what: impl Display, cause: impl Display) -> Self {
        Self::Failed(format!("{what}: {cause}"))
    }

    /// Writes the lines.
    pub fn exit(self) -> ExitCode {
        let (lines, code) = match self {
            Self::Faulty(lines) => (lines, 2),
            Self::Failed(line) => (vec![line], 1),
            Self::Different => (Vec::new(), 1),
            Self::Noted(line) => (vec![line], 3),
        };
        for line in lines {
            eprintln!("error: {line}");
        }
        ExitCode::from(code)
    }
}

impl Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faulty(lines) => f.write_str(&lines.join("; ")),
            Self::Failed(line) | Self::Noted(line) => f.write_str(line),
            Self::Different => f.write_str("the images differ"),
        }
    }
}

impl From<Vec<ConfigFault>> for Ended {
    fn from(faults: Vec<ConfigFault>) -> Self {
        Self::Faulty(faults.iter().map(ToString::to_string).collect())
    }
}

impl From<ConfigFault> for Ended {
    fn from(fault: ConfigFault) -> Self {
        vec![fault].into()
    }
}

impl From<Vec<Fault>> for Ended {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Faulty(faults.iter().map(Fault::sentence).collect())
    }
}

impl From<Fault> for Ended {
    fn from(fault: Fault) -> Self {
        vec![fault].into()
    }
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        let line = match failure {
            Failure::Invalid(faults) => return faults.into(),
            Failure::Sources(reasons) => {
                let words: Vec<String> = reasons.into_iter().map(words).collect();
                format!("no source gave an answer: {}", words.join("; "))
            }
            Failure::Overloaded { .. } => "no worker became free in time; raise limits.render_queue".to_owned(),
            Failure::OutOfTime => "it took too long; raise limits.request_total".to_owned(),
            Failure::RenderTimeout => "drawing took too long; ask for fewer metrics, or raise limits.render".to_owned(),
            Failure::Internal(cause) => format!("this is a bug of metricshot, please report it: {cause}"),
        };
        Self::Failed(line)
    }
}

/// Why there is nothing to draw for a metric, and where to look.
pub fn words(reason: Reason) -> String {
    let words = match reason {
        Reason::Down => "its source cannot be reached; see the log above",
        Reason::Timeout => "its source did not answer within limits.source_total",
        Reason::Refused => "its source answered with an error; see the log above",
        Reason::Malformed => "its source's answer could not be read; see the log above",
        Reason::TooBig | Reason::TooManySamples { fits_seconds: 0 } => {
            "its source's answer was larger than the limits allow"
        }
        Reason::TooManySamples { fits_seconds } => {
            return format!(
                "it has more samples than limits.samples_per_fetch; request a time range of at most {fits_seconds} seconds"
            );
        }
        Reason::NativeHistogram => {
            "its samples are native histograms, which have no single value; write an expression, such as histogram_quantile"
        }
        Reason::CircuitOpen { .. } => "its source failed repeatedly and is not called for now; see the log above",
    };
    words.to_owned()
}
