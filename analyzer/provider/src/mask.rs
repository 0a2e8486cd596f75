//! The second line against secrets: they are taken out of whatever comes back.
//!
//! The first line is that our own texts never contain them. A source can still echo what it was
//! sent; so everything that leaves this crate passes a [`Mask`] that knows the secrets of the plan
//! and those that came up on the way, such as tokens.

use std::collections::BTreeMap;

use assay_run::reading::{Answer, Fault, Health, ProbeFailure, Reading, SampledSeries, Samples};
use assay_template::json::Json;
use assay_template::secret::Secrets;
use tokio::sync::watch;

/// The secrets of one measurement.
#[derive(Default)]
pub(crate) struct Mask {
    // Probes run side by side and each may come by a new token.
    secrets: watch::Sender<Secrets>,
}

impl Mask {
    /// A mask that knows these secrets.
    pub(crate) fn new(secrets: Secrets) -> Self {
        Self { secrets: watch::Sender::new(secrets) }
    }

    /// Learns another one, in all the forms it is likely to come back in.
    pub(crate) fn add(&self, secret: &str) {
        self.secrets.send_modify(|secrets| secrets.add_all_forms(secret));
    }

    /// `text` with `***` in the place of secrets.
    pub(crate) fn scrub(&self, text: &str) -> String {
        self.secrets.borrow().scrub(text)
    }

    /// The fault without secrets.
    pub(crate) fn fault(&self, fault: Fault) -> Fault {
        Fault { kind: fault.kind, message: self.scrub(&fault.message) }
    }

    /// The answer without secrets.
    pub(crate) fn answer(&self, answer: Answer) -> Answer {
        if self.secrets.borrow().is_empty() {
            return answer;
        }
        let Answer { reading, warnings, sampled, unfounded } = answer;
        let warnings = warnings.iter().map(|warning| self.scrub(warning)).collect();
        let unfounded = unfounded.map(|why| self.scrub(&why));
        Answer { reading: self.reading(reading), warnings, sampled, unfounded }
    }

    fn reading(&self, reading: Reading) -> Reading {
        match reading {
            Reading::Json(json) => Reading::Json(self.json(json)),
            Reading::Text(text) => Reading::Text(self.scrub(&text)),
            Reading::Health(Health { passed, failures, latencies_seconds }) => {
                let scrub = |failure: ProbeFailure| ProbeFailure {
                    target: self.scrub(&failure.target),
                    why: self.scrub(&failure.why),
                };
                let failures = failures.into_iter().map(scrub).collect();
                Reading::Health(Health { passed, failures, latencies_seconds })
            }
            Reading::Samples(Samples { instants, series }) => {
                let labels = |(name, value): (String, String)| (name, self.scrub(&value));
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

    fn json(&self, json: Json) -> Json {
        match json {
            Json::Text(text) => Json::Text(self.scrub(&text)),
            Json::List(items) => Json::List(items.into_iter().map(|it| self.json(it)).collect()),
            Json::Map(map) => {
                let entries =
                    map.into_iter().map(|(key, value)| (self.scrub(&key), self.json(value)));
                Json::Map(entries.collect::<BTreeMap<_, _>>())
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => json,
        }
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
        let masked = mask.answer(answer);
        let map = BTreeMap::from([("***".to_owned(), Json::List(vec![text("a ***")]))]);
        assert_eq!(masked.reading, Reading::Json(Json::Map(map)));
        assert_eq!(masked.warnings, ["***!"]);
    }

    fn text(text: &str) -> Json {
        Json::Text(text.to_owned())
    }
}
