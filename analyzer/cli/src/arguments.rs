//! The command line as clap reads it. What each option means is written here, once.

mod statistics;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use assay_promql::Dialect;
use assay_template::duration;
use assay_template::plan::Mode;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::statistics::{Judge, Part, Plan, PlanFormat, ReportFormat, Simulate};

/// Judges a release while it rolls out: promote, abort or hold, and why.
#[derive(Debug, Parser)]
#[command(name = "assay", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// What to log to stderr, e.g. `debug` or `assay_provider=trace`.
    // Behind all options of a command, however many there are.
    #[arg(long, global = true, value_name = "FILTER", env = "ASSAY_LOG", default_value = "warn",
        display_order = LOG_ORDER)]
    pub(crate) log: String,
}

/// More than any command has options, less than where clap puts `--help`.
const LOG_ORDER: usize = 900;

const EXIT_CODES: &str = "Exit codes: 0 promote or done, 1 could not judge, 2 usage or bad \
template, 10 abort, 11 hold, 12 still running at --timeout.";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge a whole run offline, or walk a Rollout, on recorded answers and a virtual clock.
    #[command(after_help = "Example:\n  assay dry-run templates/success-rate.yaml \
--fixture fixtures/success-rate/healthy.yaml --arg service-name=checkout")]
    DryRun(DryRun),
    /// Judge one live run in the foreground; the exit code is the verdict.
    #[command(after_help = "Example:\n  assay run templates/success-rate.yaml --arg \
service-name=checkout \\\n    --prometheus http://127.0.0.1:9090 --on-abort './rollback.sh'")]
    Run(Run),
    /// Run every TemplateTest found: fixtures, and the verdicts that must come of them.
    #[command(after_help = "Example:\n  assay test templates/")]
    Test(Test),
    /// Find every problem in templates and fixtures, with its place and what to write instead.
    #[command(after_help = "Example:\n  assay check templates/")]
    Check(Check),
    /// Try one condition on one value.
    #[command(after_help = "Examples:\n  assay condition --kind vector --result='[0.97]' \
--success 'result[0] >= 0.95'\n  assay condition --kind web --body '{\"ok\":true}' --json-path \
'{$.ok}' --success 'result == true'")]
    Condition(Condition),
    /// Judge two sets of samples as Kayenta's judge does; the exit code is the verdict.
    #[command(after_help = statistics::JUDGE_EXAMPLES)]
    Judge(Judge),
    /// How long a pause must be to find a change, and what can be found in a given time.
    #[command(after_help = statistics::PLAN_EXAMPLES)]
    Plan(Plan),
    /// Simulate rollouts and hold the statistical judge to its bars.
    #[command(after_help = statistics::SIMULATE_EXAMPLES)]
    Simulate(Simulate),
    /// Ask PromQL of the series of a fixture, once or as a Prometheus that others can ask.
    #[command(
        after_help = "Examples:\n  assay query fixture.yaml 'sum(rate(http_requests_total[5m])) \
by (role)' --at 10m\n  assay query fixture.yaml --serve 127.0.0.1:9090"
    )]
    Query(Query),
    /// Explain a problem or warning by its code.
    #[command(after_help = "Example:\n  assay explain assay::template::unknown_field")]
    Explain(Explain),
    /// Print the JSON Schema of the files assay reads and of the report it writes.
    #[command(after_help = "Example:\n  assay schema > assay.schema.json")]
    Schema(Schema),
    /// Print a completion script for a shell.
    #[command(after_help = "Example:\n  assay completions bash > \
/etc/bash_completion.d/assay")]
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, of assay or of one command.
    #[command(after_help = "Example:\n  assay man run | man -l -")]
    Man {
        /// Whose page, e.g. `run`; assay's own unless said.
        command: Option<String>,
    },
}

/// Which templates, with which arguments.
#[derive(Debug, Args)]
pub(crate) struct Inputs {
    /// Files with AnalysisTemplates, an AnalysisRun or (for dry-run) a Rollout; `-` is standard input.
    #[arg(required = true, value_name = "TEMPLATE")]
    pub(crate) templates: Vec<PathBuf>,
    /// Judge by this template only, of those in the files; repeat for several. Or the Rollout to walk.
    #[arg(short = 't', long = "template", value_name = "NAME")]
    pub(crate) roots: Vec<String>,
    /// Value of an argument; also from ASSAY_ARG_<NAME> (upper case, `-` as `_`).
    #[arg(short = 'a', long = "arg", value_name = "NAME=VALUE")]
    pub(crate) args: Vec<String>,
    /// YAML or JSON file with a map of arguments.
    #[arg(long = "arg-file", value_name = "FILE")]
    pub(crate) arg_files: Vec<PathBuf>,
    /// Directory with secrets as Kubernetes mounts them: DIR/<secret name>/<key>.
    #[arg(long, value_name = "DIR")]
    pub(crate) secrets: Option<PathBuf>,
    /// Judge strictly, or give the phases of Argo Rollouts; the template's `compat` unless said.
    #[arg(long, value_name = "MODE")]
    pub(crate) compat: Option<Compat>,
}

