//! Binding of function calls.

use crate::Dialect;
use crate::nearest::nearest;
use crate::query::bind::{Binder, Bound, absent_labels, shared};
use crate::query::functions::{
    DatePart, LabelChange, MathFunction, NAMES, RangeFunction, unsupported,
};
use crate::query::plan::{Root, Scalar, Vector};
use crate::query::problem::{QueryProblem, QueryProblemKind, Span};
use crate::query::tree::Node;

impl Binder<'_> {
    /// Binds a call of the function `name`; `span` is that of the whole call.
    pub(super) fn call(&mut self, name: &str, arguments: &[Node], span: Span) -> Bound<Root> {
        self.check_function(name, span)?;
        let place = format!("`{name}`");
        let wrong_count = |takes| {
            let (function, given) = (name.to_owned(), arguments.len());
            QueryProblem::new(span, QueryProblemKind::ArgumentCount { function, takes, given })
        };
        if let Some(function) = RangeFunction::from_name(name) {
            let (range, parameters) = range_arguments(function, arguments).map_err(wrong_count)?;
            let range = Box::new(self.range(range, &place)?);
            let mut bound = Vec::with_capacity(parameters.len());
            for parameter in parameters {
                bound.push(self.scalar(parameter, &place)?);
            }
            let memory = self.memory();
            return Ok(Root::Vector(Vector::Range { function, range, parameters: bound, memory }));
        }
        if let Some(part) = DatePart::from_name(name) {
            let vector = match arguments {
                [] => None,
                [vector] => Some(Box::new(self.vector(vector, &place)?)),
                _ => return Err(wrong_count("at most one instant vector")),
            };
            return Ok(Root::Vector(Vector::Date { part, vector }));
        }
        if let Some(function) = MathFunction::from_name(name) {
            let [vector] = arguments else { return Err(wrong_count("one instant vector")) };
            let vector = Box::new(self.vector(vector, &place)?);
            return Ok(Root::Vector(Vector::Math { function, vector }));
        }
        self.other_call(name, &place, arguments, span, &wrong_count)
    }

    fn check_function(&self, name: &str, span: Span) -> Bound<()> {
        let problem = |why| {
            let construct = name.to_owned();
            Err(QueryProblem::new(span, QueryProblemKind::Unsupported { construct, why }))
        };
        if let Some(why) = unsupported(name) {
            return problem(why);
        }
        match (name, self.dialect) {
            ("holt_winters", Dialect::Prometheus3) => {
                problem("Prometheus 3 calls it `double_exponential_smoothing`")
            }
            ("double_exponential_smoothing", Dialect::Prometheus2) => {
                problem("Prometheus 2 calls it `holt_winters`")
            }
            ("mad_over_time" | "first_over_time", Dialect::Prometheus2) => {
                problem("Prometheus 2 does not have it")
            }
            (_, Dialect::Prometheus2 | Dialect::Prometheus3) => Ok(()),
        }
    }

    fn other_call(
        &mut self,
        name: &str,
        place: &str,
        arguments: &[Node],
        span: Span,
        wrong_count: &dyn Fn(&'static str) -> QueryProblem,
    ) -> Bound<Root> {
        let vector = match (name, arguments) {
            ("time", []) => return Ok(Root::Scalar(Scalar::Time)),
            ("pi", []) => return Ok(Root::Scalar(Scalar::Number(std::f64::consts::PI))),
            ("scalar", [vector]) => {
                return Ok(Root::Scalar(Scalar::Of(Box::new(self.vector(vector, place)?))));
            }
            ("vector", [scalar]) => Vector::Of(self.scalar(scalar, place)?),
            ("absent", [vector]) => {
                let labels = absent_labels(vector);
                Vector::Absent { vector: Box::new(self.vector(vector, place)?), labels }
            }
            ("absent_over_time", [range]) => {
                let labels = absent_labels(range);
                Vector::AbsentOverTime { range: Box::new(self.range(range, place)?), labels }
            }
            ("clamp", [vector, lower, upper]) => {
                self.clamp(place, vector, Some(lower), Some(upper))?
            }
            ("clamp_min", [vector, lower]) => self.clamp(place, vector, Some(lower), None)?,
            ("clamp_max", [vector, upper]) => self.clamp(place, vector, None, Some(upper))?,
            ("round", [vector]) => {
                let vector = Box::new(self.vector(vector, place)?);
                Vector::Round { vector, to: Scalar::Number(1.0) }
            }
            ("round", [vector, to]) => Vector::Round {
                vector: Box::new(self.vector(vector, place)?),
                to: self.scalar(to, place)?,
            },
            ("timestamp", [vector]) => Vector::Timestamp(Box::new(self.vector(vector, place)?)),
            ("sort" | "sort_desc", [vector]) => Vector::Sort {
                vector: Box::new(self.vector(vector, place)?),
                is_descending: name == "sort_desc",
            },
            ("histogram_quantile", [quantile, vector]) => Vector::HistogramQuantile {
                quantile: self.scalar(quantile, place)?,
                vector: Box::new(self.vector(vector, place)?),
            },
            ("label_replace", [vector, to, template, from, pattern]) => {
                self.label_replace(place, vector, [to, template, from, pattern])?
            }
            ("label_join", [vector, to, separator, from @ ..]) => {
                self.label_join(place, vector, to, separator, from)?
            }
            _ => {
                return Err(match takes(name) {
                    Some(takes) => wrong_count(takes),
                    None => {
                        let nearest = nearest(name, NAMES.into_iter());
                        let name = name.to_owned();
                        QueryProblem::new(span, QueryProblemKind::UnknownFunction { name, nearest })
                    }
                });
            }
        };
        Ok(Root::Vector(vector))
    }

    fn clamp(
        &mut self,
        place: &str,
        vector: &Node,
        lower: Option<&Node>,
        upper: Option<&Node>,
    ) -> Bound<Vector> {
        let vector = Box::new(self.vector(vector, place)?);
        let lower = lower.map(|lower| self.scalar(lower, place)).transpose()?;
        let upper = upper.map(|upper| self.scalar(upper, place)).transpose()?;
        Ok(Vector::Clamp { vector, lower, upper })
    }

    fn label_replace(&mut self, place: &str, vector: &Node, texts: [&Node; 4]) -> Bound<Vector> {
        let vector = Box::new(self.vector(vector, place)?);
        let [to, template, from, pattern] = texts;
        let to_text = self.literal(to, place)?;
        self.check_label_name(&to_text, to.span)?;
        let change = LabelChange::Replace {
            to: shared(to_text),
            template: shared(self.literal(template, place)?),
            from: shared(self.literal(from, place)?),
            pattern: {
                let text = self.literal(pattern, place)?;
                self.pattern(&text, pattern.span)?
            },
        };
        Ok(Vector::Labels { change, vector, memory: self.memory() })
    }

    fn label_join(
        &mut self,
        place: &str,
        vector: &Node,
        to: &Node,
        separator: &Node,
        from: &[Node],
    ) -> Bound<Vector> {
        let vector = Box::new(self.vector(vector, place)?);
        let to_text = self.literal(to, place)?;
        self.check_label_name(&to_text, to.span)?;
        let separator = shared(self.literal(separator, place)?);
        let mut names = Vec::with_capacity(from.len());
        for node in from {
            let name = self.literal(node, place)?;
            self.check_label_name(&name, node.span)?;
            names.push(name);
        }
        let change = LabelChange::Join { to: shared(to_text), separator, from: names };
        Ok(Vector::Labels { change, vector, memory: self.memory() })
    }
}

