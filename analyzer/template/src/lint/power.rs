//! Criteria that cannot find what they are for in the time they have.

use std::time::Duration;

use crate::bind::compare::Test;
use crate::duration::format_unsigned;
use crate::plan::compare::Sequential;
use crate::plan::level::{Level, Members};
use crate::plan::power::{Pace, Power, Tested, effect_of};
use crate::problem::Lint;

/// A change is to be found in 4 of 5 rollouts.
const LIKELY: f64 = 0.8;

/// A metric of the run.
pub(crate) struct Metric<'b> {
    pub(crate) name: &'b str,
    /// Its statistical criterion; none if it has none.
    pub(crate) test: Option<&'b Test>,
    /// Whether it has no say.
    pub(crate) dry_run: bool,
}

/// The metrics, by their places, whose criteria do not find their effect in time at the stated traffic.
pub(crate) fn too_short(metrics: &[Metric<'_>], common: &Sequential) -> Vec<(usize, Lint)> {
    let weight = |metric: &Metric<'_>| {
        let test = metric.test.filter(|test| !metric.dry_run && test.statistic.is_sequential())?;
        Some(test.weight)
    };
    let members = Members::of_weights(common, metrics.iter().map(weight));
    let lint = |(place, metric): (usize, &Metric<'_>)| {
        let test = metric.test?;
        let level = Level::of(members.as_ref(), common, place, test.interval);
        let traffic = common.traffic.of(&test.statistic)?.ok()?;
        let tested = Tested::of(&test.statistic, level, &traffic)?;
        let pace = Pace::of(common, test.interval, test.delay);
        let lint = of(metric.name, test, common, &Power { tested, pace, traffic })?;
        Some((place, lint))
    };
    metrics.iter().enumerate().filter_map(lint).collect()
}

fn of(name: &str, test: &Test, common: &Sequential, power: &Power) -> Option<Lint> {
    let effect = effect_of(&test.statistic)?;
    let needed = power.time(effect, LIKELY);
    if needed.is_some_and(|needed| needed <= power.pace.last) {
        return None;
    }
    let takes = needed.map(|needed| minutes(needed.saturating_sub(test.delay)));
    let mut ways = Vec::new();
    if let Some(needed) = &takes {
        ways.push(format!("set `maxDuration: {needed}`"));
    }
    if let Some(share) = power.share_needed(effect, LIKELY) {
        ways.push(format!("give the canary {} % of the traffic", rounded(100.0 * share)));
    }
    ways.push(match power.smallest(power.pace.last, LIKELY) {
        Some(ratio) => format!("accept that only changes from ×{} on are found", up(ratio)),
        None => String::from("drop it: it finds no change at all"),
    });
    Some(Lint::StepTooShort {
        metric: name.to_owned(),
        effect: format!("×{}", rounded(effect.get())),
        takes: takes
            .map_or_else(|| String::from("is never found"), |takes| format!("takes {takes}")),
        max_duration: format_unsigned(common.max_duration),
        weight: format!("{} %", rounded(100.0 * power.traffic.canary_share)),
        help: listed(&ways),
        at: test.at,
    })
}

/// A time in whole minutes, the next one up.
fn minutes(time: Duration) -> String {
    let minutes = time.as_nanos().div_ceil(60_000_000_000);
    let minutes = u64::try_from(minutes).unwrap_or(u64::MAX);
    format_unsigned(Duration::from_secs(minutes.saturating_mul(60)))
}

fn rounded(value: f64) -> f64 {
    (100.0 * value).round() / 100.0
}

/// A ratio that is not smaller, with two decimals.
fn up(ratio: f64) -> f64 {
    (100.0 * ratio).ceil() / 100.0
}

fn listed(ways: &[String]) -> String {
    match ways {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{}, or {last}", first.join(", ")),
    }
}
