//! Command-line arguments and help texts.

use super::error::CliError;
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
    /// Configuration file (TOML) [default: METRICSHOT_CONFIG, else the built-in demo]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address and port to listen on
    #[arg(long, global = true, value_name = "ADDRESS:PORT", value_parser = address)]
    pub listen: Option<SocketAddr>,
    /// The command [default: serve]
    #[command(subcommand)]
    pub command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  metricshot
      Serve a demo on 127.0.0.1:8080, and print a curl command for a first image.
  metricshot --config metricshot.toml check-config
      Report all faults of a configuration and its catalogue, without contacting a source.
  metricshot --config metricshot.toml serve --listen 0.0.0.0:8080
      Serve the configured sources to other machines; requires keys.
  metricshot --config metricshot.toml render request.json -o chart.png
      Render one request to a file, without a server; also chart.svg, chart.webp and chart.jpg.
  metricshot --config metricshot.toml sources check
      Send a small request to each source, and report failures.
  metricshot inspect chart.png
      Print the provenance record of an image: digests of request and data, and the version.
  metricshot diff before.png after.png -o diff.png
      Compare two images pixel by pixel, and mark differences in red.
  metricshot --config nhn.toml openmetric jobs list --project PROJECT
      List the workspaces of a project of NHN Cloud; see metricshot openmetric --help.
  METRICSHOT_LIMITS__MAX_SIDE=2000 metricshot print-config
      Print the configuration in force as TOML, secrets masked; a starting point for a file.

Exit codes:
  0  success
  1  failure: port in use, source failed, file not writable; with diff: the images differ
  2  invalid arguments, configuration or request; each fault is one line
  3  the chart was written, and has a note that --fail-on names";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve requests until SIGTERM or Ctrl-C; SIGHUP reloads the configuration [default command]
    Serve,
    /// Render one request to a file, as the service does
    Render(Render),
    /// Print the provenance record of an image: digests of request and data, and the version
    Inspect(Inspect),
    /// Compare two images pixel by pixel
    Diff(Diff),
    /// Test the configured sources, or list the metrics of one
    #[command(subcommand)]
    Sources(SourcesCommand),
    /// Report whether the service of this configuration, on this machine, is ready
    Health,
    /// Check configuration, catalogue and data files, without contacting a source
    CheckConfig,
    /// Print the configuration in force as TOML, secrets masked
    PrintConfig,
    /// List and change the collection of NHN Cloud System Monitoring: workspaces, targets, servers
    Openmetric(Openmetric),
}

/// The arguments of `render`.
#[derive(Debug, Args)]
#[command(after_help = RENDER_EXAMPLES)]
pub struct Render {
    /// Request body (JSON), as posted to the service; `-` is standard input
    #[arg(value_name = "REQUEST.json")]
    pub request: PathBuf,
    /// Image file to write; `-` is standard output
    #[arg(short, long, value_name = "FILE.png")]
    pub output: PathBuf,
    /// Image format [default: by the extension of the output, else png]
    #[arg(long, value_enum)]
    pub format: Option<ImageFormat>,
    /// Quality of a JPEG, 1 to 100 [default: 90]
    #[arg(long, value_name = "N", value_parser = quality)]
    pub quality: Option<Quality>,
    /// Leave out the provenance record, as `record = false` under `[pictures]` does
    #[arg(long)]
    pub no_record: bool,
    /// API version by which the request is validated [default: the newest]
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub api_version: Option<Version>,
    /// Template: light, dark, print, or one of the configured templates
    #[arg(long, value_name = "NAME", value_parser = template)]
    pub template: Option<TemplateName>,
    /// Language of dates and messages on the image
    #[arg(long, value_enum, default_value = "en")]
    pub language: ImageLanguage,
    /// Chart options (JSON object), as listed in docs/charts.md
    #[arg(long, value_name = "CHART.json")]
    pub chart: Option<PathBuf>,
    /// Device pixels per pixel, 1 to 4 in steps of 0.25; overrides the chart options
    #[arg(long, value_name = "SCALE", value_parser = scale)]
    pub scale: Option<Scale>,
    /// Chart kind: line, area, stacked, step, bar or band; overrides the chart options
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub kind: Option<Kind>,
    /// Exit with code 3 if the written chart has one of these notes
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NOTES")]
    pub fail_on: Vec<FailOn>,
}

/// A note of a chart that `--fail-on` may name.
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