/// Which argument is the range and which are parameters; the error says what it takes.
fn range_arguments(
    function: RangeFunction,
    arguments: &[Node],
) -> Result<(&Node, Vec<&Node>), &'static str> {
    match (function, arguments) {
        (RangeFunction::QuantileOverTime, [quantile, range]) => Ok((range, vec![quantile])),
        (RangeFunction::QuantileOverTime, _) => Err("a scalar and a range vector"),
        (RangeFunction::PredictLinear, [range, ahead]) => Ok((range, vec![ahead])),
        (RangeFunction::PredictLinear, _) => Err("a range vector and a scalar"),
        (RangeFunction::DoubleExponentialSmoothing, [range, level, trend]) => {
            Ok((range, vec![level, trend]))
        }
        (RangeFunction::DoubleExponentialSmoothing, _) => Err("a range vector and two scalars"),
        (
            RangeFunction::Rate
            | RangeFunction::Increase
            | RangeFunction::Delta
            | RangeFunction::Irate
            | RangeFunction::Idelta
            | RangeFunction::AvgOverTime
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
            | RangeFunction::Changes
            | RangeFunction::Resets
            | RangeFunction::Deriv,
            arguments,
        ) => match arguments {
            [range] => Ok((range, Vec::new())),
            _ => Err("one range vector"),
        },
    }
}

/// What the functions take that are told apart by their number of arguments.
fn takes(name: &str) -> Option<&'static str> {
    Some(match name {
        "time" | "pi" => "no arguments",
        "vector" => "one scalar",
        "scalar" | "absent" | "timestamp" | "sort" | "sort_desc" => "one instant vector",
        "absent_over_time" => "one range vector",
        "clamp" => "an instant vector and two scalars",
        "clamp_min" | "clamp_max" => "an instant vector and a scalar",
        "round" => "an instant vector and perhaps a scalar",
        "histogram_quantile" => "a scalar and an instant vector",
        "label_replace" => "an instant vector and four texts",
        "label_join" => "an instant vector and at least two texts",
        _ => return None,
    })
}
