//! The plans of a template's criteria for people and programs.

use std::fmt::Write;
use std::time::Duration;

use assay_run::compare::observed::{ArmObserved, Observed};
use assay_stats::comparison::Direction;
use assay_stats::level::Ratio;
use assay_template::duration::format_unsigned;
use assay_template::plan::compare::{Limit, Sequential, Statistic};
use assay_template::plan::level::Level;
use assay_template::plan::power::Power;
use assay_template::plan::{MetricPlan, Plan};
use serde::Serialize;

use super::planning::Planned as PlannedFigures;
use super::sentence::Fit;
use super::simulated::{Runs, Simulated};
use super::table::{
    Effect, Figures, RULE_OF_THUMB, Simulation, Smallest, markdown, percent, plain, rounded, short,
    tables, times,
};

/// The plans as they are written.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Criteria {
    template: String,
    /// The level that all criteria share.
    alpha: f64,
    max_duration: String,
    /// How long was looked back; absent where nobody was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    metrics: Vec<One>,
    /// Metrics that cannot be planned.
    left_out: Vec<LeftOut>,
    rule_of_thumb: &'static str,
    #[serde(skip)]
    max: Duration,
}

/// A metric that cannot be planned.
#[derive(Debug, Serialize)]
struct LeftOut {
    metric: String,
    why: String,
}

/// One criterion.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct One {
    metric: String,
    criterion: &'static str,
    /// What was seen of its service; absent where nobody was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<SeenOf>,
    /// Requests per second to both versions together; 1 where only events are known.
    requests_per_second: f64,
    canary_share: f64,
    /// Events a request in the baseline.
    rate: f64,
    canary_events_per_minute: f64,
    dispersion: f64,
    /// Its part of the level.
    alpha: f64,
    /// The evidence it needs.
    needed: f64,
    /// The ratio that is tolerated, what is granted to the draw of pods included.
    allowed: f64,
    interval: String,
    /// Nothing that is counted before this counts.
    lead: String,
    /// The smallest ratio that the template wants to be found.
    effect: f64,
    effects: Vec<Effect>,
    smallest: Vec<Smallest>,
    /// When the template's own effect is found in 4 of 5 rollouts; null when it never is.
    effect_minutes: Option<f64>,
    is_enough: bool,
    /// The canary's share that would be enough; null where this one is, or none is.
    weight_needed: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    simulation: Option<Simulation>,
    sentence: String,
    #[serde(skip)]
    words: Words,
}

/// What is counted, in words.
#[derive(Clone, Copy, Debug)]
struct Words {
    head: &'static str,
    change: &'static str,
    events: &'static str,
    by_requests: bool,
}

/// What was seen.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SeenOf {
    seconds: f64,
    baseline: ArmOf,
    canary: Option<ArmOf>,
    noise: f64,
    approximate: bool,
    pod_spread: f64,
    /// The bucket bound that is counted above.
    #[serde(skip_serializing_if = "Option::is_none")]
    bound: Option<f64>,
}

/// What was seen of an arm.
#[derive(Debug, Serialize)]
struct ArmOf {
    pods: usize,
    events: u64,
    exposure: f64,
}

/// A criterion that was planned.
pub(super) struct Planned<'a> {
    pub(super) metric: &'a MetricPlan,
    pub(super) power: &'a Power,
    pub(super) level: Level,
    pub(super) effect: Ratio,
    pub(super) figures: &'a PlannedFigures,
    pub(super) seen: Option<&'a Observed>,
    pub(super) simulated: Option<(Runs, &'a [Simulated])>,
}

impl Criteria {
    /// No criterion yet of `plan`, for which was looked back so far.
    pub(super) fn new(plan: &Plan, common: &Sequential, since: Option<Duration>) -> Self {
        Self {
            template: plan.name.clone(),
            alpha: common.alpha.share(),
            max_duration: format_unsigned(common.max_duration),
            since: since.map(format_unsigned),
            metrics: Vec::new(),
            left_out: Vec::new(),
            rule_of_thumb: RULE_OF_THUMB,
            max: common.max_duration,
        }
    }

    pub(super) fn add(&mut self, planned: &Planned<'_>) {
        let Planned { metric, power, effect, figures, .. } = planned;
        let Some(comparison) = metric.comparison() else { return };
        let fit = Fit::of(power, *effect);
        let one = One {
            metric: metric.name.clone(),
            criterion: comparison.statistic.key(),
            seen: planned.seen.map(SeenOf::of),
            requests_per_second: rounded(power.traffic.requests_per_second),
            canary_share: rounded(power.traffic.canary_share),
            rate: power.traffic.rate,
            canary_events_per_minute: rounded(figures.errors_per_minute),
            dispersion: rounded(power.traffic.noise.get()),
            alpha: rounded(planned.level.alpha.share()),
            needed: rounded(power.log_needed(power.pace.last).exp()),
            allowed: rounded(power.tested.allowed.get()),
            interval: format_unsigned(power.pace.interval),
            lead: format_unsigned(power.pace.lead),
            effect: effect.get(),
            effects: figures.effects.iter().map(Effect::of).collect(),
            smallest: figures.smallest.iter().map(Smallest::of).collect(),
            effect_minutes: fit.minutes,
            is_enough: fit.is_enough,
            weight_needed: fit.weight_needed,
            simulation: planned.simulated.map(|(runs, found)| Simulation::of(power, runs, found)),
            sentence: fit.sentence(&metric.name, (power, *effect), self.max),
            words: Words::of(&comparison.statistic),
        };
        self.metrics.push(one);
    }

