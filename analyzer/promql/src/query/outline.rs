//! What can be said of a query without evaluating it, for those who ask only some questions.

use crate::query::functions::{LabelChange, RangeFunction};
use crate::query::plan::{Aggregate, Range, Root, Vector, VectorBinary};
use crate::query::tree::{AggregateOperator, BinaryOperator, Grouping};
use crate::query::{Parameter, Query};

/// The type of a query's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerType {
    /// One number without labels.
    Scalar,
    /// One number a series.
    Vector,
    /// Several numbers a series.
    Range,
    /// A text.
    Text,
}

impl AnswerType {
    /// It as a noun, as in "gives a scalar".
    pub fn described(self) -> &'static str {
        match self {
            Self::Scalar => "a scalar",
            Self::Vector => "an instant vector",
            Self::Range => "a range vector",
            Self::Text => "a text",
        }
    }
}

impl Query {
    /// What it answers with.
    pub fn answer_type(&self) -> AnswerType {
        match &self.plan().root {
            Root::Scalar(_) => AnswerType::Scalar,
            Root::Vector(_) => AnswerType::Vector,
            Root::Range(_) => AnswerType::Range,
            Root::Text(_) => AnswerType::Text,
        }
    }

    /// The function by which the answer is the growth of a counter instead of the counter, if one is
    /// called anywhere on the way: `rate`, `increase`, `irate`, `delta`, `idelta` or `deriv`.
    pub fn growth_function(&self) -> Option<&'static str> {
        match &self.plan().root {
            Root::Vector(vector) => growth(vector),
            Root::Scalar(_) | Root::Range(_) | Root::Text(_) => None,
        }
    }

    /// Whether no series of the answer can have the label, because it is aggregated away.
    pub fn drops_label(&self, label: &str) -> bool {
        match &self.plan().root {
            Root::Vector(vector) => drops(vector, label),
            Root::Range(Range::Subquery(subquery)) => drops(&subquery.inner, label),
            Root::Range(Range::Window { .. }) => false,
            Root::Scalar(_) | Root::Text(_) => true,
        }
    }
}

fn growth(vector: &Vector) -> Option<&'static str> {
    match vector {
        Vector::Range { function, .. } => match function {
            RangeFunction::Rate => Some("rate"),
            RangeFunction::Increase => Some("increase"),
            RangeFunction::Irate => Some("irate"),
            RangeFunction::Delta => Some("delta"),
            RangeFunction::Idelta => Some("idelta"),
            RangeFunction::Deriv => Some("deriv"),
            RangeFunction::AvgOverTime
            | RangeFunction::SumOverTime
            | RangeFunction::CountOverTime
            | RangeFunction::MinOverTime
            | RangeFunction::MaxOverTime
            | RangeFunction::FirstOverTime
            | RangeFunction::LastOverTime
            | RangeFunction::PresentOverTime
            | RangeFunction::StddevOverTime
            | RangeFunction::StdvarOverTime
            | RangeFunction::MadOverTime
            | RangeFunction::QuantileOverTime
            | RangeFunction::Changes
            | RangeFunction::Resets
            | RangeFunction::PredictLinear
            | RangeFunction::DoubleExponentialSmoothing => None,
        },
        Vector::Binary(binary) => growth(&binary.left).or_else(|| growth(&binary.right)),
        Vector::WithScalar(pair) => growth(&pair.vector),
        Vector::Aggregate(aggregate) => growth(&aggregate.vector),
        Vector::Negated(inner) | Vector::Timestamp(inner) => growth(inner),
        Vector::Math { vector, .. }
        | Vector::Clamp { vector, .. }
        | Vector::Round { vector, .. }
        | Vector::Labels { vector, .. }
        | Vector::Sort { vector, .. }
        | Vector::HistogramQuantile { vector, .. } => growth(vector),
        Vector::Selector(_)
        | Vector::Of(_)
        | Vector::Absent { .. }
        | Vector::AbsentOverTime { .. }
        | Vector::Date { .. } => None,
    }
}

