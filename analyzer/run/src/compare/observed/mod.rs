//! What a service was like before a rollout, as far as a criterion looks at it: for planning.
//!
//! Read from the same samples, by the same rules, as a run learns its noise from.

use assay_stats::comparison::noise::{self, Noise};
use assay_stats::counter::Increments;
use assay_stats::histogram::Histogram;
use assay_stats::level::Ratio;
use assay_stats::look::{Arm, Look};
use assay_stats::ratio::PodSpread;
use assay_template::plan::compare::{Arm as Side, Comparison, Exposure, Statistic, Tail};
use jiff::Timestamp;

use crate::compare::counters::Counters;
use crate::compare::latency::Bounds;
use crate::compare::split::{Row, present, rows};
use crate::compare::statistic::{Channels, channels};
use crate::reading::Samples;

/// How many standard deviations of the pods' differences are granted to the canary.
const SPREAD_Z: f64 = 1.0;

/// What was seen of both arms.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// From the first instant with both ends of an interval to the last, above 0.
    pub seconds: f64,
    /// What the rollout will be compared with.
    pub baseline: ArmObserved,
    /// The new version, if one was there.
    pub canary: Option<ArmObserved>,
    /// The canary's share of the requests of both arms while both were there; none if they never were,
    /// or nothing counts requests.
    pub canary_share: Option<f64>,
    /// Whether the baseline that was seen is the new version itself, which a constant is held against.
    pub is_alone: bool,
    /// The noise beyond independent requests (φ) that a run would discount at its first look.
    pub noise: f64,
    /// Whether that could not be measured on pods.
    pub approximate: bool,
    /// How much the baseline's pods differ for good: the standard deviation of their log rates (τ).
    pub spread: f64,
    /// The ratio that is granted to the draw of as many canary pods as were seen, or else of one.
    pub granted: Ratio,
    /// Of a latency: the bucket bound that is counted above.
    pub bound: Option<f64>,
    /// Of a latency around a quantile: the ratio of shares above the bound that `maxIncrease` comes to.
    pub slower: Option<Ratio>,
}

/// What was seen of one arm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ArmObserved {
    /// Pods that counted anything.
    pub pods: usize,
    /// Events, or requests above the bound of a latency.
    pub events: u64,
    /// Requests; seconds where a counter has no requests beside it.
    pub exposure: f64,
}

/// Why samples say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NothingSeen {
    /// No series of the baseline came.
    #[error("no series of the baseline came")]
    NoBaseline,
    /// They came, and none of them counted on.
    #[error("the series of the baseline did not count on")]
    NoTraffic,
    /// They cannot be read, for this reason, as a clause.
    #[error("{0}")]
    Unreadable(&'static str),
    /// The criterion is not on counts.
    #[error("the criterion is not on counts")]
    NotCounts,
}

