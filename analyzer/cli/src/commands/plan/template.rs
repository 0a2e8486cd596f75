//! The criteria of templates as plans: each with its own settings and its part of the run's level.

use anyhow::bail;
use assay_stats::comparison::CountSettings;
use assay_stats::level::{Dispersion, Ratio, Share};
use assay_template::bind::Options;
use assay_template::plan::Plan;
use assay_template::plan::compare::{Exposure, Limit, Sequential, StatedTraffic, Statistic, Tail};
use assay_template::plan::level::{Level, Members};
use assay_template::plan::power::{NotStated, Pace, Power, Tested, Traffic, effect_of};

use super::criteria::{Criteria, Planned};
use super::history::{self, Seen};
use super::planning::planned;
use super::simulated::Subject;
use super::{ERROR_RATE, dispersion, effects, inner, per_second, runs, simulate};
use crate::arguments::{self, PlanFormat};
use crate::exit::Exit;
use crate::inputs::{InputError, Inputs};
use crate::{print, problems};

/// What the command line says of the traffic.
struct Said {
    traffic: StatedTraffic,
    noise: Option<Dispersion>,
}

/// A criterion ready to be planned.
struct Ready {
    subject: Subject,
    level: Level,
    effect: Ratio,
}

/// Plans the criteria of the templates that `options` name.
pub(super) fn plan(options: &arguments::Plan) -> anyhow::Result<Exit> {
    let said = said(options)?;
    let asked = effects(&options.effects)?;
    let mut inputs = Inputs::read(&of_plan(options))?;
    let plan = match inputs.plan(Options::default()) {
        Ok(plan) => plan,
        Err(found) => return Ok(problems::refuse(&inputs.sources, &found)),
    };
    let Some(common) = &plan.sequential else {
        let reason = "has no statistical criterion: give a metric one, such as `errorRate`";
        return Err(InputError::wrong("TEMPLATE", &plan.name, &reason).into());
    };
    let seen = match history::seen(options, &mut inputs, &plan)? {
        Ok(seen) => seen,
        Err(found) => return Ok(problems::refuse(&inputs.sources, &found)),
    };
    let members = Members::of(&plan);
    let mut criteria = Criteria::new(&plan, common, seen.is_some().then_some(options.since));
    for (place, metric) in plan.metrics.iter().enumerate() {
        let of_metric = seen.as_ref().and_then(|seen| seen.get(place)).and_then(Option::as_ref);
        match ready(&plan, place, members.as_ref(), of_metric, &said) {
            Ok(ready) => {
                let own = with(&asked, ready.effect);
                let figures = planned(&ready.subject.power, &own);
                let runs = runs(options, &ready.subject, &own)?;
                let found = runs.map(|runs| (runs, simulate(&ready.subject, &own, runs)));
                criteria.add(&Planned {
                    metric,
                    power: &ready.subject.power,
                    level: ready.level,
                    effect: ready.effect,
                    figures: &figures,
                    seen: of_metric.and_then(|seen| seen.as_ref().ok()),
                    simulated: found.as_ref().map(|(runs, found)| (*runs, found.as_slice())),
                });
            }
            Err(why) => criteria.leave_out(metric, why),
        }
    }
    if criteria.is_empty() {
        bail!("nothing can be planned: {}", criteria.left_out());
    }
    print(&match options.output {
        PlanFormat::Table => criteria.table(),
        PlanFormat::Json => serde_json::to_string_pretty(&criteria)? + "\n",
        PlanFormat::Markdown => criteria.markdown(),
    })?;
    Ok(Exit::Done)
}

/// The files and arguments of the command line as other commands have them.
fn of_plan(options: &arguments::Plan) -> arguments::Inputs {
    arguments::Inputs {
        templates: options.templates.clone(),
        roots: options.roots.clone(),
        args: options.args.clone(),
        arg_files: options.arg_files.clone(),
        secrets: options.secrets.clone(),
        compat: None,
    }
}