fn drops(vector: &Vector, label: &str) -> bool {
    match vector {
        Vector::Selector(_) => false,
        Vector::Of(_) => true,
        Vector::Range { range, .. } => match &**range {
            Range::Window { .. } => false,
            Range::Subquery(subquery) => drops(&subquery.inner, label),
        },
        Vector::Binary(binary) => binary_drops(binary, label),
        Vector::WithScalar(pair) => drops(&pair.vector, label),
        Vector::Aggregate(aggregate) => aggregate_drops(aggregate, label),
        Vector::Absent { labels, .. } | Vector::AbsentOverTime { labels, .. } => {
            !labels.iter().any(|(name, _)| name == label)
        }
        Vector::Date { vector, .. } => vector.as_ref().is_none_or(|inner| drops(inner, label)),
        Vector::Labels { change, vector, .. } => {
            let (LabelChange::Replace { to, .. } | LabelChange::Join { to, .. }) = change;
            **to != *label && drops(vector, label)
        }
        Vector::HistogramQuantile { vector, .. } => label == "le" || drops(vector, label),
        Vector::Negated(inner) | Vector::Timestamp(inner) => drops(inner, label),
        Vector::Math { vector, .. }
        | Vector::Clamp { vector, .. }
        | Vector::Round { vector, .. }
        | Vector::Sort { vector, .. } => drops(vector, label),
    }
}

/// Set operators keep elements as they are; for others, what one side still has may be in the result.
fn binary_drops(binary: &VectorBinary, label: &str) -> bool {
    let (left, right) = (drops(&binary.left, label), drops(&binary.right, label));
    match binary.operator {
        BinaryOperator::And | BinaryOperator::Unless => left,
        BinaryOperator::Or
        | BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Modulo
        | BinaryOperator::Power
        | BinaryOperator::Atan2
        | BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual => left && right,
    }
}

fn aggregate_drops(aggregate: &Aggregate, label: &str) -> bool {
    let inner = drops(&aggregate.vector, label);
    let Grouping { is_without, labels } = &aggregate.grouping;
    let grouped_away = labels.iter().any(|named| named == label) == *is_without;
    match aggregate.operator {
        // They pick elements and keep them as they are.
        AggregateOperator::Topk | AggregateOperator::Bottomk => inner,
        AggregateOperator::CountValues => match &aggregate.parameter {
            Parameter::Label(set) if set == label => false,
            Parameter::Label(_) | Parameter::Scalar(_) | Parameter::None => inner || grouped_away,
        },
        AggregateOperator::Sum
        | AggregateOperator::Avg
        | AggregateOperator::Count
        | AggregateOperator::Min
        | AggregateOperator::Max
        | AggregateOperator::Group
        | AggregateOperator::Stddev
        | AggregateOperator::Stdvar
        | AggregateOperator::Quantile => inner || grouped_away,
    }
}

#[cfg(test)]
mod tests {
    use super::AnswerType;
    use crate::{Dialect, Query};

    fn query(text: &str) -> Query {
        Query::parse(text, Dialect::default()).unwrap()
    }

    #[test]
    fn the_type_of_an_answer_is_known_before_it_is_asked() {
        for (text, expected) in [
            ("1 + 1", AnswerType::Scalar),
            ("((up))", AnswerType::Vector),
            ("up[5m]", AnswerType::Range),
            ("'up'", AnswerType::Text),
            ("scalar(up)", AnswerType::Scalar),
            ("vector(1)", AnswerType::Vector),
        ] {
            assert_eq!(query(text).answer_type(), expected, "{text}");
        }
    }

    #[test]
    fn the_growth_of_a_counter_is_told_from_the_counter() {
        for (text, expected) in [
            ("errors_total", None),
            ("sum by (pod) (errors_total)", None),
            ("rate(errors_total[1m])", Some("rate")),
            ("sum(increase(errors_total[1m]))", Some("increase")),
            ("60 * irate(errors_total[1m])", Some("irate")),
            ("a or delta(b[5m])", Some("delta")),
            ("label_replace((rate(a[1m])), 'x', 'y', '', '')", Some("rate")),
            ("max_over_time(a[1m])", None),
        ] {
            assert_eq!(query(text).growth_function(), expected, "{text}");
        }
    }

    #[test]
    fn labels_are_dropped_by_aggregations_only() {
        for (text, expected) in [
            ("errors_total", false),
            ("sum(errors_total)", true),
            ("sum by (role) (errors_total)", true),
            ("sum by (role, pod) (errors_total)", false),
            ("sum without (pod) (errors_total)", true),
            ("sum without (code) (errors_total)", false),
            ("topk(3, errors_total)", false),
            ("count_values('pod', errors_total)", false),
            ("count_values('x', errors_total)", true),
            ("sum(a) + b", false),
            ("sum(a) / sum(b)", true),
            ("sum(a) and b", true),
            ("a or sum(b)", false),
            ("vector(1)", true),
            ("label_replace(sum(a), 'pod', 'x', '', '')", false),
            ("max_over_time(sum(a)[5m:1m])", true),
        ] {
            assert_eq!(query(text).drops_label("pod"), expected, "{text}");
        }
        assert!(query("histogram_quantile(0.9, a)").drops_label("le"));
    }
}
