//! The seven criteria as one: which counters they read, and what they make of a look.

use assay_stats::comparison::{
    Direction, GaugeScale, GaugeSettings, LatencySettings, TrafficShare, TrafficShareState,
};
use assay_stats::counter::Increments;
use assay_stats::kayenta::Mode;
use assay_stats::kayenta::classify::{self, Class, MetricSettings, classify};
use assay_stats::level::{Alpha, Share as StatsShare};
use assay_stats::look::Arm;
use assay_template::plan::compare::{
    Arm as Side, Comparison, Exposure, Limit, Scale, Statistic, Tail,
};
use assay_template::plan::level::Level;

use crate::compare::engine::{Counts, Standing};
use crate::compare::gauge::{self, Gauge};
use crate::compare::latency::{Bounds, Latency};
use crate::compare::limit::Share;
use crate::compare::split::{Row, present};

/// What a criterion makes of its looks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Evidence {
    Counts(Box<Counts>),
    Latency(Box<Latency>),
    Gauge(Box<Gauge>),
    Share(Box<Share>),
    Level(Box<gauge::Level>),
    Traffic(Box<Traffic>),
    Classic(Box<Classic>),
}

/// The canary's share of the traffic.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Traffic {
    pub(crate) state: TrafficShareState,
    pub(crate) requests: (u64, u64),
    looks: u64,
    usable: u64,
}

/// The values that Kayenta's judge is given at the end.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Classic {
    pub(crate) canary: Vec<f64>,
    pub(crate) baseline: Vec<f64>,
    looks: u64,
}

/// What is known of the baseline before the run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct History {
    /// What its pods counted, interval by interval.
    pub(crate) counted: Vec<Increments>,
    /// What its pods showed, one list a pod.
    pub(crate) levels: Vec<Vec<f64>>,
}

/// One look at both arms.
#[derive(Clone, Debug)]
pub(crate) enum Look<'r, 'a> {
    /// What every pod counted since the look before, over so many seconds.
    Counted { gained: Increments, seconds: f64 },
    /// What every pod shows at an instant.
    Shown { rows: &'r [Row<'a>], instant: usize },
}

/// How the counters of a statistic are read; none for gauges.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Channels {
    /// The parts in their order.
    Parts(usize),
    /// A histogram.
    Buckets(Bounds),
}

impl Channels {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Parts(parts) => *parts,
            Self::Buckets(bounds) => bounds.len(),
        }
    }

    pub(crate) fn of(&self, row: &Row<'_>) -> Option<usize> {
        match self {
            Self::Parts(_) => Some(row.part),
            Self::Buckets(bounds) => bounds.channel(row),
        }
    }
}

/// How the counters of `statistic` are read; an error says, as a clause, why they cannot be, and none
/// means that it reads no counters.
pub(crate) fn channels(
    statistic: &Statistic,
    rows: &[Row<'_>],
) -> Result<Option<Channels>, &'static str> {
    match statistic {
        Statistic::ErrorRate { .. }
        | Statistic::Counts { .. }
        | Statistic::Limit(Limit::Share { .. })
        | Statistic::TrafficShare { .. } => Ok(Some(Channels::Parts(statistic.parts().len()))),
        Statistic::Latency { tail, .. } => {
            let common = Bounds::common(rows).ok_or(
                "its series have no bucket bounds in common (a label `le` on each, `+Inf` among them)",
            )?;
            let bounds = match tail {
                Tail::Quantile(_) => Some(common),
                Tail::Above(bound) => common.only(*bound),
            };
            let bounds = bounds.ok_or("`above` is no bucket bound of all its series")?;
            Ok(Some(Channels::Buckets(bounds)))
        }
        Statistic::Gauge { .. }
        | Statistic::Limit(Limit::AtMost(_) | Limit::AtLeast(_))
        | Statistic::Classic { .. } => Ok(None),
    }
}

/// The exposure of canary and baseline at a look.
pub(crate) fn exposures(comparison: &Comparison, look: &Look<'_, '_>) -> (f64, f64) {
    let Look::Counted { gained, seconds } = look else { return (0.0, 0.0) };
    let last = |pods: &[Vec<f64>]| pods.iter().filter_map(|pod| pod.last()).sum::<f64>();
    match &comparison.statistic {
        Statistic::Counts { exposure: Exposure::Weight { canary }, .. } => {
            (seconds * canary.get(), seconds * (1.0 - canary.get()))
        }
        // Requests are the last part, and the last bucket.
        Statistic::ErrorRate { .. }
        | Statistic::Counts { exposure: Exposure::Requests, .. }
        | Statistic::Latency { .. }
        | Statistic::Gauge { .. }
        | Statistic::Limit(_)
        | Statistic::TrafficShare { .. }
        | Statistic::Classic { .. } => (last(&gained.canary), last(&gained.baseline)),
    }
}

