//! What a criterion tests, with its settings.

use assay_stats::comparison::Direction;
use assay_stats::level::{Confidence, Ratio, Share};

use crate::bind::compare::sequential::LOOKS_MAX;
use crate::bind::compare::setting::{
    AMOUNT, CONFIDENCE, DISTANCE, EXCESS, FAILED, FINITE, INCREASE, POSITIVE, QUANTILE, RATIO,
    WEIGHT, above, exclude, given, setting, whole, word,
};
use crate::bind::reader::{Field, Reader, present};
use crate::plan::compare::{Exposure, Limit, Scale, Statistic, Tail};
use crate::problem::{CriterionFault, ProviderFault};
use crate::yaml::Node;

/// Looks of a gauge without which the end decides nothing, unless said.
const GAUGE_LOOKS_MIN: u64 = 5;

/// How many times the tolerated difference is ruled out unless said, as 50 % is of 10 %.
const RULE_OUT_TIMES: f64 = 5.0;

/// Reads the criterion called `key`; none if a part of it is not known.
pub(super) fn statistic(reader: &mut Reader<'_>, key: &str, node: &Node) -> Option<Statistic> {
    match key {
        "errorRate" => error_rate(reader, node),
        "latency" => latency(reader, node),
        "counts" => counts(reader, node),
        "gauge" => gauge(reader, node),
        "limit" => limit(reader, node).map(Statistic::Limit),
        "trafficShare" => traffic_share(reader, node),
        "classic" => classic(reader, node),
        _ => None,
    }
}

/// The ratios of a criterion on counts.
struct Ratios {
    allowed: Ratio,
    effect: Ratio,
    rule_out: Ratio,
}

/// Reads what is tolerated under `tolerated` with a default, and what is worth finding and ruled out.
fn ratios(
    reader: &mut Reader<'_>,
    node: &Node,
    (tolerated, allowed): (&str, f64),
    effect: f64,
) -> Option<Ratios> {
    let allowed = setting(reader, node, tolerated, &INCREASE, allowed).map(|more| 1.0 + more);
    let effect = setting(reader, node, "effect", &RATIO, effect);
    let rule_out = rule_out(reader, node, 2.0, (allowed, tolerated));
    Some(Ratios { allowed: ratio(allowed?)?, effect: ratio(effect?)?, rule_out: rule_out? })
}

fn rule_out(
    reader: &mut Reader<'_>,
    node: &Node,
    default: f64,
    (allowed, tolerated): (Option<f64>, &str),
) -> Option<Ratio> {
    let value = setting(reader, node, "ruleOut", &RATIO, default)?;
    let least = (allowed?, format!("1 + {tolerated}"));
    ratio(above(reader, node, "ruleOut", value, (least.0, &least.1))?)
}

fn ratio(value: f64) -> Option<Ratio> {
    Ratio::try_from(value).ok()
}

fn requests_min(reader: &mut Reader<'_>, node: &Node) -> Option<f64> {
    setting(reader, node, "minRequests", &AMOUNT, 100.0)
}

fn error_rate(reader: &mut Reader<'_>, node: &Node) -> Option<Statistic> {
    let ratios = ratios(reader, node, ("maxIncrease", 0.1), 1.5);
    let requests_min = requests_min(reader, node);
    let excess_min = setting(reader, node, "minExcess", &EXCESS, 0.0005);
    let Ratios { allowed, effect, rule_out } = ratios?;
    Some(Statistic::ErrorRate {
        allowed,
        effect,
        rule_out,
        requests_min: requests_min?,
        excess_min: excess_min?,
    })
}

fn latency(reader: &mut Reader<'_>, node: &Node) -> Option<Statistic> {
    let help = "keep `quantile` to watch a quantile, or `above` to watch requests above a bound";
    let both = exclude(reader, node, "quantile", "above", help);
    let above = given(reader, node, "above", &POSITIVE);
    let quantile = setting(reader, node, "quantile", &QUANTILE, 0.95);
    let tail = match above {
        Field::Absent => quantile.and_then(|share| Share::try_from(share).ok()).map(Tail::Quantile),
        Field::Unknown => None,
        Field::Known(bound) => Some(Tail::Above(bound)),
    };
    let ratios = ratios(reader, node, ("maxIncrease", 0.05), 1.25);
    let requests_min = requests_min(reader, node);
    let (tail, Ratios { allowed, effect, rule_out }) = (tail?, ratios?);
    let requests_min = requests_min?;
    (!both).then_some(Statistic::Latency { tail, slower: allowed, effect, rule_out, requests_min })
}

