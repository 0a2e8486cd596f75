//! What an on-call engineer is told of a statistical criterion.

use assay_template::plan::compare::{Comparison, Statistic};

use crate::compare::Taken;
use crate::compare::summary::{ArmSummary, RatioSummary, Summary, as_float};
use crate::state::Ending;

/// Noise below this is not worth a word.
const NOISE_SAID_MIN: f64 = 1.1;

/// What the newest look showed, as the value of its measurement; empty without a comparison.
pub(crate) fn value(summary: Option<&Summary>) -> String {
    let Some(summary) = summary else { return String::new() };
    let arms = match &summary.baseline {
        Some(baseline) => format!("{} against {}", bare(&summary.canary), bare(baseline)),
        None => bare(&summary.canary),
    };
    let ratio = summary.ratio.map(|ratio| format!("{}, ", times(ratio.estimate)));
    let evidence = match summary.needed.is_finite() {
        true => format!(", evidence {} of {}", short(summary.evidence), short(summary.needed)),
        false => String::new(),
    };
    format!("{}{arms}{evidence}", ratio.unwrap_or_default())
}

/// What would have changed how a criterion came out, as a clause; empty where nothing can be said.
pub(crate) fn change(name: &str, ending: Option<Ending>, summary: &Summary) -> String {
    let rate = summary.harmless_rate.map(percent);
    let found = summary.smallest_ratio.map(|ratio| number(round_up(ratio)));
    match (ending, rate, found) {
        (Some(Ending::Worse), Some(rate), _) => {
            format!("with at most {rate} in the canary {name} would have found nothing so far")
        }
        (Some(Ending::Horizon | Ending::Cleared), _, Some(ratio)) => {
            format!("{name} would have found ×{ratio} or more in 4 of 5 rollouts at this traffic")
        }
        (Some(Ending::TooLittle), _, _) => format!(
            "{name} needs data in {} more looks, or fewer and longer ones",
            summary.looks.div_ceil(2).saturating_sub(summary.usable_looks).max(1)
        ),
        (Some(Ending::NotRuledOut), _, Some(ratio)) => {
            format!("a longer step: at this traffic {name} finds ×{ratio} or more in 4 of 5")
        }
        (Some(_) | None, _, _) => String::new(),
    }
}

/// What a reading was worth, as the message of its measurement; empty for an ordinary look.
pub(crate) fn taken(taken: &Taken) -> String {
    match taken {
        Taken::Beginning => String::from("only tells where things stand"),
        Taken::Looked => String::new(),
        Taken::Idle => String::from("nothing happened in one of the arms"),
        Taken::Absent(arm) => format!("no series of the {} came", arm.as_str()),
        Taken::Unusable(why) => why.clone(),
    }
}

/// `errors: the canary had 77 of 9,000 (0.86 %) and the baseline 849 of 171,000 (0.50 %), …`
pub(crate) fn worse(name: &str, comparison: &Comparison, alpha: f64, summary: &Summary) -> String {
    if let Statistic::Classic { .. } = comparison.statistic {
        return format!("{name}: {}, which Kayenta's judge calls different", arms(summary));
    }
    let interval = summary.ratio.map(|ratio| interval(ratio, alpha)).unwrap_or_default();
    let limit = summary.limit.map(|limit| format!(", where {} is the limit", number(limit)));
    let enough = summary.needed.min(if summary.needed <= summary.evidence {
        f64::INFINITY
    } else {
        summary.joint_needed
    });
    let evidence = if enough.is_finite() && summary.needed > summary.evidence {
        format!(
            "evidence {} of all metrics together against the needed {}",
            short(summary.joint_evidence),
            short(summary.joint_needed)
        )
    } else {
        format!("evidence {} against the needed {}", short(summary.evidence), short(summary.needed))
    };
    format!(
        "{name}: {}{}{interval}, {evidence} (look {} of {}): {}{}",
        arms(summary),
        limit.unwrap_or_default(),
        summary.looks,
        summary.looks_declared,
        guarantee(comparison, alpha),
        noise(summary),
    )
}

