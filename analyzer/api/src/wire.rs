//! Answers as Prometheus's HTTP API writes them.

use assay_promql::{Labels, Points, Value, number_text};
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};

/// The `data` of an answer: `resultType` and `result`.
///
/// Numbers are texts and times are seconds with up to three decimals, as Prometheus writes them.
///
/// # Source
///
/// Prometheus 3.x, HTTP API, "Expression query result formats".
#[derive(Clone, Copy, Debug)]
pub struct Data<'a>(pub &'a Value);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        match self.0 {
            Value::Scalar { time_ms, value } => {
                map.serialize_entry("resultType", "scalar")?;
                map.serialize_entry("result", &point(*time_ms, *value))?;
            }
            Value::Text { time_ms, text } => {
                map.serialize_entry("resultType", "string")?;
                map.serialize_entry("result", &(Seconds(*time_ms), text))?;
            }
            Value::Vector { time_ms, elements } => {
                map.serialize_entry("resultType", "vector")?;
                let elements = elements.iter().map(|element| VectorElement {
                    metric: Metric(&element.labels),
                    value: point(*time_ms, element.value),
                });
                map.serialize_entry("result", &elements.collect::<Vec<_>>())?;
            }
            Value::Matrix(series) => {
                map.serialize_entry("resultType", "matrix")?;
                let series = series.iter().map(|one| MatrixElement {
                    metric: Metric(&one.labels),
                    values: Values(&one.points),
                });
                map.serialize_entry("result", &series.collect::<Vec<_>>())?;
            }
        }
        map.end()
    }
}

/// The labels of a series, the metric's name among them as `__name__`.
#[derive(Clone, Copy, Debug)]
pub struct Metric<'a>(pub &'a Labels);

impl Serialize for Metric<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|label| (&*label.name, &*label.value)))
    }
}

#[derive(Serialize)]
struct VectorElement<'a> {
    metric: Metric<'a>,
    value: (Seconds, String),
}

#[derive(Serialize)]
struct MatrixElement<'a> {
    metric: Metric<'a>,
    values: Values<'a>,
}

struct Values<'a>(&'a Points);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for (time_ms, value) in self.0.iter() {
            list.serialize_element(&point(time_ms, value))?;
        }
        list.end()
    }
}

fn point(time_ms: i64, value: f64) -> (Seconds, String) {
    (Seconds(time_ms), number_text(value))
}

/// Milliseconds since 1970, written as seconds.
struct Seconds(i64);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 1000 == 0 {
            return serializer.serialize_i64(self.0 / 1000);
        }
        #[expect(clippy::cast_precision_loss, reason = "exact up to the year 287,396")]
        let milliseconds = self.0 as f64;
        serializer.serialize_f64(milliseconds / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use assay_promql::{Element, MatrixSeries};

    use super::*;

    fn check(value: &Value, json: &str) {
        assert_eq!(serde_json::to_string(&Data(value)).expect("it is written"), json);
    }

    /// The forms of Prometheus's documentation.
    #[test]
    fn values_are_written_as_prometheus_writes_them() {
        let (time_ms, up) = (1_435_781_451_781, Labels::of(&[("job", "node"), ("__name__", "up")]));
        check(
            &Value::Scalar { time_ms, value: f64::INFINITY },
            r#"{"resultType":"scalar","result":[1435781451.781,"+Inf"]}"#,
        );
        check(
            &Value::Text { time_ms: 1_435_781_451_000, text: String::from("a \"b\"") },
            r#"{"resultType":"string","result":[1435781451,"a \"b\""]}"#,
        );
        let elements = vec![Element { labels: up.clone(), value: 1.0 }];
        check(
            &Value::Vector { time_ms, elements },
            r#"{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"node"},"value":[1435781451.781,"1"]}]}"#,
        );
        let points = Points { times_ms: vec![-500, 0, 1250], values: vec![f64::NAN, 1e21, 0.1] };
        check(
            &Value::Matrix(vec![MatrixSeries { labels: Labels::empty(), points }]),
            r#"{"resultType":"matrix","result":[{"metric":{},"values":[[-0.5,"NaN"],[0,"1000000000000000000000"],[1.25,"0.1"]]}]}"#,
        );
        check(
            &Value::Vector { time_ms, elements: Vec::new() },
            r#"{"resultType":"vector","result":[]}"#,
        );
    }
}