fn counts(reader: &mut Reader<'_>, node: &Node) -> Option<Statistic> {
    let direction = direction(reader, node, Direction::Both);
    let exposure = exposure(reader, node);
    let ratios = ratios(reader, node, ("maxChange", 0.1), 1.3);
    let requests_min = requests_min(reader, node);
    let (exposure, Ratios { allowed, effect, rule_out }) = (exposure?, ratios?);
    let exposure_min = match exposure {
        Exposure::Requests => requests_min?,
        // Enough time is asked for anyway: half of all looks need data.
        Exposure::Weight { .. } => 0.0,
    };
    let direction = direction?;
    Some(Statistic::Counts { direction, exposure, allowed, effect, rule_out, exposure_min })
}

fn exposure(reader: &mut Reader<'_>, node: &Node) -> Option<Exposure> {
    let help =
        "keep `requests` to count by request, or `canaryWeight` to count by traffic and time";
    let both = exclude(reader, node, "requests", "canaryWeight", help);
    let weight = given(reader, node, "canaryWeight", &WEIGHT);
    match weight {
        Field::Absent if present(node, "requests").is_some() => Some(Exposure::Requests),
        Field::Absent => {
            let what = String::from("what it is counted over");
            let help = "add `requests` with PromQL, or `canaryWeight: 5%`";
            reader.fault(ProviderFault::Missing { what, help, at: node.span });
            None
        }
        Field::Unknown => None,
        Field::Known(weight) => {
            only_with(
                reader,
                node,
                "minRequests",
                "canaryWeight",
                "drop it: nothing counts requests",
            );
            let canary = Share::try_from(weight).ok()?;
            (!both).then_some(Exposure::Weight { canary })
        }
    }
}

fn gauge(reader: &mut Reader<'_>, node: &Node) -> Option<Statistic> {
    let help = "keep `maxIncrease` for a ratio, or `maxDifference` for units of the gauge";
    let both = exclude(reader, node, "maxIncrease", "maxDifference", help);
    let looks_min = whole(reader, node, "minLooks", (2, LOOKS_MAX), GAUGE_LOOKS_MIN);
    let scale = if present(node, "maxDifference").is_some() {
        difference(reader, node)
    } else {
        if present(node, "ruleOutDifference").is_some() {
            let what = String::from("`maxDifference`");
            let help = "add it, or write `ruleOut` for a ratio";
            let at = Reader::span_of(node, "ruleOutDifference");
            reader.fault(ProviderFault::Missing { what, help, at });
        }
        let allowed = setting(reader, node, "maxIncrease", &INCREASE, 0.1).map(|more| 1.0 + more);
        let rule_out = rule_out(reader, node, 1.5, (allowed, "maxIncrease"));
        allowed
            .and_then(ratio)
            .zip(rule_out)
            .map(|(allowed, rule_out)| Scale::Ratio { allowed, rule_out })
    };
    let (scale, looks_min) = (scale?, looks_min?);
    (!both).then_some(Statistic::Gauge { scale, looks_min })
}

fn difference(reader: &mut Reader<'_>, node: &Node) -> Option<Scale> {
    let help = "write `ruleOutDifference`, in units of the gauge";
    let both = exclude(reader, node, "maxDifference", "ruleOut", help);
    let allowed = setting(reader, node, "maxDifference", &DISTANCE, 0.0);
    let rule_out = given(reader, node, "ruleOutDifference", &DISTANCE);
    let allowed = allowed?;
    if rule_out == Field::Absent && allowed <= 0.0 {
        let what = String::from("`ruleOutDifference`");
        let help = "say which difference has to be ruled out: there is no multiple of 0";
        let at = Reader::span_of(node, "maxDifference");
        reader.fault(ProviderFault::Missing { what, help, at });
        return None;
    }
    let rule_out = rule_out.or(RULE_OUT_TIMES * allowed)?;
    let least = (allowed, "maxDifference");
    let rule_out = above(reader, node, "ruleOutDifference", rule_out, least)?;
    (!both).then_some(Scale::Difference { allowed, rule_out })
}

