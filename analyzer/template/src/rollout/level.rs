//! One level of false aborts for a whole rollout.
//!
//! Analyses that ask the same go on with the evidence of the one before, and hold one level together.
//! Analyses that ask different things, or run side by side, have a part of it each.

use assay_stats::level::Share;

use crate::plan::compare::{Comparison, Sequential, StatedTraffic, Threshold};
use crate::plan::{Criterion, Plan};
use crate::rollout::{AnalysisPlan, Role};

/// What an analysis compares, and whether it runs beside the others.
#[derive(PartialEq)]
struct Asks {
    is_beside: bool,
    sequential: Sequential,
    criteria: Vec<(String, Comparison)>,
}

/// Gives each chain of analyses that ask the same an equal part of the level, and lets each of its runs
/// declare the looks of all of them.
pub(super) fn share(analyses: &mut [AnalysisPlan]) {
    let asked: Vec<Option<Asks>> = analyses.iter().map(asks).collect();
    let like = |asks: &Asks| asked.iter().flatten().filter(|other| *other == asks).count();
    let mut chains: Vec<&Asks> = Vec::new();
    for asks in asked.iter().flatten() {
        if !chains.contains(&asks) {
            chains.push(asks);
        }
    }
    let Ok(part) = Share::try_from(1.0 / real(chains.len().max(1))) else { return };
    for (analysis, asks) in analyses.iter_mut().zip(&asked) {
        if let (Some(sequential), Some(asks)) = (&mut analysis.plan.sequential, asks) {
            sequential.alpha = sequential.alpha.part(part).unwrap_or(sequential.alpha);
            sequential.runs = u32::try_from(like(asks)).unwrap_or(u32::MAX);
            if asks.is_beside || 1 < sequential.runs {
                // The split of the traffic changes from step to step, which a forecast does not know.
                sequential.threshold = Threshold::Table;
            }
        }
    }
}

fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn asks(analysis: &AnalysisPlan) -> Option<Asks> {
    // What traffic is expected at a step is not part of what is asked.
    let traffic = StatedTraffic::default();
    let sequential = Sequential { traffic, ..analysis.plan.sequential.clone()? };
    let is_beside = analysis.role == Role::Background;
    Some(Asks { is_beside, sequential, criteria: criteria(&analysis.plan) })
}

fn criteria(plan: &Plan) -> Vec<(String, Comparison)> {
    let with_a_say = plan.metrics.iter().filter(|metric| !metric.dry_run);
    with_a_say
        .filter_map(|metric| match &metric.criterion {
            Criterion::Comparison(comparison) => {
                Some((metric.name.clone(), comparison.as_ref().clone()))
            }
            Criterion::Conditions { .. } | Criterion::Score { .. } | Criterion::Told => None,
        })
        .collect()
}
