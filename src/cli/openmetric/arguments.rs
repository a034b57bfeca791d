//! The arguments of `openmetric`: objects, and operations on them.

use clap::{Args, Subcommand, ValueEnum};
use metricshot::openmetric::{Api, Id, JobName, Line, Member, MetricsPath, Operation, Place, Region};
use std::num::NonZeroU16;

/// The arguments of `openmetric`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Openmetric {
    /// The object of the operation
    #[command(subcommand)]
    pub object: Object,
}

const EXAMPLES: &str = "\
Server and app key come from a source of type prometheus with the header X-TC-APP-KEY, as in examples/nhn.toml.

Examples:
  metricshot --config examples/nhn.toml openmetric jobs list --project PROJECT
  metricshot --config examples/nhn.toml openmetric jobs create --project PROJECT --name web --path /metrics
  metricshot --config examples/nhn.toml openmetric servers list --project PROJECT
  metricshot --config examples/nhn.toml openmetric targets create --project PROJECT --job JOB --host HOST --port 9100
  metricshot --config examples/nhn.toml openmetric jobs delete JOB --project PROJECT --member UUID

Exit codes:
  0  success
  1  the service rejected the request or did not answer; requests that change something are never retried
  2  invalid arguments or configuration; nothing was sent";

/// The objects of NHN Cloud System Monitoring.
#[derive(Debug, Subcommand)]
pub enum Object {
    /// Workspaces: a name, and the path of the metrics of its targets
    #[command(subcommand)]
    Jobs(Jobs),
    /// Targets: ports of servers from which a workspace collects
    #[command(subcommand)]
    Targets(Targets),
    /// Servers that can be targets
    #[command(subcommand)]
    Servers(Servers),
}

/// The operations on workspaces.
#[derive(Debug, Subcommand)]
pub enum Jobs {
    /// List the workspaces of a project
    List {
        #[command(flatten)]
        project: ProjectArgs,
    },
    /// Create a workspace
    Create {
        #[command(flatten)]
        project: ProjectArgs,
        /// Name of the workspace
        #[arg(long)]
        name: JobName,
        /// Path of the metrics of its targets, such as /metrics
        #[arg(long)]
        path: MetricsPath,
        /// Description of the workspace
        #[arg(long, default_value = "", hide_default_value = true)]
        description: Line,
    },
    /// Change path and description of a workspace; the name stays
    Change {
        #[command(flatten)]
        project: ProjectArgs,
        /// Id of the workspace
        job: Id,
        /// Path of the metrics of its targets, such as /metrics
        #[arg(long)]
        path: MetricsPath,
        /// Description of the workspace
        #[arg(long)]
        description: Line,
    },
    /// Delete a workspace
    Delete {
        #[command(flatten)]
        project: ProjectArgs,
        /// Id of the workspace
        job: Id,
        #[command(flatten)]
        deletion: DeleteArgs,
    },
}

/// The operations on targets.
#[derive(Debug, Subcommand)]
pub enum Targets {
    /// List the targets of a workspace
    List {
        #[command(flatten)]
        project: ProjectArgs,
        #[command(flatten)]
        workspace: WorkspaceArgs,
    },
    /// Add a target to a workspace
    Create {
        #[command(flatten)]
        project: ProjectArgs,
        #[command(flatten)]
        workspace: WorkspaceArgs,
        /// Id of the server, as `servers list` shows it
        #[arg(long, value_name = "ID")]
        host: Id,
        /// Port of the metrics
        #[arg(long)]
        port: NonZeroU16,
        /// Description of the target
        #[arg(long, default_value = "", hide_default_value = true)]
        description: Line,
    },
    /// Remove a target from its workspace
    Delete {
        #[command(flatten)]
        project: ProjectArgs,
        #[command(flatten)]
        workspace: WorkspaceArgs,
        /// Id of the target
        target: Id,
        #[command(flatten)]
        deletion: DeleteArgs,
    },
}

/// The operations on servers.
#[derive(Debug, Subcommand)]
pub enum Servers {
    /// List the servers of a project
    List {
        #[command(flatten)]
        project: ProjectArgs,
    },
}

/// The arguments of all operations.
#[derive(Debug, Args)]
pub struct ProjectArgs {
    /// Id of the project
    #[arg(long, value_name = "ID")]
    pub project: Id,
    /// Source of the configuration [default: the only one with the header X-TC-APP-KEY]
    #[arg(long, value_name = "NAME")]
    pub source: Option<String>,
    /// Paths of the API
    #[arg(long, value_enum, default_value = "unversioned")]
    pub api: ApiVersion,
    /// Region: kr, kr2, jp or us [default: by the name of the server]
    #[arg(long)]
    pub region: Option<Region>,
    /// Print the response as JSON on one line, for programs
    #[arg(long)]
    pub json: bool,
}

/// A version of the paths of the API.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ApiVersion {
    /// /openmetric/projects/…, as in the vendor's guide
    Unversioned,
    /// /v1.0/projects/…, to which the service moved
    #[value(name = "v1.0")]
    V1,
}

/// The workspace of an operation on targets.
#[derive(Debug, Args)]
pub struct WorkspaceArgs {
    /// Id of the workspace
    #[arg(long, value_name = "ID")]
    pub job: Id,
}

/// The arguments of deletions.
#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// Your member id, which the service records
    #[arg(long, value_name = "UUID")]
    pub member: Member,
}

impl ProjectArgs {
    /// Returns the arguments that the API needs.
    pub fn place(&self) -> Place {
        let api = match self.api {
            ApiVersion::Unversioned => Api::Unversioned,
            ApiVersion::V1 => Api::V1,
        };
        Place { api, project: self.project.clone(), region: self.region.clone() }
    }
}

impl Object {
    /// Splits the arguments into those of all operations, and the operation.
    pub fn operation(self) -> (ProjectArgs, Operation) {
        match self {
            Self::Jobs(Jobs::List { project }) => (project, Operation::ListJobs),
            Self::Jobs(Jobs::Create { project, name, path, description }) => {
                (project, Operation::CreateJob { name, path, description })
            }
            Self::Jobs(Jobs::Change { project, job, path, description }) => {
                (project, Operation::ChangeJob { job, path, description })
            }
            Self::Jobs(Jobs::Delete { project, job, deletion }) => {
                (project, Operation::DeleteJob { job, member: deletion.member })
            }
            Self::Targets(Targets::List { project, workspace }) => {
                (project, Operation::ListTargets { job: workspace.job })
            }
            Self::Targets(Targets::Create { project, workspace, host, port, description }) => {
                (project, Operation::CreateTarget { job: workspace.job, host, port, description })
            }
            Self::Targets(Targets::Delete { project, workspace, target, deletion }) => {
                (project, Operation::DeleteTarget { job: workspace.job, target, member: deletion.member })
            }
            Self::Servers(Servers::List { project }) => (project, Operation::ListServers),
        }
    }
}
