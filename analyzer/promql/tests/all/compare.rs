//! Ours and theirs, compared.

use assay_promql::{Answer, Labels, Value};
use serde_json::Value as Json;

/// How far two numbers may be apart, relative to the larger.
const TOLERANCE: f64 = 1e-12;

/// How often Prometheus is asked again when its answer is not ours.
const ASKED_AGAIN_MAX: usize = 12;

/// What was compared so far.
#[derive(Default)]
pub(crate) struct Comparison {
    pub(crate) pairs: usize,
    pub(crate) values: usize,
    pub(crate) empty: usize,
    pub(crate) errors: usize,
    /// Answers of Prometheus that differ from one time it is asked to the next.
    pub(crate) unstable: usize,
    pub(crate) worst: f64,
    pub(crate) differences: Vec<String>,
}

/// One series or element: labels, and times in seconds with values.
type Line = (String, Vec<(f64, f64)>);

impl Comparison {
    /// Compares our answer to the query and time that `what` says with what `ask` gets.
    ///
    /// Prometheus keeps some intermediate results in a map without an order. Where its answers to
    /// one query differ among themselves, ours has to be one of them.
    pub(crate) fn compare(
        &mut self,
        what: &str,
        is_ordered: bool,
        ours: &Result<Answer, String>,
        ask: impl Fn() -> Result<Json, String>,
    ) {
        self.pairs += 1;
        let first = ask();
        let Err(difference) = self.equal(is_ordered, ours, &first) else { return };
        let is_one_of_several = (0..ASKED_AGAIN_MAX).any(|_| {
            let again = ask();
            again != first && self.equal(is_ordered, ours, &again).is_ok()
        });
        if is_one_of_several {
            self.unstable += 1;
        } else {
            self.differences.push(format!("{what}\n{difference}"));
        }
    }

    fn equal(
        &mut self,
        is_ordered: bool,
        ours: &Result<Answer, String>,
        theirs: &Result<Json, String>,
    ) -> Result<(), String> {
        let (ours, theirs) = match (ours, theirs) {
            (Err(_), Err(_)) => {
                self.errors += 1;
                return Ok(());
            }
            (Err(ours), Ok(theirs)) => {
                return Err(format!("  ours: error {ours}\n  theirs: {theirs}"));
            }
            (Ok(ours), Err(theirs)) => {
                return Err(format!("  ours: {:?}\n  theirs: error {theirs}", ours.value));
            }
            (Ok(ours), Ok(theirs)) => (ours, theirs),
        };
        let (our_kind, mut our_lines) = our_lines(&ours.value);
        let (their_kind, mut their_lines) = their_lines(theirs);
        if !is_ordered {
            our_lines.sort_by(|left, right| left.0.cmp(&right.0));
            their_lines.sort_by(|left, right| left.0.cmp(&right.0));
        }
        if our_kind == their_kind && self.same_lines(&our_lines, &their_lines) {
            self.empty += usize::from(our_lines.is_empty());
            return Ok(());
        }
        Err(format!("  ours: {our_kind} {our_lines:?}\n  theirs: {their_kind} {their_lines:?}"))
    }

    fn same_lines(&mut self, ours: &[Line], theirs: &[Line]) -> bool {
        ours.len() == theirs.len()
            && ours.iter().zip(theirs).all(|(ours, theirs)| {
                ours.0 == theirs.0
                    && ours.1.len() == theirs.1.len()
                    && ours.1.iter().zip(&theirs.1).all(|(ours, theirs)| {
                        (ours.0 - theirs.0).abs() < 0.0005 && self.same_number(ours.1, theirs.1)
                    })
            })
    }

    fn same_number(&mut self, ours: f64, theirs: f64) -> bool {
        self.values += 1;
        if ours.to_bits() == theirs.to_bits() || ours.is_nan() && theirs.is_nan() {
            return true;
        }
        let apart = (ours - theirs).abs() / ours.abs().max(theirs.abs());
        if apart <= TOLERANCE {
            self.worst = self.worst.max(apart);
            return true;
        }
        // Zeros may differ in their sign only.
        ours == 0.0 && theirs == 0.0
    }
}

fn our_lines(value: &Value) -> (&'static str, Vec<Line>) {
    let second = |time_ms: i64| time_ms as f64 / 1000.0;
    match value {
        Value::Scalar { time_ms, value } => {
            ("scalar", vec![(String::new(), vec![(second(*time_ms), *value)])])
        }
        Value::Text { time_ms, text } => {
            ("string", vec![(text.clone(), vec![(second(*time_ms), 0.0)])])
        }
        Value::Vector { time_ms, elements } => {
            let line = |element: &assay_promql::Element| {
                (element.labels.to_string(), vec![(second(*time_ms), element.value)])
            };
            ("vector", elements.iter().map(line).collect())
        }
        Value::Matrix(matrix) => {
            let line = |series: &assay_promql::MatrixSeries| {
                let points = series.points.iter();
                (series.labels.to_string(), points.map(|(at, value)| (second(at), value)).collect())
            };
            ("matrix", matrix.iter().map(line).collect())
        }
    }
}

fn their_lines(data: &Json) -> (String, Vec<Line>) {
    let kind = data["resultType"].as_str().expect("a type").to_owned();
    let result = &data["result"];
    let lines = match kind.as_str() {
        "scalar" => vec![(String::new(), vec![their_point(result)])],
        "string" => {
            let text = result[1].as_str().expect("a text").to_owned();
            vec![(text, vec![(result[0].as_f64().expect("a time"), 0.0)])]
        }
        _ => result.as_array().expect("a list").iter().map(their_line).collect(),
    };
    (kind, lines)
}

fn their_line(line: &Json) -> Line {
    let metric = line["metric"].as_object().expect("labels");
    let pairs: Vec<(&str, &str)> = metric
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().expect("a label value")))
        .collect();
    let points = match line.get("values") {
        Some(values) => values.as_array().expect("points").iter().map(their_point).collect(),
        None => vec![their_point(&line["value"])],
    };
    (Labels::of(&pairs).to_string(), points)
}

fn their_point(point: &Json) -> (f64, f64) {
    let value = point[1].as_str().expect("a number as a text");
    (point[0].as_f64().expect("a time"), value.parse().expect("a number"))
}
