//! The criteria of templates as plans: each with its own settings and its part of the run's level.

use anyhow::bail;
use assay_stats::comparison::CountSettings;
use assay_stats::level::{Dispersion, Ratio, Share};
use assay_template::bind::Options;
use assay_template::plan::Plan;
use assay_template::plan::compare::{Limit, StatedTraffic, Statistic};
use assay_template::plan::level::{Level, Members};
use assay_template::plan::power::{Pace, Power, Tested, Traffic, effect_of};

use super::criteria::{Criteria, Planned};
use super::expected::Expected;
use super::history::{self, Seen};
use super::planning::planned;
use super::simulated::Subject;
use super::{dispersion, effects, inner, per_second, runs, simulate};
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
    let expected = Expected { said: &said.traffic, written: &common.traffic, statistic };
    let traffic = match seen {
        None => expected.stated()?,
        Some(Err(why)) => return Err(why.clone()),
        Some(Ok(seen)) => expected.seen(seen)?,
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
