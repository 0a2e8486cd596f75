//! `assay dry-run`: a whole run offline, or a whole Rollout, on recorded answers and a virtual clock.

use std::path::Path;

use assay_promql::Dialect;
use assay_provider::fixture::Fixture;
use assay_runtime::{rehearsal, walk};
use assay_template::bind::Options;
use assay_template::plan::{Mode, Plan};
use assay_template::rollout::RolloutPlan;

use crate::arguments::DryRun;
use crate::exit::Exit;
use crate::inputs::{InputError, Inputs};
use crate::report::Report;
use crate::{print, problems};

/// Judges `options` offline.
pub(crate) fn dry_run(options: &DryRun) -> anyhow::Result<Exit> {
    let mut inputs = Inputs::read(&options.inputs)?;
    let bound_as = Options {
        mode: options.inputs.compat.map(Mode::from),
        dialect: Dialect::from(options.promql),
    };
    match inputs.rollout(bound_as) {
        Ok(Some(plan)) => return walk(options, &mut inputs, &plan),
        Ok(None) => {}
        Err(found) => return Ok(problems::refuse(&inputs.sources, &found)),
    }
    let plan = match inputs.plan(bound_as) {
        Ok(plan) => plan,
        Err(found) => return Ok(problems::refuse(&inputs.sources, &found)),
    };
    let fixture = match inputs.fixture(fixture_of(options)?, &[&plan], false)? {
        Ok(fixture) => fixture,
        Err(found) => return Ok(problems::refuse(&inputs.sources, &found)),
    };
    let state = rehearsal::rehearse(&plan, &fixture, options.length)?;
    print(&Report::of(&plan, &state).write(options.output)?)?;
    Ok(state.verdict.map_or(Exit::StillRunning, |verdict| Exit::from(verdict.decision)))
}

/// Walks a Rollout offline.
fn walk(options: &DryRun, inputs: &mut Inputs, plan: &RolloutPlan) -> anyhow::Result<Exit> {
    let fixture = if plan.analyses.is_empty() && options.fixture.is_none() {
        Fixture::default()
    } else {
        let plans: Vec<&Plan> = plan.analyses.iter().map(|analysis| &analysis.plan).collect();
        match inputs.fixture(fixture_of(options)?, &plans, true)? {
            Ok(fixture) => fixture,
            Err(found) => return Ok(problems::refuse(&inputs.sources, &found)),
        }
    };
    let state = walk::walk(plan, &fixture, options.length.unwrap_or_default())?;
    print(&Report::of_walk(plan, &state).write(options.output)?)?;
    Ok(state.verdict.map_or(Exit::StillRunning, |verdict| Exit::from(verdict.decision)))
}

fn fixture_of(options: &DryRun) -> Result<&Path, InputError> {
    options.fixture.as_deref().ok_or(InputError::Missing { what: "--fixture FILE" })
}
