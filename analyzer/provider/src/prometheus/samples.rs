//! The answer to a range query as samples of series with their labels.

use std::collections::BTreeMap;

use assay_run::compare::LookBack;
use assay_run::reading::{Answer, Fault, Reading, SampledSeries, Samples};
use assay_template::number;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::limits::Limits;
use crate::prometheus::answer::{self, unreadable};

/// The instants that a look back from `asked` is about, ascending; `asked` is the last of them.
pub(crate) fn instants(back: LookBack, asked: Timestamp) -> Vec<Timestamp> {
    let every = back.every.as_nanos().max(1);
    let steps = i32::try_from(back.reach.as_nanos() / every).unwrap_or(0);
    let every = SignedDuration::try_from(back.every).unwrap_or_default();
    let before = |step: i32| asked.checked_sub(every.saturating_mul(step)).ok();
    (0..=steps).rev().filter_map(before).collect()
}

#[derive(Deserialize)]
struct Wire {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    result: Option<Vec<Series>>,
}

#[derive(Deserialize)]
struct Series {
    metric: BTreeMap<String, String>,
    values: Vec<(f64, String)>,
}

/// Reads an answer with this status and body to a range query over `instants`, `every` seconds apart.
///
/// # Errors
///
/// As [`answer::read`], which has the first look at it.
pub(crate) fn read(
    status: u16,
    body: &[u8],
    limits: &Limits,
    instants: Vec<Timestamp>,
    every: f64,
) -> Result<Answer, Fault> {
    let Answer { warnings, .. } = answer::read(status, body, limits)?;
    let wire: Wire = serde_json::from_slice(body)
        .map_err(|_| unreadable("the answer has not the form of a range query's"))?;
    let begun = instants.first().map_or(0.0, |first| first.as_duration().as_secs_f64());
    let series = wire.data.result.unwrap_or_default().into_iter().map(|series| {
        let mut values = vec![None; instants.len()];
        for (at, text) in &series.values {
            let value = number::parse(text)
                .map_err(|_| unreadable("a value of the answer is no number"))?;
            if let Some(slot) = place((at - begun) / every).and_then(|it| values.get_mut(it)) {
                *slot = Some(value);
            }
        }
        Ok(SampledSeries { labels: series.metric.into_iter().collect(), values })
    });
    let series = series.collect::<Result<Vec<_>, Fault>>()?;
    let reading = Reading::Samples(Samples { instants, series });
    Ok(Answer { warnings, ..Answer::of(reading) })
}

/// The number of a step, which is whole but for rounding on the wire.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float saturates on its way to an integer, and negative ones are refused before"
)]
fn place(steps: f64) -> Option<usize> {
    let whole = steps.round();
    (0.0 <= whole).then_some(whole as usize)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn samples_stand_at_their_instants() {
        let asked: Timestamp = "2026-01-05T10:00:00.5Z".parse().unwrap();
        let (reach, every) = (Duration::from_secs(75), Duration::from_secs(30));
        let instants = instants(LookBack { reach, every }, asked);
        let shown: Vec<String> = instants.iter().map(Timestamp::to_string).collect();
        let at = ["2026-01-05T09:59:00.5Z", "2026-01-05T09:59:30.5Z", "2026-01-05T10:00:00.5Z"];
        assert_eq!(shown, at);
        let body = br#"{"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{"pod":"a"},"values":[[1767607140.5,"1"],[1767607200.5,"4"]]},
            {"metric":{},"values":[[1767607170.5,"NaN"]]}]}}"#;
        let answer = read(200, body, &Limits::default(), instants, 30.0).unwrap();
        let Reading::Samples(Samples { series, .. }) = answer.reading else { panic!("samples") };
        assert_eq!(series[0].labels, [("pod".to_owned(), "a".to_owned())]);
        assert_eq!(series[0].values, [Some(1.0), None, Some(4.0)]);
        assert!(series[1].values[1].unwrap().is_nan() && series[1].values[0].is_none());
    }

    #[test]
    fn a_refusal_is_one_here_too() {
        let body = br#"{"status":"error","errorType":"bad_data","error":"no"}"#;
        let fault = read(400, body, &Limits::default(), Vec::new(), 1.0).unwrap_err();
        assert_eq!(fault.message, "bad_data: no");
    }
}
