//! The arguments, and the help that teaches them.

use super::error::Ended;
use super::openmetric::Openmetric;
use clap::{Args, Parser, Subcommand, ValueEnum};
use metricshot::http::{Version, wire};
use metricshot::render::{Format, Quality};
use metricshot::request::{Kind, Language, Scale, TemplateName};
use std::net::SocketAddr;
use std::path::PathBuf;

/// POST a chart request, get a PNG of a metric.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES, max_term_width = 100)]
pub struct Arguments {
    /// Configuration file (TOML); without it METRICSHOT_CONFIG, without that a demo
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address and port to listen on
    #[arg(long, global = true, value_name = "ADDRESS:PORT", value_parser = address)]
    pub listen: Option<SocketAddr>,
    /// What to do
    #[command(subcommand)]
    pub command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  metricshot
      Serves a demo on 127.0.0.1:8080, and prints a curl command that gets a first picture.
  metricshot --config metricshot.toml check-config
      Says all that is wrong with a configuration and its catalogue, asking no server.
  metricshot --config metricshot.toml serve --listen 0.0.0.0:8080
      Serves the configured sources to other machines; that needs keys.
  metricshot --config metricshot.toml render request.json -o chart.png
      Draws one request to a file, without a server; chart.svg, chart.webp and chart.jpg work too.
  metricshot --config metricshot.toml sources check
      Asks each source something, and says what is wrong.
  metricshot inspect chart.png
      Tells which question a picture answers, over which data, and what drew it.
  metricshot diff before.png after.png -o diff.png
      Compares two images pixel by pixel, and marks what differs in red.
  metricshot --config nhn.toml openmetric jobs list --project PROJECT
      Shows the workspaces of a project of NHN Cloud; see metricshot openmetric --help.
  METRICSHOT_LIMITS__MAX_SIDE=2000 metricshot print-config
      Prints the configuration in force as TOML, a start for one's own; secrets are masked.

Exit codes:
  0  done
  1  it could not be done: port in use, source failed, file not writable; with diff: the images differ
  2  the arguments, the configuration or the request are wrong; each fault is one line
  3  the chart was written, and has a note that --fail-on names";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answer requests until SIGTERM or Ctrl-C; SIGHUP reads the configuration again (this is what happens without a command)
    Serve,
    /// Draw one request to a file, the same way as the service does
    Render(Render),
    /// Tell which question a picture answers, over which data, and what drew it
    Inspect(Inspect),
    /// Compare two images pixel by pixel
    Diff(Diff),
    /// Try the configured sources, or list what one of them has
    #[command(subcommand)]
    Sources(SourcesCommand),
    /// Ask the service of this configuration, on this machine, whether it serves
    Health,
    /// Check configuration, catalogue and data files; ask no server
    CheckConfig,
    /// Print the configuration in force as TOML, secrets masked
    PrintConfig,
    /// Show and change what NHN Cloud System Monitoring collects: workspaces, targets, servers
    Openmetric(Openmetric),
}

/// Which request, and where to.
#[derive(Debug, Args)]
#[command(after_help = RENDER_EXAMPLES)]
pub struct Render {
    /// The request's body, as it would be posted; `-` is standard input
    #[arg(value_name = "REQUEST.json")]
    pub request: PathBuf,
    /// The picture; `-` is standard output
    #[arg(short, long, value_name = "FILE.png")]
    pub output: PathBuf,
    /// What kind of file [default: as the picture's name ends; else png]
    #[arg(long, value_enum)]
    pub format: Option<PictureFormat>,
    /// Quality of a JPEG, 1 to 100 [default: 90]
    #[arg(long, value_name = "N", value_parser = quality)]
    pub quality: Option<Quality>,
    /// Write nothing into the file that tells where it comes from; as `record = false` under `[pictures]`
    #[arg(long)]
    pub no_record: bool,
    /// By the rules of which version the request is read [default: the newest]
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub api_version: Option<Version>,
    /// What the picture looks like: light, dark, print, or one of the configured templates
    #[arg(long, value_name = "NAME", value_parser = template)]
    pub template: Option<TemplateName>,
    /// The language of the words that are added to the picture
    #[arg(long, value_enum, default_value = "en")]
    pub language: PictureLanguage,
    /// How it is drawn: a JSON object of the options that docs/charts.md lists
    #[arg(long, value_name = "CHART.json")]
    pub chart: Option<PathBuf>,
    /// Device pixels for each pixel, 1 to 4 in steps of 0.25; comes before the file's
    #[arg(long, value_name = "SCALE", value_parser = scale)]
    pub scale: Option<Scale>,
    /// What a series looks like: line, area, stacked, step, bar or band; comes before the file's
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub kind: Option<Kind>,
    /// Ends with exit code 3 where the written chart has one of these notes
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NOTES")]
    pub fail_on: Vec<FailOn>,
}

/// A note of a chart that some callers do not accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// A metric has no data
    Empty,
    /// A metric is missing, because its source failed
    Missing,
    /// A metric may be incomplete
    Incomplete,
}

const RENDER_EXAMPLES: &str = "\
Examples:
  metricshot render examples/requests/documented.json -o chart.png
  metricshot --config metricshot.toml render - -o - < request.json > chart.png
  metricshot render request.json -o chart.svg
  metricshot render request.json --quality 80 -o chart.jpg
  metricshot render request.json --chart examples/charts/legend-right.json --scale 2 -o chart.png
  metricshot render old-request.json --api-version 1.0 --language ko -o chart.png
  metricshot render request.json -o chart.png --fail-on empty,missing,incomplete

