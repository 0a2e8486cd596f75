//! Rollouts judged by several error rates at once.

use crate::combine::weighted_average;
use crate::comparison::{CountComparison, CountSettings};
use crate::draw::Draw;
use crate::float::size;
use crate::level::Alpha;
use crate::ratio::PodDispersion;
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
    /// Draws one rollout and says at which look the average evidence was enough.
    pub(crate) fn run(&self, draw: &mut Draw) -> Option<u64> {
        let mut paths: Vec<CountPath> = Vec::new();
        for &ratio in &self.ratios {
            if self.identical && !paths.is_empty() {
                break;
            }
            paths.push(CountWorld { ratio, ..self.world.clone() }.draw(draw));
        }
        let settings = CountSettings::plain(Some(self.world.looks));
        let comparison = CountComparison::new(settings, settings.allowed, None);
        let mut states: Vec<_> = paths
            .iter()
            .map(|path| {
                let mut dispersion = PodDispersion::default();
                path.history.iter().for_each(|pods| dispersion.record(pods));
                comparison.start(dispersion)
            })
            .collect();
        let weights = vec![1.0 / size(paths.len()); paths.len()];
        for look in 1..=u64::from(self.world.looks) {
            let at = usize::try_from(look - 1).ok()?;
            let seen = paths.iter().map(|path| (&path.canary[at], &path.baseline[at]));
            states = states
                .into_iter()
                .zip(seen)
                .map(|(state, (canary, baseline))| comparison.step(state, canary, baseline))
                .collect();
            let evidence: Vec<f64> = states.iter().map(|state| state.log_e()).collect();
            let average = weighted_average(&evidence, &weights).ok()?;
            if 1 < look && Alpha::ONE_IN_TWENTY.log_needed() <= average {
                return Some(look);
            }
        }
        None
    }
}
