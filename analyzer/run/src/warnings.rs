//! What a careful reader of a verdict should be told: known traps, and waivers that were used.

use assay_template::plan::{MetricPlan, OnNoData, Plan, Warning};

use crate::evidence::{self, Census};
use crate::reading::Reading;
use crate::state::{Outcome, RunState};

/// Something worth a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// T1: NaN counted as good.
    NanIsSuccess,
    /// T2: an infinite value counted as good.
    InfinityIsSuccess,
    /// T3: the run was ended before the metric was measured, and that counts as good.
    NeverMeasured,
    /// T4: no measurement was good, and the metric counts as good.
    NoneWasGood,
    /// T8: the limits allow every measurement to fail, and none was good.
    CannotFail,
    /// T5: the metric was stopped because another one failed, and counts as good.
    StoppedIsSuccess,
    /// T10: an answer without data became an error of the condition.
    EmptyIsError,
    /// T15: several series came, and the condition looked at some of them.
    SeriesLeftOut,
    /// Missing data was judged because the template says so.
    Waived {
        /// What was missing, as a clause.
        missing: String,
    },
    /// Argo Rollouts would abort here.
    ErrorAborts,
    /// No metric has a say in the verdict.
    NobodyHasASay,
    /// The canary gets another share of the traffic than it should.
    TrafficShare {
        /// Which share it gets, and which it should, as a clause.
        shares: String,
    },
}

impl Sign {
    fn code(&self) -> &'static str {
        match self {
            Self::NanIsSuccess => "assay::trap::nan_is_success",
            Self::InfinityIsSuccess => "assay::trap::infinity_is_success",
            Self::NeverMeasured => "assay::trap::never_measured",
            Self::NoneWasGood => "assay::trap::none_was_good",
            Self::CannotFail => "assay::trap::cannot_fail",
            Self::StoppedIsSuccess => "assay::trap::stopped_is_success",
            Self::EmptyIsError => "assay::trap::empty_is_error",
            Self::SeriesLeftOut => "assay::trap::series_left_out",
            Self::Waived { .. } => "assay::run::no_data_waived",
            Self::ErrorAborts => "assay::run::error_aborts_in_argo",
            Self::NobodyHasASay => "assay::run::nobody_has_a_say",
            Self::TrafficShare { .. } => "assay::run::traffic_share",
        }
    }

    fn trap(&self) -> Option<u8> {
        match self {
            Self::NanIsSuccess => Some(1),
            Self::InfinityIsSuccess => Some(2),
            Self::NeverMeasured => Some(3),
            Self::NoneWasGood => Some(4),
            Self::StoppedIsSuccess => Some(5),
            Self::CannotFail => Some(8),
            Self::EmptyIsError => Some(10),
            Self::SeriesLeftOut => Some(15),
            Self::Waived { .. }
            | Self::ErrorAborts
            | Self::NobodyHasASay
            | Self::TrafficShare { .. } => None,
        }
    }

    fn message(&self, name: &str, on_no_data: Option<&OnNoData>) -> String {
        match self {
            Self::NanIsSuccess => format!(
                "a value of {name} was NaN and counted as good: no comparison with NaN is true, \
                 so the condition saw nothing wrong."
            ),
            Self::InfinityIsSuccess => {
                format!("a value of {name} was infinite and counted as good.")
            }
            Self::NeverMeasured => {
                format!("{name} was never measured, and Argo counts that as good.")
            }
            Self::NoneWasGood => {
                format!("no measurement of {name} was good, and Argo counts that as good.")
            }
            Self::CannotFail => format!(
                "no measurement of {name} was good, and its limits allow that: it cannot fail."
            ),
            Self::StoppedIsSuccess => {
                format!("{name} was stopped before it was done, and Argo counts that as good.")
            }
            Self::EmptyIsError => format!(
                "a query of {name} returned no data, and its condition cannot judge that, which \
                 Argo counts as an error."
            ),
            Self::SeriesLeftOut => format!(
                "several series came for {name}, and its condition looks at fixed places only."
            ),
            Self::Waived { missing } => {
                let waiver = match on_no_data {
                    Some(OnNoData::Judge { waiver }) => waiver.as_str(),
                    Some(OnNoData::Hold | OnNoData::Abort) | None => "",
                };
                format!(
                    "{name} was judged although {missing}, because its template waives that: \
                     {waiver}."
                )
            }
            Self::ErrorAborts => {
                format!("{name} ended in Error, on which Argo Rollouts would abort.")
            }
            Self::TrafficShare { shares } => format!(
                "{name}: the new version gets {shares}, so the traffic is not split as it should be."
            ),
            Self::NobodyHasASay => {
                String::from("every metric is a dry run, so none has a say in the verdict.")
            }
        }
    }
}

/// Notes `sign` of a metric, or of the whole run, once.
pub(crate) fn note(plan: &Plan, state: &mut RunState, metric: Option<usize>, sign: &Sign) {
    let metric = metric.and_then(|place| plan.metrics.get(place));
    let name = metric.map(|metric| plan.secrets.scrub(&metric.name));
    let known =
        state.warnings.iter().any(|warning| warning.code == sign.code() && warning.metric == name);
    if !known {
        let message =
            sign.message(name.as_deref().unwrap_or_default(), metric.map(|m| &m.on_no_data));
        state.warnings.push(Warning {
            code: sign.code(),
            trap: sign.trap(),
            message: plan.secrets.scrub(&message),
            metric: name,
        });
    }
}

/// The traps one measurement stepped into (argo mode).
pub(crate) fn of_measurement(
    metric: &MetricPlan,
    reading: &Reading,
    outcome: Outcome,
) -> impl Iterator<Item = Sign> {
    let census = Census::of(reading);
    let good = outcome == Outcome::Successful;
    let errored = outcome == Outcome::Errored;
    let empty =
        matches!(reading, Reading::Vector(values) | Reading::Matrix(values) if values.is_empty());
    let ambiguous = evidence::ambiguous(&metric.criterion, reading).is_some();
    [
        (good && 0 < census.nan, Sign::NanIsSuccess),
        (good && 0 < census.infinite, Sign::InfinityIsSuccess),
        (errored && empty, Sign::EmptyIsError),
        (!errored && ambiguous, Sign::SeriesLeftOut),
    ]
    .into_iter()
    .filter_map(|(holds, sign)| holds.then_some(sign))
}