    pub(super) fn leave_out(&mut self, metric: &MetricPlan, why: String) {
        self.left_out.push(LeftOut { metric: metric.name.clone(), why });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.metrics.is_empty()
    }

    /// The metrics that are left out, with why.
    pub(super) fn left_out(&self) -> String {
        let one = |left_out: &LeftOut| format!("metric `{}`: {}", left_out.metric, left_out.why);
        self.left_out.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    /// As plain text.
    pub(super) fn table(&self) -> String {
        self.written("", plain)
    }

    /// As Markdown.
    pub(super) fn markdown(&self) -> String {
        self.written("### ", markdown)
    }

    fn written(&self, head: &str, tables_as: fn(&mut String, &[super::table::Table])) -> String {
        let mut out = String::new();
        for one in &self.metrics {
            let _ = writeln!(out, "{head}{}\n", one.title());
            if let (Some(seen), Some(since)) = (&one.seen, &self.since) {
                let _ = writeln!(out, "{}", seen.sentence(&one.words, since));
            }
            let _ = writeln!(out, "{}", one.summary());
            tables_as(&mut out, &one.tables(&self.max_duration));
            out.push('\n');
        }
        for left_out in &self.left_out {
            let _ = writeln!(out, "{}: not planned: {}", left_out.metric, left_out.why);
        }
        for one in &self.metrics {
            let _ = writeln!(out, "{}", one.sentence);
        }
        let _ = writeln!(out, "\n{}", self.rule_of_thumb);
        out
    }
}

impl One {
    fn title(&self) -> String {
        format!("{} ({})", self.metric, self.criterion)
    }

    fn summary(&self) -> String {
        let traffic = if self.words.by_requests {
            format!(
                "{} requests/s, {} of them to the canary; {} of {}, which gives the canary {}/min",
                short(self.requests_per_second),
                percent(self.canary_share),
                percent(self.rate),
                self.words.events,
                short(self.canary_events_per_minute),
            )
        } else {
            format!(
                "{} {}/s, {} of them at the canary, which is {}/min",
                short(self.requests_per_second * self.rate),
                self.words.events,
                percent(self.canary_share),
                short(self.canary_events_per_minute),
            )
        };
        format!(
            "{traffic}. Noise factor {}, {} tolerated, {} false aborts, evidence needed {}, a look \
             each {} from {} on.",
            short(self.dispersion),
            times(self.allowed),
            percent(self.alpha),
            tenth(self.needed),
            self.interval,
            self.lead,
        )
    }

    fn tables(&self, within: &str) -> Vec<super::table::Table> {
        tables(&Figures {
            head: self.words.head,
            change: self.words.change,
            within,
            effects: &self.effects,
            smallest: &self.smallest,
            simulation: self.simulation.as_ref(),
        })
    }
}

impl Words {
    fn of(statistic: &Statistic) -> Self {
        match statistic {
            Statistic::Latency { .. } => Self {
                head: "slow requests",
                change: "increase",
                events: "the baseline's requests are slow",
                by_requests: true,
            },
            Statistic::Counts { direction, .. } => Self {
                head: match direction {
                    Direction::Decrease => "fewer events",
                    Direction::Increase => "more events",
                    Direction::Both => "more or fewer",
                },
                change: match direction {
                    Direction::Decrease => "decrease",
                    Direction::Increase => "increase",
                    Direction::Both => "change",
                },
                events: "events",
                by_requests: false,
            },
            Statistic::Limit(Limit::Share { .. }) => Self {
                head: "of the limit",
                change: "increase",
                events: "the requests may fail",
                by_requests: true,
            },
            Statistic::ErrorRate { .. }
            | Statistic::Gauge { .. }
            | Statistic::Limit(Limit::AtMost(_) | Limit::AtLeast(_))
            | Statistic::TrafficShare { .. }
            | Statistic::Classic { .. } => Self {
                head: "canary fails",
                change: "increase",
                events: "the baseline's requests fail",
                by_requests: true,
            },
        }
    }
}

impl SeenOf {
    fn of(seen: &Observed) -> Self {
        Self {
            seconds: seen.seconds,
            baseline: ArmOf::of(&seen.baseline),
            canary: seen.canary.as_ref().map(ArmOf::of),
            noise: rounded(seen.noise),
            approximate: seen.approximate,
            pod_spread: rounded(seen.spread),
            bound: seen.bound,
        }
    }

    fn sentence(&self, words: &Words, since: &str) -> String {
        let arm = |arm: &ArmOf| {
            let of = if words.by_requests {
                format!(" of {} requests", short(arm.exposure.round()))
            } else {
                String::new()
            };
            let pods = if arm.pods == 1 { "pod" } else { "pods" };
            format!("{} events{of} at {} {pods}", arm.events, arm.pods)
        };
        let canary = self.canary.as_ref().map_or_else(|| String::from("nothing"), arm);
        let bound = self.bound.map(|bound| format!(" above {bound}")).unwrap_or_default();
        let noise = if self.approximate { "; the noise could not be measured on pods" } else { "" };
        format!(
            "Seen in the last {since}: baseline {}{bound}, canary {canary}; pods differ by {}{noise}.",
            arm(&self.baseline),
            percent(self.pod_spread),
        )
    }
}

impl ArmOf {
    fn of(seen: &ArmObserved) -> Self {
        Self { pods: seen.pods, events: seen.events, exposure: seen.exposure }
    }
}

/// One decimal at most.
fn tenth(value: f64) -> String {
    ((10.0 * value).round() / 10.0).to_string()
}
