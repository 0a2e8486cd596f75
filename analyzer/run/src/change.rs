//! What would have changed the verdict, as one clause for people.

use assay_template::plan::{MetricPlan, Plan};

use crate::compare::group;
use crate::compare::summary::summary;
use crate::compare::words as compared;
use crate::state::{Ending, MetricState, RunState};
use crate::words::count;

/// What would have changed the verdict: what the named metric lacked, or how near the others are to a
/// different one. Empty where nothing can be said.
pub(crate) fn change(plan: &Plan, state: &RunState, named: Option<usize>) -> String {
    let Some(place) = named else { return nearest(plan, state) };
    let pair = plan.metrics.get(place).zip(state.metrics.get(place));
    let Some((metric_plan, metric)) = pair else { return String::new() };
    match summary(plan, state, place) {
        Some(summary) => compared::change(&metric_plan.name, metric.ending, &summary),
        None if group::comparison(metric_plan).is_some() => {
            format!("{} needs series of both arms", metric_plan.name)
        }
        None => of_conditions(metric_plan, metric),
    }
}

fn of_conditions(plan: &MetricPlan, metric: &MetricState) -> String {
    let (limits, tally) = (&plan.limits, &metric.tally);
    let name = &plan.name;
    match metric.ending {
        Some(Ending::FailureLimit) => {
            format!("with `failureLimit: {}` {name} would have gone on", tally.failed)
        }
        Some(Ending::FailuresInARow) => format!(
            "one good measurement among the last {}, or `consecutiveFailureLimit: {}`, and {name} \
             would have gone on",
            tally.consecutive_failure, tally.consecutive_failure
        ),
        Some(Ending::InconclusiveLimit) => {
            format!("with `inconclusiveLimit: {}` {name} would have gone on", tally.inconclusive)
        }
        Some(Ending::Blind) => format!(
            "one answer with data among the last {}, and {name} would have gone on",
            count(tally.consecutive_error, "measurement")
        ),
        Some(Ending::CountWithoutStreak) => format!(
            "{} in a row, and {name} would have been good",
            count(limits.consecutive_success.unwrap_or_default(), "good measurement")
        ),
        Some(Ending::CountWithoutSuccess) => {
            format!("one good measurement, and {name} would not have failed")
        }
        Some(Ending::Terminated | Ending::Stopped) => match plan.count {
            Some(wanted) => format!(
                "{name} lacked {}",
                count(wanted.saturating_sub(tally.judged()), "measurement")
            ),
            None => String::new(),
        },
        Some(
            Ending::SuccessesInARow
            | Ending::Count
            | Ending::Worse
            | Ending::Cleared
            | Ending::Horizon
            | Ending::TooLittle
            | Ending::NotRuledOut,
        )
        | None => String::new(),
    }
}

/// Of metrics that were all good, the one that was nearest to fail.
fn nearest(plan: &Plan, state: &RunState) -> String {
    let pairs = plan.metrics.iter().zip(&state.metrics).enumerate();
    let with_a_say = pairs.filter(|(_, (metric, _))| !metric.dry_run);
    let spare = |(place, (metric_plan, metric)): (usize, (&MetricPlan, &MetricState))| {
        let limit = metric_plan.limits.failure?;
        let conditions = group::comparison(metric_plan).is_none() && 0 < metric.tally.judged();
        let spare = limit.saturating_sub(metric.tally.failed).saturating_add(1);
        conditions.then_some((spare, place))
    };
    let (mut compared_ones, mut of_conditions) = (Vec::new(), Vec::new());
    for pair in with_a_say {
        match summary(plan, state, pair.0) {
            Some(summary) => compared_ones.push((pair.0, summary)),
            None => of_conditions.extend(spare(pair)),
        }
    }
    let strongest = compared_ones
        .iter()
        .max_by(|a, b| (a.1.evidence / a.1.needed).total_cmp(&(b.1.evidence / b.1.needed)));
    if let Some((place, summary)) = strongest
        && let (Some(metric), Some(known)) = (plan.metrics.get(*place), state.metrics.get(*place))
    {
        return compared::change(&metric.name, known.ending, summary);
    }
    let nearest = of_conditions.into_iter().min();
    nearest.map_or_else(String::new, |(spare, place)| {
        let name = plan.metrics.get(place).map(|metric| metric.name.as_str()).unwrap_or_default();
        match spare {
            1 => format!("one more bad measurement of {name} would have failed it"),
            spare => format!("{spare} more bad measurements of {name} would have failed it"),
        }
    })
}