/// The options about traffic, checked.
fn said(options: &arguments::Plan) -> Result<Said, InputError> {
    let share = |option, part: Option<arguments::Part>| -> Result<Option<Share>, InputError> {
        let share = part.map(|part| inner(option, part)).transpose()?;
        Ok(share.and_then(|share| Share::try_from(share).ok()))
    };
    let number = |option, value: Option<f64>| value.map(|it| per_second(option, it)).transpose();
    let traffic = StatedTraffic {
        requests_per_second: number("--rate", options.rate)?,
        canary_weight: share("--weight", options.weight)?,
        errors: share("--error-rate", options.error_rate)?,
        slow: share("--slow", options.slow)?,
        events_per_second: number("--events", options.events)?,
    };
    Ok(Said { traffic, noise: options.dispersion.map(dispersion).transpose()? })
}

/// All effects that are asked for, and the criterion's own.
fn with(asked: &[Ratio], own: Ratio) -> Vec<Ratio> {
    let mut all: Vec<Ratio> = asked.to_vec();
    all.push(own);
    all.sort_by(|a, b| a.get().total_cmp(&b.get()));
    all.dedup_by(|a, b| a.get().total_cmp(&b.get()).is_eq());
    all
}

/// The criterion of the metric at `place` with all that is known of its traffic, or why it cannot be
/// planned, as a clause.
fn ready(
    plan: &Plan,
    place: usize,
    members: Option<&Members>,
    seen: Option<&Seen>,
    said: &Said,
) -> Result<Ready, String> {
    let (metric, common) = (plan.metrics.get(place), plan.sequential.as_ref());
    let parts = metric.zip(common);
    let parts = parts.and_then(|(metric, common)| Some((metric, metric.comparison()?, common)));
    let Some((metric, comparison, common)) = parts else {
        return Err(String::from("it has conditions, which find what they are written for"));
    };
    let statistic = &comparison.statistic;
    let Some(effect) = effect_of(statistic) else {
        return Err(format!("`{}` is not about counts", statistic.key()));
    };
    let traffic = match seen {
        None => stated(&said.traffic, common, statistic)?,
        Some(Err(why)) => return Err(why.clone()),
        Some(Ok(seen)) => of_seen(seen, &said.traffic, common, statistic)?,
    };
    let traffic = Traffic { noise: said.noise.unwrap_or(traffic.noise), ..traffic };
    let level = Level::of(members, common, place, comparison.interval);
    let Some(tested) = Tested::of(statistic, level, &traffic) else {
        return Err(format!("`{}` is not about counts", statistic.key()));
    };
    let pace = Pace::of(common, comparison.interval, metric.initial_delay);
    let settings = CountSettings {
        allowed: tested.allowed,
        effect: tested.tuned_for,
        ..level.count_settings(statistic)
    };
    let limit = match statistic {
        Statistic::Limit(Limit::Share { at_most, .. }) => Some(*at_most),
        Statistic::ErrorRate { .. }
        | Statistic::Latency { .. }
        | Statistic::Counts { .. }
        | Statistic::Gauge { .. }
        | Statistic::Limit(Limit::AtMost(_) | Limit::AtLeast(_))
        | Statistic::TrafficShare { .. }
        | Statistic::Classic { .. } => None,
    };
    let power = Power { tested, pace, traffic };
    Ok(Ready { subject: Subject { power, settings, limit }, level, effect })
}

/// What the options say, what the template states, and what is usual.
fn stated(
    said: &StatedTraffic,
    common: &Sequential,
    statistic: &Statistic,
) -> Result<Traffic, String> {
    let written = &common.traffic;
    let all = StatedTraffic {
        requests_per_second: said.requests_per_second.or(written.requests_per_second),
        canary_weight: said.canary_weight.or(written.canary_weight),
        errors: said.errors.or(written.errors).or(Share::try_from(ERROR_RATE).ok()),
        slow: said.slow.or(written.slow),
        events_per_second: said.events_per_second.or(written.events_per_second),
    };
    match all.of(statistic) {
        Some(Ok(traffic)) => Ok(traffic),
        Some(Err(NotStated(field))) => Err(missing(field)),
        None => Err(format!("`{}` is not about counts", statistic.key())),
    }
}

