//! Whether the step of a criterion is long enough, in one sentence.

use std::time::Duration;

use assay_stats::level::Ratio;
use assay_template::duration::format_unsigned;
use assay_template::plan::power::Power;

use super::planning::{LIKELY, minutes};
use super::table::{percent, times};

/// How a criterion's own effect stands to the time it has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fit {
    /// When it is found with chance [`LIKELY`], in minutes after the start; none when it never is.
    pub(super) minutes: Option<f64>,
    /// Whether that is in time.
    pub(super) is_enough: bool,
    /// The smallest weight that is enough where this one is not; none where none is.
    pub(super) weight_needed: Option<f64>,
}

impl Fit {
    pub(super) fn of(power: &Power, effect: Ratio) -> Self {
        let needed = power.time(effect, LIKELY);
        let is_enough = needed.is_some_and(|needed| needed <= power.pace.last);
        let weight_needed = (!is_enough).then(|| power.share_needed(effect, LIKELY)).flatten();
        Self { minutes: needed.map(minutes), is_enough, weight_needed }
    }

    /// It as a sentence about `metric`.
    pub(super) fn sentence(
        &self,
        metric: &str,
        (power, effect): (&Power, Ratio),
        max_duration: Duration,
    ) -> String {
        let (effect_text, step) = (times(effect.get()), format_unsigned(max_duration));
        let weight = self.weight_needed.map(|share| format!("a weight of {}", percent(share)));
        let takes = |minutes: f64| format!("{} min", up(minutes));
        match (self.minutes, self.is_enough, weight) {
            (Some(minutes), true, _) => format!(
                "{metric}: a change of {effect_text} takes {} in 4 of 5 rollouts; `maxDuration: \
                 {step}` is enough",
                takes(minutes)
            ),
            (Some(minutes), false, weight) => {
                let or = weight.map(|weight| format!(", or {weight}")).unwrap_or_default();
                format!(
                    "{metric}: `maxDuration: {step}` is too short: a change of {effect_text} needs \
                     {} in 4 of 5 rollouts{or}",
                    takes(minutes)
                )
            }
            (None, _, _) if !power.is_large(effect) => format!(
                "{metric}: a change of {effect_text} is never found: at {} it is a smaller \
                 difference than `minExcess`, {}",
                percent(power.traffic.rate),
                percent(power.tested.excess_min)
            ),
            (None, _, _) if effect.get() <= power.tested.allowed.get() => format!(
                "{metric}: a change of {effect_text} is never found: {} is tolerated",
                times(power.tested.allowed.get())
            ),
            (None, _, _) => format!("{metric}: a change of {effect_text} is never found"),
        }
    }
}

/// Minutes, the next half one up.
fn up(minutes: f64) -> f64 {
    (2.0 * minutes).ceil() / 2.0
}
