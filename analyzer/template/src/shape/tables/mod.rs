//! The table itself: every kind of document, and every object and field in it.

pub(crate) mod compare;
mod fixture;
mod foreign;
mod metadata;
mod metric;
mod promtool;
mod provider;
mod request;
mod rollout;
mod suite;
mod template;

use super::Api::{Argo, Assay};
use super::Root;

pub use promtool::PROMTOOL_TEST;

/// Every kind of document that assay reads.
pub static ROOTS: &[Root] = &[
    Root { kind: "AnalysisTemplate", apis: &[Argo, Assay], object: &template::ANALYSIS_TEMPLATE },
    Root {
        kind: "ClusterAnalysisTemplate",
        apis: &[Argo],
        object: &template::CLUSTER_ANALYSIS_TEMPLATE,
    },
    Root { kind: "AnalysisRun", apis: &[Argo], object: &template::ANALYSIS_RUN },
    Root { kind: "Rollout", apis: &[Argo], object: &rollout::ROLLOUT },
    Root { kind: "TemplateTest", apis: &[Assay], object: &suite::TEMPLATE_TEST },
    Root { kind: "Fixture", apis: &[Assay], object: &fixture::FIXTURE },
];
