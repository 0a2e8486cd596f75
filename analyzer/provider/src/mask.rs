//! Secrets are taken out of readings: everything that leaves this crate passes here.

use std::collections::BTreeMap;

use assay_outbound::mask::Mask;
use assay_run::reading::{Answer, Health, ProbeFailure, Reading, SampledSeries, Samples};
use assay_template::json::Json;

/// The answer without the secrets that `mask` knows.
pub(crate) fn answer(mask: &Mask, answer: Answer) -> Answer {
    if mask.is_empty() {
        return answer;
    }
    let Answer { reading: read, warnings, sampled, unfounded } = answer;
    let warnings = warnings.iter().map(|warning| mask.scrub(warning)).collect();
    let unfounded = unfounded.map(|why| mask.scrub(&why));
    Answer { reading: reading(mask, read), warnings, sampled, unfounded }
}

fn reading(mask: &Mask, reading: Reading) -> Reading {
    match reading {
        Reading::Json(value) => Reading::Json(json(mask, value)),
        Reading::Text(text) => Reading::Text(mask.scrub(&text)),
        Reading::Health(Health { passed, failures, latencies_seconds }) => {
            let scrub = |failure: ProbeFailure| ProbeFailure {
                target: mask.scrub(&failure.target),
                why: mask.scrub(&failure.why),
            };
            let failures = failures.into_iter().map(scrub).collect();
            Reading::Health(Health { passed, failures, latencies_seconds })
        }
        Reading::Samples(Samples { instants, series }) => {
            let labels = |(name, value): (String, String)| (name, mask.scrub(&value));
            let scrub = |series: SampledSeries| SampledSeries {
                labels: series.labels.into_iter().map(labels).collect(),
                values: series.values,
            };
            let series = series.into_iter().map(scrub).collect();
            Reading::Samples(Samples { instants, series })
        }
        Reading::Scalar(_)
        | Reading::Vector(_)
        | Reading::Matrix(_)
        | Reading::Score(_)
        | Reading::Finished(_)
        | Reading::Nothing { .. } => reading,
    }
}

fn json(mask: &Mask, value: Json) -> Json {
    match value {
        Json::Text(text) => Json::Text(mask.scrub(&text)),
        Json::List(items) => Json::List(items.into_iter().map(|it| json(mask, it)).collect()),
        Json::Map(map) => {
            let entries = map.into_iter().map(|(key, value)| (mask.scrub(&key), json(mask, value)));
            Json::Map(entries.collect::<BTreeMap<_, _>>())
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echoed_secret_is_taken_out_of_every_text() {
        let mask = Mask::default();
        mask.add("s3cret");
        let map = BTreeMap::from([("s3cret".to_owned(), Json::List(vec![text("a s3cret")]))]);
        let answer = Answer {
            warnings: vec!["s3cret!".into()],
            ..Answer::of(Reading::Json(Json::Map(map)))
        };
        let masked = super::answer(&mask, answer);
        let map = BTreeMap::from([("***".to_owned(), Json::List(vec![text("a ***")]))]);
        assert_eq!(masked.reading, Reading::Json(Json::Map(map)));
        assert_eq!(masked.warnings, ["***!"]);
    }

    fn text(text: &str) -> Json {
        Json::Text(text.to_owned())
    }
}