/// How missing evidence is treated.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Compat {
    /// Promote needs evidence; blind is told apart from bad.
    Strict,
    /// Exactly Argo Rollouts' phases, each trap a warning.
    Argo,
}

impl From<Compat> for Mode {
    fn from(compat: Compat) -> Self {
        match compat {
            Compat::Strict => Self::Strict,
            Compat::Argo => Self::Argo,
        }
    }
}

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: measurements, sentence, verdict.
    #[default]
    Table,
    /// One JSON object (`assay schema --of report`).
    Json,
    /// The same as YAML.
    Yaml,
    /// For a job summary.
    Markdown,
    /// For a CI server: one test case a metric.
    Junit,
}

/// Options of `dry-run`.
#[derive(Debug, Args)]
pub(crate) struct DryRun {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    /// File with the Fixture: series, recorded answers. Also a unit-test file of promtool. `FILE#NAME`
    /// or `FILE#2` is one of several. Only a Rollout without any analysis needs none.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) fixture: Option<PathBuf>,
    /// End the run after this long, as a rollout that completes would; e.g. `30m`. Of a Rollout: how
    /// long a person takes to promote a pause without a duration (at once unless said).
    #[arg(long = "for", value_name = "DURATION", value_parser = positive_duration,
        allow_hyphen_values = true)]
    pub(crate) length: Option<Duration>,
    /// By whose rules queries are evaluated over series: Prometheus 2 or 3, which differ at the edge of
    /// a window.
    #[arg(long, value_name = "VERSION", default_value = "3")]
    pub(crate) promql: PromqlVersion,
    /// How to write the report.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub(crate) output: Format,
}

/// Options of `run`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    /// Prometheus to ask when a template names no address.
    // The address may hold a password, and help would print what the variable holds.
    #[arg(long, value_name = "URL", env = "ASSAY_PROMETHEUS", hide_env_values = true)]
    pub(crate) prometheus: Option<String>,
    /// Ask this Prometheus whatever the templates say.
    #[arg(long, value_name = "URL", conflicts_with = "prometheus")]
    pub(crate) prometheus_override: Option<String>,
    /// End the run after this long, as a rollout that completes would; metrics without `count` need
    /// it (or `maxDuration`).
    #[arg(long = "for", value_name = "DURATION", value_parser = positive_duration,
        allow_hyphen_values = true)]
    pub(crate) length: Option<Duration>,
    /// Stop waiting for the verdict after this long, and exit with 12.
    #[arg(long, value_name = "DURATION", value_parser = positive_duration,
        allow_hyphen_values = true)]
    pub(crate) timeout: Option<Duration>,
    /// Shell command to run on promote; it gets ASSAY_VERDICT, ASSAY_SENTENCE and ASSAY_TEMPLATE.
    #[arg(long, value_name = "CMD")]
    pub(crate) on_promote: Option<String>,
    /// Shell command to run on abort.
    #[arg(long, value_name = "CMD")]
    pub(crate) on_abort: Option<String>,
    /// Shell command to run on hold.
    #[arg(long, value_name = "CMD")]
    pub(crate) on_hold: Option<String>,
    /// How to write the report.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub(crate) output: Format,
    /// Show no progress on stderr.
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// Options of `test`.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Files or directories (searched for TemplateTests); the current one unless said.
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// Write what came over expectations that are not met, and tell each change. A reason becomes the
    /// whole sentence, for a person to shorten.
    #[arg(long)]
    pub(crate) update: bool,
    /// How many threads; as many as there are processors unless said. The report is the same for any.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<std::num::NonZeroUsize>,
    /// By whose rules queries are evaluated over series: Prometheus 2 or 3, which differ at the edge of
    /// a window.
    #[arg(long, value_name = "VERSION", default_value = "3")]
    pub(crate) promql: PromqlVersion,
    /// How to write the report.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub(crate) output: TestFormat,
}

/// How a report of tests is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    /// For people: a line a file, and what went wrong with its place.
    Table,
    /// One JSON object.
    Json,
    /// For a CI server: one test case a case.
    Junit,
}

/// Options of `check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Files or directories (searched for .yaml, .yml and .json); the current one unless said.
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// Look at the templates as this mode would; each template's `compat` unless said.
    #[arg(long, value_name = "MODE")]
    pub(crate) compat: Option<Compat>,
    /// End with 2 on warnings too.
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// How to write the findings.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub(crate) output: CheckFormat,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people, with the lines they are about.
    Table,
    /// One JSON object.
    Json,
}

