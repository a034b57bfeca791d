//! Errors of commands: lines for the operator, and an exit code for scripts.

use metricshot::config::ConfigFault;
use metricshot::error::{Failure, Fault, Reason};
use std::fmt::{self, Display};
use std::process::ExitCode;

/// An error that ends a command.
#[derive(Debug, PartialEq, Eq)]
pub enum CliError {
    /// An invalid configuration or request, one line per fault; exit code 2, as for invalid arguments.
    Invalid(Vec<String>),
    /// A failure with valid input; exit code 1.
    Failed(String),
    /// Differing images; the differences are on standard output; exit code 1.
    Different,
    /// A chart that was written and has a note that `--fail-on` names; exit code 3.
    Noted(String),
}

impl CliError {
    /// Makes a failure of one line.
    pub fn failed(what: impl Display, cause: impl Display) -> Self {
        Self::Failed(format!("{what}: {cause}"))
    }

    /// Writes the lines to standard error, and returns the exit code.
    pub fn exit(self) -> ExitCode {
        let (lines, code) = match self {
            Self::Invalid(lines) => (lines, 2),
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

impl Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(lines) => f.write_str(&lines.join("; ")),
            Self::Failed(line) | Self::Noted(line) => f.write_str(line),
            Self::Different => f.write_str("the images differ"),
        }
    }
}

impl From<Vec<ConfigFault>> for CliError {
    fn from(faults: Vec<ConfigFault>) -> Self {
        Self::Invalid(faults.iter().map(ToString::to_string).collect())
    }
}

impl From<ConfigFault> for CliError {
    fn from(fault: ConfigFault) -> Self {
        vec![fault].into()
    }
}

impl From<Vec<Fault>> for CliError {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Invalid(faults.iter().map(Fault::sentence).collect())
    }
}

impl From<Fault> for CliError {
    fn from(fault: Fault) -> Self {
        vec![fault].into()
    }
}

impl From<Failure> for CliError {
    fn from(failure: Failure) -> Self {
        let line = match failure {
            Failure::Invalid(faults) => return faults.into(),
            Failure::Sources(reasons) => {
                let reasons: Vec<String> = reasons.into_iter().map(reason_text).collect();
                format!("no source returned data: {}", reasons.join("; "))
            }
            Failure::Overloaded { .. } => "no render worker became free in time; raise limits.render_queue".to_owned(),
            Failure::OutOfTime => "the request took too long; raise limits.request_total".to_owned(),
            Failure::RenderTimeout => {
                "rendering took too long; request fewer metrics, or raise limits.render".to_owned()
            }
            Failure::Internal(cause) => format!("this is a bug of metricshot, please report it: {cause}"),
        };
        Self::Failed(line)
    }
}

/// Returns the reason for missing data of a metric, with a remedy.
pub fn reason_text(reason: Reason) -> String {
    let text = match reason {
        Reason::Down => "its source cannot be reached; see the log above",
        Reason::Timeout => "its source did not answer within limits.source_total",
        Reason::Refused => "its source returned an error; see the log above",
        Reason::Malformed => "the response of its source is malformed; see the log above",
        Reason::TooBig | Reason::TooManySamples { fits_seconds: 0 } => {
            "the response of its source is larger than the limits allow"
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
    text.to_owned()
}
