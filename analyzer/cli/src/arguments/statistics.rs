//! Options of the commands that only compute: `judge`, `plan`, `simulate`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::positive_duration;

/// What stands below the help of `judge`.
pub(super) const JUDGE_EXAMPLES: &str = "Example:\n  assay judge request.json --strict -o json\n\n\
FILE holds what Kayenta's judge endpoint takes: `canaryConfig`, `metricSetPairList` and \
`scoreThresholds`.\nExit codes: 0 pass (promote), 10 fail (abort), 11 marginal (hold), 2 a file that \
cannot be judged.";

/// What stands below the help of `plan`.
pub(super) const PLAN_EXAMPLES: &str = "Examples:\n  assay plan --rate 50 --weight 5%\n  assay plan \
--rate 1000 --weight 25% --error-rate 0.1% --effect 2 --within 10m --simulate 500\n  assay plan \
templates/canary-error-rate.yaml --arg selector='app=\"checkout\"' --weight 5% \\\n    --prometheus \
http://127.0.0.1:9090";

/// What stands below the help of `simulate`.
pub(super) const SIMULATE_EXAMPLES: &str = "Examples:\n  assay simulate --quick\n  assay simulate \
--scenario E2 --scenario 'E6 per pod x1' --replications 2000 -o markdown\n\nExit codes: 0 every bar \
is met, 1 one is missed, 2 wrong usage.";

/// Options of `judge`.
#[derive(Debug, Args)]
pub(crate) struct Judge {
    /// File with the JSON of a judge request; `-` is standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Close the holes of Kayenta's judge: blind is never a pass, and a faulty configuration is
    /// refused.
    #[arg(long)]
    pub(crate) strict: bool,
    /// How to write the result.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub(crate) output: ReportFormat,
}

/// How the result of `judge` is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people: metrics, groups, score, verdict.
    Table,
    /// Kayenta's `CanaryJudgeResult`, with what assay says about it beside.
    Json,
    /// The same as YAML.
    Yaml,
    /// For a job summary.
    Markdown,
}

/// Options of `plan`.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// Files with AnalysisTemplates, whose criteria on counts are planned with their own settings; `-` is
    /// standard input. Without one, a criterion is planned that the options describe.
    #[arg(value_name = "TEMPLATE")]
    pub(crate) templates: Vec<PathBuf>,
    /// Plan this template only, of those in the files; repeat for several that go together.
    #[arg(short = 't', long = "template", value_name = "NAME", requires = "templates")]
    pub(crate) roots: Vec<String>,
    /// Value of an argument; also from ASSAY_ARG_<NAME> (upper case, `-` as `_`).
    #[arg(short = 'a', long = "arg", value_name = "NAME=VALUE", requires = "templates")]
    pub(crate) args: Vec<String>,
    /// YAML or JSON file with a map of arguments.
    #[arg(long = "arg-file", value_name = "FILE", requires = "templates")]
    pub(crate) arg_files: Vec<PathBuf>,
    /// Directory with secrets as Kubernetes mounts them: DIR/<secret name>/<key>.
    #[arg(long, value_name = "DIR", requires = "templates")]
    pub(crate) secrets: Option<PathBuf>,
    /// Learn traffic, errors and noise from this Prometheus, by the queries of the template.
    #[arg(long, value_name = "URL", requires = "templates")]
    pub(crate) prometheus: Option<String>,
    /// Learn them from the series of a Fixture, up to its last sample.
    #[arg(long, value_name = "FILE", requires = "templates", conflicts_with = "prometheus")]
    pub(crate) fixture: Option<PathBuf>,
    /// How long to look back for that.
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = positive_duration,
        allow_hyphen_values = true)]
    pub(crate) since: Duration,
    /// Requests per second to canary and baseline together. Of a template: what was seen, or what its
    /// `compare.traffic` states, unless said.
    #[arg(
        long,
        value_name = "REQUESTS/S",
        allow_hyphen_values = true,
        required_unless_present = "templates"
    )]
    pub(crate) rate: Option<f64>,
    /// The canary's part of them: `5%` or `0.05`. Of a template as --rate.
    #[arg(
        long,
        value_name = "SHARE",
        allow_hyphen_values = true,
        required_unless_present = "templates"
    )]
    pub(crate) weight: Option<Part>,
    /// The part of the baseline's requests that fail: 0.5% unless said, seen or stated.
    #[arg(long, visible_alias = "errors", value_name = "SHARE", allow_hyphen_values = true)]
    pub(crate) error_rate: Option<Part>,
    /// The part of the baseline's requests that are slower than `above`, for `latency` of a template.
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true, requires = "templates")]
    pub(crate) slow: Option<Part>,
    /// How often per second a counter counts in both versions together, for `counts` of a template.
    #[arg(long, value_name = "EVENTS/S", allow_hyphen_values = true, requires = "templates")]
    pub(crate) events: Option<f64>,
    /// Noise beyond that of independent requests, as a factor of the variance: 5 means that errors
    /// come as if in bunches of five. 1 unless said or seen.
    #[arg(long, value_name = "FACTOR", allow_hyphen_values = true)]
    pub(crate) dispersion: Option<f64>,
    /// Pods of the baseline, for --simulate; the canary's pods carry as much each.
    #[arg(long, value_name = "K", default_value = "19")]
    pub(crate) pods: NonZeroUsize,
    /// The tolerated chance to abort a healthy canary.
    #[arg(
        long,
        conflicts_with = "templates",
        value_name = "SHARE",
        default_value = "5%",
        allow_hyphen_values = true
    )]
    pub(crate) alpha: Part,
    /// How far looks are apart.
    #[arg(long, conflicts_with = "templates", value_name = "DURATION", default_value = "30s", value_parser = positive_duration,
        allow_hyphen_values = true)]
    pub(crate) interval: Duration,
    /// How much more the canary may fail: `10%` of the baseline's rate.
    #[arg(
        long,
        conflicts_with = "templates",
        value_name = "PART",
        default_value = "10%",
        allow_hyphen_values = true
    )]
    pub(crate) margin: Part,
    /// How long the pause is.
    #[arg(long, conflicts_with = "templates", value_name = "DURATION", default_value = "30m", value_parser = positive_duration,
        allow_hyphen_values = true)]
    pub(crate) within: Duration,
    /// How many times as often the canary fails, besides 1.25, 1.5, 2, 3 and 5; repeat for several.
    #[arg(long = "effect", value_name = "RATIO", allow_hyphen_values = true)]
    pub(crate) effects: Vec<f64>,
    /// Simulate this many rollouts of each effect, and print what they show beside the formula.
    #[arg(long, value_name = "N")]
    pub(crate) simulate: Option<u32>,
    /// The seed of --simulate: the same seed gives the same figures.
    #[arg(long, value_name = "SEED", default_value_t = 20_261_121)]
    pub(crate) seed: u64,
    /// How to write the plan.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub(crate) output: PlanFormat,
}

