//! From series to arms, pods and parts.

use assay_template::plan::compare::{Arm, Arms, Comparison, PART_LABEL};

use crate::reading::{SampledSeries, Samples};

/// Values of a label that are told at most.
const VALUES_TOLD_MAX: usize = 5;

/// One series of a comparison, with what it is part of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row<'a> {
    pub(crate) arm: Arm,
    /// The place of its part among those of the statistic.
    pub(crate) part: usize,
    /// What tells its pod from others; empty where no label does.
    pub(crate) pod: &'a str,
    /// What tells it from all other series.
    pub(crate) series: String,
    /// The bucket bound it counts up to (`le`), if it says one.
    pub(crate) bound: Option<f64>,
    /// Its value at each instant.
    pub(crate) values: &'a [Option<f64>],
}

/// The series that belong to an arm and a part, in an order that does not depend on that of the answer.
pub(crate) fn rows<'a>(comparison: &Comparison, samples: &'a Samples) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> =
        samples.series.iter().filter_map(|series| row(comparison, series)).collect();
    rows.sort_by(|a, b| (a.pod, &a.series).cmp(&(b.pod, &b.series)));
    rows
}

fn row<'a>(comparison: &Comparison, series: &'a SampledSeries) -> Option<Row<'a>> {
    let part = series.label(PART_LABEL)?;
    let (key, said) = part.split_once('/').map_or((part, None), |(key, arm)| (key, Some(arm)));
    let place = comparison.statistic.parts().iter().position(|known| *known == key)?;
    let arm = match &comparison.arms {
        Arms::Queries => said?,
        Arms::Label { label, canary, baseline } => match series.label(label)? {
            value if value == canary => Arm::Canary.as_str(),
            value if value == baseline => Arm::Baseline.as_str(),
            _ => return None,
        },
    };
    let arm = [Arm::Canary, Arm::Baseline].into_iter().find(|known| known.as_str() == arm)?;
    let pod = comparison.pods.iter().find_map(|label| series.label(label)).unwrap_or_default();
    let name = series.labels.iter().map(|(name, value)| format!("{name}={value:?},")).collect();
    let bound = series.label("le").and_then(|bound| bound.parse().ok());
    Some(Row { arm, part: place, pod, series: name, bound, values: &series.values })
}

/// Who came instead of an arm that is told apart by a label: `none of 8 series has role="canary", its
/// values are "stable"`; none where nobody came, or each arm has its own queries.
pub(crate) fn who_came(comparison: &Comparison, samples: &Samples, arm: Arm) -> Option<String> {
    let Arms::Label { label, canary, baseline } = &comparison.arms else { return None };
    let wanted = match arm {
        Arm::Canary => canary,
        Arm::Baseline => baseline,
    };
    let mut values: Vec<&str> =
        samples.series.iter().filter_map(|series| series.label(label)).collect();
    values.sort_unstable();
    values.dedup();
    let count = samples.series.len();
    let more = if VALUES_TOLD_MAX < values.len() { ", …" } else { "" };
    let told: Vec<String> =
        values.iter().take(VALUES_TOLD_MAX).map(|value| format!("{value:?}")).collect();
    let found = match told.as_slice() {
        [] => format!("none has the label `{label}`"),
        told => format!("its values are {}{more}", told.join(", ")),
    };
    (0 < count).then(|| format!("of {count} series none has {label}={wanted:?}, {found}"))
}

/// How many pods of an arm have a value at an instant.
pub(crate) fn pods(rows: &[Row<'_>], arm: Arm, instant: usize) -> usize {
    let mut pods: Vec<&str> = present(rows, arm, instant).map(|(row, _)| row.pod).collect();
    pods.dedup();
    pods.len()
}

/// The series of an arm that have a value at an instant, with it.
pub(crate) fn present<'r, 'a>(
    rows: &'r [Row<'a>],
    arm: Arm,
    instant: usize,
) -> impl Iterator<Item = (&'r Row<'a>, f64)> {
    let of_arm = rows.iter().filter(move |row| row.arm == arm);
    of_arm.filter_map(move |row| Some((row, (*row.values.get(instant)?)?)))
}
