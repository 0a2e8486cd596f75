//! `assay dry-run`: a whole run offline, on recorded answers and a virtual clock.

use assay_runtime::rehearsal;

use crate::arguments::DryRun;
use crate::exit::Exit;
use crate::inputs::Inputs;
use crate::report::Report;
use crate::{print, problems};

/// Judges `options` offline.
pub(crate) fn dry_run(options: &DryRun) -> anyhow::Result<Exit> {
    let mut inputs = Inputs::read(&options.inputs)?;
    let plan = match inputs.plan(options.inputs.compat) {
        Ok(plan) => plan,
        Err(found) => return Ok(problems::refuse(&inputs.sources, &found)),
    };
    let fixture = match inputs.fixture(&options.fixture, &plan)? {
        Ok(fixture) => fixture,
        Err(found) => return Ok(problems::refuse(&inputs.sources, &found)),
    };
    let state = rehearsal::rehearse(&plan, &fixture, options.length)?;
    print(&Report::of(&plan, &state).write(options.output)?)?;
    Ok(state.verdict.map_or(Exit::StillRunning, |verdict| Exit::from(verdict.decision)))
}