fn missing(field: &str) -> String {
    let option = match field {
        "requestsPerSecond" => "--rate",
        "canaryWeight" => "--weight",
        "errors" => "--error-rate",
        "slow" => "--slow",
        _ => "--events",
    };
    format!("give {option}, or `{field}` in `compare.traffic`")
}

/// What was seen, unless the options say otherwise.
fn of_seen(
    seen: &assay_run::compare::observed::Observed,
    said: &StatedTraffic,
    common: &Sequential,
    statistic: &Statistic,
) -> Result<Traffic, String> {
    let (baseline, canary) = (seen.baseline, seen.canary);
    let by_time = matches!(statistic, Statistic::Counts { exposure: Exposure::Weight { .. }, .. });
    let together = baseline.exposure + canary.map_or(0.0, |canary| canary.exposure);
    let seen_share = seen.canary_share.filter(|_| !by_time);
    let own = match statistic {
        Statistic::Counts { exposure: Exposure::Weight { canary }, .. } => Some(*canary),
        Statistic::ErrorRate { .. }
        | Statistic::Counts { exposure: Exposure::Requests, .. }
        | Statistic::Latency { .. }
        | Statistic::Gauge { .. }
        | Statistic::Limit(_)
        | Statistic::TrafficShare { .. }
        | Statistic::Classic { .. } => None,
    };
    let weight = said.canary_weight.map(Share::get).or(seen_share);
    let weight = weight.or(common.traffic.canary_weight.or(own).map(Share::get));
    let canary_share = weight.filter(|share| 0.0 < *share && *share < 1.0).ok_or(
        "no traffic of the canary was seen: give --weight, or `canaryWeight` in `compare.traffic`",
    )?;
    // Where only the canary was seen, all requests are so many more.
    let part = if seen.is_alone { canary_share } else { 1.0 };
    let requests_per_second = if by_time { 1.0 } else { together / seen.seconds / part };
    // Beside a canary the baseline has not all of the events.
    let part = if by_time && canary.is_some() { 1.0 - canary_share } else { 1.0 };
    let rate = events(baseline.events) / baseline.exposure / part;
    let requests_per_second = match statistic {
        Statistic::Counts { .. } => requests_per_second,
        Statistic::ErrorRate { .. }
        | Statistic::Latency { .. }
        | Statistic::Gauge { .. }
        | Statistic::Limit(_)
        | Statistic::TrafficShare { .. }
        | Statistic::Classic { .. } => said.requests_per_second.unwrap_or(requests_per_second),
    };
    let rate = match statistic {
        Statistic::Limit(Limit::Share { at_most, .. }) => at_most.get(),
        Statistic::ErrorRate { .. } => said.errors.map_or(rate, Share::get),
        Statistic::Latency { tail: Tail::Above(_), .. } => said.slow.map_or(rate, Share::get),
        Statistic::Counts { .. } => {
            said.events_per_second.map_or(rate, |events| events / requests_per_second)
        }
        Statistic::Latency { .. }
        | Statistic::Gauge { .. }
        | Statistic::Limit(Limit::AtMost(_) | Limit::AtLeast(_))
        | Statistic::TrafficShare { .. }
        | Statistic::Classic { .. } => rate,
    };
    if !(0.0 < rate) {
        let option = match statistic {
            Statistic::Counts { .. } => "--events",
            Statistic::Latency { .. } => "--slow",
            Statistic::ErrorRate { .. }
            | Statistic::Gauge { .. }
            | Statistic::Limit(_)
            | Statistic::TrafficShare { .. }
            | Statistic::Classic { .. } => "--error-rate",
        };
        return Err(format!("the baseline counted no event in that time: give {option}"));
    }
    Ok(Traffic {
        requests_per_second,
        canary_share,
        rate,
        noise: Dispersion::at_least_one(seen.noise),
        granted: seen.granted,
        slower: seen.slower,
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn events(count: u64) -> f64 {
    count as f64
}