/// How the results of `plan` and `simulate` are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// For people.
    Table,
    /// One JSON object.
    Json,
    /// For a job summary.
    Markdown,
}

/// Options of `simulate`.
#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// Few scenarios and few replications, for CI. Below 2000 replications bars get slack: three
    /// standard errors, or two looks.
    #[arg(long)]
    pub(crate) quick: bool,
    /// The laws of noise that the judge was not tuned on as well.
    #[arg(long)]
    pub(crate) held_out: bool,
    /// Only this scenario, e.g. `E2` or `'E2 x2'`; repeat for several.
    #[arg(long = "scenario", value_name = "ID")]
    pub(crate) scenarios: Vec<String>,
    /// Rollouts of each scenario; 2000 unless said, 100 with --quick.
    #[arg(long, value_name = "N")]
    pub(crate) replications: Option<u32>,
    /// The same seed gives the same figures, to the last digit, with any number of threads.
    #[arg(long, value_name = "SEED", default_value_t = 20_261_121)]
    pub(crate) seed: u64,
    /// Threads to use; as many as there are processors unless said.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// How to write the table.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub(crate) output: PlanFormat,
}

/// A part of a whole, from 0 up: `5%` or `0.05`, never 5.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Part(pub(crate) f64);

impl std::str::FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (digits, unit) = match text.trim().strip_suffix('%') {
            Some(digits) => (digits.trim_end(), 100.0),
            None => (text.trim(), 1.0),
        };
        let plain = |char: char| char.is_ascii_digit() || matches!(char, '.' | 'e' | 'E' | '-');
        let number = Some(digits).filter(|digits| digits.chars().all(plain));
        let part = number.and_then(|digits| digits.parse::<f64>().ok()).map(|part| part / unit);
        match part {
            Some(part) if (0.0..=1.0).contains(&part) => Ok(Self(part)),
            Some(part) if unit <= 1.0 && 1.0 < part && part <= 100.0 => {
                Err(format!("write `{digits}%` for {digits} percent, or a share between 0 and 1"))
            }
            Some(_) | None => Err(String::from("write a share such as `5%` or `0.05`, up to 100%")),
        }
    }
}
