//! How a query is evaluated, what it may cost, and what can go wrong.

/// How a query is evaluated.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long a sample stands for the time after it, in milliseconds.
    pub lookback_ms: i64,
    /// The step of a subquery that does not say one, in milliseconds.
    pub subquery_step_ms: i64,
    /// What a query may cost.
    pub budget: Budget,
}

impl Default for Settings {
    /// As Prometheus is by default: five minutes and one minute.
    fn default() -> Self {
        Self { lookback_ms: 300_000, subquery_step_ms: 60_000, budget: Budget::default() }
    }
}

/// What a query may cost.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Samples of the selected series, and of the results of subqueries and of the query.
    pub samples_max: usize,
    /// Series a selector may select.
    pub series_max: usize,
    /// Steps of a range query after the first.
    pub steps_max: usize,
    /// Steps of all subqueries together.
    pub subquery_steps_max: usize,
    /// Samples read and elements made in all steps together: what costs time.
    pub visits_max: usize,
    /// Bytes of a label value that a query makes.
    pub label_bytes_max: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            samples_max: 50_000_000,
            series_max: 100_000,
            steps_max: 11_000,
            subquery_steps_max: 1_000_000,
            visits_max: 1_000_000_000,
            label_bytes_max: 65_536,
        }
    }
}

/// Why a query has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// The selected series or the results have too many samples.
    #[error("the query would load more than {samples_max} samples")]
    TooManySamples {
        /// The limit.
        samples_max: usize,
    },
    /// A selector matches too many series.
    #[error("`{selector}` matches more than {series_max} series")]
    TooManySeries {
        /// As it was written.
        selector: String,
        /// The limit.
        series_max: usize,
    },
    /// A range query with too many steps.
    #[error("the query has more than {steps_max} steps")]
    TooManySteps {
        /// The limit.
        steps_max: usize,
    },
    /// Subqueries with too many steps.
    #[error("the subqueries have more than {steps_max} steps")]
    TooManySubquerySteps {
        /// The limit.
        steps_max: usize,
    },
    /// A query that would take too long.
    #[error("the query would read more than {visits_max} samples in all its steps")]
    TooManyVisits {
        /// The limit.
        visits_max: usize,
    },
    /// A label value that grew too long.
    #[error("the query makes a label value of more than {label_bytes_max} bytes")]
    LabelTooLong {
        /// The limit.
        label_bytes_max: usize,
    },
    /// A range query that ends before it starts or does not move.
    #[error("a range needs an end that is not before its start and a step of at least 1ms")]
    BadRange,
    /// A range query for a range vector or a text.
    #[error("a range query needs a scalar or an instant vector at each step")]
    NotPerStep,
    /// Two elements of a result with the same labels.
    #[error("the result has two elements with the labels {labels}")]
    SameLabels {
        /// The labels.
        labels: String,
    },
    /// Several elements on the side that should have one.
    #[error(
        "several elements on the {side} side match {group}: {first} and {second}; matching needs \
         one, or `group_left` or `group_right` if the other side has several"
    )]
    SeveralMatches {
        /// `left` or `right`.
        side: &'static str,
        /// The labels matched on.
        group: String,
        /// One of the elements.
        first: String,
        /// Another.
        second: String,
    },
    /// Several elements on the side that may only have one without grouping.
    #[error(
        "several elements match {labels} on the other side: say so with `group_left` or \
         `group_right`"
    )]
    GroupingNeeded {
        /// The labels of the second.
        labels: String,
    },
    /// Grouping that gives two elements the same labels.
    #[error("grouping gives two elements the labels {labels}")]
    GroupingNotUnique {
        /// The labels.
        labels: String,
    },
    /// A number of elements that is none.
    #[error("`{value}` is not a number of elements")]
    BadCount {
        /// The value.
        value: f64,
    },
    /// A factor outside its range.
    #[error("the {name} factor has to be between 0 and 1, got {factor}")]
    BadFactor {
        /// `smoothing` or `trend`.
        name: &'static str,
        /// The value.
        factor: f64,
    },
}
