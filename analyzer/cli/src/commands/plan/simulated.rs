//! The same plan by simulation: drawn traffic, judged by the criterion that a run uses.

use std::num::NonZeroUsize;

use assay_stats::boundary::Calibration;
use assay_stats::comparison::limit::CountLimit;
use assay_stats::comparison::{CountComparison, CountSettings, Direction};
use assay_stats::level::Share;
use assay_stats::look::Arm;
use assay_stats::ratio::{PodDispersion, pod_spread};
use assay_template::plan::power::Power;

use super::planning::{LIKELY, NEARLY_SURE, minutes};
use super::traffic::{ErrorLaw, Stream};
use crate::workers::{in_parallel, threads};

/// Looks of the baseline's history before the canary comes.
const HISTORY_LOOKS: u32 = 60;
/// Rollouts of one piece of work.
const PIECE: u32 = 25;

/// A criterion as a run has it, with its traffic.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject {
    pub(super) power: Power,
    pub(super) settings: CountSettings,
    /// The share that the canary is held to, instead of a baseline.
    pub(super) limit: Option<Share>,
}

impl Subject {
    /// Events a request of a canary with this many times the baseline's rate, in the harmful direction.
    fn rate(&self, ratio: f64) -> f64 {
        let (tested, rate) = (&self.power.tested, self.power.traffic.rate);
        match tested.direction {
            Direction::Decrease => rate / ratio,
            Direction::Increase | Direction::Both if tested.is_share => (rate * ratio).min(1.0),
            Direction::Increase | Direction::Both => rate * ratio,
        }
    }
}

/// How many rollouts of what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Runs {
    /// Rollouts of each effect.
    pub(super) rollouts: u32,
    /// Pods of the baseline.
    pub(super) pods: NonZeroUsize,
    /// The same seed gives the same figures.
    pub(super) seed: u64,
    /// Looks of a rollout.
    pub(super) looks: u32,
}

/// What simulated rollouts showed at one effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Simulated {
    /// How many times as often the canary failed.
    pub(super) ratio: f64,
    /// The share of rollouts that were aborted within the pause.
    pub(super) share_found: f64,
    /// Its standard error.
    pub(super) standard_error: f64,
    /// Minutes after which the likely share was aborted; `None` when it was not within the pause.
    pub(super) minutes_likely: Option<f64>,
    /// Minutes after which nearly all were aborted.
    pub(super) minutes_nearly_sure: Option<f64>,
}

/// A service whose pods all carry the same traffic.
struct Service<'a> {
    subject: &'a Subject,
    runs: Runs,
    canary_pods: usize,
    /// Requests of one pod in one look, of baseline and canary.
    requests: (f64, f64),
    baseline: ErrorLaw,
    /// One for each effect.
    canary: Vec<ErrorLaw>,
}

/// Pods of the canary, so that each carries about what a pod of the baseline does.
pub(super) fn canary_pods(power: &Power, pods: NonZeroUsize) -> usize {
    let (canary, baseline) = power.exposures();
    let wanted = canary / baseline * count(pods.get());
    (1..pods.get().saturating_mul(2)).take_while(|&n| count(n) - 0.5 <= wanted).last().unwrap_or(1)
}

/// Errors that a look of the busiest pod is expected to have, at the largest of the ratios.
pub(super) fn expected_max(subject: &Subject, pods: NonZeroUsize, ratios: &[f64]) -> f64 {
    let (canary, baseline) = subject.power.exposures();
    let largest = ratios.iter().map(|ratio| subject.rate(*ratio)).fold(0.0, f64::max);
    let own = canary / count(canary_pods(&subject.power, pods)) * largest;
    own.max(baseline / count(pods.get()) * subject.power.traffic.rate)
}

/// Simulates rollouts at each of `ratios`; `done` hears of every part that is finished.
pub(super) fn simulated(
    subject: &Subject,
    ratios: &[f64],
    runs: Runs,
    done: impl FnMut(usize),
) -> Vec<Simulated> {
    let canary_pods = canary_pods(&subject.power, runs.pods);
    let (canary, baseline) = subject.power.exposures();
    let requests = (baseline / count(runs.pods.get()), canary / count(canary_pods));
    let noise = subject.power.traffic.noise.get();
    let law = |ratio: f64| ErrorLaw::new(requests.1 * subject.rate(ratio), noise);
    let service = Service {
        subject,
        runs,
        canary_pods,
        requests,
        baseline: ErrorLaw::new(requests.0 * subject.power.traffic.rate, noise),
        canary: ratios.iter().map(|&ratio| law(ratio)).collect(),
    };
    let pieces = pieces(ratios.len(), runs.rollouts);
    let work = |at: usize| pieces.get(at).map(|piece| service.run(piece)).unwrap_or_default();
    let found = in_parallel(pieces.len(), threads(None), work, done);
    let of = |(effect, &ratio): (usize, &f64)| {
        let own = pieces.iter().zip(&found).filter(|(piece, _)| piece.effect == effect);
        let stops: Vec<u64> = own.flat_map(|(_, stops)| stops.iter().copied()).collect();
        service.summed_up(ratio, stops)
    };
    ratios.iter().enumerate().map(of).collect()
}