/// An image format of `--format`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ImageFormat {
    /// Pixels, lossless; the default
    Png,
    /// Vector graphics, for enlarging and printing
    Svg,
    /// The same pixels as the PNG, lossless
    Webp,
    /// Pixels, lossy and opaque, for programs that read no other format
    #[value(alias = "jpg")]
    Jpeg,
}

impl Render {
    /// Returns the format of `--format`, else that of the output's extension, else PNG. Fails if a format other than JPEG has a quality.
    pub fn format(&self) -> Result<Format, CliError> {
        let extension = self.output.extension().and_then(|extension| extension.to_str());
        let named = || extension.and_then(|extension| ImageFormat::from_str(extension, true).ok());
        match (self.format.or_else(named).unwrap_or(ImageFormat::Png), self.quality) {
            (ImageFormat::Jpeg, quality) => Ok(Format::Jpeg(quality.unwrap_or_default())),
            (_, Some(_)) => {
                let text =
                    "--quality applies to JPEG only: add --format jpeg, or write to a file with the extension .jpg";
                Err(CliError::Invalid(vec![text.to_owned()]))
            }
            (ImageFormat::Png, None) => Ok(Format::Png),
            (ImageFormat::Svg, None) => Ok(Format::Svg),
            (ImageFormat::Webp, None) => Ok(Format::WebP),
        }
    }
}

/// The arguments of `diff`.
#[derive(Debug, Args)]
#[command(after_help = DIFF_EXAMPLES)]
pub struct Diff {
    /// First image: a PNG, JPEG or WebP file; `-` is standard input
    #[arg(value_name = "A.png")]
    pub one: PathBuf,
    /// Second image
    #[arg(value_name = "B.png")]
    pub other: PathBuf,
    /// Write the first image, faded, with differing pixels in red; `-` is standard output
    #[arg(short, long, value_name = "DIFF.png")]
    pub output: Option<PathBuf>,
    /// Maximum difference of red, green, blue or alpha, 0 to 255, of pixels that count as equal
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub tolerance: u8,
}

const DIFF_EXAMPLES: &str = "\
Examples:
  metricshot diff before.png after.png
  metricshot diff before.png after.png -o diff.png
  metricshot diff chart.png chart.jpg --tolerance 30

Exit codes: 0 the images are equal; 1 they differ in pixels or size; 2 a file cannot be read, or an argument is invalid.";

/// The commands of `sources`.
#[derive(Debug, Subcommand)]
pub enum SourcesCommand {
    /// Send a small request to each source, and print one line per source
    #[command(after_help = CHECK_EXAMPLES)]
    Check {
        /// Sources to test [default: all]
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// List the metrics of a source: name, kind, unit and label keys
    #[command(after_help = METRICS_EXAMPLES)]
    Metrics {
        /// Name of the source in the configuration
        #[arg(value_name = "NAME")]
        name: String,
        /// Print one JSON object per line, for programs
        #[arg(long)]
        json: bool,
    },
}

const CHECK_EXAMPLES: &str = "\
Examples:
  metricshot --config metricshot.toml sources check
  metricshot --config metricshot.toml sources check prometheus

Exit codes: 0 all sources answered; 1 a source failed; 2 invalid configuration, or unknown source.";

const METRICS_EXAMPLES: &str = "\
Examples:
  metricshot --config metricshot.toml sources metrics prometheus
  metricshot --config metricshot.toml sources metrics prometheus --json | grep bytes";

/// The arguments of `inspect`.
#[derive(Debug, Args)]
#[command(after_help = INSPECT_EXAMPLES)]
pub struct Inspect {
    /// Image: a PNG, SVG, WebP or JPEG file; `-` is standard input
    #[arg(value_name = "FILE.png")]
    pub image: PathBuf,
    /// Print one JSON object, for programs
    #[arg(long)]
    pub json: bool,
}

const INSPECT_EXAMPLES: &str = "\
Examples:
  metricshot inspect chart.png
  metricshot inspect --json chart.svg

Images of equal requests have equal `request` digests, images of equal values equal `data` digests. The digests do not prove that an image is\
 genuine.";

/// A language of dates and messages on the image.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ImageLanguage {
    /// English
    En,
    /// Korean
    Ko,
}

impl From<ImageLanguage> for Language {
    fn from(language: ImageLanguage) -> Self {
        match language {
            ImageLanguage::En => Self::English,
            ImageLanguage::Ko => Self::Korean,
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
