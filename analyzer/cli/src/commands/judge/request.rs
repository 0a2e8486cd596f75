//! The request that Kayenta's judge endpoint takes, as far as the judge reads it.
//!
//! Fields that the judge does not read (queries, scopes, timestamps) are passed over, as Kayenta does.
//! What Kayenta refuses is refused, with its path. What Kayenta silently takes for something else is
//! kept apart in [`Request::faults`]: a note in compatible mode, a refusal in strict mode.
//!
//! **Invariant:** everything read has a limit, so that no file can keep the judge busy for long.

use std::collections::{BTreeMap, BTreeSet};

use assay_stats::kayenta::{
    Direction, EffectMeasure, EffectSize, GroupWeight, MetricPair, MetricSettings, NanStrategy,
    Outliers, Thresholds,
};
use serde_json::Value;

use super::json::{Fault, Place};

/// Bytes of a request at most: thousands of times a usual one.
pub(super) const REQUEST_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Metrics of a configuration, and pairs of a request, at most.
const METRICS_MAX: usize = 1000;
/// Values of one side of a pair at most: more than a day of two a minute.
const VALUES_MAX: usize = 5000;
/// Values of all pairs together at most: a hundred metrics of a thousand values a side.
///
/// Kayenta's search for an interval takes a thousand steps over the values when one is absurdly large.
const VALUES_TOTAL_MAX: usize = 200_000;
/// Groups in a request at most.
const GROUPS_MAX: usize = 1000;
/// How far the weights may be from 100 in sum.
const WEIGHT_SLACK: f64 = 0.01;

/// A request whose every part is known to make sense to Kayenta.
#[derive(Debug)]
pub(super) struct Request {
    /// The metrics with their values, in the order given.
    pub(super) pairs: Vec<Pair>,
    /// The weights that are named.
    pub(super) weights: Vec<GroupWeight>,
    /// From which score on it passes or is marginal.
    pub(super) thresholds: Thresholds,
    /// What Kayenta passes over in silence.
    pub(super) faults: Vec<Fault>,
}

/// One metric, or one tag set of it, with the values of both sides.
#[derive(Debug)]
pub(super) struct Pair {
    /// Its id; empty if it has none.
    pub(super) id: String,
    /// Its tags.
    pub(super) tags: BTreeMap<String, String>,
    /// How it is judged.
    pub(super) settings: MetricSettings,
    /// The values of the canary, NaN where one is missing.
    pub(super) experiment: Vec<f64>,
    /// The values of the baseline.
    pub(super) control: Vec<f64>,
}

impl Pair {
    /// As the judge takes it.
    pub(super) fn as_metric_pair(&self) -> MetricPair<'_> {
        MetricPair {
            settings: &self.settings,
            experiment: &self.experiment,
            control: &self.control,
        }
    }
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    ///
    /// Everything that Kayenta would refuse, and everything beyond a limit.
    pub(super) fn read(document: &Value) -> Result<Self, Vec<Fault>> {
        let mut reader = Reader::default();
        let root = Place::root(document);
        root.require_object(&mut reader.refused);
        let config = root.field("canaryConfig");
        config.require_object(&mut reader.refused);
        let settings = reader.metrics(&config.field("metrics"));
        let pairs = reader.pairs(&root.field("metricSetPairList"), &settings);
        let weights = reader.weights(&config.field("classifier").field("groupWeights"));
        let thresholds = reader.thresholds(&root.field("scoreThresholds"));
        reader.unjudged(&config.field("metrics"), &settings, &pairs);
        reader.weigh(&config.field("classifier").field("groupWeights"), &pairs, &weights);
        let Some(thresholds) = thresholds.filter(|_| reader.refused.is_empty()) else {
            return Err(reader.refused);
        };
        Ok(Self { pairs, weights, thresholds, faults: reader.lenient })
    }
}

/// Collects what is wrong while reading.
#[derive(Default)]
struct Reader {
    /// What nobody can judge.
    refused: Vec<Fault>,
    /// What Kayenta takes for something else.
    lenient: Vec<Fault>,
}

impl Reader {
    fn metrics(&mut self, at: &Place<'_>) -> Vec<MetricSettings> {
        at.require(&mut self.refused);
        if self.too_many(at, METRICS_MAX, "metrics") {
            return Vec::new();
        }
        let mut all: Vec<MetricSettings> = Vec::new();
        for metric in at.items(&mut self.refused) {
            let name = metric.field("name");
            name.require(&mut self.refused);
            let Some(text) = name.text(&mut self.refused) else { continue };
            if all.iter().any(|other| other.name == text) {
                let said =
                    format!("another metric is named `{text}` too, and only the first counts");
                name.fault(&said, &mut self.lenient);
                continue;
            }
            let mut settings = self.settings(&metric, text);
            settings.groups = self.groups(&metric.field("groups"));
            if settings.groups.is_empty() && !settings.critical && !settings.muted {
                let said = "names no group, so that the metric never counts: name one, or say \
                            `muted: true`";
                metric.field("groups").fault(said, &mut self.lenient);
            }
            all.push(settings);
        }
        let groups: BTreeSet<&String> = all.iter().flat_map(|metric| &metric.groups).collect();
        if GROUPS_MAX < groups.len() {
            at.fault(&format!("has more than {GROUPS_MAX} groups"), &mut self.refused);
        }
        all
    }

