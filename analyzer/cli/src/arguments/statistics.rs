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
--rate 1000 --weight 25% --error-rate 0.1% --effect 2 --within 10m --simulate 500";

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
    /// Requests per second to canary and baseline together.
    #[arg(long, value_name = "REQUESTS/S", allow_hyphen_values = true)]
    pub(crate) rate: f64,
    /// The canary's part of them: `5%` or `0.05`.
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true)]
    pub(crate) weight: Part,
    /// The part of the baseline's requests that fail.
    #[arg(long, value_name = "SHARE", default_value = "0.5%", allow_hyphen_values = true)]
    pub(crate) error_rate: Part,
    /// Noise beyond that of independent requests, as a factor of the variance: 5 means that errors
    /// come as if in bunches of five.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, allow_hyphen_values = true)]
    pub(crate) dispersion: f64,
    /// Pods of the baseline, for --simulate; the canary's pods carry as much each.
    #[arg(long, value_name = "K", default_value = "19")]
    pub(crate) pods: NonZeroUsize,
    /// The tolerated chance to abort a healthy canary.
    #[arg(long, value_name = "SHARE", default_value = "5%", allow_hyphen_values = true)]
    pub(crate) alpha: Part,
    /// How far looks are apart.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = positive_duration,
        allow_hyphen_values = true)]
    pub(crate) interval: Duration,
    /// How much more the canary may fail: `10%` of the baseline's rate.
    #[arg(long, value_name = "PART", default_value = "10%", allow_hyphen_values = true)]
    pub(crate) margin: Part,
    /// How long the pause is.
    #[arg(long, value_name = "DURATION", default_value = "30m", value_parser = positive_duration,
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