/// What of it is good, inside `Every metric was good: …`.
pub(crate) fn good(name: &str, comparison: &Comparison, alpha: f64, summary: &Summary) -> String {
    let interval = summary.ratio.map(|ratio| interval(ratio, alpha)).unwrap_or_default();
    let found = match (summary.cleared, summary.rule_out, &summary.baseline) {
        (true, Some(bound), Some(_)) => match comparison.statistic {
            Statistic::Gauge { .. }
            | Statistic::ErrorRate { .. }
            | Statistic::Latency { .. }
            | Statistic::Counts { .. } => format!("a change of ×{} is ruled out", number(bound)),
            Statistic::Limit(_) | Statistic::TrafficShare { .. } | Statistic::Classic { .. } => {
                String::from("it keeps within its limit")
            }
        },
        (true, _, _) => String::from("it keeps within its limit"),
        (false, _, _) => match summary.smallest_ratio {
            Some(ratio) => format!("×{} or more would have been found", number(round_up(ratio))),
            None => String::from("nothing was found"),
        },
    };
    format!(
        "{name} after {} looks ({}{interval}; {found}{})",
        summary.looks,
        arms(summary),
        noise(summary)
    )
}

/// Why it decides nothing.
pub(crate) fn undecided(
    name: &str,
    comparison: &Comparison,
    alpha: f64,
    summary: Option<&Summary>,
    is_too_little: bool,
) -> String {
    let Some(summary) = summary.filter(|summary| 0 < summary.looks) else {
        return format!("{name} was never looked at with both arms there");
    };
    let interval = summary.ratio.map(|ratio| interval(ratio, alpha)).unwrap_or_default();
    let so_far = format!("{}{interval}", arms(summary));
    if !is_too_little {
        let bound = summary.rule_out.map_or_else(String::new, number);
        return format!(
            "{name} does not rule out ×{bound} after {} looks: {so_far}",
            summary.looks
        );
    }
    let wanted = match wanted(comparison) {
        Some(wanted) => format!("{wanted} of each arm are wanted, and data in half of the looks"),
        None => String::from("data in half of the looks are wanted"),
    };
    format!(
        "{name} had too little to judge, data in {} of {} looks: {so_far}; {wanted}",
        summary.usable_looks, summary.looks
    )
}

/// `12 % of the requests where it should get 5 %`
pub(crate) fn shares(got: f64, expected: f64) -> String {
    format!("{} of the requests where it should get {}", percent(got), percent(expected))
}

/// What a criterion that is not to blame shows: `p95 0.4`.
pub(crate) fn aside(name: &str, summary: &Summary) -> String {
    format!("{name} {}", short(summary.evidence))
}

fn wanted(comparison: &Comparison) -> Option<String> {
    match &comparison.statistic {
        Statistic::ErrorRate { requests_min, .. } | Statistic::Latency { requests_min, .. } => {
            Some(format!("{} requests", whole(*requests_min)))
        }
        Statistic::Limit(_)
        | Statistic::Counts { .. }
        | Statistic::Gauge { .. }
        | Statistic::TrafficShare { .. }
        | Statistic::Classic { .. } => None,
    }
}

fn guarantee(comparison: &Comparison, alpha: f64) -> String {
    let allowed = match &comparison.statistic {
        Statistic::ErrorRate { allowed, .. } | Statistic::Counts { allowed, .. } => {
            format!("within the allowed {} ", more(allowed.get()))
        }
        Statistic::Latency { slower, .. } => {
            format!("within the allowed {} of time ", more(slower.get()))
        }
        Statistic::Gauge { .. }
        | Statistic::Limit(_)
        | Statistic::TrafficShare { .. }
        | Statistic::Classic { .. } => String::from("within what is allowed "),
    };
    format!(
        "a release {allowed}gets there in fewer than 1 of {} rollouts, however often one looks",
        whole(1.0 / alpha)
    )
}

fn noise(summary: &Summary) -> String {
    let mut said = String::new();
    if NOISE_SAID_MIN <= summary.noise {
        said.push_str(&format!("; noise of {} is discounted", number(summary.noise)));
    }
    if 0.0 < summary.pod_spread {
        let percent = 100.0 * libm::expm1(summary.pod_spread);
        said.push_str(&format!("; pods differ by ±{} %", number(percent)));
    }
    if summary.noisier {
        said.push_str("; it varies more than the baseline");
    }
    if summary.approximate {
        said.push_str("; approximate, for noise between pods could not be measured");
    }
    said
}