/// What `samples` of a time before a rollout show to `comparison`.
///
/// # Errors
///
/// [`NothingSeen`] where there is nothing to plan with.
pub fn observed(comparison: &Comparison, samples: &Samples) -> Result<Observed, NothingSeen> {
    let statistic = &comparison.statistic;
    let rows = rows(comparison, samples);
    // A criterion without a baseline is about pods like those that are there.
    let of = |side: Side| -> Vec<Row<'_>> {
        let own = rows.iter().filter(|row| row.arm == side);
        own.map(|row| Row { arm: Side::Baseline, ..row.clone() }).collect()
    };
    let (mut baseline, mut canary) = (of(Side::Baseline), of(Side::Canary));
    let is_alone = baseline.is_empty() && !statistic.needs_baseline();
    if is_alone {
        std::mem::swap(&mut baseline, &mut canary);
    }
    if baseline.is_empty() {
        return Err(NothingSeen::NoBaseline);
    }
    let both: Vec<Row<'_>> = baseline.iter().chain(&canary).cloned().collect();
    let channels = channels(statistic, &both).map_err(NothingSeen::Unreadable)?;
    let channels = channels.ok_or(NothingSeen::NotCounts)?;
    let instants = samples.instants.len();
    let gained = gains(&baseline, &channels, instants);
    let own = gains(&canary, &channels, instants);
    let history: Vec<Increments> = gained.iter().flatten().cloned().collect();
    let counted = Counted::of(statistic, &channels, &history)?;
    let looks: Vec<Vec<Arm>> = history.iter().map(|gained| counted.look(gained)).collect();
    // Instants at which both arms counted.
    let both: Vec<Look> = gained
        .iter()
        .zip(&own)
        .filter_map(|(other, own)| {
            let sum = |gained: &Increments| Arm::sum(&counted.look(gained));
            Some(Look { canary: sum(own.as_ref()?), baseline: sum(other.as_ref()?) })
        })
        .filter(Look::is_usable)
        .collect();
    let own: Vec<Vec<Arm>> = own.iter().flatten().map(|gained| counted.look(gained)).collect();
    let (pods, spread) = noise::of_history(&looks);
    let seen = arm(&looks).ok_or(NothingSeen::NoTraffic)?;
    let canary = arm(&own);
    let (noise, approximate) = noise_of(Noise::new(pods), &looks, &both);
    let seconds = seconds(&samples.instants, &history);
    let by_time = matches!(statistic, Statistic::Counts { exposure: Exposure::Weight { .. }, .. });
    let timed = |arm: ArmObserved| {
        if by_time { ArmObserved { exposure: seconds, ..arm } } else { arm }
    };
    Ok(Observed {
        seconds,
        baseline: timed(seen),
        canary: canary.map(timed),
        canary_share: canary_share(&both),
        is_alone,
        noise,
        approximate,
        spread: spread.deviation(),
        granted: granted(spread, canary.map_or(1, |canary| canary.pods)),
        bound: counted.bound,
        slower: counted.slower,
    })
}