impl Evidence {
    /// Ready for the first look. An error says, as a clause, why it can never be.
    pub(crate) fn new(
        comparison: &Comparison,
        level: Level,
        channels: Option<&Channels>,
        history: &History,
        canary_pods: usize,
    ) -> Result<Self, String> {
        let counted = |of: fn(&Increments) -> Vec<Arm>| -> Vec<Vec<Arm>> {
            history.counted.iter().map(of).collect()
        };
        let rates = || counted(|it| it.counts().baseline);
        Ok(match &comparison.statistic {
            Statistic::ErrorRate { .. } => {
                let settings = level.count_settings(&comparison.statistic);
                Self::Counts(Box::new(Counts::new(settings, &level, &rates(), canary_pods)))
            }
            Statistic::Counts { exposure, .. } => {
                let settings = level.count_settings(&comparison.statistic);
                let history = match exposure {
                    Exposure::Requests => rates(),
                    // Before the run the baseline had all the traffic.
                    Exposure::Weight { .. } => {
                        let seconds = comparison.interval.as_secs_f64();
                        let over = |it: &Increments| it.counts_over(seconds, seconds).baseline;
                        history.counted.iter().map(over).collect()
                    }
                };
                Self::Counts(Box::new(Counts::new(settings, &level, &history, canary_pods)))
            }
            Statistic::Latency { tail, requests_min, .. } => {
                let Some(Channels::Buckets(bounds)) = channels else {
                    return Err(String::from("its buckets are not known"));
                };
                latency(comparison, level, *tail, *requests_min, bounds, history, canary_pods)?
            }
            Statistic::Gauge { scale, looks_min } => {
                let settings = GaugeSettings {
                    scale: match *scale {
                        Scale::Ratio { allowed, rule_out } => {
                            GaugeScale::Logs { allowed, rule_out }
                        }
                        Scale::Difference { allowed, rule_out } => {
                            GaugeScale::Plain { allowed, rule_out }
                        }
                    },
                    alpha: level.alpha,
                    beta: level.beta,
                    looks: Some(level.looks),
                };
                let gauge = Gauge::new(settings, *looks_min, &history.levels, canary_pods);
                Self::Gauge(Box::new(gauge))
            }
            Statistic::Limit(Limit::Share { at_most, effect, requests_min }) => {
                let share = Share::new(*at_most, *effect, *requests_min, level, &rates());
                Self::Share(Box::new(share.ok_or("its limit is out of range")?))
            }
            Statistic::Limit(limit @ (Limit::AtMost(value) | Limit::AtLeast(value))) => {
                let limit = (*value, matches!(limit, Limit::AtLeast(_)));
                let (alpha, looks) = (level.alpha, Some(level.looks));
                let level = gauge::Level::new(limit, alpha, looks, &history.levels, canary_pods);
                Self::Level(Box::new(level))
            }
            Statistic::TrafficShare { .. } => Self::Traffic(Box::default()),
            Statistic::Classic { .. } => Self::Classic(Box::default()),
        })
    }

    /// Takes a look.
    pub(crate) fn look(&mut self, comparison: &Comparison, look: &Look<'_, '_>) {
        match look {
            Look::Counted { gained, seconds } => self.count(comparison, gained, *seconds),
            Look::Shown { rows, instant } => self.show(rows, *instant),
        }
    }

    fn count(&mut self, comparison: &Comparison, gained: &Increments, seconds: f64) {
        match self {
            Self::Counts(counts) => {
                let pods = match &comparison.statistic {
                    Statistic::Counts { exposure: Exposure::Weight { canary }, .. } => {
                        let canary = canary.get();
                        gained.counts_over(seconds * canary, seconds * (1.0 - canary))
                    }
                    Statistic::Latency { tail: Tail::Above(_), .. } => above(gained),
                    Statistic::ErrorRate { .. }
                    | Statistic::Counts { exposure: Exposure::Requests, .. }
                    | Statistic::Latency { tail: Tail::Quantile(_), .. }
                    | Statistic::Gauge { .. }
                    | Statistic::Limit(_)
                    | Statistic::TrafficShare { .. }
                    | Statistic::Classic { .. } => gained.counts(),
                };
                counts.look(&pods.canary, &pods.baseline);
            }
            Self::Latency(latency) => latency.look(gained),
            Self::Share(share) => {
                let pods = gained.counts();
                share.look(&pods.canary, &pods.baseline);
            }
            Self::Traffic(traffic) => {
                if let Statistic::TrafficShare { expected } = &comparison.statistic {
                    traffic.look(gained, *expected);
                }
            }
            Self::Gauge(_) | Self::Level(_) | Self::Classic(_) => {}
        }
    }