/// Into how many parts the work falls.
pub(super) fn parts(effects: usize, rollouts: u32) -> usize {
    pieces(effects, rollouts).len()
}

/// Some rollouts of one effect.
struct Piece {
    effect: usize,
    rollouts: std::ops::Range<u32>,
}

fn pieces(effects: usize, rollouts: u32) -> Vec<Piece> {
    let mut all = Vec::new();
    for effect in 0..effects {
        let mut from = 0;
        while from < rollouts {
            let to = rollouts.min(from.saturating_add(PIECE));
            all.push(Piece { effect, rollouts: from..to });
            from = to;
        }
    }
    all
}

impl Service<'_> {
    /// The looks at which rollouts were aborted.
    fn run(&self, piece: &Piece) -> Vec<u64> {
        let Some(canary) = self.canary.get(piece.effect) else { return Vec::new() };
        let effect = u64::try_from(piece.effect).unwrap_or(u64::MAX);
        let stop = |rollout: u32| {
            let path = (effect << 32) | u64::from(rollout);
            self.rollout(canary, &mut Stream::new(self.runs.seed, path))
        };
        piece.rollouts.clone().filter_map(stop).collect()
    }

    /// The look at which one rollout is aborted, if it is.
    fn rollout(&self, canary: &ErrorLaw, stream: &mut Stream) -> Option<u64> {
        let pods = self.runs.pods.get();
        let mut dispersion = PodDispersion::default();
        let mut totals = vec![(0_u64, 0.0_f64); pods];
        for _ in 0..HISTORY_LOOKS {
            let seen = observe(&self.baseline, pods, self.requests.0, stream);
            for (total, arm) in totals.iter_mut().zip(&seen) {
                *total = (total.0.saturating_add(arm.events()), total.1 + arm.exposure());
            }
            dispersion.record(&seen);
        }
        let totals: Vec<Arm> = totals
            .iter()
            .filter_map(|&(events, requests)| Arm::new(events, requests).ok())
            .collect();
        if let Some(limit) = self.subject.limit {
            return self.against(limit, canary, dispersion, stream);
        }
        let settings = self.subject.settings;
        let spread = pod_spread(&totals, dispersion.estimate());
        let allowed = settings.allowed_with(spread, count(self.canary_pods));
        let allowed = allowed.max(self.subject.power.tested.allowed);
        let planned = vec![(1.0, 1.0); usize::try_from(settings.looks.unwrap_or(0)).unwrap_or(0)];
        let horizon = settings.horizon(allowed, &planned, 0.0, Calibration::Table);
        let comparison = CountComparison::new(settings, allowed, horizon);
        let mut state = comparison.start(dispersion);
        for _ in 0..self.runs.looks {
            let baseline = observe(&self.baseline, pods, self.requests.0, stream);
            let seen = observe(canary, self.canary_pods, self.requests.1, stream);
            state = comparison.step(state, &seen, &baseline);
            if state.worse_at().is_some() {
                return state.worse_at();
            }
        }
        None
    }

    /// The same of a canary that is held to a constant.
    fn against(
        &self,
        limit: Share,
        canary: &ErrorLaw,
        dispersion: PodDispersion,
        stream: &mut Stream,
    ) -> Option<u64> {
        let CountSettings { effect, looks, alpha, .. } = self.subject.settings;
        let test = CountLimit::new(limit, effect, looks, alpha).ok()?;
        let mut state = test.start(dispersion);
        for _ in 0..self.runs.looks {
            let baseline = observe(&self.baseline, self.runs.pods.get(), self.requests.0, stream);
            let seen = observe(canary, self.canary_pods, self.requests.1, stream);
            state = test.step(state, &seen, &baseline);
            if state.worse_at().is_some() {
                return state.worse_at();
            }
        }
        None
    }

    fn summed_up(&self, ratio: f64, mut stops: Vec<u64>) -> Simulated {
        stops.sort_unstable();
        let all = f64::from(self.runs.rollouts);
        let share = count(stops.len()) / all;
        let after = |chance: f64| {
            let enough = |n: &usize| chance * all <= count(*n);
            let needed = (1..=stops.len()).find(enough)?;
            let look = stops.get(needed - 1)?;
            let pace = &self.subject.power.pace;
            let looks = pace.interval.saturating_mul(u32::try_from(*look).ok()?);
            Some(minutes(pace.lead.saturating_add(looks)))
        };
        Simulated {
            ratio,
            share_found: share,
            standard_error: (share * (1.0 - share) / all).sqrt(),
            minutes_likely: after(LIKELY),
            minutes_nearly_sure: after(NEARLY_SURE),
        }
    }
}

fn observe(law: &ErrorLaw, pods: usize, requests: f64, stream: &mut Stream) -> Vec<Arm> {
    let pod = |_| Arm::new(law.draw(stream), requests).unwrap_or(Arm::NOTHING);
    (0..pods).map(pod).collect()
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