    fn groups(&mut self, at: &Place<'_>) -> Vec<String> {
        if self.too_many(at, GROUPS_MAX, "groups") {
            return Vec::new();
        }
        let items = at.items(&mut self.refused);
        items.iter().filter_map(|item| item.text(&mut self.refused)).map(str::to_owned).collect()
    }

    /// What stands in a metric's `analysisConfigurations.canary`.
    fn settings(&mut self, metric: &Place<'_>, name: &str) -> MetricSettings {
        let canary = metric.field("analysisConfigurations").field("canary");
        let mut settings = MetricSettings::named(name);
        let directions = [
            ("increase", Direction::Increase),
            ("decrease", Direction::Decrease),
            ("either", Direction::Either),
        ];
        settings.direction = self.word(&canary.field("direction"), &directions, Direction::Either);
        let strategies = [("remove", NanStrategy::Remove), ("replace", NanStrategy::Replace)];
        settings.nan = self.word(&canary.field("nanStrategy"), &strategies, NanStrategy::Remove);
        settings.critical = canary.field("critical").flag(&mut self.refused);
        settings.must_have_data = canary.field("mustHaveData").flag(&mut self.refused);
        settings.muted = canary.field("muted").flag(&mut self.refused);
        settings.outliers = self.outliers(&canary.field("outliers"));
        settings.effect = self.effect(&canary.field("effectSize"));
        settings
    }

    fn outliers(&mut self, at: &Place<'_>) -> Outliers {
        let field = at.field("outlierFactor");
        let factor = field.number(&mut self.refused).unwrap_or(3.0);
        if factor <= 0.0 {
            field.fault("must be above 0", &mut self.refused);
        }
        let words = [("remove", Outliers::Remove { factor }), ("keep", Outliers::Keep)];
        self.word(&at.field("strategy"), &words, Outliers::Keep)
    }

    fn effect(&mut self, at: &Place<'_>) -> EffectSize {
        let measures =
            [("meanRatio", EffectMeasure::MeanRatio), ("cles", EffectMeasure::CommonLanguage)];
        let measure = self.word(&at.field("measure"), &measures, EffectMeasure::MeanRatio);
        let default = EffectSize::none(measure);
        let mut or =
            |name: &str, default: f64| at.field(name).number(&mut self.refused).unwrap_or(default);
        EffectSize {
            measure,
            allowed_increase: or("allowedIncrease", default.allowed_increase),
            allowed_decrease: or("allowedDecrease", default.allowed_decrease),
            critical_increase: or("criticalIncrease", default.critical_increase),
            critical_decrease: or("criticalDecrease", default.critical_decrease),
        }
    }

    /// One of a few words; any other is the default in Kayenta, whatever was meant.
    fn word<T: Copy>(&mut self, at: &Place<'_>, words: &[(&str, T)], default: T) -> T {
        let Some(text) = at.text(&mut self.refused) else { return default };
        if let Some((_, found)) = words.iter().find(|(word, _)| *word == text) {
            return *found;
        }
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let said = format!(
            "is `{text}`, which counts as if it were not there: write {}",
            names.join(" or ")
        );
        at.fault(&said, &mut self.lenient);
        default
    }

    fn pairs(&mut self, at: &Place<'_>, settings: &[MetricSettings]) -> Vec<Pair> {
        at.require(&mut self.refused);
        if self.too_many(at, METRICS_MAX, "pairs") {
            return Vec::new();
        }
        let items = at.items(&mut self.refused);
        if items.is_empty() && !at.is_absent() {
            at.fault("is empty, and there is nothing to judge", &mut self.refused);
        }
        let pairs: Vec<Pair> = items.iter().filter_map(|item| self.pair(item, settings)).collect();
        let values: usize =
            pairs.iter().map(|pair| pair.experiment.len() + pair.control.len()).sum();
        if VALUES_TOTAL_MAX < values {
            let said = format!(
                "has {values} values in all, and {VALUES_TOTAL_MAX} are the most that is judged at once"
            );
            at.fault(&said, &mut self.refused);
        }
        pairs
    }

