//! Queries: from text to a plan that can be evaluated.

mod bind;
mod call;
mod filter;
mod functions;
mod outline;
mod parse;
mod pattern;
mod plan;
mod problem;
mod reach;
mod selector;
mod token;
mod tree;

pub use outline::AnswerType;
pub use problem::{QueryProblem, QueryProblemKind};
pub use token::duration_ms;

pub(crate) use functions::{DatePart, LabelChange, MathFunction, RangeFunction};
pub(crate) use plan::*;
pub(crate) use tree::{AggregateOperator, At, BinaryOperator, Group, Grouping, Side};

use crate::Dialect;
use crate::text::line_and_column;

/// A query that was understood.
#[derive(Clone, Debug)]
pub struct Query {
    text: String,
    dialect: Dialect,
    plan: Plan,
}

impl Query {
    /// Parses a query and checks its types.
    ///
    /// # Errors
    ///
    /// [`QueryProblem`] if it is not PromQL, or uses something that is not supported here.
    pub fn parse(text: &str, dialect: Dialect) -> Result<Self, QueryProblem> {
        let tree = parse::parse(text, dialect)?;
        let plan = bind::bind(&tree, text, dialect)?;
        Ok(Self { text: text.to_owned(), dialect, plan })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whose semantics it is evaluated with.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// How many milliseconds before its evaluation the query looks, where a sample stands for
    /// `lookback_ms` after it; `None` if it looks at a fixed time with `@`.
    pub fn reach_ms(&self, lookback_ms: i64) -> Option<i64> {
        self.plan.reach.total_ms(lookback_ms)
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }
}

impl QueryProblem {
    /// The line and the column of the start in `text`, both from 1; columns count characters.
    pub fn line_and_column(&self, text: &str) -> (usize, usize) {
        line_and_column(text, self.span.start)
    }
}
