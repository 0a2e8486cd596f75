//! Quantiles of classic histograms.

use std::cmp::Ordering;

use rustc_hash::FxHashMap;

use crate::Dialect;
use crate::eval::element::{Evaluated, Evaluator, unique};
use crate::labels::Labels;
use crate::query::{Scalar, Vector};
use crate::text::parse_float;
use crate::value::{AnnotationLevel, Element};

/// The label with the upper bound of a bucket.
const BOUND_LABEL: &str = "le";

/// How far apart two counts may be, relative to their sum, and still be taken for equal.
const COUNT_TOLERANCE: f64 = 1e-12;

#[derive(Clone, Copy, Debug)]
struct Bucket {
    upper: f64,
    count: f64,
}

impl Evaluator<'_, '_> {
    pub(super) fn histogram_quantile(
        &mut self,
        share: &Scalar,
        vector: &Vector,
        at_ms: i64,
    ) -> Evaluated<Vec<Element>> {
        let share = self.scalar(share, at_ms)?;
        self.context.check_quantile(share);
        let elements = self.vector(vector, at_ms)?;
        let mut places: FxHashMap<Labels, usize> = FxHashMap::default();
        let mut histograms: Vec<(Labels, String, Vec<Bucket>)> = Vec::new();
        for Element { labels, value } in elements {
            let bound = labels.get(BOUND_LABEL);
            let Some(upper) = parse_float(bound) else {
                let message = format!(
                    "bucket label \"le\" is missing or has a malformed value of {bound:?} for \
                     metric name {:?}",
                    labels.metric_name()
                );
                self.context.annotate(AnnotationLevel::Warning, message);
                continue;
            };
            let name = labels.metric_name().to_owned();
            let labels = labels.without_metric_name().with(BOUND_LABEL, "");
            let place = *places.entry(labels).or_insert_with_key(|labels| {
                histograms.push((labels.clone(), name, Vec::new()));
                histograms.len() - 1
            });
            histograms[place].2.push(Bucket { upper, count: value });
        }
        let mut quantiles = Vec::with_capacity(histograms.len());
        for (labels, name, mut buckets) in histograms {
            let (value, is_forced) = quantile(share, &mut buckets, self.context.dialect);
            if is_forced {
                let message = format!(
                    "input to histogram_quantile needed to be fixed for monotonicity for metric \
                     name {name:?}"
                );
                self.context.annotate(AnnotationLevel::Info, message);
            }
            quantiles.push(Element { labels, value });
        }
        unique(quantiles)
    }
}

/// The quantile, and whether counts that fall had to be raised for it.
///
/// # Source
///
/// Prometheus's documentation of `histogram_quantile`; the differential test.
fn quantile(share: f64, buckets: &mut Vec<Bucket>, dialect: Dialect) -> (f64, bool) {
    if share.is_nan() {
        return (f64::NAN, false);
    }
    if share < 0.0 {
        return (f64::NEG_INFINITY, false);
    }
    if 1.0 < share {
        return (f64::INFINITY, false);
    }
    buckets.sort_by(|left, right| left.upper.total_cmp(&right.upper));
    let is_complete = buckets.last().is_some_and(|last| last.upper == f64::INFINITY);
    if !is_complete {
        return (f64::NAN, false);
    }
    join_equal(buckets);
    let is_forced = raise_falling(buckets, dialect);
    if buckets.len() < 2 {
        return (f64::NAN, is_forced);
    }
    let observations = buckets[buckets.len() - 1].count;
    if observations == 0.0 {
        return (f64::NAN, is_forced);
    }
    (interpolated(share * observations, buckets), is_forced)
}

/// Where the observation with this rank lies, if those of a bucket are spread evenly.
fn interpolated(mut rank: f64, buckets: &[Bucket]) -> f64 {
    let last = buckets.len() - 1;
    // A count that is not a number is passed over.
    let is_below = |bucket: &Bucket| rank.partial_cmp(&bucket.count).is_none_or(Ordering::is_gt);
    let found = buckets[..last].partition_point(is_below);
    if found == last {
        return buckets[last - 1].upper;
    }
    let Bucket { upper, mut count } = buckets[found];
    if found == 0 && upper <= 0.0 {
        return upper;
    }
    let mut lower = 0.0;
    if let Some(before) = found.checked_sub(1).map(|before| buckets[before]) {
        lower = before.upper;
        count -= before.count;
        rank -= before.count;
    }
    lower + (upper - lower) * (rank / count)
}

/// Adds up the counts of buckets with the same bound, which several spellings of it give.
fn join_equal(buckets: &mut Vec<Bucket>) {
    buckets.dedup_by(|next, kept| {
        let is_same =
            next.upper.total_cmp(&kept.upper).is_eq() || (next.upper == 0.0 && kept.upper == 0.0);
        if is_same {
            kept.count += next.count;
        }
        is_same
    });
}

/// Raises counts that fall from one bucket to the next; true if any fell by more than rounding.
fn raise_falling(buckets: &mut [Bucket], dialect: Dialect) -> bool {
    let mut is_forced = false;
    let Some(mut highest) = buckets.first().map(|bucket| bucket.count) else { return false };
    for bucket in buckets.iter_mut().skip(1) {
        let is_equal = dialect == Dialect::Prometheus3 && nearly_equal(highest, bucket.count);
        if is_equal {
            bucket.count = highest;
        } else if bucket.count < highest {
            bucket.count = highest;
            is_forced = true;
        } else if highest < bucket.count || dialect == Dialect::Prometheus3 {
            highest = bucket.count;
        }
    }
    is_forced
}

fn nearly_equal(left: f64, right: f64) -> bool {
    let (difference, sum) = ((left - right).abs(), left.abs() + right.abs());
    if left == 0.0 || right == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < COUNT_TOLERANCE * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < COUNT_TOLERANCE
}
