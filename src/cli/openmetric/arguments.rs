//! The arguments of `openmetric`: what is there, and what is to be done with it.

use clap::{Args, Subcommand, ValueEnum};
use metricshot::source::openmetric::{Api, Id, JobName, Line, Member, MetricsPath, Operation, Place, Region};
use std::num::NonZeroU16;

/// What is to be done.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Openmetric {
    /// With what
    #[command(subcommand)]
    pub what: What,
}

const EXAMPLES: &str = "\
Server and app key are those of a source of type prometheus with the header X-TC-APP-KEY, as in examples/nhn.toml.

Examples:
  metricshot --config examples/nhn.toml openmetric jobs list --project PROJECT
  metricshot --config examples/nhn.toml openmetric jobs create --project PROJECT --name web --path /metrics
  metricshot --config examples/nhn.toml openmetric servers list --project PROJECT
  metricshot --config examples/nhn.toml openmetric targets create --project PROJECT --job JOB --host HOST --port 9100
  metricshot --config examples/nhn.toml openmetric jobs delete JOB --project PROJECT --member UUID

Exit codes:
  0  done
  1  the service refused or did not answer; what changes something is never tried twice
  2  the arguments or the configuration are wrong; nothing was sent";

/// With what.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Workspaces: a name, and the path under which its targets give their metrics
    #[command(subcommand)]
    Jobs(Jobs),
    /// What a workspace collects from: ports of servers
    #[command(subcommand)]
    Targets(Targets),
    /// Servers that can be targets
    #[command(subcommand)]
    Servers(Servers),
}

/// What is done with workspaces.
#[derive(Debug, Subcommand)]
pub enum Jobs {
    /// Show all of a project
    List {
        #[command(flatten)]
        at: At,
    },
    /// Make a new one
    Create {
        #[command(flatten)]
        at: At,
        /// What it is called
        #[arg(long)]
        name: JobName,
        /// Where its targets give their metrics, as /metrics
        #[arg(long)]
        path: MetricsPath,
        /// What it is for
        #[arg(long, default_value = "", hide_default_value = true)]
        description: Line,
    },
    /// Give one another path and description; it keeps its name
    Change {
        #[command(flatten)]
        at: At,
        /// Its id
        job: Id,
        /// Where its targets give their metrics, as /metrics
        #[arg(long)]
        path: MetricsPath,
        /// What it is for
        #[arg(long)]
        description: Line,
    },
    /// Remove one
    Delete {
        #[command(flatten)]
        at: At,
        /// Its id
        job: Id,
        #[command(flatten)]
        by: By,
    },
}

/// What is done with targets.
#[derive(Debug, Subcommand)]
pub enum Targets {
    /// Show all of a workspace
    List {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        of: Of,
    },
    /// Collect from one more
    Create {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        of: Of,
        /// The server's id, as `servers list` shows it
        #[arg(long, value_name = "ID")]
        host: Id,
        /// The port that gives the metrics
        #[arg(long)]
        port: NonZeroU16,
        /// What it is
        #[arg(long, default_value = "", hide_default_value = true)]
        description: Line,
    },
    /// Collect no longer from one
    Delete {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        of: Of,
        /// Its id
        target: Id,
        #[command(flatten)]
        by: By,
    },
}

/// What is done with servers.
#[derive(Debug, Subcommand)]
pub enum Servers {
    /// Show all of a project
    List {
        #[command(flatten)]
        at: At,
    },
}

/// Where it is done, and how the answer is printed.
#[derive(Debug, Args)]
pub struct At {
    /// The project's id
    #[arg(long, value_name = "ID")]
    pub project: Id,
    /// The configured source [default: the only one with the header X-TC-APP-KEY]
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// Which paths are asked
    #[arg(long, value_enum, default_value = "unversioned")]
    pub api: Generation,
    /// The region, as kr, kr2, jp or us [default: as the name of the server tells]
    #[arg(long)]
    pub region: Option<Region>,
    /// The answer as JSON on one line, for programs
    #[arg(long)]
    pub json: bool,
}

/// Which paths are asked.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Generation {
    /// /openmetric/projects/…, as in the guide
    Unversioned,
    /// /v1.0/projects/…, to which the service moved
    #[value(name = "v1.0")]
    V1,
}

/// Of which workspace.
#[derive(Debug, Args)]
pub struct Of {
    /// The workspace's id
    #[arg(long, value_name = "ID")]
    pub job: Id,
}

/// Who does it.
#[derive(Debug, Args)]
pub struct By {
    /// Your member id, which the service notes
    #[arg(long, value_name = "UUID")]
    pub member: Member,
}

impl At {
    /// Without what is the command line's alone.
    pub fn place(&self) -> Place {
        let api = match self.api {
            Generation::Unversioned => Api::Unversioned,
            Generation::V1 => Api::V1,
        };
        Place { api, project: self.project.clone(), region: self.region.clone() }
    }
}

impl What {
    /// Where, and what.
    pub fn operation(self) -> (At, Operation) {
        match self {
            Self::Jobs(Jobs::List { at }) => (at, Operation::ListJobs),
            Self::Jobs(Jobs::Create { at, name, path, description }) => {
                (at, Operation::CreateJob { name, path, description })
            }
            Self::Jobs(Jobs::Change { at, job, path, description }) => {
                (at, Operation::ChangeJob { job, path, description })
            }
            Self::Jobs(Jobs::Delete { at, job, by }) => (at, Operation::DeleteJob { job, member: by.member }),
            Self::Targets(Targets::List { at, of }) => (at, Operation::ListTargets { job: of.job }),
            Self::Targets(Targets::Create { at, of, host, port, description }) => {
                (at, Operation::CreateTarget { job: of.job, host, port, description })
            }
            Self::Targets(Targets::Delete { at, of, target, by }) => {
                (at, Operation::DeleteTarget { job: of.job, target, member: by.member })
            }
            Self::Servers(Servers::List { at }) => (at, Operation::ListServers),
        }
    }
}