fn limit(reader: &mut Reader<'_>, node: &Node) -> Option<Limit> {
    let help = "keep `errors` and `requests` for a share of requests, or `gauge`";
    if exclude(reader, node, "gauge", "errors", help)
        || exclude(reader, node, "gauge", "requests", help)
    {
        return None;
    }
    let help = "keep one of the two: a metric has one limit";
    let both = exclude(reader, node, "atMost", "atLeast", help);
    if present(node, "gauge").is_none() {
        return share_limit(reader, node).filter(|_| !both);
    }
    for field in ["effect", "minRequests"] {
        only_with(reader, node, field, "gauge", "drop it: it is for a share of requests");
    }
    let at_most = given(reader, node, "atMost", &FINITE);
    let at_least = given(reader, node, "atLeast", &FINITE);
    match (at_most, at_least) {
        (Field::Absent, Field::Absent) => {
            no_limit(reader, node, "add `atMost: 80` or `atLeast: 3`, the limit of the gauge");
            None
        }
        (Field::Known(most), Field::Absent) => Some(Limit::AtMost(most)),
        (Field::Absent, Field::Known(least)) => Some(Limit::AtLeast(least)),
        (Field::Unknown, _) | (_, Field::Unknown) | (Field::Known(_), Field::Known(_)) => None,
    }
}

fn share_limit(reader: &mut Reader<'_>, node: &Node) -> Option<Limit> {
    if present(node, "errors").is_none() && present(node, "requests").is_none() {
        let what = String::from("what is limited");
        let help = "add `errors` and `requests` for a share of requests, or `gauge`";
        reader.fault(ProviderFault::Missing { what, help, at: node.span });
        return None;
    }
    only_with(reader, node, "atLeast", "errors", "write `atMost: 1%`: errors have an upper limit");
    let at_most = given(reader, node, "atMost", &FAILED);
    if at_most == Field::Absent {
        no_limit(reader, node, "add `atMost: 1%`, the share of requests that may fail");
    }
    let effect = setting(reader, node, "effect", &RATIO, 1.5);
    let requests_min = requests_min(reader, node);
    let at_most = Share::try_from(at_most.known()?).ok()?;
    Some(Limit::Share { at_most, effect: ratio(effect?)?, requests_min: requests_min? })
}

fn no_limit(reader: &mut Reader<'_>, node: &Node, help: &'static str) {
    let what = String::from("the limit");
    reader.fault(ProviderFault::Missing { what, help, at: node.span });
}

fn traffic_share(reader: &mut Reader<'_>, node: &Node) -> Option<Statistic> {
    let expected = given(reader, node, "canaryWeight", &WEIGHT).known()?;
    Some(Statistic::TrafficShare { expected: Share::try_from(expected).ok()? })
}

fn classic(reader: &mut Reader<'_>, node: &Node) -> Option<Statistic> {
    let confidence = Confidence::NINETY_EIGHT.share();
    let confidence = setting(reader, node, "confidence", &CONFIDENCE, confidence);
    let tolerance = setting(reader, node, "tolerance", &INCREASE, 0.25);
    let direction = direction(reader, node, Direction::Increase);
    let confidence = Confidence::try_from(confidence?).ok()?;
    Some(Statistic::Classic { confidence, tolerance: tolerance?, direction: direction? })
}

fn direction(reader: &mut Reader<'_>, node: &Node, default: Direction) -> Option<Direction> {
    let words = [
        ("increase", Direction::Increase),
        ("decrease", Direction::Decrease),
        ("both", Direction::Both),
    ];
    let words = (&words[..], "`increase`, `decrease`, `both`");
    word(reader, node, "direction", words, default)
}

/// Refuses `field`, which does not go with another field of the criterion.
fn only_with(reader: &mut Reader<'_>, node: &Node, field: &str, other: &str, help: &'static str) {
    let Some(entry) = present(node, field).and_then(|_| node.entry(field)) else { return };
    let (field, criterion, at) = (field.to_owned(), other.to_owned(), entry.key_span);
    reader.fault(CriterionFault::NotWith { field, criterion, help, at });
}
