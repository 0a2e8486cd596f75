//! Rollouts judged by several error rates at once.

use crate::boundary::Boundary;
use crate::comparison::noise::of_history;
use crate::comparison::{CountComparison, CountSettings, Together};
use crate::draw::Draw;
use crate::level::Alpha;
use crate::simulate::counts::{CountPath, CountWorld};

/// Several metrics of one service.
#[derive(Clone, Debug, PartialEq)]
pub struct SeveralWorld {
    /// A healthy metric; its ratio is replaced by each of `ratios`.
    pub world: CountWorld,
    /// The canary's ratio for each metric.
    pub ratios: Vec<f64>,
    /// Whether all metrics show the same noise.
    pub identical: bool,
}

impl SeveralWorld {
    fn together(&self, boundary: Boundary) -> Option<Together> {
        Together::new(&vec![1.0; self.ratios.len()], Alpha::ONE_IN_TWENTY, boundary).ok()
    }

    /// The level at which each metric's own threshold is calibrated.
    pub(crate) fn alpha_of_one(&self) -> Alpha {
        let together = self.together(Boundary::Auto);
        together.and_then(|together| together.alpha_of(0)).unwrap_or(Alpha::ONE_IN_TWENTY)
    }

    /// Draws one rollout and says at which look it was stopped: by the average evidence alone, and by
    /// the average or a metric's own threshold.
    pub(crate) fn run(&self, horizon: Option<f64>, draw: &mut Draw) -> (Option<u64>, Option<u64>) {
        let mut paths: Vec<CountPath> = Vec::new();
        for (metric, &ratio) in self.ratios.iter().enumerate() {
            if !self.identical || metric == 0 {
                paths.push(CountWorld { ratio, ..self.world.clone() }.draw(draw));
            }
        }
        let (anytime, auto) = (self.together(Boundary::Anytime), self.together(Boundary::Auto));
        let (Some(anytime), Some(auto)) = (anytime, auto) else { return (None, None) };
        let plain = CountSettings::plain(Some(self.world.looks));
        let settings = CountSettings { alpha: self.alpha_of_one(), ..plain };
        let comparison = CountComparison::new(settings, settings.allowed, horizon);
        let start = |path: &CountPath| comparison.start(of_history(&path.history).0);
        let mut states: Vec<_> = paths.iter().map(start).collect();
        let mut ends = (None, None);
        for look in 1..=u64::from(self.world.looks) {
            let Ok(at) = usize::try_from(look - 1) else { return ends };
            let seen = paths.iter().map(|path| (&path.canary[at], &path.baseline[at]));
            states = states
                .into_iter()
                .zip(seen)
                .map(|(state, (canary, baseline))| comparison.step(state, canary, baseline))
                .collect();
            let copies = self.ratios.len() / states.len().max(1);
            let repeated = || states.iter().flat_map(|state| std::iter::repeat_n(state, copies));
            let evidence: Vec<f64> = repeated().map(|state| state.log_e()).collect();
            let worse: Vec<bool> = repeated().map(|state| state.worse_at().is_some()).collect();
            let none = vec![false; worse.len()];
            if anytime.judge(&evidence, &none, look).is_worse {
                ends.0 = ends.0.or(Some(look));
            }
            if auto.judge(&evidence, &worse, look).is_worse {
                ends.1 = ends.1.or(Some(look));
            }
        }
        ends
    }
}