fn arms(summary: &Summary) -> String {
    let unit = match summary.criterion {
        "latency" => format!(" {}", summary.unit),
        _ => String::new(),
    };
    let canary = arm(&summary.canary);
    match &summary.baseline {
        Some(baseline) => {
            format!("the canary had {canary}{unit} and the baseline {}", arm(baseline))
        }
        None => format!("the canary had {canary}{unit}"),
    }
}

/// An arm in few characters: `49/4500`.
fn bare(arm: &ArmSummary) -> String {
    match (arm.events, arm.exposure, arm.level) {
        (Some(events), Some(exposure), _) => format!("{events}/{exposure:.0}"),
        (Some(events), None, _) => events.to_string(),
        (None, _, Some(level)) => number(level),
        (None, _, None) => String::from("nothing"),
    }
}

fn arm(arm: &ArmSummary) -> String {
    match (arm.events, arm.exposure, arm.level) {
        (Some(events), Some(exposure), _) if 0.0 < exposure && exposure < as_float(events) => {
            // Not a share of requests but a count over time.
            format!(
                "{} ({} a second)",
                whole(as_float(events)),
                number(as_float(events) / exposure)
            )
        }
        (Some(events), Some(exposure), _) if 0.0 < exposure => {
            let rate = percent(as_float(events) / exposure);
            format!("{} of {} ({rate})", whole(as_float(events)), whole(exposure))
        }
        (Some(events), Some(_), _) => format!("{} of 0", whole(as_float(events))),
        (Some(events), None, _) => whole(as_float(events)),
        (None, _, Some(level)) => number(level),
        (None, _, None) => String::from("nothing"),
    }
}

fn interval(ratio: RatioSummary, alpha: f64) -> String {
    let estimate = times(ratio.estimate);
    match (ratio.lower, ratio.upper) {
        (Some(lower), Some(upper)) => {
            let upper = if upper.is_finite() { number(upper) } else { String::from("∞") };
            let level = number(100.0 * (1.0 - alpha));
            format!(", {estimate} ({level} % interval {} to {upper})", number(lower))
        }
        (Some(_) | None, _) => format!(", {estimate}"),
    }
}

fn times(ratio: f64) -> String {
    if ratio.is_finite() { format!("{}×", number(ratio)) } else { String::from("∞×") }
}

/// `+10 %` for a ratio of 1.1.
fn more(ratio: f64) -> String {
    format!("+{} %", number(100.0 * (ratio - 1.0)))
}

/// A share in percent with two significant digits: `0.86 %`.
fn percent(share: f64) -> String {
    format!("{} %", significant(100.0 * share, 2))
}

/// Three significant digits.
pub(crate) fn number(value: f64) -> String {
    significant(value, 3)
}

/// Two significant digits, and whole from 10 on.
fn short(value: f64) -> String {
    if 1e6 <= value { String::from("over a million") } else { significant(value, 2) }
}

/// `digits` significant digits, without an exponent and without zeros at the end.
fn significant(value: f64, digits: i32) -> String {
    if !value.is_finite() || value == 0.0 {
        return if value == 0.0 { String::from("0") } else { value.to_string() };
    }
    // The place of the first digit, by what rounding makes of it: 9.99 is 10.
    let first = format!("{:.*e}", usize::try_from(digits - 1).unwrap_or(0), value);
    let exponent: i32 =
        first.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
    let decimals = usize::try_from(digits - 1 - exponent).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text.as_str()
    };
    grouped(text)
}

fn round_up(ratio: f64) -> f64 {
    libm::ceil(ratio * 20.0) / 20.0
}

/// A whole number with its thousands apart: `171,000`.
fn whole(value: f64) -> String {
    grouped(&format!("{value:.0}"))
}

fn grouped(text: &str) -> String {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(a, b)| (a, Some(b)));
    let mut grouped = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if 0 < place && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if let Some(fraction) = fraction {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_grouped() {
        let rows = [
            (0.0, "0"),
            (1.0, "1"),
            (1.715, "1.72"),
            (0.86321, "0.863"),
            (9.999, "10"),
            (171_000.0, "171,000"),
            (1234.5, "1,234"),
            (-0.001_234_9, "-0.00123"),
            (f64::INFINITY, "inf"),
        ];
        for (value, text) in rows {
            assert_eq!(number(value), text, "{value}");
        }
        assert_eq!(percent(0.008_63), "0.86 %");
        assert_eq!(whole(999.6), "1,000");
        assert_eq!(short(24.31), "24");
    }
}
