//! From series to arms, pods and parts.

use assay_template::plan::compare::{Arm, Arms, Comparison, PART_LABEL};

use crate::reading::{SampledSeries, Samples};

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