    fn pair(&mut self, at: &Place<'_>, settings: &[MetricSettings]) -> Option<Pair> {
        let name = at.field("name");
        name.require(&mut self.refused);
        let text = name.text(&mut self.refused)?;
        let experiment = self.side(&at.field("values").field("experiment"));
        let control = self.side(&at.field("values").field("control"));
        let Some(settings) = settings.iter().find(|metric| metric.name == text) else {
            let said =
                format!("is `{text}`, and `canaryConfig.metrics` has no metric of that name");
            name.fault(&said, &mut self.refused);
            return None;
        };
        let tags = at.field("tags").entries(&mut self.refused);
        let tags = tags.into_iter().filter_map(|(name, place)| {
            place.text(&mut self.refused).map(|text| (name.to_owned(), text.to_owned()))
        });
        let tags = tags.collect();
        let id = at.field("id").text(&mut self.refused).unwrap_or_default().to_owned();
        Some(Pair { id, tags, settings: settings.clone(), experiment, control })
    }

    fn side(&mut self, at: &Place<'_>) -> Vec<f64> {
        if at.is_absent() {
            at.fault("is missing; write [] if there is no data", &mut self.refused);
        }
        if self.too_many(at, VALUES_MAX, "values") {
            return Vec::new();
        }
        let items = at.items(&mut self.refused);
        items.iter().map(|item| item.sample(&mut self.refused)).collect()
    }

    fn weights(&mut self, at: &Place<'_>) -> Vec<GroupWeight> {
        if self.too_many(at, GROUPS_MAX, "groups") {
            return Vec::new();
        }
        let entries = at.entries(&mut self.refused);
        let weight = |(group, place): (&str, Place<'_>)| {
            let percent = place.number(&mut self.refused)?;
            Some(GroupWeight { group: group.to_owned(), percent })
        };
        entries.into_iter().filter_map(weight).collect()
    }

    fn thresholds(&mut self, at: &Place<'_>) -> Option<Thresholds> {
        if at.is_absent() {
            let said = "is missing; write for example {\"pass\": 75, \"marginal\": 50} (the \
                        thresholds in `canaryConfig.classifier` are read by nobody)";
            at.fault(said, &mut self.refused);
            return None;
        }
        let (pass, marginal) = (at.field("pass"), at.field("marginal"));
        pass.require(&mut self.refused);
        marginal.require(&mut self.refused);
        let found = pass.number(&mut self.refused).zip(marginal.number(&mut self.refused));
        let (high, low) = found?;
        if !(0.0..=100.0).contains(&low) || !(0.0..=100.0).contains(&high) || high < low {
            let said = "must lie between 0 and 100, `marginal` not above `pass`";
            at.fault(said, &mut self.lenient);
        }
        Some(Thresholds { pass: high, marginal: low })
    }

    /// Metrics that are configured and that nobody sent values for.
    fn unjudged(&mut self, at: &Place<'_>, settings: &[MetricSettings], pairs: &[Pair]) {
        let judged: BTreeSet<&String> = pairs.iter().map(|pair| &pair.settings.name).collect();
        for metric in settings.iter().filter(|metric| !judged.contains(&metric.name)) {
            let name = &metric.name;
            let said =
                format!("`{name}` has no pair in `metricSetPairList`, so nobody looks at it");
            at.fault(&said, &mut self.lenient);
        }
    }

    /// Weights that do not add up: Kayenta scores 150 of 100, or gives a group less than nothing.
    fn weigh(&mut self, at: &Place<'_>, pairs: &[Pair], weights: &[GroupWeight]) {
        let groups: BTreeSet<&String> =
            pairs.iter().flat_map(|pair| &pair.settings.groups).collect();
        let named: BTreeSet<&String> = weights.iter().map(|weight| &weight.group).collect();
        for group in named.difference(&groups) {
            let said = format!("`{group}` has a weight and no metric, so its share is lost");
            at.fault(&said, &mut self.lenient);
        }
        if weights.iter().any(|weight| weight.percent < 0.0) {
            at.fault("has a weight below 0", &mut self.lenient);
        }
        let sum: f64 = weights.iter().map(|weight| weight.percent).sum();
        let unnamed: Vec<&str> = groups.difference(&named).map(|group| group.as_str()).collect();
        let all_named = unnamed.is_empty() && !weights.is_empty();
        if all_named && WEIGHT_SLACK < (sum - 100.0).abs() {
            at.fault(&format!("adds up to {sum}, not to 100"), &mut self.lenient);
        } else if !unnamed.is_empty() && 100.0 - WEIGHT_SLACK <= sum {
            let said = format!("adds up to {sum}, which leaves nothing for {}", unnamed.join(", "));
            at.fault(&said, &mut self.lenient);
        }
    }

    fn too_many(&mut self, at: &Place<'_>, limit: usize, what: &str) -> bool {
        let found = at.length();
        if limit < found {
            let said = format!("has {found} {what}, and {limit} are the most that is judged");
            at.fault(&said, &mut self.refused);
        }
        limit < found
    }
}