/// What the pods of an arm gained, interval by interval; nothing is known of the time before the first
/// sample, so no counter is taken to have begun there.
fn gains(rows: &[Row<'_>], channels: &Channels, instants: usize) -> Vec<Option<Increments>> {
    let mut counters = Counters::new(channels.len());
    let before = unseen(rows, instants);
    let seen = (before..instants).map(|at| counters.look_back(rows, at, |row| channels.of(row)));
    std::iter::repeat_n(None, before).chain(seen).collect()
}

/// How many instants there are before the first sample.
fn unseen(rows: &[Row<'_>], instants: usize) -> usize {
    let is_there = |at: &usize| present(rows, Side::Baseline, *at).next().is_some();
    (0..instants).take_while(|at| !is_there(at)).count()
}

/// How gains are counted: as they are, or above a bucket bound.
struct Counted {
    above: Option<usize>,
    bound: Option<f64>,
    slower: Option<Ratio>,
    by_time: bool,
}

impl Counted {
    fn of(
        statistic: &Statistic,
        channels: &Channels,
        history: &[Increments],
    ) -> Result<Self, NothingSeen> {
        let by_time =
            matches!(statistic, Statistic::Counts { exposure: Exposure::Weight { .. }, .. });
        let plain = Self { above: None, bound: None, slower: None, by_time };
        match (statistic, channels) {
            (Statistic::Latency { tail: Tail::Above(bound), .. }, Channels::Buckets(_)) => {
                Ok(Self { above: Some(0), bound: Some(*bound), ..plain })
            }
            (Statistic::Latency { tail: Tail::Quantile(q), slower, .. }, Channels::Buckets(it)) => {
                let shape = shape(it, history).ok_or(NothingSeen::NoTraffic)?;
                let (survival, tail) = (shape.survival(), 1.0 - q.get());
                let distance = |bound: &usize| {
                    let share = survival.get(*bound);
                    share.map_or(f64::INFINITY, |share| (share / tail).max(tail / share))
                };
                // Of the bounds that a run looks at, the one nearest to the quantile.
                let chosen = shape.bounds_for(*q);
                let nearest = chosen.into_iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
                let nearest = nearest
                    .ok_or(NothingSeen::Unreadable("no bucket bound lies inside the latencies"))?;
                Ok(Self {
                    above: Some(nearest),
                    bound: shape.bounds().get(nearest).copied(),
                    slower: Some(shape.allowed_ratio(nearest, *slower)),
                    ..plain
                })
            }
            (
                Statistic::ErrorRate { .. }
                | Statistic::Latency { .. }
                | Statistic::Counts { .. }
                | Statistic::Gauge { .. }
                | Statistic::Limit(_)
                | Statistic::TrafficShare { .. }
                | Statistic::Classic { .. },
                Channels::Parts(_) | Channels::Buckets(_),
            ) => Ok(plain),
        }
    }

    /// What each pod counted in an interval.
    fn look(&self, gained: &Increments) -> Vec<Arm> {
        match self.above {
            Some(bound) => gained.above(&[bound]).1.into_iter().flatten().collect(),
            None if self.by_time => gained.counts_over(1.0, 1.0).baseline,
            None => gained.counts().baseline,
        }
    }
}

fn shape(bounds: &Bounds, history: &[Increments]) -> Option<Histogram> {
    let mut counts = vec![0_u64; bounds.len()];
    for gained in history {
        for (sum, count) in counts.iter_mut().zip(gained.baseline_buckets()) {
            *sum = sum.saturating_add(count);
        }
    }
    Histogram::new(bounds.finite(), &counts).ok().filter(|shape| 0 < shape.total())
}

/// All that an arm counted; none if it counted nothing.
fn arm(looks: &[Vec<Arm>]) -> Option<ArmObserved> {
    let pods = looks.iter().map(Vec::len).max().unwrap_or(0);
    let busy =
        |pod: &usize| looks.iter().any(|look| look.get(*pod).is_some_and(|arm| arm.is_observed()));
    let pods = (0..pods).filter(busy).count();
    let sum = Arm::sum(&looks.iter().flatten().copied().collect::<Vec<_>>());
    let seen = ArmObserved { pods, events: sum.events(), exposure: sum.exposure() };
    sum.is_observed().then_some(seen)
}

/// The canary's share of the requests of both.
fn canary_share(both: &[Look]) -> Option<f64> {
    let sum = |of: fn(&Look) -> Arm| Arm::sum(&both.iter().map(of).collect::<Vec<_>>()).exposure();
    let (own, other) = (sum(|look| look.canary), sum(|look| look.baseline));
    (0.0 < own && 0.0 < other).then(|| own / (own + other))
}

/// The noise that a run begins with after these looks, and whether it was not measured on pods.
fn noise_of(mut source: Noise, baseline: &[Vec<Arm>], both: &[Look]) -> (f64, bool) {
    for look in both.iter().filter(|_| source.is_approximate()).collect::<Vec<_>>() {
        source.record(look, &[look.baseline]);
    }
    let last = baseline.iter().rev().find(|look| look.iter().any(|arm| arm.is_observed()));
    let alike = last.cloned().unwrap_or_default();
    (source.at(&alike, &alike).get(), source.is_approximate())
}

fn granted(spread: PodSpread, canary_pods: usize) -> Ratio {
    let pods = u32::try_from(canary_pods.max(1)).unwrap_or(u32::MAX);
    spread.tolerated(f64::from(pods), SPREAD_Z)
}

/// How long was looked at: as many intervals as counted.
fn seconds(instants: &[Timestamp], history: &[Increments]) -> f64 {
    let whole = match (instants.first(), instants.last()) {
        (Some(first), Some(last)) => last.duration_since(*first).as_secs_f64(),
        (_, _) => 0.0,
    };
    let all = u32::try_from(instants.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let seen = history.iter().fold(0_u32, |sum, gained| sum.saturating_add(gained.instants));
    whole * f64::from(seen) / f64::from(all.max(1))
}

#[cfg(test)]
mod tests;