Percentiles (\"statistic_type\": \"p99.9\") are always allowed here.";

/// What kind of file a picture is.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum PictureFormat {
    /// Pixels, for everyone
    Png,
    /// Shapes and texts, for what is enlarged or printed
    Svg,
    /// The same pixels as the PNG, lossless
    Webp,
    /// About the same pixels, for programs that read nothing else; opaque
    #[value(alias = "jpg")]
    Jpeg,
}

impl Render {
    /// Returns the format of `--format`, else that of the output's extension, else PNG. Fails where another format than JPEG has a
    /// quality.
    pub fn format(&self) -> Result<Format, Ended> {
        let extension = self.output.extension().and_then(|extension| extension.to_str());
        let named = || extension.and_then(|extension| PictureFormat::from_str(extension, true).ok());
        match (self.format.or_else(named).unwrap_or(PictureFormat::Png), self.quality) {
            (PictureFormat::Jpeg, quality) => Ok(Format::Jpeg(quality.unwrap_or_default())),
            (_, Some(_)) => {
                let text = "--quality is for JPEG: add --format jpeg, or give the file a name that ends in .jpg";
                Err(Ended::Faulty(vec![text.to_owned()]))
            }
            (PictureFormat::Png, None) => Ok(Format::Png),
            (PictureFormat::Svg, None) => Ok(Format::Svg),
            (PictureFormat::Webp, None) => Ok(Format::WebP),
        }
    }
}

/// Two images to compare.
#[derive(Debug, Args)]
#[command(after_help = DIFF_EXAMPLES)]
pub struct Diff {
    /// A PNG, JPEG or WebP file; `-` is standard input
    #[arg(value_name = "A.png")]
    pub one: PathBuf,
    /// The file to compare it with
    #[arg(value_name = "B.png")]
    pub other: PathBuf,
    /// Write A, faded, with the pixels in red that differ; `-` is standard output
    #[arg(short, long, value_name = "DIFF.png")]
    pub output: Option<PathBuf>,
    /// Largest difference of red, green, blue or alpha, 0 to 255, up to which pixels count as equal
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub tolerance: u8,
}

const DIFF_EXAMPLES: &str = "\
Examples:
  metricshot diff before.png after.png
  metricshot diff before.png after.png -o diff.png
  metricshot diff chart.png chart.jpg --tolerance 30

Exit codes: 0 the images are equal; 1 they differ, also in size; 2 one cannot be read, or an argument is wrong.";

/// What to find out of the sources.
#[derive(Debug, Subcommand)]
pub enum SourcesCommand {
    /// Ask each source something cheap, and say in a line how it went
    #[command(after_help = CHECK_EXAMPLES)]
    Check {
        /// Only these [default: all]
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// List the metrics that a source has: name, kind, unit and the keys of its labels
    #[command(after_help = METRICS_EXAMPLES)]
    Metrics {
        /// As it is called in the configuration
        #[arg(value_name = "NAME")]
        name: String,
        /// One JSON object a line, for programs
        #[arg(long)]
        json: bool,
    },
}

const CHECK_EXAMPLES: &str = "\
Examples:
  metricshot --config metricshot.toml sources check
  metricshot --config metricshot.toml sources check prometheus

Exit codes: 0 all answered; 1 one did not; 2 the configuration is wrong, or has no such source.";

const METRICS_EXAMPLES: &str = "\
Examples:
  metricshot --config metricshot.toml sources metrics prometheus
  metricshot --config metricshot.toml sources metrics prometheus --json | grep bytes";

/// Which picture.
#[derive(Debug, Args)]
#[command(after_help = INSPECT_EXAMPLES)]
pub struct Inspect {
    /// A PNG, SVG, WebP or JPEG file; `-` is standard input
    #[arg(value_name = "FILE.png")]
    pub picture: PathBuf,
    /// One JSON object, for programs
    #[arg(long)]
    pub json: bool,
}

const INSPECT_EXAMPLES: &str = "\
Examples:
  metricshot inspect chart.png
  metricshot inspect --json chart.svg

`request` is the same for the same question, `data` for the same values. Whether a picture is genuine they do not tell.";

/// The language of the words that are added to the picture.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum PictureLanguage {
    /// English
    En,
    /// Korean
    Ko,
}

impl From<PictureLanguage> for Language {
    fn from(language: PictureLanguage) -> Self {
        match language {
            PictureLanguage::En => Self::English,
            PictureLanguage::Ko => Self::Korean,
        }
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "should be an IP address with its port, such as 127.0.0.1:8080".to_owned())
}

fn quality(text: &str) -> Result<Quality, String> {
    let number = text.parse().map_err(|_| "should be a whole number from 1 to 100".to_owned())?;
    Quality::new(number).map_err(|fault| fault.text.into_owned())
}

fn scale(text: &str) -> Result<Scale, String> {
    let number = text.parse().map_err(|_| "should be a number such as 2".to_owned())?;
    Scale::new(number).map_err(|fault| fault.text.into_owned())
}

fn kind(text: &str) -> Result<Kind, String> {
    wire::chart_kind(text).map_err(|fault| fault.text.into_owned())
}

fn template(name: &str) -> Result<TemplateName, String> {
    TemplateName::new(name).map_err(|fault| fault.text.into_owned())
}

fn version(text: &str) -> Result<Version, String> {
    Version::ALL.into_iter().find(|version| version.number() == text).ok_or_else(|| {
        let known = Version::ALL.map(Version::number).join(", ");
        format!("should be one of {known}")
    })
}