/// Options of `condition`.
#[derive(Debug, Args)]
pub(crate) struct Condition {
    /// What the provider gives.
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: ResultKind,
    /// The value: `0.97`, `[0.97, NaN]`, `+Inf`; for a matrix a list, or a list of lists.
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    pub(crate) result: Option<String>,
    /// The body of a web answer.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) body: Option<String>,
    /// What part of the body is the value.
    #[arg(long, value_name = "PATH", default_value = "{$}")]
    pub(crate) json_path: String,
    /// The status of the web answer.
    #[arg(long, value_name = "CODE", default_value_t = 200)]
    pub(crate) status: u16,
    /// successCondition.
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true)]
    pub(crate) success: Option<String>,
    /// failureCondition.
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true)]
    pub(crate) failure: Option<String>,
    /// Judge strictly, or as Argo Rollouts does.
    #[arg(long, value_name = "MODE", default_value = "strict")]
    pub(crate) compat: Compat,
    /// How to write the answer.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub(crate) output: CheckFormat,
}

/// What a provider gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResultKind {
    /// A Prometheus scalar.
    Scalar,
    /// A Prometheus instant vector.
    Vector,
    /// A Prometheus range.
    Matrix,
    /// A web answer.
    Web,
}

/// Options of `query`. A time is RFC 3339, seconds since 1970, or a duration after the start.
#[derive(Debug, Args)]
pub(crate) struct Query {
    /// File with the Fixture, or unit-test file of promtool, whose rules are not evaluated; `FILE#NAME`
    /// or `FILE#2` is one of several; `-` is standard input.
    #[arg(value_name = "FIXTURE")]
    pub(crate) fixture: PathBuf,
    /// PromQL.
    #[arg(value_name = "QUERY", required_unless_present = "serve")]
    pub(crate) query: Option<String>,
    /// When to ask: `2026-01-05T10:05:00Z`, seconds since 1970, or `5m` after the fixture's start;
    /// at the last sample unless said.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, conflicts_with = "from")]
    pub(crate) at: Option<String>,
    /// Ask a range that begins at this time.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, requires_all = ["to", "step"])]
    pub(crate) from: Option<String>,
    /// When the range ends.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, requires_all = ["from", "step"])]
    pub(crate) to: Option<String>,
    /// How far apart the times of the range are, e.g. `15s`.
    #[arg(long, value_name = "DURATION", value_parser = positive_duration,
        allow_hyphen_values = true, requires_all = ["from", "to"])]
    pub(crate) step: Option<Duration>,
    /// Be a Prometheus with these series at this address until Ctrl-C; a query without a time is
    /// answered as of the last sample, not of now. Port 0 is any free one.
    #[arg(long, value_name = "ADDR", conflicts_with_all = ["query", "at", "from", "to", "step"])]
    pub(crate) serve: Option<SocketAddr>,
    /// Whose semantics: those of Prometheus 2 or 3, which differ at the edge of a window.
    #[arg(long, value_name = "VERSION", default_value = "3")]
    pub(crate) promql: PromqlVersion,
    /// How to write the answer.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub(crate) output: QueryFormat,
}

/// Whose PromQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PromqlVersion {
    /// A window has both of its ends.
    #[value(name = "2")]
    Two,
    /// A window is without its beginning.
    #[value(name = "3")]
    Three,
}

impl From<PromqlVersion> for Dialect {
    fn from(version: PromqlVersion) -> Self {
        match version {
            PromqlVersion::Two => Self::Prometheus2,
            PromqlVersion::Three => Self::Prometheus3,
        }
    }
}

/// How the answer of a query is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum QueryFormat {
    /// For people: a line an element.
    Table,
    /// The `data` of Prometheus's HTTP API.
    Json,
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The code, whole or its last part, or `exit-codes`; without one, every code is listed.
    pub(crate) code: Option<String>,
}

/// Options of `schema`.
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Whose schema.
    #[arg(long, value_name = "WHAT", default_value = "templates")]
    pub(crate) of: SchemaOf,
}

/// Whose schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// The YAML files: templates, runs, fixtures.
    Templates,
    /// What `-o json` of `dry-run` and `run` writes.
    Report,
}

/// A Go duration greater than zero.
fn positive_duration(text: &str) -> Result<Duration, String> {
    let duration = duration::parse(text).map_err(|error| error.to_string())?;
    match Duration::try_from(duration) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        Ok(_) | Err(_) => Err(String::from("write a duration above zero, for example `30m`")),
    }
}