    fn show(&mut self, rows: &[Row<'_>], instant: usize) {
        let of = |arm: Side| -> Vec<f64> {
            gauge::levels(rows, arm, instant).into_iter().map(|(_, level)| level).collect()
        };
        match self {
            Self::Gauge(gauge) => gauge.look(&of(Side::Canary), &of(Side::Baseline)),
            Self::Level(level) => level.look(&of(Side::Canary)),
            Self::Classic(classic) => classic.look(rows, instant),
            Self::Counts(_) | Self::Latency(_) | Self::Share(_) | Self::Traffic(_) => {}
        }
    }

    /// Where it stands; none before anything can be said.
    pub(crate) fn standing(&self) -> Option<Standing> {
        match self {
            Self::Counts(counts) => Some(counts.standing()),
            Self::Latency(latency) => latency.standing(),
            Self::Gauge(gauge) => Some(gauge.standing()),
            Self::Share(share) => Some(share.standing()),
            Self::Level(level) => Some(level.standing()),
            Self::Traffic(_) | Self::Classic(_) => None,
        }
    }

    /// Looks so far, and how many of them had data.
    pub(crate) fn looks(&self) -> (u64, u64) {
        match self {
            Self::Traffic(traffic) => (traffic.looks, traffic.usable),
            Self::Classic(classic) => {
                let least = classic.canary.len().min(classic.baseline.len());
                (classic.looks, u64::try_from(least).unwrap_or(u64::MAX))
            }
            Self::Counts(_)
            | Self::Latency(_)
            | Self::Gauge(_)
            | Self::Share(_)
            | Self::Level(_) => self.standing().map_or((0, 0), |it| (it.looks, it.usable)),
        }
    }

    /// Pods of canary and baseline at the newest look.
    pub(crate) fn pods(&self) -> (usize, usize) {
        match self {
            Self::Counts(counts) => counts.pods,
            Self::Latency(latency) => latency.pods,
            Self::Gauge(gauge) => gauge.pods,
            Self::Share(share) => share.pods,
            Self::Level(level) => level.pods,
            Self::Traffic(_) | Self::Classic(_) => (0, 0),
        }
    }
}

/// A histogram's requests above one bound: counter 0 of a pod is that bound, the last one all.
fn above(gained: &Increments) -> assay_stats::counter::PodLook {
    let (canary, baseline) = gained.above(&[0]);
    let flat = |pods: Vec<Vec<Arm>>| pods.into_iter().flatten().collect();
    assay_stats::counter::PodLook { canary: flat(canary), baseline: flat(baseline) }
}

fn latency(
    comparison: &Comparison,
    level: Level,
    tail: Tail,
    requests_min: f64,
    bounds: &Bounds,
    history: &History,
    canary_pods: usize,
) -> Result<Evidence, String> {
    let settings = level.count_settings(&comparison.statistic);
    Ok(match tail {
        Tail::Quantile(quantile) => {
            let settings = LatencySettings {
                quantile,
                slower: settings.allowed,
                effect: settings.effect,
                alpha: settings.alpha,
                rule_out: settings.rule_out,
                beta: settings.beta,
                boundary: settings.boundary,
                looks: settings.looks,
            };
            let latency =
                Latency::new(settings, level, requests_min, bounds.clone(), &history.counted);
            Evidence::Latency(Box::new(latency))
        }
        Tail::Above(_) => {
            let history: Vec<Vec<Arm>> =
                history.counted.iter().map(|it| above(it).baseline).collect();
            Evidence::Counts(Box::new(Counts::new(settings, &level, &history, canary_pods)))
        }
    })
}

/// The canary's share of the traffic and what it should be, where chance does not explain that they differ.
pub(crate) fn suspicious_share(comparison: &Comparison, evidence: &Evidence) -> Option<(f64, f64)> {
    let (Statistic::TrafficShare { expected }, Evidence::Traffic(traffic)) =
        (&comparison.statistic, evidence)
    else {
        return None;
    };
    let (share, _) = traffic.state.interval(Alpha::ONE_IN_TWENTY)?;
    traffic.state.is_suspicious().then_some((share, expected.get()))
}

impl Traffic {
    fn look(&mut self, gained: &Increments, expected: StatsShare) {
        let counted = gained.counts_over(1.0, 1.0);
        let (canary, baseline) =
            (Arm::sum(&counted.canary).events(), Arm::sum(&counted.baseline).events());
        self.looks = self.looks.saturating_add(1);
        self.usable = self.usable.saturating_add(u64::from(0 < canary.saturating_add(baseline)));
        self.requests.0 = self.requests.0.saturating_add(canary);
        self.requests.1 = self.requests.1.saturating_add(baseline);
        self.state = TrafficShare.step(std::mem::take(&mut self.state), canary, baseline, expected);
    }
}

impl Classic {
    fn look(&mut self, rows: &[Row<'_>], instant: usize) {
        self.looks = self.looks.saturating_add(1);
        let mean = |arm: Side| {
            let values: Vec<f64> = present(rows, arm, instant).map(|(_, value)| value).collect();
            let count = values.iter().fold(0.0, |count, _| count + 1.0);
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / count)
        };
        self.canary.extend(mean(Side::Canary));
        self.baseline.extend(mean(Side::Baseline));
    }

    /// What Kayenta's judge says to all values, without its holes.
    pub(crate) fn class(&self, comparison: &Comparison) -> Class {
        let mut settings = MetricSettings::named("classic");
        if let Statistic::Classic { confidence, tolerance, direction } = &comparison.statistic {
            settings.confidence = *confidence;
            settings.tolerance = *tolerance;
            settings.direction = match direction {
                Direction::Increase => classify::Direction::Increase,
                Direction::Decrease => classify::Direction::Decrease,
                Direction::Both => classify::Direction::Either,
            };
        }
        classify(&settings, &self.canary, &self.baseline, Mode::Strict).class
    }
}
